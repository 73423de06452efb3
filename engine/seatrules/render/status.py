"""Lays out how an account stands."""

from __future__ import annotations

from collections.abc import Iterator

from ..diagnostics import printable
from ..errors import SUPPORT, Audience, sees_others
from ..planning.status import Status
from ..words import words
from .timeline import passed


def status_text(status: Status, language: str, audience: Audience = SUPPORT) -> str:
    """The policy's lines, then what happens by itself with its days, then what is inconsistent."""
    if audience == "customer":
        return status.prose.text(language)
    return "\n".join(_lines(status, language) if sees_others(audience) else _public(status, language))


def _lines(status: Status, language: str) -> Iterator[str]:
    labels = words("status", language)
    yield f"{labels['title']}  ({status.policy.title}, {status.as_of})"
    if status.lines:
        yield ""
    yield from (printable(line.message(language)) for line in status.lines)
    yield from (
        "",
        labels["ahead"].format(until=status.until) if status.ahead else labels["nothing"].format(until=status.until),
    )
    for each in passed(status.ahead, status.versions, language, effects=False):
        yield from each.lines
    if status.inconsistent:
        yield from ("", labels["inconsistent"])
    yield from (f"  {broken.rule}: {printable(broken.message(language))}" for broken in status.inconsistent)


def _public(status: Status, language: str) -> Iterator[str]:
    answer = status.as_dict(language, audience="user")
    yield f"{words('status', language)['title']}  ({status.policy.title}, {status.as_of})"
    yield from (f"{event['date']}  {event['code']}: {printable(event['message'])}" for event in answer["ahead"])
