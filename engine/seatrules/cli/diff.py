"""`seatrules diff`: what a change of a policy does, before it is in force."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import click

from ..analysis.diff.asking import BothAsked
from ..analysis.diff.compare import ALLOWED, Comparison, written_in
from ..analysis.diff.meaning import SAME, SECONDS, Meaning, MeaningSearch
from ..analysis.diff.sides import two_sides
from ..errors import unknown
from ..render.diff import (
    declared_text,
    diff_data,
    diff_remarks,
    meaning_text,
    same_text,
    written_text,
)
from ..render.diff_page import diff_page
from ..render.diff_touched import touched_text
from ..render.review import REVIEW
from .common import Common, common_options, say, say_json, say_review
from .exits import Exit
from .notes import tell_decided
from .pages import require_pages
from .progress import counted
from .touched import Sources, days_named

_OF_ONE = "What the {side} policy alone is read with. Repeatable."


@click.command()
@click.argument("old")
@click.argument("new")
@click.option("--old-extension", "old_extensions", multiple=True, metavar="DIR", help=_OF_ONE.format(side="old"))
@click.option("--new-extension", "new_extensions", multiple=True, metavar="DIR", help=_OF_ONE.format(side="new"))
@click.option("--states", metavar="DIR|F.jsonl", help="Accounts: all that can be asked on them is asked of both.")
@click.option("--requests", metavar="F.jsonl|F.parquet", help="Requests that both are asked.")
@click.option("--action", metavar="ACTION", help="One action for all rows of requests in columns.")
@click.option("--records", metavar="F.jsonl", help="Kept records of decisions, of which both are asked again.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Ask at most the first N of each of these.")
@click.option("--on", metavar="DATE", help="Say whose answer turns on this day.")
@click.option("--between", nargs=2, metavar="D1 D2", help="Say whose answer turns on a day from D1 to D2.")
@click.option("--allow", metavar="WORD,...", help=f"What may differ: {', '.join(ALLOWED)}.")
@click.option(
    "--seconds",
    type=click.FloatRange(0, 3600, min_open=True),
    default=SECONDS,
    metavar="N",
    help="How long is looked for what differs in meaning; 60 where nothing is said.",
)
@common_options(
    policy="The policy whose versions OLD and NEW name.",
    version="Only this version of both; else all of them.",
    settings="Choose a setting of both. Repeatable.",
    extension="What both policies are read with. Repeatable.",
    language="No effect here: what differs is told in English.",
    forms=("text", "json", "html", *REVIEW),
)
def diff(
    common: Common,
    old: str,
    new: str,
    old_extensions: tuple[str, ...],
    new_extensions: tuple[str, ...],
    states: str | None,
    requests: str | None,
    action: str | None,
    records: str | None,
    limit: int | None,
    on: str | None,
    between: tuple[str, str] | None,
    allow: str | None,
    seconds: float,
) -> Exit:
    """Say what a change of a policy does.

    It says what is written otherwise, and what that means for each action.

    OLD and NEW are each a shipped policy, a policy's or a version's folder, a folder in git (`REVISION:path`), or a
    version of `--policy`. The exit code is 0 where nothing differs in meaning that is not allowed.
    """
    require_pages(common)
    allowed = _allowed(allow)
    sources = Sources.named(requests, states, records, limit, action)
    days = days_named(on, between, sources)
    sources.check()
    extensions = ((*common.extensions, *old_extensions), (*common.extensions, *new_extensions))
    with two_sides(
        old, new, policy=common.policy, version=common.version, settings=common.settings, extensions=extensions
    ) as sides:
        compared = written_in(*sides)
        asking = BothAsked(*sides, compared.pairs, settings=common.settings, days=days, everything=common.everything)
        comparing = sources.comparing(asking)
        meanings = counted(MeaningSearch(*sides, compared.pairs, seconds).all())
        compared = replace(compared, meanings=tuple(_told(compared, meanings, common)))
        if sources.are_given:
            sources.ask(asking, comparing)
            compared = replace(compared, touched=asking.touched)
    if comparing is not None and comparing.queries is not None:
        tell_decided(common, comparing.by_sql, comparing.left, comparing.reasons)
    if common.form == "text" and compared.touched is not None:
        say(touched_text(compared.touched, everything=common.everything))
    if common.as_json:
        say_json(diff_data(compared))
    elif common.form == "html":
        say(diff_page(compared))
    elif common.form in REVIEW:
        say_review(diff_remarks(compared, allowed), common, "diff")
    if compared.touched is not None and compared.touched.unread:
        return Exit.BAD_REQUEST
    return Exit.FINDINGS if compared.differs_beyond(allowed) else Exit.OK


def _told(compared: Comparison, looked_for: Iterator[Meaning], common: Common) -> Iterator[Meaning]:
    """What is found, each told in text as it comes."""
    if common.form != "text":
        yield from looked_for
        return
    say(written_text(compared, everything=common.everything))
    say(declared_text(compared))
    meanings = []
    for meaning in looked_for:
        meanings.append(meaning)
        if meaning.meaning != SAME:
            say(meaning_text(meaning, everything=common.everything))
        yield meaning
    if same := same_text(meanings):
        say(same)


def _allowed(text: str | None) -> set[str]:
    """The words for what may differ."""
    words = [] if text is None else [each.strip() for each in text.split(",")]
    for word in words:
        if word not in ALLOWED:
            raise unknown("difference", word, ALLOWED)
    return set(words)
