"""A policy's files on disk, and which files are a policy's."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, TypeVar

from ..errors import FileError
from ..files import as_named, leads_out, read_bytes, trouble
from ..words import phrase

if TYPE_CHECKING:
    from ..diagnostics import Diagnostic, SourceText
    from ..nodes import Node

Made = TypeVar("Made")
Unsaved = Mapping[Path, bytes]
"""What is read in the place of files, or as if they were there, by their whole paths."""
NOTHING_UNSAVED: Unsaved = {}
HEADER = "policy.yaml"
EXTENSION = "extension.yaml"
"""The header of an extension, which stands in a folder of its own."""
SUITES = "suites"
MOST_FOLDERS = 10_000
"""How many folders a version may have, with those that links lead to."""
YAML_NAMES = (".yaml", ".yml")
"""How the names of YAML files end, in small letters or capitals."""


def joined(folder: str, name: str) -> str:
    """A path below a folder; below none, the name alone."""
    return "/".join(step for step in (folder, name) if step not in ("", "."))


def is_policy_file(name: str) -> bool:
    """Whether a path below a version is one of its policy files: YAML, in no hidden folder and in no suites."""
    folder, _, file = name.rpartition("/")
    return file.lower().endswith(YAML_NAMES) and folder.split("/")[0] != SUITES and not is_hidden(folder)


def is_suite(path: str) -> bool:
    """Whether a path below a policy or a version is one of its suites."""
    folder, _, file = path.rpartition("/")
    return file.lower().endswith(YAML_NAMES) and SUITES in folder.split("/")[:2] and not is_hidden(folder)


def is_hidden(path: str) -> bool:
    """Whether a path goes through a folder that is hidden."""
    return any(folder.startswith(".") for folder in path.split("/"))


def misnamed_extension(folder: Path) -> str | None:
    """The name of a file in a folder that is meant for the header of an extension, where none has its name."""
    names = {child.name.lower(): child.name for child in folder.glob("*")}  # none where it is no folder
    if EXTENSION in names.values():
        return None
    stem = EXTENSION.removesuffix(".yaml")
    return next((names[f"{stem}{end}"] for end in (*YAML_NAMES, ".json") if f"{stem}{end}" in names), None)


class KeptFiles:
    """What files hold, by their names: the nodes of each, and the bytes that they were made of; and what nodes come to.

    Nothing of a file is kept once its bytes are others.
    """

    def __init__(self) -> None:
        self._nodes: dict[tuple[str, str, bool], tuple[bytes, Node]] = {}
        self._made: dict[SourceText, dict[tuple[int, int], Any]] = {}
        self.suites: dict[Path, tuple[bytes, Sequence[Diagnostic]]] = {}
        """What is wrong with suites by themselves, and the bytes of which that is so."""

    def nodes(self, key: tuple[str, str, bool], content: bytes, read: Callable[[], Node]) -> Node:
        """The nodes of a file: the same ones as long as its bytes are; else what is read."""
        kept = self._nodes.get(key)  # asked once: another thread may read the same file anew
        if kept is None or kept[0] != content:
            if kept is not None:
                self._made.pop(kept[1].span.source, None)
            kept = self._nodes[key] = (content, read())
        return kept[1]

    def made(self, node: Node, of: int, make: Callable[[], Made]) -> Made:
        """What comes of a node of a file by something that has a number; it is made once."""
        by_node = self._made.setdefault(node.span.source, {})
        key = (id(node), of)
        if key not in by_node:
            by_node[key] = make()
        made: Made = by_node[key]
        return made


def below_of(folder: Path, unsaved: Unsaved) -> Iterator[tuple[str, ...]]:
    """The steps that lead from a folder to each of the files below it that are unsaved."""
    if unsaved:
        whole = as_named(folder)
        yield from (path.relative_to(whole).parts for path in unsaved if path != whole and path.is_relative_to(whole))


class Folder(NamedTuple):
    """A policy on disk; `name` is what people call its folder.

    `known` keeps what files hold between one reading and the next, if it is given.
    """

    path: Path
    name: str
    unsaved: Unsaved = NOTHING_UNSAVED
    known: KeptFiles | None = None

    @property
    def versions(self) -> list[str]:
        """The names of what holds a header and is not hidden."""
        return self._children(lambda child: not is_hidden(child.name) and self._is_file(child / HEADER))

    @property
    def folders(self) -> list[str]:
        """The names of all that may be meant for a version."""
        return self._children(lambda child: child.is_dir() or self._is_unsaved(child))

    @property
    def beside(self) -> list[str]:
        """The names of the files beside the versions, of which none is read."""
        return self._children(Path.is_file)

    def _is_file(self, path: Path) -> bool:
        return as_named(path) in self.unsaved or path.is_file()

    def _children(self, is_wanted: Callable[[Path], bool]) -> list[str]:
        unsaved = {below[0] for below in below_of(self.path, self.unsaved)}
        try:
            there = {child.name for child in self.path.iterdir()} if self._is_there(self.path) else set()
            return sorted(name for name in there | unsaved if is_wanted(self.path / name))
        except OSError as error:
            self.refuse(error)

    def _is_there(self, folder: Path) -> bool:
        """Whether a folder is looked into: one that is only in what is unsaved is not."""
        return not self._is_unsaved(folder) or os.path.lexists(folder)

    def _is_unsaved(self, folder: Path) -> bool:
        return any(below_of(folder, self.unsaved))

    def refuse(self, error: OSError) -> NoReturn:
        """What can't be looked into may hold rules: it is no empty folder."""
        raise FileError(str(error.filename or self.name), trouble(error, phrase("cannot_read"))) from error

    def shown(self, version: str) -> str:
        """What people call the place of a version's files."""
        return joined(self.name, version)

    def names(self, version: str) -> list[str]:
        """The paths of a version's policy files below it, in order; suites are not among them.

        Raises:
            FileError: it can't be looked into.
        """
        return [name for name in self.all_names(version) if is_policy_file(name)]

    def all_names(self, version: str) -> list[str]:
        """The paths of all files below a version, in order, through links too; suites are not among them.

        Raises:
            FileError: it can't be looked into, or has more folders than a policy may have.
        """
        folder = self.path / version
        unsaved = {"/".join(below) for below in below_of(folder, self.unsaved) if below[0] != SUITES}
        return sorted({*_Walk(self).paths(folder, "", ()), *unsaved} if self._is_there(folder) else unsaved)

    def read(self, version: str, name: str) -> bytes:
        """The bytes of one of them; of one that is too large, more than a policy file may have.

        Raises:
            FileError: it can't be read, or is no file.
        """
        path = self.path / version / name
        unsaved = self.unsaved.get(as_named(path)) if self.unsaved else None
        return read_bytes(path, joined(self.shown(version), name)) if unsaved is None else unsaved

    def is_withheld(self, version: str, name: str) -> bool:
        """Whether nothing of a file's text is shown: its link leads out of the policy's folder."""
        return leads_out(self.path / version / name, self.path)


class _Walk:
    """Goes through a folder, and through the links in it."""

    def __init__(self, of: Folder) -> None:
        self.of, self.folders = of, 0

    def paths(self, folder: Path, above: str, behind: tuple[str, ...]) -> Iterator[str]:
        """The paths of files; `behind` are the real paths that led here, to none of which a link is followed back."""
        real = os.path.realpath(folder)
        self.folders += 1
        if self.folders > MOST_FOLDERS:
            raise FileError(self.of.name, phrase("too_many_folders", most=MOST_FOLDERS))
        if real in behind:
            return
        try:
            children = [(child, os.path.isdir(child)) for child in os.scandir(folder)]  # noqa: PTH112
        except OSError as error:
            self.of.refuse(error)
        for child, is_folder in children:
            path = joined(above, child.name)
            if not is_folder:
                yield path
            elif path != SUITES and not is_hidden(above):
                yield from self.paths(Path(child.path), path, (*behind, real))
