"""`seatrules list`: the versions of a policy, with what each names."""

from __future__ import annotations

from typing import Any

import click

from .common import Common, common_options, say, say_json
from .exits import Exit


@click.command("list")
@common_options
def list_(common: Common) -> Exit:
    """List the versions of a policy with their actions and codes."""
    engine = common.load()
    language = common.speak(engine.languages)
    programs = [engine.program_for(None, common.version)] if common.version else list(engine.programs.values())
    if common.as_json:
        say_json(
            [
                {
                    "name": program.name,
                    "version": program.version,
                    "effective_from": program.effective_from,
                    "digest": program.digest,
                    "languages": list(program.languages),
                    "settings": {
                        name: {"value": value, "choices": list(program.choices[name])}
                        for name, value in program.settings.items()
                    },
                    "actions": {name: action.title[language] for name, action in program.actions.items()},
                    "codes": {group: dict(codes) for group, codes in program.codes.items()},
                }
                for program in programs
            ]
        )
        return Exit.OK
    for program in programs:
        say(f"{program.name} {program.version}, in force from {program.effective_from}: {program.title[language]}")
        say(f"  {program.digest}")
        _group("actions", {name: action.title[language] for name, action in program.actions.items()})
        _group("settings", {name: _setting(value, program.choices[name]) for name, value in program.settings.items()})
        for group, codes in program.codes.items():
            _group(f"codes of {group}", codes)
    return Exit.OK


def _setting(value: Any, choices: tuple[Any, ...]) -> str:
    rest = [str(each).lower() for each in choices if each != value]
    return f"{str(value).lower()} (or {', '.join(rest)})"


def _group(title: str, entries: object) -> None:
    assert isinstance(entries, dict)
    say(f"  {title}:")
    width = max(map(len, entries), default=0)
    for name, text in entries.items():
        say(f"    {name:<{width}}  {text}")
