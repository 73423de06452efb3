"""`seatrules watch`: what a change can touch runs again, nothing else does, and what is wrong is said each time."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import NoReturn

import pytest

from command import run_here
from conftest import TESTS
from lengths import DEEP
from seatrules.analysis.everything import problems_of
from seatrules.analysis.mutation.cases import Trying
from seatrules.analysis.mutation.operators import mutants_of
from seatrules.analysis.mutation.versions import ChangedVersions, Versions
from seatrules.analysis.touching import Touching
from seatrules.analysis.watching import Looked, WatchedPolicy
from seatrules.cli.common import Common
from seatrules.cli.test import folders_of_suites
from seatrules.cli.watch import follow, whole
from seatrules.errors import FileError, PolicyError, SuiteError
from seatrules.policy.locate import find
from seatrules.suites import CaseResult, find_suites, read_suite, run_case
from seatrules.words import phrase

CLUBS = TESTS / "policies" / "clubs"
RULES, FACTS, CASES = (f"2025-01-01/{name}.yaml" for name in ("rules", "facts", "suites/references"))
COMMON = Common(None, (), None, {}, "en", as_json=False, everything=False)
Edit = Callable[[Path], None]


@pytest.fixture
def clubs(tmp_path: Path, no_cache: None) -> Path:
    """A copy of a small policy, to be changed."""
    return shutil.copytree(CLUBS, tmp_path / "clubs")


def watched(folder: Path) -> WatchedPolicy:
    return WatchedPolicy(lambda: find(folder), {}, folders_of_suites)


def replaced(name: str, old: str, new: str) -> Edit:
    """Saves a file with something else in it, as editors do: under another name, which it then gives up."""

    def edit(folder: Path) -> None:
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text
        (folder / f"{name}~").write_text(text.replace(old, new, 1), encoding="utf-8")
        (folder / f"{name}~").replace(folder / name)

    return edit


def looks(folder: Path, *edits: Edit) -> list[Looked | None]:
    """What a first look comes to, and one after each edit."""
    watching = watched(folder)
    found = [watching.look()]
    for edit in edits:
        edit(folder)
        found.append(watching.look())
    return found


TWO, THREE = (f"require: len(squad.players) < {most}" for most in (2, 3))
FULL, RIGHT = replaced(RULES, TWO, THREE), replaced(RULES, THREE, TWO)


def test_a_rule_runs_the_cases_of_its_actions(clubs: Path) -> None:
    """And those that failed run again until they pass."""
    first, wrong, right = looks(clubs, FULL, RIGHT)
    assert first is not None
    assert wrong is not None
    assert right is not None
    assert first.is_good
    assert len(first.ran) == first.cases
    assert 0 < len(wrong.failed) < len(wrong.ran) < wrong.cases
    assert right.is_good
    assert len(right.ran) == len(wrong.ran)


@pytest.mark.parametrize(
    ("edit", "ran"),
    [
        (lambda folder: None, None),
        (replaced(RULES, TWO, f"{TWO}   # a remark"), 0),
        (replaced("2025-01-01/state.schema.yaml", "format: date}", "format: date, description: today}"), 0),
        (replaced(CASES, "title: An entry", "title: One entry"), 0),
        (replaced(CASES, "expect: {decision: deny", "expect: {decision: allow"), 1),
    ],
    ids=["nothing", "a remark", "a description", "a title of a case", "what one case expects"],
)
def test_what_changes_no_answer_runs_no_case(clubs: Path, edit: Edit, ran: int | None) -> None:
    """Where the files say what they said, nothing is said either."""
    _, looked = looks(clubs, edit)
    assert (None if looked is None else len(looked.ran)) == ran


def test_a_file_that_can_not_be_read_is_told_and_what_was_left_runs_later(clubs: Path) -> None:
    """A policy that does not load runs nothing; a suite that is wrong keeps its own cases only from being run."""
    broken = replaced(FACTS, "facts:", "facts")
    mended = replaced(FACTS, "facts", "facts:")
    no_suite = replaced(CASES, "cases:", "case:")
    suite = replaced(CASES, "case:", "cases:")
    _, first, second, third, fourth, fifth = looks(clubs, FULL, broken, no_suite, mended, suite)
    assert first is not None
    assert second is not None
    assert third is not None
    assert fourth is not None
    assert fifth is not None
    assert [type(error) for error in second.errors] == [PolicyError]
    assert not second.ran
    assert len(third.errors) == 2
    assert len(fourth.errors) == 1
    assert fourth.cases < first.cases
    assert len(fourth.failed) + len(fifth.failed) == len(first.failed)
    assert {each.case.id for each in fifth.ran} | {each.case.id for each in fourth.ran} == {
        each.case.id for each in first.failed
    }


def told(watching: WatchedPolicy, saved: Iterator[object], common: Common = COMMON) -> str:
    """What is printed while things are saved."""
    out = StringIO()
    with redirect_stdout(out), redirect_stderr(out):
        follow(watching, saved, common)
    return out.getvalue().replace(str(watching.place.folder), "clubs")


def saves(folder: Path, *edits: Edit) -> Iterator[object]:
    """The beginning, and each edit; between them a moment at which nothing was saved."""
    yield None
    for edit in edits:
        edit(folder)
        yield {"saved"}
        yield set()


def test_a_line_comes_first_and_then_what_is_wrong(clubs: Path) -> None:
    """In the words of `test` and `lint`."""
    text = told(watched(clubs), saves(clubs, FULL, replaced(FACTS, "facts:", "facts")))
    lines = [line for line in text.splitlines() if line[:1] not in ("", " ")]
    assert lines[:7] == [
        "watching clubs; Ctrl-C ends it",
        "green: 39 of 39 cases run, all pass",
        "0 errors, 0 warnings",
        "red: 8 of 39 cases run, 1 fail; the other 31 can’t be touched by this change",
        "clubs/2025-01-01/suites/references.yaml:43:9: case `REF-05` failed: The plan of the team's club counts",
        "0 errors, 0 warnings",
        "red: the policy does not load",
    ]
    assert lines[7].startswith("clubs/2025-01-01/facts.yaml:1:1: error[yaml-syntax]: this is not YAML: ")


def test_a_version_means_its_policy(clubs: Path) -> None:
    """And what keeps all cases of a suite from being run is told once."""
    watching = WatchedPolicy(lambda: whole(find(clubs / "2025-01-01")), {}, folders_of_suites)
    no_version = replaced("2025-01-01/suites/words.yaml", "cases:", "version: '2026'\ncases:")
    lines = told(watching, saves(clubs, no_version)).splitlines()
    assert lines[:3] == [
        "watching clubs; Ctrl-C ends it",
        "green: 39 of 39 cases run, all pass",
        "0 errors, 0 warnings",
    ]
    assert lines[3] == "red: not all cases can be run"
    told_of = [line for line in lines if "error[unknown-version]: case " in line]
    assert len(told_of) == 1


def test_a_file_that_is_gone_before_it_is_looked_deeper_is_told(clubs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the next look goes on."""

    def gone(*given: object) -> NoReturn:
        monkeypatch.setattr("seatrules.cli.watch.problems_of", problems_of)
        raise FileError("rules.yaml", phrase("not_there"))

    monkeypatch.setattr("seatrules.cli.watch.problems_of", gone)
    lines = told(watched(clubs), saves(clubs, replaced(RULES, TWO, f"{TWO}   # a remark"))).splitlines()
    assert lines[2:] == [
        "error: rules.yaml: is not there",
        "green: no case can be touched by this change, of 39",
        "0 errors, 0 warnings",
    ]


