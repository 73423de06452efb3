"""Finds policies and their versions: on disk, in memory, in a zip or in a package."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from ..cache import remembered
from ..diagnostics import echo, in_a_list, nearest
from ..errors import FileError, PolicyError, UsageError
from ..files import as_named, called, read_bytes, trouble
from ..problems import Problems
from ..words import phrase
from .folders import EXTENSION, HEADER, Folder, Unsaved, joined, misnamed_extension
from .strays import check_strays, in_folder, strays

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable
    from zipfile import ZipFile

    from .memory import Files, InMemory

    Source: TypeAlias = str | Path | Mapping[str, bytes] | ZipFile | Traversable
    """What names a policy, or holds its files."""


class Attached(NamedTuple):
    """The folder of an extension, and the one in which it lies; in memory, its name stands for its folder."""

    files: Files
    folder: str

    @property
    def path(self) -> Path:
        """The folder on disk, where it lies there."""
        assert isinstance(self.files, Folder)
        return self.files.path / self.folder


class Place(NamedTuple):
    """A policy's files and the version that was asked for by naming its own folder, if one was.

    `extensions` are the folders of what it is to be read with; `held` is the zip or package whose files these are.
    """

    files: Files
    name: str
    version: str | None = None
    extensions: tuple[Attached, ...] = ()
    held: Path | ZipFile | Traversable | None = None

    @property
    def versions(self) -> list[str]:
        return self.files.versions

    @property
    def folder(self) -> Path | None:
        """The policy's folder on disk, if it lies there."""
        return self.files.path if isinstance(self.files, Folder) else None

    @property
    def unsaved(self) -> Unsaved:
        """What is read in the place of files on disk, or as if they were there: of the policy and of its extensions."""
        folders = [each for each in (self.files, *(each.files for each in self.extensions)) if isinstance(each, Folder)]
        return {path: content for each in folders for path, content in each.unsaved.items()}

    @property
    def may_be_unpacked(self) -> bool:
        """Whether each version has a name that a folder may have: where one is held alone, its header says its name."""
        from .memory import is_folder_name  # slow to import, and asked for only where there is one

        return all(map(is_folder_name, self.versions))

    def unpacked(self, into: Path) -> Place:
        """The policy with its suites in a folder that is there, as one in a folder has them.

        Raises:
            FileError: its files can't be read or written.
        """
        if self.held is None:
            return self
        from .archives import unpack  # slow to import, and asked for only where there is one

        unpack(self.held, into)
        return self._replace(files=Folder(into, self.name), held=None)

    def folder_of_suites(self) -> Path:
        """The folder below which the policy's suites lie.

        Raises:
            UsageError: the policy lies in no folder.
        """
        if self.folder is None:
            raise UsageError("no-folder", phrase("no_folder", name=self.name), suggestion=phrase("unpack_it"))
        return self.folder


def shipped() -> Path | Traversable:
    """The folder of the policies that come with the package: in the wheel, or beside `engine/` in a checkout.

    It lies in a zip if the package does.
    """
    package = Path(__file__).resolve().parent.parent
    if package.is_dir():
        inside = package / "policies"
        return inside if inside.is_dir() else package.parent.parent / "policies"
    from importlib.resources import files  # slow to import, and asked for only where the package is no folder

    return files("seatrules") / "policies"


def find(policy: Source | None, extensions: Sequence[Source | Attached] = ()) -> Place:
    """The policy that `policy` names or holds: a shipped one's name, a folder, a zip, files in memory or of a package.

    Args:
        extensions: what it is to be read with, as a policy is named; where none is, it is the one of the first.

    Raises:
        UsageError: there is no such policy or extension.
        PolicyError: the index of the shipped policies is wrong.
        FileError: the files can't be read, or are none that a policy may have.
    """
    if isinstance(extensions, str | Path):
        mend = phrase("extensions_as_list", given=repr(str(extensions)))
        raise UsageError("unknown-extension", phrase("extensions_one_text"), suggestion=mend)
    attached = tuple(each if isinstance(each, Attached) else _attached(each) for each in extensions)
    if policy is None and attached:
        policy = _extended_by(attached[0])
    return _find(policy)._replace(extensions=attached)


