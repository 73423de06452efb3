"""Generates, for each action, one Python function that checks what it reads and asks every requirement.

The function is optimistic: whatever is out of the ordinary (a value of another type, a key that is not there, an effect
that would not fit) makes it return nothing, and the plain reference decides. So it never has to explain anything, and
nothing that it leaves out can make an answer milder.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

from ..language.days import OutOfRangeError
from ..language.types import Word
from ..program import ActionType, Clause, Program
from ..program.reads import WHOLE
from .changes import FitChecker, write_consequences, write_outcomes
from .code import Object
from .function import UnsupportedError, define_function
from .passes import flat, names_in
from .reading import RequestReader

FALLBACK_ERRORS = (
    KeyError,
    TypeError,
    ValueError,
    AttributeError,
    IndexError,
    OutOfRangeError,
    RecursionError,
    MemoryError,
    UnsupportedError,
)
"""The errors of generated code on which the reference decides; that code calls them `ODD`."""

_FEW = 12
"""How many parts of a state are put together at once: to keep them takes nearly as long."""


class Evaluation(NamedTuple):
    """What was read of the action and of the state, and the numbers and the codes of the rules that fail.

    What was read of the state is plain data, or what makes that of what was taken of it.
    """

    action: dict[str, Any]
    state: dict[str, Any] | Callable[[], dict[str, Any]]
    failing: tuple[int, ...]
    codes: tuple[str, ...]

    @property
    def part(self) -> dict[str, Any]:
        """What was read of the state, as plain data."""
        return self.state() if callable(self.state) else self.state


def generate(program: Program, action_type: ActionType) -> Callable[[Any, Any], Evaluation | None]:
    """The function for an action: from an action and a state to what was read of both, with the rules that fail.

    It returns nothing where the reference has to decide.
    """
    return _generated(program, action_type, explains=True)


def generate_allows(program: Program, action_type: ActionType) -> Callable[[Any, Any], bool | None]:
    """The function for an action: from an action and a state to whether it is allowed.

    It returns nothing where the reference has to decide.
    """
    return _generated(program, action_type, explains=False)


def generate_on_valid(program: Program, action_type: ActionType) -> Callable[[Any, Any], Evaluation | None]:
    """The function for an action on a state that is valid in every part: nothing of that is gone through or copied.

    It returns nothing where the reference has to decide.
    """
    return _generated(program, action_type, explains=True, is_valid=True)


def _generated(
    program: Program, action_type: ActionType, *, explains: bool, is_valid: bool = False
) -> Callable[[Any, Any], Any]:
    kind = _VerdictOnValidWriter if is_valid else _VerdictWriter
    try:
        counting = kind(program, action_type, None, explains=explains)
        counting.write()
        writer = kind(program, action_type, counting.uses, explains=explains)
        writer.write()
        return _function(f"{action_type.name} {kind.title if explains else 'allows'}", "action, state", writer)
    except (UnsupportedError, RecursionError):
        return left_to_the_reference


def left_to_the_reference(*_: Any) -> None:
    """The function where none can be generated."""
    return


def generate_check(program: Program, counted: frozenset[str] = frozenset()) -> Callable[[Any], bool | None]:
    """The function that checks a whole state: it returns nothing where that is not valid, or left to the reference.

    So is a state in which a number with one of these names, which are `counted`, is out of the ordinary.
    """
    writer = RequestReader(program, copies=False)
    writer.count_on(counted)
    try:
        writer.record("state", program.state, WHOLE)
        writer.line("return True")
        return _function("ordinary state" if counted else "valid state", "state", writer)
    except (UnsupportedError, RecursionError):
        return left_to_the_reference


def define_checking(title: str, writer: RequestReader) -> Callable[[Any], Any]:
    """The function of what was written of a whole state; it returns nothing where the reference has to say it."""
    return _function(title, "state", writer)


def generate_reading(program: Program, action_type: ActionType) -> Callable[[Any, Any], tuple[Any, Any] | None]:
    """The function for an action: from an action and a state to what is read of both.

    It returns nothing where the reference has to decide.
    """
    writer = RequestReader(program)
    try:
        writer.arguments(action_type)
        writer.record("state", program.state, action_type.reads)
        writer.line(f"return {writer.own_action}, {writer.snapshot}")
        return _function(f"{action_type.name} reading", "action, state", writer)
    except (UnsupportedError, RecursionError):
        return left_to_the_reference


def _function(title: str, parameters: str, writer: RequestReader) -> Callable[..., Any]:
    lines = [" try:", *writer.opening, *flat(writer.lines), " except ODD:", "  return None"]
    namespace = writer.namespace | {"ODD": FALLBACK_ERRORS, "Evaluation": Evaluation, "new": tuple.__new__}
    return define_function(writer.program, title, parameters, lines, namespace)


class _VerdictWriter(RequestReader):
    title = "verdict"

    def __init__(
        self, program: Program, action_type: ActionType, known_uses: Counter[str] | None, *, explains: bool
    ) -> None:
        super().__init__(program, known_uses, copies=explains)
        self.count_on(program.counted)
        self.action_type, self.explains = action_type, explains
        words = [f"a_{name}" for name, kind in action_type.arguments.items() if isinstance(kind, Word)]
        self.lasting = re.compile(rf"t_\w+\[({'|'.join(words) or '(?!)'})\]")

    def write(self) -> None:
        """Read the request, ask every requirement, and make sure that what is allowed can be carried out."""
        action_type = self.action_type
        self.arguments(action_type)
        start = len(self.lines)
        self.state = self.state_read()
        snapshot = self.snapshot
        if action_type.time_to is not None:
            self.refuse_if(f"a_{action_type.time_to} < {self.day}")
        self.line("failing = codes = ()")
        for index, rule in enumerate(action_type.rules):
            if rule.denies:
                self.rule(index, rule)
            if not rule.denies or rule.effective_from is not None:
                self.computed(rule)
        verdict = (
            f"new(Evaluation, ({self.own_action}, {self.kept(snapshot)}, failing, codes))"
            if self.explains
            else "not failing"
        )
        self.line(f"verdict = {verdict}")
        self.line("if failing: return verdict")
        start_of_allowed = len(self.lines)
        try:
            if action_type.time_to is None:
                self.allowed()
            self.line("return verdict")
        except UnsupportedError:
            del self.lines[start_of_allowed:]
            self.depth = 1
            self.line("return None")
        for each in self.passes.values():
            each.write(" " * (self.depth + 2))
        self.lines[start:start] = self.prepared()

    def state_read(self) -> Object:
        """Read what the action may read of the state; `self.snapshot` is then that."""
        return self.record("state", self.program.state, self.action_type.reads)

    def kept(self, snapshot: str) -> str:
        """The code of what is kept of the state: where that is much, what makes it once it is asked for."""
        taken = sorted(name for name in names_in(snapshot) if name not in self.namespace)
        if " for " not in snapshot and len(taken) <= _FEW:
            return snapshot
        return f"lambda {', '.join(f'{name}={name}' for name in taken)}: {snapshot}"

    def rule(self, index: int, rule: Clause) -> None:
        """One requirement: where it is in force and broken, its number and its code are noted."""
        if (broken := self.broken(rule)) is not None:
            statements = [f"failing += ({index},)", f"codes += ({rule.code!r},)", *self.fallible_requirements(rule)]
            self.line(f"if {' and '.join((*self.in_force(rule), broken))}: {'; '.join(statements)}")

    def computed(self, rule: Clause) -> None:
        """Compute the condition of a warning or a notice where that may fail."""
        if self.ranges.may_fail(rule.asked) and (broken := self.broken(rule)) is not None:
            self.line(f"if {broken}: {'; '.join(['pass', *self.fallible_requirements(rule)])}")

    def allowed(self) -> None:
        """Make sure, for an action that is allowed, that what it does can be carried out."""
        checker = FitChecker(self)
        write_consequences(self, self.action_type, checker)
        checker.refuse_overlaps()
        asked = [expr for outcome in self.action_type.outcomes for expr in (outcome.when, *outcome.billed)]
        if any(expr is not None and self.ranges.may_fail(expr) for expr in asked):
            write_outcomes(self, self.action_type, checker)


class _VerdictOnValidWriter(_VerdictWriter):
    """Takes the state as it is: it is valid, and has all numbers that its schema allows."""

    title = "verdict on a valid state"

    def state_read(self) -> Object:
        self.count_on(frozenset())
        self.snapshot = "state"
        return Object("state", None)
