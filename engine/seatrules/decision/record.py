"""A decision as a record to keep: all that it takes to decide again, with the answer that was given."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, Any

from ..language.interpret import fresh
from ..language.text import pointer
from ..version import __version__
from .plain_data import require_plain

if TYPE_CHECKING:
    from .values import Decision

FORMAT = 1
"""The number of the form that records have."""


def record_of(decision: Decision, id: str | int, at: str) -> dict[str, Any]:
    """The record of a decision.

    `state` is what was read, `unread` are maps of it of which not every entry was, `absent` what was read and was not
    there. `partial`, `incomplete` and `named` say how it was asked, where that was not as usual.
    """
    require_plain(id=id, at=at)
    scope, partial = decision._scope, decision._scope.given.partial
    incomplete = [pointer(("state", *path)) for path in sorted(scope.given.incomplete, key=str)]
    return {
        "record": FORMAT,
        "id": id,
        "at": at,
        "engine": {"version": __version__, "digest": engine_digest()},
        "policy": decision.policy.as_dict(),
        **({"named": True} if decision._named else {}),
        **({"partial": True, "incomplete": incomplete} if partial else {}),
        "action": decision.action,
        "state": fresh(decision._part_read),
        "unread": list(decision.unread),
        "absent": [] if partial else [place for place, value in decision.reads.items() if value is None],
        "answer": decision.as_dict(),
    }


@cache
def engine_digest() -> str:
    """The SHA-256 of this engine's own files."""
    digest = hashlib.sha256()
    for name, file in _sources(files("seatrules"), ""):
        content = file.read_bytes()
        digest.update(f"{name} {len(content)}\n".encode() + content)
    return f"sha256:{digest.hexdigest()}"


def _sources(folder: Traversable, above: str) -> Iterator[tuple[str, Traversable]]:
    for child in sorted(folder.iterdir(), key=lambda each: each.name):
        if child.is_dir() and child.name not in ("__pycache__", "policies"):
            yield from _sources(child, f"{above}{child.name}/")
        elif child.name.endswith((".py", ".json")):
            yield f"{above}{child.name}", child
