"""What the commands share: their options, and how answers and errors are printed."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import wraps
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

import click

from ..bugs import BugError
from ..diagnostics import echo, printable
from ..documents import Document, read_document
from ..engine import Engine, load
from ..errors import (
    AUDIENCES,
    SUPPORT,
    Audience,
    EndlessEventError,
    FileError,
    PolicyError,
    RequestError,
    RequestProblem,
    SeatrulesError,
    SpokenError,
    SuiteError,
    UsageError,
    error_object,
    known_audience,
    raise_problems,
)
from ..evaluators import EvaluatorName
from ..files import scratch_folder
from ..policy.locate import Place, attached_unpacked, find, is_zip
from ..program import Program, spoken
from ..render.problems import problems_text, request_error_text
from ..render.review import REVIEW, Remark
from ..render.wide import WIDE, Wide
from ..render.wrapping import wrapped
from ..words import LANGUAGES, nearest_language, phrase
from .exits import Exit
from .progress import apart, line_beside, shown
from .usage import wrong_use

_COLOURS = {"allow": "green", "deny": "red", "error": "yellow", "undetermined": "yellow"}
Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Common:
    """The options that every command has."""

    policy: str | None
    extensions: tuple[str, ...]
    version: str | None
    settings: Mapping[str, Any]
    language: str | None
    as_json: bool
    everything: bool
    form: str = "text"
    evaluator: EvaluatorName = "compiled"
    audience: Audience = SUPPORT
    languages: list[str] = field(default_factory=list)
    """Those of the policy, once it is loaded."""

    def load(self) -> Engine:
        engine = load(self.policy, settings=self.settings, evaluator=self.evaluator, extensions=self.extensions)
        self.languages[:] = engine.languages
        return engine

    def place(self) -> Place:
        """Where the policy lies, with its extensions."""
        return find(self.policy, self.extensions)

    def folder_of_suites(self) -> Path:
        """The folder below which the policy's suites lie; what lies in a zip or a package is unpacked for them."""
        return unpacked(self.place()).folder_of_suites()

    def program(self, engine: Engine) -> Program:
        """The version that is asked for, else the newest."""
        return engine.program_for(None, self.version or list(engine.programs)[-1])

    def speak(self, languages: tuple[str, ...]) -> str:
        """The language of the answer: the one asked for, the locale's in text, the policy's first otherwise."""
        if self.language is not None:
            return spoken(self.language, languages)
        return (None if self.as_json else nearest_language(local_tag(), languages)) or languages[0]


def require_named_once(named: object, common: Common) -> None:
    """Make sure that a command that takes a policy as POLICY too is not given another one by `--policy`.

    Raises:
        UsageError: it is.
    """
    if named and common.policy is not None:
        raise wrong_use(phrase("policy_twice"))


def unpacked(place: Place) -> Place:
    """The policy in a folder: one that a zip or a package holds is unpacked, for as long as the command is at work.

    Raises:
        PolicyError: the header of its only version has no name for a folder.
        FileError: its files can't be read or written.
    """
    if place.held is None:
        return place
    if not place.may_be_unpacked:
        from ..loading import read_versions  # slow to import, and asked for only where something is wrong

        read_versions(place)[1].raise_errors()
    return place.unpacked(click.get_current_context().with_resource(scratch_folder(place.name)))


def error_language(asked_for: str | None, *, as_json: bool) -> str:
    """The language of an error that is of no request: the one asked for, the locale's in text, English otherwise."""
    return asked_for or ("en" if as_json else local_tag())


def local_tag() -> str:
    """The language of the locale."""
    local = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return local.partition(".")[0].partition("@")[0]


