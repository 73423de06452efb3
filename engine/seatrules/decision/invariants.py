"""Checks that a state keeps the policy's invariants, and says which it breaks, as frozen values."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence, Set
from typing import Any

from ..change.effects import clause_entries
from ..errors import SUPPORT, Audience, BrokenRule, RequestProblem, sees_others
from ..language.days import OutOfRangeError
from ..language.interpret import Interpreter, Item
from ..language.text import pointer
from ..language.types import Table, known
from ..program import Clause, Program
from ..program.program import OLD
from ..words import Texts, phrase
from .explanation import Condition, Explanation, Origin, Wording, WorkedOut, conditions, origin_of
from .request import out_of_range

BROKEN = "broken_invariant"
"""The code of the error of a request whose state breaks an invariant."""


class BrokenInvariant(Explanation):
    """An invariant that a state does not keep, once for each entry that breaks it.

    `path` is the JSON pointer of the entry in the state, or of the state; `entry` is the key of the entry, whether it
    stands in the state or in a table.
    """

    __slots__ = ("entry", "path", "severity")

    def __init__(
        self,
        origin: Origin,
        message: Wording,
        conditions: tuple[Condition, ...],
        severity: str,
        path: str,
        entry: str | int | None,
    ) -> None:
        super().__init__(origin, message, conditions)
        self.severity, self.path, self.entry = severity, path, entry

    @property
    def is_error(self) -> bool:
        """Whether a state that breaks it is not decided on; else it is a warning."""
        return self.severity == "error"

    @property
    def key(self) -> tuple[Any, ...]:
        """The same for one invariant and one entry, whatever the values."""
        return self.rule, self.path, self.entry

    def as_dict(self, language: str, *, audience: Audience = SUPPORT) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "message": self.message(language),
            "at": self._at(audience),
            "conditions": [condition.as_dict(audience=audience) for condition in self._conditions],
            "cites": [citation.as_dict(language) for citation in self.cites],
            "severity": self.severity,
            "path": self.path,
        }

    def as_problem(self, languages: tuple[str, ...]) -> RequestProblem:
        """What is wrong with a request whose state breaks it; its message in the first of the languages."""
        seen = tuple({name: value for each in self.conditions for name, value in each.facts.items()}.items())
        message = Texts(tuple((language, self.message(language)) for language in languages))
        broken = BrokenRule(self.rule, self.at, seen)
        return RequestProblem(BROKEN, message, self.path, (), phrase("broken_invariant"), invariant=broken)


class CheckedState:
    """A state that is well formed and breaks no invariant that is an error, or of which no invariant was asked.

    A frozen value.
    """

    __slots__ = ("_asides", "_invariants", "_warnings")

    def __init__(
        self, warnings: tuple[BrokenInvariant, ...] = (), invariants: bool = True, asides: Set[int] | None = None
    ) -> None:
        """A state of which this was found.

        Args:
            asides: the numbers of the warnings beside reasons that it breaks, where all was found in one go: it is
                ordinary then.
        """
        self._warnings, self._invariants, self._asides = warnings, invariants, asides

    @property
    def warnings(self) -> tuple[BrokenInvariant, ...]:
        """The invariants of severity `warning` that it breaks."""
        return self._warnings

    @property
    def invariants(self) -> bool:
        """Whether the invariants were asked."""
        return self._invariants

    def __eq__(self, other: object) -> bool:
        same = isinstance(other, CheckedState) and self.warnings == other.warnings
        return same and self.invariants == other.invariants  # type: ignore[attr-defined]

    def __hash__(self) -> int:
        return hash((self.warnings, self.invariants))

    def __repr__(self) -> str:
        return f"CheckedState(warnings={self.warnings!r}, invariants={self.invariants!r})"

    def as_dict(self, language: str, *, audience: Audience = SUPPORT) -> dict[str, Any]:
        """What an answer says of the state: keys that are there only where there is something to say.

        To a `user` the warnings are not said: they name and count people.
        """
        whole: dict[str, Any] = {}
        if self.warnings and sees_others(audience):
            whole["state_warnings"] = [each.as_dict(language, audience=audience) for each in self.warnings]
        if not self.invariants:
            whole["invariants_checked"] = False
        return whole


NOTHING_TO_SAY = CheckedState()
"""Of a state that keeps every invariant."""
ALL_KEPT = CheckedState(asides=frozenset())
"""Of one that breaks none that is asked beside reasons either."""


def broken_invariants(
    program: Program, state: Mapping[str, Any], old: Mapping[str, Any] | None = None, *, partial: bool = False
) -> tuple[BrokenInvariant, ...]:
    """The invariants that a valid state does not keep, after a step from `old` if that is given; else those of a state.

    Args:
        partial: what is not given of the state is marked in it; then those that it certainly breaks.

    Raises:
        RequestError: an invariant counts with a day beyond the years that dates have.
    """
    clauses = program.state_invariants if old is None else program.invariants
    return explained_invariants(clauses, program, state, old, partial=partial)


def warnings_beside(
    program: Program, codes: Collection[str], state: Mapping[str, Any], *, partial: bool = False
) -> tuple[BrokenInvariant, ...]:
    """The warnings for a valid state that stand beside reasons with these codes only; see `broken_invariants`.

    Raises:
        RequestError: one counts with a day beyond the years that dates have.
    """
    asked = [each for each in program.asides if is_beside(each, codes)]
    return explained_invariants(asked, program, state, partial=partial)


def is_beside(aside: Clause, codes: Collection[str]) -> bool:
    """Whether a warning stands beside reasons with these codes."""
    return any(code in aside.beside for code in codes)


def explained_invariants(
    clauses: Sequence[Clause],
    program: Program,
    state: Mapping[str, Any],
    old: Mapping[str, Any] | None = None,
    *,
    partial: bool = False,
    make_interpreter: Callable[..., Interpreter] = Interpreter,
) -> tuple[BrokenInvariant, ...]:
    """Those of some invariants that a valid state does not keep; see `broken_invariants`.

    Raises:
        RequestError: one counts with a day beyond the years that dates have.
    """
    read = state if old is None else {**state, OLD: old}
    interpreter = make_interpreter({}, read, program.facts, computed=None if partial else {}, partial=partial)
    try:
        return tuple(broken for clause in clauses for broken in _broken(clause, interpreter, program, partial))
    except OutOfRangeError as error:
        raise out_of_range(error) from None


def _broken(clause: Clause, interpreter: Interpreter, program: Program, partial: bool) -> Iterator[BrokenInvariant]:
    interpreter.traced_loops = frozenset(() if clause.loop is None else (clause.loop.variable,))
    for local in clause_entries(clause, interpreter):
        holds = interpreter.value(clause.asked, local)
        # In a valid state all that is required is known: what is not known breaks an invariant there too.
        if holds is False or (holds is not True and not partial):
            evaluated = tuple(
                each._replace(holds=each.holds is True) for each in conditions(clause, interpreter, local)
            )
            # Written now in every language, for the state may change later.
            texts = WorkedOut({name: interpreter.text(text, local, name) for name, text in clause.message.items()})
            yield BrokenInvariant(origin_of(clause, program), texts, evaluated, clause.severity, *_place(clause, local))


def _place(clause: Clause, local: Mapping[str, Any]) -> tuple[str, str | int | None]:
    """The JSON pointer of the entry that an invariant is about, or of the state; and the key of the entry."""
    if clause.loop is None:
        return "/state", None
    entry = local[clause.loop.variable]
    if not isinstance(entry, Item):
        return "/state", entry
    in_state = not isinstance(known(clause.loop.over.type), Table) and entry.path[:1] != (OLD,)
    return pointer(
        ("state", *entry.path) if in_state else ("state",)
    ), entry.id if entry.id is not None else entry.path[-1]
