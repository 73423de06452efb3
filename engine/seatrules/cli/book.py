"""`seatrules book`: a policy's rule book, as a site to read offline."""

from __future__ import annotations

from pathlib import Path

import click

from ..book.evidence import Subject
from ..book.folder import require_free, write_site
from ..book.gathering import SECONDS, book_of
from ..book.layout import templates
from ..book.runtime import engine_script, read_runtime, size_of
from ..book.site import WORKER, site_of, source_of
from ..engine import Loader
from ..policy.locate import find
from .common import Common, common_options, say, say_json, unpacked
from .exits import Exit
from .garbage import look_seldom_for_garbage
from .progress import counted


@click.command()
@click.argument("named", required=False, metavar="[POLICY]")
@click.option("--out", required=True, metavar="DIR", help="The folder that the book is put in.")
@click.option("--force", is_flag=True, help="Take away what is in that folder, though it is no book.")
@click.option(
    "--try",
    "runtime",
    metavar="PACKAGE",
    help="The npm package `pyodide`, a .tgz or a folder: the page `try it` answers by it.",
)
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
def book(common: Common, named: str | None, out: str, force: bool, runtime: str | None, seconds: float) -> Exit:
    """Make a policy's rule book: a site for people who read no YAML.

    It works offline and without scripts, and has each page as Markdown too. A folder that is there is replaced if it
    holds a book and nothing else.
    """
    templates()
    folder, policy = Path(out), named or common.policy
    require_free(folder, force=force)
    python = None if runtime is None else read_runtime(Path(runtime))
    look_seldom_for_garbage()
    loader = Loader()
    engine = loader.load(policy, settings=common.settings, extensions=common.extensions)
    common.languages[:] = engine.languages
    place, program = unpacked(find(policy, common.extensions)), common.program(engine)
    subject = Subject(loader, place, engine, program.version, common.settings, common.speak(program.languages))
    script = None if python is None else engine_script(python, engine, subject.language, source_of(WORKER))
    files = site_of(book_of(subject, counted, seconds), engine=script)
    write_site(folder, files)
    if common.as_json:
        say_json({"policy": program.name, "version": program.version, "folder": out, "files": sorted(files)})
    else:
        say(f"{program.name} {program.version}: {len(files)} files in {out}, to be read from {Path(out, 'index.html')}")
        if python is not None:
            size = size_of(files) / 1_000_000
            say(f"it answers on {Path(out, 'try.html')} by Pyodide {python.version}; the book is {size:.1f} MB large")
    return Exit.OK
