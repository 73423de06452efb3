"""`seatrules check`: dry-run one action, or a stream of requests."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import click

from ..decision.explain import decision_text
from ..diagnostics import FileError, RequestError
from ..documents import malformed, parse_json, read_data
from ..engine import Engine
from .common import Common, colour_wanted, common_options, say, say_json
from .exits import Exit

_COLOURS = {"allow": "green", "deny": "red", "undetermined": "yellow"}
_EXITS = {"allow": Exit.OK, "deny": Exit.DENIED, "undetermined": Exit.UNDETERMINED}


@click.command()
@click.option("--state", metavar="STATE", help="The account state: a YAML or JSON file, or `-`.")
@click.option("--action", metavar="ACTION", help="The proposed action: a YAML or JSON file, `-`, or JSON itself.")
@click.option("--partial", is_flag=True, help="Decide on what is given; say what is missing.")
@click.option("--requests", metavar="FILE", help='JSON lines {"state":..., "action":...}, or `-`; one decision a line.')
@common_options
def check(common: Common, state: str | None, action: str | None, partial: bool, requests: str | None) -> Exit:
    """Say whether an action is allowed, and why."""
    if requests is not None:
        if state is not None or action is not None:
            raise click.UsageError("`--requests` stands without `--state` and `--action`")
        return _check_requests(common, requests, partial=partial)
    if state is None or action is None:
        raise click.UsageError("give `--state` and `--action`, or `--requests`")
    if not state or not action:
        raise click.UsageError("`--state` and `--action` name a file, or `-`")
    if state == action == "-":
        raise click.UsageError("only one of `--state` and `--action` can be `-`")
    engine = common.load()
    language = common.speak(engine.languages)
    given_state = read_data(state)
    inline = action.lstrip()[:1] in ("{", "[")
    given_action = read_data("--action", action) if inline else read_data(action)
    if not partial:
        engine.validate(given_state, version=common.version)
    decision = engine.decide(given_action, given_state, version=common.version, partial=partial)
    if common.as_json:
        say_json(decision.as_dict(language))
    else:
        say(decision_text(decision, language, verdict=_coloured if colour_wanted() else None))
    return _EXITS[decision.decision]


def _coloured(decision: str, word: str) -> str:
    return click.style(word, fg=_COLOURS[decision], bold=True)


def _check_requests(common: Common, requests: str, *, partial: bool) -> Exit:
    engine = common.load()
    language = common.language and common.speak(engine.languages)
    code = Exit.OK
    for number, line in enumerate(_lines(requests), 1):
        try:
            answer = _answer(engine, line, common.version, language, partial=partial)
        except RequestError as error:
            answer, code = _numbered(error, number).as_dict(), Exit.BAD_REQUEST
        say(json.dumps(answer, ensure_ascii=False, separators=(",", ":")))
    return code


def _numbered(error: RequestError, number: int) -> RequestError:
    """The error of one line, which says what line it is where it has no path to name."""
    return RequestError(
        replace(problem, message=f"line {number}: {problem.message}") if problem.path == "" else problem
        for problem in error.problems
    )


def _answer(engine: Engine, line: bytes, version: str | None, language: str | None, *, partial: bool) -> dict[str, Any]:
    try:
        text = line.decode()
    except UnicodeDecodeError:
        raise RequestError([malformed("the line is not UTF-8")]) from None
    request = parse_json(text)
    if not isinstance(request, dict) or request.keys() != {"state", "action"}:
        raise RequestError([malformed("a request is an object with `state` and `action`")])
    if not partial:
        engine.validate(request["state"], version=version)
    return engine.decide(request["action"], request["state"], version=version, partial=partial).as_dict(language)


def _lines(where: str) -> Iterator[bytes]:
    if where == "-":
        yield from sys.stdin.buffer
        return
    try:
        with open(where, "rb") as file:  # noqa: PTH123
            yield from file
    except OSError as error:
        raise FileError(where, error.strerror or "can't be read") from error