def _attached(extension: Source) -> Attached:
    """The extension that a path names, or that a zip, memory or a package holds."""
    if isinstance(extension, Mapping):
        from .memory import in_memory  # slow to import, and asked for only where there is one

        return _attached_of(in_memory(extension), "the mapping")
    held = Path(extension) if isinstance(extension, str) else extension
    if isinstance(held, Path) and not is_zip(held):
        return attached_at(held)
    from .archives import read_held  # slow to import, and asked for only where there is one

    files, _ = read_held(held, shown)
    return _attached_of(files, files.name or "the zip")


def _attached_of(files: InMemory, name: str) -> Attached:
    folder, content = next(iter(files.contents.items()), ("", {}))
    if files.whole or EXTENSION not in content:
        mend = phrase("extension_at_top", header=EXTENSION)
        raise UsageError("unknown-extension", phrase("no_extension", path=echo(name)), suggestion=mend)
    return Attached(files, folder)


def attached_unpacked(path: Path, into: Path) -> Attached:
    """The extension in a zip, in a folder below one that is there.

    Raises:
        UsageError: it holds none.
        FileError: its files can't be read or written.
    """
    from .archives import unpack  # slow to import, and asked for only where there is one

    _attached(path)
    unpack(path, into, only=path.name)
    return Attached(Folder(into, shown(path.parent)), path.name)


def attached_at(path: Path) -> Attached:
    """The extension in a folder.

    Raises:
        UsageError: it holds none.
    """
    if not (path / EXTENSION).is_file():
        mend = phrase("name_extension", header=EXTENSION)
        if misnamed := misnamed_extension(path):
            mend = phrase("rename_extension", given=misnamed, header=EXTENSION)
        raise UsageError("unknown-extension", phrase("no_extension", path=echo(path)), suggestion=mend)
    whole = as_named(path)
    return Attached(Folder(whole.parent, shown(path.parent if path.parent.name else whole.parent)), whole.name)


def _extended_by(extension: Attached) -> str | None:
    """The policy that an extension is for; nothing where that can't be read: what is wrong is told as it is read."""
    from .memory import text_in  # slow to import, and asked for only where there is one

    file = joined(extension.files.shown(extension.folder), EXTENSION)
    return text_in(extension.files.read(extension.folder, EXTENSION), file, "extends") or None


def _find(policy: Source | None) -> Place:
    if isinstance(policy, Mapping):
        from .memory import in_memory  # slow to import, and asked for only where there is one

        return _with_versions(Place(in_memory(policy), "the mapping"))
    if policy is not None and not isinstance(policy, str | Path) and hasattr(policy, "open"):
        return _held(policy)
    try:
        return _named(None if policy is None else str(policy))
    except OSError as error:
        raise FileError(str(error.filename or policy), trouble(error, phrase("cannot_read"))) from error


def _named(policy: str | None) -> Place:
    root = shipped()
    text = _default(root) if policy is None else policy
    path = Path(text)
    if not path.exists() and "/" not in text and (root / text).is_dir():
        return _held(root / text)
    if path.is_dir():
        return _on_disk(path)
    if is_zip(path):
        return _held(path)
    if path.exists():
        raise FileError(text, phrase("not_a_folder"))
    names = sorted(child.name for child in root.iterdir() if child.is_dir())
    near = nearest(text, names)
    suggestion = phrase("did_you_mean", name=near) if near else phrase("policies_or_folder", names=in_a_list(names))
    raise UsageError("unknown-policy", phrase("no_policy", name=echo(text)), allowed=names, suggestion=suggestion)


def is_zip(path: Path) -> bool:
    """Whether a path names a zip, by the file's name."""
    return path.suffix.lower() == ".zip" and path.is_file()


