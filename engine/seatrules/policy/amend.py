"""Changes single keys of what a base says, as JSON Merge Patch does (RFC 7396), and keeps the place of each.

Mappings are merged key by key, null takes a key away, and everything else takes the place of what was there. Two things
are ours: `add` and `remove` change a list, and to take away what is not there is a mistake.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..diagnostics import Span, echo, suggest
from ..nodes import MappingNode, Node, Scalar, SequenceNode
from ..problems import Problems

_LIST_CHANGES = {"add", "remove"}


def amended(base: Node, change: Node, problems: Problems) -> Node:
    """An entry as a base has it, with what changes it."""
    return _Patch(problems).merged(base, change)


def amended_schema(base: Node, change: Node, problems: Problems) -> Node:
    """The schema of a base's state, with what changes it; a schema of another kind of value takes the base's place."""
    return _SchemaPatch(problems).merged(base, change)


class _Patch:
    def __init__(self, problems: Problems) -> None:
        self.problems = problems

    def merged(self, base: Node | None, change: Node) -> Node:
        """What stood in a place, if anything did, with what changes it."""
        if not isinstance(change, MappingNode):
            return change
        if not isinstance(base, MappingNode) and _changes_a_list(change):
            return self._list(base, change)
        old = base.entries if isinstance(base, MappingNode) and not self.replaces(base, change) else {}
        entries = dict(old)
        for key, span, node in change:
            if not is_null(node):
                entries[key] = (span, self.below(key, old[key][1] if key in old else None, node))
            elif entries.pop(key, None) is None:
                self._nothing(key, span, old)
        return MappingNode(entries, change.span)

    def below(self, key: str, base: Node | None, change: Node) -> Node:
        """What then stands below a key."""
        return _Values(self.problems).merged(base, change) if key == "append" else self.merged(base, change)

    def replaces(self, base: MappingNode, change: MappingNode) -> bool:
        """Whether a mapping takes the place of another, whole."""
        return False

    def _list(self, base: Node | None, change: MappingNode) -> Node:
        items: list[Node] = list(base.items) if isinstance(base, SequenceNode) else [] if base is None else [base]
        for node in _items(change, "remove"):
            at = next((at for at, each in enumerate(items) if _plain(each) == _plain(node)), None)
            if at is None:
                self._nothing(_plain(node), node.span, map(_plain, items))
            else:
                del items[at]
        for node in _items(change, "add"):
            if _plain(node) in map(_plain, items):
                message = f"`{echo(_plain(node))}` is already there"
                self.problems.error("amends-nothing", message, node.span, help="leave it out")
            else:
                items.append(node)
        return SequenceNode(items, change.span)

    def _nothing(self, name: str, span: Span, known: Iterable[str]) -> None:
        known = [*known]
        help_text = suggest(name, known)
        message = f"there is no `{echo(name)}` here to take away"
        self.problems.error("amends-nothing", message, span, help=help_text)


class _Values(_Patch):
    """Values by their names: in these null is a value too."""

    def below(self, key: str, base: Node | None, change: Node) -> Node:
        return change


class _SchemaPatch(_Patch):
    def below(self, key: str, base: Node | None, change: Node) -> Node:
        return change if key == "x-default-entry" else self.merged(base, change)

    def replaces(self, base: MappingNode, change: MappingNode) -> bool:
        """Whether both say of which kind their values are, and it is not the same."""
        kinds = _kind(base), _kind(change)
        return None not in kinds and kinds[0] != kinds[1]


def _kind(schema: MappingNode) -> str | None:
    """The kind of value that a schema says that it is of, if it says so."""
    if "$ref" in schema.entries:
        return "$ref"
    if isinstance(schema.get("enum"), SequenceNode):
        return "enum"
    if "properties" in schema.entries:
        return "object"
    if isinstance(schema.get("additionalProperties"), MappingNode):
        return "map"
    node = schema.get("type")
    kinds = node.items if isinstance(node, SequenceNode) else [node]
    texts = [each.text for each in kinds if isinstance(each, Scalar) and each.text not in ("null", "object")]
    return texts[0] if texts else None


def says_the_kind(schema: Node) -> bool:
    """Whether a schema says what its values are, and not only what changes of others."""
    return isinstance(schema, MappingNode) and any(
        isinstance(schema.get(key), Scalar | SequenceNode) for key in ("type", "$ref", "enum")
    )


def _changes_a_list(node: MappingNode) -> bool:
    return (
        bool(node.entries)
        and {*node.entries} <= _LIST_CHANGES
        and all(isinstance(each, SequenceNode) for _, _, each in node)
    )


def _items(change: MappingNode, key: str) -> list[Node]:
    node = change.get(key)
    return node.items if isinstance(node, SequenceNode) else []


def is_null(node: Node) -> bool:
    """Whether it takes away what is there."""
    return isinstance(node, Scalar) and node.style is None and node.text == "null"


def _plain(node: Node) -> str:
    """What tells an item of a list from another."""
    match node:
        case Scalar():
            return node.text
        case SequenceNode():
            return f"[{', '.join(map(_plain, node.items))}]"
    return f"{{{', '.join(f'{key}: {_plain(each)}' for key, _, each in node)}}}"
