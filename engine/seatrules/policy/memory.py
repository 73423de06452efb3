"""A policy's files in memory, each by a path that is checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ..cache import remembered
from ..errors import FileError, PolicyError
from ..words import phrase
from .folders import EXTENSION, HEADER, SUITES, Folder, is_hidden, is_policy_file, joined


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
    known: ClassVar[None] = None

    @property
    def versions(self) -> list[str]:
        """The names of what holds a header and is not hidden."""
        return sorted(version for version, files in self.contents.items() if HEADER in files and not is_hidden(version))

    @property
    def folders(self) -> list[str]:
        """The names of all that may be meant for a version."""
        return sorted(self.contents)

    def shown(self, version: str) -> str:
        """What people call the place of a version's files; nothing where these are named by their paths alone."""
        return joined(self.name, version) if self.whole else self.name

    def names(self, version: str) -> list[str]:
        """The paths of a version's policy files below it, in order; suites are not among them."""
        return [name for name in self.all_names(version) if is_policy_file(name)]

    def all_names(self, version: str) -> list[str]:
        """The paths of all files below a version, in order; suites are not among them."""
        return sorted(name for name in self.contents[version] if not name.startswith(f"{SUITES}/"))

    def read(self, version: str, name: str) -> bytes:
        """The bytes of one of them."""
        return self.contents[version][name]

    def is_withheld(self, version: str, name: str) -> bool:
        """Whether nothing of a file's text is shown."""
        return False


Files = Folder | InMemory
"""What is read of a policy: versions by their names, and below each its files by their relative paths."""


def in_memory(files: Mapping[Any, Any], name: str = "") -> InMemory:
    """The files of a policy, of one version of it, or of an extension, by their relative paths.

    Raises:
        FileError: a path is none below the policy, or what it leads to is no `bytes`.
    """
    files = dict(files)
    for path, content in files.items():
        check_path(path, name)
        if not isinstance(content, bytes):
            raise FileError(joined(name, path), phrase("not_bytes"))
    is_version = HEADER in files
    if is_version or (EXTENSION in files and not any(path.endswith(f"/{HEADER}") for path in files)):
        header, key = (HEADER, "version") if is_version else (EXTENSION, "name")
        return InMemory({text_in(files[header], joined(name, header), key): files}, name, whole=False)
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
        raise FileError(name or "the policy", phrase("path_no_text"))
    if not _leads_below(path):
        raise FileError(joined(name, path), phrase("path_not_below", header=HEADER))


def is_folder_name(name: str) -> bool:
    """Whether a folder below another one may have a name."""
    return "/" not in name and _leads_below(name)


def _leads_below(path: str) -> bool:
    steps = path.split("/")
    return "\\" not in path and ":" not in steps[0] and {"", ".", ".."}.isdisjoint(steps) and path.isprintable()


def text_in(header: bytes, name: str, key: str) -> str:
    """What stands under a key of a header; nothing where it can't be read: that is told where it is read again."""
    return remembered(lambda: [key.encode(), header], lambda: _read_text(header, name, key))


def _read_text(header: bytes, name: str, key: str) -> str:
    from ..decoding import decode
    from ..nodes import MappingNode, Scalar
    from ..source import parse

    try:
        node = parse(decode(header, name))
    except PolicyError:
        return ""
    text = node.get(key) if isinstance(node, MappingNode) else None
    return text.text if isinstance(text, Scalar) else ""
