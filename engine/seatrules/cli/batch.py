"""`seatrules batch`: decide every row of a file."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..documents import read_data
from ..errors import RequestError
from ..files import reading
from ..json_text import malformed
from ..version import __version__
from ..words import Phrase, phrase
from .common import (
    Common,
    ProcessEndedError,
    common_options,
    error_language,
    for_audience,
    say_json,
    tell,
)
from .exits import Exit
from .progress import counted
from .usage import wrong_use

if TYPE_CHECKING:
    from ..batch.deciding import Chunk, Decider
    from ..batch.parts import Counts
    from ..batch.reading import Input
    from ..batch.writing import Columns, Decided

_MANY = 20_000
"""From how many rows on several processes are worth their start."""


@click.command()
@click.argument("requests", metavar="IN")
@click.option("-o", "--out", required=True, metavar="OUT", help="The file to write: .jsonl, .csv or .parquet.")
@click.option("--action", metavar="ACTION", help="One action for all rows: a YAML or JSON file, `-`, or JSON itself.")
@click.option("--explain", type=click.Choice(["denied"]), help="Say what the reasons of denials say: `messages`.")
@click.option("--prefix", default="", metavar="P", help="How the names of the new columns begin.")
@click.option("--jobs", type=click.IntRange(1, 256), metavar="N", help="Decide in N processes.")
@click.option("--resume", is_flag=True, help="Go on with a run that was ended.")
@click.option("--force", is_flag=True, help="Take the place of what is there.")
@common_options(version="The version that decides every row; else the one in force on its `as_of`.")
@for_audience
def batch(
    common: Common,
    requests: str,
    out: str,
    action: str | None,
    explain: str | None,
    prefix: str,
    jobs: int | None,
    resume: bool,
    force: bool,
) -> Exit:
    """Decide every row of a file.

    IN has a request in each row: lines of JSON, CSV or Parquet. OUT has the same rows, each with its answer.

    No invariant is asked. OUT is there once it is whole.
    """
    from ..batch import run as running
    from ..batch.deciding import RowDecider
    from ..batch.layout import Layout
    from ..batch.needs import require_needed
    from ..batch.parts import Parts
    from ..batch.reading import require_libraries
    from ..batch.writing import Columns, output

    if resume and force:
        raise wrong_use(phrase("options_apart", option="--resume", others="`--force`"))
    require_libraries("pyarrow")
    source = _source(requests)
    columns = Columns(source, messages=explain is not None, prefix=prefix)
    written = output(out, columns)
    _check_names(source, out, columns)
    engine = common.load()
    language = common.language and common.speak(engine.languages)
    programs = [engine.program_for(None, common.version)] if common.version else list(engine.programs.values())
    source.check(programs)
    given = None if action is None else _action(action)
    layout = (
        Layout(tuple(programs), action=given, as_lines=True)
        if source.as_lines
        else Layout.of(source.columns, programs, given)
    )
    decider = RowDecider(engine, layout, common.version, language, common.audience, messages=explain is not None)
    options = [common.version, language, common.audience, explain, prefix, out, decider.rows_at_once, *running.PART]
    parts = Parts(
        out,
        {
            "program": __version__,
            "policy": [each.policy.as_dict() for each in programs],
            "options": options,
            "action": given,
            "input": [_fingerprint(each) for each in source.files],
        },
    )
    rows = source.rows
    if rows and not source.as_lines:
        require_needed(layout, source.schema)

    def spread(decider: Decider, chunks: Iterable[Chunk]) -> Iterator[Decided]:
        return counted(_spread(decider, chunks, _jobs(jobs, rows)), total=rows - parts.counts.rows, count=_length)

    with parts.begun(resume=resume, force=force):
        for file, count in source.prepare(parts.folder) if rows else ():
            _note(common, phrase("rows_left_out", file=file, count=count))
        counts = running.run(source, written, parts, decider, spread)
    return _ended(common, counts)


def _source(where: str) -> Input:
    """The file of rows that is named, or that a mapping file describes.

    Raises:
        RequestError: the mapping file is none, or names columns that are not there.
        FileError: a file can't be read.
    """
    from ..batch.reading import opened, require_libraries

    if not where.lower().endswith((".yaml", ".yml")):
        return opened(where)
    require_libraries("duckdb")
    from ..batch.gathering import Gathered
    from ..batch.mapping import read_mapping

    return Gathered(read_mapping(where))


def _note(common: Common, what: Phrase) -> None:
    """Say something on the side."""
    tell(f"note: {what.text(error_language(common.language, as_json=common.as_json))}\n")


def _action(given: str) -> Mapping[str, Any]:
    """The action that all rows have."""
    is_json_itself = given.lstrip()[:1] == "{"
    value = read_data("--action", given) if is_json_itself else read_data(given)
    if not isinstance(value, dict):
        raise RequestError([malformed(phrase("action_no_mapping"))])
    return value


def _check_names(source: Input, out: str, columns: Columns) -> None:
    """Check that the output is not the input, and has no two columns of one name.

    Raises:
        UsageError: it is, or it has.
    """
    if os.path.realpath(out) in map(os.path.realpath, source.files):
        raise wrong_use(phrase("output_is_input"))
    taken = source.has_one_of(columns.own)
    if taken is not None:
        raise wrong_use(phrase("column_taken", name=taken), suggestion=phrase("give_prefix"))


def _fingerprint(where: str) -> list[Any]:
    """By what a file is known to be the same."""
    with reading(where):
        status = Path(where).stat()
    return [os.path.realpath(where), status.st_size, status.st_mtime_ns]


def _jobs(given: int | None, rows: int) -> int:
    return given or ((os.cpu_count() or 1) if rows >= _MANY else 1)


def _spread(decider: Decider, chunks: Iterable[Chunk], jobs: int) -> Iterator[Decided]:
    """Each chunk with its answers, in order; with several jobs each is decided in one of so many processes."""
    if jobs == 1:
        for chunk in chunks:
            yield chunk, decider.decide(chunk.table, chunk.first_row)
        return
    from ..batch.deciding import Deciding
    from .processes import in_turn

    done = 0
    try:
        for chunk, answers in in_turn(Deciding(decider), chunks, jobs):
            yield chunk, answers
            done = chunk.first_row + len(answers) - 1
    except BrokenProcessPool:
        raise ProcessEndedError(phrase("decider_ended", row=done)) from None


def _length(decided: Decided) -> int:
    return len(decided[1])


def _ended(common: Common, counts: Counts) -> Exit:
    """The exit code, after saying what became of the rows."""
    if common.as_json:
        say_json(counts._asdict())
    else:
        language = error_language(common.language, as_json=False)
        rows, allowed, denied, bad = counts
        told = phrase("batch_counts", rows=rows, allowed=allowed, denied=denied, bad=bad)
        tell(f"{told.text(language)}\n")
        if not counts.rows:
            _note(common, phrase("no_rows"))
    return Exit.BAD_REQUEST if counts.bad else Exit.OK
