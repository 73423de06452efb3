"""`seatrules mutate`: what it changes, what it makes of the cases, and what it tells."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from command import run_here as run
from conftest import TESTS, Golden
from seatrules.analysis.mutation.cases import Trying
from seatrules.analysis.mutation.expressions import mutations, mutations_of_loop
from seatrules.analysis.mutation.mutation import Mutation, mutation_of
from seatrules.errors import PolicyError
from seatrules.policy.locate import find
from seatrules.suites import run_case

KIOSK = TESTS / "coverage" / "kiosk"
SUITE = Path("kiosk/2025-01-01/suites/sales.yaml")


@pytest.fixture
def kiosk(tmp_path: Path, no_cache: None) -> Path:
    """A folder with a copy of the kiosk, to be changed."""
    shutil.copytree(KIOSK, tmp_path / "kiosk")
    return tmp_path


@pytest.fixture(scope="module")
def mutation() -> Mutation:
    """All that is changed of the kiosk."""
    return mutation_of(find(str(KIOSK)), {}, entry=None, since=None)


def mutated(folder: Path, *arguments: str, code: int = 0) -> dict[str, Any]:
    """What is said of the kiosk as data."""
    done = run("mutate", "kiosk", "--jobs", "1", "--format", "json", *arguments, cwd=folder)
    assert done.returncode == code, done.stderr.decode()
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def missed(said: dict[str, Any]) -> list[str]:
    """The changes that no case notices, in words."""
    return [each["change"] for each in said["missed"]]


def append(folder: Path, text: str) -> None:
    """Add lines to the suite of the kiosk."""
    path = folder / SUITE
    path.write_text(f"{path.read_text().rstrip()}\n{text}\n")


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("a < b", ["a <= b", "a >= b"]),
        ("a == b", ["a != b"]),
        ("a not in b", ["a in b"]),
        ("a is None", ["a is not None"]),
        ("n > 2", ["n >= 2", "n <= 2", "n > 3", "n > 1"]),
        ('d >= "2025-03-01"', ['d > "2025-03-01"', 'd < "2025-03-01"', 'd >= "2025-03-02"', 'd >= "2025-02-28"']),
        ("f(x) and (a or b)", ["(f(x) or (a or b))", "((a or b))", "(f(x))", "f(x) and ((a and b))"]),
        ("not f(x)", ["f(x)"]),
        ("a + b", ["a - b"]),
        ("a if f(x) else b", ["b if f(x) else a"]),
        ("sum(x.n for x in xs if g(x))", ["sum(x.n for x in xs if True)"]),
        ('"é" == a and 1 < b', ['("é" == a or 1 < b)', '"é" == a and 2 < b', '"é" == a and 0 < b']),
        ("5", ["6", "4"]),
        ("f(x)", []),
    ],
)
def test_an_expression_is_changed_in_every_small_way(text: str, changes: list[str]) -> None:
    """Each change is the whole text with one thing otherwise."""
    found = [each.text for each in mutations(text)]
    assert [each for each in changes if each not in found] == []
    assert len(set(found)) == len(found)
    assert text not in found


def test_a_loop_is_changed_in_what_it_goes_through_and_in_its_condition() -> None:
    """Its own name is left alone."""
    found = [each.text for each in mutations_of_loop("t in xs if t.n > 0")]
    assert found == ["t in xs if True", "t in xs if t.n >= 0", "t in xs if t.n <= 0", "t in xs if t.n > 1"]


def test_every_change_of_the_kiosk_is_told_with_its_place(mutation: Mutation, golden: Golden) -> None:
    """Rules, effects, bills, events, facts, days, settings, cells and texts are changed."""
    lines = [f"{each.span.line}:{each.span.column} {each.title}: {each.words}" for each in mutation.trial.mutants]
    golden(TESTS / "golden" / "mutation" / "kiosk.txt", "\n".join(lines) + "\n")


def test_no_case_that_does_not_reach_a_change_would_notice_it(mutation: Mutation) -> None:
    """All cases find no more than those that reach it."""
    trial = mutation.trial
    for mutant in trial.mutants:
        engines, reaching = Trying(trial.versions.changed(mutant)), trial.cases.reaching(mutant)
        others = [case for number, case in enumerate(trial.cases.every) if number not in reaching]
        try:
            assert [case.id for case in others if not run_case(case, engines).passed] == [], mutant
        except PolicyError:
            continue  # it does not load with the change


@pytest.mark.parametrize(
    ("entry", "change"),
    [
        ("one-less", "`stock - 1` became `stock + 1`"),
        ("few-left", "`stock > 2` became `stock > 1`"),
        ("half_price", "`date: 2025-03-01` became `2025-02-28`"),
        ("milk-is-thrown-away", "`add_days(milk_since, 7)` became `add_days(milk_since, 8)`"),
        ("prices", "`cents` of `milk`: `120` became `121`"),
    ],
)
def test_what_is_missed_has_a_case_that_notices_it(entry: str, change: str, kiosk: Path) -> None:
    """The case that is printed passes, and once it is there the change is noticed."""
    said = mutated(kiosk, "--rule", entry)
    (found,) = (each for each in said["missed"] if each["change"] == change)
    append(kiosk, found["case"])
    assert run("test", "kiosk", cwd=kiosk).returncode == 0
    assert change not in missed(mutated(kiosk, "--rule", entry))


def test_a_case_that_reads_a_row_reaches_the_day_from_which_it_holds(kiosk: Path) -> None:
    """The day of an entry of a dated table decides which cell is read."""
    path = kiosk / "kiosk" / "2025-01-01" / "policy.yaml"
    text = path.read_text().replace("    key: good\n", "    key: good\n    dated: true\n")
    text = text.replace("prices[g].cents", "prices[g, as_of].cents")
    path.write_text(text.replace("cents: 120,", "cents: [120, {from: 2025-03-01, cents: 130}],"))
    days = [each for each in mutated(kiosk, "--rule", "prices")["missed"] if each["change"].startswith("`from`")]
    assert [each["reaching"] > 0 for each in days] == [True, True]


def test_what_does_not_count_is_listed_with_a_reason(kiosk: Path) -> None:
    """One that is listed is no longer missed; what names nothing, or is noticed after all, is told with its place."""
    text = (kiosk / SUITE).read_text()
    listed = '- {of: consequences/one-less, change: "stock - 1 became stock + 1", why: nobody counts}'
    (kiosk / SUITE).write_text(f"equivalent:\n  {listed}\n{text}")
    said = mutated(kiosk, "--rule", "one-less")
    assert "`stock - 1` became `stock + 1`" not in missed(said)
    assert said["equivalent"] == 1
    wrong = [
        '- {of: consequences/one-les, change: "stock - 1 became stock + 1", why: a}',
        '- {of: consequences/one-less, change: "stock - 1 became stock - 9", why: b}',
        '- {of: rules/open, change: "requirement open dropped", why: c}',
    ]
    (kiosk / SUITE).write_text("\n".join(["equivalent:", *(f"  {each}" for each in wrong), text]))
    done = run("mutate", "kiosk", "--rule", "rules/open", "--jobs", "1", cwd=kiosk)
    assert done.returncode == 65
    told = done.stderr.decode()
    assert f"{SUITE}:2:10" in told
    assert "did you mean `consequences/one-less`" in told
    assert "no change of `consequences/one-less` is `stock - 1 became stock - 9`" in told
    assert "a case notices this change of `rules/open`" in told


def test_only_what_is_changed_since_a_revision_is_tried(kiosk: Path) -> None:
    """Lines that a revision of git has are left alone."""

    def git(*arguments: str) -> None:
        named = ("-c", "user.name=a", "-c", "user.email=a@example.com")
        subprocess.run(["git", *named, *arguments], cwd=kiosk, check=True, capture_output=True)

    git("init", "--quiet")
    git("add", ".")
    git("commit", "--quiet", "-m", "first")
    assert mutated(kiosk, "--since", "HEAD")["changes"] == 0
    path = kiosk / "kiosk" / "2025-01-01" / "policy.yaml"
    path.write_text(path.read_text().replace("    require: stock > 0\n", "    require: stock >= 1\n"))
    said = mutated(kiosk, "--since", "HEAD")
    assert 0 < said["changes"] == said["noticed"] + len(said["missed"])
    assert {each["of"] for each in said["missed"]} <= {"rules/in-stock"}
    done = run("mutate", "kiosk", "--since", "nowhere", cwd=kiosk)
    assert done.returncode == 2
    assert "nowhere" in done.stderr.decode()


def test_what_was_not_tried_is_counted_and_is_no_success(kiosk: Path) -> None:
    """A score of a part is none of the whole."""
    done = run("mutate", "kiosk", "--jobs", "1", "--seconds", "0.000001", "--fail-under", "1", cwd=kiosk)
    assert done.returncode == 1
    assert "were not tried, for want of time" in done.stdout.decode()


def test_cases_that_fail_as_the_policy_is_are_mended_first(kiosk: Path) -> None:
    """Which case would notice what can't be said."""
    append(kiosk, "  - {id: wrong, base: open, action: {type: restock, count: 20}, expect: {decision: deny}}")
    done = run("mutate", "kiosk", cwd=kiosk)
    assert done.returncode == 2
    assert "1 cases fail as the policy is: `wrong`" in done.stderr.decode()


