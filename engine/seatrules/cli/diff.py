"""`seatrules diff`: what a change of a policy does, before it is in force."""

from __future__ import annotations

import click

from ..analysis.diff.compare import compare
from ..analysis.diff.sides import two_sides
from ..render.diff import diff_data, diff_text
from .common import Common, common_options, say, say_json
from .exits import Exit

_OF_ONE = "What the {side} policy alone is read with. Repeatable."


@click.command()
@click.argument("old")
@click.argument("new")
@click.option("--old-extension", "old_extensions", multiple=True, metavar="DIR", help=_OF_ONE.format(side="old"))
@click.option("--new-extension", "new_extensions", multiple=True, metavar="DIR", help=_OF_ONE.format(side="new"))
@common_options(
    policy="The policy whose versions OLD and NEW name.",
    version="Only this version of both; else all of them.",
    settings="Choose a setting of both. Repeatable.",
    extension="What both policies are read with. Repeatable.",
    language="No effect here: what differs is told in English.",
)
def diff(common: Common, old: str, new: str, old_extensions: tuple[str, ...], new_extensions: tuple[str, ...]) -> Exit:
    """Compare two policies of one name.

    OLD and NEW are each a shipped policy, a policy's or a version's folder, a folder in git (`REVISION:path`), or a
    version of `--policy`.
    """
    extensions = ((*common.extensions, *old_extensions), (*common.extensions, *new_extensions))
    with two_sides(
        old, new, policy=common.policy, version=common.version, settings=common.settings, extensions=extensions
    ) as sides:
        compared = compare(*sides)
    if common.as_json:
        say_json(diff_data(compared))
    else:
        say(diff_text(compared, everything=common.everything))
    return Exit.FINDINGS if compared.written else Exit.OK
