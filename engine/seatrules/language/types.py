"""The types of values: what the account state, the arguments and the tables hold.

They are plain classes, which start and come out of the cache in a fraction of the time of dataclasses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any, NamedTuple, Self

SCALARS = frozenset((bool, float, int, str, type(None)))
"""The Python types of plain data that has no parts."""
MOST = 2**63 - 1
"""The most that a whole number comes to, and the least when it is negated."""


def is_scalar(value: Any) -> bool:
    """Whether a value is plain data without parts: a finite number, a whole one of at most 63 bits."""
    kind = type(value)
    if kind is int:
        return bool(-MOST <= value <= MOST)
    return isfinite(value) if kind is float else kind in SCALARS


def with_article(name: str) -> str:
    """A name with its indefinite article; a `u` at the beginning is nearly always that of `user` and `unit`."""
    return f"an {name}" if name.lstrip("`")[:1].lower() in tuple("aeio") else f"a {name}"


class _Type:
    """A type: two are the same that are of a kind and have the same `_parts`."""

    __slots__: tuple[str, ...] = ()

    @property
    def _parts(self) -> tuple[Any, ...]:
        return ()

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._parts == other._parts

    def __hash__(self) -> int:
        return hash((type(self), self._parts))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self._parts))})"

    def replaced(self, **parts: Any) -> Self:
        """The same type with other parts, by the names that it is made with."""
        return type(self)(**({name: getattr(self, name) for name in self.__slots__} | parts))


class _Single(_Type):
    """A type that is made once: no other one is the same."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return object.__hash__(self)


class Boolean(_Type):
    __slots__ = ()

    def __str__(self) -> str:
        return "a boolean"


class Integer(_Type):
    """A whole number; its bounds make it no other type."""

    __slots__ = ("maximum", "minimum")

    def __init__(self, minimum: int | None = None, maximum: int | None = None) -> None:
        self.minimum, self.maximum = minimum, maximum

    def __str__(self) -> str:
        return "an integer"


class Text(_Type):
    """Any text; `known` says where a table holds words that it is likely to be, which makes it no other type."""

    __slots__ = ("known",)

    def __init__(self, known: str | None = None) -> None:
        self.known = known

    def __str__(self) -> str:
        return "a text"


class Translated(_Type):
    """A text in every language of the policy; only messages may print it."""

    __slots__ = ()

    def __str__(self) -> str:
        return "a text in each language"


class Date(_Type):
    """A calendar day, `YYYY-MM-DD`: an ISO text, so that the order of texts is the order of days."""

    __slots__ = ()

    def __str__(self) -> str:
        return "a date"


class Word(_Type):
    """One of a fixed set of words, in their order."""

    __slots__ = ("name", "words")

    def __init__(self, name: str, words: tuple[str, ...]) -> None:
        self.name, self.words = name, words

    @property
    def _parts(self) -> tuple[Any, ...]:
        return self.name, self.words

    def __str__(self) -> str:
        return with_article(f"`{self.name}`")


class Narrowed(Word):
    """A word of which a condition has made sure, in the place of a text or of a word of more."""

    __slots__ = ()


class Key(_Type):
    """A text that is a key of one map of the state, and is in that map."""

    __slots__ = ("entry",)

    def __init__(self, entry: str) -> None:
        self.entry = entry

    @property
    def _parts(self) -> tuple[Any, ...]:
        return (self.entry,)

    def __str__(self) -> str:
        return with_article(f"`{self.entry}_id`")


class Absent(_Type):
    """The type of `None`."""

    __slots__ = ()

    def __str__(self) -> str:
        return "absent"


class Wrong(_Type):
    """The type of a part that is wrong: it goes with every other, so that what only follows is not reported."""

    __slots__ = ()

    def __str__(self) -> str:
        return "a value"


class Maybe(_Type):
    """A value of the type, or absent."""

    __slots__ = ("of",)

    def __init__(self, of: Type) -> None:
        self.of = of

    @property
    def _parts(self) -> tuple[Any, ...]:
        return (self.of,)

    def __str__(self) -> str:
        return f"{self.of} or absent"


class ListOf(_Type):
    """A list; `item` is nothing for a list that is known to be empty. That it is `unique` makes it no other type."""

    __slots__ = ("item", "unique")

    def __init__(self, item: Type | None, unique: bool = False) -> None:
        self.item, self.unique = item, unique

    @property
    def _parts(self) -> tuple[Any, ...]:
        return (self.item,)

    def __str__(self) -> str:
        return f"a list of {_several(self.item)}" if self.item else "an empty list"


class Record(_Single):
    """A mapping with known properties; one that is not `required` reads as its default, or may be absent.

    `descriptions` are what the policy says of properties in a sentence, by their names.
    """

    __slots__ = ("closed", "defaults", "descriptions", "fields", "name", "required")

    def __init__(
        self,
        name: str,
        fields: Mapping[str, Type],
        required: frozenset[str],
        closed: bool = True,
        defaults: Mapping[str, Any] | None = None,
        descriptions: Mapping[str, str] | None = None,
    ) -> None:
        self.name, self.fields, self.required, self.closed = name, fields, required, closed
        self.defaults: Mapping[str, Any] = {} if defaults is None else defaults
        self.descriptions: Mapping[str, str] = {} if descriptions is None else descriptions

    def type_of(self, name: str) -> Type:
        kind = self.fields[name]
        is_there = name in self.required or name in self.defaults
        return kind if is_there or isinstance(kind, Maybe) else Maybe(kind)

    def __str__(self) -> str:
        return with_article(f"`{self.name}`")


