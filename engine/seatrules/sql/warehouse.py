"""An action's rules as one query for a database that holds the data: over flat columns, one for each thing read.

The database has no nested values: what the engine checks of a request is asked of each column. A row in which anything
else is found is not sure, and gets no answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from sqlglot import exp

from ..language import tree as t
from ..language.types import Boolean, Date, Integer, Key, ListOf, MapOf, Record, Type, known
from ..program import ActionType, Program
from ..words import Phrase
from . import nested
from .columns import RAW
from .dialects import require_common
from .functions import number
from .given import GivenPart
from .inputs import Inputs, QueryColumn
from .query import Query, Writing, computed_in_stages, require_form
from .terms import Sql, all_of, any_of, cases, cast, column, compared, if_else, is_absent, is_there, known_to_hold
from .values import EntryValue, MapValue
from .writer import SqlWriter

OUTPUTS = ("verdict", "codes", "outcome", "warnings", "sure", "version")
"""The columns that a query gives behind those that are kept: `sure` is a boolean, the others are texts."""
IS_ORDINARY, IS_CHECKED, IS_SOUND, IS_SURE, APPLIES = "_is_ordinary", "_is_checked", "_is_sound", "_is_sure", "_outcome"
"""Columns between the stages: no column that is read has a name that begins so."""


@dataclass(frozen=True)
class Export:
    """The query for one type of action in one version, and the columns that it reads.

    `left` says why no row that is allowed is answered, if so.
    """

    program: Program
    action: ActionType
    query: Query
    inputs: tuple[QueryColumn, ...]

    @property
    def left(self) -> Phrase | None:
        return self.query.left

    @cached_property
    def facts(self) -> Mapping[str, t.Expr]:
        """The facts that the expressions of the columns call, and those that these call, by how they are called."""
        found: dict[str, t.Expr] = {}
        texts = [each.text for each in self.inputs if each.says is None]
        while texts:
            text = texts.pop()
            for name, body in self.program.facts.items():
                head = f"{name}({', '.join(body.parameters)})" if body.parameters else name
                if head not in found and re.search(rf"(?<![.\w\"]){re.escape(name)}(?![\w\"])", text):
                    found[head] = body.value
                    texts.append(body.value.text)
        return dict(sorted(found.items()))

    def select(self, table: exp.Expr, kept: Sequence[exp.Identifier], *, fenced: bool) -> exp.Select:
        """The query over a table, with columns that are given back as they are.

        Where it is `fenced`, no stage is written into those that read it: in PostgreSQL each would be, wherever a
        column of it is read, and the next one again, until the query takes more memory than there is.
        """
        names = [f"_kept_{place}" for place in range(1, len(kept) + 1)]
        given = [exp.alias_(exp.Column(this=own), name, quoted=True) for own, name in zip(kept, names, strict=True)]
        stages = [exp.select(*given, *self._checked()).from_(table)]
        for computed in computed_in_stages(self.query.flat):
            stages.append(exp.select("*", *computed).from_(f"_stage_{len(stages)}"))
        for columns in (self._ruled(), self._made_sure()):
            stages.append(exp.select("*", *columns).from_(f"_stage_{len(stages)}"))
        shown = [exp.alias_(column(name), own) for own, name in zip(kept, names, strict=True)]
        answered = exp.select(*shown, *self._answers()).from_(f"_stage_{len(stages)}")
        for place, stage in enumerate(stages, 1):
            answered = answered.with_(f"_stage_{place}", as_=stage.offset(0) if fenced else stage)
        return answered

    def _checked(self) -> Iterator[Sql]:
        """The columns that are read, where they fit, and whether those that do not are null and may be."""
        for each in self.inputs:
            yield exp.alias_(each.checked, each.name, quoted=True)
        ordinary = all_of(each.ordinary for each in self.inputs if each.may_be_null)
        yield exp.alias_(ordinary, IS_ORDINARY, quoted=True)

    def _ruled(self) -> Iterator[Sql]:
        """Which rules are broken, which outcome applies, and what is needed for that to be sure."""
        for place, broken in self.query.broken.items():
            yield exp.alias_(broken, self._breaks(place), quoted=True)
        there = [is_there(column(each.name)) for each in self.inputs if not each.may_be_null]
        yield exp.alias_(self.query.outcome, APPLIES, quoted=True)
        yield exp.alias_(all_of([*there, self.query.checked]), IS_CHECKED, quoted=True)
        yield exp.alias_(self.query.sound, IS_SOUND, quoted=True)

    def _made_sure(self) -> Iterator[Sql]:
        """Whether the row is sure: everything is known of it that its answer is made of."""
        told = {
            denies: [is_there(column(self._breaks(place))) for place in self.query.broken_of(denies=denies)]
            for denies in (True, False)
        }
        sound = all_of([*told[False], is_there(column(APPLIES)), column(IS_SOUND)])
        sure = [column(IS_ORDINARY), column(IS_CHECKED), *told[True], any_of([self._denied, sound])]
        yield exp.alias_(known_to_hold(all_of(sure)), IS_SURE, quoted=True)

    @property
    def _denied(self) -> Sql:
        return any_of(column(self._breaks(place)) for place in self.query.broken_of(denies=True))

    def _breaks(self, place: int) -> str:
        code = re.sub(r"\W+", "_", self.action.rules[place].code or "", flags=re.ASCII)
        return f"_breaks_{place + 1}_{code}"[:60]

    def _answers(self) -> Iterator[Sql]:
        denied = self._denied
        codes, warnings = (self._codes(denies=denies) for denies in (True, False))
        answers = {
            "verdict": if_else(denied, exp.Literal.string("deny"), exp.Literal.string("allow")),
            "codes": codes,
            "outcome": cases([(denied, exp.null())], self._outcome()),
            "warnings": if_else(denied, exp.Literal.string(""), warnings),
        }
        for name, answer in answers.items():
            yield exp.alias_(cases([(column(IS_SURE), answer)]), name, quoted=True)
        yield exp.alias_(column(IS_SURE), "sure", quoted=True)
        yield exp.alias_(cast(exp.Literal.string(self.program.version), "text"), "version", quoted=True)

    def _codes(self, *, denies: bool) -> Sql:
        """The codes of the rules that are broken, in their order, with blanks between them."""
        joined: Sql = exp.Literal.string("")
        for place in self.query.broken_of(denies=denies):
            code = exp.Literal.string(f" {self.action.rules[place].code}")
            one = exp.paren(if_else(column(self._breaks(place)), code, exp.Literal.string("")), copy=False)
            joined = exp.DPipe(this=joined, expression=one)
        return exp.Trim(this=joined)

    def _outcome(self) -> Sql:
        codes = [(place, each.code) for place, each in enumerate(self.action.outcomes) if each.code is not None]
        pairs = [(compared("==", column(APPLIES), number(place)), exp.Literal.string(code)) for place, code in codes]
        return cases(pairs) if pairs else cast(exp.null(), "text")


def exported(program: Program, action: ActionType) -> Export:
    """The query for a type of action, over flat columns.

    Raises:
        NoSqlError: it has none, and why.
    """
    require_form(action)
    state = GivenPart(group={name: _column(f"{RAW}state/{name}", kind) for name, kind in program.state.fields.items()})
    arguments = {name: _column(f"{RAW}action/{name}", kind) for name, kind in action.arguments.items()}
    writer = SqlWriter(program, state, arguments, asks_nested=False)
    keys = Keys(writer)
    query = Writing(program, action, writer, books=False).query([*keys.of_arguments(action)])
    writer.span = None
    refers = [*keys.of_state(query)]
    query = replace(query, flat=tuple(writer.columns.values()), checked=all_of([query.checked, *refers]))
    _require_common(query)
    return Export(program, action, query, Inputs(program, action, query, writer.presence).all())


def _require_common(query: Query) -> None:
    """Make sure that nothing but what is taken out of nested values has a form in DuckDB alone.

    Raises:
        NoSqlError: something has.
    """
    computed = [each.sql for each in query.flat if not each.given]
    for sql in (*computed, *query.broken.values(), query.outcome, query.checked, query.sound):
        require_common(sql)


@dataclass(frozen=True)
class Keys:
    """Writes the conditions that what is a key of a map is in it."""

    writer: SqlWriter

    def of_arguments(self, action: ActionType) -> Iterator[Sql]:
        """The conditions for the arguments, and for the items of those that are lists."""
        for name, kind in action.arguments.items():
            given, inner = self.writer.arguments[name], known(kind)
            if isinstance(inner, Key) and inner.entry in self._maps:
                key = self.writer.flat(given.value, kind, name)
                yield self._has(key, inner, name)
            elif isinstance(inner, ListOf) and isinstance(inner.item, Key) and inner.item.entry in self._maps:
                owner = self._maps[inner.item.entry]
                with self.writer.item() as each:
                    condition = self._entries(owner).has(column(each.name))
                every = nested.every(given.value, each.name, condition)
                yield self.writer.flat(every, Boolean(), f"all(each in {owner} for each in {name})")

    def of_state(self, query: Query) -> Iterator[Sql]:
        """The conditions for columns that hold keys of the state's maps to which others refer."""
        for each in query.inputs:
            kind = known(each.type)
            if isinstance(kind, Key) and kind.entry in self.writer.program.referenced and each.text not in self._names:
                yield self._has(column(each.name), kind, each.text)

    @property
    def _names(self) -> Mapping[str, GivenPart]:
        return self.writer.arguments

    def _has(self, key: Sql, kind: Key, text: str) -> Sql:
        owner = self._maps[kind.entry]
        return any_of([is_absent(key), self.writer.has(self._entries(owner), key, f"{text} in {owner}")])

    @cached_property
    def _maps(self) -> Mapping[str, str]:
        """The maps of the state whose keys are their own, by what their entries are called."""
        kinds = self.writer.program.state.fields
        maps = {name: kind for name, kind in kinds.items() if isinstance(kind, MapOf) and kind.has_own_keys}
        return {kind.key.entry: name for name, kind in maps.items() if isinstance(kind.key, Key)}

    def _entries(self, name: str) -> MapValue:
        entries = EntryValue(self.writer.program.state, self.writer.state).part(name)
        assert isinstance(entries, MapValue)
        return entries


def _column(name: str, kind: Type) -> GivenPart:
    return GivenPart(column(name), _nested_type(kind))


def _nested_type(kind: Type) -> exp.DataType:
    """The type of a nested value, from which the flat columns are thought to be taken."""
    match known(kind):
        case Record(fields=fields) if fields:
            parts = [
                exp.ColumnDef(this=exp.to_identifier(name, quoted=True), kind=_nested_type(each))
                for name, each in fields.items()
            ]
            return exp.DataType(this=exp.DataType.Type.STRUCT, expressions=parts, nested=True)
        case MapOf(entry=entry):
            inner = [exp.DataType.build("text"), _nested_type(entry)]
            return exp.DataType(this=exp.DataType.Type.MAP, expressions=inner, nested=True)
        case ListOf(item=item) if item is not None:
            return exp.DataType(this=exp.DataType.Type.ARRAY, expressions=[_nested_type(item)], nested=True)
        case Boolean():
            return exp.DataType.build("boolean")
        case Date():
            return exp.DataType.build("date")
        case Integer():
            return exp.DataType.build("bigint")
    return exp.DataType.build("text")
