"""`seatrules test --coverage`: what it counts, how it tells it, and what it makes of an author's excuses."""

from __future__ import annotations

import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from command import run_here as run
from conftest import TESTS, Golden

KIOSK = TESTS / "coverage" / "kiosk"
SUITE = Path("kiosk/2025-01-01/suites/sales.yaml")


@pytest.fixture
def kiosk(tmp_path: Path, no_cache: None) -> Path:
    """A folder with a copy of the kiosk, to be changed."""
    shutil.copytree(KIOSK, tmp_path / "kiosk")
    return tmp_path


def covered(folder: Path, *arguments: str) -> tuple[int, str]:
    """The exit code, and what is said of the cases of the kiosk."""
    done = run("test", "kiosk", "--coverage", *arguments, cwd=folder)
    return done.returncode, done.stdout.decode()


def lacks(folder: Path) -> list[str]:
    """What no case of the kiosk shows, without places."""
    lines = covered(folder, "--all")[1].splitlines()
    return [re.sub(r"^\S+:\d+:\d+: ", "", line) for line in lines if re.match(r"\S+:\d+:\d+: ", line)]


def change(folder: Path, file: Path, old: str, new: str) -> None:
    """Change a text that stands once in a file."""
    text = (folder / file).read_text()
    assert text.count(old) == 1
    (folder / file).write_text(text.replace(old, new))


def without_case(folder: Path, name: str) -> None:
    """Take a case away."""
    head, *cases = (folder / SUITE).read_text().split("  - id: ")
    kept = [case for case in cases if not case.startswith(f"{name}\n")]
    assert len(kept) == len(cases) - 1
    (folder / SUITE).write_text("  - id: ".join([head, *kept]))


def test_every_kind_of_lack_is_told_with_its_place(golden: Golden) -> None:
    """What no case shows is listed by its place, what was never reached first; then how much is covered."""
    code, said = covered(KIOSK.parent, "--all")
    assert code == 0
    golden(TESTS / "golden" / "coverage" / "kiosk.txt", said)


def test_the_first_are_listed_and_how_many_more_there_are() -> None:
    """Without `--all` twenty are listed."""
    said = covered(KIOSK.parent)[1].splitlines()
    every = covered(KIOSK.parent, "--all")[1].splitlines()
    assert said[1:21] == every[1:21]
    assert said[21:] == [f"and {len(every) - 22} more: `--all` lists them", every[-1]]


@pytest.mark.parametrize(
    ("case", "lacking"),
    [
        ("nothing-is-sold-at-night", "rule `open`, requirement `open`: never failed"),
        ("the-last-is-kept", "setting `last_one`, choice `kept`: never chosen"),
        ("an-adult-pays-all", "table `prices`, `cents` of `paper`: never read"),
        ("the-shelf-is-filled", "consequence `more`, for `restock`: never applied"),
    ],
)
def test_what_only_one_case_shows_is_lacking_without_it(case: str, lacking: str, kiosk: Path) -> None:
    """Taking a case away names what it alone shows."""
    assert lacking not in lacks(kiosk)
    without_case(kiosk, case)
    assert lacking in lacks(kiosk)


def test_a_case_that_is_not_chosen_shows_nothing() -> None:
    """With `-k` that is told which the chosen cases do not show."""
    _, said = covered(KIOSK.parent, "--all", "-k", "night")
    assert "rule `in-stock`, requirement `stock > 0`: never failed" in said
    assert "outcome `sold`, for `sell`: never came up" in said


def test_too_little_is_a_finding() -> None:
    """With `--fail-under` the exit code is 1 where less is covered, and 0 where it is as much or more."""
    percent = json.loads(covered(KIOSK.parent, "--format", "json")[1])["coverage"]["percent"]
    assert covered(KIOSK.parent, "--fail-under", str(percent))[0] == 0
    assert covered(KIOSK.parent, "--fail-under", str(percent + 0.1))[0] == 1


def test_as_json_all_is_told_that_was_counted() -> None:
    """Each part has its counts, also those that lack nothing; a side that came out unknown stands beside."""
    done = json.loads(covered(KIOSK.parent, "--format", "json")[1])
    assert (done["passed"], done["failed"]) == (6, 0)
    coverage = done["coverage"]
    (policy,) = coverage["policies"]
    points = policy["points"]
    assert sum(len([side for side, n in p["counts"].items() if side != "unknown"]) for p in points) == policy["sides"]
    requirement = next(p for p in points if p["what"] == "requirement `open`")
    assert requirement == {
        "file": "kiosk/2025-01-01/policy.yaml",
        "line": 68,
        "column": 14,
        "kind": "requirement",
        "of": "rules/open",
        "what": "requirement `open`",
        "counts": {"true": 5, "false": 1},
        "lacking": "",
    }


def test_what_is_unknown_in_part_is_counted_beside(kiosk: Path) -> None:
    """A condition that is unknown is neither true nor false."""
    partly = "  - {id: partly, partial: true, state: {as_of: '2025-03-01', stock: 2}, "
    partly += "action: {type: restock, count: 1}, expect: {decision: undetermined}}\n"
    (kiosk / SUITE).write_text((kiosk / SUITE).read_text() + partly)
    points = json.loads(covered(kiosk, "--format", "json")[1])["coverage"]["policies"][0]["points"]
    counts = next(p["counts"] for p in points if p["what"] == "requirement `open`")
    assert counts == {"true": 5, "false": 1, "unknown": 1}


