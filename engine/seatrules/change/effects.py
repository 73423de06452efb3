"""Effects: the changes that consequences and events make to an account state."""

from __future__ import annotations

import copy
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from functools import lru_cache
from itertools import groupby
from typing import Any, Literal, NamedTuple

from ..diagnostics import echo, echoed
from ..errors import RequestError, RequestProblem
from ..language import tree as t
from ..language.interpret import UNKNOWN, DataPath, Interpreter, Item, fresh, plain
from ..language.limits import MAX_ITEMS
from ..language.partial import PartOfList, gap, gaps
from ..language.text import pointer
from ..language.types import SCALARS, Integer, ListOf, Record, Type, bounds, known, record_of
from ..program import Clause
from ..program.clause import Bill
from ..program.target import KeyStep, Target
from ..words import Phrase, phrase


class _Nothing:
    """The value before an entry is added, and after it is removed."""

    def __repr__(self) -> str:
        return "nothing"

    def __reduce__(self) -> str:
        return "NOTHING"  # a copy of it, in another process too, is the one there is


NOTHING = _Nothing()
Op = Literal["set", "clear", "create", "delete", "append"]
"""What an effect does."""

_MANY = 50
"""From how many items on lists are compared by what can be looked up."""
_NO_NAMES: Mapping[str, Any] = {}
_PLAIN_LIST = ListOf(None)
_PLAIN_PATH = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]+")


class Effect(NamedTuple):
    """One change: where (`parts`, the keys from the top of the state), from what, to what, by which clause.

    `creates` is the whole entry to begin with where the state does not list the one that is changed. Effects of one
    `turn` happen at once; those of an event happen on the state that the event before it left.
    """

    parts: DataPath
    before: Any
    after: Any
    rule: str
    creates: Mapping[str, Any] | None = None
    turn: int = 0

    @property
    def own(self) -> Effect:
        """The same with lists and mappings of its own."""
        before, after, creates = map(fresh, (self.before, self.after, self.creates))
        return self._replace(before=before, after=after, creates=creates)

    @property
    def with_own_value(self) -> Effect:
        """The same with a new value of its own, which stays as it is when the state that it stood in goes on."""
        return self._replace(after=copy.deepcopy(self.after)) if isinstance(self.after, list | dict) else self

    @property
    def path(self) -> str:
        """The parts as one text: joined by dots, with brackets around what is no plain key."""
        return path_text(self.parts)

    @property
    def pointer(self) -> str:
        """The parts as a JSON pointer (RFC 6901), as in all answers below `/state`."""
        return pointer(("state", *self.parts))

    @property
    def op(self) -> Op:
        """What it does: it sets a value or clears it, creates an entry of a map or deletes one, appends to a list."""
        if self.after is NOTHING:
            return "delete"
        if self.before is NOTHING:
            return "append" if type(self.parts[-1]) is int else "create"
        return "clear" if self.after is None else "set"

    def as_dict(self) -> dict[str, Any]:
        """The change as plain data; null where there was or is nothing.

        Of a list that is set, what is `added` to it and what is `removed`. `creates` is there where the entry that
        holds the value is not listed yet.
        """
        parts, before, after, rule, creates, _ = self
        path = _text_of_path(parts)
        whole: dict[str, Any] = {
            "path": path,
            "from": before if type(before) in SCALARS else None if before is NOTHING else fresh(before),
            "to": after if type(after) in SCALARS else None if after is NOTHING else fresh(after),
            "rule": rule,
            "op": "set" if type(after) is int else self.op,
            "pointer": self.pointer if '"' in path else "/state/" + path.replace(".", "/"),
        }
        if creates is not None:
            whole["creates"] = fresh(dict(creates))
        if (type(after) is list and before is not NOTHING) or (type(before) is list and after is None):
            whole["added"], whole["removed"] = _apart(whole["to"] or [], whole["from"] or [])
        return whole


def _apart(after: list[Any], before: list[Any]) -> tuple[list[Any], list[Any]]:
    """What stands in a list and not in the one before it, or not as often, and what only in that."""
    if len(before) > _MANY:
        return _without(after, before), _without(before, after)
    added, left = [], before.copy()
    for item in after:
        if item in left:
            left.remove(item)
        else:
            added.append(item)
    return added, left


def _without(items: list[Any], others: list[Any]) -> list[Any]:
    """The items of a list that another one lacks, in time that does not grow with the product of their lengths."""
    left, more = Counter(map(as_key, others)), []
    for item in items:
        if left[key := as_key(item)]:
            left[key] -= 1
        else:
            more.append(item)
    return more


@lru_cache(maxsize=4096)
def _text_of_path(parts: tuple[str | int, ...]) -> str:
    return path_text(parts)


