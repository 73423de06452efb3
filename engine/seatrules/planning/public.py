"""What of an action everybody may see: nobody's name but those that are known to who asks, and no numbers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ..language.types import Boolean, Date, Key, ListOf, Type, Word, known


def public_arguments(
    action: Mapping[str, Any],
    arguments: Mapping[str, Type],
    names: Collection[str],
    known_words: Mapping[str, Collection[str]],
) -> dict[str, Any]:
    """The action without the arguments that name somebody else than `names`, count, or are none of the known words."""
    return {
        name: value
        for name, value in action.items()
        if name == "type" or value in known_words.get(name, ()) or _is_public(known(arguments[name]), value, names)
    }


def _is_public(kind: Type, value: Any, names: Collection[str]) -> bool:
    if isinstance(kind, ListOf) and kind.item is not None and value is not None:
        return all(_is_public(known(kind.item), item, names) for item in value)
    return value is None or isinstance(kind, Word | Date | Boolean) or (isinstance(kind, Key) and value in names)
