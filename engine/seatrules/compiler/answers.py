"""Generates what a decision says: the values that its requirements saw, its words, what changes and what is billed.

The functions take a state and an action as the verdict's function has read and checked them. Where one can't be
generated, or meets something out of the ordinary, the interpreter says it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from ..language import tree as t
from ..language.interpret import Path
from ..language.text import Message, shown
from ..language.types import Date, Integer, Key, MapOf, Text, Translated, Word, of_records
from .code import Object, UnsupportedError, Writer, defined
from .program import OLD, ActionProgram, Clause, Program


class _Nothing:
    """What stands where there is no entry."""

    def __repr__(self) -> str:
        return "nothing"


NOTHING = _Nothing()

Change = tuple[Path, Any, Any, str, Mapping[str, Any] | None]
"""The parts of an effect: where, from what, to what, by which clause, and what is created to begin with."""
Seen = tuple[tuple[bool, dict[str, Any]], ...]
"""Of each requirement of a rule, whether it holds and the values seen."""


class Allowed(NamedTuple):
    """What an allowed action comes to: the numbers of warnings and outcome, the changes and the bill."""

    warnings: tuple[int, ...]
    changes: list[Change]
    outcome: int | None
    billing: dict[str, Any]


class Answers:
    """The functions of one action, each generated when it is first asked for.

    Every method raises UnsupportedError, or what the generated code runs into, where the interpreter has to answer.
    """

    def __init__(self, program: Program, action: ActionProgram) -> None:
        self._program, self._action = program, action
        self._functions: dict[tuple[str, ...], Callable[[Any, Any], Any]] = {}

    def conditions(self, rule: Clause, state: Any, action: Any) -> Seen:
        function = self._functions.get(("conditions", rule.id))
        if function is None:
            function = self._generated(("conditions", rule.id), lambda writer: writer.conditions(rule))
        found: Seen = function(state, action)
        return found

    def text(self, clause: Clause, language: str, state: Any, action: Any) -> str:
        key = (language, clause.kind, clause.id)
        function = self._functions.get(key)
        if function is None:
            message = clause.message[language]
            function = self._generated(key, lambda writer: writer.text(message, language))
        return str(function(state, action))

    def allowed(self, state: Any, action: Any) -> Allowed:
        function = self._functions.get(("allowed",))
        if function is None:
            function = self._generated(("allowed",), lambda writer: writer.allowed(self._action))
        return Allowed._make(function(state, action))

    def notices(self, state: Any, action: Any) -> tuple[int, ...]:
        """The numbers of the rules that fail and are yet to come into force."""
        function = self._functions.get(("notices",))
        if function is None:
            function = self._generated(("notices",), lambda writer: writer.notices(self._action.rules))
        found: tuple[int, ...] = function(state, action)
        return found

    def _generated(self, key: tuple[str, ...], write: Callable[[_Teller], None]) -> Callable[[Any, Any], Any]:
        try:
            function = _written(self._program, write, f"{self._action.name}: {' '.join(key)}")
        except (UnsupportedError, RecursionError):
            function = _unsupported
        # Two threads may both generate it: the same function, so that it does not matter whose is kept.
        self._functions[key] = function
        return function


def generate_keeps(program: Program) -> Callable[[Any, Any], Any]:
    """Whether a state keeps every invariant, where the second is the state before the step.

    The function raises UnsupportedError, or what the generated code runs into, where the interpreter has to tell.
    """
    try:
        return _written(program, lambda writer: writer.invariants(program.invariants), "invariants")
    except (UnsupportedError, RecursionError):
        return _unsupported


def _unsupported(state: Any, action: Any) -> Any:
    raise UnsupportedError


def _written(program: Program, write: Callable[[_Teller], None], name: str) -> Callable[[Any, Any], Any]:
    counting = _Teller(program)
    write(counting)
    teller = _Teller(program, counting.counted)
    write(teller)
    kept = [f" {name} = MISSING" for name in teller.kept.values()]
    return defined(name, "state, action", [*kept, *teller.lines], teller.space)


class _Teller(Writer):
    """Writes the functions; in them stand no checks, for the verdict's function has made them."""

    def __init__(self, program: Program, often: Counter[str] | None = None) -> None:
        super().__init__(program, Counter() if often is None else often, depth=0)
        self.space |= {"NOTHING": NOTHING, "shown": shown}

    # What is said

    def conditions(self, rule: Clause) -> None:
        """Whether each requirement holds, and the values seen."""
        self.space["notes"] = _notes
        found = []
        for index, item in enumerate(rule.require):
            note = f"note{index}"
            self.line(f"facts{index}, {note}, {note}_plain = notes()")
            self.line(f"holds{index} = {self.traced(item, note)}")
            found.append(f"(holds{index}, facts{index}), ")
        self.line(f"return ({''.join(found)})")

    def text(self, message: Message, language: str) -> None:
        parts = [part.replace("%", "%%") if isinstance(part, str) else "%s" for part in message.parts]
        values = [self.shown(expr, language) for expr in message.expressions]
        self.line(f"return {''.join(parts)!r} % ({', '.join(values)}{',' if values else ''})")

    def shown(self, expr: t.Expr, language: str) -> str:
        code = self.code(expr, {})
        match expr.type:
            case Date() | Integer() | Key() | Text() | Word():
                return code
            case Translated():
                return f"{code}[{language!r}]"
        return f"shown({code}, {language!r})"

    def notices(self, rules: Sequence[Clause]) -> None:
        self.line("found = ()")
        for index, rule in enumerate(rules):
            if rule.effective_from is not None and (fails := self.fails(rule)) is not None:
                self.line(f"if {self.day} < {rule.effective_from!r} and {fails}: found += ({index},)")
        self.line("return found")

    def invariants(self, invariants: Sequence[Clause]) -> None:
        """Whether each invariant holds; what stands for the action is the state before the step."""
        for clause in invariants:
            with self.applying(clause, numbered=True) as local:
                required = " and ".join(self.code(item, local) for item in clause.require)
                self.line(f"if not ({required}): return False")
        self.line("return True")

    def _any(self, expr: t.Expr, local: Mapping[str, Any]) -> Any:
        if isinstance(expr, t.Property) and expr.name == OLD and OLD not in self.program.state.fields:
            return Object("action", None)
        return super()._any(expr, local)

    def allowed(self, action: ActionProgram) -> None:
        self.line("warnings, changes = (), []")
        for index, rule in enumerate(action.rules):
            if rule.severity == "warning" and (fails := self.fails(rule)) is not None:
                self.line(f"if {' and '.join((*self.in_force(rule), fails))}: warnings += ({index},)")
        self.line("add = changes.append")
        appended: list[tuple[str, ...]] = []
        for clause in action.consequences:
            if clause.when is None or self.settled(clause.when) is not False:
                self.consequence(clause, appended)
        self.outcomes(action.outcomes)
        self.line("return warnings, changes, outcome, billing")

    # What changes

    def consequence(self, clause: Clause, appended: list[tuple[str, ...]]) -> None:
        with self.applying(clause, numbered=True) as local:
            for path, value in clause.changes:
                self.change(path, self.code(value, local), local, clause)
            for path, item in clause.appends:
                self.append(path, item, local, clause, appended)
            for path in clause.removals:
                self.remove(path, local, clause)

    def change(self, path: t.Expr, value: str, local: Mapping[str, Any], clause: Clause) -> None:
        creates = "None"
        owner = path.of if isinstance(path, t.Field) else None
        while isinstance(owner, t.Role):
            owner = owner.value
        if isinstance(owner, t.Index) and isinstance(owner.of.type, MapOf) and owner.of.type.default is not None:
            listed = f"{self.code(owner.keys[0], local)} in {self.code(owner.of, local)}"
            creates = f"None if {listed} else {self.constant(dict(owner.of.type.default))}"
        self.line(f"before, after = {self.code(path, local)}, {value}")
        parts = "".join(f"{part}, " for part in self.parts(path, local, clause.loop))
        self.line(f"if before != after: add((({parts}), before, after, {clause.id!r}, {creates}))")

    def append(
        self,
        path: t.Expr,
        item: t.Expr | Mapping[str, t.Expr],
        local: Mapping[str, Any],
        clause: Clause,
        appended: list[tuple[str, ...]],
    ) -> None:
        parts = self.parts(path, local, clause.loop)
        if not isinstance(path, t.Index):
            # How many stand there already can be told of one entry only.
            if clause.loop is not None or (shape := (parts[0], str(len(parts)), parts[-1])) in appended:
                raise UnsupportedError
            appended.append(shape)
            parts = (*parts, f"len({self.code(path, local)})")
        if isinstance(item, t.Expr):
            entry = self.code(item, local)
        else:
            entry = "{" + ", ".join(f"{name!r}: {self.code(value, local)}" for name, value in item.items()) + "}"
        self.line(f"add((({''.join(f'{part}, ' for part in parts)}), NOTHING, {entry}, {clause.id!r}, None))")

    def remove(self, path: t.Expr, local: Mapping[str, Any], clause: Clause) -> None:
        parts = self.parts(path, local, clause.loop)
        entry = self.code(path, local)
        adding = f"add((({''.join(f'{part}, ' for part in parts)}), {entry}, NOTHING, {clause.id!r}, None))"
        if isinstance(path, t.Index):
            adding = f"if {parts[-1]} in {self.code(path.of, local)}: {adding}"
        self.line(adding)

    def parts(self, path: t.Expr, local: Mapping[str, Any], loop: t.Loop | None) -> tuple[str, ...]:
        """The code of each part of a path."""
        match path:
            case t.Property(name=name):
                return (repr(name),)
            case t.Role(value=value):
                return self.parts(value, local, loop)
            case t.Field(of=of, name=name):
                return (*self.parts(of, local, loop), repr(name))
            case t.Index(of=of, keys=(key,)) if isinstance(of.type, MapOf):
                return (*self.parts(of, local, loop), self.code(key, local))
            case t.Local() if loop is not None and of_records(loop.over.type):
                entry = self.any(path, local)
                if isinstance(entry, Object) and entry.id is not None:
                    return (*self.parts(loop.over, local, None), entry.id)
        raise UnsupportedError

    # What is billed

    def outcomes(self, outcomes: Sequence[Clause]) -> None:
        self.line(f"outcome, billing = None, {self.program.nothing_billed!r}")
        word = "if"
        for index, outcome in enumerate(outcomes):
            if outcome.when is not None and self.settled(outcome.when) is False:
                continue
            self.line(f"{word} {'True' if outcome.when is None else self.code(outcome.when, {})}:")
            billed = ", ".join(f"{key!r}: {self.billed(value)}" for key, value in outcome.billing.items())
            self.line(f" outcome = {index}")
            if billed:
                self.line(f" billing = {{{billed}}}")
            word = "elif"

    def billed(self, value: t.Expr) -> str:
        """The code of a value on the bill; an entry is billed by its key."""
        found = self.any(value, {})
        code = found.id if isinstance(found, Object) else found
        if not isinstance(code, str):
            raise UnsupportedError
        return code


def _notes() -> tuple[dict[str, Any], Callable[[str, Any], Any], Callable[[str, Any], Any]]:
    """The facts seen, how one is noted, and how one is that has a plain value only while nothing is in it."""
    facts: dict[str, Any] = {}

    def note_plain(text: str, value: Any) -> Any:
        if value is None or value == []:
            facts.setdefault(text, value)
        return value

    return facts, facts.setdefault, note_plain
