"""What the source says, in its own words or in ours, and where: what entries cite."""

from __future__ import annotations

from ..policy.written import Entry
from ..program.program import Statement, Translations
from ..program.read_only import ReadOnly
from .bind import Binder
from .codes import in_every


def bind_statements(binder: Binder) -> dict[str, Statement]:
    """The statements by their ids; a quote is in the language of its own source, or of the policy's."""
    return {name: _statement(binder, entry) for name, entry in binder.written.named["statements"].items()}


def _statement(binder: Binder, entry: Entry) -> Statement:
    _check_parts(binder, entry)
    source = entry.value.get("source")
    of = binder.written.header.value.get("source", {}) if source is None else source
    quote = entry.value.get("quote")
    language = None if quote is None else of.get("language")
    texts = (_texts(binder, entry, "says"), _texts(binder, entry, "meaning"), source or {})
    return Statement(quote, language, *map(ReadOnly, texts))  # every answer that cites it hands these out


def _check_parts(binder: Binder, entry: Entry) -> None:
    """Check that there is a quote or what is said in our words, and beside each what goes with it."""
    where, help_text = (
        f"statement `{entry.name}`",
        "give the source's own words as `quote`, or say it in yours as `says`",
    )
    quote, says = entry.child("quote"), entry.child("says")
    if quote is None and says is None:
        binder.problems.error("missing-key", f"{where} says nothing", entry.span, help=help_text)
    if quote is not None and says is not None:
        message = f"{where} has a `quote`, and `says` it in other words too"
        binder.problems.error("wrong-statement", message, says.span, help="give what the quote means as its `meaning`")
    elif says is not None:
        if (meaning := entry.child("meaning")) is not None:
            message = f"{where}: `meaning` is that of a `quote`, and there is none"
            binder.problems.error("wrong-statement", message, meaning.span, help="put it into `says`")
        if "source" not in entry.value:
            message = f"{where} does not name its source"
            help_text = "a `source` has a `title` and, where they are known, `url` and `seen`, the day it was looked at"
            binder.problems.error("missing-key", message, entry.span, help=help_text)


def _texts(binder: Binder, entry: Entry, key: str) -> Translations:
    """A text of a statement in every language, if it has that."""
    binder.languages(entry.child(key), f"statement `{entry.name}`, `{key}`")
    return in_every(entry.value.get(key, {}), binder.written.languages)
