"""`seatrules book`: a policy's rule book, as a site to read offline."""

from __future__ import annotations

from pathlib import Path

import click

from ..book.evidence import Subject
from ..book.folder import require_free, write_site
from ..book.gathering import SECONDS, book_of
from ..book.layout import templates
from ..book.site import site_of
from ..engine import load
from ..policy.locate import find
from .common import Common, common_options, say, say_json
from .exits import Exit
from .progress import counted


@click.command()
@click.argument("named", required=False, metavar="[POLICY]")
@click.option("--out", required=True, metavar="DIR", help="The folder that the book is put in.")
@click.option("--force", is_flag=True, help="Take away what is in that folder, though it is no book.")
@click.option(
    "--seconds",
    type=click.FloatRange(0, 3600, min_open=True),
    default=SECONDS,
    metavar="N",
    help=f"How long is looked for what versions mean, and for ways to yes; {SECONDS:g} each where nothing is said.",
)
@common_options(
    policy="The same as POLICY.",
    version="The version that the book is of; else the newest.",
    language="The language of the book.",
)
def book(common: Common, named: str | None, out: str, force: bool, seconds: float) -> Exit:
    """Make a policy's rule book: a site for people who read no YAML.

    It works offline and without scripts, and has each page as Markdown too. A folder that is there is replaced if it
    holds a book and nothing else.
    """
    templates()
    folder, policy = Path(out), named or common.policy
    require_free(folder, force=force)
    engine = load(policy, settings=common.settings, extensions=common.extensions)
    common.languages[:] = engine.languages
    place, program = find(policy, common.extensions), common.program(engine)
    subject = Subject(place, engine, program.version, common.settings, common.speak(program.languages))
    files = site_of(book_of(subject, counted, seconds))
    write_site(folder, files)
    if common.as_json:
        say_json({"policy": program.name, "version": program.version, "folder": out, "files": sorted(files)})
    else:
        say(f"{program.name} {program.version}: {len(files)} files in {out}, to be read from {Path(out, 'index.html')}")
    return Exit.OK
