"""What all actions of a file have in common, said once; each may say otherwise, or take something away with null."""

from __future__ import annotations

import re

from ..diagnostics import Span, did_you_mean, echo
from ..nodes import MappingNode, Node, Scalar
from ..problems import Problems
from .amend import is_null
from .kinds import DEFAULTS

_KEYS = ("arguments", "roles")
_TEXTS = re.compile(r"\"[^\"]*\"|'[^']*'")
_NAME = re.compile(r"(?<![\w.])[A-Za-z_]\w*")
_Entries = dict[str, tuple[Span, Node]]


def with_defaults(actions: MappingNode, defaults: MappingNode, problems: Problems) -> MappingNode:
    """The actions of a file, each with what the file's `defaults` give it.

    A default role is of the actions that have all arguments and roles that it names, `performed_by` of those that have
    the argument. What changes an action of a base, or is on each of several, is left as it is.
    """
    whole = {
        name: node
        for name, _, node in actions
        if isinstance(node, MappingNode) and not {"amend", "each"} & node.entries.keys()
    }
    of_actions = {name for node in (defaults, *whole.values()) for key in _KEYS for name in _below(node, key)}
    made = {name: _made(node, defaults, of_actions, problems) for name, node in whole.items()}
    for role, (span, _) in _below(defaults, "roles").items():
        if not any(role in _below(action, "roles") for action in made.values()):
            message = f"the default role `{echo(role)}` is of no action: none here has all that it names"
            help_text = "name arguments that an action of this file has, or take the role away"
            problems.error("unused-default", message, span, help=help_text)
    performer = defaults.get("performed_by")
    if performer is not None and not any("performed_by" in action.entries for action in made.values()):
        message = "the default `performed_by` is of no action: none here has the argument that it names"
        help_text = "name an argument that an action of this file has, or take it away"
        problems.error("unused-default", message, performer.span, help=help_text)
    entries = {name: (span, made.get(name, node)) for name, span, node in actions}
    return MappingNode(entries, actions.span)


def _made(action: MappingNode, defaults: MappingNode, of_actions: set[str], problems: Problems) -> MappingNode:
    """An action with its defaults."""
    entries: _Entries = {key: each for key, each in defaults.entries.items() if key not in _KEYS}
    entries |= action.entries
    own = {key: each for key, each in action.entries.items() if key in DEFAULTS}
    _check_taken(own, defaults.entries, problems)
    arguments = _merged(_below(defaults, "arguments"), _below(action, "arguments"), problems)
    roles: _Entries = {}
    for role, each in _below(defaults, "roles").items():
        if _names_read(each[1]) & of_actions <= {*arguments, *roles} or role in _below(action, "roles"):
            roles[role] = each
    roles = _merged(roles, _below(action, "roles"), problems, also=_below(defaults, "roles"))
    for key, merged in zip(_KEYS, (arguments, roles), strict=True):
        span, node = entries.get(key, (action.span, MappingNode({}, action.span)))
        if isinstance(node, MappingNode) and (merged or key in action.entries):
            entries[key] = (span, MappingNode(merged, node.span))
    performer = entries.get("performed_by")
    if performer is not None and "performed_by" not in action.entries and _names_read(performer[1]) - arguments.keys():
        del entries["performed_by"]
    kept = _without_nulls({key: each for key, each in entries.items() if key in DEFAULTS})
    kept |= {key: each for key, each in entries.items() if key not in DEFAULTS}
    return MappingNode(kept, action.span)


def _merged(defaults: _Entries, own: _Entries, problems: Problems, also: _Entries | None = None) -> _Entries:
    """The defaults with an action's own in their place or behind them, without what it takes away."""
    _check_taken(own, also or defaults, problems)
    return _without_nulls({**defaults, **own})


def _check_taken(own: _Entries, defaults: _Entries, problems: Problems) -> None:
    """Check that what an action takes away is there."""
    for key, (span, node) in own.items():
        if is_null(node) and key not in defaults:
            message = f"there is no default `{echo(key)}` to take away"
            problems.error("amends-nothing", message, span, help=did_you_mean(key, defaults))


def _without_nulls(entries: _Entries) -> _Entries:
    return {key: each for key, each in entries.items() if not is_null(each[1])}


def _below(node: MappingNode, key: str) -> _Entries:
    below = node.get(key)
    return below.entries if isinstance(below, MappingNode) else {}


def _names_read(node: Node) -> set[str]:
    """The names that an expression reads, those behind a dot left out."""
    return set(_NAME.findall(_TEXTS.sub("", node.text))) if isinstance(node, Scalar) else set()
