"""What a policy has without saying it: an action that lets time pass, where something happens as it does.

It comes from `standard.yaml`, in the languages of the policy. A policy that speaks another language says it itself.
"""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files

from ..decoding import decode
from ..nodes import MappingNode, Node, SequenceNode
from ..problems import Problems
from ..source import parse
from ..words import LANGUAGES
from .load import read_kinds
from .overlay import Layer
from .written import ANY, Written

_NAME = "standard.yaml"
_COST = "waiting"


def with_standard(written: Written, problems: Problems) -> Written:
    """The version, its extensions merged, with what every policy has that does not say it in its own words."""
    node = None if {ANY, "actions", "events"} & written.incomplete else _standard_kinds(written)
    if node is None:
        return written
    layer = Layer(_NAME)
    read_kinds("", node, layer, problems)
    named = {kind: {**layer.named[kind], **entries} for kind, entries in written.named.items()}
    clauses = {kind: (*entries, *layer.clauses[kind]) for kind, entries in written.clauses.items()}
    return replace(written, named=named, clauses=clauses)


def _standard_kinds(written: Written) -> MappingNode | None:
    """What a version lacks of it, as a policy file; nothing where no events need it."""
    actions = [entry.value for entry in written.named["actions"].values()]
    known = set(written.languages) <= set(LANGUAGES)
    if not known or not written.clauses["events"] or any("time_to" in action for action in actions):
        return None
    costs = written.header.value.get("remedies", {}).get("costs", (_COST,))
    if _COST not in costs:
        return None
    node = parse(decode(files(__package__).joinpath(_NAME).read_bytes(), _NAME))
    left_out = () if any("cost" in action for action in actions) else ("cost",)
    spoken = _spoken(node, (*set(LANGUAGES) - set(written.languages), *left_out))
    assert isinstance(spoken, MappingNode)
    added = spoken.get("actions")
    assert isinstance(added, MappingNode)
    return None if added.entries.keys() & written.named["actions"].keys() else spoken


def _spoken(node: Node, left_out: tuple[str, ...]) -> Node:
    """The node without what stands under some keys."""
    if isinstance(node, SequenceNode):
        return SequenceNode([_spoken(item, left_out) for item in node.items], node.span)
    if not isinstance(node, MappingNode):
        return node
    kept = {key: (span, _spoken(each, left_out)) for key, span, each in node if key not in left_out}
    return MappingNode(kept, node.span)
