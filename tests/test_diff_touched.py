"""`seatrules diff`: which of given requests, accounts and records are answered differently."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

import seatrules
from command import LIBRARY
from command import run_here as run
from conftest import TESTS, Golden
from lengths import DEEP
from seatrules.analysis.diff.asking import BothAsked
from seatrules.analysis.diff.both import Both
from seatrules.analysis.diff.differing import EVERYTHING, Differing, ProgramPair
from seatrules.analysis.diff.given import Where
from seatrules.analysis.diff.sides import pairs, two_sides
from seatrules.analysis.diff.touched import MOST_BROKEN, Touched
from seatrules.cli.touched import Sources
from seatrules.errors import FileError
from seatrules.suites import Case, find_suites, read_suite
from seatrules.words import phrase
from test_diff import LOANS, VERSION, change, library

__all__ = ["library"]
POLICIES = TESTS.parent / "policies"
RULE, CODE = "games-are-handed-out-at-the-counter", "counter_only"
COMMON = ("diff", "old", "new", "--version", VERSION, "--seconds", "0.01")
TURNED: list[tuple[str, str]] = [
    ("slack-fair-billing", "2023-07-10"),
    ("zoom-licenses", "2024-06-01"),
    ("hubspot-seats", "2024-11-01"),
    ("github-seats", "2025-07-01"),
]


def cases(policy: Path) -> Iterator[Case]:
    """The cases of a policy's suites that ask for one action on a whole state."""
    for path in find_suites(policy):
        yield from (each for each in read_suite(path).cases if each.action and not each.partial)


@cache
def desks() -> tuple[dict[str, Any], dict[str, Any]]:
    """A state on which a game is lent, and the action, which names the counter."""
    engine = seatrules.load(LIBRARY)
    for each in cases(LIBRARY):
        if each.action["type"] == "borrow" and each.expect.get("decision") == "allow":
            title = each.state["titles"][each.action["title"]]
            in_force = "2025-03-01" <= each.state["as_of"] < "2025-12-01"
            if title["kind"] == "game" and in_force and engine.decide(each.action, each.state).allowed:
                return each.state, each.action
    raise AssertionError("no game is lent")


def lines(path: Path, *values: Any) -> str:
    """The name of a file of these lines; a text is one as it is."""
    written = (each if isinstance(each, str) else json.dumps(each) for each in values)
    path.write_text("".join(f"{line}\n" for line in written), encoding="utf-8")
    return path.name


@pytest.fixture
def turned(library: Path) -> Path:
    """The library's policy twice: in `new`, games are handed out by the machine alone."""
    change(library / "new" / LOANS, 'require: desk == "counter"', 'require: desk == "machine"')
    return library


def touched(*arguments: str, cwd: Path, code: int = 1) -> dict[str, Any]:
    """Whom it touches, as data."""
    done = run(*COMMON, *arguments, "--format", "json", cwd=cwd)
    assert done.returncode == code, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)["touched"]
    return told


def test_requests_that_are_answered_differently_are_counted(turned: Path) -> None:
    """By action, change and rule, with the first of them; a line that is no request is named, and the rest goes on."""
    state, action = desks()
    stricter = {"state": state, "action": action}
    milder = {"state": state, "action": {**action, "desk": "machine"}}
    nowhere = {"state": state, "action": {**action, "title": "nowhere"}}
    name = lines(turned / "asked.jsonl", stricter, milder, "no request", stricter, nowhere, {"state": {}})
    told = touched("--requests", name, cwd=turned, code=65)
    assert (told["requests"], told["differing"], told["unread"]) == (3, 3, 3)
    assert [(each["action"], each["meaning"], each["count"]) for each in told["changes"]] == [
        ("borrow", "stricter", 2),
        ("borrow", "milder", 1),
    ]
    assert told["changes"][0]["rules"] == [{"rule": RULE, "code": CODE, "count": 2}]
    assert [(each["file"], each["line"]) for each in told["changes"][0]["examples"]] == [(name, 1), (name, 4)]
    assert [each["line"] for each in told["broken"]] == [3, 5, 6]


