"""Checks a request: that the state and the action are what the policy says they are.

An error of the request is never a verdict. Property names of closed records are checked too, so that a misspelt
one is an error and never silently absent.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from math import isfinite
from typing import Any

from ..change.effects import as_key
from ..diagnostics import ECHO_LIMIT, MAX_DEPTH, RequestError, RequestProblem, echo, nearest, raise_problems
from ..language.days import OutOfRangeError, is_date
from ..language.interpret import DataPath
from ..language.text import pointer
from ..language.types import (
    MOST,
    SCALARS,
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
    is_scalar,
    known,
    with_article,
)
from ..program import ActionType, Program
from ..program.reads import WHOLE, Reads

Maps = Mapping[str, Mapping[str, Any]]
_ALLOWED_MOST = 50
_NEAREST = {dict: dict, list: list, tuple: list, set: list, frozenset: list, str: str, int: int, float: float}
_INSTEAD_OF_LIBRARY = {
    "decimal": "write a whole number: of money, count the cents",
    "fractions": "write a whole number: of money, count the cents",
    "numpy": "pass its `.tolist()`",
    "uuid": "write it as text: `str(...)`",
}
_INSTEAD_OF_ATTRIBUTE = {
    "model_dump": 'pass its `.model_dump(mode="json")`',
    "__dataclass_fields__": "pass its `dataclasses.asdict(...)`",
    "_member_map_": "pass its `.value`",
}
"""What to pass instead, by an attribute that the type has: a model of pydantic, a dataclass, an enumeration."""


def require_plain(**request: Any) -> None:
    """Make sure that the parts of a request are plain data: exactly dict, list, str, int, float, bool and None.

    Subclasses may behave otherwise, and other objects may raise anything where they are compared or printed.

    Raises:
        RequestError: with everything that is of another type.
    """
    raise_problems(problem for name, value in request.items() for problem in _no_plain_data(value, (name,)))


def _no_plain_data(value: Any, path: DataPath) -> Iterator[RequestProblem]:
    kind = type(value)
    if kind in (dict, list) and len(path) > MAX_DEPTH:
        raise RequestError([_problem("too_deep", f"nested more than {MAX_DEPTH} deep", path[:1])])
    if kind is dict:
        for key, child in value.items():
            if type(key) in SCALARS:
                yield from _no_plain_data(child, (*path, key))
            else:
                yield _not_plain(key, "the type of a key here", path)
    elif kind is list:
        for index, child in enumerate(value):
            yield from _no_plain_data(child, (*path, index))
    elif kind not in SCALARS:
        yield _not_plain(value, "its type", path)


def require_numbers(**request: Any) -> None:
    """Make sure that the numbers in plain data are finite, and whole ones of at most 63 bits, also where none is read.

    Not every program that reads what is written of a state takes others.

    Raises:
        RequestError: with every number that is not.
    """
    raise_problems(problem for name, value in request.items() for problem in _odd_numbers(value, (name,)))


def _odd_numbers(value: Any, path: DataPath) -> Iterator[RequestProblem]:
    if type(value) is dict or type(value) is list:
        for key, child in value.items() if type(value) is dict else enumerate(value):
            yield from _odd_numbers(child, (*path, key))
    elif not is_scalar(value):
        what = "the number is not finite" if type(value) is float else "the number is too large"
        yield _problem("out_of_range", what, path)


def _not_plain(value: Any, what: str, path: DataPath) -> RequestProblem:
    kind = type(value)
    message = f"this is no plain data: {what} is `{echo(kind.__name__)}`"
    return RequestProblem("wrong_type", message, pointer(path), (), _plain_instead(value, kind))


def _plain_instead(value: Any, kind: type) -> str | None:
    """What to pass in place of a value that is no plain data; the libraries that have such types are not asked."""
    if kind is date:
        return f'write a date as text: `"{value.isoformat()}"`'
    if issubclass(kind, date):
        return 'write the day as text, without a time: `"2024-11-15"`'
    library = str(kind.__module__).partition(".")[0]
    if library in _INSTEAD_OF_LIBRARY:
        return _INSTEAD_OF_LIBRARY[library]
    near = next((plain.__name__ for other, plain in _NEAREST.items() if issubclass(kind, other)), None)
    if near:
        return f"convert it to a plain `{near}`"
    attributes = {name for base in kind.__mro__ for name in vars(base)}
    return next((instead for name, instead in _INSTEAD_OF_ATTRIBUTE.items() if name in attributes), None)


def require_day(state: Any) -> str:
    """The day that a state is of; that alone is checked here.

    Raises:
        RequestError: it is none, or the state is no mapping.
    """
    if not isinstance(state, dict):
        raise RequestError([RequestProblem("wrong_type", "the state is no mapping", "/state")])
    if "as_of" not in state:
        raise RequestError([RequestProblem("missing", "`as_of` is missing", "/state/as_of")])
    day = state["as_of"]
    if not is_date(day):
        message = f'`{echo(day)}` is not the text of a date, as `"2024-11-15"`'
        raise RequestError([RequestProblem("bad_date", message, "/state/as_of")])
    return str(day)


def action_problems(
    action: Any, program: Program, state: Any, incomplete: Collection[DataPath] = ()
) -> Iterator[RequestProblem]:
    """What is wrong with a proposed action; a key may be any where the map of them is `incomplete`."""
    if not isinstance(action, dict):
        yield _problem("wrong_type", f"{_kind(action)} stands where a mapping is expected", ("action",))
        return
    name, actions = action.get("type"), program.actions
    if type(name) is not str or name not in actions:
        given = "type" in action
        message = f"there is no action `{echo(name)}`" if given else "the action's `type` is missing"
        problem = _problem("unknown_action" if given else "missing", message, ("action", "type"), actions, name)
        meant = _by_title(name, actions.values()) if type(name) is str else None
        yield problem if meant is None else problem._replace(suggestion=meant)
        return
    arguments, maps = actions[name].arguments, dict(key_maps(program.state, state, incomplete))
    for key in action:
        if key != "type" and key not in arguments:
            yield _problem("unknown_argument", f"`{name}` takes no `{echo(key)}`", ("action", str(key)), arguments, key)
    for argument, kind in arguments.items():
        path = ("action", argument)
        if argument not in action:
            yield _problem("missing", f"`{argument}` is missing", path, _words(kind))
        else:
            yield from value_problems(action[argument], kind, path, maps)


def _by_title(name: str, actions: Iterable[ActionType]) -> str | None:
    """A suggestion for a name whose words all stand in the title of an action: of the shortest such title."""
    given = set(_words_of(name[:ECHO_LIMIT]))
    titles = [(title, action.name) for action in actions for title in action.title.values()]
    fitting = [(title, action) for title, action in titles if given and given <= set(_words_of(title))]
    if not fitting:
        return None
    title, action = min(fitting, key=lambda each: len(each[0]))
    return f"did you mean `{action}` ({title})?"


def _words_of(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.lower())


def state_problems(
    state: Any, program: Program, reads: Reads | None = None, action: Any = None, *, partial: bool = False
) -> Iterator[RequestProblem]:
    """What is wrong with a state, or with what an action reads of it; in partial mode, nothing is missing."""
    if not isinstance(state, dict):
        yield _problem("wrong_type", f"{_kind(state)} stands where a mapping is expected", ("state",))
        return
    check = _Check(action, partial=partial)
    # Two keys may lead to one entry, and what is wrong with it is wrong once.
    seen = set[RequestProblem]()
    for problem in check.value(state, program.state, ("state",), reads or WHOLE):
        if problem not in seen:
            seen.add(problem)
            yield problem


def value_problems(value: Any, kind: Type, path: DataPath, maps: Maps) -> Iterator[RequestProblem]:
    """What is wrong with a value of the request; a key in it has to be one of the map, if that is among `maps`."""
    yield from _Check(maps=maps).value(value, kind, path, WHOLE)


def _integer(value: Any, kind: Integer, path: DataPath) -> Iterator[RequestProblem]:
    if type(value) is not int:
        yield _wrong(value, "a whole number", path)
    elif kind.minimum is not None and value < kind.minimum:
        yield _problem("out_of_range", f"{echo(value)} is less than {kind.minimum}", path)
    elif kind.maximum is not None and value > kind.maximum:
        yield _problem("out_of_range", f"{echo(value)} is more than {kind.maximum}", path)
    elif not -MOST <= value <= MOST:
        yield _problem("out_of_range", "the number is too large", path)


def _text(value: Any, path: DataPath) -> Iterator[RequestProblem]:
    if type(value) is not str:
        yield _wrong(value, "a text", path)
    elif not value.isprintable():
        try:
            value.encode()
        except UnicodeEncodeError:
            yield _problem("bad_text", f"`{echo(value)}` is no Unicode text", path)


def _key(value: Any, entry: str, path: DataPath, maps: Maps) -> Iterator[RequestProblem]:
    if type(value) is not str:
        yield _wrong(value, f"the key of {with_article(entry)}", path)
        return
    entries = maps.get(entry)
    if entries is not None and value not in entries:
        yield _problem("unknown_key", f"there is no {entry} `{echo(value)}` in the state", path, entries, value)


def too_deep() -> RequestError:
    """The error of a request that is nested deeper than Python calls."""
    return RequestError([RequestProblem("too_deep", "the request is nested too deep", "")])


def out_of_range(error: OutOfRangeError) -> RequestError:
    """The error of a request by which a value comes to lie beyond what there is, or that takes too many steps."""
    return RequestError([RequestProblem(error.code, str(error), "/state")])


def unlisted(
    entries: Mapping[DataPath, str], action: Mapping[str, Any], action_type: ActionType
) -> list[RequestProblem]:
    """What is wrong where entries are asked for that their maps do not list: the argument that names them, if one does.

    Args:
        entries: the paths of the entries, with what entries their maps have.
    """
    problems = []
    for path, entry in entries.items():
        named = [
            place
            for name, kind in action_type.arguments.items()
            for place in _places_of_key(Key(entry), path[-1], kind, action[name], ("action", name))
        ]
        message = f"there is no {entry} `{echo(path[-1])}` in `{echo(pointer(('state', *path[:-1])))}`"
        problems += [_problem("unknown_key", message, place) for place in named or [("state", *path)]]
    return list(dict.fromkeys(problems))


def _places_of_key(key: Key, value: object, kind: Type, given: Any, path: DataPath) -> Iterator[DataPath]:
    """Where in an argument a key stands."""
    match known(kind):
        case ListOf(item=item) if item is not None and isinstance(given, list):
            for index, each in enumerate(given):
                yield from _places_of_key(key, value, item, each, (*path, index))
        case Key() as other if other == key and given == value:
            yield path


def key_maps(
    kind: Type, value: Any, incomplete: Collection[DataPath] = (), path: DataPath = ()
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The maps of a state with keys of their own, by the name of their entries, but for those that are `incomplete`."""
    kind = known(kind)
    if isinstance(kind, Record) and isinstance(value, dict):
        for name, inner in kind.fields.items():
            yield from key_maps(inner, value.get(name), incomplete, (*path, name))
    elif isinstance(kind, MapOf) and isinstance(kind.key, Key) and isinstance(value, dict) and path not in incomplete:
        yield kind.key.entry, value


