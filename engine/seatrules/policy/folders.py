"""The files of a policy, wherever they lie: on disk or in memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, Protocol

from ..cache import remembered
from ..diagnostics import FileError, PolicyError
from ..files import read_bytes

HEADER = "policy.yaml"
SUITES = "suites"


class Files(Protocol):
    """What is read of a policy: versions by their names, and below each its files by their relative paths."""

    @property
    def versions(self) -> list[str]:
        """The names of what holds a header."""

    @property
    def folders(self) -> list[str]:
        """The names of all that may be meant for a version."""

    def shown(self, version: str) -> str:
        """What people call the place of a version's files; nothing where these are named by their paths alone."""

    def names(self, version: str) -> list[str]:
        """The paths of a version's policy files, in order; suites are not among them."""

    def read(self, version: str, name: str) -> bytes:
        """The bytes of one of them; of one that is too large, more than a policy file may have.

        Raises:
            FileError: it can't be read, or is no file.
        """


def joined(folder: str, name: str) -> str:
    """A path below a folder; below none, the name alone."""
    return "/".join(step for step in (folder, name) if step not in ("", "."))


def is_policy_file(name: str) -> bool:
    """Whether a path below a version is one of its policy files: YAML, in no hidden folder and in no suites."""
    *folders, file = name.split("/")
    if not file.lower().endswith((".yaml", ".yml")) or folders[:1] == [SUITES]:
        return False
    return not any(folder.startswith(".") for folder in folders)


@dataclass(frozen=True, slots=True)
class Folder:
    """A policy on disk; `name` is what people call its folder."""

    path: Path
    name: str

    @property
    def versions(self) -> list[str]:
        return self._children(lambda child: (child / HEADER).is_file())

    @property
    def folders(self) -> list[str]:
        return self._children(Path.is_dir)

    def _children(self, wanted: Callable[[Path], bool]) -> list[str]:
        try:
            return sorted(child.name for child in self.path.iterdir() if wanted(child))
        except OSError as error:
            self._refuse(error)

    def _refuse(self, error: OSError) -> NoReturn:
        """What can't be looked into may hold rules: it is no empty folder."""
        raise FileError(str(error.filename or self.name), error.strerror or "can't be read") from error

    def shown(self, version: str) -> str:
        return f"{self.name}/{version}"

    def names(self, version: str) -> list[str]:
        folder, found = self.path / version, []
        for root, folders, files in os.walk(folder, onerror=self._refuse):
            is_top = Path(root) == folder
            folders[:] = sorted(
                name for name in folders if not name.startswith(".") and not (is_top and name == SUITES)
            )
            paths = (Path(root, name).relative_to(folder).as_posix() for name in files)
            found += [path for path in paths if is_policy_file(path)]
        return sorted(found)

    def read(self, version: str, name: str) -> bytes:
        return read_bytes(self.path / version / name, joined(self.shown(version), name))


@dataclass(frozen=True, slots=True)
class InMemory:
    """A policy in memory: the bytes of its files, by version and path, each path checked.

    Args:
        name: what people call the place that the files come from, if it has a name.
        whole: whether there are versions by their names, and not one whose files stand at the top.
    """

    contents: Mapping[str, Mapping[str, bytes]]
    name: str
    whole: bool

    @property
    def versions(self) -> list[str]:
        return sorted(version for version, files in self.contents.items() if HEADER in files)

    @property
    def folders(self) -> list[str]:
        return sorted(self.contents)

    def shown(self, version: str) -> str:
        return joined(self.name, version) if self.whole else self.name

    def names(self, version: str) -> list[str]:
        return sorted(name for name in self.contents[version] if is_policy_file(name))

    def read(self, version: str, name: str) -> bytes:
        return self.contents[version][name]


def in_memory(files: Mapping[Any, Any], name: str = "") -> InMemory:
    """The files of a policy, or of one version of it, by their relative paths.

    Raises:
        FileError: a path is none below the policy, or what it leads to is no `bytes`.
    """
    files = dict(files)
    for path, content in files.items():
        check_path(path, name)
        if not isinstance(content, bytes):
            raise FileError(joined(name, path), "is not given as bytes: encode a text as UTF-8")
    if HEADER in files:
        return InMemory({_version(files[HEADER], joined(name, HEADER)): files}, name, whole=False)
    contents: dict[str, dict[str, bytes]] = {}
    for path, content in files.items():
        version, _, below = path.partition("/")
        if below:
            contents.setdefault(version, {})[below] = content
    return InMemory(contents, name, whole=True)


def check_path(path: Any, name: str) -> None:
    """Make sure that a path leads to a file below a policy, by one spelling.

    Raises:
        FileError: it does not.
    """
    if not isinstance(path, str):
        raise FileError(name or "the policy", "names a file by something that is no text")
    steps = path.split("/")
    if "\\" in path or ":" in steps[0] or not {"", ".", ".."}.isdisjoint(steps) or not path.isprintable():
        raise FileError(joined(name, path), f"is no path below the policy: write it as `2024-11-01/{HEADER}`")


def _version(header: bytes, name: str) -> str:
    """The version that a header names; nothing where it can't be read, which is told where it is read again."""
    return remembered(lambda: [b"version", header], lambda: _read_version(header, name))


def _read_version(header: bytes, name: str) -> str:
    from ..source import Mapping as MappingNode
    from ..source import Scalar, decode, parse

    try:
        node = parse(decode(header, name))
    except PolicyError:
        return ""
    version = node.get("version") if isinstance(node, MappingNode) else None
    return version.text if isinstance(version, Scalar) else ""
