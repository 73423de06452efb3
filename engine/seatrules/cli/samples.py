"""`seatrules samples`: accounts to begin with, as the suites of a policy have them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import click

from ..diagnostics import printable
from ..documents import as_yaml
from ..engine import Engine
from ..errors import RequestError, unknown
from ..suites import Sample, samples
from .common import Common, common_options, say, say_json
from .exits import Exit


@click.command("samples")
@click.argument("name", required=False, metavar="[NAME]")
@common_options(
    version="The version whose states they have to be; else the one in force on their day.",
    settings="No effect here: a state is one under every choice.",
    language="No effect here: states have no texts.",
)
def samples_(common: Common, name: str | None) -> Exit:
    """List a policy's sample accounts, or print one.

    What is printed is a state to change. They are the bases of the policy's suites.
    """
    engine = common.load()
    common.speak(engine.languages)
    every = {each.name: each for each in samples(common.folder_of_suites()) if _is_one(each, engine, common)}
    if name is None:
        if common.as_json:
            say_json({each.name: each.state for each in every.values()})
        else:
            say(_listed([*every.values()]))
        return Exit.OK
    if name not in every:
        raise unknown("sample", name, every)
    if common.as_json:
        say_json(every[name].state)
    else:
        say(as_yaml(every[name].state)[:-1])
    return Exit.OK


def _is_one(sample: Sample, engine: Engine, common: Common) -> bool:
    """Whether a base is the state of an account: some suites begin with what is none."""
    with suppress(RequestError):
        engine.validate(sample.state, version=common.version)
        return True
    return False


def _listed(every: Sequence[Sample]) -> str:
    width = max((len(each.name) for each in every), default=0)
    return "\n".join(f"{each.name:<{width}}  {_where(each.suites)}" for each in every)


def _where(suites: Sequence[Path]) -> str:
    """The first suite that begins with it, and how many more do."""
    first = printable("/".join(suites[0].parts[-3:]))
    return f"{first} +{len(suites) - 1}" if len(suites) > 1 else first
