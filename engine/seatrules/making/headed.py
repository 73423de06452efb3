"""Gives new files the first line by which an editor finds their schema, where there is a folder of schemas."""

from __future__ import annotations

import os
import re
from pathlib import Path

from ..description.file_schemas import MADE_BY, modeline
from ..files import as_named, read_bytes
from ..policy.folders import EXTENSION, HEADER, SUITES
from ..policy.load import STATE
from .draft import Draft

_SCHEMAS = "schemas"
_KINDS = {HEADER: "policy", STATE: "state-schema", EXTENSION: "extension"}


def headed(draft: Draft) -> Draft:
    """The draft whose new files name their schemas, where a folder of them lies beside the policy or above."""
    schemas = _schemas(as_named(draft.folder))
    if schemas is None:
        return draft
    return draft._replace(files={place: _headed(draft, place, schemas) for place in draft.files})


def _headed(draft: Draft, place: str, schemas: Path) -> str:
    file, text = as_named(draft.folder / place), draft.files[place]
    kind = _kind(Path(place), text)
    if file.exists() or not (schemas / f"{kind}.json").is_file():
        return text
    return f"{modeline(kind, Path(os.path.relpath(schemas, file.parent)).as_posix())}\n{text}"


def _kind(place: Path, text: str) -> str:
    """The kind of a file, by its place or by the first key in it."""
    if place.parent.name == SUITES:
        return "suite"
    key = re.search(r"^(\w+):", text, re.M)
    return _KINDS.get(place.name) or (key[1] if key else "")


def _schemas(folder: Path) -> Path | None:
    """The nearest folder of schemas that `seatrules schema --out` has made."""
    for parent in folder.parents:
        file = parent / _SCHEMAS / "policy.json"
        if file.is_file() and MADE_BY.encode() in read_bytes(file):
            return file.parent
    return None
