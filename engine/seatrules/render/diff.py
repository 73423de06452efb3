"""Lays out what differs between two policies: as text, as plain data, and for a review."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Any

from ..analysis.catalogue import Kind
from ..analysis.diff.compare import Comparison, WrittenDifference
from ..analysis.diff.meaning import NOT_FOUND, SAME, AnsweredWitness, Meaning
from ..analysis.diff.written import Detail, word_by_word
from ..diagnostics import printable
from .diff_touched import touched_data, touched_remarks
from .review import Level, Remark

FIRST = 30
"""How many of the entries are shown that are written otherwise, where not all are asked for."""
_FIRST_WITNESSES = 2
_AROUND = {"same": "{}", "old": "[-{}-]", "new": "{{+{}+}}"}
_DECLARED = {"schema": "the state's schema is another one", "versions": "on some days only one of the two decides"}


def written_text(compared: Comparison, *, everything: bool) -> str:
    """What is written otherwise."""
    return "\n".join([head_text(compared), "", "What is written", *_written_lines(compared, everything=everything)])


def head_text(compared: Comparison) -> str:
    """Which two are compared."""
    return f"{compared.name}: {printable(compared.old)} against {printable(compared.new)}"


def _written_lines(compared: Comparison, *, everything: bool) -> Iterator[str]:
    if not compared.written:
        yield "  the same"
    shown = compared.written if everything else compared.written[:FIRST]
    for each in shown:
        yield f"  {each.change.span}: {told_title(each, compared)}"
        if each.change.what in ("changed", "added"):
            yield from (f"    {detail_text(detail)}" for detail in each.change.details)
    if more := len(compared.written) - len(shown):
        yield f"  and {more} more: `--all` lists them"


def told_title(difference: WrittenDifference, compared: Comparison) -> str:
    """Which entry is written otherwise, how, and between which versions, where there are several."""
    title = f"{printable(difference.change.title)} {difference.change.what}"
    if len(compared.pairs) == 1:
        return title
    if len(difference.pairs) == len(compared.pairs):
        return f"{title}, in every version"
    return f"{title}, in {', '.join(pair.title for pair in difference.pairs)}"


def detail_text(detail: Detail) -> str:
    """One thing in words: a text that became another one word by word."""
    name = printable(".".join(detail.path))
    before = f"{name}: " if name else ""
    if isinstance(detail.old, str) and isinstance(detail.new, str):
        parts = word_by_word(detail.old, detail.new)
        return before + "".join(_AROUND[side].format(printable(text)) for side, text in parts)
    sides = (("old", detail.old), ("new", detail.new))
    return before + " ".join(_AROUND[side].format(_value(value)) for side, value in sides if value is not None)


def _value(value: Any) -> str:
    return printable(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def declared_text(compared: Comparison) -> str:
    """What comes before all actions."""
    return "\n".join(["", "What it means", *(f"  {line}" for line in declared_lines(compared))])


def declared_lines(compared: Comparison) -> list[str]:
    """What differs of what can be asked at all."""
    return [_DECLARED[word] for word in compared.declared]


def meaning_text(meaning: Meaning, *, everything: bool) -> str:
    """What differs for an action, with the requests that show it."""
    lines = [f"  {meaning_title(meaning)}"]
    shown = meaning.witnesses if everything else meaning.witnesses[:_FIRST_WITNESSES]
    for witness in shown:
        lines += [f"    {line}" for line in witness_lines(witness, several=len(meaning.witnesses) > 1)]
    if more := len(meaning.witnesses) - len(shown):
        lines.append(f"    and {more} more: `--all` shows them")
    return "\n".join(lines)


def meaning_title(meaning: Meaning) -> str:
    """An action with what differs, and how far that was looked for."""
    name = meaning.name or "which states are taken"
    if meaning.meaning == NOT_FOUND:
        return f"{name}: no difference found in {_count(meaning.cells, 'request')}{_left_out(meaning)}"
    also = [each for each in meaning.meanings if each not in (meaning.meaning, *_both(meaning))]
    beside = f", also {', '.join(also)}" if also else ""
    tried = f" ({_count(meaning.cells, 'request')} tried{_left_out(meaning)})" if meaning.cells else ""
    return f"{name}: {meaning.meaning}{beside}{tried}"


def _both(meaning: Meaning) -> tuple[str, ...]:
    return ("stricter", "milder") if meaning.meaning == "both" else ()


def _left_out(meaning: Meaning) -> str:
    late = ", for want of time" if meaning.late else ""
    were = "was" if meaning.left_out == 1 else "were"
    more = _count(meaning.left_out, "more combination")
    return f"; {more} at hand {were} left out{late}" if meaning.left_out else ""


def witness_lines(witness: AnsweredWitness, *, several: bool) -> list[str]:
    """A request in words and as data, which `check` takes."""
    of = f" ({', '.join(witness.names)})" if witness.names else ""
    meaning = f"{witness.meaning}{of}: " if several else ""
    said = f"{meaning}{answer_text(witness, witness.old, witness.new)}"
    said += f" -> {answer_text(witness, witness.new, witness.old)}"
    versions = "" if witness.pair.old == witness.pair.new else f" [{witness.pair.title}]"
    lines = [said + versions]
    if witness.action is not None:
        lines.append(f"--action '{_json(witness.action)}'")
    return [*lines, f"--state '{_json(witness.state)}'"]


def answer_text(witness: AnsweredWitness, answer: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    """What of an answer is not as in the other one."""
    if "error" in answer:
        return f"refused: {printable(str(answer['error'].get('message', '')))}"
    if "decision" not in answer:
        return "taken"
    said = [each for key in ("reasons", "warnings", "notices") for each in answer[key]]
    match witness.meaning:
        case "other bill":
            return printable(_json(answer["billing"]))
        case "other effects":
            return ", ".join(printable(f"{each['path']} = {_json(each['to'])}") for each in answer["effects"]) or "none"
        case "other words":
            return printable("; ".join(_words(answer, other)))
    outcome = [answer["outcome"]] if answer["outcome"] and witness.meaning == "other reasons" else []
    codes = ", ".join(dict.fromkeys(each["code"] for each in (*said, *outcome)))
    verdict = {"allow": "allowed", "deny": "denied"}.get(answer["decision"], answer["decision"])
    return f"{verdict} ({codes})" if codes else verdict


def _words(answer: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[str]:
    """What an answer says that the other one does not; of the public lines, which stand in neither, nothing."""
    mine, others = (_said_by_code(each) for each in (answer, other))
    for code, said in mine.items():
        theirs = others.get(code, {})
        for key in ("message", "cites", "about"):
            if said.get(key) != theirs.get(key):
                yield str(said[key]) if key == "message" else f"{code}: {_json(said.get(key))}"


def _said_by_code(answer: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    outcome = [answer["outcome"]] if answer["outcome"] else []
    return {each["code"]: each for key in ("reasons", "warnings", "notices") for each in (*answer[key], *outcome)}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def same_text(meanings: Iterable[Meaning]) -> str | None:
    """The actions for which all is the same."""
    names = [each.name or "which states are taken" for each in meanings if each.meaning == SAME]
    return f"  the same: {', '.join(names)}" if names else None


def diff_data(compared: Comparison) -> dict[str, Any]:
    """All that differs, as plain data."""
    return {
        "policy": compared.name,
        "old": compared.old,
        "new": compared.new,
        "versions": [
            {"old": pair.old, "new": pair.new, "first": pair.first, "last": pair.last} for pair in compared.pairs
        ],
        "written": [
            {**told.change.as_dict(), "versions": [[pair.old, pair.new] for pair in told.pairs]}
            for told in compared.written
        ],
        "declared": compared.declared,
        "actions": {each.name: each.as_dict() for each in compared.meanings if each.name},
        "states": next((each.as_dict() for each in compared.meanings if not each.name), None),
        **({} if compared.touched is None else {"touched": touched_data(compared.touched)}),
    }


def diff_remarks(compared: Comparison, allowed: Set[str]) -> Iterator[Remark]:
    """What differs, for a review: what is written at its place, what it means at the clauses that differ."""
    for told in compared.written:
        kind = Kind(f"written-{told.change.what}", f"an entry is {told.change.what}", _WRITTEN)
        for detail in told.change.details or (None,):
            said = f": {detail_text(detail)}" if detail else ""
            span = detail.span if detail and detail.span else told.change.span
            yield Remark("note", kind, f"{told_title(told, compared)}{said}", span)
    for meaning in (each for each in compared.meanings if each.differs):
        kind = Kind(meaning.meaning.replace(" ", "-"), f"what differs in meaning: {meaning.meaning}", _MEANT)
        shown = [line for each in meaning.witnesses[:1] for line in witness_lines(each, several=True)]
        text = "\n".join([meaning_title(meaning), *shown])
        level: Level = "warning" if meaning.words() <= allowed else "error"
        yield Remark(level, kind, text, next(iter(meaning.spans), None))
    if compared.touched is not None:
        spans = {meaning.name: meaning.spans[0] for meaning in compared.meanings if meaning.spans}
        yield from touched_remarks(compared.touched, spans, allowed)


_WRITTEN = "this is told for the review; whether it means something is told apart"
_MEANT = "look at the request that shows it; `--allow` says what may differ"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