def path_text(parts: Iterable[str | int]) -> str:
    """A path as people read it."""
    names = [part if type(part) is str else str(part) for part in parts]
    text = ".".join(names)
    plain = text.isascii() and "" not in names and text.replace(".", "_").isidentifier()
    if (plain or _PLAIN_PATH.fullmatch(text)) and text.count(".") == len(names) - 1:
        return text
    text = ""
    for part in names:
        if _PLAIN_KEY.fullmatch(part):
            text += f".{part}" if text else part
        else:
            text += '["{}"]'.format(part.replace("\\", "\\\\").replace('"', '\\"'))
    return text


def effects_of(clauses: Iterable[Clause], interpreter: Interpreter, after_each: Callable[[str], None]) -> list[Effect]:
    """The effects of every clause that applies; all values are read before anything changes.

    `after_each` is called with the id of each clause when it has been read.

    Raises:
        RequestError: two clauses set one path, or a value would not fit the state.
    """
    gatherer = EffectsGatherer(interpreter)
    for clause in clauses:
        for local in clause_entries(clause, interpreter):
            gatherer.add(clause, local)
        gatherer.note_unknown()
        after_each(clause.id)
    return gatherer.effects


def clause_entries(
    clause: Clause | Bill, interpreter: Interpreter, names: Mapping[str, Any] = _NO_NAMES
) -> Iterator[Mapping[str, Any]]:
    """The names with the loop's entry, or as they are, for each time that the clause applies."""
    if clause.loop is None:
        if clause.when is None or interpreter.asked(clause.when, names) is True:
            yield names
        return
    noted = len(interpreter.missing)
    for entry, kept in interpreter.entries(clause.loop, names):
        local = {**names, clause.loop.variable: entry}
        applies = True if clause.when is None else interpreter.asked(clause.when, local)
        if applies is False:
            interpreter.forget_since(noted)
        elif applies is True and kept is True:
            yield local
        noted = len(interpreter.missing)


