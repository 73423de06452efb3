"""Tries changes one after another, each in a process of its own, which is forked once the tests are collected.

A change takes the place of the code of its function, so that all else runs as fast as it does without changes. Files of
tests that call the changed function while they are collected are collected anew for it, after all others.

It is run by `python -m mutants`, with what it needs to know in a file.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import _lru_cache_wrapper, wraps
from operator import itemgetter
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest
from _pytest.main import pytest_runtestloop as run_all
from mutmut.mutation import trampoline

UNNOTICED, NOTICED, FAILED = 0, 1, 70
"""What the process of a change ends with."""
MOST_MEMORY = 6 * 2**30
"""How many bytes a change may come to use: for one that never ends, it is noticed so."""
CHANGED: list[tuple[FunctionType, dict[str, Any]]] = []
"""Each function that changes are made of, and the changes by their names."""


def unwrapped(changes: dict[str, Any], **more: Any) -> Callable[[FunctionType], FunctionType]:
    """In place of mutmut's decorator: nothing comes between a call and the function."""

    def hold(function: FunctionType) -> FunctionType:
        CHANGED.append((function, changes))
        return function

    return hold


class Notes:
    """A plugin for pytest that writes down which functions each test calls, and each file until it is collected."""

    def __init__(self, to: Path) -> None:
        self.to = to
        self.called: dict[int, tuple[str, dict[str, Any]]] = {}
        self.before: dict[str, list[str]] = {}
        self.tests: dict[str, tuple[float, list[str]]] = {}

    def noting(self, changes: dict[str, Any], **more: Any) -> Callable[[Any], Any]:
        """In place of mutmut's decorator: a call of the function is noted."""

        def wrap(function: Any) -> Any:
            @wraps(function)
            def noted(*args: Any, **named: Any) -> Any:
                self.called[id(changes)] = function.__module__, changes
                return function(*args, **named)

            return noted

        return wrap

    def names(self) -> list[str]:
        """The functions that were called, by the names that their changes begin with."""
        firsts = ((module, name) for module, of in self.called.values() for name in of if name.endswith("__mutmut_1"))
        return [f"{module}.{name.removesuffix('__mutmut_1')}" for module, name in firsts]

    def pytest_collectreport(self) -> None:
        """What was called while a file was collected may have made what it holds, as do those that it imports."""
        for module in sys.modules:
            if module.startswith("test_"):
                self.before.setdefault(f"tests/{module}.py", self.names())
        self.called.clear()
        forget()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[Any]:
        """Note a test; the first of a file finds nothing kept by the tests of another."""
        begun = time.monotonic()
        self.called.clear()
        result = yield
        self.tests[item.nodeid] = time.monotonic() - begun, self.names()
        if nextitem is None or nextitem.path != item.path:
            forget()
        return result

    def pytest_sessionfinish(self) -> None:
        """Write down what was noted."""
        self.to.write_text(json.dumps({"before": self.before, "tests": self.tests}), encoding="utf-8")


def forget() -> None:
    """Empty what the modules of the tests keep of what was computed."""
    for module in list(sys.modules.values()):
        if (getattr(module, "__file__", None) or "").startswith(f"{Path.cwd() / 'tests'}"):
            for value in vars(module).values():
                if isinstance(value, _lru_cache_wrapper):
                    value.cache_clear()


class Tests:
    """The tests by the functions that they call."""

    def __init__(self, notes: dict[str, Any]) -> None:
        # What calls no function asks other processes, which takes long.
        tests = {test: noted for test, noted in notes["tests"].items() if noted[1]}
        self.by_function: dict[str, list[str]] = {}
        self.of_file: dict[str, list[str]] = {}
        for test in sorted(tests, key=lambda test: (len(tests[test][1]), tests[test][0])):
            self.of_file.setdefault(test.partition("::")[0], []).append(test)
            for function in tests[test][1]:
                self.by_function.setdefault(function, []).append(test)
        self.before = notes["before"]
        self.loading = set().union(*self.before.values())

    def of(self, change: str) -> tuple[list[str], list[str]]:
        """The tests that are run for it as they are, and those that are collected anew.

        The files take turns, each first with its tests that call the fewest functions, and of these the quickest: what
        one does not ask for another does. Where the function loads policies, the others of their files come last: they
        ask what is loaded once.
        """
        function = change.replace(".__init__.", ".").partition("__mutmut_")[0]
        turns: Counter[str] = Counter()
        taken = []
        for test in self.by_function.get(function, []):
            turns[file := test.partition("::")[0]] += 1
            taken.append((turns[file], test))
        callers = [test for _, test in sorted(taken, key=itemgetter(0))]
        anew = [file for file, functions in self.before.items() if function in functions]
        files = dict.fromkeys([test.partition("::")[0] for test in callers]) if function in self.loading else {}
        others = [test for file in files for test in self.of_file[file] if test not in set(callers)]
        now = [test for test in [*callers, *others] if test.partition("::")[0] not in anew]
        return now, [test for file in anew for test in self.of_file.get(file, [])]


