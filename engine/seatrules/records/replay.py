"""Decides a record again from what it holds alone, and says in what the answer is another."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from ..decision.answer import Answer
from ..decision.plain_data import require_plain
from ..decision.record import FORMAT
from ..decision.values import Decision
from ..description.places import key_in, path_of_map
from ..engine import Engine
from ..errors import RequestError, malformed
from ..language.interpret import fresh
from ..language.references import references
from ..language.text import pointer, pointer_parts
from ..language.types import MapOf, Record, Type, known
from ..program import PolicyVersion, Program
from ..program.reads import keys_of
from ..words import phrase

_PARTS: Mapping[str, tuple[type, ...]] = {
    "id": (str, int),
    "at": (str,),
    "policy": (dict,),
    "action": (dict,),
    "state": (dict,),
    "unread": (list,),
    "absent": (list,),
    "answer": (dict,),
}
_LISTED = ("reasons", "warnings", "notices", "missing", "effects")
_COMPARED = ("decision", "reasons", "outcome", "warnings", "notices", "billing", "bookings", "missing")


class Difference(NamedTuple):
    """What the record says at a `place` of the answer, and what is said now; nothing is None."""

    place: str
    was: Any
    now: Any

    def text(self, language: str | None = None) -> str:
        """The difference in words."""
        was, now = (json.dumps(each, ensure_ascii=False, sort_keys=True) for each in (self.was, self.now))
        return phrase("answer_differs", place=self.place, was=was, now=now).text(language)

    def as_dict(self) -> dict[str, Any]:
        return {"place": self.place, "was": fresh(self.was), "now": fresh(self.now)}


class ReplayedRequest(NamedTuple):
    """What is asked where a record is decided again, and how."""

    action: Mapping[str, Any]
    state: dict[str, Any]
    version: str | None
    partial: bool
    incomplete: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Replay(Answer):
    """A record that was decided again: in what the answer is another, and whether by another policy.

    `recorded_by` is the policy that decided it first, as the record names it.
    """

    ask: ClassVar[str] = "ask whether it has `replay.differences`"

    id: str | int
    at: str
    recorded_by: Mapping[str, Any]
    policy: PolicyVersion
    differences: tuple[Difference, ...]

    @property
    def same_policy(self) -> bool:
        """Whether the policy that decided again is the one that decided first, by digests and settings."""
        return self.policy.as_dict() == self.recorded_by

    def as_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "at": self.at,
            "recorded_by": fresh(self.recorded_by),
            "decided_by": self.policy.as_dict(),
            "same_policy": self.same_policy,
            "differences": [each.as_dict() for each in self.differences],
        }


def replay(engine: Engine, record: Mapping[str, Any]) -> Replay:
    """Decide again, by an engine, what a record says was decided: from the record alone.

    By the policy that decided first the answer is exact: what it did not read is not needed. Another may read what the
    record does not hold; that is then not known, and nothing gets milder for it.

    Raises:
        RequestError: it is no record, or what it holds is no request of this policy.
        UsageError: this policy's states have no such maps as the record names.
    """
    require_record(record)
    decision = _decided(engine, record)
    policy = dict(record["policy"])
    return Replay(record["id"], record["at"], policy, decision.policy, tuple(_differences(record["answer"], decision)))


def require_record(record: Any) -> None:
    """Make sure that something is a record, by its form.

    Raises:
        RequestError: it is none.
    """
    require_plain(record=record)
    if not isinstance(record, dict) or record.get("record") != FORMAT or not _is_well_formed(record):
        raise RequestError([malformed(phrase("no_record"))])


def _is_well_formed(record: Mapping[str, Any]) -> bool:
    if not all(type(record.get(name)) in kinds for name, kinds in _PARTS.items()):
        return False
    policy, answer = record["policy"], record["answer"]
    texts = [policy.get("name"), policy.get("version"), *record["unread"], *record["absent"]]
    listed = [answer.get(name) or [] for name in _LISTED]
    return (
        all(isinstance(each, str) for each in [*texts, *record.get("incomplete", [])])
        and isinstance(policy.get("settings"), dict)
        and all(isinstance(each, list) and all(isinstance(one, dict) for one in each) for each in listed)
    )


def _decided(engine: Engine, record: Mapping[str, Any]) -> Decision:
    again = asked_again(engine, record)
    return engine.decide(
        again.action, again.state, version=again.version, partial=again.partial, incomplete=again.incomplete
    )


def asked_again(engine: Engine, record: Mapping[str, Any]) -> ReplayedRequest:
    """How a record is decided again by an engine: by another policy than decided first, what it lacks is not known.

    Raises:
        RequestError: the state that it holds has no day on which a version decides.
    """
    state = fresh(record["state"])
    known_there = engine.programs.get(record["policy"].get("version"))
    version = known_there.version if known_there is not None and record.get("named") else None
    program = engine.program_for(state, version)
    incomplete = record.get("incomplete", [])
    if program.policy.as_dict() == record["policy"]:
        _add_referred(record["action"], state, program, incomplete)
        return ReplayedRequest(record["action"], state, version, record.get("partial", False), tuple(incomplete))
    for place in record["absent"]:
        _say_absent(pointer_parts(place)[1:], state, program.state)
    return ReplayedRequest(record["action"], state, version, True, (*incomplete, *record["unread"]))


def _add_referred(
    action: Mapping[str, Any], state: dict[str, Any], program: Program, incomplete: Collection[str]
) -> None:
    """Put the entries there that the action names, or to which what was read refers: they were there.

    Those of a map that is `incomplete` need not have been.
    """
    named = _named_by(action, program)
    referred = [(each.entry, each.key) for each in references(program.state, state)]
    for entry, key in [*named, *referred]:
        path = path_of_map(entry, program.state)
        if pointer(("state", *path)) not in incomplete:
            holder: Any = state
            for step in path:
                holder = holder.setdefault(step, {}) if isinstance(holder, dict) else None
            if isinstance(holder, dict):
                holder.setdefault(key, {})


def _named_by(action: Mapping[str, Any], program: Program) -> Iterator[tuple[str, str]]:
    """The keys that an action names, each with the name of its map's entries."""
    name = action.get("type")
    arguments = program.actions[name].arguments if isinstance(name, str) and name in program.actions else {}
    for argument, kind in arguments.items():
        entry = key_in(kind)
        keys = keys_of(("argument", argument), action) if entry is not None else []
        yield from ((str(entry), key) for key in keys if isinstance(key, str))


