"""Generates the code that checks a request and reads what a program needs of it.

What is out of the ordinary makes the generated function return nothing; the reference then says what is wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ..language.days import is_date
from ..language.ranges import ordinary
from ..language.types import (
    Boolean,
    Date,
    Integer,
    Key,
    ListOf,
    MapOf,
    Maybe,
    Record,
    Text,
    Type,
    Word,
    bounds,
    is_scalar,
    known,
    of_records,
)
from ..program.parts import joined_parts
from ..program.program import ActionType, Program
from ..program.reads import WHOLE, KeyOf, Reads
from .code import Map, Object, Writer
from .function import UnsupportedError, define_function
from .passes import Pass, flat, names_in


class RequestReader(Writer):
    """Writes code that reads a state and an action into variables, checking each value against its type.

    What is read of the state is copied, or only checked.
    """

    def __init__(self, program: Program, known_uses: Counter[str] | None = None, *, copies: bool = True) -> None:
        super().__init__(program, known_uses)
        self.copies = copies
        self.shared: dict[int, Callable[[Any], Any] | None] = dict.fromkeys(_in_several_places(program.state))
        """By the identity of each type of record with several places in the state: what reads one, once generated."""
        self.copied_arguments: dict[str, str] = {}
        """The code of the arguments that are copied, by name."""
        self.copied_if_given: dict[str, str] = {}
        """The same of those that may be left out."""
        self.key_maps: dict[str, str] = {}
        """The code of the maps of which an argument has a key, by the name of their entries."""
        self.referenced: dict[str, str] = {}
        """The variables of the maps whose keys stand in what is read of the state, by the name of their entries."""
        self.maps: dict[str, str] = {}
        """The variables of those maps, by the code that reads them."""
        self.dicts: set[str] = set()
        """The variables that are known to hold a dict."""
        self.snapshot = ""
        """The code of what was read last, as plain data."""
        self.ready: set[str] = set()
        """The variables that have a value, and one that is not absent, from where they are assigned on."""
        self.item_loops: dict[str, tuple[str, list[Any]]] = {}
        """The loops over lists without repeats, by the code of these: the variable of an item, and further lines."""
        self.namespace |= {"joined": joined_parts}
        self.namespace |= {
            "is_scalar": is_scalar,
            "is_text": _is_text,
            "odd_sizes": ODD_SIZES,
            "has_odd_key": _has_odd_key,
        }

    def refuse_if(self, condition: str) -> None:
        self.line(f"if {condition}: return None")

    def refuse_unless_dict(self, variable: str) -> None:
        """Refuse what is no dict, and one of whose keys one may be no plain text; what a variable holds once."""
        if variable not in self.dicts:
            self.dicts.add(variable)
            has_odd_key = f"has_odd_key({variable})" if ODD_SIZES is None else f"{variable}.__sizeof__() in odd_sizes"
            self.refuse_if(f"type({variable}) is not dict or {has_odd_key}")

    def argument(self, name: str, kind: Type) -> str:
        return f"a_{name}"

    def arguments(self, action: ActionType) -> None:
        """Read the action's arguments; a key must be there in the state."""
        self.refuse_unless_dict("state")
        self.refuse_unless_dict("action")
        optional = [name for name, kind in action.arguments.items() if isinstance(kind, Maybe)]
        given = "".join(f" + ({name!r} in action)" for name in optional)
        required = len(action.arguments) + 1 - len(optional)
        self.refuse_if(f"len(action) != {required}{given} or type(action['type']) is not str")
        maps = dict(_key_maps(self.program.state))
        for name, kind in action.arguments.items():
            variable, item = f"a_{name}", known(kind)
            if isinstance(item, ListOf):
                (self.copied_if_given if name in optional else self.copied_arguments)[name] = variable
                assert item.item is not None
                item = item.item
                if isinstance(item, ListOf | Maybe):
                    raise UnsupportedError
            keys = self.keys_of(item, maps) if isinstance(item, Key) else None
            source = f"action.get({name!r})" if name in optional else f"action[{name!r}]"
            self.argument_value(variable, source, self.as_read(name, kind), keys)

    @property
    def own_action(self) -> str:
        """The code of the action that was read, with lists of its own."""
        copied = "".join(f", {name!r}: {code}" for name, code in self.copied_arguments.items())
        copied += "".join(
            f", **({{{name!r}: a_{name}}} if {name!r} in action else {{}})" for name in self.copied_if_given
        )
        return f"{{**action{copied}}}"

    def as_read(self, name: str, kind: Type) -> Type:
        """The type of a property or an argument, as it is read here: a number that is counted with is ordinary."""
        match kind:
            case Maybe(of=inner):
                return Maybe(self.as_read(name, inner))
            case Integer() if name in self.ranges.counted:
                return ordinary(kind)
        return kind

    def keys_of(self, kind: Key, maps: Mapping[str, str]) -> str:
        """The code of the map that has the keys of a type."""
        if kind.entry not in maps:
            raise UnsupportedError
        if kind.entry not in self.key_maps:
            source = f"state[{maps[kind.entry]!r}]"
            self.key_maps[kind.entry] = self.maps[source] = self.assigned(source)
            self.refuse_unless_dict(self.maps[source])
        return self.key_maps[kind.entry]

    def argument_value(self, variable: str, source: str, kind: Type, keys: str | None) -> None:
        """Read an argument into a variable, and check it; what is a key, or holds keys, is among `keys`."""
        match kind:
            case Maybe(of=inner):
                self.named(variable, source)
                with self.block(f"if {variable} is not None:"):
                    self.argument_value(variable, variable, inner, keys)
            case ListOf():
                self.line(f"{variable} = {self.listing(self.assigned(source), kind, WHOLE)}")
                if keys is not None:
                    self.refuse_if(f"not {keys}.keys() >= set({variable})")
            case _:
                self.scalar(variable, source, kind)
                if keys is not None:
                    self.refuse_if(f"{variable} not in {keys}")
                if self.depth == 1:
                    self.ready.add(variable)

    def scalar(self, variable: str, source: str, kind: Type) -> None:
        """Read a value that is no collection into a variable, and check it."""
        match kind:
            case Maybe(of=inner):
                self.named(variable, source)
                with self.block(f"if {variable} is not None:"):
                    self.scalar(variable, variable, inner)
            case Date():
                self.named(variable, source)
                self.refuse_if(f"type({variable}) is not str or {variable} not in days and not is_day({variable})")
                if "days" not in self.namespace:
                    self.namespace["days"], self.namespace["is_day"] = known_days()
            case Word(words=words):
                self.named(variable, source)
                self.refuse_if(f"type({variable}) is not str or {variable} not in {self.constant(frozenset(words))}")
            case _:
                self.named(variable, source)
                self.refuse_if(_wrong(variable, kind))

    def named(self, variable: str, source: str) -> None:
        if variable != source:
            self.line(f"{variable} = {source}")

    def record(self, source: str, kind: Record, reads: Reads) -> Object:
        """Read a record; `self.snapshot` is then what was read of it."""
        if reads.whole and id(kind) in self.shared:
            self.snapshot = self.assigned(f"{self.constant(self.shared_reader(kind))}({source}, state)")
            self.refuse_if(f"{self.snapshot} is None")
            return Object(self.snapshot, None)
        return self.record_in_place(source, kind, reads)

    def shared_reader(self, kind: Record) -> Callable[[Any], Any]:
        """The function that reads a whole record, generated once: else each place of it in each other would be code."""
        function = self.shared[id(kind)]
        if function is None:
            inner = RequestReader(self.program, copies=self.copies)
            inner.count_on(self.ranges.counted)
            inner.shared = self.shared
            inner.record_in_place("record", kind, WHOLE)
            inner.line(f"return {inner.snapshot if self.copies else 'record'}")
            lines = [line[1:] for line in (*inner.opening, *flat(inner.lines))]
            function = self.shared[id(kind)] = define_function(
                self.program, kind.name, "record, state", lines, inner.namespace
            )
        return function

    def record_in_place(self, source: str, kind: Record, reads: Reads) -> Object:
        """Read a record by code of its own."""
        self.refuse_unless_dict(source)
        names = list(kind.fields) if reads.whole else [name for name in kind.fields if name in reads.fields]
        may_lack = reads.whole or any(name not in kind.required for name in names)
        if kind.closed and may_lack:
            all_required = kind.required >= kind.fields.keys()
            if all_required and len(names) == len(kind.fields):
                self.refuse_if(f"len({source}) != {len(names)}")  # a missing key is refused below
            else:
                self.refuse_if(f"not {source}.keys() <= {self.constant(set(kind.fields))}")
        elif reads.whole:
            other = self.name("k")
            with self.block(f"for {other} in {source}.keys() - {self.constant(set(kind.fields))}:"):
                self.refuse_if(f"type({other}) is not str or not is_scalar({source}[{other}])")
        fields, optional = {}, []
        snapshot = dict.fromkeys(name for name in names if name in kind.required)
        # What is gathered in a pass over a collection may read what has no parts: that is read before.
        for name in sorted(names, key=lambda name: isinstance(known(kind.fields[name]), MapOf | ListOf)):
            inner = WHOLE if reads.whole else reads.fields[name]
            default = f", {kind.defaults[name]!r}" if name in kind.defaults else ""
            field_source = f"{source}[{name!r}]" if name in kind.required else f"{source}.get({name!r}{default})"
            fields[name] = self.read(field_source, self.as_read(name, kind.type_of(name)), inner)
            if name in kind.required:
                snapshot[name] = self.snapshot
            else:
                optional.append((name, self.snapshot))
        parts = ", ".join(f"{name!r}: {code}" for name, code in snapshot.items())
        self.snapshot = f"{{{parts}}}"
        if reads.whole and not kind.closed:  # with what an open record has besides, in its order
            self.snapshot = f"{{**{source}, {parts}}}"
            self.snapshot = self.assigned(self.snapshot) if self.copies else self.snapshot
        if optional and self.copies:
            self.snapshot = self.assigned(self.snapshot)
            for name, code in optional:
                self.line(f"if {name!r} in {source}: {self.snapshot}[{name!r}] = {code}")
        return Object(fields, None)

    def read(self, source: str, kind: Type, reads: Reads) -> Any:
        """Read any value; `self.snapshot` is then what was read of it."""
        match kind:
            case Record():
                return self.record(self.assigned(source), kind, reads)
            case MapOf():
                return self.mapping(self.maps.get(source) or self.assigned(source), kind, reads)
            case ListOf():
                return self.listing(self.assigned(source), kind, reads)
            case Maybe(of=Record() | MapOf() | ListOf()):
                raise UnsupportedError
        return self.single(self.name(), source, kind)

    def single(self, variable: str, source: str, kind: Type) -> str:
        """Read a value without parts; `self.snapshot` is then its variable."""
        self.scalar(variable, source, kind)
        self.refuse_dangling(variable, kind)
        if self.depth == 1 and not isinstance(kind, Maybe):
            self.ready.add(variable)
        self.snapshot = variable
        return variable

    def refuse_dangling(self, variable: str, kind: Type) -> None:
        """Refuse what is to be a key of a map of the state and is none."""
        inner = known(kind)
        if isinstance(inner, Key) and inner.entry in self.program.referenced:
            asked = f"{variable} is not None and " if isinstance(kind, Maybe) else ""
            self.refuse_if(f"{asked}{variable} not in {self.keys_referred_to(inner)}")

    def keys_referred_to(self, kind: Key) -> str:
        """The variable of the map whose keys a type has; the `opening` assigns it."""
        return self.referenced.setdefault(kind.entry, f"r{len(self.referenced)}")

    @property
    def opening(self) -> list[str]:
        """The lines that come first: the maps that are referred to."""
        maps = [(name, self.program.referenced[entry]) for entry, name in self.referenced.items()]
        lines = ([f"  {name} = state[{key!r}]", f"  if type({name}) is not dict: return None"] for name, key in maps)
        return [line for pair in lines for line in pair]

    def listing(self, source: str, kind: ListOf, reads: Reads) -> str:
        self.refuse_if(f"type({source}) is not list")
        item = kind.item
        assert item is not None
        if isinstance(item, Record):
            if kind.unique:
                raise UnsupportedError
            return self.records(source, item, WHOLE if reads.whole else reads.entries or Reads())
        each = self.name("e")
        if isinstance(item, MapOf | ListOf):
            result = self.assigned("[]") if self.copies else source
            with self.block(f"for {each} in {source}:"):
                self.read(each, item, WHOLE if reads.whole else reads.entries or Reads())
                if self.copies:
                    self.line(f"{result}.append({self.snapshot})")
        else:
            result = self.assigned(f"{source}.copy()") if self.copies else source
            with self.block(f"for {each} in {result}:"):
                self.scalar(each, each, item)
                self.refuse_dangling(each, item)
                if kind.unique:
                    self.item_loops[result] = each, self.later()
        if kind.unique:
            if of_records(kind):
                raise UnsupportedError
            self.refuse_if(f"len({result}) > 1 and len(set({result})) != len({result})")
        self.snapshot = result
        return result

    def records(self, source: str, kind: Record, reads: Reads) -> str:
        """Read the records of a list, in a pass in which more may be gathered; loops go over the list as it is."""
        each, result = self.name("e"), self.assigned("[]") if self.copies else source
        with self.gathering(source) as gathered, self.block(f"for {each} in {source}:"):
            gathered(self.record(each, kind, reads))
            made, row = self.snapshot, self.row()
            if self.copies:
                self.line(f"{result}.append({row})")
        self.snapshot = result if row == made or not self.copies else f"[{made} for {row} in {result}]"
        return source

    def row(self, *more: str) -> str:
        """The code of all that the snapshot of an entry is made of, and of what is kept beside it."""
        taken = [*more, *sorted(name for name in names_in(self.snapshot) if name not in self.namespace)]
        return taken[0] if len(taken) == 1 else f"({', '.join(taken)})"

    def later(self) -> list[Any]:
        """A place for lines that are written later."""
        place: list[Any] = []
        self.lines.append(place)
        return place

    @contextmanager
    def gathering(self, source: str) -> Iterator[Callable[[Object], None]]:
        """A pass over a collection is written inside; at the end of its loop, what stands for an entry is handed in."""
        before, first = self.later(), self.names

        def gathered(entry: Object) -> None:
            if self.depth != 2:
                return  # one within another: what is gathered of it would be of each entry of that
            own = frozenset(f"{kind}{number}" for number in range(first + 1, self.names + 1) for kind in "vekq")
            ready = frozenset((*self.ready, *self.looked_up.values()))
            self.passes[source] = Pass(
                entry, own, ready, self.namespace, self.name, before, self.later(), [], self.item_loops
            )

        yield gathered
        if source in self.passes:
            self.lines.append(self.passes[source].after)

    def mapping(self, source: str, kind: MapOf, reads: Reads) -> Map:
        self.refuse_unless_dict(source)
        reads_each = reads.whole or reads.each
        result = self.assigned("[]" if reads_each else "{}") if self.copies else source
        entries: dict[KeyOf, Object] = {}
        if reads_each:
            inner = reads.of_each()
            key, entry = self.name("q"), self.name("e")
            with self.gathering(source) as gathered, self.block(f"for {key}, {entry} in {source}.items():"):
                not_a_word = ""
                if isinstance(kind.key, Word):
                    not_a_word = f" or {key} not in {self.constant(frozenset(kind.key.words))}"
                self.refuse_if(f"type({key}) is not str{not_a_word}")
                if kind.refers:
                    self.refuse_dangling(key, kind.key)
                gathered(self.record(entry, kind.entry, inner)._replace(id=key))
                made, row = self.snapshot, self.row(key)
                if self.copies:
                    self.line(f"{result}.append({row})")
            self.snapshot = f"{{{key}: {made} for {row} in {result}}}" if self.copies else source
            return Map(source, entries)
        for known_key, inner in reads.keys.items():
            with self.each_named(known_key) as code:
                if inner.presence_only:
                    self.presence(source, result, code)
                else:
                    alone = len(reads.keys) == 1
                    entries[known_key] = self.entry(source, result, code, kind, inner, alone=alone)
        self.snapshot = result
        return Map(result, entries)

    @contextmanager
    def each_named(self, key: KeyOf) -> Iterator[str]:
        """The code of a key that comes from the action or from the policy; of a list, that of each in it."""
        where, value = key
        if where != "argument":
            yield repr(value)
        elif value in self.copied_arguments:
            each = self.name("e")
            with self.block(f"for {each} in a_{value}:"):
                yield each
        else:
            yield f"a_{value}"

    def entry(self, source: str, result: str, code: str, kind: MapOf, reads: Reads, *, alone: bool) -> Object:
        """Read the entry under a key; `alone`, no other is read."""
        if kind.may_lack:
            with self.block(f"if {code} in {source}:"):
                self.record(self.assigned(f"{source}[{code}]"), kind.entry, reads)
                self.store(source, result, code, alone=alone)
            return Object(f"{result}.get({code})", code)
        if kind.default is None:
            record = self.record(self.assigned(f"{source}[{code}]"), kind.entry, reads)
            self.store(source, result, code, alone=alone)
            return Object(record.fields, code)
        entry_source = self.assigned(f"{source}.get({code}, MISSING)")
        with self.block(f"if {entry_source} is not MISSING:"):
            record = self.record_in_place(entry_source, kind.entry, reads)
            self.store(source, result, code, alone=alone)
        with self.block("else:"):
            assert not isinstance(record.fields, str)
            for name, variable in record.fields.items():
                if not isinstance(variable, str):
                    raise UnsupportedError
                self.line(f"{variable} = {kind.default.get(name, kind.entry.defaults.get(name))!r}")
            self.line("pass")
        return Object(record.fields, code)

    def presence(self, source: str, result: str, code: str) -> None:
        """Read whether there is an entry under a key."""
        if self.copies:
            self.line(f"if {code} in {source}: {result}.setdefault({code}, {{}})")

    def store(self, source: str, result: str, code: str, *, alone: bool) -> None:
        """Keep what was read of an entry; two keys may name one entry."""
        if self.copies:
            both = f"joined({source}[{code}], {result}[{code}], {self.snapshot})"
            joined = "" if alone else f" if {code} not in {result} else {both}"
            self.line(f"{result}[{code}] = {self.snapshot}{joined}")


