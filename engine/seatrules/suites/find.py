"""Finds suites, by their names as given: through links too."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from ..errors import FileError
from ..files import as_named, called, read_bytes, require_there, trouble
from ..policy.folders import (
    EXTENSION,
    HEADER,
    NOTHING_UNSAVED,
    SUITES,
    YAML_NAMES,
    Unsaved,
    below_of,
    is_hidden,
)
from ..words import phrase

_AT_THE_TOP = rb"^%b\s*:"
_ANYWHERE = rb"""(?:^|[{,])[\s-]*["']?(?:%b)["']?\s*:"""


def find_suites(path: Path, unsaved: Unsaved = NOTHING_UNSAVED) -> list[Path]:
    """The suites that a path means: a suite itself, or every one of the policies below a folder, unsaved ones too.

    Below a folder links are followed, and what is hidden is left alone.

    Raises:
        FileError: there is no such file or folder, or it can't be looked into.
    """
    inside = as_named(path).name == SUITES
    below = [*below_of(path, unsaved)]
    if not below:
        require_there(path)
        if not path.is_dir():
            return [path]
    also = {path.joinpath(*steps) for steps in below if _is_suite(steps, inside=inside)}
    if not path.is_dir():
        return sorted(also)
    return sorted({*_suites_below(path, (), inside=inside), *also})


def _is_suite(below: tuple[str, ...], *, inside: bool) -> bool:
    """Whether a file that some steps lead to is a suite by these; `inside` says that they begin in a folder of them."""
    return (inside or SUITES in below[:-1]) and _is_yaml(Path(below[-1])) and not is_hidden("/".join(below))


def _suites_below(folder: Path, above: tuple[str, ...], *, inside: bool) -> Iterator[Path]:
    """What is named as a YAML file below a folder, in one named `suites`; `inside` says that the folder is in one.

    `above` are the real paths of the folders that led here: a link back to one of them is not followed.
    """
    real = os.path.realpath(folder)
    if real in above:
        return
    try:
        children = [(child, child.is_dir()) for child in folder.iterdir() if not child.name.startswith(".")]
    except OSError as error:
        raise FileError(called(folder), trouble(error, phrase("cannot_read"))) from error
    for child, is_folder in children:
        if is_folder:
            yield from _suites_below(child, (*above, real), inside=inside or child.name == SUITES)
        elif inside and _is_yaml(child):
            yield child


def no_suites(folder: Path) -> Iterator[str]:
    """The paths below a folder of suites of the files that are none by their names; what is mounted is there once."""
    for above, _, names in os.walk(folder):
        for name in names:
            path = Path(above, name).relative_to(folder).as_posix()
            if not path.startswith("..") and (is_hidden(path) or not _is_yaml(Path(name))):
                yield path


def why_a_suite(path: Path, project: Path) -> str | None:
    """What makes a file a suite, among the files of a project; nothing where it is none, as far as that can be told.

    One in the folder `suites` of a version is; one in another folder `suites` is if it has the keys of a suite.
    """
    if not _is_yaml(path):
        return None
    if version_folder(path) is not None:
        return "it lies in the folder `suites` of a policy's version"
    if extension_folder(path) is not None:
        return "it lies in the folder `suites` of an extension"
    if SUITES not in Path(os.path.relpath(path.parent, project)).parts:
        return None
    try:
        text = read_bytes(path)
    except FileError:
        return None
    if _has_key(text, _AT_THE_TOP, b"policy") and _has_key(text, _AT_THE_TOP, b"cases"):
        return "it lies in a folder `suites` and has the keys `policy` and `cases`"
    if _has_key(text, _ANYWHERE, b"action|steps") and _has_key(text, _ANYWHERE, b"expect"):
        return "it lies in a folder `suites`, and its cases have an `action` or `steps` and what to `expect`"
    return None


def _has_key(text: bytes, where: bytes, name: bytes) -> bool:
    # By the text alone: a suite that is no YAML is one too, and somebody has to hear of it.
    return re.search(where % name, text, re.M) is not None


def _is_yaml(path: Path) -> bool:
    return path.name.lower().endswith(YAML_NAMES)


def version_folder(path: Path, unsaved: Unsaved = NOTHING_UNSAVED) -> Path | None:
    """The folder of the version in whose `suites` a file lies by its name; where its bytes lie does not matter."""
    return _folder_with(HEADER, path, unsaved)


def extension_folder(path: Path, unsaved: Unsaved = NOTHING_UNSAVED) -> Path | None:
    """The folder of the extension in whose `suites` a file lies by its name."""
    return _folder_with(EXTENSION, path, unsaved)


def _folder_with(header: str, path: Path, unsaved: Unsaved) -> Path | None:
    folders = (parent.parent for parent in as_named(path).parents if parent.name == SUITES)
    return next((folder for folder in folders if folder / header in unsaved or (folder / header).is_file()), None)


def place_in_policy(path: Path, unsaved: Unsaved = NOTHING_UNSAVED) -> str | None:
    """How an extension names a suite of the policy: by its version and its name in that version's `suites`."""
    if (folder := version_folder(path, unsaved)) is None:
        return None
    return f"{folder.name}/{as_named(path).relative_to(folder / SUITES).with_suffix('').as_posix()}"


def identity(path: Path) -> tuple[str, str]:
    """What two paths of one suite share: the file, and the version in whose folder it lies."""
    return os.path.realpath(path), os.path.realpath(version_folder(path) or "/")
