"""Says which files of a policy are not read, and which of them seem to be meant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from ..diagnostics import SourceText, Span
from ..errors import FileError
from ..problems import Problems
from .folders import HEADER, SUITES, Folder, is_hidden, is_policy_file, joined

if TYPE_CHECKING:
    from .memory import Files


class Stray(NamedTuple):
    """A file below a policy that is not read, though its place and its text are those of a policy file."""

    folder: str
    name: str
    code: str
    message: str
    help: str


def strays(files: Files, version: str | None = None) -> Iterator[Stray]:
    """What folders with policy files and no header may have instead of one: each of them, or the one that is named."""
    versions = {*files.versions}
    for folder in files.folders if version is None else [version]:
        if folder not in versions and folder != SUITES and not folder.startswith(".."):
            yield from _without_header(files, folder)


def in_folder(files: Files, version: str) -> Iterator[Stray]:
    """The files below the folder of a version or an extension that are not read and seem to be meant."""
    for name in files.all_names(version):
        if name.lower().endswith(".json") and not is_hidden(name) and _begins(files, version, name):
            message = "a policy file is YAML: this one is not read"
            yield Stray(version, name, "unread-file", message, _meant_in_yaml(name))
        elif is_hidden(name.rpartition("/")[0]) and not name.startswith("..") and _begins(files, version, name):
            message = "nothing is read in a hidden folder"
            yield Stray(version, name, "unread-file", message, "take the file out of it, or take it away")


def _without_header(files: Files, folder: str) -> Iterator[Stray]:
    """What a folder that holds policy files, and no header, may have instead of one."""
    from .meant import in_yaml

    meant = [name for name in files.all_names(folder) if name == HEADER or _begins(files, folder, name)]
    if not meant:
        return
    header = next((name for name in meant if in_yaml(name.lower()) == HEADER), None)
    if folder.startswith("."):
        name, plain = header or meant[0], folder.lstrip(".")
        is_copy = plain in files.folders
        help_text = "move the folder out of the policy" if is_copy else f"did you mean `{plain}`? rename the folder"
        yield Stray(folder, name, "hidden-version", "a version in a hidden folder is not read", help_text)
    elif header is None:
        help_text = "give it a header, or move the folder out of the policy"
        message = f"the folder holds policy files and no `{HEADER}`: it is no version"
        yield Stray(folder, meant[0], "missing-header", message, help_text)
    else:
        yield Stray(folder, header, "misnamed-header", f"the header of a version is `{HEADER}`", _meant(HEADER))


def _meant_in_yaml(name: str) -> str:
    from .meant import in_yaml

    return _meant(in_yaml(name))


def _meant(name: str) -> str:
    return f"did you mean `{name}`? rename the file"


def _begins(files: Files, folder: str, name: str) -> bool:
    """Whether a file begins as a policy file does."""
    from .meant import begins_as_meant, is_named_as_meant

    try:
        return is_named_as_meant(name) and begins_as_meant(name, files.read(folder, name))
    except FileError:
        return False


def check_strays(files: Files, strays: Iterable[Stray], problems: Problems) -> None:
    """Note files that are not read and seem to be meant."""
    for stray in strays:
        problems.error(stray.code, stray.message, _span(files, stray.folder, stray.name), help=stray.help)


def note_left_alone(files: Files, version: str, problems: Problems) -> None:
    """Say of each file of a version that is not read why: a warning if its name is near that of a policy file."""
    from .meant import is_near

    meant = {stray.name for stray in in_folder(files, version)}
    for name in files.all_names(version):
        if not (is_policy_file(name) or name in meant or name.startswith("..")):
            note_unread(name, _span(files, version, name), problems, is_near=is_near(name))


def note_unread(name: str, span: Span, problems: Problems, *, is_near: bool) -> None:
    """Say why a file is not read: a warning if its name is near that of one that is."""
    message = "this is not read: its name does not end in `.yaml` or `.yml`"
    if is_hidden(name):
        problems.note("left-alone", "this is not read: it is hidden", span)
    elif is_near:
        problems.warning("left-alone", message, span, help=_meant_in_yaml(name))
    else:
        problems.note("left-alone", message, span)


def note_beside(files: Folder, problems: Problems) -> None:
    """Warn of each policy file that lies beside the versions."""
    for name in files.beside:
        if _begins(files, "", name):
            message = "this is not read: it lies beside the versions"
            problems.warning("left-alone", message, _span(files, "", name), help="move it into the folder of a version")


def _span(files: Files, folder: str, name: str) -> Span:
    return Span(SourceText(joined(files.shown(folder), name), joined(folder, name)))
