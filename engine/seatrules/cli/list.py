"""`seatrules list`: the versions of a policy, with what each names."""

from __future__ import annotations

import click

from ..description.described import described
from ..render.versions import version_text
from .common import Common, common_options, say, say_json
from .exits import Exit


@click.command("list")
@common_options(version="Only this version; else all of them.")
def list_(common: Common) -> Exit:
    """List a policy's versions with actions, settings and codes."""
    engine = common.load()
    language = common.speak(engine.languages)
    one = [engine.program_for(None, common.version)] if common.version else None
    versions = engine.policy.versions if one is None else described(one).versions
    if common.as_json:
        say_json([version.as_dict(language) for version in versions])
    else:
        for version in versions:
            say(version_text(version, version.nearest(language)))
    return Exit.OK
