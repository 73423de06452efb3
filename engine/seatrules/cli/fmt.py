"""`seatrules fmt`: lays policy files out in one way."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from ..decoding import decode
from ..diagnostics import SourceText, printable
from ..errors import FileError, PolicyError
from ..files import read_bytes, require_there, standard_input, write_whole
from ..formatting import WIDTH, formatted
from ..policy.locate import is_zip
from ..problems import Problems
from ..render.problems import problems_text
from ..words import phrase
from .common import say, tell
from .exits import Exit
from .progress import counted, shown

_ENDINGS = (".yaml", ".yml")


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--check", is_flag=True, help="Change nothing: say which files are not laid out.")
@click.option(
    "--width",
    type=click.IntRange(40, 1000),
    default=WIDTH,
    metavar="N",
    help=f"How many columns what is in brackets may take; {WIDTH} unless given.",
)
@click.option("--all", "everything", is_flag=True, help="Show all problems, not only the first.")
def fmt(paths: tuple[str, ...], check: bool, width: int, everything: bool) -> Exit:
    """Lay YAML files out in one way.

    They say what they said: comments, quotes and order stay. PATH is a file, a folder of files, or `-`: what comes in
    goes out laid out. A file that would lose something stays as it is, and so does one that is no YAML: its problems
    are told.
    """
    if paths == ("-",):
        return _pass_through(width, check=check)
    problems, others = Problems(), list[Path]()
    with shown("fmt"):
        files = [file for path in paths for file in _files(Path(path))]
        for file in counted(files):
            try:
                if _lay_out(file, width, check=check):
                    others.append(file)
            except PolicyError as error:
                problems.take(error.problems)
    for file in others:
        say(printable(str(file)))
    if every := problems.sorted:
        tell(problems_text(every, everything=everything) + "\n")
    left = len({problem.span.source.name for problem in every})
    tell(f"{_told(len(others), len(files) - len(others) - left, left, check=check)}\n")
    return Exit.FINDINGS if every or (check and others) else Exit.OK


def _told(others: int, rest: int, left: int, *, check: bool) -> str:
    """How many files are now, were before, and are not laid out."""
    parts = [f"{others} to be laid out" if check else f"{others} laid out", f"{rest} as they should be"]
    return ", ".join([*parts, *([f"{left} left as they are"] if left else [])])


def _pass_through(width: int, *, check: bool) -> Exit:
    """Write what comes in laid out; to check, only say by the exit code whether that would change it."""
    with standard_input() as given:
        content = given.read()
    text = formatted(decode(content, "<stdin>"), width)
    if check:
        return Exit.OK if content == text.encode() else Exit.FINDINGS
    sys.stdout.write(text)
    return Exit.OK


def _files(path: Path) -> Iterator[Path]:
    """The YAML files that a path means, in order; in a folder what is hidden is left alone, and no link is followed.

    Raises:
        FileError: there is none.
    """
    require_there(path)
    if is_zip(path):
        raise FileError(str(path), phrase("in_a_zip"))
    if path.is_file():
        yield path
        return
    files = sorted(each for ending in _ENDINGS for each in path.rglob(f"*{ending}"))
    files = [each for each in files if each.is_file() and not each.is_symlink() and not _is_hidden(each, path)]
    if not files:
        raise FileError(str(path), phrase("no_yaml_files"))
    yield from files


def _is_hidden(file: Path, folder: Path) -> bool:
    """Whether a file, or a folder on the way to it, is hidden."""
    return any(part.startswith(".") for part in file.relative_to(folder).parts)


def _lay_out(file: Path, width: int, *, check: bool) -> bool:
    """Lay a file out, if that changes it; whether it does.

    Raises:
        FileError: it can't be read or written.
        PolicyError: it is no YAML, or something would be lost.
    """
    content = read_bytes(file)
    source: SourceText = decode(content, str(file))
    text = formatted(source, width)
    if content == text.encode():
        return False
    if not check:
        write_whole(file, text.encode())
    return True
