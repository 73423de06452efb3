"""Effects carried out at leisure: what `apply` has to leave."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

_GONE = object()
_PLAIN = (dict, list, str, int, type(None))


def applied(effects: Iterable[Any], state: Mapping[str, Any]) -> Any:
    """The state after effects of one turn: each is put in its place, what goes is marked, and taken out at the end."""
    left = copy.deepcopy(dict(state))
    for effect in effects:
        *above, last = effect.parts
        holder: Any = left
        for part in above:
            holder = holder.setdefault(part, dict(effect.creates or {})) if isinstance(holder, dict) else holder[part]
        value = copy.deepcopy(effect.after) if isinstance(effect.after, _PLAIN) else _GONE
        if isinstance(holder, list):
            holder[last : last + 1] = [value]
        else:
            holder[last] = value
    return _without_the_gone(left)


def _without_the_gone(value: Any) -> Any:
    match value:
        case dict():
            return {key: _without_the_gone(part) for key, part in value.items() if part is not _GONE}
        case list():
            return [_without_the_gone(part) for part in value if part is not _GONE]
    return value