def common_options(
    *,
    policy: str = "A shipped policy, a policy's folder or a version's folder.",
    version: str | None,
    settings: str | None = "Choose a setting. Repeatable.",
    extension: str | None = "What is added to the policy. Repeatable.",
    language: str = "The language of the answer.",
    forms: Sequence[str] = ("text", "json"),
) -> Callable[[Command], Command]:
    """Add the options that every command has, with what they mean to it; it gets them as one `common`.

    One that is None means nothing to it: it does not have that.
    """
    every = (
        click.option("--all", "everything", is_flag=True, help="Show all, not only the first."),
        click.option("--format", type=click.Choice(forms), default="text", help="How answers are printed."),
        click.option("--lang", "language", metavar="L", help=language),
        settings and click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help=settings),
        version and click.option("--version", metavar="V", help=version),
        extension and click.option("--extension", "extensions", multiple=True, metavar="DIR", help=extension),
        click.option("--policy", metavar="NAME|DIR", help=policy),
    )

    def decorate(command: Command) -> Command:
        decorated: Any = _with_common(command)
        for option in every:
            if option:
                decorated = option(decorated)
        return decorated  # type: ignore[no-any-return]

    return decorate


def no_invariants(command: Command) -> Command:
    """Add the option to go on with a state that breaks invariants; the command gets `invariants`."""
    text = "Do not ask whether the state keeps the policy's invariants."
    option = click.option("--no-invariants", "invariants", is_flag=True, flag_value=False, default=True, help=text)
    return option(command)


def for_audience(command: Command) -> Command:
    """Add the option that says who reads the answer; the command gets it in `common`, and so do errors of requests."""
    text = "Who reads it: a customer is told in prose, a user sees no names or counts."

    @wraps(command)
    def told(common: Common, audience: str, **options: Any) -> Any:
        try:
            return command(common=replace(common, audience=known_audience(audience)), **options)
        except (EndlessEventError, RequestError) as error:
            raise error.seen_by(audience) from None

    return click.option("--audience", metavar="|".join(AUDIENCES), default=SUPPORT, help=text)(told)  # type: ignore[return-value]


def _with_common(command: Command) -> Callable[..., Any]:
    @wraps(command)
    def wrapped(**options: Any) -> Any:
        form = options.pop("format")
        common = Common(
            policy=options.pop("policy"),
            extensions=tuple(map(_in_a_folder, options.pop("extensions", ()))),
            version=options.pop("version", None),
            settings=each_once("--set", map(_setting, options.pop("settings", ()))),
            language=options.pop("language"),
            as_json=form == "json",
            everything=options.pop("everything"),
            form=form,
        )
        try:
            with shown(click.get_current_context().command_path.partition(" ")[2]):
                return command(common=common, **options)
        except RequestError as error:
            raise error.spoken(common.speak(tuple(common.languages) or LANGUAGES)) from None

    return wrapped


def _in_a_folder(extension: str) -> str:
    """An extension's folder: one that a zip holds is unpacked, for as long as the command is at work."""
    if not is_zip(Path(extension)):
        return extension
    folder = click.get_current_context().with_resource(scratch_folder(str(Path(extension).parent)))
    return str(attached_unpacked(Path(extension), folder).path)


