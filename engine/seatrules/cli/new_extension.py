"""`seatrules new extension`: makes an extension of a policy that somebody else writes."""

from __future__ import annotations

from pathlib import Path

import click

from ..errors import FileError
from ..making.draft import loaded
from ..making.extension import extension_draft, with_case_as_before
from ..words import phrase
from .common import Common, common_options
from .exits import Exit
from .made import asked_for, asking_in, identifier, make, said_if_not, to_copy


@click.command()
@click.argument("name", metavar="NAME")
@click.option("--in", "where", metavar="DIR", default=".", help="The folder in which its folder is made.")
@asked_for
@common_options(
    policy="The policy that it is of: a shipped one, or a folder; else the default.",
    version=None,
    settings=None,
    extension=None,
    language="The language of answers.",
)
def extension(common: Common, name: str, where: str, yes: bool) -> Exit:
    """Make an extension of a policy that others write.

    It has a header that says what may stand in it, and a case that comes out as without it. Rules are added to it by
    `seatrules new rule --extension`.
    """
    asking, folder = asking_in(common.language, common.form, yes), Path(where, identifier(name))
    if folder.exists():
        raise FileError(str(folder), phrase("name_taken"))
    place = common.place()._replace(extensions=())
    suites, engine = place.folder_of_suites(), common.load()
    of = engine.programs[[*engine.programs][-1]]
    named = common.policy if common.policy is not None and Path(common.policy).is_dir() else None
    policy = common.policy if named is None else named
    draft = extension_draft(name, of.name, folder, suites, policy)
    with said_if_not(asking):
        shown = with_case_as_before(draft, loaded(draft).engine, suites, named)
    options = ["--extension", str(folder), *(["--policy", named] if named else [])]
    after = [to_copy("new", "rule", "ID", *options), to_copy("test", *options)]
    notes = [] if shown else [asking.say("no_case_comes", version=of.version)]
    return make(shown or draft, asking, common.form, notes, after)
