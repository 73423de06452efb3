"""Says, before any row is read, what the columns lack that each action reads, and what they hold of another type."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..decision.explanation import origin_of
from ..decision.request import action_problems
from ..diagnostics import echo
from ..errors import RequestProblem, raise_problems
from ..language.text import pointer
from ..language.types import Boolean, Date, Integer, ListOf, MapOf, Maybe, Record, Type, Word, known
from ..program import ActionType, Clause, Program
from ..program.reads import WHOLE, Reader, Reads
from ..words import Phrase, phrase
from .layout import TYPE, Layout, Steps


class Need(NamedTuple):
    """What is expected at a place in a request, and what type it has there, if it has another; else it is not given."""

    steps: Steps
    wanted: Phrase
    given: str | None = None


def require_needed(layout: Layout, schema: Any) -> None:
    """Make sure that the columns have what every action by every version reads that may decide, of types that fit.

    Raises:
        RequestError: they have not, or there is no action of the type that all rows have.
    """
    by_action = [(program, action) for program in layout.programs for action in _actions(program, layout)]
    if not by_action:
        raise_problems(action_problems(layout.action, layout.programs[-1], {}))
    first, *others = [list(_Columns(layout, schema).needs(*each)) for each in by_action]
    of_all = [need for need in first if all(need in each for each in others)]
    raise_problems(_problem(need, *by_action[0]) for need in of_all)


def _actions(program: Program, layout: Layout) -> Iterator[ActionType]:
    """The types of action that rows may be of."""
    in_columns = {("action",), TYPE} & {each.steps for each in layout.columns}
    fixed = None if in_columns or layout.action is None else layout.action.get("type")
    yield from (action for name, action in program.actions.items() if in_columns or name == fixed)


def _problem(need: Need, program: Program, action: ActionType) -> RequestProblem:
    if need.given is None:
        what = phrase("column_lacks", expected=need.wanted)
        return RequestProblem("missing", what, pointer(need.steps), help=_reader(need.steps, program, action))
    what = phrase("column_of_another_type", given=echo(need.given), expected=need.wanted)
    return RequestProblem("wrong_type", what, pointer(need.steps), help=_reader(need.steps, program, action))


def _reader(steps: Steps, program: Program, action: ActionType) -> Phrase:
    """Where the policy reads what is at a place: the first clause that does."""
    if len(steps) == 1 or steps[1] in ("as_of", "type"):
        return phrase("every_request_has_it")
    clause = None if steps[0] == "action" else _clause(steps[1:], program, action)
    if clause is None:
        return phrase("needed_by", action=action.name)
    return phrase("read_by", rule=clause.id, at=origin_of(clause, program).at)


def _clause(steps: Steps, program: Program, action: ActionType) -> Clause | None:
    for clause in action.clauses:
        if _reads(Reader(program.facts).clauses([clause]), steps):
            return clause
    return None


def _reads(reads: Reads, steps: Steps) -> bool:
    for step in steps:
        if reads.whole:
            return True
        inner = reads.fields.get(step) or (reads.of_each() if reads.entries or reads.keys else None)
        if inner is None:
            return False
        reads = inner
    return True


@dataclass(frozen=True)
class _Columns:
    """What a file has for requests, by their places."""

    layout: Layout
    schema: Any

    @property
    def kinds(self) -> Mapping[Steps, Any]:
        """The types of the columns, by the places that they say."""
        return {each.steps: self.schema.field(each.name).type for each in self.layout.columns}

    def needs(self, program: Program, action: ActionType) -> Iterator[Need]:
        yield from self._state(program.state, action.reads.joined(_DAY), ("state",), required=True)
        given = self.layout.action or {}
        if not _may_be_action(self.kinds.get(("action",))):
            yield Need(("action",), phrase("mapping"), str(self.kinds["action",]))
        for name, kind in {"type": Word("type", (action.name,)), **action.arguments}.items():
            steps = ("action", name)
            if steps in self.kinds:
                yield from self._fitting(kind, WHOLE, steps)
            elif not (name in given or isinstance(kind, Maybe) or ("action",) in self.kinds):
                yield Need(steps, _wanted(kind))

    def _state(self, kind: Type, reads: Reads, steps: Steps, *, required: bool) -> Iterator[Need]:
        if steps in self.kinds:
            needs = self._fitting(kind, reads, steps)
            yield from (need for need in needs if need.given or not self._has_below(need.steps))
        elif not self._has_below(steps):
            if required:
                yield Need(steps, _wanted(kind))
        elif isinstance(record := known(kind), Record):
            for name, inner in _fields(record, reads):
                needed = name in record.required and name not in record.defaults
                yield from self._state(record.fields[name], inner, (*steps, name), required=needed)

    def _fitting(self, kind: Type, reads: Reads, steps: Steps) -> Iterator[Need]:
        given = self.kinds[steps]
        cells = any(each.cells for each in self.layout.columns if each.steps == steps)
        if not _is_text(given):
            yield from fitting(given, kind, reads, steps, cells=cells)

    def _has_below(self, steps: Steps) -> bool:
        return any(each[: len(steps)] == steps for each in self.kinds)


def _may_be_action(given: Any) -> bool:
    """Whether a column may hold whole actions, if there is one."""
    from pyarrow import types

    return given is None or _is_text(given) or types.is_struct(given) or types.is_null(given)


_DAY = Reads(fields={"as_of": WHOLE})
"""What is read of each state."""


def _fields(record: Record, reads: Reads) -> Iterable[tuple[str, Reads]]:
    """The properties of a record that are read, with what is read of each."""
    return [(name, WHOLE) for name in record.fields] if reads.whole else reads.fields.items()


def fitting(given: Any, kind: Type, reads: Reads, steps: Steps, *, cells: bool = False) -> Iterator[Need]:
    """What does not fit of a column of some type, or of a part of one, where the policy expects another.

    Args:
        cells: a text in it is a cell of a CSV, which may say anything.
    """
    from pyarrow import types

    kind = known(kind)
    given = given.value_type if types.is_dictionary(given) else given
    if _is_text(given):
        if not cells and isinstance(kind, Boolean | Integer | Record | MapOf | ListOf):
            yield Need(steps, _wanted(kind), str(given))
        return
    match kind:
        case Record() if types.is_struct(given):
            yield from _of_record(given, kind, reads, steps, cells=cells)
        case MapOf(entry=entry) if types.is_map(given):
            yield from fitting(given.item_type, entry, reads.of_each(), (*steps, "*"), cells=cells)
        case MapOf(entry=entry) if types.is_struct(given):
            for field in given:
                yield from fitting(field.type, entry, reads.of_each(), (*steps, field.name))
        case ListOf(item=item) if item is not None and (types.is_list(given) or types.is_large_list(given)):
            yield from fitting(given.value_type, item, reads.of_each(), (*steps, "*"), cells=cells)
        case _:
            if not (types.is_null(given) or _is_of(given, kind)):
                yield Need(steps, _wanted(kind), str(given))


def _of_record(given: Any, kind: Record, reads: Reads, steps: Steps, *, cells: bool) -> Iterator[Need]:
    fields = {field.name: field.type for field in given}
    for name, inner in _fields(kind, reads):
        if name in fields:
            yield from fitting(fields[name], kind.fields[name], inner, (*steps, name), cells=cells)
        elif name in kind.required and name not in kind.defaults:
            yield Need((*steps, name), _wanted(kind.fields[name]))


def _is_text(given: Any) -> bool:
    from pyarrow import types

    given = given.value_type if types.is_dictionary(given) else given
    tests = (types.is_string, types.is_large_string, types.is_binary, types.is_large_binary)
    return any(is_text(given) for is_text in tests)


def _is_of(given: Any, kind: Type) -> bool:
    from pyarrow import types

    match kind:
        case Boolean():
            return bool(types.is_boolean(given))
        case Integer():
            return bool(types.is_integer(given))
        case Date():
            return bool(types.is_date(given))
    return False


def _wanted(kind: Type) -> Phrase:
    """What is expected, as a problem of a request says it."""
    match known(kind):
        case Boolean():
            return phrase("true_or_false")
        case Integer():
            return phrase("whole_number")
        case Date():
            return phrase("a_date")
        case ListOf():
            return phrase("list")
        case MapOf() | Record():
            return phrase("mapping")
        case Word():
            return phrase("word")
    return phrase("a_text")