def policies_in(folder: Path) -> list[Path]:
    """The policies of a folder of policies, in the order of their names; none where it is another folder, or none."""
    if not folder.is_dir():
        return []
    return sorted(child for child in folder.iterdir() if child.is_dir() and any(child.glob(f"*/{HEADER}")))


def _on_disk(path: Path) -> Place:
    if (path / HEADER).is_file():
        given = _by_its_name(path)
        name = shown(path.parent if path.parent.name else given.parent)
        return Place(Folder(given.parent, name), name, given.name)
    name = shown(path)
    return _with_versions(Place(Folder(path, name), name))


def _by_its_name(path: Path) -> Path:
    """A version's whole path by the name as given; a link that has another name than its version stands for that."""
    given, real = as_named(path), path.resolve()
    if given.name == real.name:
        return given
    from .memory import text_in  # slow to import, and asked for only where there is one

    return real if text_in(read_bytes(path / HEADER), str(path / HEADER), "version") == real.name else given


def _held(policy: Path | ZipFile | Traversable) -> Place:
    """The policy in a zip, or in a folder of a package."""
    if isinstance(policy, Path) and not policy.is_file():
        return _on_disk(policy)
    from .archives import read_held  # slow to import, and asked for only where there is one

    files, version = read_held(policy, shown)
    place = Place(files, files.name or "the zip", version, held=policy)
    return place if version else _with_versions(place)


def _with_versions(place: Place) -> Place:
    """The place, if it holds a version; what seems to be meant for one is told first."""
    if place.versions:
        return place
    problems = Problems()
    check_strays(place.files, strays(place.files), problems)
    problems.raise_errors()
    if place.folder is not None and (given := as_named(place.folder)).name:
        above = Folder(given.parent, shown(given.parent))
        check_strays(above, strays(above, given.name), problems)
    problems.raise_errors()
    suggestion = None if place.folder else phrase("named_as", header=HEADER)
    raise UsageError("unknown-policy", phrase("holds_no_version", name=place.name), suggestion=suggestion)


def _default(root: Path | Traversable) -> str:
    index = root / "index.yaml"
    return remembered(lambda: [_content(index)], lambda: _read_default(_content(index), str(index)))


def _content(file: Path | Traversable) -> bytes:
    return read_bytes(file) if isinstance(file, Path) else file.read_bytes()


def _read_default(index: bytes, name: str) -> str:
    from ..decoding import decode
    from ..source import parse
    from .kinds import SCHEMAS
    from .structure import values

    problems = Problems()
    value = values(parse(decode(index, name)), SCHEMAS["index"], problems)
    if problems.errors:
        raise PolicyError(problems.errors)
    return str(value["default"])


def shown(path: Path) -> str:
    """The path as people know it: relative to the current folder, when it lies below."""
    if (name := called(path)) != str(path):
        return name
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix() if path.is_absolute() else path.as_posix()
    except (ValueError, OSError):  # it lies elsewhere, or the current folder is gone
        return path.as_posix()


def parts_of(place: Place, settings: Mapping[str, Any]) -> Iterator[bytes]:
    """All that a compiled policy comes from: where it is, the settings, and every file of every version and extension.

    Raises:
        FileError: a file can't be read, or is none.
    """
    yield repr((place.version, sorted(settings.items(), key=repr))).encode()
    for version in place.versions:
        yield from _parts_below(place.files, version)
    for stray in strays(place.files, place.version):
        yield repr(stray).encode()
    for files, folder in place.extensions:
        yield b"an extension"
        yield from _parts_below(files, folder)


def _parts_below(files: Files, folder: str) -> Iterator[bytes]:
    yield files.shown(folder).encode(errors="surrogateescape")
    for name in files.names(folder):
        yield f"{folder}/{name}".encode(errors="surrogateescape")
        yield files.read(folder, name)
    for stray in in_folder(files, folder):
        yield repr(stray).encode()
