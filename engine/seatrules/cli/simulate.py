"""`seatrules simulate`: take a sequence of actions."""

from __future__ import annotations

from pathlib import Path

import click

from ..documents import placed, write_data
from ..planning.timeline import Timeline
from ..render.timeline import timeline_text
from ..words import phrase
from .common import (
    Common,
    colour_wanted,
    coloured,
    common_options,
    for_audience,
    no_invariants,
    read_both,
    say_in_words,
    say_json,
    wide_terminal,
)
from .exits import Exit
from .usage import options_named, wrong_use


@click.command()
@click.option("--state", required=True, metavar="STATE", help="The account state: a YAML or JSON file, or `-`.")
@click.option(
    "--steps",
    required=True,
    metavar="STEPS",
    help="A list of actions, `{at: DATE}` and `{at: DATE, action: ...}`: a YAML or JSON file, `-`, or JSON itself.",
)
@click.option("--keep-going", is_flag=True, help="Go on after a step that is denied.")
@click.option("--out", metavar="FILE", help="Write the state that the last step left, as JSON.")
@no_invariants
@common_options(version="The version that decides every step; else the one in force on its date.")
@for_audience
def simulate(common: Common, state: str, steps: str, keep_going: bool, out: str | None, invariants: bool) -> Exit:
    """Take actions one after the other, while time passes.

    What happens by itself in between is shown where it happens.

    The file that `--out` names is written whole or not at all: not after an error, and not where an invariant broke.
    """
    if not state or not steps or out in ("", "-"):
        raise wrong_use(phrase("name_files", options=options_named("--state", "--steps", "--out")))
    if state == steps == "-":
        raise wrong_use(phrase("one_is_stdin", options=options_named("--state", "--steps")))
    engine = common.load()
    language = common.speak(engine.languages)
    given, story = read_both(state, "--steps", steps)
    with placed(state=given, steps=story):
        timeline = engine.simulate(
            story.value, given.value, keep_going=keep_going, version=common.version, invariants=invariants
        )
    code = _code(timeline)
    if out is not None and code is not Exit.FINDINGS:
        write_data(Path(out), timeline.state)
    if common.as_json:
        say_json(timeline.as_dict(language, audience=common.audience))
    else:
        verdict = coloured if colour_wanted() else lambda _, word: word
        say_in_words(timeline_text(timeline, language, audience=common.audience, verdict=verdict, wide=wide_terminal()))
    return code


def _code(timeline: Timeline) -> Exit:
    if any(timeline.broken):
        return Exit.FINDINGS
    return Exit.OK if timeline.allowed else Exit.DENIED
