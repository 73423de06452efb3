"""Asks two policies what the rows of a file ask, by SQL where that is sure of both answers and of how they differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from ..analysis.diff.asking import BothAsked, Differs
from ..analysis.diff.certainty import Came, Certainty, certainty
from ..analysis.diff.differing import BILL
from ..analysis.diff.given import FIRST, Where
from ..errors import RequestError, UsageError
from ..extras import require
from .deciding import Chunk, RowDecider
from .fast import AT_ONCE
from .input import Input
from .layout import Layout
from .needs import require_needed
from .nested import has_repeated
from .parquet_rows import Parquet
from .queries import MANY, Queries
from .rows import Request, requests
from .sql_columns import Columns, Part

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from ..words import Phrase

_COLUMNS = ("part", "failing", "warned", "outcome", "ahead")
_SIDE = """create temp table {}
    (part int, "row" bigint, failing bigint, warned bigint, outcome bigint, ahead boolean, bills text[][])"""
_CAME = """insert into {} select {}, "/row", failing, case when failing = 0 then warned else 0 end,
    case when failing = 0 then outcome else -1 end, ahead, {} from ({}) where sure"""
_WAYS = f"""select {", ".join(f"{side}.{name}" for side in ("old", "new") for name in _COLUMNS)},
    case when (len(old.bills) = 0) = (len(new.bills) = 0) then old.bills = new.bills end,
    list("row" order by "row") from new join old using ("row") group by all"""
_LEFT = """select "/row" from given where "/row" not in (select "row" from new join old using ("row"))
    and "/row" not in (select "row" from alone)"""
_FEW_AT_ONCE = 1000
"""How many rows are read at a time where the engine answers all."""


class AlikeRows(NamedTuple):
    """Rows of one type of action that come out in one way by each policy, and differ for that in one way."""

    key: tuple[Any, ...]
    rows: Sequence[int]


@dataclass
class Comparing:
    """Asks two policies what the rows of a file ask; `by_sql` and `left` count the rows that SQL and the engine did.

    The answers to rows that come out in one way, and differ in one way for that, the engine gives for the first.
    """

    asking: BothAsked
    source: Input
    layout: Layout
    queries: tuple[Queries, Queries] | None = None
    by_sql: int = 0
    left: int = 0
    _known: dict[tuple[Any, ...], Differs] = field(default_factory=dict)

    @classmethod
    def of(cls, asking: BothAsked, source: Input, action: Mapping[str, Any] | None = None) -> Comparing:
        """What asks for the rows of a file; of many rows by SQL, where that is installed and can read the columns.

        Args:
            action: the one that all rows have, of which columns may give parts.

        Raises:
            RequestError: no row can be asked for, for want of a column or for its type.
            UsageError: the columns say what neither policy has.
        """
        programs = [program for asker in asking.both.askers for program in asker.programs]
        source.check(programs)
        layout = Layout.of(source.columns, programs, action)
        if source.rows:
            require_needed(layout, source.schema)
        comparing = cls(asking, source, layout)
        if source.rows >= MANY and asking.touched.days is None:
            comparing.queries = comparing._written()
        return comparing

    def _written(self) -> tuple[Queries, Queries] | None:
        try:
            require("duckdb", "sqlglot", extra="batch")
        except UsageError:
            return None
        from ..sql.terms import NoSqlError

        file = self.source.where if isinstance(self.source, Parquet) else None
        deciders = [RowDecider(each.engine, self.layout, each.version) for each in self.asking.both.askers]
        try:
            old, new = (Queries.of(each, self.source.schema, file, bills=True) for each in deciders)
        except NoSqlError:
            return None
        return old, new

    @property
    def rows_at_once(self) -> int:
        return AT_ONCE if self.queries else _FEW_AT_ONCE

    @property
    def reasons(self) -> dict[str, Phrase]:
        """Why the engine answers for types of action, or for those that are allowed."""
        return {} if self.queries is None else self.queries[0].reasons | self.queries[1].reasons

    def ask(self, chunk: Chunk) -> None:
        """Ask both what the rows of a chunk ask."""
        alike, ways, left = self._compared(chunk)
        self.asking.count(alike)
        self.by_sql += alike
        shown = {row: way for way in ways for row in self._shown(way)}
        for row, differs in self._asked(chunk, sorted([*left, *shown])):
            if row in shown and differs is not None:
                self._known[shown[row].key] = differs
        for way in ways:
            rest = [row for row in way.rows if row not in shown]
            if (differs := self._known.get(way.key)) is None:  # what the first differ in can't be said of them
                list(self._asked(chunk, rest))
            else:
                self.asking.count(len(rest), differs)
                self.by_sql += len(rest)

    def _shown(self, way: AlikeRows) -> Sequence[int]:
        """The rows that the engine answers too: what they differ in is not known yet, or has not enough examples."""
        known = self._known.get(way.key)
        return way.rows[:FIRST] if known is None or self.asking.lacks_examples(known) else ()

    def _asked(self, chunk: Chunk, rows: Sequence[int]) -> Iterator[tuple[int, Differs | None]]:
        """Some rows of a chunk, asked by the engine, and in what the answers to each differ."""
        self.left += len(rows)
        for row, request in zip(rows, requests(self.layout, chunk.table, rows), strict=True):
            yield row, self._ask(chunk.first_row + row, request)

    def _ask(self, number: int, request: Request) -> Differs | None:
        where = Where(self.source.where, number)
        try:
            if isinstance(request, RequestError):
                raise request
            return self.asking.request(where, *request)
        except RequestError as error:
            self.asking.touched.refuse(where, error)
            return None

    def _compared(self, chunk: Chunk) -> tuple[int, list[AlikeRows], list[int]]:
        """How many rows are answered alike, those that differ in one way, and the rows that are left to the engine."""
        every = list(range(len(chunk.table)))
        if self.queries is None or any(has_repeated(chunk.table.column(each)) for each in self.layout.names):
            return 0, [], every
        import duckdb

        try:
            with duckdb.connect() as database:
                self.queries[1].give(database, chunk.table, chunk.first_row)
                return self._counted(database, *self.queries)
        except duckdb.OperationalError:  # it can't read the file, or its memory or disk does not reach
            return 0, [], every

    def _counted(
        self, database: DuckDBPyConnection, old: Queries, new: Queries
    ) -> tuple[int, list[AlikeRows], list[int]]:
        """Have both answer, but for what may not differ: there one is asked."""
        for side in ("old", "new", "alone"):
            database.execute(_SIDE.format(side))
        before, after = _parts(database, old), _parts(database, new)
        both = [part for part in after if self._may_differ(part)]
        for number, part in enumerate(after):
            _answer(database, "new" if part in both else "alone", number, new.columns, part, bills=self._may_bill(part))
        for number, part in enumerate(before):
            if any(self._are_compared(part, other) for other in both):
                _answer(database, "old", number, old.columns, part, bills=any(map(self._may_bill, both)))
        return self._told(database, before, after)

    def _told(
        self, database: DuckDBPyConnection, before: Sequence[Part], after: Sequence[Part]
    ) -> tuple[int, list[AlikeRows], list[int]]:
        [(alike,)] = database.execute("select count(*) from alone").fetchall()
        left = [row for (row,) in database.execute(_LEFT).fetchall()]
        ways = list[AlikeRows]()
        for *said, billed_alike, rows in database.execute(_WAYS).fetchall():
            (one, *of_old), (other, *of_new) = said[: len(_COLUMNS)], said[len(_COLUMNS) :]
            old, new = before[one], after[other]
            match self._certainty((old, _came(old, *of_old)), (new, _came(new, *of_new)), billed_alike):
                case Certainty.ALIKE:
                    alike += len(rows)
                case Certainty.DIFFERENT:
                    key = old.action.name, old.program.version, new.program.version, *of_old, *of_new, billed_alike
                    ways.append(AlikeRows(key, rows))
                case Certainty.OPEN:
                    left += rows
        return alike, ways, left

    def _certainty(self, old: tuple[Part, Came], new: tuple[Part, Came], billed_alike: bool | None) -> Certainty:
        (before, came_by_old), (after, came_by_new) = old, new
        both, versions = self.asking.both, (before.program.version, after.program.version)
        programs = both.between(*versions)
        assert programs is not None
        by = both.differing_between(*versions, before.action.name)
        return certainty(programs, by, came_by_old, came_by_new, billed_alike)

    def _may_differ(self, new: Part) -> bool:
        """Whether a version may answer an action otherwise than one that it is compared with."""
        return bool(self._may(new))

    def _may_bill(self, new: Part) -> bool:
        return BILL in self._may(new)

    def _may(self, new: Part) -> frozenset[str]:
        both, version = self.asking.both, new.program.version
        compared = [pair.old for pair in both.pairs if pair.new == version]
        return frozenset().union(*(both.differing_between(old, version, new.action.name).may for old in compared))

    def _are_compared(self, old: Part, new: Part) -> bool:
        versions = old.program.version, new.program.version
        return old.action.name == new.action.name and versions in [pair[:2] for pair in self.asking.both.pairs]


def _parts(database: DuckDBPyConnection, queries: Queries) -> list[Part]:
    """The types of action that rows have, in the versions that decide them, of those that have a query."""
    parts = (queries.part(program, type_) for program, type_ in queries.columns.found(database))
    return [part for part in parts if part is not None]


def _answer(database: DuckDBPyConnection, side: str, number: int, columns: Columns, part: Part, *, bills: bool) -> None:
    """Keep how those rows of a part come out of which SQL is sure, with what they are billed where that may differ."""
    import duckdb

    # What of one row can't be computed, though no check says so: all of them are the engine's then.
    with suppress(duckdb.DataError):
        database.execute(
            _CAME.format(
                side, number, "case when failing = 0 then bills end" if bills else "null", columns.announcing(part)
            )
        )


def _came(part: Part, failing: int, warned: int, outcome: int, ahead: bool) -> Came:
    if failing:
        return Came(part.rules(failing), announces=ahead)
    return Came((), part.rules(warned), part.outcome(outcome), announces=ahead)
