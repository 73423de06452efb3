"""`seatrules show`: the merged policy as one document."""

from __future__ import annotations

import click
import yaml

from ..generated.ready import CompiledEvaluator
from ..loading import read_version
from ..policy.written import Written
from .common import Common, common_options, say, say_json
from .exits import Exit


@click.command()
@click.option("--code", "action", metavar="ACTION", help="Show the Python that decides an action of this type.")
@common_options(
    version="The policy's version; else the newest.", language="No effect here: texts are shown in every language."
)
def show(common: Common, action: str | None) -> Exit:
    """Show a version of a policy with its overlays merged.

    With `--code`, the functions that are generated for an action: the one that reads a request and asks every
    requirement, and the one that says what an allowed action does.
    """
    engine = common.load()
    common.speak(engine.languages)
    program = common.program(engine)
    if action is not None:
        return _code(CompiledEvaluator(program), action, as_json=common.as_json)
    written = read_version(common.place(), program.version)
    extended = {key: each for key, each in program.policy.identity.items() if key == "extensions"}
    whole = {"digest": program.digest, **extended, "chosen": dict(program.settings), **_document(written)}
    if common.as_json:
        say_json(whole)
    else:
        say(yaml.safe_dump(whole, allow_unicode=True, sort_keys=False, width=120).rstrip())
    return Exit.OK


def _code(compiled: CompiledEvaluator, action: str, *, as_json: bool) -> Exit:
    source = compiled.action(compiled.program.action_type(action).name).source
    if as_json:
        say_json({"action": action, "code": source})
    else:
        say(source.rstrip())
    return Exit.OK


def _document(written: Written) -> dict[str, object]:
    return {
        "policy": written.header.value,
        "state": written.schema_value,
        **{kind: {name: entry.value for name, entry in entries.items()} for kind, entries in written.named.items()},
        "tables": {name: entry.value for name, entry in written.tables.items()},
        **{kind: [entry.value for entry in entries] for kind, entries in written.clauses.items()},
    }
