"""Checks a request: that the state and the action are what the policy says they are.

An error of the request is never a verdict. Property names of closed records are checked too, so that a misspelt
one is an error and never silently absent.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from math import isfinite
from typing import Any

from ..change.effects import as_key
from ..diagnostics import ECHO_LIMIT, echo, echoed, nearest
from ..errors import RequestError, RequestProblem, malformed
from ..language.days import OutOfRangeError, is_date
from ..language.interpret import DataPath
from ..language.text import pointer
from ..language.types import (
    MOST,
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
    known,
    with_article,
)
from ..program import ActionType, Program
from ..program.reads import WHOLE, Reads, keys_of
from ..words import Phrase, phrase
from .plain_data import odd_numbers

Maps = Mapping[str, Mapping[str, Any]]
_ALLOWED_MOST = 50
MOST_OF_EACH = 10_000
"""On how many entries an action on each of several may be."""


def parts_of_request(request: Any) -> tuple[Any, Any]:
    """The action and the state of a request that has both, and nothing else.

    Raises:
        RequestError: it has not.
    """
    if not isinstance(request, dict) or request.keys() != {"state", "action"}:
        raise RequestError([malformed(phrase("no_request"))])
    return request["action"], request["state"]


def require_day(state: Any) -> str:
    """The day that a state is of; that alone is checked here.

    Raises:
        RequestError: it is none, or the state is no mapping.
    """
    if not isinstance(state, dict):
        raise RequestError([RequestProblem("wrong_type", phrase("state_is_no_mapping"), "/state")])
    if "as_of" not in state:
        raise RequestError([RequestProblem("missing", phrase("missing", name="as_of"), "/state/as_of")])
    day = state["as_of"]
    if not is_date(day):
        what = phrase("no_text_of_a_date", value=echoed(day))
        raise RequestError([RequestProblem("bad_date", what, "/state/as_of")])
    return str(day)


def action_problems(
    action: Any, program: Program, state: Any, incomplete: Collection[DataPath] = ()
) -> Iterator[RequestProblem]:
    """What is wrong with a proposed action; a key may be any where the map of them is `incomplete`."""
    if not isinstance(action, dict):
        yield _wrong(action, phrase("mapping"), ("action",))
        return
    name, actions = action.get("type"), program.actions
    if type(name) is not str or name not in actions:
        given = "type" in action
        what = phrase("unknown_action", name=echoed(name)) if given else phrase("missing_type")
        problem = _problem("unknown_action" if given else "missing", what, ("action", "type"), actions, name)
        meant = _by_title(name, actions.values()) if type(name) is str else None
        yield problem if meant is None else problem._replace(help=meant)
        return
    arguments, maps = actions[name].arguments, dict(key_maps(program.state, state, incomplete))
    for key in action:
        if key != "type" and key not in arguments:
            what = phrase("unknown_argument", action=name, name=echoed(key))
            yield _problem("unknown_argument", what, ("action", str(key)), arguments, key)
    for argument, kind in arguments.items():
        path = ("action", argument)
        if argument not in action:
            if not isinstance(kind, Maybe):
                yield _problem("missing", phrase("missing", name=argument), path, _words(kind))
        else:
            yield from value_problems(action[argument], kind, path, maps)
    if (each := actions[name].each) is not None and type(of := action.get(each.over)) is list:
        yield from _of_each(of, ("action", each.over))


def _of_each(of: list[Any], path: DataPath) -> Iterator[RequestProblem]:
    if not of:
        yield _problem("empty", phrase("of_none"), path)
    elif len(of) > MOST_OF_EACH:
        yield _problem("too_many_entries", phrase("of_too_many", most=MOST_OF_EACH), path)


def _by_title(name: str, actions: Iterable[ActionType]) -> Phrase | None:
    """A suggestion for a name whose words all stand in the title of an action: of the shortest such title."""
    given = set(_words_of(name[:ECHO_LIMIT]))
    titles = [(title, action.name) for action in actions for title in action.title.values()]
    fitting = [(title, action) for title, action in titles if given and given <= set(_words_of(title))]
    if not fitting:
        return None
    title, action = min(fitting, key=lambda each: len(each[0]))
    return phrase("did_you_mean_titled", name=action, title=title)


def _words_of(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.lower())


def state_problems(
    state: Any,
    program: Program,
    reads: Reads | None = None,
    action: Any = None,
    *,
    partial: bool = False,
    incomplete: Collection[DataPath] = (),
) -> Iterator[RequestProblem]:
    """What is wrong with a state, or with what an action reads of it; in partial mode, nothing is missing.

    What refers to an entry of a map that is given has to name one; where the map is `incomplete`, any.
    """
    if not isinstance(state, dict):
        yield _wrong(state, phrase("mapping"), ("state",))
        return
    maps = dict(key_maps(program.state, state, incomplete)) if program.referenced else None
    check = _Check(action, partial=partial, maps=maps)
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
        yield _wrong(value, phrase("whole_number"), path)
    elif kind.minimum is not None and value < kind.minimum:
        yield _problem("out_of_range", phrase("less_than", number=echoed(value), bound=kind.minimum), path)
    elif kind.maximum is not None and value > kind.maximum:
        yield _problem("out_of_range", phrase("more_than", number=echoed(value), bound=kind.maximum), path)
    elif not -MOST <= value <= MOST:
        yield _problem("out_of_range", phrase("number_too_large"), path)


def _text(value: Any, path: DataPath) -> Iterator[RequestProblem]:
    if type(value) is not str:
        yield _wrong(value, phrase("a_text"), path)
    elif not value.isprintable():
        try:
            value.encode()
        except UnicodeEncodeError:
            yield _problem("bad_text", phrase("no_unicode", text=echo(value)), path)


def _key(value: Any, entry: str, path: DataPath, maps: Maps) -> Iterator[RequestProblem]:
    if type(value) is not str:
        yield _wrong(value, phrase("key_of", one=_one(entry)), path)
        return
    entries = maps.get(entry)
    if entries is not None and value not in entries:
        yield _problem("unknown_key", phrase("unknown_key", entry=entry, key=echo(value)), path, entries, value)


def too_deep() -> RequestError:
    """The error of a request that is nested deeper than Python calls."""
    return RequestError([RequestProblem("too_deep", phrase("too_deep"), "")])


def too_large() -> RequestError:
    """The error of a request for which the memory does not reach."""
    return RequestError([RequestProblem("too_large", phrase("too_large"), "")])


def out_of_range(error: OutOfRangeError) -> RequestError:
    """The error of a request by which a value comes to lie beyond what there is, or that takes too many steps."""
    return RequestError([RequestProblem(error.code, error.args[0], "/state")])


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
            for place in _places_of_key(Key(entry), path[-1], kind, action.get(name), ("action", name))
        ]
        where = echo(pointer(("state", *path[:-1])))
        what = phrase("unlisted_key", entry=entry, key=echoed(path[-1]), where=where)
        problems += [_problem("unknown_key", what, place) for place in named or [("state", *path)]]
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
    elif isinstance(kind, MapOf) and kind.has_own_keys and isinstance(value, dict) and path not in incomplete:
        yield kind.entry.name, value


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
                    yield _wrong(value, phrase("true_or_false"), path, ("true", "false"))
            case Integer():
                yield from _integer(value, kind, path)
            case Date():
                if type(value) is not str:
                    yield _wrong(value, phrase("a_date"), path)
                elif not is_date(value):
                    yield _problem("bad_date", phrase("no_date", value=echo(value)), path)
            case Word(words=words):
                if not isinstance(value, str):
                    yield _wrong(value, phrase("word"), path, words)
                elif value not in words:
                    yield _problem("unknown_word", phrase("unknown_word", word=echo(value)), path, words, value)
            case Key(entry=entry):
                yield from _key(value, entry, path, self.maps)
            case Text():
                yield from _text(value, path)

    def helped(self, value: Any, problems: Iterator[RequestProblem], help_name: str) -> Iterator[RequestProblem]:
        """The problems of a value; of a null in partial mode, with what says that it is not known."""
        if self.partial and value is None:
            problems = (problem._replace(help=phrase(help_name)) for problem in problems)
        return problems

    def items(self, value: Any, kind: ListOf, path: DataPath, reads: Reads) -> Iterator[RequestProblem]:
        if type(value) is not list:
            yield _wrong(value, phrase("list"), path)
            return
        assert kind.item is not None
        has_problem = False
        for index, item in enumerate(value):
            problems = self.value(item, kind.item, (*path, index), reads.of_each())
            for problem in self.helped(item, problems, "unknown_item"):
                has_problem = True
                yield problem
        if kind.unique and not has_problem:
            seen = set()
            for index, item in enumerate(value):
                key = as_key(item)
                if key in seen:
                    place = (*path, index) if path[0] == "action" else path
                    yield _problem("repeated", phrase("repeated", item=echoed(item)), place)
                    return
                seen.add(key)

    def entries(self, value: Any, kind: MapOf, path: DataPath, reads: Reads) -> Iterator[RequestProblem]:
        if not isinstance(value, dict):
            yield _wrong(value, phrase("mapping"), path)
            return
        for key, inner in self.keys(value, reads):
            if type(key) is not str:
                yield _wrong(key, phrase("text_as_key"), path)
            elif isinstance(kind.key, Word) and key not in kind.key.words:
                what = phrase("not_among_the_keys", key=echo(key))
                yield _problem("unknown_word", what, (*path, key), kind.key.words, key)
            else:
                if kind.refers:
                    yield from self.value(key, kind.key, (*path, key), WHOLE)
                problems = self.record(value[key], kind.entry, (*path, key), inner)
                yield from self.helped(value[key], problems, "unknown_entry")

    def keys(self, value: Mapping[str, Any], reads: Reads) -> Iterable[tuple[Any, Reads]]:
        """The keys of a map whose entries are read, with what is read of each."""
        if reads.whole or reads.each:
            inner = reads.of_each()
            return [(key, inner) for key in value]
        named = [(key, inner) for each, inner in reads.keys.items() for key in keys_of(each, self.action)]
        return [(key, inner) for key, inner in named if key in value]

    def record(self, value: Any, kind: Record, path: DataPath, reads: Reads) -> Iterator[RequestProblem]:
        if not isinstance(value, dict):
            yield _wrong(value, phrase("mapping"), path)
            return
        names = [name for name in kind.fields if reads.whole or name in reads.fields]
        for name in names:
            if name in value:
                inner = WHOLE if reads.whole else reads.fields[name]
                problems = self.value(value[name], kind.type_of(name), (*path, name), inner)
                yield from self.helped(value[name], problems, "unknown_value")
            elif name in kind.required and (not self.partial or name == "as_of"):
                yield _problem("missing", phrase("missing", name=name), (*path, name), _words(kind.fields[name]))
        if reads.whole and not kind.closed:
            for name in value:
                if name not in kind.fields:
                    yield from odd_numbers(value[name], (*path, name))
        # Where something may be left out, a misspelt name would read as left out.
        may_lack = reads.whole or self.partial or any(name not in kind.required for name in names)
        for name in value if kind.closed and may_lack else ():
            if name not in kind.fields:
                what = phrase("unknown_property", name=echoed(name))
                yield _problem("unknown_property", what, (*path, str(name)), kind.fields, name)


def _words(kind: Type) -> tuple[str, ...]:
    return kind.words if isinstance(kind, Word) else ()


def _one(entry: str) -> Phrase:
    """The name of an entry with its article."""
    return phrase("an" if with_article(entry).startswith("an ") else "a", name=entry)


def _wrong(value: Any, expected: Phrase, path: DataPath, allowed: tuple[str, ...] = ()) -> RequestProblem:
    return _problem("wrong_type", phrase("wrong_type", given=_kind(value), expected=expected), path, allowed)


def _problem(
    code: str, what: Phrase, path: DataPath, allowed: Mapping[str, Any] | tuple[str, ...] = (), given: Any = None
) -> RequestProblem:
    words = tuple(allowed)
    near = nearest(given, words) if type(given) is str and len(words) <= 2000 else None
    shown = words if len(words) <= _ALLOWED_MOST else ()
    return RequestProblem(code, what, pointer(path), shown, phrase("did_you_mean", name=near) if near else None)


def _kind(value: Any) -> str | Phrase:
    match value:
        case None:
            return "null"
        case bool():
            return f"`{str(value).lower()}`"
        case float() if not isfinite(value):
            return phrase("number_not_finite")
        case int() | float():
            return phrase("number", number=echoed(value))
        case str():
            return phrase("text", text=echo(value))
        case list():
            return phrase("list")
    return phrase("mapping")
