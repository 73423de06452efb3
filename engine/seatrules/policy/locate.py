"""Finds policies, their versions and their files on disk."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ..cache import remembered
from ..diagnostics import FileError, PolicyError, Problems, UsageError, did_you_mean, listed

HEADER = "policy.yaml"


class Place(NamedTuple):
    """A policy's folder and the version that was asked for by naming its own folder, if one was."""

    folder: Path
    name: str
    version: str | None = None

    @property
    def versions(self) -> list[str]:
        return sorted(child.name for child in self.folder.iterdir() if (child / HEADER).is_file())


def shipped() -> Path:
    """The folder of the policies that come with the package: in the wheel, or beside `engine/` in a checkout."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "policies"
    return inside if inside.is_dir() else package.parent.parent / "policies"


def find(policy: str | Path | None) -> Place:
    """The policy that `policy` names: a shipped one's name, a policy's folder or a version's folder.

    Raises:
        UsageError: there is no such policy.
        PolicyError: the index of the shipped policies is wrong.
    """
    root = shipped()
    if policy is None:
        policy = _default(root)
    text = str(policy)
    path = Path(text)
    if not path.exists() and "/" not in text and (root / text).is_dir():
        path = root / text
    if (path / HEADER).is_file():
        resolved = path.resolve()
        return Place(resolved.parent, _shown(path.parent if path.parent.name else resolved.parent), resolved.name)
    if path.is_dir():
        place = Place(path, _shown(path))
        if place.versions:
            return place
        raise UsageError("unknown-policy", f"`{_shown(path)}` holds no version of a policy")
    if path.exists():
        raise FileError(text, "is not a folder")
    names = sorted(child.name for child in root.iterdir() if child.is_dir())
    suggestion = did_you_mean(text, names) or f"there are {listed(names)}, or name a folder"
    raise UsageError("unknown-policy", f"there is no policy `{text}`", allowed=names, suggestion=suggestion)


def _default(root: Path) -> str:
    index = root / "index.yaml"
    return remembered(lambda: [_content(index)], lambda: _read_default(index))


def _read_default(index: Path) -> str:
    from ..source import read
    from .kinds import SCHEMAS
    from .structure import values

    problems = Problems()
    value = values(read(index), SCHEMAS["index"], problems)
    if problems.errors:
        raise PolicyError(problems.errors)
    return str(value["default"])


def _shown(path: Path) -> str:
    """The path as people know it: relative to where they stand, when it lies below."""
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix() if path.is_absolute() else path.as_posix()
    except (ValueError, OSError):  # it lies elsewhere, or where they stand is gone
        return path.as_posix()


def policy_files(folder: Path) -> list[str]:
    """The policy files below a version's folder, in the order of their names; suites are not among them."""
    found = []
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(
            f for f in folders if not f.startswith(".") and not (Path(root) == folder and f == "suites")
        )
        found += [Path(root, f).relative_to(folder).as_posix() for f in files if f.lower().endswith((".yaml", ".yml"))]
    return sorted(found)


def parts_of(place: Place, settings: Mapping[str, Any]) -> Iterator[bytes]:
    """All that a compiled policy comes from: where it is, the settings, and every file of every version.

    Raises:
        OSError: a file can't be read, or is none.
    """
    yield repr((place.name, place.version, sorted(settings.items(), key=repr))).encode()
    for version in place.versions:
        for name in policy_files(place.folder / version):
            yield f"{version}/{name}".encode(errors="surrogateescape")
            yield _content(place.folder / version / name)


def _content(file: Path) -> bytes:
    if not stat.S_ISREG(file.stat().st_mode):
        raise OSError("is no file")
    return file.read_bytes()