def test_whom_it_touches_in_words(turned: Path, golden: Golden) -> None:
    """Counts, rules, the first as cases for a suite, and what can't be asked, as they are printed."""
    state, action = desks()
    lines(turned / "asked.jsonl", {"state": state, "action": action}, "{", {"state": state, "action": 1})
    lines(turned / "accounts.jsonl", state, {"as_of": "2025-04-01", "loans": 1}, "x")
    lines(turned / "records.jsonl", {"record": 7})
    given = ("--requests", "asked.jsonl", "--states", "accounts.jsonl", "--records", "records.jsonl")
    text = run(*COMMON, *given, "--all", cwd=turned).stdout.decode().split("\nWhom it touches\n")[1]
    golden(TESTS / "golden" / "diff" / "touched.txt", text)


def test_requests_that_are_answered_alike_touch_nobody(library: Path) -> None:
    """The exit code is 0, and a file that is not there is told."""
    name = lines(library / "asked.jsonl")
    assert run(*COMMON, "--requests", name, cwd=library).returncode == 0
    assert run(*COMMON, "--requests", "nowhere.jsonl", cwd=library).returncode == 74


def test_the_first_are_cases_that_can_be_pasted(turned: Path) -> None:
    """In a suite they pass with the new policy, and each fails with the old one."""
    state, action = desks()
    both = [{**action, "desk": desk} for desk in ("counter", "machine")]
    name = lines(turned / "asked.jsonl", *({"state": state, "action": each} for each in both))
    text = run(*COMMON, "--requests", name, cwd=turned).stdout.decode().split("\nWhom it touches\n")[1]
    cases = [line[4:] for line in text.splitlines() if line.startswith("    ") and " by " not in line]
    (turned / "pasted.yaml").write_text("\n".join(["policy: POLICY", "cases:", *cases]), encoding="utf-8")
    assert len(yaml.safe_load((turned / "pasted.yaml").read_text())["cases"]) == 2
    for policy, failed in (("new", 0), ("old", 2)):
        suite = (turned / "pasted.yaml").read_text().replace("POLICY", policy)
        (turned / f"{policy}.yaml").write_text(suite, encoding="utf-8")
        done = json.loads(run("test", f"{policy}.yaml", "--format", "json", cwd=turned).stdout)
        assert (done["failed"], done["errors"]) == (failed, [])


def test_everything_that_can_be_asked_on_accounts_is(turned: Path) -> None:
    """Of a folder each file is one, of a file of lines each line; what `can` lists is asked of both."""
    state, _ = desks()
    folder = turned / "accounts"
    folder.mkdir()
    (folder / "one.json").write_text(json.dumps(state))
    (folder / "two.yaml").write_text(yaml.safe_dump({**state, "as_of": "2025-02-28"}))
    (folder / "three.yml").write_text("as_of: 1")
    lines(folder / "more.jsonl", state, "{")
    (folder / "read.me").write_text("no state")
    told = touched("--states", "accounts", cwd=turned, code=65)
    assert (told["accounts"], told["touched_accounts"], told["unread"]) == (3, 3, 2)
    assert [(each["file"], each["line"]) for each in told["broken"]] == [
        ("accounts/more.jsonl", 2),
        ("accounts/three.yml", None),
    ]
    assert {(each["action"], each["accounts"]) for each in told["changes"] if each["meaning"] == "milder"} == {
        ("borrow", 2)
    }
    listed = seatrules.load(turned / "new" / VERSION).options(state).options
    assert told["requests"] > 2 * len(listed)


def test_what_is_no_request_on_an_account_hinders_nothing(tmp_path: Path, no_cache: None) -> None:
    """An action that `can` lists as an error, by both policies, is left out; the others are asked."""
    for name in ("old", "new"):
        shutil.copytree(TESTS / "policies" / "clubs", tmp_path / name)
    change(tmp_path / "new/2025-01-01/rules.yaml", "require: len(squad.players) < 2", "require: len(squad.players) < 1")
    suite = read_suite(tmp_path / "old/2025-01-01/suites/references.yaml")
    options = seatrules.load(tmp_path / "old").options(suite.cases[0].state).options
    told = touched("--states", lines(tmp_path / "accounts.jsonl", suite.cases[0].state), cwd=tmp_path)
    assert any(each.decision == "error" for each in options)
    assert told["requests"] >= sum(each.decision != "error" for each in options)
    assert (told["touched_accounts"], told["unread"]) == (1, 0)