def test_an_entry_that_is_not_there_is_told(kiosk: Path) -> None:
    """The nearest name is suggested."""
    done = run("mutate", "kiosk", "--rule", "in-stok", cwd=kiosk)
    assert done.returncode == 2
    assert "did you mean `in-stock`" in done.stderr.decode()


def test_several_processes_tell_what_is_missed_in_the_order_of_the_files(kiosk: Path) -> None:
    """In text: each change that is missed with its place, then the score."""
    said = run("mutate", "kiosk", "--rule", "few-left", "--jobs", "2", cwd=kiosk).stdout.decode().splitlines()
    places = [line.split(": ")[0] for line in said if line.startswith("kiosk/2025-01-01/policy.yaml:")]
    assert len(places) > 1
    assert places == sorted(places)
    assert said[-1].startswith("kiosk: ")


def test_a_review_has_what_is_missed_at_its_place(kiosk: Path) -> None:
    """As annotations, and as a log in SARIF."""
    done = run("mutate", "kiosk", "--rule", "one-less", "--format", "github", cwd=kiosk)
    start = "::warning file=kiosk/2025-01-01/policy.yaml,line=88,col=15,title=seatrules mutate (missed-change)::"
    assert done.stdout.decode().startswith(f"{start}consequence `one-less`: not for `sell`: no case notices")
    done = run("mutate", "kiosk", "--rule", "one-less", "--format", "sarif", cwd=kiosk)
    assert {each["ruleId"] for each in json.loads(done.stdout)["runs"][0]["results"]} == {"missed-change"}


