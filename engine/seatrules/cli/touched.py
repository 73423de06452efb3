"""What `diff` is given to say whom a change touches: requests, accounts and records, read one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..analysis.diff.asking import BothAsked
from ..analysis.diff.given import Where
from ..decision.request import parts_of_request
from ..diagnostics import echo
from ..documents import read_data
from ..errors import FileError, PolicyError, RequestError, UsageError
from ..files import reading, scratch_folder
from ..language.days import is_date
from ..lines import numbered_lines, value_of
from ..words import phrase
from .columns import action_for_all, rows_of
from .progress import counted
from .usage import options_named, wrong_use

if TYPE_CHECKING:
    from ..batch.comparing import Comparing

_OF_ONE = (".json", ".yaml", ".yml")
"""What the name of a file ends in that holds one state."""
_OF_LINES = ".jsonl"
_OF_COLUMNS = (".csv", ".parquet", ".yaml", ".yml")
Read = tuple[Where, Callable[[], Any]]
"""Where something is given, and what reads it."""


class Sources(NamedTuple):
    """The files that are named for it, and how much of each is asked at most."""

    requests: str | None = None
    states: str | None = None
    records: str | None = None
    limit: int | None = None
    action: str | None = None

    @classmethod
    def named(
        cls, requests: str | None, states: str | None, records: str | None, limit: int | None, action: str | None
    ) -> Sources:
        """What the options name.

        Raises:
            UsageError: two of them are standard input, or an action is named for lines that have their own.
        """
        if [requests, states, records].count("-") > 1:
            raise wrong_use(phrase("one_is_stdin", options=options_named("--requests", "--states", "--records")))
        sources = cls(requests, states, records, limit, action)
        if action is not None and not sources._has_columns:
            raise wrong_use(phrase("option_only_with", option="--action", other="--requests F.parquet"))
        return sources

    @property
    def are_given(self) -> bool:
        """Whether there is something to ask."""
        return (self.requests, self.states, self.records) != (None, None, None)

    def check(self) -> None:
        """Make sure that each can be read, before what takes long; standard input can be read but once.

        Raises:
            FileError: a file or folder can't be read.
            UsageError: what reads columns is not installed.
        """
        if self._has_columns:
            rows_of(str(self.requests))
        lines = None if self._has_columns else self.requests
        for named, reads in ((lines, _lines), (self.states, _states), (self.records, _lines)):
            if named is not None and named != "-":
                next(reads(named), None)

    @property
    def _has_columns(self) -> bool:
        """Whether the requests are in a file of columns; else they are lines of JSON."""
        return self.requests is not None and Path(self.requests).suffix.lower() in _OF_COLUMNS

    def comparing(self, asking: BothAsked) -> Comparing | None:
        """What asks for the rows of requests in columns; nothing where they are in lines.

        Raises:
            FileError: the file can't be read.
            RequestError: no row can be asked for, for want of a column or for its type.
            UsageError: the columns say what neither policy has.
        """
        if not self._has_columns:
            return None
        from ..batch.comparing import Comparing

        action = None if self.action is None else action_for_all(self.action)
        return Comparing.of(asking, rows_of(str(self.requests)), action)

    def ask(self, asking: BothAsked, comparing: Comparing | None = None) -> None:
        """Ask all that they hold; what is none is kept as that, and the rest is asked.

        Raises:
            FileError: a file or folder can't be read.
        """
        if comparing is not None:
            self._ask_rows(comparing)
        elif self.requests is not None:
            self._ask(_lines(self.requests), lambda where, it: asking.request(where, *parts_of_request(it)), asking)
        if self.states is not None:
            self._ask(_states(self.states), asking.account, asking)
        if self.records is not None:
            self._ask(_lines(self.records), asking.record, asking)

    def _ask_rows(self, comparing: Comparing) -> None:
        with scratch_folder() as folder:
            comparing.source.prepare(folder)
            self._ask_chunks(comparing)

    def _ask_chunks(self, comparing: Comparing) -> None:
        source, asked = comparing.source, 0
        most = source.rows if self.limit is None else min(self.limit, source.rows)
        chunks = source.chunks(0, comparing.rows_at_once)
        for chunk in counted(chunks, total=most, count=lambda chunk: len(chunk.table)):
            if asked == most:
                break
            table = chunk.table.slice(0, most - asked)
            comparing.ask(chunk._replace(table=table))
            asked += len(table)
        comparing.asking.touched.left_out += source.rows - asked

    def _ask(self, reads: Iterator[Read], ask: Callable[[Where, Any], object], asking: BothAsked) -> None:
        for number, (where, read) in enumerate(counted(reads)):
            if self.limit is not None and number >= self.limit:
                asking.touched.left_out += 1
                continue
            try:
                ask(where, read())
            except (FileError, PolicyError, RequestError, UsageError) as error:
                asking.touched.refuse(where, error)


def days_named(on: str | None, between: tuple[str, str] | None, sources: Sources) -> tuple[str, str] | None:
    """The first and the last day of which it is asked whose answer turns on it.

    Raises:
        UsageError: they are no days, or none in order, or nobody is named whose answer it would be.
    """
    if on is None and between is None:
        return None
    if on is not None and between is not None:
        raise wrong_use(phrase("options_apart", option="--on", others="`--between`"))
    option = "--on" if between is None else "--between"
    if sources.requests is None and sources.states is None:
        raise wrong_use(phrase("option_only_with", option=option, other="--states"))
    days = between or (str(on), str(on))
    for day in days:
        if not is_date(day):
            raise wrong_use(phrase("takes_days", option=option, given=echo(day)))
    if days[0] > days[1]:
        raise wrong_use(phrase("days_out_of_order", first=days[0], last=days[1]))
    return days


def _lines(named: str) -> Iterator[Read]:
    for number, line in numbered_lines(named):
        yield Where(named, number), partial(value_of, line)


def _states(named: str) -> Iterator[Read]:
    """The states of a folder, each in a file or a line, or those of a file of lines."""
    if Path(named).is_dir():
        with reading(named):
            files = sorted(each for each in Path(named).rglob("*") if each.suffix.lower() in (*_OF_ONE, _OF_LINES))
        if not files:
            raise FileError(named, phrase("holds_no_state"))
        yield from chain.from_iterable(map(_states, map(str, files)))
    elif named.lower().endswith(_OF_ONE):
        yield Where(named), partial(read_data, named)
    else:
        yield from _lines(named)