def test_a_review_is_told_the_counts_alone(turned: Path) -> None:
    """At the clauses that differ, and what can't be asked; of no account what it holds."""
    state, action = desks()
    given = ("--requests", lines(turned / "asked.jsonl", {"state": state, "action": action}, "{"))
    done = run(*COMMON, *given, "--format", "github", "--allow", "stricter", cwd=turned)
    touching, broken = done.stdout.decode().splitlines()[-2:]
    assert touching == (
        f"::warning file=new/{LOANS},line=43,col=5,title=seatrules diff (touched-stricter)::"
        f"whom it touches%0Aborrow: stricter: 1%0A  1 by {RULE} ({CODE})"
    )
    assert broken == (
        "::error title=seatrules diff (not-asked)::can't be asked: 1%0A"
        "  asked.jsonl:2: this is not JSON: it ends too early (column 2)"
    )


def test_a_state_that_one_policy_alone_takes_is_touched(library: Path) -> None:
    """No action is asked on it; that it is taken is what changes, by the invariant."""
    text = (library / "new/2025-01-01/invariants.yaml").read_text()
    head, first, *rest = text.split("\n  - id: ")
    (library / "new/2025-01-01/invariants.yaml").write_text("\n  - id: ".join([head, *rest]))
    name = first.split("\n")[0]
    told = json.loads(run(*COMMON[:5], "--format", "json", cwd=library).stdout)
    state = told["states"]["witnesses"][0]["state"]
    (touch,) = touched("--states", lines(library / "accounts.jsonl", state), cwd=library)["changes"]
    assert (touch["action"], touch["meaning"], touch["rules"]) == (
        None,
        "milder",
        [{"rule": name, "code": name, "count": 1}],
    )
    assert touch["examples"][0]["case"] is None


def test_records_are_asked_again(turned: Path) -> None:
    """As they were asked; where one reads what was not recorded, that is not known, and no other is taken for it."""
    state, action = desks()
    engine = seatrules.load(turned / "old")
    record = engine.decide(action, state).record(id="r1", at="2026-01-02T03:04:05Z")
    partly = engine.decide(action, {key: state[key] for key in ("as_of", "loans")}, partial=True)
    kept = [
        record,
        partly.record(id="r2", at="2026-01-02T03:04:05Z"),
        {**record, "policy": {**record["policy"], "name": "x"}},
    ]
    told = touched("--records", lines(turned / "records.jsonl", *kept, "{}"), cwd=turned, code=65)
    assert (told["requests"], told["differing"], told["unknown"], told["unread"]) == (2, 1, 1, 2)
    assert [(each["meaning"], each["rules"][0]["rule"]) for each in told["changes"]] == [("stricter", RULE)]
    assert told["broken"][0]["error"]["message"].startswith("the record is of the policy `x`, and `")


def test_a_record_is_asked_with_its_choices(turned: Path) -> None:
    """Of the settings that a policy has; one that has not its choice can't be asked."""
    state, action = desks()
    settings = seatrules.load(turned / "old").policy.versions[0].settings
    name, setting = next(iter(settings.items()))
    other = next(each for each in setting.choices if each != setting.default)
    engine = seatrules.load(turned / "old", settings={name: other})
    record = engine.decide(action, state).record(id="r1", at="2026-01-02T03:04:05Z")
    unknown = {**record, "policy": {**record["policy"], "settings": {name: "nothing"}}}
    told = touched("--records", lines(turned / "records.jsonl", record, unknown), cwd=turned, code=65)
    assert (told["requests"], told["differing"], told["unread"]) == (1, 1, 1)
    assert told["broken"][0]["error"]["code"] == "unknown-choice"


def test_no_more_is_asked_than_the_limit(turned: Path) -> None:
    """Of each file; what is left out is counted."""
    state, action = desks()
    name = lines(turned / "asked.jsonl", *[{"state": state, "action": action}] * 5)
    told = touched("--requests", name, "--limit", "2", cwd=turned)
    assert (told["requests"], told["left_out"]) == (2, 3)


def test_of_what_is_broken_the_first_are_kept() -> None:
    """However much there is: the others are counted."""
    kept = Touched()
    for number in range(2 * MOST_BROKEN):
        kept.refuse(Where("f", number), FileError("f", phrase("not_there")))
    assert (len(kept.broken), kept.unread) == (MOST_BROKEN, 2 * MOST_BROKEN)


@pytest.fixture
def parquet(turned: Path) -> Any:
    """Writes columns into `asked.parquet`."""
    arrow = pytest.importorskip("pyarrow")
    tables = pytest.importorskip("pyarrow.parquet")
    return lambda **columns: tables.write_table(arrow.table(columns), turned / "asked.parquet")


