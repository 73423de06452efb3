"""Reads a mapping file: which columns of a table of accounts, and of tables beside it, say what of a request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ..decoding import decode
from ..diagnostics import Diagnostic, Span, echo, suggested
from ..errors import PolicyError, RequestError, RequestProblem
from ..files import read_bytes
from ..language.text import pointer
from ..language.types import ListOf, MapOf, Record, known
from ..nodes import MappingNode, Node
from ..policy.kinds import TEXT, Schema, record
from ..policy.structure import values
from ..problems import Problems
from ..program import Program
from ..source import parse
from ..words import phrase
from .layout import Column, Layout, Steps, place_in, steps_of

_COLUMNS: Schema = {"type": "object", "additionalProperties": TEXT, "minProperties": 1}
_TABLE = record({"file": TEXT, "of": TEXT, "key": TEXT, "order": TEXT, "columns": _COLUMNS}, ("file", "of", "columns"))
MAPPING = record(
    {"accounts": TEXT, "key": TEXT, "columns": _COLUMNS, "tables": {"type": "object", "additionalProperties": _TABLE}},
    ("accounts", "key", "columns"),
)


class MappedTable(NamedTuple):
    """A table beside that of the accounts: what of it makes the map or the list at a place in the state.

    `of` is the column that names the account, `key` that of the keys of a map, or `order` the one that a list is in the
    order of; `columns` are those of the properties.
    """

    steps: Steps
    file: str
    of: str
    key: str | None
    order: str | None
    columns: Mapping[str, str]

    @property
    def by(self) -> str:
        """The column by which the entries of an account are ordered."""
        column = self.key or self.order
        assert column is not None
        return column

    @property
    def names(self) -> list[str]:
        """The columns that are read of its file, each once."""
        return list(dict.fromkeys([self.of, self.by, *self.columns.values()]))


class Mapped(NamedTuple):
    """What a mapping file says, and where."""

    where: str
    accounts: str
    key: str
    columns: tuple[Column, ...]
    tables: tuple[MappedTable, ...]
    node: MappingNode

    def span(self, *steps: str) -> Span:
        """Where something of it is written."""
        span, node = self.node.span, self.node
        for step in steps:
            inner: Node
            _, inner = node.entries[step]
            span = inner.span
            if isinstance(inner, MappingNode):
                node = inner
        return span

    def key_span(self, *steps: str) -> Span:
        """Where a key of it is written."""
        node = self.node
        for step in steps[:-1]:
            _, inner = node.entries[step]
            assert isinstance(inner, MappingNode)
            node = inner
        return node.entries[steps[-1]][0]

    def check(self, programs: Iterable[Program]) -> None:
        """Check that the policy has what is mapped.

        Raises:
            RequestError: it has not, or a map or list is not said as one.
        """
        problems = Problems()
        programs = tuple(programs)
        for at, column in zip(self.node.get("columns"), self.columns, strict=True):  # type: ignore[arg-type]
            if not (column.steps and Layout.has(programs, column.steps)):
                what = phrase("mapped_nowhere", name=echo(at[0]))
                problems.error("unknown-place", what, at[1], help=suggested(at[0], Layout.places(programs)))
        for table in self.tables:
            self._check_table(table, programs, problems)
        _raise(problems)

    def _check_table(self, table: MappedTable, programs: Iterable[Program], problems: Problems) -> None:
        name = pointer(table.steps)
        places = [place_in(program.state, table.steps[1:]) for program in programs if table.steps[:1] == ("state",)]
        kind = next((known(each.kind) for each in reversed(places) if each is not None), None)
        entry = kind.entry if isinstance(kind, MapOf) else kind.item if isinstance(kind, ListOf) else None
        if not isinstance(entry, Record):
            span = self.key_span("tables", name)
            problems.error("unknown-place", phrase("no_map_of_records", name=echo(name)), span)
            return
        wanted, other = ("key", "order") if isinstance(kind, MapOf) else ("order", "key")
        if getattr(table, wanted) is None or getattr(table, other) is not None:
            what = phrase("mapped_by", name=echo(name), wanted=wanted, other=other)
            problems.error("wrong-mapping", what, self.key_span("tables", name))
        for field in table.columns:
            if field not in entry.fields:
                what = phrase("mapped_nowhere", name=echo(field))
                span = self.key_span("tables", name, "columns", field)
                problems.error("unknown-place", what, span, help=suggested(field, [*entry.fields]))

    def check_columns(self, accounts: Iterable[str], tables: Iterable[tuple[MappedTable, Iterable[str]]]) -> None:
        """Check that the files have the columns that are read.

        Raises:
            RequestError: they have not.
        """
        problems = Problems()
        asked = [(("key",), self.key), *((("columns", pointer(each.steps)), each.name) for each in self.columns)]
        _check_columns(((self.span(*steps), name) for steps, name in asked), accounts, problems)
        for table, names in tables:
            _check_columns(self._asked(table), names, problems)
        _raise(problems)

    def _asked(self, table: MappedTable) -> Iterator[tuple[Span, str]]:
        top = ("tables", pointer(table.steps))
        for word in ("of", "key", "order"):
            if (name := getattr(table, word)) is not None:
                yield self.span(*top, word), name
        for field, name in table.columns.items():
            yield self.span(*top, "columns", field), name


def _check_columns(asked: Iterable[tuple[Span, str]], names: Iterable[str], problems: Problems) -> None:
    names = list(names)
    for span, name in asked:
        if name not in names:
            problems.error("unknown-column", phrase("no_column", name=echo(name)), span, help=suggested(name, names))


def read_mapping(where: str) -> Mapped:
    """What a mapping file says; files that it names lie beside it.

    Raises:
        RequestError: it is none; with every problem and its place.
        FileError: it can't be read.
    """
    problems = Problems()
    try:
        node = parse(decode(read_bytes(Path(where)), where))
    except PolicyError as error:
        raise RequestError(map(_problem, error.problems)) from None
    value = values(node, MAPPING, problems)
    _raise(problems)
    assert isinstance(node, MappingNode)
    folder = Path(where).parent
    tables = tuple(_table(name, of, folder) for name, of in value.get("tables", {}).items())
    columns = tuple(Column(name, steps_of(at) or ()) for at, name in value["columns"].items())
    return Mapped(where, str(folder / value["accounts"]), value["key"], columns, tables, node)


def _table(name: str, value: Mapping[str, Any], folder: Path) -> MappedTable:
    of = (str(folder / value["file"]), value["of"], value.get("key"), value.get("order"))
    return MappedTable(steps_of(name) or (name,), *of, value["columns"])


def _raise(problems: Problems) -> None:
    """Raise what is wrong with a mapping file: it is a part of what is asked, and none of the policy."""
    if problems.errors:
        raise RequestError(map(_problem, problems.sorted))


def _problem(problem: Diagnostic) -> RequestProblem:
    return RequestProblem(problem.code, problem.what, "", help=problem.mend, span=problem.span)
