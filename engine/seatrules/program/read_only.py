"""A mapping that nobody changes: what answers share is handed out as one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn


class ReadOnly(dict[str, Any]):
    """The entries of a mapping as they were, with those of the mappings in it. It can be pickled, as Python's can't."""

    __slots__ = ()

    def __init__(self, entries: Mapping[str, Any]) -> None:
        super().__init__({key: ReadOnly(each) if isinstance(each, Mapping) else each for key, each in entries.items()})

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("this mapping is read only: take `dict(...)` of it")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[type[ReadOnly], tuple[dict[str, Any]]]:
        return ReadOnly, (dict(self),)
