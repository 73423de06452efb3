"""Makes a case of what is decided: the state, the action, and what came out, as a suite has them."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from itertools import chain, count
from typing import Any

from ..decision.invariants import CheckedState
from ..decision.values import Decision
from ..errors import RequestError
from ..language.text import pointer
from .draft import Draft
from .insertion import with_item
from .policy import template

_LONGEST = 80
"""How long the title of a case becomes that is taken from an answer."""
Steps = tuple[str, ...]


def expected(answer: Decision | RequestError, checked: CheckedState | None, ignored: Sequence[str] = ()) -> Any:
    """What a case expects that is to come out as it did; effects on what is `ignored` are left out."""
    if isinstance(answer, RequestError):
        return {"error": answer.code}
    whole = answer.as_dict()
    expect: dict[str, Any] = {"decision": answer.decision}
    if answer.outcome is None:
        expect["reasons"] = [*dict.fromkeys(answer.codes)]
    else:
        expect["reason_key"] = answer.outcome.code
        if whole["billing"] is not None:
            expect["billing"] = whole["billing"]
        effects = [{key: each[key] for key in ("path", "from", "to")} for each in whole["effects"]]
        if kept := [each for each in effects if not _is_ignored(each["path"], ignored)]:
            expect["effects"] = kept
    if answer.warnings:
        expect["warnings"] = [each.code for each in answer.warnings]
    if checked is not None and checked.warnings:
        expect["state_warnings"] = [each.rule for each in checked.warnings]
    return expect


def _is_ignored(path: str, ignored: Sequence[str]) -> bool:
    return any(path == name or path.startswith((f"{name}.", f"{name}[")) for name in ignored)


def title_of(answer: Decision | RequestError, language: str) -> str:
    """What is said first of an answer, in so many characters at most."""
    if isinstance(answer, RequestError):
        text = answer.spoken(language).problems[0].message
    elif answer.outcome is not None:
        text = answer.outcome.message(language)
    else:
        text = next((reason.message(language) for reason in answer.reasons), answer.decision)
    return as_title(text)


def as_title(text: str) -> str:
    """A text as a title of a case: with a capital, and cut where it is long."""
    text = text[:1].upper() + text[1:]
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST].rsplit(' ', 1)[0]} ..."


def next_id(taken: Sequence[str], action: Any) -> str:
    """The id that comes after the last, where that ends with a number; else one with the name of the action."""
    number = re.fullmatch(r"(.*?)(\d+)", taken[-1]) if taken else None
    begins = number[1] if number else f"{action.get('type', 'case') if isinstance(action, dict) else 'case'}-"
    width = len(number[2]) if number else 2
    first = int(number[2]) + 1 if number else 1
    return next(name for n in count(first) if (name := f"{begins}{n:0{width}}") not in taken)


def id_of(title: str, taken: Sequence[str], action: Any) -> str:
    """The id that comes after the last, where that is a word and a number, as in `ADD-04`; else one of the title."""
    folded = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    name = "-".join(re.findall(r"[a-z0-9]+", folded))[:_LONGEST].strip("-")
    if not taken or re.fullmatch(r"[A-Za-z_]+-?\d+", taken[-1]) or not name[:1].isalpha():
        return next_id(taken, action)
    return next(each for each in chain([name], (f"{name}-{n}" for n in count(2))) if each not in taken)


def started(state: Any, bases: Mapping[str, Any]) -> dict[str, Any]:
    """The keys by which a case has a state: with a base where what differs from one is less than half of it."""
    best: dict[str, Any] = {"state": state}
    least = len(json.dumps(state)) // 2
    for name, base in bases.items():
        changes, gone = _difference(base, state, ())
        begins = {"base": name, **({"without": gone} if gone else {}), **({"with": changes} if changes else {})}
        if (size := len(json.dumps([changes, gone]))) < least:
            best, least = begins, size
    return best


def _difference(base: Any, state: Any, path: Steps) -> tuple[dict[str, Any], list[str]]:
    """What is merged into one mapping, and the pointers of what is taken away of it, to be another."""
    changes: dict[str, Any] = {}
    gone = [pointer((*path, key)) for key in base if key not in state]
    for key, value in state.items():
        if key in base and isinstance(value, dict) and isinstance(base[key], dict):
            inside, more = _difference(base[key], value, (*path, key))
            gone += more
            changes |= {key: inside} if inside else {}
        elif key not in base or _text(base[key]) != _text(value):
            changes[key] = value
    return changes, gone


def _text(value: Any) -> str:
    """A value as a text that tells true from 1."""
    return json.dumps(value, sort_keys=True)


def with_case(draft: Draft, suite: str, case: Mapping[str, Any]) -> Draft:
    """The draft with one more case at the end of a suite; where there is none yet, with a new suite with that case.

    Raises:
        FileError: it can't be read, or no case can be added to it.
    """
    name = str(draft.folder / suite)
    return draft.changed(suite, lambda text: with_item(text, ["cases"], case, name), template("more_cases"))