def _wrong(variable: str, kind: Type) -> str:
    """The condition under which a value is not of the type."""
    match kind:
        case Boolean():
            return f"{variable} is not True and {variable} is not False"
        case Integer():
            return f"type({variable}) is not int or {out_of_bounds(variable, kind)}"
        case Key() | Text():
            return f"type({variable}) is not str or not ({variable}.isascii() or is_text({variable}))"
    raise UnsupportedError


def out_of_bounds(variable: str, kind: Integer) -> str:
    lowest, highest = bounds(kind)
    return f"not {lowest} <= {variable} <= {highest}"


def _has_odd_key(mapping: dict[Any, Any]) -> bool:
    """Whether a key of a dict is something else than exactly a `str`."""
    return any(type(key) is not str for key in mapping)


def _odd_sizes() -> frozenset[int] | None:
    """The sizes of dicts of which a key is, or was, something else than exactly a `str`.

    Going through the keys would take longer than much else that a decision asks of a record. But Python keeps a dict
    whose keys are texts in less room, for it needs no hashes of them there: so the size tells the two apart, and a dict
    that had another key once is left to the reference. Nothing where it does not, as in another Python: then the keys
    are gone through.
    """
    odd, plain = set(), set()
    for power in range(3, 30):
        room, index = (2 << power) // 3, (1 << power) * (1 if power < 8 else 2 if power < 16 else 4)
        if power < 10:
            odd.add(dict.fromkeys(range(room)).__sizeof__())
            plain.add(dict.fromkeys(map(str, range(room))).__sizeof__())
            more = min(odd) - 8 - 24 * 5
        else:
            odd.add(more + index + 24 * room)
            plain.add(more + index + 16 * room)
    return frozenset(odd) if odd.isdisjoint(plain) else None


