"""Lays out what came of small wrong changes of a policy: what no case notices, with a case that would."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from ..analysis.catalogue import Kind
from ..analysis.mutation.mutant import Mutant
from ..analysis.mutation.score import Missed, Score
from ..analysis.mutation.shown import ShowingRequest
from ..diagnostics import printable
from .review import Remark

MOST_OF_ID = 80
"""How long the id of a case becomes at most."""


def missed_text(missed: Missed, *, several: bool) -> str:
    """A change that no case notices, with its place; then a case that would, to be pasted into a suite.

    `several` says that the policy has several versions, so that the case names its own.
    """
    mutant, reaching = missed.mutant, missed.verdict.reaching
    lines = [f"{mutant.span}: {mutant.title}: {printable(mutant.words)}"]
    asked = f"none of {reaching} cases that reach it notices" if reaching else "no case reaches it"
    if (shown := missed.verdict.shown) is None:
        return "\n".join([*lines, f"  {asked}, and no request was found that shows it"])
    lines.append(f"  {asked}; it shows as {shown.witness.meaning}:")
    return "\n".join([*lines, *case_lines(mutant, shown, several=several)])


def case_lines(mutant: Mutant, shown: ShowingRequest, *, several: bool) -> list[str]:
    """A case that notices a change."""
    witness = shown.witness
    words = re.findall(r"[a-z0-9]+", f"{mutant.owners[0].name} {mutant.words}".lower())
    lines = [f"- id: {'-'.join(words)[:MOST_OF_ID].rstrip('-')}"]
    lines += [f"  version: {_json(witness.pair.old)}"] if several else []
    lines += [f"  set: {_json(shown.settings)}"] if shown.settings else []
    lines.append(f"  title: {_json(f'{mutant.title}: {mutant.words}'.replace('`', ''))}")
    lines += [f"  {key}: {_json(value)}" for key, value in (("state", witness.state), ("action", witness.action))]
    lines.append(f"  expect: {_json(_expected(shown))}")
    return [f"  {line}" for line in lines]


def _expected(shown: ShowingRequest) -> dict[str, Any]:
    """What a case expects: what the policy says as it is."""
    old, new = shown.witness.old, shown.witness.new
    if "error" in old:
        return {"error": old["error"]["code"], **({"says": shown.says} if "error" in new else {})}
    expect: dict[str, Any] = {"decision": old["decision"]}
    if old["decision"] == "deny":
        expect["reasons"] = [each["code"] for each in old["reasons"]]
    elif old["outcome"]:
        expect["reason_key"] = old["outcome"]["code"]
    if new.get("decision") != old["decision"]:
        return expect
    if _codes(old, "warnings") != _codes(new, "warnings") or "reason_key" in expect:
        expect["warnings"] = _codes(old, "warnings")
    if old["billing"] != new["billing"]:
        expect["billing"] = old["billing"]
    if _effects(old) != _effects(new):
        expect["effects"] = _effects(old)
    if shown.says and expect.keys() <= {"decision", "reasons", "reason_key", "warnings"}:
        expect["says"] = shown.says
    return expect


def _codes(answer: Mapping[str, Any], key: str) -> list[str]:
    return [each["code"] for each in answer[key]]


def _effects(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{key: each[key] for key in ("path", "from", "to")} for each in answer["effects"]]


_MISSED = Kind("missed-change", "no case notices a wrong change", "write a case, or say in `equivalent` why none can")


def missed_remark(missed: Missed) -> Remark:
    """The same for a review."""
    mutant = missed.mutant
    return Remark("warning", _MISSED, f"{mutant.title}: {mutant.words}: no case notices", mutant.span)


def score_text(score: Score) -> str:
    """How many of the changes are noticed, and which do not count; what was not tried is said."""
    lines = [f"{printable(score.policy)}: {_percent(score)} % noticed, {score.noticed} of {score.counting} changes"]
    besides = [
        f"{number} {what}"
        for number, what in (
            (score.refused, "do not load"),
            (score.same, "change nothing"),
            (score.excused, "are listed as equivalent"),
        )
        if number
    ]
    if besides:
        lines.append(f"  besides, {', '.join(besides)}")
    if score.untried:
        lines.append(f"  {score.untried} of {score.mutants} were not tried, for want of time")
    return "\n".join(lines)


def score_data(score: Score, *, several: bool) -> dict[str, Any]:
    """The same as plain data."""
    return {
        "policy": score.policy,
        "percent": float(_percent(score)),
        "changes": score.mutants,
        "noticed": score.noticed,
        "missed": [_missed_data(each, several=several) for each in score.missed],
        "refused": score.refused,
        "same": score.same,
        "equivalent": score.excused,
        "untried": score.untried,
    }


def _missed_data(missed: Missed, *, several: bool) -> dict[str, Any]:
    mutant, shown = missed.mutant, missed.verdict.shown
    owner = mutant.owners[0]
    return {
        **mutant.span.as_dict(),
        "of": f"{owner.kind}/{owner.name}",
        "change": mutant.words,
        "reaching": missed.verdict.reaching,
        "witness": None if shown is None else shown.witness.as_dict(),
        "case": None if shown is None else "\n".join(case_lines(mutant, shown, several=several)),
    }


def _percent(score: Score) -> str:
    """So many of a hundred of those that were tried, rounded down: 100 is all."""
    tenths = score.noticed * 1000 // score.counting if score.counting else 1000
    return str(tenths // 10) if tenths % 10 == 0 else f"{tenths // 10}.{tenths % 10}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
