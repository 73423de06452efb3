"""Says where in a JSON text each key and value is written."""

from __future__ import annotations

import json

from .diagnostics import SourceText, Span
from .json_text import tokens
from .nodes import MappingNode, Node, Scalar, SequenceNode


def json_nodes(source: SourceText) -> Node:
    """The nodes of a text that is JSON, gone through once; of a key that is given twice, the first."""
    top = SequenceNode([], Span(source))
    holders: list[Node] = [top]
    key = ("", top.span)
    for sign, place, is_key, depth in tokens("\n".join(source.lines)):
        span = Span(source, *place, len(sign))
        if is_key:
            key = json.loads(sign), span
        elif sign not in ("]", "}"):
            node, holder = _node(sign, span), holders[depth]
            holders[depth + 1 :] = [node]
            if isinstance(holder, MappingNode):
                holder.entries.setdefault(key[0], (key[1], node))
            elif isinstance(holder, SequenceNode):
                holder.items.append(node)
    return top.items[0]


def _node(sign: str, span: Span) -> Node:
    if sign == "{":
        return MappingNode({}, span)
    return SequenceNode([], span) if sign == "[" else Scalar(sign, span)