class EffectsGatherer:
    """The changes of one action or event while they are gathered; all values are read from the state before it."""

    def __init__(self, interpreter: Interpreter) -> None:
        self.interpreter = interpreter
        self._gathered: list[Effect] = []
        self._set_by: dict[DataPath, str] = {}
        self._set_below_by: dict[DataPath, str] = {}
        self._added: dict[DataPath, list[Any]] = {}
        self._some_unknown = False

    @property
    def effects(self) -> list[Effect]:
        """What changes; a path set to the value that it has is no effect."""
        return [effect for effect in self._gathered if effect.before != effect.after]

    def note_unknown(self) -> None:
        """Note whether something was not known: what is added to a list then has no place that is known."""
        self._some_unknown = self._some_unknown or bool(self.interpreter.missing)

    def add(self, clause: Clause, local: Mapping[str, Any]) -> None:
        """Gather what one clause changes for one entry of its loop.

        Raises:
            RequestError: a path is set twice, or a value does not fit the state.
        """
        for target, value in clause.changes:
            self._change(target, self.interpreter.value(value, local), local, clause.id)
        for target, item in clause.appends:
            self._append(target, item, local, clause.id)
        for target in clause.removals:
            entry = self.interpreter.value(target.expr, local)
            if isinstance(entry, Item) and not entry.is_default:
                self._gather(Effect(entry.path, entry.value, NOTHING, clause.id))

    def _change(self, target: Target, value: Any, local: Mapping[str, Any], rule: str) -> None:
        if target.record is None:
            before = self.interpreter.value(target.expr, local)
            if before is not UNKNOWN and value is not UNKNOWN:
                parts: DataPath = (target.root,)
                self._gather(Effect(parts, plain(before), _fitting(value, target.type, parts), rule))
            return
        owner, name = self.interpreter.value(target.holder, local), target.last
        assert isinstance(name, str)
        if owner is UNKNOWN or value is UNKNOWN:
            return
        parts = (*owner.path, name)
        value = _fitting(value, target.type, parts)
        before = self.interpreter.read_property(owner, name, target.record)
        if before is UNKNOWN:
            return
        creates = owner.value if owner.is_default else None
        self._gather(Effect(parts, plain(before), value, rule, creates))

    def _append(self, target: Target, item: t.Expr | Mapping[str, t.Expr], local: Mapping[str, Any], rule: str) -> None:
        owner, path, holder = self._holder(target, local)
        if isinstance(item, t.Expr):
            entry: Any = self.interpreter.value(item, local)
        else:
            entry = {name: self.interpreter.value(value, local) for name, value in item.items()}
        key: Any = self.interpreter.value(target.last.expr, local) if isinstance(target.last, KeyStep) else None
        values = entry.values() if isinstance(entry, dict) else (entry,)
        if any(value is UNKNOWN for value in (holder, key, *values)):
            return
        if isinstance(target.last, KeyStep):
            parts: DataPath = (*holder.path, key)
            if key in holder.value:
                raise impossible(parts, phrase("already_there"))
            if (unlisted := gap(holder.value)) is not None:
                self.interpreter.missing[unlisted] = None
                return
            self._gather(Effect(parts, NOTHING, _fitting_entry(entry, target.type, parts), rule))
            return
        self.note_unknown()
        if self._some_unknown:
            return
        added = self._added.setdefault(path, [])
        parts = (*path, len(holder) + len(added))
        entry = _fitting_entry(entry, target.type, parts)
        added.append(entry)
        _require_room(holder, added, target.holder.type, path)
        creates = owner.value if owner is not None and owner.is_default else None
        self._gather(Effect(parts, NOTHING, entry, rule, creates))

    def _holder(self, target: Target, local: Mapping[str, Any]) -> tuple[Item | None, DataPath, Any]:
        """The owner of a list, the path, and what gets a new entry: a map as an `Item`, a list as it is."""
        path = target.holder
        if isinstance(target.last, KeyStep):
            holder = self.interpreter.value(path, local)
            return None, () if holder is UNKNOWN else holder.path, holder
        if isinstance(path, t.Property):
            parts: DataPath = (path.name,)
            return None, parts, self._listed(self.interpreter.state, path.name, parts, required=path.required)
        assert isinstance(path, t.Field)
        owner = self.interpreter.value(path.of, local)
        if owner is UNKNOWN:
            return None, (), UNKNOWN
        parts, required = (*owner.path, path.name), path.name in record_of(path.of.type).required
        return owner, parts, self._listed(owner.value, path.name, parts, required=required)

    def _listed(self, holder: Mapping[str, Any], name: str, path: DataPath, *, required: bool) -> Any:
        """A list as it is: that its entries are records does not matter, and there may be many."""
        return self.interpreter.read(holder, name, _PLAIN_LIST, path, required=required, default=None)

    def _unknown_of(self, effect: Effect) -> dict[DataPath, None]:
        """What is not given and would tell a change, or its place."""
        above = _gaps_above(effect.parts, self.interpreter.state)
        return dict.fromkeys((*gaps(effect.before), *gaps(effect.after), *above))

    def _gather(self, effect: Effect) -> None:
        parts = effect.parts
        if self.interpreter.partial and (unknown := self._unknown_of(effect)):
            self.interpreter.missing.update(unknown)
            return
        above = [parts[:length] for length in range(1, len(parts))]
        other = (
            self._set_by.get(parts)
            or self._set_below_by.get(parts)
            or next(filter(None, map(self._set_by.get, above)), None)
        )
        if other is not None:
            both = phrase("set_twice", rule=other)
            if other != effect.rule:
                both = phrase("set_by_two", first=other, second=effect.rule)
            raise impossible(parts, both)
        self._set_by[parts] = effect.rule
        self._set_below_by.update(dict.fromkeys(above, effect.rule))
        self._gathered.append(effect)


def _gaps_above(parts: DataPath, state: Any) -> Iterator[DataPath]:
    """The lists on the way to a path of which not all entries are given: a place in such a list is not known."""
    for part in parts[:-1]:
        if isinstance(state, PartOfList):
            yield state.path
        if isinstance(state, dict) and part not in state:
            return
        state = state[part]
    if isinstance(state, PartOfList):
        yield state.path


def _fitting(value: Any, kind: Type, parts: DataPath) -> Any:
    """The value as plain data, after making sure that it fits there."""
    kind, value = known(kind), plain(value)
    if isinstance(kind, Integer) and value is not None:
        lowest, highest = bounds(kind)
        if not lowest <= value <= highest:
            raise impossible(parts, phrase("would_be", value=echoed(value)))
    elif isinstance(kind, ListOf) and value is not None:
        if len(value) > MAX_ITEMS:
            raise impossible(parts, phrase("too_many_entries", most=MAX_ITEMS))
        if kind.unique and len(set(map(as_key, value))) < len(value):
            raise impossible(parts, phrase("value_twice"))
    return value


def _require_room(listed: list[Any], added: list[Any], kind: Type, path: DataPath) -> None:
    """Make sure that a list may have what is added to it.

    Raises:
        RequestError: it would have too many entries, or one twice that it may have once.
    """
    kind = known(kind)
    assert isinstance(kind, ListOf)
    if kind.unique:
        _fitting([*listed, *added], kind, path)
    elif len(listed) + len(added) > MAX_ITEMS:
        raise impossible(path, phrase("too_many_entries", most=MAX_ITEMS))


