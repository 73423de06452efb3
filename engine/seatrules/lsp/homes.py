"""Says which policy, or which extension of one, a file belongs to."""

from __future__ import annotations

import glob
import re
from codecs import BOM_UTF8
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from ..decoding import decode
from ..errors import FileError, PolicyError
from ..files import as_named, read_bytes
from ..nodes import MappingNode, Scalar
from ..policy.folders import EXTENSION, HEADER, YAML_NAMES, Folder, KeptFiles
from ..policy.locate import Attached, Place, find, shipped
from ..source import parse

Unsaved = Mapping[Path, bytes]
_POLICY = re.compile(rb"""^["']?policy["']?[ \t]*:[ \t]+([^\r\n]*)""", re.M)
"""What names the policy of a suite, in a text that may be no YAML while it is written."""
_CASES = re.compile(rb"""^["']?cases["']?[ \t]*:""", re.M)
_NAME = re.compile(rb"^name: *([A-Za-z0-9_-]+) *\r?$", re.M)


class Home(NamedTuple):
    """The folder of a policy; or of an extension, or of a policy's only version that lies among those of others."""

    folder: Path
    is_extension: bool = False
    version: str | None = None

    @property
    def header(self) -> Path:
        """The file of which is said what concerns the whole."""
        return self.folder / (self.version or "") / (EXTENSION if self.is_extension else HEADER)


def home_of(path: Path, unsaved: Unsaved) -> Home | None:
    """What a file belongs to, by the headers in the folders above it; nothing where there is none."""
    for folder in path.parents:
        if _is_file(folder / EXTENSION, unsaved):
            return Home(folder, is_extension=True)
        if _is_file(folder / HEADER, unsaved):
            return _of_version(folder, unsaved)
    near = next((Home(folder) for folder in [*path.parents][:2] if [*folder.glob(f"*/{HEADER}")]), None)
    return near or _of_suite(path, unsaved)


def suites_elsewhere(home: Home, unsaved: Unsaved) -> list[Path]:
    """The suites that are open and name a policy in whose folder they do not lie."""
    return [path for path in unsaved if not path.is_relative_to(home.folder) and home_of(path, unsaved) == home]


def _of_suite(path: Path, unsaved: Unsaved) -> Home | None:
    """The policy that a suite elsewhere names, as `seatrules test` finds it from the folder of this process."""
    content = _content(path, unsaved) if path.name.lower().endswith(YAML_NAMES) else b""
    named = _POLICY.search(content) if _CASES.search(content) else None
    if named is None or not (text := _written(named[1].decode("utf-8", "replace"))):
        return None
    here = as_named(Path(text))
    with suppress(OSError, ValueError):  # of a name that no file may have
        for folder in (here, *([shipped() / text] if "/" not in text else [])):
            if isinstance(folder, Path) and (folder / HEADER).is_file():
                return _of_version(folder, unsaved)
            if isinstance(folder, Path) and any(folder.glob(f"*/{HEADER}")):
                return Home(folder)
    return None


def _written(value: str) -> str:
    """What stands behind a key, without quotes and what is said of it."""
    value = value.strip()
    if value[:1] in ("'", '"'):
        return value[1:].partition(value[0])[0]
    return value.partition(" #")[0].strip()


def _content(path: Path, unsaved: Unsaved) -> bytes:
    try:
        content = unsaved[path] if path in unsaved else read_bytes(path)
    except FileError:
        return b""
    return content.removeprefix(BOM_UTF8)


def _of_version(folder: Path, unsaved: Unsaved) -> Home:
    """The policy that a version is of: all versions beside it, unless some of these have another name."""
    named = {_name_in(header, unsaved) for header in folder.parent.glob(f"*/{HEADER}")}
    return Home(folder.parent, version=folder.name if len(named - {None}) > 1 else None)


def place_of(home: Home, unsaved: Unsaved, known: KeptFiles) -> Place:
    """What is to be read of a policy, or of the one that an extension is for.

    Raises:
        UsageError: there is no policy that the extension names.
        PolicyError: the index of the shipped policies is wrong.
        FileError: the files can't be read.
    """
    if not home.is_extension:
        name = str(home.folder)
        return Place(Folder(home.folder, name, unsaved, known), name, home.version)
    parent = home.folder.parent
    attached = Attached(Folder(parent, str(parent), unsaved, known), home.folder.name)
    policy = _text_in(home.header, "extends", unsaved)
    near = None if policy is None else _around(home.folder, policy)
    return find(near or policy)._replace(extensions=(attached,))


def _around(folder: Path, policy: str) -> Path | None:
    """The folder with the name of a policy near that of an extension."""
    for above in [*folder.parents][:2] if policy.isprintable() and "/" not in policy else ():
        for near in (above / policy, *above.glob(f"*/{glob.escape(policy)}")):
            if any(near.glob(f"*/{HEADER}")):
                return near
    return None


def _name_in(header: Path, unsaved: Unsaved) -> str | None:
    """The name that a header gives: one word on a line is found without reading the whole as YAML."""
    try:
        content = unsaved[header] if header in unsaved else read_bytes(header)
    except FileError:
        return None
    words = _NAME.findall(content)
    return words[0].decode() if len(words) == 1 else _text_in(header, "name", unsaved)


def _text_in(header: Path, key: str, unsaved: Unsaved) -> str | None:
    """What stands under a key of a header; nothing where that can't be read."""
    try:
        node = parse(decode(unsaved[header] if header in unsaved else read_bytes(header), str(header)))
    except (FileError, PolicyError):
        return None
    text = node.get(key) if isinstance(node, MappingNode) else None
    return text.text if isinstance(text, Scalar) else None


def _is_file(path: Path, unsaved: Unsaved) -> bool:
    return path in unsaved or path.is_file()
