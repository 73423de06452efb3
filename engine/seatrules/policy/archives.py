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
from .folders import HEADER, SUITES, is_policy_file, is_suite, joined
from .meant import begins_as_meant, is_named_as_meant
from .memory import InMemory, check_path, in_memory

MOST_FILES = 10_000
MOST_BYTES = 64 * 1024 * 1024
"""How much the policy files of one archive may hold together."""
_BEGINNING = 4096
"""How much is looked at of a file that is not read, to see whether it seems to be meant."""
_ENCRYPTED = 0x1
_UNPACKED = (ZIP_STORED, ZIP_DEFLATED)


Held = Path | ZipFile | Traversable
"""A zip, or a folder of a package."""


def read_held(policy: Held, shown: Callable[[Path], str], *, with_suites: bool = False) -> tuple[InMemory, str | None]:
    """The policy in a zip or in a folder of a package and, where a version's folder was given, the version's name.

    Raises:
        FileError: it can't be read, is damaged, or holds what no policy may hold.
    """
    if isinstance(policy, ZipPath):
        return _read_zip(policy.root, _Collected(_name(policy.root, shown), with_suites), policy.at.strip("/"))
    if isinstance(policy, ZipFile):
        return _read_zip(policy, _Collected(_name(policy, shown), with_suites))
    if isinstance(policy, Path):
        return _read_zip(policy, _Collected(shown(policy), with_suites))
    return _read_package(policy, _Collected(str(getattr(policy, "name", "")), with_suites)), None


def unpack(policy: Held, into: Path, only: str | None = None) -> None:
    """Write the files of a policy in a zip or in a package, its suites too, below a folder, each version in its own.

    Args:
        only: the folder's name where no versions but one, or an extension, is held; else what that calls itself.

    Raises:
        FileError: they can't be read or written.
    """
    held, _ = read_held(policy, Path.as_posix, with_suites=True)
    for version, files in held.contents.items():
        folder = version if only is None or held.whole else only
        check_path(folder, held.name)  # a header may say anything
        for name, content in files.items():
            place = into.joinpath(folder, *name.split("/"))
            try:
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(content)
            except OSError as error:
                raise FileError(str(place), trouble(error, phrase("cannot_write"))) from error


def _name(archive: ZipFile, shown: Callable[[Path], str]) -> str:
    return shown(Path(archive.filename)) if archive.filename else ""


def _read_zip(archive: ZipFile | Path, collected: _Collected, folder: str = "") -> tuple[InMemory, str | None]:
    whole = collected.name or "the zip"
    try:
        if isinstance(archive, ZipFile):
            return _read_folder(archive, collected, folder)
        with ZipFile(archive) as opened:
            return _read_folder(opened, collected, folder)
    except OSError as error:
        raise FileError(whole, trouble(error, phrase("cannot_read"))) from error
    except FileError:
        raise
    except Exception as error:  # what a damaged zip raises is a long list, and grows
        raise FileError(whole, phrase("no_zip")) from error


def _read_folder(archive: ZipFile, collected: _Collected, folder: str) -> tuple[InMemory, str | None]:
    """A folder below the top that holds a version's header is beside the versions that it may extend."""
    *above, last = folder.split("/")
    version = last if last and _holds(archive, f"{folder}/{HEADER}") else None
    whole = "/".join(above) if version else folder
    return in_memory(_entries(archive, collected, whole), joined(collected.name, whole)), version


def _holds(archive: ZipFile, path: str) -> bool:
    return any(entry.filename == path for entry in archive.infolist())


def _entries(archive: ZipFile, collected: _Collected, folder: str) -> dict[str, bytes]:
    name, prefix = collected.name, f"{folder}/" if folder else ""
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


def _read_package(folder: Traversable, collected: _Collected) -> InMemory:
    name = collected.name
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
    """The files of a policy that were read so far; too many, or too much in all, is an error.

    Args:
        name: what people call what they are read from.
        with_suites: whether suites are among them.
    """

    def __init__(self, name: str, with_suites: bool) -> None:
        self.name, self.with_suites = name, with_suites
        self.files, self.size = dict[str, bytes](), 0

    def wants(self, path: str, shown: str) -> bool:
        """Whether a file is read, below a policy or a version of it; all others are left alone."""
        below = path.partition("/")[2]
        is_read = is_policy_file(path) and (not below or is_policy_file(below))
        if not is_read and not (self.with_suites and is_suite(path)):
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
