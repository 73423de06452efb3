"""Times the engine against the same four actions written by hand, in one run and in turn, and prints the ratios.

First both are asked every case of the policy's suites that is about these actions: they must agree on verdict and
codes, or there is nothing to compare. By hand there are no words, sources, billing or effects to work out: the ratios
are what those cost, and what it costs that the rules are data.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import by_hand
import records
import scale
from measure import ACTIONS, POLICY, Request, agreed, allowed, decided, explained, in_turn, run
from seatrules import load

HERE = Path(__file__).resolve().parent
ROUNDS, LOADS, STARTS = 40, 7, 15
ONE_DECISION = """
import json, sys, seatrules
action, state = (json.load(open(name)) for name in sys.argv[1:])
seatrules.load().decide(action, state).as_dict()
"""
AS_INSTALLED = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""Python keeps what it compiles: else each process would compile the engine anew, as none does that is installed."""


def main() -> int:
    engine = load(POLICY)
    requests, skipped, differing = agreed(engine)
    if differing or not requests:
        print(*(differing or ["no case of the suites is about these actions"]), sep="\n", file=sys.stderr)
        return 1
    print(f"{len(requests)} cases of {', '.join(ACTIONS)}: same verdict and codes ({skipped} left out)")
    print(f"python {sys.version.split()[0]}, {os.cpu_count()} cores\n")
    each = len(requests)
    report(
        "one decision",
        "us",
        in_turn(
            {
                "by hand: verdict and codes": lambda: run(requests, by_hand.decide),
                "engine.allows(): verdict": lambda: run(requests, lambda a, s: allowed(engine, a, s)),
                "engine.decide(): verdict and codes": lambda: run(requests, lambda a, s: decided(engine, a, s)),
                "engine.decide().as_dict(): all of it": lambda: run(requests, lambda a, s: explained(engine, a, s)),
            },
            ROUNDS,
            each / 1e6,
        ),
    )
    for name, asked in records.asked().items():
        if differing := asked.differing():
            print(*differing, sep="\n", file=sys.stderr)
            return 1
        report(f"one decision, {name}", "us", records.times(asked))
    loads = {"compiled": lambda: without_cache(lambda: load(POLICY)), "remembered": lambda: load(POLICY)}
    report("load()", "ms", in_turn(loads, LOADS, 1e-3))
    with tempfile.TemporaryDirectory() as folder:
        starts = commands(Path(folder), requests[0])
        in_turn(starts, 1, 1e-3)  # what Python compiles, and the cache of policies, are there from now on
        report("one process, from start to exit", "ms", in_turn(starts, STARTS, 1e-3))
    report("one decision of assign_seat", "us", scale.slopes())
    report("check --requests: thousands a second", "k/s", scale.streams(requests))
    report("the first remedies", "ms", scale.remedies())
    report("what can be done", "ms", scale.options())
    report("time that passes", "ms", scale.waits())
    print(scale.threads(), scale.memory(), sep="\n")
    return 0


def without_cache(work: Callable[[], object]) -> object:
    before = os.environ.get("SEATRULES_CACHE")
    os.environ["SEATRULES_CACHE"] = ""
    try:
        return work()
    finally:
        os.environ.pop("SEATRULES_CACHE")
        if before is not None:
            os.environ["SEATRULES_CACHE"] = before


def commands(folder: Path, request: Request) -> dict[str, Callable[[], object]]:
    """The same question to a new process: Python alone, by hand, and the command line."""
    files = [folder / "action.json", folder / "state.json"]
    for file, value in zip(files, request, strict=True):
        file.write_text(json.dumps(value), encoding="utf-8")
    action, state = map(str, files)
    command = str(Path(sys.executable).with_name("seatrules"))
    return {
        "python -c pass": lambda: process(sys.executable, "-c", "pass"),
        "by hand": lambda: process(sys.executable, str(HERE / "by_hand.py"), action, state),
        "import seatrules": lambda: process(sys.executable, "-c", "import seatrules"),
        "import and load()": lambda: process(sys.executable, "-c", "import seatrules; seatrules.load()"),
        "import, load() and one decision": lambda: process(sys.executable, "-c", ONE_DECISION, action, state),
        "seatrules check": lambda: process(command, "check", "--state", state, "--action", action),
    }


def process(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, check=False, env=AS_INSTALLED)
    if done.returncode not in (0, 3):
        raise RuntimeError(f"{command}: exit code {done.returncode}: {done.stderr.decode()}")


def report(title: str, unit: str, times: dict[str, list[float]]) -> None:
    """A line each: the median with the least and the most, and how many times the first line's median."""
    print(f"{title:44} {'median':>9} {'min':>9} {'max':>9}  {unit}   ratio")
    first = next(iter(times.values()))
    for name, found in times.items():
        middle = statistics.median(found)
        ratio = middle / statistics.median(first)
        print(f"  {name:42} {middle:9.1f} {min(found):9.1f} {max(found):9.1f}  {unit} {ratio:7.1f}")
    print()


if __name__ == "__main__":
    sys.exit(main())
