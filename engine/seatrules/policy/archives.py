"""Reads the files of a policy out of a zip or a package, bounded in size and number, into memory."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from importlib.resources.abc import Traversable
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo
from zipfile import Path as ZipPath

from ..diagnostics import MAX_DEPTH
from ..errors import FileError
from ..files import MAX_BYTES, read_bytes, trouble
from ..words import phrase
from .folders import HEADER, SUITES, is_policy_file, joined
from .meant import begins_as_meant, is_named_as_meant
from .memory import InMemory, check_path, in_memory

MOST_FILES = 10_000
MOST_BYTES = 64 * 1024 * 1024
"""How much the policy files of one archive may hold together."""
_BEGINNING = 4096
"""How much is looked at of a file that is not read, to see whether it seems to be meant."""
_ENCRYPTED = 0x1
_UNPACKED = (ZIP_STORED, ZIP_DEFLATED)


def read_held(policy: Path | ZipFile | Traversable, shown: Callable[[Path], str]) -> tuple[InMemory, str | None]:
    """The policy in a zip or in a folder of a package and, where a version's folder was given, the version's name.

    Raises:
        FileError: it can't be read, is damaged, or holds what no policy may hold.
    """
    if isinstance(policy, ZipPath):
        return _read_zip(policy.root, _name(policy.root, shown), policy.at.strip("/"))
    if isinstance(policy, ZipFile):
        return _read_zip(policy, _name(policy, shown))
    if isinstance(policy, Path):
        return _read_zip(policy, shown(policy))
    return _read_package(policy), None


def _name(archive: ZipFile, shown: Callable[[Path], str]) -> str:
    return shown(Path(archive.filename)) if archive.filename else ""


def _read_zip(archive: ZipFile | Path, name: str, folder: str = "") -> tuple[InMemory, str | None]:
    whole = name or "the zip"
    try:
        if isinstance(archive, ZipFile):
            return _read_folder(archive, name, folder)
        with ZipFile(archive) as opened:
            return _read_folder(opened, name, folder)
    except OSError as error:
        raise FileError(whole, trouble(error, phrase("cannot_read"))) from error
    except FileError:
        raise
    except Exception as error:  # what a damaged zip raises is a long list, and grows
        raise FileError(whole, phrase("no_zip")) from error


def _read_folder(archive: ZipFile, name: str, folder: str) -> tuple[InMemory, str | None]:
    """A folder below the top that holds a version's header is beside the versions that it may extend."""
    *above, last = folder.split("/")
    if last and _holds(archive, f"{folder}/{HEADER}"):
        return in_memory(_entries(archive, name, "/".join(above)), joined(name, "/".join(above))), last
    return in_memory(_entries(archive, name, folder), joined(name, folder)), None


def _holds(archive: ZipFile, path: str) -> bool:
    return any(entry.filename == path for entry in archive.infolist())


def _entries(archive: ZipFile, name: str, folder: str) -> dict[str, bytes]:
    prefix = f"{folder}/" if folder else ""
    collected = _Collected(name)
    for entry in archive.infolist():
        if entry.filename.startswith(prefix) and not entry.is_dir():
            below = entry.filename.removeprefix(prefix)
            check_path(below, joined(name, folder))
            shown = joined(name, entry.filename)
            if stat.S_ISLNK(entry.external_attr >> 16):
                raise FileError(shown, phrase("link_in_zip"))
            if collected.wants(below, shown):
                collected.add(below, _entry(archive, entry, shown))
            elif _may_be_meant(below) and not entry.flag_bits & _ENCRYPTED and entry.compress_type in _UNPACKED:
                with archive.open(entry) as file:
                    collected.add_stray(below, file.read(_BEGINNING))
    return collected.files


def _may_be_meant(path: str) -> bool:
    """Whether a file that is not read might be told as one that seems to be meant, by its name."""
    below = path.partition("/")[2]
    return is_named_as_meant(path) and not any(each.startswith((f"{SUITES}/", "..")) for each in (path, below))


def _entry(archive: ZipFile, entry: ZipInfo, shown: str) -> bytes:
    if entry.flag_bits & _ENCRYPTED:
        raise FileError(shown, phrase("encrypted"))
    if entry.compress_type not in _UNPACKED:
        raise FileError(shown, phrase("packed_otherwise"))
    with archive.open(entry) as file:
        return file.read(MAX_BYTES + 1)


def _read_package(folder: Traversable) -> InMemory:
    name = str(getattr(folder, "name", ""))
    collected = _Collected(name)
    try:
        for below, file in _files(folder, ()):
            shown = joined(name, below)
            if collected.wants(below, shown):
                collected.add(below, _content(file, shown))
            elif _may_be_meant(below):
                with file.open("rb") as opened:
                    collected.add_stray(below, bytes(opened.read(_BEGINNING)))
    except OSError as error:
        raise FileError(name, trouble(error, phrase("cannot_read"))) from error
    except FileError:
        raise
    except Exception as error:  # whoever made the package may raise anything
        raise FileError(name, phrase("cannot_read")) from error
    return in_memory(collected.files, name)


def _files(folder: Traversable, above: tuple[str, ...]) -> Iterator[tuple[str, Traversable]]:
    if len(above) > MAX_DEPTH:
        raise FileError("/".join(above[:3]) + "/…", phrase("folders_too_deep", depth=MAX_DEPTH))
    for child in folder.iterdir():
        if child.is_dir():
            yield from _files(child, (*above, child.name))
        else:
            yield "/".join((*above, child.name)), child


def _content(file: Traversable, shown: str) -> bytes:
    if isinstance(file, Path):
        return read_bytes(file, shown)
    with file.open("rb") as opened:
        return bytes(opened.read(MAX_BYTES + 1))


class _Collected:
    """The policy files that were read so far; too many, or too much in all, is an error."""

    def __init__(self, name: str) -> None:
        self.name, self.files, self.size = name, dict[str, bytes](), 0

    def wants(self, path: str, shown: str) -> bool:
        """Whether a file is read, below a policy or a version of it; all others are left alone."""
        below = path.partition("/")[2]
        if not is_policy_file(path) or (below and not is_policy_file(below)):
            return False
        if path in self.files:
            raise FileError(shown, phrase("there_twice"))
        if len(self.files) == MOST_FILES:
            raise FileError(self.name or "the zip", phrase("too_many_policy_files", most=MOST_FILES))
        return True

    def add_stray(self, path: str, content: bytes) -> None:
        """Keep the beginning of a file that is not read, if it seems to be meant."""
        if len(self.files) < MOST_FILES and begins_as_meant(path, content):
            self.files.setdefault(path, content)

    def add(self, path: str, content: bytes) -> None:
        self.size += len(content)
        if self.size > MOST_BYTES:
            raise FileError(self.name or "the zip", phrase("too_many_bytes", size=MOST_BYTES // 1024 // 1024))
        self.files[path] = content
