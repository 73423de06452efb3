"""`seatrules schema`: JSON Schemas for editors and for systems that embed the engine."""

from __future__ import annotations

import click

from ..description.described import described_version
from ..description.schemas import DRAFT
from ..policy.kinds import SCHEMAS, published
from ..suites.cases import SUITE
from .common import Common, common_options, say_json
from .exits import Exit

_OF_POLICIES = ("action", "decision", "state")


@click.command()
@click.argument("kind", required=False, metavar="[KIND]", type=click.Choice([*_OF_POLICIES, "suite", *sorted(SCHEMAS)]))
@common_options(
    version="The policy's version; else the newest.",
    settings="No effect here: a schema holds for every choice.",
    language="No effect here: a schema has no texts.",
)
def schema(common: Common, kind: str | None) -> Exit:
    """Print JSON Schemas for editors and embedding systems.

    KIND is `state`, `action`, `decision`, `suite` or a kind of policy file; without it, all of them.
    """
    files = {name: published(each) for name, each in {**SCHEMAS, "suite": SUITE}.items()}
    if kind in files:
        say_json({"$schema": DRAFT, **files[kind]})
        return Exit.OK
    engine = common.load()
    common.speak(engine.languages)
    version = described_version(common.program(engine))
    schemas = {"state": version.state_schema, "action": version.action_schema, "decision": version.decision_schema}
    say_json({**schemas, "files": files} if kind is None else schemas[kind])
    return Exit.OK
