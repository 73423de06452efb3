"""A policy's files on disk, and which files are a policy's."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, NoReturn

from ..diagnostics import FileError
from ..files import read_bytes, trouble

HEADER = "policy.yaml"
SUITES = "suites"
YAML_NAMES = (".yaml", ".yml")
"""How the names of YAML files end, in small letters or capitals."""


def joined(folder: str, name: str) -> str:
    """A path below a folder; below none, the name alone."""
    return "/".join(step for step in (folder, name) if step not in ("", "."))


def is_policy_file(name: str) -> bool:
    """Whether a path below a version is one of its policy files: YAML, in no hidden folder and in no suites."""
    *folders, file = name.split("/")
    if not file.lower().endswith(YAML_NAMES) or folders[:1] == [SUITES]:
        return False
    return not any(folder.startswith(".") for folder in folders)


class Folder(NamedTuple):
    """A policy on disk; `name` is what people call its folder."""

    path: Path
    name: str

    @property
    def versions(self) -> list[str]:
        """The names of what holds a header."""
        return self._children(lambda child: (child / HEADER).is_file())

    @property
    def folders(self) -> list[str]:
        """The names of all that may be meant for a version."""
        return self._children(Path.is_dir)

    def _children(self, is_wanted: Callable[[Path], bool]) -> list[str]:
        try:
            return sorted(child.name for child in self.path.iterdir() if is_wanted(child))
        except OSError as error:
            self._refuse(error)

    def _refuse(self, error: OSError) -> NoReturn:
        """What can't be looked into may hold rules: it is no empty folder."""
        raise FileError(str(error.filename or self.name), trouble(error, "can't be read")) from error

    def shown(self, version: str) -> str:
        """What people call the place of a version's files."""
        return f"{self.name}/{version}"

    def names(self, version: str) -> list[str]:
        """The paths of a version's policy files below it, in order; suites are not among them.

        Raises:
            FileError: it can't be looked into.
        """
        top, paths = os.path.join(self.path, version), []  # noqa: PTH118
        for folder, folders, files in os.walk(top, onerror=self._refuse):
            above = folder[len(top) + 1 :].replace(os.sep, "/")
            folders[:] = sorted(name for name in folders if not name.startswith(".") and (above or name != SUITES))
            paths += [path for name in files if is_policy_file(path := joined(above, name))]
        return sorted(paths)

    def read(self, version: str, name: str) -> bytes:
        """The bytes of one of them; of one that is too large, more than a policy file may have.

        Raises:
            FileError: it can't be read, or is no file.
        """
        return read_bytes(self.path / version / name, f"{self.name}/{version}/{name}")
