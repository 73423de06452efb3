"""Something that an editor offers to be written."""

from __future__ import annotations

from typing import NamedTuple

from lsprotocol import types

Kind = types.CompletionItemKind


class Offer(NamedTuple):
    """Something that may be written: its text, what it is, in a word and in sentences."""

    text: str
    kind: types.CompletionItemKind
    detail: str = ""
    about: str = ""
