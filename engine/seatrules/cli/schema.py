"""`seatrules schema`: JSON Schemas for editors and for systems that embed the engine."""

from __future__ import annotations

from pathlib import Path

import click

from ..batch.mapping import MAPPING
from ..compiler.state import STATE_FILE
from ..description.described import VersionDescription, described_version
from ..description.file_schemas import described, folder_of_schemas, of_policy, write_schemas
from ..description.schemas import DRAFT
from ..policy.kinds import SCHEMAS, Schema
from ..suites.cases import SUITE
from ..words import phrase
from .common import Common, common_options, say, say_json
from .exits import Exit
from .usage import options_named, wrong_use

_OF_POLICIES = ("action", "decision", "state")
FILES: dict[str, Schema] = {**SCHEMAS, "mapping": MAPPING, "state-schema": STATE_FILE, "suite": SUITE}
"""The kinds of files that people write: of a policy, and one that says what columns of tables are."""


@click.command()
@click.argument("kind", required=False, metavar="[KIND]", type=click.Choice([*_OF_POLICIES, *sorted(FILES)]))
@click.option("--out", metavar="DIR", help="Write the schemas into a folder, for editors; with --policy its own too.")
@common_options(
    version="The policy's version; else the newest.",
    settings="No effect here: a schema holds for every choice.",
    language="No effect here: a schema has no texts.",
)
def schema(common: Common, kind: str | None, out: str | None) -> Exit:
    """Print JSON Schemas for editors and embedding systems.

    KIND is `state`, `action`, `decision`, `suite`, `state-schema`, `mapping` or a kind of policy file; without it, all
    of them.
    """
    if out is not None:
        return _write(common, kind, out)
    if kind in FILES:
        say_json({"$schema": DRAFT, **described(kind, FILES[kind])})
        return Exit.OK
    schemas = _of(_version(common))
    files = {name: described(name, each) for name, each in FILES.items()}
    say_json({**schemas, "files": files} if kind is None else schemas[kind])
    return Exit.OK


def _version(common: Common) -> VersionDescription:
    engine = common.load()
    common.speak(engine.languages)
    return described_version(common.program(engine))


def _of(version: VersionDescription) -> dict[str, Schema]:
    return {"state": version.state_schema, "action": version.action_schema, "decision": version.decision_schema}


def _write(common: Common, kind: str | None, out: str) -> Exit:
    """Write the schemas of all kinds of files, and of a policy that is named those of its states and actions."""
    if kind is not None or not out:
        raise wrong_use(phrase("all_into_folder", option=options_named("--out")))
    files = folder_of_schemas(FILES)
    if common.policy is not None:
        version = _version(common)
        files |= {f"{version.policy.name}/{name}": each for name, each in of_policy(**_of(version)).items()}
    write_schemas(Path(out), files)
    if common.as_json:
        say_json({"folder": out, "files": sorted(files)})
    else:
        say(f"{len(files)} files in {out}")
    return Exit.OK
