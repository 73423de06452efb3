"""`seatrules new case` makes a case of a dry run, in a suite of which all else stays as it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from command import Done, run_here
from conftest import TESTS
from seatrules.cli.asking import Asking
from seatrules.decoding import decode
from seatrules.errors import FileError
from seatrules.making.cases import id_of, next_id, started
from seatrules.making.insertion import with_item, with_key
from seatrules.policy.overlay import merged_values
from seatrules.problems import Problems
from seatrules.source import parse
from seatrules.suites.without import taken_away
from test_fmt import of

INSERTIONS = yaml.safe_load((TESTS / "cases" / "insertion.yaml").read_text(encoding="utf-8"))
SUITE = "gym/2026-01-01/suites/cases.yaml"
ADD = {"type": "add_places", "quantity": 3}


@pytest.fixture
def folder(tmp_path: Path, no_cache: None) -> Path:
    """The folder of a new policy, with the state that its cases begin with."""
    done = run_here("new", "policy", "gym", "--yes", "--effective-from", "2026-01-01", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    state = run_here("samples", "account", "--policy", "gym", cwd=tmp_path).stdout
    (tmp_path / "account.yaml").write_bytes(state)
    return tmp_path


def made(folder: Path, action: Any, *options: str, state: str = "account.yaml") -> Done:
    where = () if {"--to", "--policy"} & {*options} else ("--policy", "gym")
    return run_here("new", "case", *where, "--from", state, json.dumps(action), "--yes", *options, cwd=folder)


def test_what_a_case_asks_already_is_refused(folder: Path) -> None:
    """Of the same state; with another id too."""
    assert made(folder, ADD).returncode == 0
    done = made(folder, ADD, "--id", "again")
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr == b"error[usage]: the case `ADD-03` asks the same of the same state already\n"


def test_what_is_decided_is_asked_for(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At a terminal, the state first; where nobody can answer, the option is named."""
    answers = {"Which state is it of": "account.yaml", "Which action is proposed": json.dumps(ADD)}
    monkeypatch.setattr(Asking, "is_heard", True)
    monkeypatch.setattr("click.prompt", lambda asked, **given: answers.get(asked.partition(" (")[0], given["default"]))
    done = run_here("new", "case", "--policy", "gym", cwd=folder)
    assert (done.returncode, b"- id: ADD-03\n" in done.stdout) == (0, True)
    monkeypatch.setattr(Asking, "is_heard", False)
    done = run_here("new", "case", "--policy", "gym", cwd=folder)
    assert done.stderr == b"error[usage]: `--from` is missing\n  help: give `--from STATE ACTION`\n"


@pytest.mark.parametrize(
    ("title", "taken", "name"),
    [
        ("A paused admin", ["ADD-01", "plan-has-desks-fails-2"], "a-paused-admin"),
        ("A paused admin", ["a-paused-admin", "x"], "a-paused-admin-2"),
        ("\u00c9t\u00e9: 3 de plus", ["x"], "ete-3-de-plus"),
        ("A paused admin", ["x", "ADD-09"], "ADD-10"),
        ("3 more", ["x"], "add-01"),
        ("A paused admin", [], "add-01"),
    ],
)
def test_an_id_goes_on_or_is_of_the_title(title: str, taken: list[str], name: str) -> None:
    """It goes on behind a word and a number."""
    assert id_of(title, taken, {"type": "add"}) == name


@pytest.mark.parametrize(
    ("action", "expect"),
    [
        (
            ADD,
            {
                "decision": "allow",
                "reason_key": "done",
                "billing": {"change": "increase", "quantity": 3, "effective_on": "2026-01-01"},
                "effects": [{"path": "places", "from": 5, "to": 8}],
            },
        ),
        ({**ADD, "quantity": 0}, {"decision": "deny", "reasons": ["one_at_least"]}),
        ({**ADD, "quantity": "x"}, {"error": "wrong_type"}),
    ],
)
def test_it_expects_what_came_out(action: Mapping[str, Any], expect: Mapping[str, Any], folder: Path) -> None:
    """Of what is allowed, denied, and refused as a request; what was in the suite stays, letter by letter."""
    denied = "quantity: 0}\n    expect: {decision: deny, reasons: [one_at_least]}"
    whole = (folder / SUITE).read_text()
    assert denied in whole
    (folder / SUITE).write_text(whole.replace(denied, "quantity: -1}\n    expect: {error: out_of_range}"))
    before = (folder / SUITE).read_text()
    done = made(folder, action)
    assert (done.returncode, done.stderr) == (0, b"")
    text = (folder / SUITE).read_text()
    assert text.startswith(before)
    case = yaml.safe_load(text)["cases"][-1]
    assert (case["id"], case["base"], case["expect"]) == ("ADD-03", "account", expect)
    assert run_here("test", "gym", cwd=folder).stdout == b"3 passed, 0 failed\n"
    assert of(text) == text


