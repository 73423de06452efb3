"""What a policy has without saying it: an action that lets time pass, where something happens as it does.

It comes from `standard.yaml`, in the languages of the policy. A policy that speaks another language says it itself.
"""

from __future__ import annotations

from importlib.resources import files

from ..source import MappingNode, Node, SequenceNode, decode, parse
from ..words import LANGUAGES
from .written import Written

NAME = "standard.yaml"
COST = "waiting"


def standard_kinds(written: Written) -> MappingNode | None:
    """What a version lacks of it, as a policy file; nothing where it has events without needing it, or none."""
    actions = [entry.value for entry in written.named["actions"].values()]
    known = set(written.languages) <= set(LANGUAGES)
    if not known or not written.clauses["events"] or any("time_to" in action for action in actions):
        return None
    costs = written.header.value.get("remedies", {}).get("costs", (COST,))
    if COST not in costs:
        return None
    node = parse(decode(files(__package__).joinpath(NAME).read_bytes(), NAME))
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
