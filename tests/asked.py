"""Every request of every case of every suite, as it reaches an evaluator: also those of each step of a story."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from conftest import TESTS
from lengths import some
from seatrules import Decision, Engine
from seatrules.generated.ready import CompiledEvaluator
from seatrules.program import Program
from seatrules.suites import find_suites, read_suite
from seatrules.suites.run import Engines, run_case

SHIPPED = sorted(path for path in (TESTS.parent / "policies").iterdir() if path.is_dir())
POLICIES = [*SHIPPED, *(TESTS / "policies" / name for name in ("allotments", "clubs", "library-loans"))]


class Asked(NamedTuple):
    """A well-formed request, by which engine it is decided, and how much of the state is given.

    `version` is the one that decides all along, or nothing where later ones come into force.
    """

    engine: Engine
    version: str | None
    action: dict[str, Any]
    state: dict[str, Any]
    partial: bool
    incomplete: tuple[str, ...]

    def decided(self, state: Any = None, **options: Any) -> Decision:
        """The decision on its state, or on another one."""
        given: dict[str, Any] = {"partial": self.partial, "incomplete": self.incomplete} | options
        return self.engine.decide(self.action, self.state if state is None else state, version=self.version, **given)


class _Noting(CompiledEvaluator):
    """Notes every request that it decides."""

    def __init__(self, program: Program, noted: list[Any]) -> None:
        super().__init__(program)
        self.noted = noted

    def decide(self, action: Any, state: Any, **how: Any) -> Decision:
        given: dict[str, Any] = {"partial": how.get("partial", False), "incomplete": tuple(how.get("incomplete", ()))}
        version = None if how.get("later") else self.program.version
        note = (version, copy.deepcopy(action), copy.deepcopy(state), given)
        decision = super().decide(action, state, **how)
        self.noted.append(note)
        return decision


class _NotingEngines(Engines):
    noted: list[Any]

    def _load(self, policy: str | None, extensions: Sequence[str | Path], settings: Mapping[str, Any]) -> Engine:
        loaded = super()._load(policy, extensions, settings)
        return Engine.of([*loaded.programs.values()], lambda program: _Noting(program, self.noted))


@cache
def asked(policy: Path, *, whole: bool = False) -> tuple[Asked, ...]:
    """Every well-formed request of the suites of a policy; of some of their cases (see `lengths`) or the `whole`."""
    plain, noting, every = Engines(str(policy)), _NotingEngines(str(policy)), list[Asked]()
    cases = [case for path in find_suites(policy) for case in read_suite(path).cases]
    for case in cases if whole else some(cases):
        noting.noted = []
        assert run_case(case, noting).passed, case.label
        engine = plain.engine(case)
        every += (Asked(engine, *request, **given) for *request, given in noting.noted)
    return tuple(every)


def decisions(policy: Path) -> list[tuple[Asked, Decision]]:
    """Each of them with its decision."""
    return [(each, each.decided()) for each in asked(policy)]
