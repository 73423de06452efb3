"""Generates what a decision says: the values that its requirements saw, its words, what changes and what is billed.

The functions take an action and a state as the verdict's function has read and checked them. Where one can't be
generated, or meets something out of the ordinary, the interpreter says it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from ..change.effects import NOTHING
from ..language import tree as t
from ..language.interpret import DataPath
from ..language.text import Choice, Decimal, Message, shown, shown_decimal
from ..language.types import Date, Integer, Key, Text, Translated, Word
from ..program import ActionType, Clause, Program
from ..program.program import OLD
from .changes import ChangeRecorder, write_consequences, write_outcomes
from .code import Object, UnsupportedError, define_function
from .conditions import ConditionWriter

Change = tuple[DataPath, Any, Any, str, Mapping[str, Any] | None]
"""The parts of an effect: where, from what, to what, by which clause, and what is created to begin with."""
GeneratedFunction = Callable[[Any, Any], Any]


class Allowed(NamedTuple):
    """The result of an allowed action: the numbers of warnings and outcome, the changes and the bill."""

    warnings: tuple[int, ...]
    changes: list[Change]
    outcome: int | None
    billing: tuple[Mapping[str, Any], ...]


def generate_conditions(program: Program, rule: Clause) -> GeneratedFunction:
    """The `Condition` of each requirement of a rule."""
    return _generate(program, lambda writer: writer.conditions(rule), f"{rule.id} conditions")


def generate_text(program: Program, clause: Clause, language: str) -> GeneratedFunction:
    """A clause's message in a language."""
    message = clause.message[language]
    return _generate(program, lambda writer: writer.text(message, language), f"{clause.kind} {clause.id} {language}")


def generate_allowed(program: Program, action_type: ActionType) -> GeneratedFunction:
    """The fields of an `Allowed`."""
    return _generate(program, lambda writer: writer.allowed(action_type), f"{action_type.name} allowed")


def generate_notices(program: Program, action_type: ActionType) -> GeneratedFunction:
    """The numbers of the rules that fail and are yet to come into force."""
    return _generate(program, lambda writer: writer.notices(action_type.rules), f"{action_type.name} notices")


def generate_broken(program: Program, invariants: Sequence[Clause], title: str) -> GeneratedFunction:
    """The numbers of the invariants that the second, a state, does not keep after a step from the first."""
    return _generate(program, lambda writer: writer.invariants(invariants), title)


def _unsupported(action: Any, state: Any) -> Any:
    raise UnsupportedError


def _generate(program: Program, write: Callable[[_AnswerWriter], None], title: str) -> GeneratedFunction:
    """The generated function; where the interpreter has to answer, it raises one of `FALLBACK_ERRORS`."""
    try:
        counting = _AnswerWriter(program)
        write(counting)
        writer = _AnswerWriter(program, counting.uses)
        write(writer)
        return define_function(program, title, "action, state", [*writer.prepared(), *writer.lines], writer.namespace)
    except (UnsupportedError, RecursionError):
        return _unsupported


class _AnswerWriter(ConditionWriter):
    """Writes the functions; they check nothing, for the verdict's function has done so."""

    def __init__(self, program: Program, known_uses: Counter[str] | None = None) -> None:
        super().__init__(program, Counter() if known_uses is None else known_uses, depth=0)
        self.count_on(program.counted)
        self.namespace |= {"NOTHING": NOTHING, "shown": shown, "shown_decimal": shown_decimal}

    def text(self, message: Message, language: str) -> None:
        self.line(f"return {self.said(message, language)}")

    def said(self, message: Message, language: str) -> str:
        parts = [part.replace("%", "%%") if isinstance(part, str) else "%s" for part in message.parts]
        values = [self.shown(part, language) for part in message.parts if not isinstance(part, str)]
        return f"({''.join(parts)!r} % ({', '.join(values)}{',' if values else ''}))"

    def shown(self, part: t.Expr | Decimal | Choice, language: str) -> str:
        if isinstance(part, Choice):
            return self.chosen(part, language)
        if isinstance(part, Decimal):
            return f"shown_decimal({self.code(part.expr, {})}, {part.digits}, {language!r})"
        code = self.code(part, {})
        match part.type:
            case Date() | Integer() | Key() | Text() | Word():
                return code
            case Translated():
                return f"{code}[{language!r}]"
        return f"shown({code}, {language!r})"

    def chosen(self, choice: Choice, language: str) -> str:
        """The text that is said of a value, the last where none before it is."""
        key = self.name()
        first, *others = [(name, self.said(branch, language)) for name, branch in choice.branches.items()]
        asked = f"({key} := {self.constant(choice)}.key({self.code(choice.expr, {})}))"
        if not others:
            return f"({asked}, {first[1]})[1]"
        middle = "".join(f" else {text} if {key} == {name!r}" for name, text in others[:-1])
        return f"({first[1]} if {asked} == {first[0]!r}{middle} else {others[-1][1]})"

    def notices(self, rules: Sequence[Clause]) -> None:
        self.line("numbers = ()")
        for index, rule in enumerate(rules):
            if rule.effective_from is not None and (broken := self.broken(rule)) is not None:
                self.line(f"if {self.day} < {rule.effective_from!r} and {broken}: numbers += ({index},)")
        self.line("return numbers")

    def invariants(self, invariants: Sequence[Clause]) -> None:
        """The numbers of those that do not hold; the parameter `action` is the state before the step."""
        self.count_on(frozenset())  # a valid state has all numbers that its schema allows
        self.line("broken = set()")
        for index, clause in enumerate(invariants):
            with self.applying(clause._replace(when=None), numbered=True) as local:
                self.line(f"if not {self.code(clause.asked, local)}: broken.add({index})")
        self.line("return broken")

    def allowed(self, action_type: ActionType) -> None:
        self.line("warnings, changes = (), []")
        for index, rule in enumerate(action_type.rules):
            if not rule.denies and (broken := self.broken(rule)) is not None:
                self.line(f"if {' and '.join((*self.in_force(rule), broken))}: warnings += ({index},)")
        self.line("add = changes.append")
        recorder = ChangeRecorder(self)
        write_consequences(self, action_type, recorder)
        self.line(f"outcome, billing = None, ({self.program.nothing_billed!r},)")
        write_outcomes(self, action_type, recorder)
        self.line("return warnings, changes, outcome, billing")

    def _represent(self, expr: t.Expr, local: Mapping[str, Any]) -> Any:
        if isinstance(expr, t.Property) and expr.name == OLD and OLD not in self.program.state.fields:
            return Object("action", None)
        return super()._represent(expr, local)
