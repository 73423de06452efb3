"""Says where in a JSON text each key and value is written."""

from __future__ import annotations

import json
import re

from .diagnostics import SourceText, Span
from .source import MappingNode, Node, Scalar, SequenceNode

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[][{}]|[^][{},:"\s]+')


def json_nodes(source: SourceText) -> Node:
    """The nodes of a text that is JSON, gone through once; of a key that is given twice, the first."""
    top = SequenceNode([], Span(source))
    opened: list[tuple[SequenceNode | MappingNode, list[tuple[str, Span]]]] = [(top, [])]
    for number, line in enumerate(source.lines, 1):
        for token in _TOKEN.finditer(line):
            sign, span = token[0], Span(source, number, token.start() + 1, len(token[0]))
            holder, key = opened[-1]
            if sign in ("}", "]"):
                opened.pop()
            elif sign[0] == '"' and isinstance(holder, MappingNode) and not key:
                key.append((json.loads(sign), span))
            else:
                node = _node(sign, span)
                if isinstance(holder, MappingNode):
                    name, place = key.pop()
                    holder.entries.setdefault(name, (place, node))
                else:
                    holder.items.append(node)
                if not isinstance(node, Scalar):
                    opened.append((node, []))
    return top.items[0]


def _node(sign: str, span: Span) -> Node:
    if sign == "{":
        return MappingNode({}, span)
    return SequenceNode([], span) if sign == "[" else Scalar(sign, span)
