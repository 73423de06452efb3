"""The policies that come with the engine: what their suites show of every rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from conftest import TESTS
from seatrules import Engine, load
from seatrules.decision.decide import Interpreted
from seatrules.decision.values import Decision
from seatrules.language.interpret import Interpreter
from seatrules.program import Program
from seatrules.suites import find_suites, read_suite
from seatrules.suites.run import Engines, run_case

POLICIES = TESTS.parent / "policies"
SHIPPED = sorted(path.name for path in POLICIES.iterdir() if path.is_dir())


class Noting(Interpreted):
    """The reference, which notes of each rule that applied to a request whether it was kept."""

    def __init__(self, program: Program, noted: dict[str, set[bool]]) -> None:
        super().__init__(program)
        self.noted = noted

    def decide(self, action: Any, state: Any, **how: Any) -> Decision:
        """The decision as the reference has it."""
        decision = super().decide(action, state, **how)
        broken = {reason.rule for reason in (*decision.reasons, *decision.warnings)}
        interpreter = Interpreter(state, action, self.program.facts)
        for rule in self.program.actions[action["type"]].rules:
            if rule.in_force(state["as_of"]) and (rule.denies or decision.allowed):
                if rule.id in broken:
                    self.noted[rule.id].add(False)
                elif rule.when is None or interpreter.asked(rule.when, {}) is True:
                    self.noted[rule.id].add(True)
        return decision


class NotingEngines(Engines):
    """Engines of which every decision is noted."""

    noted: dict[str, set[bool]]

    def _load(self, policy: str | None, extensions: Sequence[str | Path], settings: Mapping[str, Any]) -> Engine:
        compiled = super()._load(policy, extensions, settings)
        return Engine.of([*compiled.programs.values()], lambda program: Noting(program, self.noted))


@pytest.mark.parametrize("name", SHIPPED)
def test_every_rule_of_a_shipped_policy_has_a_case_that_keeps_it_and_one_that_breaks_it(name: str) -> None:
    """Its suites pass, and in them each rule applies to an action that it lets pass and to one that it does not."""
    engines = NotingEngines(str(POLICIES / name))
    engines.noted = defaultdict(set)
    for case in (case for path in find_suites(POLICIES / name) for case in read_suite(path).cases):
        assert run_case(case, engines).passed, case.label
    programs = load(POLICIES / name).programs.values()
    rules = {rule.id for program in programs for action in program.actions.values() for rule in action.rules}
    lacking = {rule: kept for rule in sorted(rules) if (kept := engines.noted[rule]) != {True, False}}
    assert lacking == {}
