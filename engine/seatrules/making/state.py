"""Makes the state of an account by the schema: what samples have alike is taken, what varies in them is asked."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from textwrap import wrap
from typing import Any, NamedTuple

from ..diagnostics import echo
from ..errors import RequestError, RequestProblem, UsageError
from ..language.days import is_date
from ..language.text import pointer, pointer_parts
from ..language.types import Boolean, Date, Integer, ListOf, MapOf, Maybe, Record, Type, Word, bounds
from ..program import Program
from ..words import Phrase, phrase
from .yaml_text import WIDTH, yaml_entry

Path = tuple[str, ...]
ANY = "*"
"""Stands for each key of a map and each entry of a list."""
_ABSENT: Any = object()
_TRUTHS = {
    **dict.fromkeys(("yes", "true", "y", "1", "x", "ja", "oui", "si", "sí", "tak", "waar", "wahr", "vrai"), True),
    **dict.fromkeys(("no", "false", "n", "0", "nee", "nein", "non", "nie", "onwaar", "falsch", "faux"), False),
}
"""What people and spreadsheets write for yes and no."""
_NOTHING = ("", "null")
_WHOLE = re.compile(r"[-+]?[0-9]{1,30}")
_FEWEST = 2
"""Of how many samples it can be said that they have something alike."""


class Question(NamedTuple):
    """What is asked: for the value at a place (`ANY` where it is that of each), of a kind, usually so."""

    place: str
    description: str
    kind: str
    usual: str | None
    read: Callable[[str], Any]


Ask = Callable[[Question], Any]


class EntryRows(NamedTuple):
    """Entries of a map by their keys, each with texts for its properties; `numbers` are the lines they come from."""

    place: Path
    entries: Mapping[str, Mapping[str, str]]
    numbers: Mapping[str, int]
    columns: Mapping[str, str]
    """The column of each property."""


class Made(NamedTuple):
    """A state, and by pointers what of it was not asked: as all samples have it, or as the first or most of them do."""

    state: dict[str, Any]
    alike: Mapping[str, str]
    usual: Mapping[str, str]


class StateMaker:
    """Goes through the schema of a state, with samples of states, and what is given."""

    def __init__(
        self,
        program: Program,
        samples: Sequence[Mapping[str, Any]],
        like: Mapping[str, Any] | None,
        given: Mapping[str, str],
        ask: Ask | None,
        rows: EntryRows | None = None,
        answers: Mapping[str, str] | None = None,
    ) -> None:
        """What makes one state.

        Args:
            samples: states in which is seen what varies; the new one begins `like` one of them.
            given: texts of values, by pointers, in which `ANY` stands for each entry.
            answers: the same, of questions that were asked before.
            ask: asks for a value; nothing where nobody can be asked.
        """
        self.program, self.samples, self.like, self.ask, self.rows = program, samples, like, ask, rows
        self.given, self.answers = dict(given), answers or {}
        self.alike: dict[str, str] = {}
        self.usual: dict[str, str] = {}
        self.problems: list[RequestProblem] = []
        self._used = set[str]()
        self._of_all: dict[Path, Any] = {}

    def made(self) -> Made:
        """The state.

        Raises:
            RequestError: something that is given can't be, names nothing, or is missing where nobody can be asked.
        """
        state = self._record(self.program.state, (), ())
        for place in sorted(self.given.keys() - self._used):
            self._wrong("unknown", pointer_parts(place), phrase("nothing_there", place=place))
        if self.problems:
            raise RequestError(self.problems)
        return Made(state, self.alike, self.usual)

    def _record(self, kind: Record, path: Path, pattern: Path) -> dict[str, Any]:
        values = {name: self._property(kind, name, (*path, name), (*pattern, name)) for name in kind.fields}
        return {name: value for name, value in values.items() if value is not _ABSENT}

    def _property(self, of: Record, name: str, path: Path, pattern: Path) -> Any:
        kind = of.fields[name]
        may_lack = name not in of.required
        inner = kind.of if isinstance(kind, Maybe) else kind
        if self.rows is not None and path == self.rows.place and isinstance(inner, MapOf):
            return self._of_rows(inner, self.rows)
        if may_lack and not self._is_given(path, pattern) and self._is_never_there(pattern):
            return _ABSENT
        about = of.descriptions.get(name, "")
        if isinstance(inner, Record) and self._taken(path) is not None:
            return self._record(inner, path, pattern)
        if isinstance(inner, MapOf):
            keys = self._entries(path, pattern, about, [*(self._taken(path) or ())], inner.key)
            return {key: self._record(inner.entry, (*path, key), (*pattern, ANY)) for key in keys}
        if isinstance(inner, ListOf) and isinstance(inner.item, Record):
            count = self._count(path, pattern, about, len(self._taken(path) or ()))
            return [self._record(inner.item, (*path, str(n)), (*pattern, ANY)) for n in range(count)]
        return self._single(kind, path, pattern, about, may_lack)

    def _single(self, kind: Type, path: Path, pattern: Path, about: str, may_lack: bool) -> Any:
        text = self._text(path, pattern)
        if text is not None:
            return self._read(text, kind, path, may_lack)
        seen = [*_at(self.samples, pattern)]
        usual = self._usual(path, seen, kind, may_lack)
        is_day = isinstance(usual, str) and _is_date(kind)  # samples have one by chance
        if len(self.samples) >= _FEWEST and not is_day and len({*map(_key, seen)}) == 1:
            self.alike[pointer(pattern)] = _short(usual)
            return usual
        if self.ask is None:
            if usual is None and not isinstance(kind, Maybe):
                self._wrong("missing", path, phrase("give_value", place=pointer(path)))
                return _ABSENT
            place = pointer(pattern)
            self.usual[place] = _short(usual) if self.usual.get(place, _short(usual)) == _short(usual) else "..."
            return usual

        def read(text: str) -> Any:
            return read_value(text, kind, may_lack=may_lack)

        return self.ask(Question(pointer(path), about, told(kind), written(usual), read))

    def _usual(self, path: Path, seen: Sequence[Any], kind: Type, may_lack: bool) -> Any:
        """What is there in the sample that it is like; else what most samples have; nothing where that is not known."""
        liked = [] if self.like is None else [*_at([self.like], path)]
        if liked:
            return liked[0]
        if seen:
            (most, _), *_ = Counter(map(_key, seen)).most_common()
            return next(each for each in seen if _key(each) == most)
        if may_lack:
            return _ABSENT
        return min_of(kind) if isinstance(kind, Integer) else False if isinstance(kind, Boolean) else None

    def _entries(self, path: Path, pattern: Path, about: str, usual: list[str], key: Type) -> list[str]:
        """The keys of a map."""
        kind = told(ListOf(key))
        text = self._text(path, pattern)

        def read(text: str) -> list[str]:
            return list(dict.fromkeys(read_value(each, key) for each in _items(text)))

        if text is not None:
            return self._tried(read, text, path) or []
        if self.ask is None:
            return usual
        keys: list[str] = self.ask(Question(pointer(path), about, kind, ", ".join(usual), read))
        return keys

    def _count(self, path: Path, pattern: Path, about: str, usual: int) -> int:
        text, kind = self._text(path, pattern), Integer(0, 1000)
        if text is not None:
            return self._tried(lambda text: int(read_value(text, kind)), text, path) or 0
        if self.ask is None:
            return usual
        return int(self.ask(Question(pointer(path), about, told(kind), str(usual), lambda t: read_value(t, kind))))

    def _of_rows(self, kind: MapOf, rows: EntryRows) -> dict[str, Any]:
        """The entries of a map that stand in a file, a row each; what has no column is the same for all."""
        entries = {}
        for key, cells in rows.entries.items():
            entry = {}
            for name, of in kind.entry.fields.items():
                path, may_lack = (*rows.place, key, name), name not in kind.entry.required
                if name in cells:
                    value = self._cell(cells[name], of, path, may_lack, f"{rows.numbers[key]}: {rows.columns[name]}")
                else:
                    value = self._same_for_all(kind.entry, name, (*rows.place, ANY, name))
                if value is not _ABSENT:
                    entry[name] = value
            entries[key] = entry
        return entries

    def _same_for_all(self, of: Record, name: str, pattern: Path) -> Any:
        if pattern not in self._of_all:
            self._of_all[pattern] = self._property(of, name, pattern, pattern)
        return self._of_all[pattern]

    def _cell(self, text: str, kind: Type, path: Path, may_lack: bool, where: str) -> Any:
        try:
            return read_value(text, kind, may_lack=may_lack)
        except UsageError as error:
            what = phrase("in_cell", where=where, what=error.what)
            self.problems.append(RequestProblem("wrong_cell", what, pointer(("state", *path)), error.allowed))
            return _ABSENT

    def _read(self, text: str, kind: Type, path: Path, may_lack: bool) -> Any:
        return self._tried(lambda text: read_value(text, kind, may_lack=may_lack), text, path)

    def _tried(self, read: Callable[[str], Any], text: str, path: Path) -> Any:
        try:
            return read(text)
        except UsageError as error:
            self._wrong("wrong_value", path, error.what, error.allowed)
            return _ABSENT

    def _wrong(self, code: str, path: Sequence[str], what: Phrase, allowed: Sequence[str] = ()) -> None:
        self.problems.append(RequestProblem(code, what, pointer(("state", *path)), tuple(allowed)))

    def _text(self, path: Path, pattern: Path) -> str | None:
        """What is given for a place, or for all places like it."""
        for place in (pointer(path), pointer(pattern)):
            if place in self.given:
                self._used.add(place)
                return self.given[place]
        return self.answers.get(pointer(path))

    def _is_given(self, path: Path, pattern: Path) -> bool:
        """Whether something is given for a place, or within it."""
        places = (pointer(path), pointer(pattern))
        return any(each == place or each.startswith(f"{place}/") for each in self.given for place in places)

    def _is_never_there(self, pattern: Path) -> bool:
        return bool(self.samples) and all(each is _ABSENT for each in _at(self.samples, pattern))

    def _taken(self, path: Path) -> Any:
        """What the sample has there that the state is like, where it is of entries or properties."""
        liked = [*_at([self.like], path)] if self.like is not None else []
        return {} if not liked or liked[0] in (None, _ABSENT) else liked[0]


def _at(values: Sequence[Any], path: Path) -> Iterator[Any]:
    """What values have at a place; a property that is not there is `_ABSENT`."""
    for value in values:
        if not path:
            yield value
        elif path[0] == ANY:
            inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
            yield from _at([*inside], path[1:])
        elif isinstance(value, dict):
            if path[0] in value:
                yield from _at([value[path[0]]], path[1:])
            elif len(path) == 1:
                yield _ABSENT
        elif isinstance(value, list) and path[0].isdigit() and int(path[0]) < len(value):
            yield from _at([value[int(path[0])]], path[1:])


def _is_date(kind: Type) -> bool:
    return isinstance(kind.of if isinstance(kind, Maybe) else kind, Date)


def _key(value: Any) -> str:
    return "" if value is _ABSENT else json.dumps(value, sort_keys=True)


def _short(value: Any) -> str:
    """A value as it is told."""
    return "–" if value is _ABSENT else "null" if value is None else json.dumps(value, ensure_ascii=False)


def min_of(kind: Integer) -> int:
    """The number nearest to 0 that a bounded number may be."""
    least, greatest = bounds(kind)
    return max(least, min(0, greatest))


def read_value(text: str, kind: Type, *, may_lack: bool = False) -> Any:
    """The value of a type that a text means.

    Raises:
        UsageError: it means none.
    """
    text = text.strip()
    if text in _NOTHING and isinstance(kind, Maybe):
        return None
    if text == "" and may_lack:
        return _ABSENT
    match kind:
        case Maybe(of=inner):
            return read_value(text, inner)
        case Boolean():
            if text.casefold() not in _TRUTHS:
                raise _refused(text, phrase("true_or_false"), ["yes", "no"])
            return _TRUTHS[text.casefold()]
        case Integer():
            return _number(text, kind)
        case Date():
            if not is_date(text):
                raise UsageError("wrong-value", phrase("no_day", given=echo(text)))
        case Word(words=words):
            return _word(text, words)
        case ListOf(item=item):
            return [] if text in _NOTHING else [read_value(each, item) for each in _items(text) if item is not None]
    return text


def _number(text: str, kind: Integer) -> int:
    least, greatest = bounds(kind)
    if not _WHOLE.fullmatch(text):
        raise _refused(text, phrase("whole_number"))
    number = int(text)
    if not least <= number <= greatest:
        raise UsageError("wrong-value", phrase("number_beyond", given=text, least=least, most=greatest))
    return number


def _word(text: str, words: Sequence[str]) -> str:
    """One of the words, whatever its capitals, and with blanks in place of `_`."""
    for word in words:
        if plain(word) == plain(text):
            return word
    raise _refused(text, phrase("word"), words)


def plain(text: str) -> str:
    """A name as it is compared: whatever its capitals, and with blanks or `-` in place of `_`."""
    return "_".join(text.casefold().replace("-", " ").replace("_", " ").split())


def _items(text: str) -> list[str]:
    """What is joined by commas, semicolons or bars."""
    return [each.strip() for each in text.replace(";", ",").replace("|", ",").split(",") if each.strip()]


def _refused(text: str, expected: Phrase, allowed: Sequence[str] = ()) -> UsageError:
    what = phrase("wrong_type", given=phrase("text", text=echo(text)), expected=expected)
    return UsageError("wrong-value", what, allowed=allowed)


def told(kind: Type) -> str:
    """How a value of a type is written, in short; nothing of a text."""
    match kind:
        case Maybe(of=inner):
            return " | ".join(each for each in (told(inner), "null") if each)
        case Boolean():
            return "yes | no"
        case Date():
            return "2026-03-31"
        case Word(words=words):
            return " | ".join(words)
        case Integer():
            least, most = kind.minimum, kind.maximum
            return f"{'' if least is None else least}..{'' if most is None else most}"
        case ListOf(item=item) if item is not None:
            return f"{told(item)} ...".strip()
    return ""


def written(value: Any) -> str | None:
    """A value as it is typed; nothing where none is known."""
    if value is _ABSENT:
        return ""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def state_text(made: Made, program: Program, comments: Sequence[str]) -> str:
    """A state as the text of a file, with what the policy says of its properties in comments."""
    lines = [f"# {line}" for comment in comments for line in wrap(comment, WIDTH - 2)]
    return "\n".join([*lines, *_commented(made.state, program.state, 0)]) + "\n"


def _commented(value: Mapping[str, Any], kind: Record, indent: int) -> Iterator[str]:
    blanks = " " * indent
    for name, each in value.items():
        of = kind.fields[name]
        inner = of.of if isinstance(of, Maybe) else of
        entry = inner.entry if isinstance(inner, MapOf) else inner.item if isinstance(inner, ListOf) else None
        texts = [kind.descriptions[name]] if name in kind.descriptions else []
        if isinstance(entry, Record) and each:
            texts += [f"{of_entry}: {text}" for of_entry, text in entry.descriptions.items()]
        yield from (f"{blanks}# {line}" for text in texts for line in wrap(text, WIDTH - 2 - indent))
        if isinstance(inner, Record) and isinstance(each, Mapping) and inner.descriptions:
            yield f"{blanks}{name}:"
            yield from _commented(each, inner, indent + 2)
        else:
            yield from (blanks + yaml_entry(name, each, indent)).split("\n")
