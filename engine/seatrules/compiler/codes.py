"""The policy's public vocabulary: a line for each code, which everybody may read, whatever the account."""

from __future__ import annotations

from collections.abc import Iterable

from ..diagnostics import echo
from ..nodes import Scalar
from ..policy.kinds import CODES
from ..policy.written import Entry, Written
from ..program.program import Translations
from .bind import Binder

_GROUPS = ("reasons", "outcomes", "warnings")
WORDS_BELOW = {"rules": ("otherwise",)}
"""Below which keys an entry has its code and message, where that is not at its top."""


def bind_codes(binder: Binder) -> dict[str, dict[str, Translations]]:
    """The line of each code in every language, by what the codes are of."""
    codes: dict[str, dict[str, Translations]] = {}
    for group in _GROUPS:
        entries = binder.written.named[CODES[group]]
        codes[group] = {code: line_of(binder.written, group, code) for code in entries}
        for entry in entries.values():
            _check_line(binder, entry)
    return codes


def about_of(binder: Binder) -> dict[str, str]:
    """What the codes of reasons are about, of those that say so."""
    entries = binder.written.named["reasons"].items()
    return {code: scalar.text for code, entry in entries if (scalar := entry.scalar("about")) is not None}


def group_of(kind: str, entry: Entry) -> str:
    """What the code of an entry of a kind is of."""
    if kind != "rules":
        return "outcomes"
    return "warnings" if entry.value.get("severity") == "warning" else "reasons"


def line_of(written: Written, group: str, code: str) -> Translations:
    """The line of a code in every language; one that is a single text is the same in all of them."""
    line = written.named[CODES[group]][code].value
    if isinstance(line, dict) and "line" in line:
        line = line["line"]
    return in_every(line, written.languages)


def in_every(text: str | Translations, languages: Iterable[str]) -> Translations:
    """A text in each of some languages; a single one is the same in all of them."""
    return dict.fromkeys(languages, text) if isinstance(text, str) else dict(text)


def _check_line(binder: Binder, entry: Entry) -> None:
    """Check that a line is there in every language of the policy, without placeholders."""
    where, node = f"code `{entry.name}`", entry.child("line") or entry.node
    for key, span, _ in entry.pairs() if node is not entry.node else ():
        if key not in ("line", "about"):
            message, help_text = f"{where}: there is no key `{echo(key)}` beside `line`", "put it into `line`"
            binder.problems.error("unknown-key", message, span, help=help_text)
    for scalar in binder.scalars(node, where):
        _names_nobody(binder, scalar, where)


def _names_nobody(binder: Binder, scalar: Scalar, where: str) -> None:
    if (start := scalar.text.find("{")) >= 0:
        width = scalar.text.find("}", start) + 1 - start
        span = scalar.part(start, max(width, 1))
        help_text = "say it in the message of the rule, and here without names and numbers"
        message = f"{where}: its line has no placeholders, since everybody may read it"
        binder.problems.error("misplaced-placeholder", message, span, help=help_text)
