"""Changes the code of the engine in one small thing at a time, and tells which changes the quick tests do not notice.

Run it in `tests`: `python -m mutants --seconds 600`. mutmut makes the changes, in a copy of the project, and notes
which tests come by which function, which takes some minutes before the first is tried. Where the time does not suffice
for all of them, a sample is tried, the same for the same `--seed`. It ends with 1 where a change goes unnoticed that
`survivors.yaml` does not give a reason for.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / ".mutants"
STATS = WORK / "mutants" / "mutmut-stats.json"
KEPT = Path(__file__).with_name("survivors.yaml")
MUTATED = ("language", "program", "compiler", "decision", "change", "generated")
QUICK = (
    *("language", "allotments", "requests", "partial", "apply", "more_rules", "digest", "wrong", "versions"),
    *("vocabulary", "events", "evaluators", "second_policy", "audience", "each", "arguments", "about", "outcomes"),
    *("bookings", "dated", "dates", "numbers", "known", "edges", "messages", "explained", "made_sure", "references"),
    *("limits", "answers", "sent_answers"),
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
"""The change that mutmut tries itself, since it has to try one."""
LONGEST = 300
"""After so many seconds the tests of a change have not ended, which is noticed."""
SETTINGS = f"""
[tool.mutmut]
source_paths = ["src"]
only_mutate = {[f"src/seatrules/{folder}/*" for folder in MUTATED]}
also_copy = ["policies", "docs", "README.md", "CHANGELOG.md", "Makefile"]
pytest_add_cli_args = {OPTIONS}
pytest_add_cli_args_test_selection = {[f"tests/test_{name}.py" for name in QUICK]}
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
    end = time.monotonic() + given.seconds
    names = [name for name in sorted(changes()) if given.only in name]
    Random(given.seed).shuffle(names)
    tests = tests_by_function()
    noticed: dict[str, bool] = {}
    for name in names:
        if time.monotonic() > end:
            break
        noticed[name] = is_noticed(name, tests.get(name.partition("__mutmut_")[0], []))
    return told(noticed, len(names))


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
    # What it makes of that change does not matter: by then it has noted what is wanted of it.
    with (WORK / "log.txt").open("w") as log:
        subprocess.run(first, cwd=WORK, env=environment(""), stdout=log, stderr=log, check=False)
    if not STATS.exists():
        raise SystemExit(f"mutmut has not come to run the tests: see {WORK / 'log.txt'}")


def environment(change: str) -> dict[str, str]:
    """What the tests run with, so that one change is in force."""
    given = {**os.environ, "SEATRULES_TESTS": "mutants"}
    return given | {"MUTANT_UNDER_TEST": change, "PYTHONPATH": "src"} if change else given


def changes() -> list[str]:
    """The names of all changes that mutmut has made."""
    metas = [json.loads(path.read_text(encoding="utf-8")) for path in (WORK / "mutants").rglob("*.meta")]
    return [name for meta in metas for name in meta["exit_code_by_key"]]


def tests_by_function() -> dict[str, list[str]]:
    """The tests that come by each function, the quickest first."""
    stats = json.loads(STATS.read_text(encoding="utf-8"))
    seconds = stats["duration_by_test"]
    found = stats["tests_by_mangled_function_name"]
    return {name: sorted(tests, key=lambda test: seconds.get(test, 0)) for name, tests in found.items()}


def is_noticed(change: str, tests: list[str]) -> bool:
    """Whether one of the tests fails, or goes on for too long."""
    if not tests:
        return False
    (WORK / "tests.txt").write_text("\n".join(tests), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "--rootdir=.", "-x", "-q", *OPTIONS, f"@{WORK / 'tests.txt'}"]
    try:
        done = subprocess.run(
            command, cwd=WORK / "mutants", env=environment(change), capture_output=True, timeout=LONGEST, check=False
        )
    except subprocess.TimeoutExpired:
        return True
    return done.returncode != 0


def told(noticed: dict[str, bool], number: int) -> int:
    """Print the score, and each change that went unnoticed and is not known."""
    known = [(each["was"], each["is"]) for each in yaml.safe_load(KEPT.read_text(encoding="utf-8"))]
    survived = [(name, *lines(name)) for name, is_so in noticed.items() if not is_so]
    fresh = [(name, was, now) for name, was, now in survived if (was, now) not in known]
    for name, was, now in fresh:
        print(f"{name}\n  - {was}\n  + {now}")
    print(
        f"{len(noticed)} of {number} changes tried: {len(noticed) - len(survived)} noticed, "
        f"{len(survived) - len(fresh)} known, {len(fresh)} unnoticed"
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