class MapOf(_Single):
    """A map from keys to entries; with a `default`, a key that is not listed reads as that entry.

    Its keys are words, its own, or where it `refers` those of another map.
    """

    __slots__ = ("default", "entry", "key", "refers")

    def __init__(
        self, key: Type, entry: Record, default: Mapping[str, object] | None = None, refers: bool = False
    ) -> None:
        self.key, self.entry, self.default, self.refers = key, entry, default, refers

    @property
    def has_own_keys(self) -> bool:
        """Whether its keys are no words and none of another map: then whoever has one knows that its entry is there."""
        return isinstance(self.key, Key) and not self.refers

    @property
    def may_lack(self) -> bool:
        """Whether an entry may be absent that is asked for by a key."""
        return self.default is None and not self.has_own_keys

    def __str__(self) -> str:
        return f"a map of {self.entry.name}"


class EntryOf(_Type):
    """An entry of a map or a table, which knows its key as `.id`."""

    __slots__ = ("key", "record")

    def __init__(self, key: Type, record: Record) -> None:
        self.key, self.record = key, record

    @property
    def _parts(self) -> tuple[Any, ...]:
        return self.key, self.record

    def __str__(self) -> str:
        return str(self.record)


BEFORE = "before"
"""The first period of a dated table."""


class TableEntry(NamedTuple):
    """An entry of a dated table: from which day on it holds, and where it is written; the first is of no day."""

    since: str | None
    at: str


class Table(_Single):
    """A table of the policy: rows by one key or by two nested ones.

    Where rows change on some `days`, the last key is the period: the day on which it begins, or `BEFORE` all of them.
    `entries` are then those that say the cells which change, by the keys of the rows.
    """

    __slots__ = ("days", "entries", "keys", "name", "record", "rows")

    def __init__(
        self,
        name: str,
        keys: tuple[Word, ...],
        record: Record,
        rows: Mapping[str, object],
        days: tuple[str, ...] | None = None,
        entries: Mapping[tuple[str, ...], Mapping[str, TableEntry]] | None = None,
    ) -> None:
        self.name, self.keys, self.record, self.rows, self.days = name, keys, record, rows, days
        self.entries: Mapping[tuple[str, ...], Mapping[str, TableEntry]] = {} if entries is None else entries

    @property
    def own_keys(self) -> tuple[Word, ...]:
        """The keys without the period."""
        return self.keys if self.days is None else self.keys[:-1]

    def __str__(self) -> str:
        return f"the table `{self.name}`"


Type = (
    Boolean
    | Integer
    | Text
    | Translated
    | Date
    | Word
    | Key
    | Absent
    | Maybe
    | ListOf
    | Record
    | MapOf
    | EntryOf
    | Table
    | Wrong
)


def known(kind: Type) -> Type:
    """The type of a value once it is known not to be absent."""
    return kind.of if isinstance(kind, Maybe) else kind


def of_records(kind: Type) -> bool:
    """Whether the values are entries of a map or records of a list."""
    kind = known(kind)
    return isinstance(kind, MapOf) or (isinstance(kind, ListOf) and isinstance(kind.item, Record))


def record_of(kind: Type) -> Record:
    """The record that an entry, or a record itself, is of."""
    record = kind.record if isinstance(kind, EntryOf) else kind
    assert isinstance(record, Record)
    return record


def bounds(kind: Integer) -> tuple[int, int]:
    """The least and the greatest value; whole numbers have at most 63 bits."""
    least = -MOST if kind.minimum is None else kind.minimum
    return least, MOST if kind.maximum is None else kind.maximum


def _several(kind: Type) -> str:
    """What several values of a type are called."""
    if isinstance(kind, ListOf) and kind.item:
        return f"lists of {_several(kind.item)}"
    return f"{str(kind).removeprefix('a ').removeprefix('an ')}s"


def wrong_words(words: Sequence[str]) -> str | None:
    """What keeps words from being those of an enum; nothing where they may be."""
    if not all(words):
        return "a word has no letters"
    twice = next((word for at, word in enumerate(words) if word in words[:at]), None)
    return None if twice is None else f"the word `{twice}` is there twice"


def out_of_bounds(kind: Integer, number: int) -> str | None:
    """How a number is beyond the bounds of its type; nothing where it is within them."""
    if kind.minimum is not None and number < kind.minimum:
        return f"{number} is less than the minimum, {kind.minimum}"
    if kind.maximum is not None and number > kind.maximum:
        return f"{number} is more than the maximum, {kind.maximum}"
    return None


def fits(given: Type, expected: Type) -> bool:
    """Whether every value of `given` is a value of `expected`."""
    match expected, given:
        case (Wrong(), _) | (_, Wrong()):
            return True
        case Maybe(of=inner), (Maybe() | Absent()):
            return isinstance(given, Absent) or fits(known(given), inner)
        case Maybe(of=inner), _:
            return fits(given, inner)
        case Text(), (Text() | Word() | Key()):
            return True
        case Word(), Word():
            return set(given.words) <= set(expected.words)
        case ListOf(), ListOf():
            return given.item is None or (expected.item is not None and fits(given.item, expected.item))
        case Record(), EntryOf():
            return given.record is expected
        case EntryOf(), EntryOf():
            return given.record is expected.record
        case _:
            return given == expected


def comparable(left: Type, right: Type) -> bool:
    """Whether a value of the one may ever equal a value of the other."""
    match left, right:
        case Word(), Word():
            return not set(left.words).isdisjoint(right.words)
        case ListOf(), ListOf():
            return left.item is None or right.item is None or comparable(left.item, right.item)
        case _:
            return fits(left, right) or fits(right, left)
