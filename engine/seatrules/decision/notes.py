"""Notes: what an answer says of the words of a request that the policy does not know, though it allows any."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ..diagnostics import echo, nearest
from ..language.interpret import DataPath
from ..language.open_texts import OpenTexts
from ..language.text import pointer
from ..language.types import Type
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


def notes_on(action: Mapping[str, Any], known: Mapping[str, tuple[str, ...]]) -> Iterator[Note]:
    """What there is to note of an action, of which these words are known for some arguments."""
    for name, words in known.items():
        value = action.get(name)
        places = enumerate(value) if isinstance(value, list) else [(None, value)]
        for index, text in places:
            if isinstance(text, str) and text not in words:
                path = ("action", name) if index is None else ("action", name, index)
                yield Note(path, name, text, near_word(text, words))


def notes_on_state(part: Any, kind: Type | None, known: Mapping[str, tuple[str, ...]]) -> Iterator[Note]:
    """What there is to note of a part of a state, of which these words are known, by their tables."""
    if known and kind is not None:
        for path, name, text, source in OpenTexts().of(kind, part, ("state",)):
            if text not in known[source]:
                yield Note(path, name, text, near_word(text, known[source]))


def near_word(text: str, words: tuple[str, ...]) -> str | None:
    """The word that is meant by a text, if one is near: case, spaces and dashes do not matter."""
    plain = {_plain(word): word for word in reversed(words)}
    near = nearest(_plain(text), plain)
    return None if near is None else plain[near]


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())