ODD_SIZES = _odd_sizes()
MOST_DAYS = 4_000


def known_days() -> tuple[set[str], Callable[[str], bool]]:
    """Days that are known to be such, some thousands at most, and what says of another text whether it is one.

    Most requests name few days again and again, and to look one up takes a fraction of the time of reading it.
    """
    days = set[str]()

    def is_day(text: str) -> bool:
        if not is_date(text):
            return False
        if len(days) >= MOST_DAYS:
            days.clear()
        days.add(text)
        return True

    return days, is_day


def _in_several_places(state: Record) -> Iterator[int]:
    """The identities of the types of records of which the state has some in more than one place."""
    seen = set()
    left: list[Type] = [state]
    while left:
        match kind := left.pop():
            case Maybe(of=inner) | MapOf(entry=inner) | ListOf(item=inner) if inner is not None:
                left.append(inner)
            case Record(fields=fields):
                if id(kind) in seen:
                    yield id(kind)
                else:
                    seen.add(id(kind))
                    left.extend(fields.values())


def _is_text(text: str) -> bool:
    text.encode()
    return True


def _key_maps(state: Record) -> Iterator[tuple[str, str]]:
    """The maps with keys of their own at the state's top, by the name of their entries."""
    for name, kind in state.fields.items():
        if isinstance(kind, MapOf) and kind.has_own_keys and isinstance(kind.key, Key):
            yield kind.key.entry, name
