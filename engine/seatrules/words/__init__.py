"""The engine's own words, which stand around a policy's: one file a language, read when words are first asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple, TypeAlias

LANGUAGES = ("en", "nl", "de", "fr", "es", "pl")
Words = Mapping[str, str]


class Language(str):
    """A language of a policy that brings words of its own, which stand in the place of the engine's."""

    own: Mapping[str, Words]

    def __new__(cls, tag: str, own: Mapping[str, Words]) -> Language:
        language = super().__new__(cls, tag)
        language.own = own
        return language

    def __getnewargs__(self) -> tuple[str, Mapping[str, Words]]:  # type: ignore[override]
        return str(self), self.own


class Phrase(NamedTuple):
    """What is wrong, or how to mend it, in any language: the name of a text, and what stands in it."""

    name: str
    values: tuple[tuple[str, Any], ...] = ()

    def text(self, language: str | None = None) -> str:
        """The text, and that of the phrases that stand in it, in a language; in English where none is named."""
        values = {name: in_language(value, language) for name, value in self.values}
        return words("problems", language or "en")[self.name].format(**values)

    def __str__(self) -> str:
        return self.text()


class Texts(NamedTuple):
    """A text that is written already, in one language or more: the pairs of language and text."""

    by_language: tuple[tuple[str, str], ...]

    def text(self, language: str | None = None) -> str:
        """The text in a language; in the first that there is where none is named, or that one is not there."""
        texts = dict(self.by_language)
        first = self.by_language[0][0]
        return texts[first if language is None else nearest_language(language, texts) or first]

    def __str__(self) -> str:
        return self.text()


AnyText: TypeAlias = str | Phrase | Texts
"""What is said: in any language, in some, or in English only."""


def phrase(name: str, /, **values: Any) -> Phrase:
    """A text of the group `problems`, with what stands in it: plain values, and phrases."""
    return Phrase(name, tuple(values.items()))


def in_language(value: Any, language: str | None) -> Any:
    """What is said, in a language; any other value as it is."""
    return value.text(language) if isinstance(value, Phrase | Texts) else value


def words(group: str, language: str) -> Words:
    """The words of one group, by their names, in a language; in English where we and the policy lack them."""
    ours = every_word(language)[group]
    return {**ours, **language.own.get(group, {})} if isinstance(language, Language) else ours


def every_word(language: str) -> Mapping[str, Words]:
    """The engine's words by their groups, in a language or the nearest that it has; in English where it has none."""
    return _read(nearest_language(language, LANGUAGES) or "en")


def placeholders(text: str) -> set[str]:
    """The names in braces in one of the engine's words, with how each is to be laid out, which ours never say.

    Raises:
        ValueError: a brace stands alone.
    """
    from string import Formatter  # slow to import, and only for words that somebody else brings

    pieces = Formatter().parse(text)
    return {"".join((name, layout or "", mark or "")) for _, name, layout, mark in pieces if name is not None}


def nearest_language(tag: str, languages: Iterable[str]) -> str | None:
    """The first language that a tag finds by the lookup of BCP 47: its last part is left out until there is one."""
    by_tag = {plain_tag(language): language for language in languages}
    parts = plain_tag(tag).split("-")
    return next((by_tag[tag] for end in range(len(parts), 0, -1) if (tag := "-".join(parts[:end])) in by_tag), None)


def plain_tag(tag: str) -> str:
    """A tag as it is compared: case and the sign between its parts do not matter."""
    return str(tag).replace("_", "-").lower()


@cache
def _read(language: str) -> Mapping[str, Words]:
    import json
    from pkgutil import get_data  # from a folder or a zip; importlib.resources is slow to import

    text = get_data(__name__, f"{language}.json")
    assert text is not None
    read: dict[str, Words] = json.loads(text)
    return read
