"""`seatrules list`: the versions of a policy, with what each names."""

from __future__ import annotations

from typing import Any

import click

from ..planning.option_values import known_as_data
from ..program import Program
from ..render.versions import version_text
from .common import Common, common_options, say, say_json
from .exits import Exit


@click.command("list")
@common_options(version="Only this version; else all of them.")
def list_(common: Common) -> Exit:
    """List a policy's versions with actions, settings and codes."""
    engine = common.load()
    language = common.speak(engine.languages)
    programs = [engine.program_for(None, common.version)] if common.version else list(engine.programs.values())
    if common.as_json:
        say_json([_as_dict(program, spoken(program, language)) for program in programs])
    else:
        for program in programs:
            say(version_text(program, spoken(program, language)))
    return Exit.OK


def spoken(program: Program, language: str) -> str:
    """The language to list a version in: an earlier one may not speak yet what the newest does."""
    return language if language in program.languages else program.languages[0]


def _as_dict(program: Program, language: str) -> dict[str, Any]:
    known = program.known_texts
    return {
        "name": program.name,
        "version": program.version,
        "effective_from": program.effective_from,
        **program.policy.identity,
        "languages": list(program.languages),
        "settings": {
            name: {"value": value, "choices": list(program.choices[name])} for name, value in program.settings.items()
        },
        "actions": {name: action.title[language] for name, action in program.actions.items()},
        **known_as_data(program.known_words),
        **({"known_of_state": {place: list(each) for place, each in known.items()}} if known else {}),
        "codes": {
            group: {code: line[language] for code, line in codes.items()} for group, codes in program.codes.items()
        },
    }
