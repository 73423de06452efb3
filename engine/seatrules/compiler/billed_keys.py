"""What a policy says of the keys of its bills: which one has the day, and which are amounts."""

from __future__ import annotations

from ..diagnostics import echo, suggest
from ..nodes import Node
from ..program.program import Translations
from ..words import placeholders
from .bind import Binder
from .codes import in_every


def check_billed_keys(binder: Binder) -> None:
    """Check that an entry of a bill has each key of which the policy's header says something."""
    header, written = binder.written.header, binder.written
    entries = (*written.clauses["outcomes"], *written.clauses["events"])
    every = (key for entry in entries for bill in entry.entries("billing") for key in bill.value)
    keys = [key for key in dict.fromkeys(every) if key not in ("change", "for", "when")]
    day = header.scalar("booking_day")
    named = [] if day is None else [("unknown-booking-day", day.text, day.span)]
    amounts = header.pairs("billing_amounts")
    named += [("unknown-billing-amount", key, span) for key, span, _ in amounts]
    for code, key, span in named:
        if key not in keys:
            message = f"no entry of a bill has the key `{echo(key)}`"
            binder.problems.error(code, message, span, help=suggest(key, keys))
    for key, _, node in amounts:
        _check_amount(binder, key, node)


def _check_amount(binder: Binder, key: str, node: Node) -> None:
    """Check that the words around an amount have a place for it, in every language of the policy."""
    for scalar in binder.scalars(node, f"amount `{echo(key)}`"):
        if not _holds_amount(scalar.text):
            message = f"the words around the amount `{echo(key)}` need `{{amount}}` in them, and nothing else in braces"
            binder.problems.error("bad-amount", message, scalar.span, help="write it as `{amount} USD`")


def _holds_amount(text: str) -> bool:
    try:
        return placeholders(text) == {"amount"}
    except ValueError:
        return False


def bind_amounts(binder: Binder) -> dict[str, Translations]:
    """The words around each amount in every language; a single text is the same in all of them."""
    amounts = binder.written.header.value.get("billing_amounts", {})
    return {key: in_every(each, binder.written.languages) for key, each in amounts.items()}