def _say_absent(path: tuple[str, ...], value: Any, kind: Type) -> None:
    """Say of a property that was read and not there that it is absent, where it may be."""
    *above, name = path or ("",)
    for step in above:
        kind = known(kind)
        if isinstance(kind, Record) and isinstance(value, dict) and step in kind.fields:
            kind, value = kind.fields[step], value.get(step)
        elif isinstance(kind, MapOf) and isinstance(value, dict):
            kind, value = kind.entry, value.get(step)
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            kind, value = getattr(kind, "item", None) or kind, value[int(step)]
        else:
            return
    kind = known(kind)
    if isinstance(kind, Record) and isinstance(value, dict) and name in kind.fields and name not in kind.required:
        value.setdefault(name, kind.defaults.get(name))


def _differences(was: Mapping[str, Any], decision: Decision) -> Iterator[Difference]:
    """Where an answer says something else, in what it comes to: not where it shows values and places."""
    now = decision.as_dict()
    for name in _COMPARED:
        yield from _of_part(name, _plain(name, was.get(name)), _plain(name, now.get(name)))
    before, after = (_effects(each.get("effects") or []) for each in (was, now))
    for place in dict.fromkeys((*before, *after)):
        yield from _of_part(f"effects/{place}", before.get(place), after.get(place))


def _of_part(place: str, was: Any, now: Any) -> Iterator[Difference]:
    if isinstance(was, dict) and isinstance(now, dict):
        for name in dict.fromkeys((*was, *now)):
            yield from _of_part(f"{place}/{name}", was.get(name), now.get(name))
    elif was != now:
        yield Difference(place, was, now)


def _plain(name: str, part: Any) -> Any:
    """A part of an answer as it is compared: of what has a code its message, by the code and the entry."""
    if name in ("reasons", "warnings", "notices"):
        return {_named(each): each.get("message") for each in part or []}
    if name == "outcome" and isinstance(part, dict):
        return {"code": part.get("code"), "message": part.get("message")}
    if name == "missing":
        return [each.get("path") for each in part or []]
    return part


def _named(reason: Mapping[str, Any]) -> str:
    entry = reason.get("entry")
    values = [] if not isinstance(entry, dict) else [str(value) for value in entry.values()]
    return "/".join([str(reason.get("code")), *values])


def _effects(effects: list[Mapping[str, Any]]) -> dict[str, Any]:
    """The new values by their places, each as often as it is changed."""
    values: dict[str, Any] = {}
    for number, each in enumerate(effects):
        place = str(each.get("path"))
        values[place if place not in values else f"{place} ({number})"] = each.get("to")
    return values
