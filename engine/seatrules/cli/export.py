"""`seatrules export`: a policy for a system that decides by other means."""

from __future__ import annotations

import click

from ..durable.rulesets import export as export_rulesets
from .common import Common, common_options, say_json
from .exits import Exit


@click.command()
@click.option("--to", "target", required=True, type=click.Choice(["durable-rules"]), help="What the export is for.")
@common_options(version="The version to export; else the newest.", language="No effect here: an export has no texts.")
def export(common: Common, target: str) -> Exit:
    """Print a version's requirements as JSON for durable-rules.

    They are rulesets, with what has to be posted to them.
    """
    engine = common.load()
    common.speak(engine.languages)
    say_json(export_rulesets(common.program(engine)))
    return Exit.OK
