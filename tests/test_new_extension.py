"""`seatrules new extension` makes an extension, to which `seatrules new rule` adds."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from command import Done, run_here

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
    assert yaml.safe_load((folder / "ours/extension.yaml").read_text())["changes"] == ["2026-01-01/cases/nine"]
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
