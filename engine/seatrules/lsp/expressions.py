"""What may be written in an expression: what stands behind a dot, functions, and what is known of what is typed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from lsprotocol import types

from ..language import tree as t
from ..language.check import check, check_loop
from ..language.functions import CALLABLE
from ..language.names import Names
from ..language.parse import ExpressionError
from ..language.types import EntryOf, Record, Type, known
from .hover import explained, signature

Kind = types.CompletionItemKind
_PATH = re.compile(r"[A-Za-z_]\w*$")
_LOOP = re.compile(r"\bfor\s+([A-Za-z_]\w*)\s+in\s+([\w.\[\]\"]+)")


class Offer(NamedTuple):
    """Something that may be written: its text, what it is, in a word and in sentences."""

    text: str
    kind: types.CompletionItemKind
    detail: str = ""
    about: str = ""


def members(owner: str, names: Names) -> Iterator[Offer]:
    """What may stand behind the dot."""
    if owner == "cutoffs":
        yield from (Offer(name, Kind.Constant, day) for name, day in names.cutoffs.items())
    elif owner == "settings":
        yield from (Offer(name, Kind.Constant, str(kind)) for name, (kind, _) in names.settings.items())
    else:
        kind = type_of(owner, names)
        inner = None if kind is None else known(kind)
        if isinstance(inner, EntryOf):
            yield Offer("id", Kind.Field, str(inner.key))
            inner = inner.record
        if isinstance(inner, Record):
            yield from fields(inner)


def fields(record: Record) -> Iterator[Offer]:
    for name in record.fields:
        yield Offer(name, Kind.Field, str(record.type_of(name)), record.descriptions.get(name, ""))


def functions() -> Iterator[Offer]:
    for name in CALLABLE:
        yield Offer(
            name, Kind.Function, signature(name).replace("`", "").replace("\n\n", "; "), "\n\n".join(explained(name))
        )


def owner_before_dot(text: str) -> str | None:
    """The expression before the dot behind which is typed; nothing where there is none."""
    head = text[: len(text) - len(_word(text))]
    if not head.endswith("."):
        return None
    at, depth = len(head) - 1, 0
    while at > 0 and (depth or head[at - 1].isalnum() or head[at - 1] in "_.])"):
        depth += (head[at - 1] in "])") - (head[at - 1] in "[(")
        at -= 1
    return head[at:-1]


def _word(text: str) -> str:
    match = _PATH.search(text)
    return match[0] if match else ""


def type_of(text: str, names: Names) -> Type | None:
    try:
        expr: t.Expr = check(text, names)
    except ExpressionError:
        return None
    return expr.type


def with_loops(names: Names, text: str) -> Names:
    """The names with those of the loops in a text, as far as what they go over can be told."""
    for variable, over in _LOOP.findall(text):
        try:
            names = check_loop(f"{variable} in {over}", names)[1]
        except ExpressionError:
            continue
    return names
