"""Effects: the changes that consequences and events make to an account state."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..compiler import Clause
from ..diagnostics import RequestError, RequestProblem, echo
from ..language import tree as t
from ..language.interpret import UNKNOWN, Interpreter, Item, Path
from ..language.types import Entry, Integer, ListOf, Record, Type, known

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]+")


class _Nothing:
    """What stands where there is no entry."""

    def __repr__(self) -> str:
        return "nothing"


NOTHING = _Nothing()


@dataclass(frozen=True, slots=True)
class Effect:
    """One change: where (`parts`, the keys from the top of the state), from what, to what, by which clause.

    `creates` is the whole entry to begin with where the state does not list the one that is changed.
    """

    parts: Path
    before: Any
    after: Any
    rule: str
    creates: Mapping[str, Any] | None = None

    @property
    def path(self) -> str:
        """The parts as one text: joined by dots, with brackets around what is no plain key."""
        return path_text(self.parts)

    def as_dict(self) -> dict[str, Any]:
        before, after = (None if value is NOTHING else value for value in (self.before, self.after))
        return {"path": self.path, "from": before, "to": after, "rule": self.rule}


def path_text(parts: Iterable[str | int]) -> str:
    """A path as people read it."""
    text = ""
    for part in map(str, parts):
        if _PLAIN_KEY.fullmatch(part):
            text += f".{part}" if text else part
        else:
            text += '["{}"]'.format(part.replace("\\", "\\\\").replace('"', '\\"'))
    return text


def pointer(parts: Iterable[str | int]) -> str:
    """A path below the request's top as a JSON pointer (RFC 6901)."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def effects_of(clauses: Iterable[Clause], interpreter: Interpreter) -> list[Effect]:
    """The effects of every clause that applies; all values are read before anything changes.

    Raises:
        RequestError: two clauses set one path, or a value would not fit the state.
    """
    effects: list[Effect] = []
    for clause in clauses:
        for local in clause_entries(clause, interpreter):
            effects += clause_effects(clause, local, interpreter, effects)
    return [effect for effect in effects if effect.before is NOTHING or effect.before != effect.after]


def clause_entries(clause: Clause, interpreter: Interpreter) -> Iterator[dict[str, Any]]:
    """The loop's entry, or nothing, for each time that the clause applies."""
    if clause.loop is None:
        if clause.when is None or interpreter.value(clause.when, {}) is True:
            yield {}
        return
    for entry, kept in interpreter.entries(clause.loop, {}):
        local = {clause.loop.variable: entry}
        if kept is True and (clause.when is None or interpreter.value(clause.when, local) is True):
            yield local


def clause_effects(
    clause: Clause, local: Mapping[str, Any], interpreter: Interpreter, earlier: list[Effect]
) -> list[Effect]:
    """What one clause changes for one entry of its loop."""
    found: list[Effect] = []
    for path, value in clause.changes:
        found += _change(path, interpreter.value(value, local), local, interpreter, clause.id)
    for path, item in clause.appends:
        found += _append(path, item, local, interpreter, clause.id, [*earlier, *found])
    for path in clause.removals:
        entry = interpreter.value(path, local)
        if isinstance(entry, Item) and not entry.is_default:
            found.append(Effect(entry.path, entry.value, NOTHING, clause.id))
    for effect in found:
        _check_free(effect, [e for e in [*earlier, *found] if e is not effect])
    return found


def _change(path: t.Expr, value: Any, local: Mapping[str, Any], interpreter: Interpreter, rule: str) -> list[Effect]:
    assert isinstance(path, t.Field | t.Property)
    if isinstance(path, t.Property):
        before: Any = interpreter.value(path, local)
        return (
            []
            if UNKNOWN in (before, value)
            else [Effect((path.name,), before, _fitting(value, path.type, (path.name,)), rule)]
        )
    owner = interpreter.value(path.of, local)
    if owner is UNKNOWN or value is UNKNOWN:
        return []
    kind = owner_record(path.of.type)
    parts = (*owner.path, path.name)
    value = _fitting(value, kind.type_of(path.name), parts)
    return [Effect(parts, owner.value.get(path.name), value, rule, owner.value if owner.is_default else None)]


