"""`seatrules mutate`: small wrong changes of a policy, each of which a case has to notice."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from itertools import islice

import click

from ..analysis.mutation.mutation import Mutation, mutation_of
from ..analysis.mutation.score import Missed
from ..analysis.mutation.trial import MutantResult
from ..errors import SuiteError
from ..policy.locate import find
from ..render.mutation import missed_remark, missed_text, score_data, score_text
from ..render.review import REVIEW, remark_of
from ..words import phrase
from .common import (
    Common,
    ProcessEndedError,
    common_options,
    complain,
    require_named_once,
    say,
    say_json,
    say_review,
    unpacked,
)
from .exits import Exit
from .processes import in_turn
from .progress import counted, in_time

_AT_ONCE = 4
"""How many changes a process takes at a time: few, so that what is found comes at once."""


@click.command()
@click.argument("named", required=False, metavar="[POLICY]")
@click.option("--rule", metavar="ID", help="Only what is of the rule, fact, table and so on with this name.")
@click.option("--since", metavar="REV", help="Only what stands on lines that a revision of git does not have.")
@click.option(
    "--seconds",
    type=click.FloatRange(0, 36000, min_open=True),
    metavar="N",
    help="How long changes may be tried: what is left then is counted.",
)
@click.option("--jobs", type=click.IntRange(1), metavar="N", help="How many processes try them; as many as cores.")
@click.option(
    "--fail-under",
    type=click.FloatRange(0, 100),
    metavar="N",
    help="Exit with 1 where fewer of a hundred are noticed.",
)
@common_options(
    policy="The same as POLICY.",
    version="Only this version, with the cases that it decides.",
    settings="Choose a setting, where a case does not. Repeatable.",
    extension="What is added to the policy; only that is changed then. Repeatable.",
    language="No effect here: what is found is told in English.",
    forms=("text", "json", *REVIEW),
)
def mutate(
    common: Common,
    named: str | None,
    rule: str | None,
    since: str | None,
    seconds: float | None,
    jobs: int | None,
    fail_under: float | None,
) -> Exit:
    """Say which wrong changes of a policy no case notices.

    A comparison is turned, a bound or a day moved by one, a requirement, an operand or a `when` dropped, and so on; the
    cases that reach the change are run until one comes out otherwise. Of a change that none notices a request is looked
    for that shows it, and printed as a case. What a suite lists in `equivalent` does not count.
    """
    require_named_once(named, common)
    place = unpacked(find(named or common.policy, common.extensions))
    place = place if common.version is None else place._replace(version=common.version)
    mutation = mutation_of(place, common.settings, entry=rule, since=since)
    several = len(mutation.trial.versions.written) > 1
    results = counted(in_time(_tried(mutation, jobs or os.cpu_count() or 1), seconds))
    score = mutation.score(_told(mutation, results, common, several=several))
    if common.as_json:
        say_json(score_data(score, several=several))
    elif common.form in REVIEW:
        say_review([*map(missed_remark, score.missed), *map(remark_of, score.wrong)], common, "mutate")
    else:
        say(score_text(score))
    code = Exit.FINDINGS if fail_under is not None and score.is_under(fail_under) else Exit.OK
    if score.wrong:
        return max(code, complain(SuiteError(score.wrong), as_json=common.as_json, everything=common.everything))
    return code


def _tried(mutation: Mutation, jobs: int) -> Iterator[tuple[int, MutantResult]]:
    """What comes of each mutant, in their order."""
    if jobs == 1 or len(mutation.numbers) <= 2 * _AT_ONCE:
        yield from ((number, mutation.trial.verdict(number)) for number in mutation.numbers)
        return
    numbers = iter(mutation.numbers)
    parts = iter(lambda: list(islice(numbers, _AT_ONCE)), [])
    try:
        with closing(in_turn(mutation.trial, parts, jobs)) as done:
            for part, verdicts in done:
                yield from zip(part, verdicts, strict=True)
    except BrokenProcessPool:
        raise ProcessEndedError(phrase("mutator_ended")) from None


def _told(
    mutation: Mutation, tried: Iterable[tuple[int, MutantResult]], common: Common, *, several: bool
) -> Iterator[tuple[int, MutantResult]]:
    """What came of each, of which what no case noticed is told in text as it comes."""
    for number, verdict in tried:
        if verdict.result == "missed" and common.form == "text":
            say(missed_text(Missed(mutation.trial.mutants[number], verdict), several=several))
        yield number, verdict
