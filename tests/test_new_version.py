"""`seatrules new version` makes the next version of a policy, which takes over what is there."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import yaml

import seatrules
from command import Done, run_here
from conftest import TESTS
from seatrules.making.version import comment_on


@pytest.fixture
def folder(tmp_path: Path, no_cache: None) -> Path:
    """The folder of a new policy."""
    done = run_here("new", "policy", "gym", "--yes", "--effective-from", "2026-01-01", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    return tmp_path


def made(folder: Path, *options: str, policy: str = "gym") -> Done:
    return run_here("new", "version", *options, "--policy", policy, "--yes", cwd=folder)


def require_green(folder: Path, policy: str = "gym") -> None:
    for command in (["lint", "--strict"], ["test", "--coverage", "--fail-under", "100"], ["fmt", "--check"]):
        assert run_here(*command, policy, cwd=folder).returncode == 0, command


def test_it_takes_over_what_is_there(folder: Path) -> None:
    """From its day on it decides, as the version before did; a case says so."""
    done = made(folder, "2027-01-01")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().splitlines()[:3] == [
        "gym/2027-01-01/policy.yaml",
        "gym/2027-01-01/suites/cases.yaml",
        "takes over what 2026-01-01 says: 1 action, 1 statement, 1 rule, 1 consequence, 1 outcome",
    ]
    require_green(folder)
    engine = seatrules.load(folder / "gym")
    suite = yaml.safe_load((folder / "gym/2027-01-01/suites/cases.yaml").read_text())
    decision = engine.decide(suite["cases"][0]["action"], suite["bases"]["first_day"])
    assert (decision.allowed, decision.policy.version) == (True, "2027-01-01")


def test_its_header_says_how_to_compare_it(folder: Path) -> None:
    """By a command that works as it stands."""
    made(folder, "2027-01-01")
    text = (folder / "gym/2027-01-01/policy.yaml").read_text()
    assert "What it all comes to:\n# `seatrules diff gym/2026-01-01 gym/2027-01-01`.\n" in text


def test_a_number_stays_in_the_line_of_what_it_counts() -> None:
    """However many of them a version takes over."""
    taken = [f"1 {kind}" for kind in ("action", "cutoff", "statement", "table", "rule", "consequence", "outcome")]
    assert comment_on("2026-01-01", taken) == (
        "# What version 2026-01-01 says holds here too: 1 action, 1 cutoff, 1 statement, 1 table, 1 rule, "
        "1 consequence,\n# 1 outcome."
    )


def test_where_nothing_is_allowed_the_case_is_denied(folder: Path) -> None:
    """The case on the first day is one of what is denied then; where no suite has a request, that is said."""
    options = ("--policy", "gym", "--require", 'as_of < "2026-09-01"', "--line", "closed", "--yes")
    assert run_here("new", "rule", "closed", *options, cwd=folder).returncode == 0
    made(folder, "2027-01-01")
    case = yaml.safe_load((folder / "gym/2027-01-01/suites/cases.yaml").read_text())["cases"][0]
    assert (case["id"], case["expect"]) == ("first-day", {"decision": "deny", "reasons": ["closed"]})
    require_green(folder)
    for suite in folder.glob("gym/*/suites/cases.yaml"):
        suite.unlink()
    done = made(folder, "2028-01-01")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().splitlines()[2] == (
        "no case comes with it, for no suite has a request that can be asked of 2028-01-01: "
        "write one with `seatrules new case`"
    )


def test_what_its_comments_say_can_be_done(folder: Path) -> None:
    """The lines that show how an entry is changed load once their signs are taken away."""
    made(folder, "2027-01-01")
    header = folder / "gym/2027-01-01/policy.yaml"
    text = header.read_text()
    shown = [line.removeprefix("#   ") for line in text.splitlines() if line.startswith("#   ")]
    assert shown == [
        "rules:",
        "  - amend: one-at-least",
        "    require: ...",
        "withdraw: {rules: [one-at-least]}",
    ]
    header.write_text(text + "\n".join(shown[:3]).replace("...", "quantity > 1") + "\n")
    assert run_here("lint", "--strict", "gym", cwd=folder).returncode == 0
    assert run_here("test", "gym", cwd=folder).returncode == 1


def test_a_rule_goes_to_the_newest_version(folder: Path) -> None:
    """With a case on a day of that version."""
    made(folder, "2027-01-01")
    options = ("--policy", "gym", "--require", "quantity <= 9", "--line", "nine at most", "--yes")
    assert run_here("new", "rule", "nine", *options, cwd=folder).returncode == 0
    assert yaml.safe_load((folder / "gym/2027-01-01/rules.yaml").read_text())["rules"][0]["id"] == "nine"
    require_green(folder)


def test_a_rule_goes_to_the_version_that_is_named(folder: Path) -> None:
    """By its folder, or by `--version`."""
    made(folder, "2027-01-01")
    for name, options in {"nine": ("gym/2026-01-01",), "seven": ("gym", "--version", "2026-01-01")}.items():
        given = ("--require", "quantity <= 9" if name == "nine" else "quantity != 7", "--line", name, "--yes")
        done = run_here("new", "rule", name, "--policy", *options, *given, cwd=folder)
        assert (done.returncode, done.stderr) == (0, b"")
    rules = yaml.safe_load((folder / "gym/2026-01-01/rules.yaml").read_text())["rules"]
    assert [each["id"] for each in rules] == ["one-at-least", "nine", "seven"]
    assert not (folder / "gym/2027-01-01/rules.yaml").exists()
    require_green(folder)


def test_it_may_begin_between_others(folder: Path) -> None:
    """It takes over the one that is in force until then."""
    made(folder, "2028-01-01")
    assert made(folder, "2027-01-01").returncode == 0
    assert yaml.safe_load((folder / "gym/2027-01-01/policy.yaml").read_text())["extends"].isoformat() == "2026-01-01"
    require_green(folder)


def test_cases_on_its_days_stay_those_of_the_version_before(folder: Path) -> None:
    """They name it, and nothing else of their suite is another."""
    state = yaml.safe_load(run_here("samples", "account", "--policy", "gym", cwd=folder).stdout)
    (folder / "later.json").write_text(json.dumps({**state, "as_of": "2027-02-01"}))
    asked = ("--from", "later.json", '{"type": "add_places", "quantity": 2}', "--id", "later", "--yes")
    assert run_here("new", "case", *asked, "--policy", "gym", cwd=folder).returncode == 0
    suite = folder / "gym/2026-01-01/suites/cases.yaml"
    before = yaml.safe_load(suite.read_text())
    done = made(folder, "2027-01-01")
    assert (done.returncode, done.stderr) == (0, b"")
    said = b"cases on days on which the new version decides, which are of 2026-01-01 and say so now: later"
    assert said in done.stdout.splitlines()
    before["cases"][-1]["version"] = "2026-01-01"
    assert yaml.safe_load(suite.read_text()) == before
    require_green(folder)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "`DATE` is missing"),
        (("soon",), "`soon` is no day"),
        (("2026-01-01",), "no version can begin on `2026-01-01`"),
        (("2025-01-01",), "no version can begin on `2025-01-01`"),
        (("2027-01-01", "--version", "2026-01-02"), "did you mean `2026-01-01`?"),
    ],
)
def test_what_can_not_be_made_is_told(options: tuple[str, ...], said: str, folder: Path) -> None:
    """Nothing is written then."""
    done = made(folder, *options)
    assert (done.returncode, done.stdout) == (2, b"")
    assert said in done.stderr.decode()
    assert [path.name for path in (folder / "gym").iterdir()] == ["2026-01-01"]


def test_of_a_policy_that_others_wrote(tmp_path: Path, no_cache: None) -> None:
    """Whatever its cases are."""
    shutil.copytree(TESTS / "policies" / "allotments", tmp_path / "allotments")
    assert made(tmp_path, "2027-01-01", policy="allotments").returncode == 0
    assert run_here("test", "allotments", cwd=tmp_path).returncode == 0
