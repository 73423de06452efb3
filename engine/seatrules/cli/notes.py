"""What is said on the side of what a command does."""

from __future__ import annotations

from collections.abc import Mapping

from ..words import Phrase, phrase
from .common import Common, error_language, tell


def note(common: Common, what: Phrase) -> None:
    """Say something on the side."""
    tell(f"note: {what.text(error_language(common.language, as_json=common.as_json))}\n")


def tell_decided(common: Common, by_sql: int, left: int, reasons: Mapping[str, Phrase], *, sql: str = "DuckDB") -> None:
    """Say how many rows SQL and the engine decided, and of which actions why the engine does."""
    note(common, phrase("decided_by", sql=sql, by_sql=by_sql, left=left))
    for action, reason in sorted(reasons.items()):
        note(common, phrase("engine_decides", action=action, reason=reason))
