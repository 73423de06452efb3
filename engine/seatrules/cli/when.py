"""`seatrules when`: when an action is allowed, and why it is not at other times."""

from __future__ import annotations

import click

from ..documents import placed
from ..render.planning import plain, stretches_text
from ..requesting import all_told
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
    "--action", required=True, metavar="ACTION", help="The proposed action: a YAML or JSON file, `-`, or JSON itself."
)
@click.option("--until", metavar="DATE", help="The last day to look at; else two years from the state's as_of.")
@no_invariants
@common_options(version="The version that decides on every day; else the one in force on it.")
@for_audience
def when(common: Common, state: str, action: str, until: str | None, invariants: bool) -> Exit:
    """Say when an action is allowed, if nothing but time passes."""
    if not state or not action:
        raise wrong_use(phrase("name_a_file", options=options_named("--state", "--action")))
    if state == action == "-":
        raise wrong_use(phrase("one_is_stdin", options=options_named("--state", "--action")))
    engine = common.load()
    language = common.speak(engine.languages)
    written_state, written_action = read_both(state, "--action", action)
    given_action, given_state = written_action.value, written_state.value
    with (
        placed(state=written_state, action=written_action),
        all_told(engine, given_action, given_state, common.version),
    ):
        stretches = engine.when(given_action, given_state, until=until, version=common.version, invariants=invariants)
    if common.as_json:
        say_json(stretches.as_dict(language, audience=common.audience))
    else:
        program = engine.program_for(given_state, common.version)
        verdict = coloured if colour_wanted() else plain
        say_in_words(stretches_text(stretches, program, language, common.audience, verdict, wide_terminal()))
    return Exit.OK
