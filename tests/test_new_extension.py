"""`seatrules new extension` makes an extension, to which `seatrules new rule` adds."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from command import Done, run_here

NO_CASE = (
    "no case comes with it, for no suite has a request that can be asked of {}: write one with `seatrules new case`"
)
OURS = ("--extension", "ours", "--policy", "gym")


@pytest.fixture
def folder(tmp_path: Path, no_cache: None) -> Path:
    """The folder of a new policy, with an extension of it."""
    made = run_here("new", "policy", "gym", "--yes", "--effective-from", "2026-01-01", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    done = run_here("new", "extension", "ours", "--policy", "gym", "--yes", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().splitlines()[:2] == ["ours/extension.yaml", "ours/suites/cases.yaml"]
    return tmp_path


def ruled(folder: Path, *options: str) -> Done:
    given = ("--require", "quantity <= 3", "--line", "three at most", "--yes")
    return run_here("new", "rule", "three", *OURS, *given, *options, cwd=folder)


def require_green(folder: Path) -> None:
    for command in (["lint", "--strict", *OURS], ["test", *OURS], ["test", "ours"], ["fmt", "--check", "ours"]):
        done = run_here(*command, cwd=folder)
        assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()


def test_it_changes_nothing_yet(folder: Path) -> None:
    """Its case comes out as without it."""
    require_green(folder)


def test_without_a_request_no_case_comes(folder: Path) -> None:
    """And that is said; of a request that is denied one comes."""
    suite = folder / "gym/2026-01-01/suites/cases.yaml"
    whole = yaml.safe_load(suite.read_text())
    action = {"type": "add_places", "quantity": "x"}
    odd = {**whole["cases"][1], "action": action, "expect": {"error": "wrong_type"}}
    for name, case in {"denied": whole["cases"][1], "odd": odd}.items():
        suite.write_text(yaml.safe_dump({**whole, "cases": [case]}))
        done = run_here("new", "extension", name, "--policy", "gym", "--yes", cwd=folder)
        said = done.stdout.decode().splitlines()
        assert (folder / name / "suites/cases.yaml").is_file() == (name == "denied")
        assert (NO_CASE.format("2026-01-01") in said) == (name == "odd")


def test_a_rule_goes_into_it(folder: Path) -> None:
    """With its code and a case, and none of the policy's files is touched."""
    before = {path: path.read_text() for path in (folder / "gym").rglob("*.yaml")}
    done = ruled(folder)
    assert (done.returncode, done.stderr) == (0, b"")
    written = yaml.safe_load((folder / "ours/extension.yaml").read_text())
    assert ([each["id"] for each in written["rules"]], [*written["codes"]["reasons"]]) == (["three"], ["three"])
    cases = yaml.safe_load((folder / "ours/suites/cases.yaml").read_text())["cases"]
    assert [each["id"] for each in cases] == ["as-before", "three-fails", "three-holds"]
    require_green(folder)
    assert {path: path.read_text() for path in (folder / "gym").rglob("*.yaml")} == before


def test_what_it_changes_is_listed(folder: Path) -> None:
    """A case of the policy that comes out otherwise keeps the rule from being written, until that is meant."""
    case = (
        "--from",
        "account.yaml",
        '{"type": "add_places", "quantity": 9}',
        "--policy",
        "gym",
        "--id",
        "nine",
        "--yes",
    )
    (folder / "account.yaml").write_bytes(run_here("samples", "account", "--policy", "gym", cwd=folder).stdout)
    assert run_here("new", "case", *case, cwd=folder).returncode == 0
    refused = ruled(folder)
    assert (refused.returncode, refused.stdout) == (1, b"")
    assert b"case `nine` failed" in refused.stderr
    assert "rules" not in yaml.safe_load((folder / "ours/extension.yaml").read_text())
    done = ruled(folder, "--anyway")
    assert (done.returncode, done.stderr) == (0, b"")
    text = (folder / "ours/extension.yaml").read_text()
    assert yaml.safe_load(text)["changes"] == ["2026-01-01/cases/nine"]
    assert text.endswith("as VERSION/SUITE/ID:\nchanges:\n  - 2026-01-01/cases/nine\n")
    assert "# changes" not in text
    require_green(folder)


def test_a_case_goes_into_it(folder: Path) -> None:
    """At the end of its suite."""
    (folder / "account.yaml").write_bytes(run_here("samples", "account", "--policy", "gym", cwd=folder).stdout)
    options = ("--to", "ours/suites/cases.yaml", *OURS, "--yes")
    asked = ("--from", "account.yaml", '{"type": "add_places", "quantity": 2}')
    done = run_here("new", "case", *asked, *options, cwd=folder)
    assert (done.returncode, done.stderr) == (0, b"")
    require_green(folder)


def test_what_is_there_stays(folder: Path) -> None:
    done = run_here("new", "extension", "ours", "--policy", "gym", "--yes", cwd=folder)
    assert (done.returncode, done.stderr) == (74, b"error: ours: something of that name is there already\n")


def test_of_a_shipped_policy(tmp_path: Path) -> None:
    """By its name."""
    options = ("--policy", "slack-fair-billing", "--yes")
    done = run_here("new", "extension", "ours", *options, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")
    assert yaml.safe_load((tmp_path / "ours/extension.yaml").read_text())["extends"] == "slack-fair-billing"
    assert run_here("test", "ours", cwd=tmp_path).returncode == 0
