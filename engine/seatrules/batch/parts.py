"""Keeps the output in whole parts until all of it is there: a run that was killed goes on from them."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, NamedTuple

from ..diagnostics import echo
from ..errors import FileError, UsageError
from ..files import mode_of, reading, replace, replacing, trouble
from ..words import AnyText, phrase

_MANIFEST = "manifest.json"
_WRITTEN = ".written-"
"""How the name of a file begins that is not whole yet."""

_DIFFERS: dict[str, AnyText] = {
    "policy": phrase("run_policy"),
    "options": phrase("run_options"),
    "action": phrase("run_action"),
    "input": phrase("run_input"),
    "program": phrase("run_program"),
}
"""What is said of what has to be the same for a run to go on, and is not."""


class Counts(NamedTuple):
    """How many rows there are, and what became of them."""

    rows: int = 0
    allowed: int = 0
    denied: int = 0
    bad: int = 0

    def added(self, other: Counts) -> Counts:
        return Counts(*map(sum, zip(self, other, strict=True)))


@dataclass
class Parts:
    """The folder `OUT.parts` beside an output, which `name` is called by.

    `manifest` says of what run its parts are, by what has to be the same for it to go on; each part is listed in it
    once it is whole and on the disk.
    """

    name: str
    run: Mapping[str, Any]
    done: list[dict[str, Any]] = field(default_factory=list)

    @property
    def out(self) -> Path:
        """The file itself, where a link leads to it."""
        return Path(os.path.realpath(self.name))

    @property
    def folder(self) -> Path:
        return self.out.with_name(f"{self.out.name}.parts")

    @property
    def counts(self) -> Counts:
        """What became of the rows of all parts that are whole."""
        whole = Counts()
        for part in self.done:
            whole = whole.added(Counts(*part["counts"]))
        return whole

    @contextmanager
    def begun(self, *, resume: bool, force: bool) -> Iterator[None]:
        """Begin the output anew, or go on from the parts that are whole; where none comes to be whole, nothing stays.

        Raises:
            UsageError: something of these names is there already, or the parts are of another run.
            FileError: nothing can be written there.
        """
        if resume and self._is_begun():
            self._go_on()
        else:
            self._begin(resume=resume, force=force)
        try:
            yield
        except BaseException:
            if not self.done:
                shutil.rmtree(self.folder, ignore_errors=True)
            raise

    def _begin(self, *, resume: bool, force: bool) -> None:
        for path, ending in ((self.out, ""), (self.folder, ".parts")):
            if os.path.lexists(path) and not (force or (resume and self._is_left(path))):
                can_go_on = path is not self.out
                raise UsageError(
                    "output-exists",
                    phrase("output_exists", name=f"`{echo(self.name + ending)}`"),
                    suggestion=phrase("resume_or_force" if can_go_on else "give_force"),
                )
        if self.out.exists() and not self.out.is_file():
            raise FileError(self.name, phrase("not_replaceable"))
        with self._writing():
            if self.folder.exists():
                shutil.rmtree(self.folder)
            self.folder.mkdir()
            self._note()

    def _is_begun(self) -> bool:
        with reading(self.name):
            return not self.out.exists() and (self.folder / _MANIFEST).is_file()

    def _is_left(self, path: Path) -> bool:
        """Whether it is the folder of a run that was ended before it had begun."""
        return path == self.folder and path.is_dir() and all(each.name.startswith(_WRITTEN) for each in path.iterdir())

    def _go_on(self) -> None:
        with reading(f"{self.name}.parts"):
            manifest = json.loads((self.folder / _MANIFEST).read_bytes())
        for name, value in self.run.items():
            if manifest["run"].get(name) != value:
                what = phrase("resumed_differs", what=_DIFFERS[name])
                raise UsageError("resumed-differs", what, suggestion=phrase("give_force"))
        self.done = [*self._whole(manifest["parts"])]

    def _whole(self, parts: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """The parts up to the first that is not as it was written."""
        for part in parts:
            path = self.folder / part["name"]
            if not path.is_file() or path.stat().st_size != part["size"]:
                return
            yield part

    def add(self, content: bytes, counts: Counts) -> None:
        """Keep a part for good.

        Raises:
            FileError: it can't be written.
        """
        first = self.counts.rows + 1
        name = f"{first:012}"
        with self._writing():
            replace(self.folder / name, content, prefix=_WRITTEN, lasting=True)
            self.done.append({"name": name, "size": len(content), "counts": list(counts)})
            self._note()

    def _note(self) -> None:
        content = json.dumps({"run": self.run, "parts": self.done}).encode()
        replace(self.folder / _MANIFEST, content, prefix=_WRITTEN, lasting=True)

    def end(self, join: Callable[[Iterator[Path], IO[bytes]], None]) -> None:
        """Put the parts together as the output, which is there at once and whole, and take them away.

        Raises:
            FileError: it can't be written.
        """
        with self._writing():
            with replacing(self.out, self.folder, prefix=_WRITTEN, mode=mode_of(self.out), lasting=True) as file:
                join((self.folder / part["name"] for part in self.done), file)
            shutil.rmtree(self.folder)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise FileError(self.name, trouble(error, phrase("cannot_write"))) from error
