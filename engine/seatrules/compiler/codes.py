"""The policy's public vocabulary: a line for each code, which everybody may read, whatever the account."""

from __future__ import annotations

from ..policy.written import Entry
from ..program.program import Translations
from ..source import MappingNode, Scalar
from .bind import Binder

_GROUPS = {"reasons": "reasons", "outcomes": "outcome codes", "warnings": "warnings"}


def bind_codes(binder: Binder) -> dict[str, dict[str, Translations]]:
    """The line of each code in every language, by what the codes are of."""
    return {
        group: {code: _line(binder, entry) for code, entry in binder.written.named[kind].items()}
        for group, kind in _GROUPS.items()
    }


def _line(binder: Binder, entry: Entry) -> Translations:
    """The line in every language; one that is a single text is the same in all of them."""
    where = f"code `{entry.name}`"
    if isinstance(entry.node, Scalar):
        _names_nobody(binder, entry.node, where)
        return dict.fromkeys(binder.written.languages, entry.value)
    assert isinstance(entry.node, MappingNode)
    binder.languages(entry.node, where)
    for _, _, scalar in entry.node:
        if isinstance(scalar, Scalar):
            _names_nobody(binder, scalar, where)
    return dict(entry.value)


def _names_nobody(binder: Binder, scalar: Scalar, where: str) -> None:
    if (start := scalar.text.find("{")) >= 0:
        width = scalar.text.find("}", start) + 1 - start
        span = scalar.part(start, max(width, 1))
        help_text = "say it in the message of the rule, and here without names and numbers"
        message = f"{where}: its line has no placeholders, since everybody may read it"
        binder.problems.error("misplaced-placeholder", message, span, help=help_text)
