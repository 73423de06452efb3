"""Notes: what an answer says of the words of a request that the policy does not know, though it allows any."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ..diagnostics import echo, nearest
from ..language.interpret import DataPath
from ..language.text import pointer
from ..language.types import Place
from ..words import phrase

MOST_NOTES = 100
"""How many there are of one answer: of a long list of words that are not known, the first ones say what is wrong."""


class Note(NamedTuple):
    """A text of a request that is none of the words that are known of it, and the one that is near.

    `name` is that of its argument or property.
    """

    path: DataPath
    name: str
    text: str
    near: str | None

    @property
    def code(self) -> str:
        return "not_named" if self.near is None else "near_word"

    def message(self, language: str) -> str:
        """The note in words."""
        return phrase(self.code, name=self.name, text=echo(self.text), near=self.near or "").text(language)

    def as_dict(self, language: str) -> dict[str, Any]:
        where = {"code": self.code, "message": self.message(language), "path": pointer(self.path)}
        return where if self.near is None else {**where, "suggestion": self.near}


def notes_on(request: Mapping[str, Any], known: Mapping[Place, tuple[str, ...]]) -> Iterator[Note]:
    """What there is to note of an `action` and a `state`, of which these words are known in some places."""
    for place, words in known.items():
        name = next(each for each in reversed(place) if each is not None)
        near: dict[str, str | None] = {}
        for path, text in _texts(request, place):
            if text not in words:
                if text not in near:
                    near[text] = near_word(text, words)
                yield Note(path, name, text, near[text])


def _texts(value: Any, place: Place, path: DataPath = ()) -> Iterator[tuple[DataPath, str]]:
    """The texts in a place, each with its path; of a list, those in it."""
    match value, place:
        case str(), ():
            yield path, value
        case list(), ((None, *_) | ()):
            for index, each in enumerate(value):
                yield from _texts(each, place[1:], (*path, index))
        case dict(), (None, *_):
            for key, each in value.items():
                yield from _texts(each, place[1:], (*path, key))
        case dict(), (str(name), *_) if name in value:
            yield from _texts(value[name], place[1:], (*path, name))


def near_word(text: str, words: tuple[str, ...]) -> str | None:
    """The word that is meant by a text, if one is near: case, spaces and dashes do not matter."""
    plain = {_plain(word): word for word in reversed(words)}
    near = nearest(_plain(text), plain)
    return None if near is None else plain[near]


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())