def owner_record(kind: Type) -> Record:
    record = kind.record if isinstance(kind, Entry) else kind
    assert isinstance(record, Record)
    return record


def _append(
    path: t.Expr,
    item: t.Expr | Mapping[str, t.Expr],
    local: Mapping[str, Any],
    interpreter: Interpreter,
    rule: str,
    earlier: list[Effect],
) -> list[Effect]:
    entry = (
        interpreter.value(item, local)
        if isinstance(item, t.Expr)
        else {name: interpreter.value(value, local) for name, value in item.items()}
    )
    if isinstance(path, t.Index):
        owner, key = interpreter.value(path.of, local), interpreter.value(path.keys[0], local)
        if key in owner.value:
            raise _impossible((*owner.path, key), "is already there")
        return [Effect((*owner.path, key), NOTHING, entry, rule)]
    listed = interpreter.value(path, local)
    if listed is UNKNOWN:
        return []
    assert isinstance(path.type, ListOf)
    parts = _list_path(path, local, interpreter)
    later = sum(1 for e in earlier if e.before is NOTHING and e.parts[:-1] == parts)
    return [Effect((*parts, len(listed) + later), NOTHING, entry, rule)]


def _list_path(path: t.Expr, local: Mapping[str, Any], interpreter: Interpreter) -> Path:
    if isinstance(path, t.Property):
        return (path.name,)
    assert isinstance(path, t.Field)
    owner = interpreter.value(path.of, local)
    assert isinstance(owner, Item)
    return (*owner.path, path.name)


def _check_free(effect: Effect, others: list[Effect]) -> None:
    for other in others:
        shorter, longer = sorted((effect.parts, other.parts), key=len)
        if longer[: len(shorter)] != shorter:
            continue
        if effect.parts == other.parts and effect.before is NOTHING and other.before is NOTHING:
            continue
        rules = f"`{other.rule}` and `{effect.rule}`" if other.rule != effect.rule else f"`{effect.rule}` twice"
        raise _impossible(longer, f"would be set by {rules}")


def _fitting(value: Any, kind: Type, parts: Path) -> Any:
    match known(kind):
        case Integer(minimum=minimum, maximum=maximum) if value is not None:
            if (minimum is not None and value < minimum) or (maximum is not None and value > maximum):
                raise _impossible(parts, f"would be {value}")
    if isinstance(value, Item):
        return value.value
    return value


def _impossible(parts: Path, what: str) -> RequestError:
    where = pointer(("state", *parts))
    message = f"the action can't be carried out on this state: `{echo(path_text(parts))}` {what}"
    return RequestError([RequestProblem("impossible_change", message, where)])


def apply_effects(effects: Iterable[Effect], state: Mapping[str, Any]) -> dict[str, Any]:
    """A new state with the effects in it; `state` itself stays as it is."""
    result: dict[str, Any] = copy.deepcopy(dict(state))
    gone = []
    for effect in effects:
        if effect.creates is not None:
            _holder(result, effect.parts[:-1]).setdefault(effect.parts[-2], copy.deepcopy(dict(effect.creates)))
        holder = _holder(result, effect.parts)
        if effect.after is NOTHING:
            gone.append(effect.parts)
        elif isinstance(holder, list) and effect.parts[-1] == len(holder):
            holder.append(copy.deepcopy(effect.after))
        else:
            holder[effect.parts[-1]] = copy.deepcopy(effect.after)
    # From the last entry of a list to its first, so that the places of the others stay true.
    for parts in sorted(gone, key=lambda parts: [str(part).zfill(12) for part in parts], reverse=True):
        del _holder(result, parts)[parts[-1]]
    return result


def _holder(state: Any, parts: Path) -> Any:
    for part in parts[:-1]:
        state = state[part]
    return state
