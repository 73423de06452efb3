"""`seatrules status`: how an account stands."""

from __future__ import annotations

import click

from ..documents import placed, read_document
from ..render.status import status_text
from ..words import phrase
from .common import Common, common_options, for_audience, say_in_words, say_json
from .exits import Exit
from .usage import options_named, wrong_use


@click.command()
@click.option("--state", required=True, metavar="STATE", help="The account state: a YAML or JSON file, or `-`.")
@click.option("--until", metavar="DATE", help="The last day to look at; else a year from the state's as_of.")
@common_options(version="The policy's version; else the one in force on the state's `as_of`.")
@for_audience
def status(common: Common, state: str, until: str | None) -> Exit:
    """Say how an account stands, and what is ahead.

    What is inconsistent in it stands at the end.
    """
    if not state:
        raise wrong_use(phrase("names_a_file", options=options_named("--state")))
    engine = common.load()
    language = common.speak(engine.languages)
    given = read_document(state)
    with placed(state=given):
        answer = engine.status(given.value, until=until, version=common.version)
    if common.as_json:
        say_json(answer.as_dict(language, audience=common.audience))
    else:
        say_in_words(status_text(answer, language, common.audience))
    return Exit.FINDINGS if any(broken.is_error for broken in answer.inconsistent) else Exit.OK