def test_requests_are_read_from_parquet(turned: Path, parquet: Any) -> None:
    """A row is the text of a state and that of an action; one that lacks one is named and counted."""
    state, action = map(json.dumps, desks())
    parquet(id=[1, 2, 3, 4], action=[action, action, None, "{"], state=[state] * 4)
    told = touched("--requests", "asked.parquet", cwd=turned, code=65)
    assert (told["requests"], told["differing"], [each["line"] for each in told["broken"]]) == (2, 2, [3, 4])
    assert told["broken"][0]["error"]["message"] == "the row has no `action`"


def test_what_is_no_parquet_of_requests_is_told(turned: Path, parquet: Any) -> None:
    """A file of another form, one without the columns, and that what reads it is not installed."""
    given = (*COMMON, "--requests", "asked.parquet")
    lines(turned / "asked.parquet", "{}")
    assert run(*given, cwd=turned).stderr == b"error: asked.parquet: is no Parquet file, or is damaged\n"
    parquet(state=["{}"], action=[1])
    assert run(*given, cwd=turned).stderr.decode() == (
        "error[wrong_type]: /action: the column is of the type `int64`, and a mapping is expected\n"
        "  help: every request has it\n"
    )
    parquet(state=["{}"])
    assert run(*given, cwd=turned).stderr.decode().startswith("error[usage]: no column says what is")
    (turned / "asked.parquet").unlink()
    assert run(*given, cwd=turned).stderr == b"error: asked.parquet: is not there\n"


def test_without_what_reads_parquet_that_is_said(turned: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to install, or to give in its place."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    done = run(*COMMON, "--requests", "asked.parquet", cwd=turned)
    assert (done.returncode, done.stderr.decode()) == (
        2,
        "error[not-installed]: `pyarrow` is not installed\n  help: install `seatrules[batch]`\n",
    )


def test_a_folder_without_states_is_told(library: Path) -> None:
    """As is one that is not there."""
    (library / "accounts").mkdir()
    done = run(*COMMON, "--states", "accounts", cwd=library)
    assert (done.returncode, done.stderr.decode()) == (
        74,
        "error: accounts: holds no state: no file in it ends in .json, .yaml, .yml or .jsonl\n",
    )
    assert run(*COMMON, "--states", "nowhere", cwd=library).stderr == b"error: nowhere: is not there\n"


def days(*arguments: str, cwd: Path) -> dict[str, Any]:
    """Whose answer turns on some days, as data."""
    told: dict[str, Any] = touched(*arguments, cwd=cwd, code=0)["days"]
    return told


def test_whose_answer_turns_on_a_day_is_said(library: Path, golden: Golden) -> None:
    """A rule comes into force for an account of the day before; why is said, and that both policies have it so."""
    state, action = desks()
    request = {"state": {**state, "as_of": "2025-02-20"}, "action": {**action, "desk": "machine"}}
    given = ("--requests", lines(library / "asked.jsonl", request), "--on", "2025-03-01")
    told = days(*given, cwd=library)
    (turn,) = told["turns"]
    assert (turn["day"], turn["action"], turn["of"], turn["count"]) == ("2025-03-01", "borrow", "both", 1)
    assert (turn["before"]["decision"], turn["after"]) == ("allow", {"decision": "deny", "codes": [CODE]})
    assert turn["because"] == [{"kind": "rule", "id": RULE}]
    text = run(*COMMON, *given, cwd=library).stdout.decode().split("\nWhose answer turns")[1]
    golden(TESTS / "golden" / "diff" / "days.txt", text)


def test_a_version_is_why_an_answer_turns(library: Path) -> None:
    """Where all versions decide, on the day on which the later one comes into force."""
    state, _ = desks()
    later = {**state, "as_of": "2025-06-30"}
    given = ("--states", lines(library / "accounts.jsonl", later), "--on", "2025-07-01")
    told = json.loads(run(*COMMON[:3], *COMMON[5:], *given, "--format", "json", cwd=library).stdout)["touched"]["days"]
    assert {(each["kind"], each["id"]) for turn in told["turns"] for each in turn["because"]} >= {
        ("version", "2025-07-01")
    }
    assert (told["accounts"], told["touched_accounts"], told["left_out"]) == (1, 1, 0)


def test_what_turns_by_one_policy_alone_is_said(library: Path) -> None:
    """Where a rule ends earlier than it did: on that day by the new policy, on the old one by the other."""
    change(library / "new" / LOANS, "from: 2025-03-01, until: 2025-12-01", "from: 2025-03-01, until: 2025-11-01")
    state, action = desks()
    request = {"state": {**state, "as_of": "2025-10-20"}, "action": {**action, "desk": "machine"}}
    later = {**request, "state": {**state, "as_of": "2026-01-01"}}
    given = ("--requests", lines(library / "asked.jsonl", request, later))
    told = days(*given, "--between", "2025-10-25", "2025-12-05", cwd=library)
    alone = [each for each in told["turns"] if each["of"] != "both"]
    assert [(each["day"], each["of"]) for each in alone] == [("2025-11-01", "new"), ("2025-12-01", "old")]
    for each in alone:
        assert {*each["before"]["codes"]} - {*each["after"]["codes"]} == {CODE}
    assert (told["accounts"], told["left_out"]) == (2, 1)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--on", "2025-01-01"), "`--on` stands with `--states` only"),
        (
            ("--requests", "-", "--states", "-"),
            "only one of `--requests`, `--states` and `--records` can be `-`",
        ),
        (("--on", "soon", "--states", "s"), "`--on` takes a day, YYYY-MM-DD, not `soon`"),
        (
            ("--between", "2025-02-02", "2025-02-01", "--states", "s"),
            "`--between` takes the first day before the last: 2025-02-01 is before 2025-02-02",
        ),
        (
            ("--on", "2025-01-01", "--between", "2025-01-01", "2025-01-02", "--states", "s"),
            "`--on` stands with none of `--between`",
        ),
    ],
)
def test_what_can_not_be_asked_about_is_told(given: tuple[str, ...], said: str, library: Path) -> None:
    """In one line, with the exit code of a wrong use."""
    done = run(*COMMON, *given, cwd=library)
    assert (done.returncode, done.stdout, done.stderr.decode()) == (2, b"", f"error[usage]: {said}\n")