def each_once(option: str, pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """What an option that may be repeated gives, by names: each once.

    Raises:
        UsageError: it gives something for one name twice.
    """
    given = dict[str, Any]()
    for name, value in pairs:
        if name in given:
            raise wrong_use(phrase("name_given_twice", option=option, name=echo(name)))
        given[name] = value
    return given


def _setting(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise wrong_use(phrase("set_takes", given=echo(text)))
    return name, {"true": True, "false": False}.get(value, value)


def read_both(state: str, option: str, given: str) -> tuple[Document, Document]:
    """The state, and what an option gives: in a file, on standard input (`-`), or as JSON on the command line itself.

    Raises:
        RequestError: with everything that keeps either from being read.
        FileError: a file can't be read.
    """
    is_json_itself = given.lstrip()[:1] in ("{", "[")
    documents, problems = list[Document](), list[RequestProblem]()
    for where, text in ((state, None), (option, given) if is_json_itself else (given, None)):
        try:
            documents.append(read_document(where, text))
        except RequestError as error:
            problems += error.problems
    raise_problems(problems)
    return documents[0], documents[1]


def colour_wanted() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def coloured(decision: str, word: str) -> str:
    """The word for a decision, in its colour."""
    return click.style(word, fg=_COLOURS[decision], bold=True)


def wide_terminal() -> Wide | None:
    """The terminal, where it is wide enough for tables, shows colours, and what lays them out is installed."""
    columns, encoding = shutil.get_terminal_size().columns, (sys.stdout.encoding or "").lower()
    if not colour_wanted() or columns < WIDE or not encoding.startswith("utf") or find_spec("rich") is None:
        return None
    return Wide(columns)


class OutputClosedError(Exception):
    """Nobody reads standard output any more. (A naked `BrokenPipeError` click would turn into exit code 1.)"""


class ProcessEndedError(SpokenError):
    """A process that was to answer was ended from outside."""


def say_in_words(text: str) -> None:
    """Print what people read; to a terminal in lines no wider than it is."""
    say(wrapped(text, shutil.get_terminal_size().columns) if sys.stdout.isatty() else text)


def say(text: str) -> None:
    """Print a result as it is: data, code, and what is underlined."""
    printer()(text)


def printer() -> Callable[[str], None]:
    """What prints results, one after the other, as `say` does."""
    progress, write = line_beside(sys.stdout), sys.stdout.write

    def print_(text: str) -> None:
        try:
            if progress is None:
                write(text + "\n")
                return
            with progress.apart():
                write(text + "\n")
        except BrokenPipeError:
            raise OutputClosedError from None

    return print_


def say_json(value: Any) -> None:
    say(json.dumps(value, ensure_ascii=False, indent=2))


def say_review(remarks: Iterable[Remark], common: Common, command: str) -> None:
    """Print remarks in the form for reviews that is asked for."""
    if text := REVIEW[common.form](remarks, command):
        say(text)


def tell(text: str) -> None:
    """Write a text to standard error; where that can't be written, the exit code alone says what is wrong."""
    with suppress(OSError), apart(sys.stderr):
        sys.stderr.write(text)
        sys.stderr.flush()


def complain(error: SeatrulesError, *, as_json: bool, everything: bool) -> Exit:
    """Print an error to standard error; the exit code that it means."""
    if as_json:
        text = json.dumps(error_data(error), ensure_ascii=False)
        tell((text if text.isprintable() else json.dumps(error_data(error))) + "\n")
        return _exit_for(error)
    match error:
        case PolicyError() | SuiteError():
            text = problems_text(error.problems, everything=everything)
        case RequestError():
            text = request_error_text(error, everything=everything)
        case UsageError():
            text = f"error[{error.code}]: {printable(error.message)}" + (
                f"\n  help: {printable(error.suggestion)}" if error.suggestion else ""
            )
        case _:
            text = f"error: {printable(str(error))}"
    tell(text + "\n")
    return _exit_for(error)


def error_data(error: SeatrulesError) -> dict[str, Any]:
    """An error as the object that `--format json` prints."""
    match error:
        case RequestError() | PolicyError() | SuiteError():
            return error.as_dict()
        case UsageError():
            return error_object(error.code, error.message, allowed=error.allowed, suggestion=error.suggestion)
        case FileError():
            return error_object(error.code, str(error))
        case BugError():
            return error_object(error.code, error.message, suggestion=error.suggestion)
        case ProcessEndedError():
            return error_object("process-ended", str(error))
    return error_object("error", str(error))


def _exit_for(error: SeatrulesError) -> Exit:
    match error:
        case PolicyError():
            return Exit.BAD_POLICY
        case RequestError() | SuiteError():
            return Exit.BAD_REQUEST
        case FileError():
            return Exit.FILE
        case BugError() | ProcessEndedError():
            return Exit.BUG
    return Exit.USAGE
