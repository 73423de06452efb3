"""`seatrules new policy`: makes a policy that is green at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from keyword import iskeyword
from pathlib import Path
from typing import Any

import click

from ..diagnostics import echo, suggested
from ..documents import read_data
from ..errors import FileError, RequestError, RequestProblem, UsageError
from ..language.days import is_date
from ..language.names import is_reserved
from ..making.policy import DEFAULT, KINDS, Plan, SampleGiven, Trait, from_properties, from_sample, policy_draft
from ..policy.kinds import NAME
from ..words import LANGUAGES, nearest_language, phrase
from .asking import Asking
from .common import local_tag
from .exits import Exit
from .made import a_day, a_text, asked_for, asking_in, identifier, make, to_copy
from .usage import wrong_use


@click.command()
@click.argument("name", metavar="NAME")
@click.option("--in", "where", metavar="DIR", default=".", help="The folder in which its folder is made.")
@click.option("--title", metavar="TEXT", help="What people call it.")
@click.option("--source", metavar="TEXT", help="What it is taken from: a page, terms, a contract.")
@click.option("--languages", metavar="L,L", help="Those of its texts, the first one's first.")
@click.option("--effective-from", "day", metavar="DATE", help="The day from which it decides; else today.")
@click.option("--from-state", metavar="FILE", help="A sample of an account, from which the schema is made.")
@click.option("--map", "maps", multiple=True, metavar="POINTER", help="What in it is a map of names. Repeatable.")
@click.option("--has", "has", multiple=True, metavar="NAME=KIND", help="What an account has. Repeatable.")
@click.option("--number", metavar="NAME", help="The number of the account that the first action raises.")
@click.option("--actor", metavar="NAME", help="The map of the account of which an entry is who asks: `members`.")
@click.option("--lang", "language", metavar="L", help="The language of questions and answers.")
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text", help="How answers are printed.")
@asked_for
def policy(
    name: str,
    where: str,
    title: str | None,
    source: str | None,
    languages: str | None,
    day: str | None,
    from_state: str | None,
    maps: Sequence[str],
    has: Sequence[str],
    number: str | None,
    actor: str | None,
    language: str | None,
    form: str,
    yes: bool,
) -> Exit:
    """Make a policy with an action, a rule and its cases.

    What an account has is taken from a sample (`--from-state`, JSON or YAML), or said by `--has`: `places=number`,
    `plan=free|paid`, and `members/active=yes-no` for each of several. A kind is number, text, date,
    yes-no, or words; behind a colon may stand what it means.
    """
    if has and from_state is not None:
        raise wrong_use(phrase("not_together", option="--has", other="--from-state"))
    asking, today = asking_in(language, form, yes), str(datetime.now(UTC).date())
    identifier(name)
    folder = Path(where, name)
    if folder.exists():
        raise FileError(str(folder), phrase("name_taken"))
    usual = name.replace("-", " ").replace("_", " ").capitalize()
    known = nearest_language(language or local_tag(), LANGUAGES) or "en"
    tongues = asking.value("ask_languages", "--languages L,L", languages, _languages, known)
    title = asking.value("ask_title", "--title TEXT", title, a_text, usual)
    source = asking.value("ask_source", "--source TEXT", source, a_text, title)
    sample = None if from_state is None else _sample(from_state)
    on = sample.get("as_of") if sample else None
    day = asking.value("ask_day", "--effective-from DATE", day, a_day, on if is_date(on) else today)
    given = _given(asking, sample, maps, [*map(_Traits(), has)], day)
    steps = _number(asking, given, number)
    of = (given.state, given.schema, steps, given.variants, _actor(asking, given, actor))
    plan = Plan(name, day, today, title, source, tongues, *of)
    notes = [*_notes(asking, given)]
    if tongues != ["en"]:
        notes.append(asking.say("to_translate", what=steps[-1].replace("_", " "), file=f"{folder}/{day}/actions.yaml"))
    after = [to_copy("test", folder, "--coverage"), to_copy("new", "rule", "ID", "--policy", folder)]
    return make(policy_draft(plan, folder), asking, form, notes, after)


def _notes(asking: Asking, given: SampleGiven) -> Iterator[str]:
    """What was made of a sample without being asked, and what may be meant otherwise."""
    yield from asking.lines("maps", [*given.maps])
    yield from asking.lines("added", [*given.added])
    for place in given.single:
        yield asking.say("one_object", place=place)
    for place, text in given.texts.items():
        yield asking.say("no_whole_number", place=place, text=text)


def _given(
    asking: Asking, sample: dict[str, Any] | None, maps: Sequence[str], has: Sequence[Trait], day: str
) -> SampleGiven:
    """What is known of the state of an account: from a sample, or from what is said of it."""
    if sample is not None:
        return from_sample(sample, day, maps)
    if not has and asking.is_heard:
        has = asking.each("ask_has", _Traits())
    return from_properties(has or DEFAULT, day)


def _sample(file: str) -> dict[str, Any]:
    value = read_data(file)
    if not isinstance(value, dict):
        raise RequestError([RequestProblem("wrong_type", phrase("sample_mapping"), "/state")])
    return value


def _number(asking: Asking, given: SampleGiven, number: str | None) -> tuple[str, ...]:
    """Where the number stands that the first action raises: asked for where there are several."""
    numbers = {".".join(each): each for each in given.numbers}

    def read(text: str) -> tuple[str, ...]:
        if text not in numbers:
            raise wrong_use(phrase("no_number", name=echo(text)), allowed=[*numbers])
        return numbers[text]

    first = next(iter(numbers))
    if number is None and len(numbers) == 1:
        return numbers[first]
    return asking.value("ask_number", "--number NAME", number, read, first, names=", ".join(numbers))


def _actor(asking: Asking, given: SampleGiven, actor: str | None) -> str | None:
    """The map of which an entry asks, where there is one and it is said."""

    def read(text: str) -> str | None:
        if text and text not in given.actors:
            raise wrong_use(phrase("no_map", name=echo(text)), allowed=given.actors)
        return text or None

    if actor is None and not given.actors:
        return None
    return asking.value("ask_actor", "--actor NAME", actor, read, "", names=", ".join(given.actors))


def _languages(text: str) -> list[str]:
    tags = [each.strip() for each in text.split(",")]
    for tag in tags:
        if tag not in LANGUAGES:
            raise UsageError("unknown-language", phrase("no_new_language", given=echo(tag)), allowed=LANGUAGES)
    return list(dict.fromkeys(tags))


class _Traits:
    """Reads what an account has, one after the other: no two of the same name."""

    def __init__(self) -> None:
        self._each: list[tuple[str, ...]] = []

    def __call__(self, text: str) -> Trait:
        """One more of them.

        Raises:
            UsageError: it is none, or there is one of its name.
        """
        each = _trait(text)
        inside_day = each.steps[:-1] == ("as_of",)
        if inside_day or any(each.steps[: len(one)] == one[: len(each.steps)] for one in self._each):
            raise wrong_use(phrase("property_twice", name=echo("/".join(each.steps))))
        self._each.append(each.steps)
        return each


def _trait(text: str) -> Trait:
    """What an account has: `NAME=KIND`, or `NAMES/NAME=KIND` for each of several, and behind a colon what it means."""
    name, _, rest = text.partition("=")
    kind, _, description = rest.partition(":")
    steps = tuple(name.strip().split("/"))
    if len(steps) > 2 or not all(re.match(str(NAME["pattern"]), step) for step in steps):
        raise wrong_use(phrase("no_property_name", given=echo(text)))
    if is_reserved(steps[0]) or any(map(iskeyword, steps)):
        raise wrong_use(phrase("reserved_name", name=echo(name.strip())))
    if kind.strip() not in KINDS and "|" not in kind:
        raise wrong_use(
            phrase("no_kind", given=echo(kind), name=echo(name)), allowed=KINDS, suggestion=suggested(kind, KINDS)
        )
    return Trait(steps, "|".join(word.strip() for word in kind.split("|")), description.strip())