def test_it_says_what_differs_from_a_base(folder: Path) -> None:
    """What is another value, and what is not there."""
    state = yaml.safe_load((folder / "account.yaml").read_text())
    del state["members"]["ben"]
    (folder / "other.json").write_text(json.dumps({**state, "places": 7}))
    assert made(folder, ADD, state="other.json").returncode == 0
    case = yaml.safe_load((folder / SUITE).read_text())["cases"][-1]
    assert (case["without"], case["with"]) == (["/members/ben"], {"places": 7})


def test_a_suite_may_be_new(folder: Path) -> None:
    """It has the whole state then."""
    suite = "gym/2026-01-01/suites/more.yaml"
    done = made(folder, ADD, "--to", suite, "--id", "first", "--title", "The first")
    assert (done.returncode, done.stdout.decode().splitlines()[0]) == (0, suite)
    case = yaml.safe_load((folder / suite).read_text())["cases"][0]
    assert case["state"] == yaml.safe_load((folder / "account.yaml").read_text())
    assert (case["id"], case["title"]) == ("first", "The first")


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--id", "ADD-01"], 2, "`ADD-01` is the id of another one"),
        (["--to", "cases.yaml"], 2, "`cases.yaml` lies in the folder `suites` of no version and of no extension"),
        (["--to", f"{SUITE}.txt"], 2, "`gym/2026-01-01/suites/cases.yaml.txt` would not be read"),
        (["--policy", "zoom-licenses"], 2, "say by `--policy` which policy is written into: its folder, not a name"),
    ],
)
def test_what_can_not_be_made_is_told(options: list[str], code: int, said: str, folder: Path) -> None:
    """Nothing is written then."""
    before = (folder / SUITE).read_text()
    done = made(folder, ADD, *options)
    assert (done.returncode, done.stdout) == (code, b"")
    assert said in done.stderr.decode()
    assert (folder / SUITE).read_text() == before


def test_a_case_that_another_version_decides_is_not_written(folder: Path) -> None:
    """What `lint` finds then is told, as if the file were there."""
    (folder / "gym/2027-01-01").mkdir()
    header = "name: gym\nversion: 2027-01-01\nformat: 1\nextends: 2026-01-01\neffective_from: 2027-01-01\n"
    (folder / "gym/2027-01-01/policy.yaml").write_text(header)
    state = yaml.safe_load((folder / "account.yaml").read_text())
    (folder / "later.json").write_text(json.dumps({**state, "as_of": "2027-02-01"}))
    done = made(folder, ADD, "--to", SUITE, state="later.json")
    assert (done.returncode, done.stdout) == (1, b"")
    told = done.stderr.decode()
    assert told.startswith(f"{SUITE}:26:19: warning[another-version]: case `ADD-03`: ")
    assert told.endswith("nothing is written: this is what would be wrong\n")


def test_an_error_is_a_case_of_the_version_in_force(folder: Path) -> None:
    """On the day of the state; not of the newest version, which decides nothing on it."""
    done = run_here("new", "version", "2027-01-01", "--policy", "gym", "--yes", cwd=folder)
    assert done.returncode == 0, done.stderr
    done = made(folder, {"type": "nothing"})
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().splitlines()[0] == SUITE


@pytest.mark.parametrize("case", INSERTIONS, ids=lambda case: case["name"])
def test_an_entry_is_added_where_it_belongs(case: Mapping[str, Any]) -> None:
    """All else stays as it is, comments and layout included."""
    if "key" in case:
        added = with_key(case["text"], case["path"], case["key"], case["added"], "it.yaml")
    else:
        added = with_item(case["text"], case["path"], case["added"], "it.yaml")
    assert added == case["becomes"]
    parse(decode(added.encode(), "it.yaml"))


def test_nothing_is_added_to_what_is_no_list() -> None:
    with pytest.raises(FileError, match=r"it\.yaml: nothing can be added to `a` here"):
        with_item("a: {b: 1}\n", ["a"], 1, "it.yaml")


@pytest.mark.parametrize(
    ("taken", "follows"),
    [([], "add_places-01"), (["A-09"], "A-10"), (["A-1", "A-3", "A-2"], "A-4"), (["one"], "add_places-01")],
)
def test_the_next_id(taken: list[str], follows: str) -> None:
    """One more than the last, where that ends with a number."""
    assert next_id(taken, ADD) == follows


STATES = st.dictionaries(
    st.sampled_from("abc"),
    st.recursive(
        st.none() | st.booleans() | st.integers(0, 2),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
        max_leaves=8,
    ),
    max_size=3,
)


@settings(max_examples=200, deadline=None)
@given(base=STATES, state=STATES)
def test_a_base_with_its_changes_is_the_state(base: Any, state: Any) -> None:
    """However a case begins, it has the state."""
    case = started(state, {"one": base})
    if "base" in case:
        node = parse(decode(yaml.safe_dump(case).encode(), "it"))
        kept = taken_away(base, node.get("without"), Problems())  # type: ignore[union-attr]
        assert merged_values(kept, case.get("with", {})) == state
    else:
        assert case == {"state": state}