def test_it_ends_where_the_folder_is_gone(clubs: Path) -> None:
    """With an error that names it."""
    out = StringIO()
    with redirect_stdout(out), pytest.raises(FileError) as raised:
        follow(watched(clubs), saves(clubs, shutil.rmtree), COMMON)
    assert str(raised.value) == f"{clubs}: is not there"


def test_each_look_is_a_line_of_json(clubs: Path) -> None:
    """One on the cases, and one on the problems of a policy that loads."""
    common = Common(None, (), None, {}, "en", as_json=True, everything=False)
    lines = [*map(json.loads, told(watched(clubs), saves(clubs, FULL), common).splitlines())]
    assert [[*line] for line in lines] == [["good", "ran", "cases", "failures", "errors"], ["problems"]] * 2
    assert [line["good"] for line in lines[::2]] == [True, False]
    assert len(lines[2]["failures"]) == 1


def test_it_says_what_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """And how to install it."""
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    done = run_here("watch", str(CLUBS), "--lang", "en")
    assert done.returncode == 2
    assert done.stderr.decode() == (
        "error[not-installed]: `watchfiles` is not installed\n  help: install `seatrules[watch]`\n"
    )


def test_a_policy_is_watched_until_it_is_interrupted(clubs: Path) -> None:
    """A file that is saved is looked at; the end is quiet, with the exit code of an interrupt."""
    command = [sys.executable, "-m", "seatrules", "watch", str(clubs), "--lang", "en"]
    environment = {**os.environ, "SEATRULES_CACHE": "", "NO_COLOR": "1"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    assert process.stdout.readline() == f"watching {clubs}; Ctrl-C ends it\n"
    assert process.stdout.readline().startswith("green: ")
    assert process.stdout.readline() == "0 errors, 0 warnings\n"
    FULL(clubs)
    assert process.stdout.readline().startswith("red: ")
    process.send_signal(signal.SIGINT)
    _, complaint = process.communicate()
    assert process.returncode == 130
    assert complaint.split() == ["interrupted"]


# What is looked at: what is read.


def linked(folder: Path) -> Path:
    """A policy of which a link leads to the folder with its rules, which lies elsewhere."""
    elsewhere = folder.parent / "elsewhere"
    elsewhere.mkdir()
    (folder / "2025-01-01" / "rules.yaml").replace(elsewhere / "rules.yaml")
    (folder / "2025-01-01" / "rules").symlink_to(elsewhere)
    return folder


def test_a_file_behind_a_link_is_looked_at(clubs: Path) -> None:
    """The loader reads it too."""
    in_link = replaced("../elsewhere/rules.yaml", TWO, THREE)
    first, second = looks(linked(clubs), in_link)
    assert first is not None
    assert second is not None
    assert first.is_good
    assert [each.case.id for each in second.failed] == ["REF-05"]


PIPE = "2025-01-01/{}notes.yaml"


@pytest.mark.parametrize("name", [PIPE.format(""), PIPE.format("suites/")], ids=["of the policy", "a suite"])
def test_what_is_no_file_is_told_and_not_waited_for(clubs: Path, name: str) -> None:
    """Once, until it is taken away; a suite that can't be read keeps no other from being run."""
    pipe = clubs / name

    def taken_away(folder: Path) -> None:
        pipe.unlink()

    first, second, third, fourth = looks(clubs, lambda _: os.mkfifo(pipe), lambda _: None, taken_away)
    assert first is not None
    assert second is not None
    assert third is None
    assert fourth is not None
    assert second.errors
    assert all(str(error).endswith("is not a regular file") for error in second.errors)
    assert second.cases == first.cases == fourth.cases
    assert fourth.is_good


@pytest.mark.parametrize("name", ["2025-01-01/rules.json", "rules.yaml", ".2026-01-01/policy.yaml"])
def test_what_is_not_read_and_seems_to_be_meant_is_looked_at(clubs: Path, name: str) -> None:
    """It is an error, or a warning of `lint`."""
    (clubs / name).parent.mkdir(exist_ok=True)

    def add(folder: Path) -> None:
        (clubs / name).write_text('{"rules": []}' if name.endswith("json") else "rules:\n", encoding="utf-8")

    _, looked = looks(clubs, add)
    assert looked is not None


def test_what_an_editor_puts_beside_is_not(clubs: Path) -> None:
    """Nothing depends on it."""
    assert looks(clubs, lambda folder: (folder / "2025-01-01" / ".rules.yaml.swp").touch())[1] is None


# With an extension.

ROOKIES = """\
name: rookies
extends: clubs
{changes}
rules:
  - id: a-team-of-one-takes-nobody
    actions: [line_up]
    require: len(squad.players) != 1
    otherwise: {{code: no_rookies, message: {{en: "{{team}} takes nobody"}}}}
codes:
  reasons:
    no_rookies: a team of one takes nobody
"""
CHANGED = [f"2025-01-01/references/REF-{number}" for number in ("01", "02", "03", "04", "13", "14")]


def lists(*changed: str) -> Edit:
    """Saves an extension beside the policy that lists cases which come out otherwise by it."""

    def edit(folder: Path) -> None:
        (folder.parent / "rookies").mkdir(exist_ok=True)
        changes = f"changes: [{', '.join(changed)}]" if changed else ""
        (folder.parent / "rookies" / "extension.yaml").write_text(ROOKIES.format(changes=changes), "utf-8")

    return edit


def test_an_extension_is_looked_at_with_the_cases_that_it_lists(clubs: Path) -> None:
    """One that comes out otherwise and is not listed fails, and so does one that is listed and does not."""
    lists(*CHANGED[1:])(clubs)
    watching = WatchedPolicy(lambda: find(clubs, [clubs.parent / "rookies"]), {}, folders_of_suites)
    looked = [watching.look()]
    for changed in (CHANGED, [*CHANGED, "2025-01-01/references/REF-05"], [*CHANGED, "2025-01-01/references/REF-99"]):
        lists(*changed)(clubs)
        looked.append(watching.look())
    assert [each and [result.case.id for result in each.failed] for each in looked] == [["REF-01"], [], ["REF-05"], []]
    assert [each and len(each.ran) for each in looked] == [39, 1, 1, 1]
    assert looked[-1] is not None
    (unknown,) = looked[-1].errors
    assert isinstance(unknown, SuiteError)
    assert [told_of.code for told_of in unknown.problems] == ["unknown-case"]


# What is left out.


def came_of(result: CaseResult) -> tuple[object, ...]:
    """What came out of a case."""
    return result.differences, [problem.code for problem in result.error.problems] if result.error else None


@pytest.mark.parametrize("name", ["clubs", "library-loans"])
def test_a_case_that_is_left_out_comes_out_as_it_did(name: str) -> None:
    """Of each of many small changes of a policy, the cases that come out otherwise are among those that it touches."""
    place = find(TESTS / "policies" / name)
    versions = Versions(place, {})
    mutants = mutants_of({each: (written, versions.program(each, {})) for each, written in versions.written.items()})
    cases = [case for path in find_suites(place.folder_of_suites()) for case in read_suite(path).cases]
    before = [came_of(run_case(case, Trying(ChangedVersions(versions, {})))) for case in cases]
    left_out = 0
    for mutant in mutants[:: len(mutants) // (200 if DEEP else 5)]:
        changed = versions.changed(mutant)
        try:
            programs = {each: changed.program(each, {}) for each in versions.written}
        except PolicyError:
            continue
        touching, engines = Touching(versions.programs({}), programs), Trying(changed)
        for case, came in zip(cases, before, strict=True):
            if not touching.may_touch(case):
                left_out += 1
                assert came_of(run_case(case, engines)) == came, (mutant, case.label)
    assert left_out > len(cases)
