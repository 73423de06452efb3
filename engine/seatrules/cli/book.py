"""`seatrules book`: the rule books of policies, as sites to read offline."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, NamedTuple

import click

from ..book.evidence import Counted, Subject
from ..book.folder import require_free, write_site
from ..book.gathering import SECONDS, book_of
from ..book.layout import templates
from ..book.runtime import Runtime, engine_script, read_runtime, size_of
from ..book.site import WORKER, site_of, source_of
from ..book.values import Book
from ..diagnostics import echo
from ..engine import Loader, load
from ..files import as_named, scratch_folder
from ..policy.locate import find, policies_in
from ..words import phrase
from .common import Common, ProcessEndedError, common_options, require_named_once, say, say_json
from .exits import Exit
from .garbage import look_seldom_for_garbage
from .processes import in_turn
from .progress import counted
from .usage import wrong_use


@click.command()
@click.argument("named", nargs=-1, metavar="[POLICY]...")
@click.option("--out", required=True, metavar="DIR", help="The folder of the book; of several, that of their folders.")
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
@click.option(
    "--jobs", type=click.IntRange(1, 256), metavar="N", help="How many processes make several; else as many as cores."
)
@common_options(
    policy="The same as POLICY.",
    version="The version that the book is of; else the newest.",
    language="The language of the book.",
)
def book(
    common: Common,
    named: tuple[str, ...],
    out: str,
    force: bool,
    runtime: str | None,
    seconds: float,
    jobs: int | None,
) -> Exit:
    """Make a policy's rule book: a site for people who read no YAML.

    It works offline and without scripts, and has each page as Markdown too. A folder that is there is replaced if it
    holds a book and nothing else. Of several policies, or a folder of them, each book has a folder in DIR, named
    as the policy's.
    """
    templates()
    require_named_once(named, common)
    folders = _folders(named, common, Path(out))
    for folder in folders.values():
        require_free(folder, force=force)
    python = None if runtime is None else read_runtime(Path(runtime))
    made = list[dict[str, Any]]()
    for policy, gathered in gathered_books([*folders], Gathering(common, seconds), jobs or os.cpu_count() or 1):
        made.append(_written(gathered, policy, folders[policy], python, common))
    if common.as_json:
        say_json(made[0] if [*folders.values()] == [Path(out)] else made)
    return Exit.OK


def _folders(named: Sequence[str], common: Common, out: Path) -> dict[str | None, Path]:
    """Where the book of each policy is put: of several, below `out`, in a folder named as the policy's."""
    paths = [path for each in named for path in [*map(str, policies_in(Path(each)))] or [each]]
    if len(paths) < 2 and paths == [*named]:
        return {paths[0] if paths else common.policy: out}
    policies = dict[str, str]()
    for path in paths:
        folder = find(path, common.extensions).folder
        name = Path(path).stem if folder is None else as_named(folder).name
        if name in policies:
            raise wrong_use(phrase("books_of_one_name", name=echo(name)))
        policies[name] = path
    return {path: out / name for name, path in policies.items()}


class Gathering(NamedTuple):
    """Gathers the books of policies, each of the version, with the settings and in the language that are asked for."""

    common: Common
    seconds: float

    def done(self, policy: str | None, counted: Counted = iter) -> Book:
        """The book of a policy."""
        look_seldom_for_garbage()
        common, loader, place = self.common, Loader(), find(policy, self.common.extensions)
        engine = loader.load(policy, settings=common.settings, extensions=common.extensions)
        common.languages[:] = engine.languages
        program = common.program(engine)
        with ExitStack() as stack:
            if place.held is not None:
                place = place.unpacked(stack.enter_context(scratch_folder(place.name)))
            language = common.speak(program.languages)
            subject = Subject(loader, place, engine, program.version, common.settings, language)
            return book_of(subject, counted, self.seconds)


def gathered_books(
    policies: Sequence[str | None], gathering: Gathering, jobs: int
) -> Iterator[tuple[str | None, Book]]:
    """The books of policies, in their order: of several beside each other."""
    if len(policies) == 1:
        yield policies[0], gathering.done(policies[0], counted)
        return
    if jobs == 1:
        yield from counted((each, gathering.done(each)) for each in policies)
        return
    try:
        with closing(in_turn(gathering, policies, min(jobs, len(policies)))) as done:
            yield from counted(done)
    except BrokenProcessPool:
        raise ProcessEndedError(phrase("bookmaker_ended")) from None


def _written(book: Book, policy: str | None, folder: Path, python: Runtime | None, common: Common) -> dict[str, Any]:
    """Put a book in its folder, and say so; what there is to say, as plain data."""
    script = None
    if python is not None:
        engine = load(policy, settings=common.settings, extensions=common.extensions)
        script = engine_script(python, engine, book.language, source_of(WORKER))
    files = site_of(book, engine=script)
    write_site(folder, files)
    version = book.version.name
    if not common.as_json:
        say(f"{book.name} {version}: {len(files)} files in {folder}, to be read from {folder / 'index.html'}")
    if python is not None and not common.as_json:
        size = size_of(files) / 1_000_000
        say(f"it answers on {folder / 'try.html'} by Pyodide {python.version}; the book is {size:.1f} MB large")
    return {"policy": book.name, "version": version, "folder": str(folder), "files": sorted(files)}
