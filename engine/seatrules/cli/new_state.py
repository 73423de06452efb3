"""`seatrules new state`: makes the state of an account without typing all of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from ..diagnostics import echo
from ..engine import Engine
from ..errors import FileError, RequestError, unknown
from ..files import write_whole
from ..language.text import pointer, pointer_parts
from ..making.rows import maps_of, rows_of
from ..making.state import EntryRows, Made, Question, StateMaker, state_text, written
from ..program import Program
from ..render.problems import request_error_text
from ..suites import Sample, samples
from ..words import phrase
from .asking import Asking
from .common import Common, common_options, each_once, say, say_json, tell
from .exits import Exit
from .made import asked_for, asking_in, to_copy
from .usage import wrong_use


@click.command()
@click.argument("file", required=False, metavar="[FILE]")
@click.option(
    "--like", metavar="SAMPLE", help="The sample that it begins with, as `samples` lists them; else the first."
)
@click.option("--give", multiple=True, metavar="PLACE=VALUE", help="A value, as in `/as_of=2026-03-31`. Repeatable.")
@click.option("--csv", "rows", metavar="FILE", help="A file of rows, each an entry: a person, say.")
@click.option("--to", metavar="MAP", help="What its rows are; else the only map of the account with names of its own.")
@click.option("--key", metavar="COLUMN", help="The column of the names; else `id`, `name`, `email`, or the first.")
@click.option("--map", "mapped", multiple=True, metavar="COLUMN=PROPERTY", help="What a column is. Repeatable.")
@asked_for
@common_options(
    version="The version whose state it is; else the newest.",
    settings=None,
    language="The language of questions and answers.",
)
def state(
    common: Common,
    file: str | None,
    like: str | None,
    give: Sequence[str],
    rows: str | None,
    to: str | None,
    key: str | None,
    mapped: Sequence[str],
    yes: bool,
) -> Exit:
    """Make the state of an account.

    It begins with a sample of the policy's suites. What all samples have alike is taken, what varies in them is asked
    for, or taken where nobody answers; both is said, in the file too. Without FILE it is printed.
    """
    _require_free(file)
    asking, engine = asking_in(common.language, common.form, yes), common.load()
    program = common.program(engine)
    known = {each.name: each.state for each in _samples(common, engine, program)}
    if like is not None and like not in known:
        raise unknown("sample", like, known)
    begun = known.get(like) if like is not None else next(iter(known.values()), None)
    entries, unused = _rows(program, rows, to, key, each_once("--map", map(_pair, mapped)))
    today = max(str(datetime.now(UTC).date()), program.effective_from)
    given = each_once("--give", map(_pair, give))

    def make(answers: dict[str, str], change: Mapping[str, str]) -> Made:
        def ask(question: Question) -> Any:
            value = _answer(asking, question, today)
            answers[question.place] = written(value) or ""
            return value

        heard = ask if asking.is_heard else None
        maker = StateMaker(program, [*known.values()], begun, change, heard, entries, answers)
        made = maker.made()
        _require_right(engine, made, program.version)
        return made

    made = _until_right(asking, given, make)
    notes = [*_notes(asking, made), *asking.lines("unused_columns", unused)]
    text = state_text(made, program, [_comment(asking, made, engine, program)])
    if common.as_json:
        say_json(made.state)
        return Exit.OK
    if file is None:
        say(text.rstrip("\n"))
        tell("".join(f"{note}\n" for note in notes))
        return Exit.OK
    _require_free(file)  # somebody may have made it since it was asked
    write_whole(Path(file), text.encode())
    policy = ["--policy", common.policy] if common.policy else []
    say("\n".join([file, *notes, asking.say("next"), f"  {to_copy('can', '--state', file, *policy)}"]))
    return Exit.OK


def _require_free(file: str | None) -> None:
    if file is not None and Path(file).exists():
        raise FileError(file, phrase("name_taken"))


def _until_right(
    asking: Asking, given: Mapping[str, str], make: Callable[[dict[str, str], Mapping[str, str]], Made]
) -> Made:
    """A state that can be: at a terminal, what is wrong with it is told, and what is to be another value is asked.

    What is given for a place that is not there is told, and taken away.
    """
    answers, change = dict[str, str](), dict(given)
    while True:
        try:
            return make(answers, change)
        except RequestError as error:
            if not asking.is_heard:
                raise
            tell(request_error_text(error.spoken(asking.language), everything=False) + "\n")
            unknown_places = {each.path for each in error.problems if each.code == "unknown"}
            wrong = {place for place in change if f"/state{pointer(pointer_parts(place))}" in unknown_places}
            change = {place: value for place, value in change.items() if place not in wrong}
            if len(wrong) == len(error.problems):
                continue
            place, value = asking.value("ask_change", "--give PLACE=VALUE", None, _pair)
            change[place] = value


def _require_right(engine: Engine, made: Made, version: str) -> None:
    """Make sure that a state is one, and keeps the invariants.

    Raises:
        RequestError: it is not, or does not.
    """
    try:
        engine.validate(made.state, version=version)
    except RequestError as error:
        mend = phrase("mend_by_give")
        raise RequestError(each._replace(help=mend) if each.invariant else each for each in error.problems) from None


def _samples(common: Common, engine: Engine, program: Program) -> list[Sample]:
    """The samples that are states of a version; they are of the suites."""
    fitting = []
    for each in samples(common.folder_of_suites()):
        with suppress(RequestError):
            engine.validate(each.state, version=program.version)
            fitting.append(each)
    return fitting


def _rows(
    program: Program, file: str | None, to: str | None, key: str | None, mapped: Mapping[str, str]
) -> tuple[EntryRows | None, list[str]]:
    """The rows of a file for the map that they are of, and the columns that are not used."""
    if file is None:
        if to or key or mapped:
            option = "--to" if to else "--key" if key else "--map"
            raise wrong_use(phrase("option_only_with", option=option, other="--csv"))
        return None, []
    maps = maps_of(program.state)
    name = to.removeprefix("/") if to is not None else next(iter(maps)) if len(maps) == 1 else None
    if name is None:
        raise wrong_use(phrase("parameter_missing", name="`--to`"), allowed=[*maps])
    if name not in maps:
        raise wrong_use(phrase("no_map", name=echo(name)), allowed=[*maps])
    return rows_of(file, name, maps[name], mapped, key)


def _answer(asking: Asking, question: Question, day: str) -> Any:
    """What somebody at the terminal answers."""
    if question.description:
        tell(f"{question.description}\n")
    usual = day if question.place == "/as_of" else question.usual
    option, kind = f"--give {question.place}=VALUE", f" ({question.kind})" if question.kind else ""
    return asking.value("ask_value", option, None, question.read, usual, place=question.place, kind=kind)


def _notes(asking: Asking, made: Made) -> list[str]:
    """What was taken without being asked."""
    alike = [f"{place} = {value}" for place, value in made.alike.items()]
    usual = [f"{place} = {value}" for place, value in made.usual.items()]
    return [*asking.lines("taken_alike", alike), *asking.lines("taken_usual", usual)]


def _comment(asking: Asking, made: Made, engine: Engine, program: Program) -> str:
    """The same in the file, below what it is a state of."""
    lines = [asking.say("state_of", policy=program.name, version=_deciding(made, engine, program))]
    return " ".join(f"{line[:1].upper()}{line[1:]}." for line in [*lines, *_notes(asking, made)])


def _deciding(made: Made, engine: Engine, program: Program) -> str:
    """The version that decides on the day of a state, else the one whose state it is."""
    with suppress(RequestError):  # the day may be before the first
        return engine.program_for(made.state).version
    return program.version


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise wrong_use(phrase("no_pair", given=echo(text)))
    return name.strip(), value.strip()
