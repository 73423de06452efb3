"""The engine's own words, which stand around a policy's: one file a language, read when words are first asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache

LANGUAGES = ("en", "nl")
Words = Mapping[str, str]


def words(group: str, language: str) -> Words:
    """The words of one group, by their names, in a language; in English where we lack the language."""
    return _read(language if language in LANGUAGES else "en")[group]


@cache
def _read(language: str) -> Mapping[str, Words]:
    from importlib.resources import files

    read: dict[str, Words] = json.loads(files(__name__).joinpath(f"{language}.json").read_text(encoding="utf-8"))
    return read