def test_what_differs_is_worked_out_once(turned: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For an action of two versions, and not for each day that a request is of."""
    state, action = desks()
    days = [f"2025-04-{day:02d}" for day in range(1, 29)]
    name = lines(turned / "asked.jsonl", *({"state": {**state, "as_of": day}, "action": action} for day in days))
    worked_out, of_action = list[str](), ProgramPair.of_action

    def noted(programs: ProgramPair, name: str) -> Differing:
        worked_out.append(name)
        return of_action(programs, name)

    monkeypatch.setattr(ProgramPair, "of_action", noted)
    named: dict[str, Any] = {"policy": None, "version": VERSION, "settings": {}, "extensions": ((), ())}
    with two_sides(str(turned / "old"), str(turned / "new"), **named) as sides:
        ask = BothAsked(*sides, pairs(*sides))
        Sources(requests=str(turned / name)).ask(ask)
    assert (ask.touched.differing, worked_out) == (28, ["borrow"])


@pytest.mark.usefixtures("no_cache")
@pytest.mark.parametrize(("policy", "old"), TURNED if DEEP else TURNED[:1])
def test_what_is_not_asked_twice_answers_alike(
    policy: str, old: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where what decides is the same, one policy is asked: with each asked of all, nothing else comes out."""
    new = sorted(path.name for path in (POLICIES / policy).iterdir())[-1]
    named: dict[str, Any] = {"policy": None, "version": None, "settings": {}, "extensions": ((), ())}
    with two_sides(str(POLICIES / policy / old), str(POLICIES / policy / new), **named) as sides:
        counts: list[Any] = []
        for _ in range(2):
            ask = BothAsked(*sides, pairs(*sides))
            for each in cases(POLICIES / policy):
                try:
                    ask.request(Where(each.id), each.action, each.state)
                except seatrules.RequestError as error:
                    ask.touched.refuse(Where(each.id), error)
            counts.append([(each.action, each.meaning, each.count, each.rules) for each in ask.touched.changes])
            counts.append([ask.touched.requests, ask.touched.differing, ask.touched.unread])
            monkeypatch.setattr(Both, "differing", lambda *_: EVERYTHING)
        assert counts[:2] == counts[2:]


def test_what_can_not_be_read_is_told_before_what_takes_long(turned: Path) -> None:
    """A folder without states, a folder in the place of a file, a pipe: nothing is compared for it first."""
    (turned / "empty").mkdir()
    os.mkfifo(turned / "pipe")
    for option, name in (("--states", "empty"), ("--requests", "empty"), ("--records", "pipe"), ("--states", "pipe")):
        done = run(*COMMON, option, name, cwd=turned)
        assert (done.returncode, done.stdout) == (74, b"")
        assert done.stderr.startswith(f"error: {name}: ".encode())
