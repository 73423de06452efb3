"""Puts the engine and the Python that runs it into scripts of a book, so that its page `try it` answers offline.

That Python is Pyodide, as the npm package `pyodide` has it. Nothing is fetched: the package is given.
"""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zlib
from base64 import b64encode
from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import NamedTuple
from zipfile import ZipFile, ZipInfo

from ..cache import packed
from ..diagnostics import echo
from ..engine import Engine
from ..errors import UsageError
from ..files import reading
from ..json_text import NotJsonError, parse_json
from ..words import phrase

TRIED_WITH = "314.0.7"
"""The release of the package that the tests run."""
_RUN = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")
_NEEDED = ("package.json", "pyodide-lock.json", *_RUN)
_LARGEST = 64 * 1024 * 1024
"""How large a file of the package may be."""
_NOT_ASKED = frozenset({"analysis", "batch", "book", "cli", "durable", "lsp", "making", "policies", "spark", "sql"})
"""What of this package no answer of the page needs."""


class Runtime(NamedTuple):
    """The Python that a browser runs: its release, what it says of its own packages, and its files."""

    version: str
    lock: Mapping[str, object]
    files: Mapping[str, bytes]


def read_runtime(path: Path) -> Runtime:
    """The npm package `pyodide`, as `npm pack` writes it or unpacked in a folder.

    Raises:
        UsageError: it is another package, or lacks what a browser needs.
        FileError: it can't be read.
    """
    with reading(str(path)):
        found = _in_folder(path) if path.is_dir() else _in_archive(path)
    try:
        if lacking := [name for name in _NEEDED if name not in found]:
            raise _no_runtime(path, lacking[0])
        about, lock = (parse_json(found[name]) for name in ("package.json", "pyodide-lock.json"))
        return Runtime(str(about["version"]), dict(lock["info"]), {name: found[name] for name in _RUN})
    except (NotJsonError, ValueError, KeyError, TypeError):
        raise _no_runtime(path, "package.json") from None


def _no_runtime(path: Path, lacking: str) -> UsageError:
    what = phrase("no_runtime", path=echo(path), name=lacking)
    return UsageError("no-runtime", what, suggestion=phrase("fetch_runtime", version=TRIED_WITH))


def _in_folder(folder: Path) -> dict[str, bytes]:
    there = ((name, folder / name) for name in _NEEDED)
    return {name: path.read_bytes() for name, path in there if path.is_file() and path.stat().st_size <= _LARGEST}


def _in_archive(path: Path) -> dict[str, bytes]:
    try:
        with tarfile.open(path, "r:gz") as archive:
            found = {}
            for member in archive:
                name = member.name.removeprefix("package/")
                if name in _NEEDED and member.isfile() and member.size <= _LARGEST:
                    file = archive.extractfile(member)
                    found[name] = b"" if file is None else file.read()
            return found
    except (tarfile.TarError, EOFError, gzip.BadGzipFile, zlib.error):
        raise _no_runtime(path, "package.json") from None


def engine_script(runtime: Runtime, engine: Engine, language: str, worker: str) -> str:
    """The script that holds all that answers: the Python, the engine with its policy, and the worker that runs them."""
    parts = {**runtime.files, "engine.zip": _engine(), "programs": packed(list(engine.programs.values()))}
    held = {
        "files": {name: b64encode(gzip.compress(data, 9, mtime=0)).decode() for name, data in parts.items()},
        "lock": {"info": runtime.lock, "packages": {}},
        "language": str(language),
        "worker": worker,
    }
    about = f"// Pyodide {runtime.version} (Mozilla Public License 2.0), and the engine with its policy."
    return f"{about}\nwindow.bookEngine = {json.dumps(held)};\n"


def _engine() -> bytes:
    """The modules of this package that answer, and those that read YAML, as a zip that is the same each time."""
    content = io.BytesIO()
    with ZipFile(content, "w") as archive:
        for package in ("seatrules", "yaml"):
            for name, file in _modules(files(package), package):
                archive.writestr(ZipInfo(name), file.read_bytes())
    return content.getvalue()


def _modules(folder: Traversable, name: str) -> Iterator[tuple[str, Traversable]]:
    for each in sorted(folder.iterdir(), key=lambda each: each.name):
        if each.name in _NOT_ASKED or each.name == "__pycache__":
            continue
        if each.is_dir():
            yield from _modules(each, f"{name}/{each.name}")
        elif each.name.endswith((".py", ".json")):
            yield f"{name}/{each.name}", each


def size_of(texts: Mapping[str, str]) -> int:
    """How large files are, in bytes."""
    return sum(len(text.encode()) for text in texts.values())
