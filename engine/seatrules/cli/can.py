"""`seatrules can`: what can be done on an account state."""

from __future__ import annotations

import click

from ..documents import placed, read_document
from ..render.options import options_text
from ..render.planning import plain
from ..suites.lists import lists_of_cases
from ..words import phrase
from .common import (
    Common,
    colour_wanted,
    coloured,
    common_options,
    for_audience,
    no_invariants,
    say_in_words,
    say_json,
    wide_terminal,
)
from .exits import Exit
from .usage import options_named, wrong_use


@click.command()
@click.option("--state", required=True, metavar="STATE", help="The account state: a YAML or JSON file, or `-`.")
@click.option("--actor", metavar="KEY", help="Only what this one performs.")
@click.option("--action", metavar="TYPE", help="Only actions of this type.")
@no_invariants
@common_options(version="The policy's version; else the one in force on the state's `as_of`.")
@for_audience
def can(common: Common, state: str, actor: str | None, action: str | None, invariants: bool) -> Exit:
    """Say what can be done, and what not and why."""
    if not state:
        raise wrong_use(phrase("names_a_file", options=options_named("--state")))
    engine = common.load()
    language = common.speak(engine.languages)
    given = read_document(state)
    with placed(state=given):
        options = engine.options(
            given.value,
            actor=actor,
            action=action,
            version=common.version,
            everything=common.everything,
            lists=lists_of_cases(common.place().folder, common.program(engine)),
            invariants=invariants,
        )
    if common.as_json:
        say_json(options.as_dict(language, audience=common.audience))
    else:
        program = engine.program_for(given.value, common.version)
        verdict = coloured if colour_wanted() else plain
        everything, audience = common.everything, common.audience
        say_in_words(
            options_text(
                options,
                program,
                language,
                everything=everything,
                audience=audience,
                verdict=verdict,
                wide=wide_terminal(),
            )
        )
    return Exit.OK