def test_a_case_may_expect_what_is_said(kiosk: Path) -> None:
    """Of decisions, events and what is refused; a text that is not said fails the case, with what is."""
    sell = "action: {type: sell, good: paper, buyer: adult}"
    few = "{decision: allow, says: {en: [sold, 2 are left], nl: verkocht}}"
    append(kiosk, f"  - {{id: few, base: open, with: {{stock: 2}}, {sell}, expect: {few}}}")
    event = "{date: '2025-02-08', rule: milk-is-thrown-away, says: {en: thrown away}}"
    step = f"{{at: '2025-03-01', action: {{type: restock, count: 1}}, expect: {{events: [{event}]}}}}"
    state = "{as_of: '2025-02-01', open: true, stock: 5, milk_since: '2025-02-01'}"
    append(kiosk, f"  - {{id: thrown, state: {state}, steps: [{step}]}}")
    wrong = "{error: wrong_type, says: {nl: [niets]}}"
    append(kiosk, f"  - {{id: refused, base: open, with: {{stock: many}}, {sell}, expect: {wrong}}}")
    append(kiosk, f"  - {{id: other, base: open, {sell}, expect: {{decision: allow, says: {{en: bought}}}}}}")
    done = run("test", "kiosk", "--format", "json", cwd=kiosk)
    failed = {each["id"]: each["differences"] for each in json.loads(done.stdout)["failures"]}
    assert failed.keys() == {"refused", "other"}
    assert failed["other"] == [{"what": "says in `en`", "expected": "bought", "got": ["sold"]}]
    append(kiosk, f"  - {{id: spoken, base: open, {sell}, expect: {{says: {{fr: vendu}}}}}}")
    done = run("test", "kiosk", cwd=kiosk)
    assert done.returncode == 65
    assert "case `spoken`: `fr` is no language of the policy" in done.stderr.decode()