def put_in(change: str) -> None:
    """Put a change in the place of its function, whoever holds the function; other processes do as mutmut does."""
    trampoline.set_mutant_under_test(change)
    module, _, name = change.replace(".__init__.", ".").rpartition(".")
    importlib.import_module(module)
    function, changed = next((each, of[name]) for each, of in CHANGED if each.__module__ == module and name in of)
    changed = getattr(changed, "__func__", changed)
    function.__defaults__, function.__kwdefaults__ = changed.__defaults__, changed.__kwdefaults__
    try:
        function.__code__ = changed.__code__
    except ValueError:  # one of the two does not ask for `super()`, so that their codes do not fit
        setattr(getattr(sys.modules[module], function.__qualname__.split(".")[0]), function.__name__, changed)


class Trial:
    """A plugin for pytest that runs, in place of all tests, those of one change after the other until time is up."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.given = given
        self.in_change = False

    def pytest_collectreport(self) -> None:
        """One file finds nothing kept by another."""
        forget()

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Try the changes, and write down a line about each."""
        gc.collect()
        gc.freeze()
        items = {item.nodeid: item for item in session.items}
        tests = Tests(json.loads(Path(self.given["notes"]).read_text(encoding="utf-8")))
        end = time.monotonic() + self.given["seconds"]
        with Path(self.given["results"]).open("w", encoding="utf-8") as results:
            for change in self.given["changes"]:
                if time.monotonic() > end:
                    break
                now, late = tests.of(change)
                status, spent = self.forked(session, change, [items[test] for test in now], late)
                print(json.dumps([change, status, spent]), file=results, flush=True)
        return True

    def forked(
        self, session: pytest.Session, change: str, items: list[pytest.Item], late: list[str]
    ) -> tuple[int, float]:
        """What the process of a change ends with, and its seconds of the processor."""
        process = os.fork()
        if process:
            _, status, used = os.wait4(process, 0)
            return os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime
        try:
            self.run(session, change, items, late)
        finally:
            os._exit(FAILED)

    def run(self, session: pytest.Session, change: str, items: list[pytest.Item], late: list[str]) -> None:
        """In the process of a change: run its tests, and end at the first that fails."""
        longest = self.given["longest"]
        resource.setrlimit(resource.RLIMIT_CPU, (longest, longest + 1))
        signal.alarm(30 * longest)  # for one that waits for ever
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
        self.in_change = True
        put_in(change)
        session.items = items
        run_all(session)
        if not late:
            os._exit(UNNOTICED)
        Path(self.given["late"]).write_text("\n".join(late), encoding="utf-8")
        os.execv(sys.executable, [sys.executable, "-m", "mutants.trial", sys.argv[1], change])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test that fails has noticed the change."""
        if self.in_change and report.failed:
            os._exit(NOTICED)


class Late:
    """A plugin for pytest that puts a change in before the tests are collected."""

    def __init__(self, change: str) -> None:
        self.change = change

    def pytest_collection(self) -> None:
        """By now the engine is imported."""
        put_in(self.change)


def main() -> int:
    """Note what the tests call, try all changes, or run the tests of one that have to be collected anew."""
    given = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    patch = pytest.MonkeyPatch()
    if sys.argv[2:]:
        patch.setattr(trampoline, "wrap_in_trampoline", unwrapped)
        status = pytest.main([*given["options"], "-x", f"@{given['late']}"], plugins=[Late(sys.argv[2])])
        return FAILED if status > pytest.ExitCode.INTERRUPTED else int(status != pytest.ExitCode.OK)
    plugin: Notes | Trial = Trial(given) if "changes" in given else Notes(Path(given["notes"]))
    patch.setattr(trampoline, "wrap_in_trampoline", plugin.noting if isinstance(plugin, Notes) else unwrapped)
    return int(pytest.main([*given["options"], *given["files"]], plugins=[plugin]))


if __name__ == "__main__":  # and not in a process that a test spawns
    sys.exit(main())
