"""Asks durable-rules which requirements of an action fail.

Its Python layer is left out: `durable.engine.Host` starts threads that act on their own. What it calls is called here.
"""

from __future__ import annotations

import json
import threading
import weakref
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from importlib import import_module
from itertools import count
from sys import version_info
from typing import Any, NamedTuple

from ..decision.decide import decide
from ..decision.values import Decision
from ..errors import UsageError
from ..language.days import OutOfRangeError
from ..language.interpret import UNKNOWN, Interpreter
from ..program import ActionType, Clause, Program
from ..words import phrase
from .rulesets import ASKED, Ruleset, denying, rulesets
from .translate import posted

# The reference stops at an `is not None` that fails; a field is computed whole, and may meet these errors.
_ABSENT_VALUE_ERRORS = (AttributeError, KeyError, TypeError)


class DurableRulesError(Exception):
    """durable-rules gave an answer that can't be right: there is no verdict."""


class _Loaded(NamedTuple):
    handle: int
    ruleset: Ruleset


class DurableEvaluator:
    """Decides by durable-rules which requirements fail; safe to share by threads, which take turns.

    Raises:
        UsageError: durable-rules is not installed, or can't be imported.
    """

    def __init__(self, program: Program) -> None:
        self._engine = _imported()
        self.program = program
        self._turn = threading.Lock()
        self._loaded: dict[str, list[_Loaded]] = {}
        self._sessions = count(1)

    def decide(
        self,
        action: Any,
        state: Any,
        *,
        partial: bool = False,
        incomplete: Sequence[str] = (),
        later: Collection[Program] = (),
    ) -> Decision:
        """The decision, whose verdict is that of durable-rules; the reference says why.

        Raises:
            RequestError: the action or the state is not well formed.
            UsageError: a partial mode is asked for, which there is not.
            DurableRulesError: not just one of `holds` and `fails` was said of a requirement.
        """
        if partial or incomplete:
            raise UsageError("no-partial-mode", phrase("no_partial_mode"))
        return decide(self.program, action, state, later=later, failing=self.failing)

    def allows(self, action: Any, state: Any, *, later: Collection[Program] = ()) -> bool:
        return self.decide(action, state, later=later).allowed

    def failing(self, action_type: ActionType, interpreter: Interpreter) -> list[Clause]:
        """The requirements of the action that fail, in the order of the policy.

        Raises:
            OutOfRangeError: a requirement comes to a date that is none.
            DurableRulesError: not just one of `holds` and `fails` was said of each requirement.
        """
        sides_by_rule: dict[str, set[str]] = {rule.id: set() for rule in denying(action_type)}
        with self._turn:
            for loaded in self._rulesets(action_type):
                fact = self._fact(loaded.ruleset, action_type, interpreter)
                for fired in self._fired(loaded, fact):
                    rule, side = loaded.ruleset.meaning[fired]
                    sides_by_rule[rule].add(side)
        if interpreter.missing and _some_unknown(action_type, interpreter):
            return []  # there is an error of the request to tell, and no verdict
        for name, sides in sides_by_rule.items():
            if len(sides) != 1:
                raise DurableRulesError(f"durable-rules says {' and '.join(sorted(sides)) or 'nothing'} of `{name}`")
        return [rule for rule in denying(action_type) if sides_by_rule[rule.id] == {"fails"}]

    def _rulesets(self, action_type: ActionType) -> list[_Loaded]:
        if action_type.name not in self._loaded:
            self._loaded[action_type.name] = [self._load(each) for each in rulesets(self.program, action_type)]
        return self._loaded[action_type.name]

    def _load(self, ruleset: Ruleset) -> _Loaded:
        rules = {name: {"all": rule["all"]} for name, rule in ruleset.rules.items()}
        handle = self._engine.create_ruleset(ruleset.name, json.dumps(rules))
        weakref.finalize(self, self._engine.delete_ruleset, handle)
        return _Loaded(handle, ruleset)

    def _fact(self, ruleset: Ruleset, action_type: ActionType, interpreter: Interpreter) -> Mapping[str, Any]:
        """What is posted. A field that has no value is left out: no comparison with it is true, nor its opposite."""
        fact: dict[str, Any] = {ASKED: "true"}
        for field in ruleset.fields:
            try:
                value = interpreter.value(field.expr, {})
            except OutOfRangeError:
                _raise_as_the_reference(action_type, interpreter)
                continue
            except _ABSENT_VALUE_ERRORS:
                continue
            if value is not None and value is not UNKNOWN:
                fact[field.name] = posted(field.kind, value)
        return fact

    def _fired(self, loaded: _Loaded, fact: Mapping[str, Any]) -> list[str]:
        """The rules that fire for a fact, each once; in a session of its own, of which nothing stays."""
        engine, handle, session = self._engine, loaded.handle, f"{next(self._sessions)}"
        status, state = engine.assert_fact(handle, json.dumps({**fact, "sid": session, "id": "1"}))
        started = engine.start_action_for_state(handle, state) if status == 0 else None
        if not started:
            # INVARIANT: a session is deleted only after a rule fired in it. Before, that frees a pointer never set.
            raise DurableRulesError("durable-rules fires no rule at all")
        fired: list[str] = []
        message = started[1]
        try:
            while message and len(fired) <= len(loaded.ruleset.rules):
                fired += json.loads(message)
                message = engine.complete_and_start_action(handle, state)
        finally:
            engine.delete_state(handle, session)
        times = Counter({ASKED: 0})
        times.update(fired)
        if wrong := [name for name, number in times.items() if number != 1]:
            raise DurableRulesError(f"durable-rules does not fire `{wrong[0]}` just once")
        return [name for name in fired if name != ASKED]


def _some_unknown(action_type: ActionType, interpreter: Interpreter) -> bool:
    """Whether the reference does not know of a requirement in force whether it holds."""
    day = interpreter.state["as_of"]
    rules = [rule for rule in denying(action_type) if rule.in_force(day)]
    return any(interpreter.value(rule.asked, {}) is UNKNOWN for rule in rules)


def _raise_as_the_reference(action_type: ActionType, interpreter: Interpreter) -> None:
    """Raise what the reference raises, if it gets as far as a date that is out of range."""
    for rule in denying(action_type):
        if rule.in_force(interpreter.state["as_of"]):
            interpreter.value(rule.asked, {})


def _imported() -> Any:
    try:
        return import_module("durable_rules_engine")
    except ImportError as error:
        missing = isinstance(error, ModuleNotFoundError)
        message = phrase("durable_not_installed" if missing else "durable_not_importable")
        suggestion = phrase("durable_works_with", version=f"{version_info[0]}.{version_info[1]}")
        if missing and version_info < (3, 13):
            suggestion = phrase("install_durable")
        raise UsageError("evaluator-missing", message, suggestion=suggestion) from None
