"""Changes the code of the engine in one small thing at a time, and tells which changes the quick tests do not notice.

Run it in `tests`: `python -m mutants --seconds 600`. mutmut makes the changes, in a copy of the project; then all tests
run once, for a note of the functions that each calls. That takes some minutes. Where the time does not suffice for all
changes, a sample is tried, the same for the same `--seed`. A change is noticed where a test fails, and not decided
where its time is up before. It ends with 1 where one goes unnoticed that `survivors.yaml` does not give a reason for.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / ".mutants"
COPY = WORK / "mutants"
NOTES = WORK / "notes.json"
KEPT = Path(__file__).with_name("survivors.yaml")
MUTATED = ("language", "program", "compiler", "decision", "change", "generated")
QUICK = (
    *("language", "apply", "more_rules", "digest", "wrong", "versions", "vocabulary", "evaluators", "second_policy"),
    *("audience", "each", "arguments", "about", "outcomes", "dated", "dates", "numbers", "edges", "messages"),
    *("explained", "made_sure", "limits", "answers", "sent_answers", "requests", "known", "references", "bookings"),
    *("allotments", "events", "partial", "customer", "many", "patch", "hostile"),
    *("passing", "stale"),
)
"""The tests that are run, by the names of their files."""
OPTIONS = [
    "-p",
    "no:cacheprovider",
    "--hypothesis-seed=0",
    "-k",
    "not CSafeLoader and not other_scanner and not code_of_the_engine",
]
"""Left out is what is tried a second time with another scanner, and what reads the engine's code."""
FIRST = "seatrules.language.days.x_is_date__mutmut_1"
FIRST_TESTS = "tests/test_dates.py"
"""mutmut tries a change whenever it makes them: this one, by these tests."""
LONGEST = 60
"""After so many seconds of the processor a change is not decided."""
UNNOTICED, NOTICED = 0, 1
"""What the process of a change ends with, if it is not ended before."""
SETTINGS = f"""
[tool.mutmut]
source_paths = ["src"]
only_mutate = {[f"src/seatrules/{folder}/*" for folder in MUTATED]}
also_copy = ["policies", "docs", "README.md", "CHANGELOG.md", "Makefile"]
pytest_add_cli_args = {OPTIONS}
pytest_add_cli_args_test_selection = ["{FIRST_TESTS}"]
track_dependencies = false
use_git_change_detection = false
"""


def main() -> int:
    """Try changes until there is no time left; 1 where one goes unnoticed that is not known."""
    options = argparse.ArgumentParser(prog="mutants", description=__doc__)
    options.add_argument("--seconds", type=float, default=600, metavar="N", help="how long to try changes")
    options.add_argument("--seed", type=int, default=0, metavar="N", help="which sample")
    options.add_argument("--only", default="", metavar="TEXT", help="changes in modules and functions with this text")
    options.add_argument("--again", action="store_true", help="with what the last run has prepared")
    given = options.parse_args()
    if not given.again:
        prepare()
    names = [name for name in sorted(changes()) if given.only in name]
    Random(given.seed).shuffle(names)
    return told(tried(names, given.seconds), len(names))


def prepare() -> None:
    """A copy of the project with all changes in it, and a note of which test comes by what."""
    shutil.rmtree(WORK, ignore_errors=True)
    leave = shutil.ignore_patterns("__pycache__")
    for name, place in {"engine": "src", "tests": "tests", "policies": "policies", "docs": "docs"}.items():
        shutil.copytree(ROOT / name, WORK / place, ignore=leave)
    for name in ("README.md", "CHANGELOG.md", "Makefile"):
        shutil.copy(ROOT / name, WORK / name)
    (WORK / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text(encoding="utf-8") + SETTINGS)
    first = [sys.executable, "-m", "mutmut", "run", "--max-children", "1", FIRST]
    # What it makes of that change does not matter: by then it has written the others.
    run(first, WORK, "log.txt", check=False)
    trial({"notes": str(NOTES)})


def run(command: list[str], where: Path, log: str, *, check: bool = True, **named: str) -> None:
    """Run a program with what it prints in a file."""
    added = {"SEATRULES_TESTS": "mutants", "PYTHONDONTWRITEBYTECODE": "", **named}
    with (WORK / log).open("w") as out:
        done = subprocess.run(command, cwd=where, env={**os.environ, **added}, stdout=out, stderr=out, check=False)
    if check and done.returncode:
        raise SystemExit(f"the tests did not come to their end: see {WORK / log}")


def trial(given: dict[str, Any]) -> None:
    """Run the tests of the copy, in one process for all changes or none."""
    files = [f"tests/test_{name}.py" for name in QUICK]
    options = ["--rootdir=.", f"--basetemp={WORK / 'tmp'}", "-q", *OPTIONS]
    (WORK / "given.json").write_text(json.dumps({"files": files, "options": options, **given}), encoding="utf-8")
    command = [sys.executable, "-m", "mutants.trial", str(WORK / "given.json")]
    search = os.pathsep.join([str(COPY / "src"), str(COPY / "tests")])
    run(command, COPY, "trial.txt", PYTHONPATH=search)


def changes() -> list[str]:
    """The names of all changes that mutmut has made."""
    metas = [json.loads(path.read_text(encoding="utf-8")) for path in COPY.rglob("*.meta")]
    return [name for meta in metas for name in meta["exit_code_by_key"]]


def tried(names: list[str], seconds: float) -> dict[str, int]:
    """What the process of each change ended with, as far as there was time."""
    results = WORK / "results.jsonl"
    trial(
        {
            "changes": names,
            "late": str(WORK / "late.txt"),
            "longest": LONGEST,
            "notes": str(NOTES),
            "results": str(results),
            "seconds": seconds,
        }
    )
    return {name: status for name, status, _ in map(json.loads, results.read_text(encoding="utf-8").splitlines())}


def told(statuses: dict[str, int], number: int) -> int:
    """Print the score, and each change that went unnoticed and is not known."""
    known = [(each["was"], each["is"]) for each in yaml.safe_load(KEPT.read_text(encoding="utf-8"))]
    survived = [(name, *lines(name)) for name, status in statuses.items() if status == UNNOTICED]
    undecided = {name: status for name, status in statuses.items() if status not in (UNNOTICED, NOTICED)}
    fresh = [(name, was, now) for name, was, now in survived if (was, now) not in known]
    for name, was, now in fresh:
        print(f"{name}\n  - {was}\n  + {now}")
    for name, status in undecided.items():
        print(f"{name}: not decided, ended by {status}")
    print(
        f"{len(statuses)} of {number} changes tried: {len(statuses) - len(survived) - len(undecided)} noticed, "
        f"{len(survived) - len(fresh)} known, {len(fresh)} unnoticed, {len(undecided)} not decided"
    )
    return 1 if fresh else 0


def lines(name: str) -> tuple[Any, Any]:
    """The lines that a change takes away and puts in their place, without their indents."""
    done = subprocess.run(
        [sys.executable, "-m", "mutmut", "show", name], cwd=WORK, capture_output=True, text=True, check=False
    )
    sides = (
        ([], [])
        if done.returncode
        else tuple(
            [line[1:].strip() for line in done.stdout.splitlines() if line.startswith(sign) and line[:3] != sign * 3]
            for sign in "-+"
        )
    )
    was, now = map("\n".join, sides)
    return was, now


sys.exit(main())
