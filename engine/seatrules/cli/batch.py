"""`seatrules batch`: decide every row of a file."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Any

import click

from ..errors import UsageError
from ..version import __version__
from ..words import phrase
from .columns import action_for_all, rows_of
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
from .notes import note, tell_decided
from .progress import counted
from .usage import wrong_use

if TYPE_CHECKING:
    from ..batch.deciding import Chunk, Decider, RowDecider
    from ..batch.fast import SqlDecider
    from ..batch.input import Input
    from ..batch.parts import Counts, Parts
    from ..batch.turning import TurnDecider
    from ..batch.writing import Decided, Output, OutputColumns
    from ..spark.files import Job


@click.command()
@click.argument("requests", metavar="IN")
@click.option("-o", "--out", required=True, metavar="OUT", help="The file to write: .jsonl, .csv or .parquet.")
@click.option("--action", metavar="ACTION", help="One action for all rows: a YAML or JSON file, `-`, or JSON itself.")
@click.option("--explain", type=click.Choice(["denied"]), help="Say what the reasons of denials say: `messages`.")
@click.option("--prefix", default="", metavar="P", help="How the names of the new columns begin.")
@click.option(
    "--engine",
    "way",
    type=click.Choice(["duckdb", "rows", "spark"]),
    help="Decide by SQL in DuckDB, row by row, or in Spark; else as it fits.",
)
@click.option("--when", type=click.IntRange(1, 999), metavar="N", help="Say on which of the next N days it turns.")
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
    way: str | None,
    when: int | None,
    jobs: int | None,
    resume: bool,
    force: bool,
) -> Exit:
    """Decide every row of a file.

    IN has a request in each row: lines of JSON, CSV or Parquet. OUT has the same rows, each with its answer.

    No invariant is asked. OUT is there once it is whole.
    """
    if resume and force:
        raise wrong_use(phrase("options_apart", option="--resume", others="`--force`"))
    if when is not None and way in ("duckdb", "spark"):
        raise wrong_use(phrase("options_apart", option="--when", others=f"`--engine {way}`"))
    if jobs is not None and way == "spark":
        raise wrong_use(phrase("options_apart", option="--jobs", others="`--engine spark`"))
    from ..batch.writing import OutputColumns, output
    from ..extras import require

    require("pyarrow", extra="batch")
    source = rows_of(requests)
    columns = OutputColumns(source, messages=explain is not None, prefix=prefix, turns=when is not None)
    written = output(out, columns)
    _check_names(source, out, columns)
    decider = _decider(common, source, None if action is None else action_for_all(action), messages=columns.messages)
    job = _by_spark(source, decider) if way == "spark" else None
    fast = None if job or when is not None else _by_sql(source, decider, way)
    plain = fast or (decider if when is None else _turning(decider, when))
    parts = _parts(common, source, columns, decider, out, [(job or plain).rows_at_once, when])
    with parts.begun(resume=resume, force=force):
        answered = job.answered(parts.folder) if job else None
        counts = _run(common, source, written, parts, answered or plain, jobs)
        if fast is not None:
            tell_decided(common, fast.by_sql, fast.left, fast.queries.reasons)
        if answered is not None:
            tell_decided(common, answered.by_sql, answered.left, answered.reasons, sql="Spark")
        return _ended(common, counts)


def _turning(decider: RowDecider, days: int) -> TurnDecider:
    from ..batch.turning import TurnDecider

    return TurnDecider(decider, days)


def _by_sql(source: Input, decider: RowDecider, way: str | None) -> SqlDecider | None:
    """What decides the rows by SQL, where that is asked for, or there are many and it can.

    Raises:
        UsageError: it is asked for, and can't.
    """
    from ..batch.parquet_rows import Parquet
    from ..batch.queries import MANY
    from ..extras import require

    if way == "rows" or (way is None and (source.rows < MANY or decider.engine.evaluator != "compiled")):
        return None
    try:
        require("duckdb", "sqlglot", extra="batch")
    except UsageError:
        if way is None:
            return None
        raise
    from ..batch.fast import SqlDecider
    from ..sql.terms import NoSqlError

    try:
        return SqlDecider.of(decider, source.schema, source.where if isinstance(source, Parquet) else None)
    except NoSqlError as error:
        if way is None:
            return None
        raise wrong_use(phrase("no_duckdb", reason=error.what), suggestion=phrase("leave_to_rows")) from None


def _by_spark(source: Input, decider: RowDecider) -> Job:
    """What decides the rows by Spark.

    Raises:
        UsageError: it can't.
    """
    from ..batch.parquet_rows import Parquet
    from ..extras import require
    from ..spark.tables import LIBRARIES

    require(*LIBRARIES, extra="spark")
    from ..spark.files import Job

    if not isinstance(source, Parquet):
        raise wrong_use(phrase("spark_reads_parquet"), suggestion=phrase("leave_out_engine"))
    return Job.of(decider, source.schema, source.where)


def _decider(common: Common, source: Input, action: Mapping[str, Any] | None, *, messages: bool) -> RowDecider:
    """What decides the rows.

    Raises:
        RequestError: no row can be decided, for want of a column or for its type.
        UsageError: the columns say what the policy does not have.
    """
    from ..batch.deciding import RowDecider
    from ..batch.layout import Layout
    from ..batch.needs import require_needed

    engine = common.load()
    language = common.language and common.speak(engine.languages)
    programs = [engine.program_for(None, common.version)] if common.version else list(engine.programs.values())
    source.check(programs)
    if source.as_lines:
        layout = Layout(tuple(programs), action=action, as_lines=True)
    else:
        layout = Layout.of(source.columns, programs, action)
        if source.rows:
            require_needed(layout, source.schema)
    return RowDecider(engine, layout, common.version, language, common.audience, messages=messages)


def _parts(
    common: Common, source: Input, columns: OutputColumns, decider: RowDecider, out: str, how: list[Any]
) -> Parts:
    """The parts of the output, with what has to be the same for a run to go on."""
    from ..batch.parts import Parts
    from ..batch.run import PART, fingerprint

    options = [common.version, decider.language, common.audience, *columns.own, out, *how, *PART]
    run = {
        "program": __version__,
        "policy": [each.policy.as_dict() for each in decider.layout.programs],
        "options": options,
        "action": decider.layout.action,
        "input": fingerprint(source),
    }
    return Parts(out, run)


def _run(common: Common, source: Input, written: Output, parts: Parts, decider: Decider, jobs: int | None) -> Counts:
    """Decide all rows that are left."""
    from ..batch import turning
    from ..batch.fast import SqlDecider
    from ..batch.queries import MANY
    from ..batch.run import run

    for file, count in source.prepare(parts.folder):
        note(common, phrase("rows_left_out", file=file, count=count))
    many = turning.MANY if isinstance(decider, turning.TurnDecider) else MANY
    processes = jobs or ((os.cpu_count() or 1) if source.rows >= many else 1)
    several = 1 if isinstance(decider, SqlDecider) else processes
    left = source.rows - parts.counts.rows
    return run(
        source,
        written,
        parts,
        decider,
        lambda decider, chunks: counted(_spread(decider, chunks, several), total=left, count=_length),
    )


def _check_names(source: Input, out: str, columns: OutputColumns) -> None:
    """Check that the output is not the input, and has no two columns of one name.

    Raises:
        UsageError: it is, or it has.
    """
    if os.path.realpath(out) in map(os.path.realpath, source.files):
        raise wrong_use(phrase("output_is_input"))
    taken = source.has_one_of(columns.own)
    if taken is not None:
        raise wrong_use(phrase("column_taken", name=taken), suggestion=phrase("give_prefix", option="--prefix"))


def _spread(decider: Decider, chunks: Iterable[Chunk], jobs: int) -> Iterator[Decided]:
    """Each chunk with its answers, in order; with several jobs each is decided in one of so many processes."""
    if jobs == 1:
        for chunk in chunks:
            yield chunk, decider.decide(chunk.table, chunk.first_row)
        return
    from ..batch.deciding import DecidingChunks
    from .processes import in_turn

    done = 0
    try:
        for chunk, answers in in_turn(DecidingChunks(decider), chunks, jobs):
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
        counted = phrase("batch_counts", rows=rows, allowed=allowed, denied=denied, bad=bad)
        tell(f"{counted.text(language)}\n")
        if not counts.rows:
            note(common, phrase("no_rows"))
    return Exit.BAD_REQUEST if counts.bad else Exit.OK
