"""Generates what a decision says: the values that its requirements saw, its words, what changes and what is billed.

The functions take an action and a state as the verdict's function has read and checked them. Where one can't be
generated, or meets something out of the ordinary, the interpreter says it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from ..change.effects import NOTHING, Effect
from ..language import tree as t
from ..language.text import ChoiceOfText, Decimal, Message, shown, shown_decimal
from ..language.types import Date, Integer, Key, Text, Translated, Word
from ..program import ActionType, Clause, Program
from ..words import Language
from .changes import ChangeRecorder, write_consequences, write_outcomes
from .conditions import ConditionWriter
from .function import UnsupportedError, define_function

GeneratedFunction = Callable[[Any, Any], Any]
Written = TypeVar("Written", bound="AnswerWriter")


def generate_conditions(program: Program, rule: Clause) -> GeneratedFunction:
    """The `Condition` of each requirement of a rule."""
    return _generate(
        program, lambda writer: writer.line(f"return {writer.conditions(rule, {})}"), f"{rule.id} conditions"
    )


def generate_text(program: Program, clause: Clause, language: str) -> GeneratedFunction:
    """A clause's message in a language."""
    message = clause.message[language]
    title = f"{clause.kind} {clause.id} {language}"
    return _generate(program, lambda writer: writer.line(f"return {writer.said(message, language, {})}"), title)


def generate_value(program: Program, expr: t.Expr) -> GeneratedFunction:
    """What an expression comes to."""
    return _generate(program, lambda writer: writer.line(f"return {writer.code(expr, {})}"), "value")


def generate_allowed(program: Program, action_type: ActionType) -> GeneratedFunction:
    """What an allowed action does: the numbers of its warnings, its effects, the number of its outcome, its bill."""
    return _generate(program, lambda writer: writer.allowed(action_type), f"{action_type.name} allowed")


def generate_notices(program: Program, action_type: ActionType) -> GeneratedFunction:
    """The numbers of the rules that fail and are yet to come into force."""
    return _generate(program, lambda writer: writer.notices(action_type.rules), f"{action_type.name} notices")


def _unsupported(action: Any, state: Any) -> Any:
    raise UnsupportedError


def _generate(program: Program, write: Callable[[AnswerWriter], None], title: str) -> GeneratedFunction:
    return generate_answer(program, AnswerWriter, write, title)


def generate_answer(
    program: Program, kind: type[Written], write: Callable[[Written], None], title: str
) -> GeneratedFunction:
    """The generated function; where the interpreter has to answer, it raises one of `FALLBACK_ERRORS`."""
    try:
        counting = kind(program)
        write(counting)
        writer = kind(program, counting.uses)
        write(writer)
        return define_function(program, title, "action, state", [*writer.prepared(), *writer.lines], writer.namespace)
    except (UnsupportedError, RecursionError):
        return _unsupported


class AnswerWriter(ConditionWriter):
    """Writes the functions; they check nothing, for the verdict's function has done so.

    So an entry that a map has by default can be looked up before it is known whether that is asked for.
    """

    def __init__(self, program: Program, known_uses: Counter[str] | None = None) -> None:
        super().__init__(program, known_uses)
        self.depth = 0
        self.lasting = re.compile(r"state(\['\w+'\])+\.get\((action\['\w+'\]|'\w+'), c\d+\)")
        self.count_on(program.counted)
        self.namespace |= {
            "NOTHING": NOTHING,
            "Effect": Effect,
            "new": tuple.__new__,
            "shown": shown,
            "shown_decimal": shown_decimal,
        }

    def said(self, message: Message, language: str, local: Mapping[str, Any]) -> str:
        """The code of a message."""
        parts = [part.replace("%", "%%") if isinstance(part, str) else "%s" for part in message.parts]
        values = [self.shown(part, language, local) for part in message.parts if not isinstance(part, str)]
        return f"({''.join(parts)!r} % ({', '.join(values)}{',' if values else ''}))"

    def shown(self, part: t.Expr | Decimal | ChoiceOfText, language: str, local: Mapping[str, Any]) -> str:
        if isinstance(part, ChoiceOfText):
            return self.chosen(part, language, local)
        if isinstance(part, Decimal):
            return f"shown_decimal({self.code(part.expr, local)}, {part.digits}, {self.spoken(language)})"
        code = self.code(part, local)
        match part.type:
            case Date() | Integer() | Key() | Text() | Word():
                return code
            case Translated():
                return f"{code}[{language!r}]"
        return f"shown({code}, {self.spoken(language)})"

    def spoken(self, language: str) -> str:
        """The language as code, with the words that the policy brings for it."""
        return self.constant(language) if isinstance(language, Language) else repr(language)

    def chosen(self, choice: ChoiceOfText, language: str, local: Mapping[str, Any]) -> str:
        """The text that is said of a value, the last where none before it is."""
        key = self.name()
        first, *others = [(name, self.said(branch, language, local)) for name, branch in choice.branches.items()]
        asked = f"({key} := {self.constant(choice)}.key({self.code(choice.expr, local)}))"
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
