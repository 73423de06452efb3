"""The engine's own words, which stand around a policy's: one file a language, read when words are first asked for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache

LANGUAGES = ("en", "nl")
Words = Mapping[str, str]


def words(group: str, language: str) -> Words:
    """The words of one group, by their names, in a language; in English where we lack the language."""
    return _read(nearest_language(language, LANGUAGES) or "en")[group]


def nearest_language(tag: str, languages: Iterable[str]) -> str | None:
    """The first language that a tag finds by the lookup of BCP 47: its last part is left out until there is one."""
    by_tag = {_plain_tag(language): language for language in languages}
    parts = _plain_tag(tag).split("-")
    return next((by_tag[tag] for end in range(len(parts), 0, -1) if (tag := "-".join(parts[:end])) in by_tag), None)


def _plain_tag(tag: str) -> str:
    return str(tag).replace("_", "-").lower()


@cache
def _read(language: str) -> Mapping[str, Words]:
    from importlib.resources import files

    read: dict[str, Words] = json.loads(files(__name__).joinpath(f"{language}.json").read_text(encoding="utf-8"))
    return read