def test_lcov_hits_a_line_where_all_that_is_written_on_it_is_shown() -> None:
    """LCOV has a record of each file; a line is hit as often as what is least often shown on it."""
    code, said = covered(KIOSK.parent, "--format", "lcov")
    lines = said.splitlines()
    assert (code, lines[0], lines[-1]) == (0, "SF:kiosk/2025-01-01/policy.yaml", "end_of_record")
    hits = {int(number): int(count) for number, count in re.findall(r"^DA:(\d+),(\d+)$", said, re.M)}
    assert (hits[68], hits[73]) == (1, 0)
    assert f"LF:{len(hits)}" in lines
    assert f"LH:{sum(count > 0 for count in hits.values())}" in lines


class _Page(HTMLParser):
    """Notes the tags of a page, each of which it closes, and what it would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.fetched: list[tuple[str, Any]] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.fetched += [(tag, value) for name, value in attributes if name in ("src", "href")]
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_holds_all_that_it_needs(kiosk: Path) -> None:
    """As HTML there is one page without scripts, in which what a policy says stands as text."""
    change(kiosk, Path("kiosk/2025-01-01/policy.yaml"), "# A kiosk,", "# A <b>kiosk</b> & more,")
    code, said = covered(kiosk, "--format", "html")
    page = _Page()
    page.feed(said)
    assert (code, page.open, page.fetched, "<script" in said) == (0, [], [], False)
    assert "# A &lt;b&gt;kiosk&lt;/b&gt; &amp; more," in said
    assert "rule `in-stock`, requirement `stock &gt; 0`: never failed" in said
    assert "prefers-color-scheme: dark" in said


EXCUSED = """uncovered:
  - {of: codes/sold_out, why: it is said elsewhere}
  - {of: cutoffs/never_read, why: it is there for tomorrow}
  - {of: outcomes/many, what: "when count > 100", why: nobody has so much room}
"""


def test_an_author_may_excuse_what_no_case_shows(kiosk: Path) -> None:
    """What `uncovered` names is lacking no more, and no side of it counts."""
    before, sides = lacks(kiosk), json.loads(covered(kiosk, "--format", "json")[1])["coverage"]["sides"]
    (kiosk / SUITE).write_text(EXCUSED + (kiosk / SUITE).read_text())
    after = lacks(kiosk)
    gone = [each for each in before if each not in after]
    assert gone == [
        "cutoff `never_read`: never read",
        "code `sold_out`, message in `en`: never said",
        "code `sold_out`, message in `nl`: never said",
        "outcome `many`, `when` `count > 100`: never true",
    ]
    coverage = json.loads(covered(kiosk, "--format", "json")[1])["coverage"]
    assert coverage["sides"] == sides - 5
    assert covered(kiosk)[1].splitlines()[-1].endswith("sides, 4 excused")


def test_an_excuse_that_excuses_nothing_is_an_error(kiosk: Path) -> None:
    """What is excused and covered, or not there, is told with its place."""
    stale = "uncovered:\n  - {of: rules/open, what: requirement `open`, why: it is}\n  - {of: rules/opn, why: it is}\n"
    (kiosk / SUITE).write_text(stale + (kiosk / SUITE).read_text())
    done = run("test", "kiosk", "--coverage", "--format", "json", cwd=kiosk)
    problems = json.loads(done.stderr)["error"]["problems"]
    told = [(p["line"], p["column"], p["code"], p["message"]) for p in problems]
    assert (done.returncode, told) == (
        65,
        [
            (2, 10, "stale-uncovered", "nothing of `rules/open` that this names is left uncovered"),
            (3, 10, "stale-uncovered", "nothing of `rules/opn` that this names is left uncovered"),
        ],
    )


def test_lint_tells_an_excuse_for_what_is_not_there(kiosk: Path) -> None:
    """An excuse names an entry of the policy."""
    stale = "uncovered:\n  - {of: rules/opn, why: it is}\n  - {of: prices, why: it is}\n"
    (kiosk / SUITE).write_text(stale + (kiosk / SUITE).read_text())
    done = run("lint", "kiosk", "--format", "json", cwd=kiosk)
    problems = [each for each in json.loads(done.stdout)["problems"] if each["code"] == "stale-uncovered"]
    assert [(each["line"], each["message"], each["help"]) for each in problems] == [
        (2, "there is no `rules/opn` to excuse", "did you mean `rules/open`?"),
        (3, "there is no `prices` to excuse", "did you mean `tables/prices`?"),
    ]


def test_what_a_setting_decides_needs_a_case_only_where_it_is_chosen(kiosk: Path) -> None:
    """Where no case chooses otherwise, that the choice is not made is lacking, and not what it decides."""
    without_case(kiosk, "the-last-is-kept")
    of_setting = [each for each in lacks(kiosk) if "last_one" in each]
    assert of_setting == [
        "setting `last_one`, choice `kept`: never chosen",
        "setting `last_one`, choice `asked`: never chosen",
        'rule `the-last-is-kept`, `when` `settings.last_one == "kept" and is_last`: never true',
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--fail-under", "90"), "`--fail-under` stands with `--coverage` only"),
        (("--format", "html"), "`--format html` stands with `--coverage` only"),
        (("--format", "lcov"), "`--format lcov` stands with `--coverage` only"),
    ],
)
def test_what_is_of_coverage_stands_with_it_only(arguments: tuple[str, ...], message: str) -> None:
    """An option of coverage without it is a wrong use."""
    done = run("test", "kiosk", *arguments, cwd=KIOSK.parent)
    assert (done.returncode, done.stderr.decode().splitlines()[0]) == (2, f"error[usage]: {message}")
