"""Lays out whom a change touches: as text, with cases ready for a suite, and as plain data."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Any

from ..analysis.catalogue import Kind
from ..analysis.diff.days import Days
from ..analysis.diff.touched import Touch, Touched
from ..decoding import FORBIDDEN
from ..diagnostics import Span, printable
from ..errors import PolicyError, RequestError, SeatrulesError, error_object
from .review import Level, Remark

FIRST = 30
"""How many of the changes, and of the lines that are none, are shown, where not all are asked for."""
_CAUSES = {
    "version": "version {} comes into force",
    "rule": "rule {} comes into force or goes out of it",
    "comparison": "turns in {}",
    "event": "event {} happens",
    "day": "{} comes out differently from this day on",
    "error": "it is no request any more: {}",
}
"""By the kind of a cause, what is said of it."""
_TOUCHED = "look at the first of them, which `diff` prints as cases; `--allow` says what may differ"


def touched_text(touched: Touched, *, everything: bool) -> str:
    """How many requests are answered differently: by action, change and rule, each with the first of them."""
    lines = ["", "Whom it touches", *(f"  {line}" for line in _lines(touched, everything=everything))]
    if (days := touched.days) is not None:
        when = f"on {days.first}" if days.first == days.last else f"from {days.first} to {days.last}"
        lines += ["", f"Whose answer turns {when}"]
        lines += [f"  {line}" for line in _days_lines(days, everything=everything)]
    return "\n".join(lines)


def _lines(touched: Touched, *, everything: bool) -> Iterator[str]:
    yield f"{touched.differing} of {_of(touched.requests, 'request')}"
    if touched.accounts:
        yield f"{touched.touched_accounts} of {_of(touched.accounts, 'account')}"
    shown = touched.changes if everything else touched.changes[:FIRST]
    for change in shown:
        yield from _change_lines(change, everything=everything)
    if more := len(touched.changes) - len(shown):
        yield f"and {more} more changes: `--all` shows them"
    if touched.unknown:
        yield f"not known, for want of what was not recorded: {touched.unknown}"
    if touched.cut:
        yield f"cut at the first sets of arguments of an action: {touched.cut} times; `--all` tries them"
    if touched.left_out:
        yield f"not asked, for there are more than `--limit`: {touched.left_out}"
    yield from _broken_lines(touched, everything=everything)


def _of(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _change_lines(change: Touch, *, everything: bool) -> Iterator[str]:
    yield from _counts(change)
    shown = change.examples if everything else change.examples[:1]
    for example in shown:
        yield f"  # {printable(str(example.given.where))}"
        lines = case_lines(example.case) if example.case else [f"state: {_json(example.given.state)}"]
        yield from (f"  {line}" for line in lines)
    if more := len(change.examples) - len(shown):
        yield f"  and {more} more: `--all` shows them"


def _counts(change: Touch) -> Iterator[str]:
    on = f", on {_of(change.accounts, 'account')}" if change.accounts else ""
    yield f"{change.action or 'which states are taken'}: {change.meaning}: {change.count}{on}"
    for rule, code, count in change.by_rule():
        yield f"  {count} by {printable(rule if rule == code else f'{rule} ({code})')}"


def touched_remarks(touched: Touched, spans: Mapping[str, Span], allowed: Set[str]) -> Iterator[Remark]:
    """Whom it touches, for a review: counts alone, at the clauses that differ for an action; no account is shown."""
    for change in touched.changes:
        kind = Kind(f"touched-{change.meaning.replace(' ', '-')}", f"what touches some: {change.meaning}", _TOUCHED)
        level: Level = "warning" if {change.meaning.removeprefix("other ")} <= allowed else "error"
        yield Remark(level, kind, "\n".join(["whom it touches", *_counts(change)]), spans.get(change.action))
    if touched.unread:
        said = "\n".join(_broken_lines(touched, everything=False))
        yield Remark("error", Kind("not-asked", "what is given can't be asked", "mend it, or take it away"), said)


def _days_lines(days: Days, *, everything: bool) -> Iterator[str]:
    yield f"{days.turning} of {_of(days.asked, 'request')}"
    yield f"{days.touched_accounts} of {_of(days.accounts, 'account')}"
    shown = days.found if everything else days.found[:FIRST]
    for each in shown:
        before, after = (_verdict(*verdict) for verdict in (each.turn.before, each.turn.after))
        became = before if before == after else f"{before} -> {after}"
        on = f"{each.count}, on {_of(each.accounts, 'account')}, by {each.of}"
        yield f"{each.turn.day} {each.action}: {became}: {on}"
        yield from (f"  {_CAUSES[kind].format(printable(name))}" for kind, name in each.turn.because)
        yield from (f"  # {printable(str(given.where))} {_json(given.action)}" for given in each.examples)
    if more := len(days.found) - len(shown):
        yield f"and {more} more: `--all` shows them"
    if days.left_out:
        yield f"of a later day, or of one that time does not lead to: {_of(days.left_out, 'account')}"


def _verdict(decision: str, codes: Iterable[str]) -> str:
    """A verdict with its codes; of what is allowed before and after, the consequences are others."""
    said = {"allow": "allowed", "deny": "denied", "error": "no request"}.get(decision, decision)
    return f"{said} ({', '.join(codes)})" if codes else said


def case_lines(case: Mapping[str, Any]) -> Iterator[str]:
    """A case as it is written in a suite: what is in it as JSON, which is YAML too."""
    for number, (key, value) in enumerate(case.items()):
        text = value if key in ("id", "title") else _json(value)
        yield f"{'  ' if number else '- '}{key}: {text}"


def _json(value: Any) -> str:
    """A value as JSON that a file may hold."""
    return FORBIDDEN.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(value, ensure_ascii=False))


def _broken_lines(touched: Touched, *, everything: bool) -> Iterator[str]:
    """What is given and can't be asked."""
    if not touched.unread:
        return
    yield f"can't be asked: {touched.unread}"
    shown = touched.broken if everything else touched.broken[:FIRST]
    for where, error in shown:
        first, *others = str(error).splitlines()
        yield f"  {printable(f'{where}: {first}')}{f' (and {len(others)} more)' if others else ''}"
    if more := touched.unread - len(shown):
        yield f"  and {more} more"


def touched_data(touched: Touched) -> dict[str, Any]:
    """The same as plain data."""
    return {
        "requests": touched.requests,
        "differing": touched.differing,
        "accounts": touched.accounts,
        "touched_accounts": touched.touched_accounts,
        "unknown": touched.unknown,
        "cut": touched.cut,
        "left_out": touched.left_out,
        "changes": [each.as_dict() for each in touched.changes],
        **({} if touched.days is None else {"days": touched.days.as_dict()}),
        "unread": touched.unread,
        "broken": [{**where.as_dict(), **_error(error)} for where, error in touched.broken],
    }


def _error(error: SeatrulesError) -> dict[str, Any]:
    if isinstance(error, RequestError | PolicyError):
        return error.as_dict()
    return error_object(getattr(error, "code", "error"), str(error))