def as_key(value: Any) -> Any:
    """A value that can be looked up, the same for equal ones."""
    if type(value) is dict:
        return frozenset((key, as_key(part)) for key, part in value.items())
    return tuple(map(as_key, value)) if type(value) is list else value


def _fitting_entry(entry: Any, kind: Type, parts: DataPath) -> Any:
    """A new entry as plain data, after making sure that each part of it may stand there."""
    if isinstance(kind, Record):
        return {name: _fitting(value, kind.fields[name], (*parts, name)) for name, value in entry.items()}
    return _fitting(entry, kind, parts)


def impossible(parts: DataPath, why: Phrase) -> RequestError:
    """The error of a request by which something would have to stand where it can't."""
    what = phrase("impossible_change", path=echo(path_text(parts)), why=why)
    return RequestError([RequestProblem("impossible_change", what, pointer(("state", *parts)))])


def apply_effects(effects: Iterable[Effect], state: Mapping[str, Any], *, sharing: bool = False) -> dict[str, Any]:
    """A new state with the effects in it; what they do not touch is shared with `state`, which stays as it is.

    `state` is the one that the effects are of, in all that was read for them: `Engine.apply` makes sure of that. Of
    `sharing` states, which are never changed, new values are shared with the effects.
    """
    changed = ChangedState(state, sharing=sharing)
    for _, together in groupby(effects, key=lambda effect: effect.turn):
        changed.at_once(together)
    return changed.state


def from_last_to_first(removed: Iterable[DataPath]) -> list[DataPath]:
    """What is taken away, from the last entry of a list to its first: so the places of the others do not change."""
    return sorted(removed, key=lambda parts: [str(part).zfill(12) for part in parts], reverse=True)


class ChangedState:
    """A state while effects are made in it: each mapping and list on the way to one is copied, once."""

    def __init__(self, state: Mapping[str, Any], *, sharing: bool = False) -> None:
        self.state: dict[str, Any] = dict(state)
        self._own: _Own = {}
        self._sharing = sharing

    @property
    def own(self) -> Set[str | int]:
        """The properties of which something is its own, and is changed without being copied again."""
        return self._own.keys()

    def at_once(self, effects: Iterable[Effect]) -> None:
        """Make effects that are all of the state before them."""
        removed = []
        for effect in effects:
            if effect.creates is not None:
                self._create(effect.parts, effect.creates)
            (holder, own), last = self._holder(effect.parts), effect.parts[-1]
            if effect.after is NOTHING:
                removed.append(effect.parts)
            elif isinstance(holder, list) and last == len(holder):
                holder.append(effect.after if self._sharing else fresh(effect.after))
            else:
                holder[last] = effect.after if self._sharing else fresh(effect.after)
                own.pop(last, None)
        for parts in from_last_to_first(removed):
            holder, own = self._holder(parts)
            del holder[parts[-1]]
            if isinstance(holder, list):
                own.clear()  # what is behind has another place now
            own.pop(parts[-1], None)

    def kept(self) -> dict[str, Any]:
        """The state as it is now, which stays as it is: what is changed later is copied again."""
        self._own.clear()
        return dict(self.state)

    def keep(self, parts: DataPath) -> None:
        """What stands there now is kept by somebody: before it is changed, it is copied again."""
        own = self._own
        for part in parts[:-1]:
            own = own.get(part, {})
        own.pop(parts[-1], None)

    def _create(self, parts: DataPath, entry: Mapping[str, Any]) -> None:
        """List the entry of a map that is not there yet, the first on the way to the last of `parts`."""
        for length in range(1, len(parts)):
            holder, _ = self._holder(parts[:length])
            if isinstance(holder, dict) and parts[length - 1] not in holder:
                holder[parts[length - 1]] = copy.deepcopy(dict(entry))
                return

    def _holder(self, parts: DataPath) -> tuple[Any, _Own]:
        """The mapping or list that holds the last of `parts`, copied with all above it, so that it can be changed."""
        holder: Any = self.state
        own, last = self._own, len(parts) - 2
        for depth, part in enumerate(parts[:-1]):
            if (below := own.get(part)) is None:
                below = own[part] = _NONE_OWN
                holder[part] = copy.copy(holder[part])
            if below is _NONE_OWN and depth < last:
                below = own[part] = {}
            holder, own = holder[part], below
        return holder, own


_Own = dict[Any, "_Own"]
"""Which mappings and lists of a state are its own, by their places: those in them likewise."""
_NONE_OWN: _Own = {}
"""That nothing in one is its own; it stays empty, and is there once, for there may be many thousands of them."""
