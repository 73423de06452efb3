"""Finds policies and their versions on disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..diagnostics import FileError, PolicyError, Problems, UsageError, did_you_mean, listed
from ..source import read
from .kinds import SCHEMAS
from .load import HEADER
from .structure import values


@dataclass(frozen=True, slots=True)
class Place:
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
    problems = Problems()
    value = values(read(root / "index.yaml"), SCHEMAS["index"], problems)
    if problems.errors:
        raise PolicyError(problems.errors)
    return str(value["default"])


def _shown(path: Path) -> str:
    """The path as people know it: relative to where they stand, when it lies below."""
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix() if path.is_absolute() else path.as_posix()
    except ValueError:
        return path.as_posix()