class _Check:
    """Checks values against their types, as far as they are read; `action` has the keys under which that is."""

    def __init__(self, action: Any = None, *, partial: bool = False, maps: Maps | None = None) -> None:
        self.action, self.partial, self.maps = action, partial, maps or {}

    def value(self, value: Any, kind: Type, path: DataPath, reads: Reads) -> Iterator[RequestProblem]:
        match kind:
            case Maybe(of=inner):
                if value is not None:
                    yield from self.value(value, inner, path, reads)
            case ListOf():
                yield from self.items(value, kind, path, reads)
            case MapOf():
                yield from self.entries(value, kind, path, reads)
            case Record():
                yield from self.record(value, kind, path, reads)
            case Boolean():
                if type(value) is not bool:
                    yield _wrong(value, "true or false", path, ("true", "false"))
            case Integer():
                yield from _integer(value, kind, path)
            case Date():
                if type(value) is not str:
                    yield _wrong(value, "a date", path)
                elif not is_date(value):
                    yield _problem("bad_date", f"`{echo(value)}` is not a date, as `YYYY-MM-DD`", path)
            case Word(words=words):
                if not isinstance(value, str):
                    yield _wrong(value, "a word", path, words)
                elif value not in words:
                    yield _problem("unknown_word", f"`{echo(value)}` is not among the words", path, words, value)
            case Key(entry=entry):
                yield from _key(value, entry, path, self.maps)
            case Text():
                yield from _text(value, path)

    def helped(self, value: Any, problems: Iterator[RequestProblem], help_text: str) -> Iterator[RequestProblem]:
        """The problems of a value; of a null in partial mode, with what says that it is not known."""
        if self.partial and value is None:
            problems = (problem._replace(suggestion=help_text) for problem in problems)
        return problems

    def items(self, value: Any, kind: ListOf, path: DataPath, reads: Reads) -> Iterator[RequestProblem]:
        if type(value) is not list:
            yield _wrong(value, "a list", path)
            return
        assert kind.item is not None
        has_problem = False
        for index, item in enumerate(value):
            problems = self.value(item, kind.item, (*path, index), reads.of_each())
            for problem in self.helped(item, problems, "not known: leave it out, and name the list as `incomplete`"):
                has_problem = True
                yield problem
        if kind.unique and not has_problem:
            seen = set()
            for item in value:
                key = as_key(item)
                if key in seen:
                    yield _problem("repeated", f"`{echo(item)}` stands twice in the list", path)
                    return
                seen.add(key)

    def entries(self, value: Any, kind: MapOf, path: DataPath, reads: Reads) -> Iterator[RequestProblem]:
        if not isinstance(value, dict):
            yield _wrong(value, "a mapping", path)
            return
        for key, inner in self.keys(value, reads):
            if type(key) is not str:
                yield _wrong(key, "a text as key", path)
            elif isinstance(kind.key, Word) and key not in kind.key.words:
                message = f"`{echo(key)}` is not among the keys"
                yield _problem("unknown_word", message, (*path, key), kind.key.words, key)
            else:
                problems = self.record(value[key], kind.entry, (*path, key), inner)
                yield from self.helped(value[key], problems, "nothing of it is known: give it as `{}`")

    def keys(self, value: Mapping[str, Any], reads: Reads) -> Iterable[tuple[Any, Reads]]:
        """The keys of a map whose entries are read, with what is read of each."""
        if reads.whole or reads.each:
            inner = reads.of_each()
            return [(key, inner) for key in value]
        named = [
            (self.action[name] if where == "argument" else name, inner) for (where, name), inner in reads.keys.items()
        ]
        return [(key, inner) for key, inner in named if key in value]

    def record(self, value: Any, kind: Record, path: DataPath, reads: Reads) -> Iterator[RequestProblem]:
        if not isinstance(value, dict):
            yield _wrong(value, "a mapping", path)
            return
        names = [name for name in kind.fields if reads.whole or name in reads.fields]
        for name in names:
            if name in value:
                inner = WHOLE if reads.whole else reads.fields[name]
                problems = self.value(value[name], kind.type_of(name), (*path, name), inner)
                yield from self.helped(value[name], problems, "null says that there is none; not known: leave it out")
            elif name in kind.required and (not self.partial or name == "as_of"):
                yield _problem("missing", f"`{name}` is missing", (*path, name), _words(kind.fields[name]))
        if reads.whole and not kind.closed:
            for name in value:
                if name not in kind.fields:
                    yield from _odd_numbers(value[name], (*path, name))
        # Where something may be left out, a misspelt name would read as left out.
        may_lack = reads.whole or self.partial or any(name not in kind.required for name in names)
        for name in value if kind.closed and may_lack else ():
            if name not in kind.fields:
                message = f"there is no property `{echo(name)}`"
                yield _problem("unknown_property", message, (*path, str(name)), kind.fields, name)


def _words(kind: Type) -> tuple[str, ...]:
    return kind.words if isinstance(kind, Word) else ()


def _wrong(value: Any, expected: str, path: DataPath, allowed: tuple[str, ...] = ()) -> RequestProblem:
    return _problem("wrong_type", f"{_kind(value)} stands where {expected} is expected", path, allowed)


def _problem(
    code: str, message: str, path: DataPath, allowed: Mapping[str, Any] | tuple[str, ...] = (), given: Any = None
) -> RequestProblem:
    words = tuple(allowed)
    near = nearest(given, words) if type(given) is str and len(words) <= 2000 else None
    shown = words if len(words) <= _ALLOWED_MOST else ()
    return RequestProblem(code, message, pointer(path), shown, f"did you mean `{near}`?" if near else None)


def _kind(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return f"`{str(value).lower()}`"
        case int():
            return f"the number {echo(value)}"
        case float():
            return f"the number {value}" if isfinite(value) else "a number that is not finite"
        case str():
            return f'the text "{echo(value)}"'
        case list():
            return "a list"
    return "a mapping"
