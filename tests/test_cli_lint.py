"""`seatrules lint`: what it finds, in which order, and where."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from command import run


def test_lint_finds_what_is_wrong(tmp_path: Path, base_policy: Path) -> None:
    """`lint` ends with 0 on a clean policy, 1 on errors, and 1 on warnings with `--strict` only."""
    folder = str(base_policy)
    assert run("lint", "--strict", folder).returncode == 0
    codes = base_policy / "base" / "codes.yaml"
    codes.write_text(codes.read_text().replace("{busy:", "{spare: nothing gives it, busy:"))
    warned = run("lint", folder)
    assert warned.returncode == 0
    assert b"warning[unused-code]" in warned.stdout
    assert run("lint", folder, "--strict").returncode == 1
    (base_policy / "base" / "facts.yaml").write_text("facts: [\n")
    broken = run("lint", folder)
    assert (broken.returncode, broken.stderr) == (1, b"")
    assert b"error[yaml-syntax]" in broken.stdout


def test_lint_leaves_out_what_only_follows_from_an_error(base_policy: Path) -> None:
    """The code that a misspelt one was meant to be is not said to be unused."""
    rules = base_policy / "base" / "rules.yaml"
    rules.write_text(rules.read_text(encoding="utf-8").replace("code: lot_full", "code: lot_ful"), encoding="utf-8")
    done = run("lint", str(base_policy))
    assert done.stdout.endswith(b"help: did you mean `lot_full`?\n\n1 error, 0 warnings\n")


def test_lint_as_json(base_policy: Path) -> None:
    """`lint --format json` prints every problem with the fields that the text shows."""
    rules = base_policy / "base" / "rules.yaml"
    rules.write_text(rules.read_text().replace("has_place(", "has_plaec("))
    done = run("lint", str(base_policy), "--format", "json")
    assert done.returncode == 1
    (problem,) = [each for each in json.loads(done.stdout)["problems"] if each["severity"] == "error"]
    assert (problem["line"], problem["column"], problem["code"]) == (4, 14, "unknown-function")
    assert problem["help"] == "did you mean `has_place`?"
    assert problem["file"].endswith("parking/base/rules.yaml")


def test_the_first_twenty_problems_are_shown(base_policy: Path) -> None:
    """Text shows 20 problems and counts the rest; `--all` shows all."""
    for number in range(25):
        (base_policy / "base" / f"z{number:02}.yaml").write_text("")
    short, whole = run("lint", str(base_policy)), run("lint", str(base_policy), "--all")
    assert short.stdout.count(b"error[empty-file]") == 20
    assert b"and 5 more" in short.stdout
    assert b"25 errors" in short.stdout
    assert whole.stdout.count(b"error[empty-file]") == 25


def test_lint_checks_the_version_that_is_asked_for(base_policy: Path) -> None:
    """`--version` keeps `lint` to one version; a version that is not there is a wrong use."""
    shutil.copytree(base_policy / "base", base_policy / "later")
    header = base_policy / "later" / "policy.yaml"
    header.write_text(header.read_text().replace("version: base", "version: later").replace("2025-01-", "2025-06-"))
    (base_policy / "later" / "zz.yaml").write_text("")
    folder = str(base_policy)
    whole, one, other = (run("lint", folder, *more) for more in ([], ["--version", "base"], ["--version", "later"]))
    assert (whole.returncode, one.returncode, other.returncode) == (1, 0, 1)
    assert one.stdout == b"0 errors, 0 warnings\n"
    assert whole.stdout == other.stdout
    wrong = run("lint", folder, "--version", "latr")
    assert (wrong.returncode, wrong.stdout) == (2, b"")
    said = f"error[unknown-version]: there is no version `latr` of `{folder}`\n  help: did you mean `later`?\n"
    assert wrong.stderr.decode() == said


def test_lint_takes_a_path_or_a_policy(base_policy: Path) -> None:
    """Of two policies to check neither is left out silently."""
    done = run("lint", str(base_policy), "--policy", "hubspot-seats")
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr == b"error[usage]: `lint` takes PATH or `--policy`, and not both\n"
