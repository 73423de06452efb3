"""Lays out what became of records that were decided again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..diagnostics import echo, printable
from ..records.replay import Replay
from ..words import phrase


def replay_text(line: int, replay: Replay, language: str) -> str:
    """One record with what there is to say of it: that another policy decided, and each difference."""
    said = []
    if not replay.same_policy:
        was, now = _policy(replay.recorded_by), _policy(replay.policy.as_dict())
        said.append(phrase("another_policy", was=was, now=now).text(language))
    said += [each.text(language) for each in replay.differences]
    where = phrase("line", number=line, problem=f"`{echo(str(replay.id))}`, {echo(replay.at)}").text(language)
    return "\n".join([where, *(f"  {printable(each)}" for each in said)])


def replays_text(counts: Mapping[str, int], language: str) -> str:
    """How many records there were, and what became of them."""
    records, different, unread = counts["records"], counts["different"], counts["unread"]
    return phrase("replayed", records=records, different=different, unread=unread).text(language)


def _policy(policy: Mapping[str, Any]) -> str:
    """A policy by its name, version, the beginning of its digest, and what is chosen and added."""
    settings = [f"{name}={value}" for name, value in dict(policy.get("settings") or {}).items()]
    extensions = [f"+ {each.get('name')} {str(each.get('digest'))[:15]}" for each in policy.get("extensions") or []]
    parts = [policy.get("name"), policy.get("version"), str(policy.get("digest"))[:15], *extensions, *settings]
    return echo(" ".join(map(str, parts)))
