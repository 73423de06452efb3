"""Writes the reference of the language and of the files, from the tables that the engine reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from seatrules.batch.mapping import MAPPING
from seatrules.compiler.state import _ALLOWED
from seatrules.description.file_schemas import said_of
from seatrules.description.keys import ABOUT, KEYWORDS, SAYS
from seatrules.language.check import check
from seatrules.language.functions import FUNCTIONS, LOOPS, SAME, Pattern, TypeOrPattern
from seatrules.language.names import Names
from seatrules.language.operators import _COMPARISONS, ARITHMETIC
from seatrules.language.parse import ExpressionError
from seatrules.language.types import Boolean, Date, Integer, Key, ListOf, MapOf, Record, Text, Type, Word
from seatrules.policy.kinds import CLAUSES, ENTRIES, EXTENSION, HEADER, NAMED, PARTS, SCHEMAS, TEXT, Schema
from seatrules.suites.cases import SUITE

_ENTRY = Record("entry", {"number": Integer()}, frozenset(["number"]))
OPERANDS: Mapping[str, Type] = {
    "boolean": Boolean(),
    "integer": Integer(),
    "date": Date(),
    "text": Text(),
    "word": Word("word", ("one", "two")),
    "key": Key("entry"),
    "list": ListOf(Text()),
    "map": MapOf(Key("entry"), _ENTRY),
}
"""What operators are tried with, by the name of its type."""
EXAMPLES = {
    "==": "1 + 1 == 2",
    "<": '"2025-02-28" < "2025-03-01"',
    "in": '"a" in ["a", "b"]',
    "+": "[1] + [2] == [1, 2]",
    "-": "2 * 3 - 1 == 5",
    "and": "True and not False",
}
"""An expression that holds, for operators that take the same, by the first of them."""
LOGIC = ("and", "or")
OF_KEYS = ("Key", "Value", "What it says")
OF_KEYWORDS = ("Keyword", "Beside", "What it says")
OF_OPERATORS = ("Operators", "Between", "Give", "Example that holds")
LANGUAGE = """\
# The language

Functions and operators of expressions, from the tables that the checker and every evaluator read: a test holds this
page equal to them. What names, values and conditions are, and how absent values are asked for:
[Expressions](policies.md#expressions). What each key of a file says: [The files, key by key](keys.md).

## Functions

{functions}

## Functions of a `for`

Each goes through a list, a map or a table with one key; what it takes stands before `for`:
`count(n for n in [1, 2] if n > 1)`. A list of each is written `[m.id for m in members if m.paid]` ([Lists](lists.md)).

{loops}

## Operators

{operators}

`not` takes a boolean, `x is None` and `x is not None` what may be absent, `a if c else b` a boolean as `c` and two
values of one kind. Comparisons are not chained. A date is compared with a date, or with a text that is written out as
one. Numbers are divided by [`divide`](money.md), days counted by functions ([Dates](dates.md)).
"""
KEYS = """\
# The files, key by key

What a policy's files hold, from the schemas that the loader reads by and the sentences that editors show: a test holds
this page equal to them. How it goes together: [How to write a policy](policies.md). What an expression may say:
[The language](language.md). As JSON Schema: [Schemas for editors](schemas.md).

A file says by its keys what it holds. `*` stands for a name, `[]` for each entry of a list; what is **bold** has to be
there. In a version that extends another, an entry of the base is changed by `amend` ([Overlays](overlays.md)).

{kinds}
## Keywords of the state's schema

{state}

{keywords}
"""
HEAD = ("Function", "Takes", "Type", "What it gives", "Example that holds")


WAYS = {
    "choice": "word, true or false",
    "entry": "mapping",
    "expression": "expression",
    "expressions": "expression, or several",
    "names": "name, or two",
    "version": "name of a version",
}
"""What is read in a way of its own, by that way."""
PLAIN = {"string": "text", "boolean": "true or false", "integer": "number"}
SEVERAL = {
    "expression": "expressions",
    "mapping": "mappings",
    "name": "names",
    "name of a version": "names of versions",
    "text": "texts",
    "value": "values",
    "word, true or false": "words, or true and false",
}
ALIKE = ("amend", "withdraw")
"""Below them stands what stands beside them."""


class Operator(NamedTuple):
    """What an operator takes and gives."""

    sign: str
    takes: tuple[str, ...]
    gives: tuple[str, ...]


def operators() -> Iterator[Operator]:
    """Each operator of two sides with what the checker lets stand on both."""
    names = Names(Record("state", OPERANDS, frozenset(OPERANDS)))
    for sign in (*_COMPARISONS.values(), *ARITHMETIC.values(), *LOGIC):
        takes: dict[str, str] = {}
        for left in OPERANDS:
            for right in OPERANDS:
                try:
                    kind = check(f"{left} {sign} {right}", names).type
                except ExpressionError:
                    continue
                if _pair(right, left, sign) not in takes:
                    takes[_pair(left, right, sign)] = "list" if isinstance(kind, ListOf) else str(kind).split()[-1]
        yield Operator(sign, tuple(takes), tuple(dict.fromkeys(takes.values())))


def _pair(left: str, right: str, sign: str) -> str:
    if "in" in sign.split():
        return f"{left} in {right}"
    return f"two {left}s" if left == right else f"{left} and {right}"


def language() -> str:
    """The page on expressions."""
    functions, loops, signs = _table(HEAD, _functions()), _table(HEAD, _loops()), _table(OF_OPERATORS, _operators())
    return LANGUAGE.format(functions=functions, loops=loops, operators=signs)


def _functions() -> Iterator[Sequence[str]]:
    for name, each in FUNCTIONS.items():
        takes = [_kind(kind) for kind in each.takes]
        more = "; ..." if each.variadic else ""
        yield f"`{name}`", "; ".join(takes) + more, _given(each.gives), each.says, f"`{each.example}`"


def _loops() -> Iterator[Sequence[str]]:
    for name, each in LOOPS.items():
        gives = "what it takes" if each.gives is SAME else _kind(each.gives)
        yield f"`{name}`", _kind(each.takes), gives, each.says, f"`{each.example}`"


def _given(kind: TypeOrPattern) -> str:
    return "the type of the first" if kind is SAME else _kind(kind)


def _kind(kind: TypeOrPattern) -> str:
    if isinstance(kind, Pattern):
        return kind.value.replace("of the first argument", "of the first")
    return f"a {kind.name}" if isinstance(kind, Word) else str(kind)


def _operators() -> Iterator[Sequence[str]]:
    for (takes, gives), of_same in groupby(operators(), lambda each: (each.takes, each.gives)):
        signs = [each.sign for each in of_same]
        yield ", ".join(f"`{sign}`" for sign in signs), "; ".join(takes), " or ".join(gives), f"`{EXAMPLES[signs[0]]}`"


def keys() -> str:
    """The page on the keys of files."""
    kinds = (f"## {heading}\n\n{about}\n{_table_of(schema, path)}" for heading, about, schema, path in _kinds())
    return KEYS.format(kinds="\n".join(kinds), state=ABOUT["state-schema"], keywords=_table(OF_KEYWORDS, _keywords()))


def _table_of(schema: Schema, path: tuple[str, ...]) -> str:
    rows = [*_keys(schema, path, "")]
    return f"\n{_table(OF_KEYS, rows)}\n" if rows else ""


def _kinds() -> Iterator[tuple[str, str, Schema, tuple[str, ...]]]:
    """Each kind of file and of entries: what it is called, what it is, its schema, and where its sentences are."""
    yield "The version: `policy.yaml`", ABOUT["policy"], HEADER, ("policy",)
    for kind in sorted([*CLAUSES, *NAMED, "statements", "tables"]):
        yield f"`{kind}`", SAYS[kind], ENTRIES[kind], (kind,)
        if kind == "actions":
            yield "`defaults`", SAYS["defaults"], _inside("defaults"), ("defaults",)
            yield "`codes`", SAYS["codes"], _inside("codes"), ("codes",)
    yield "A file of one table", ABOUT["table"], SCHEMAS["table"], ("table",)
    yield "An extension", ABOUT["extension"], EXTENSION, ("extension",)
    yield "The policies of a folder", ABOUT["index"], SCHEMAS["index"], ("index",)
    yield "A suite", ABOUT["suite"], SUITE, ("suite",)
    yield "A mapping file", ABOUT["mapping"], MAPPING, ("mapping",)


def _inside(kind: str) -> Schema:
    """What stands under a key that is a mapping by itself."""
    schema: Schema = PARTS[kind]
    return schema


def _keys(schema: Schema, path: tuple[str, ...], prefix: str) -> Iterator[Sequence[str]]:
    """A row for each key, and for those below it."""
    needed = schema.get("required", ())
    for key, inside in schema.get("properties", {}).items():
        said = said_of((*path, key))
        if said is None or (not inside and key == "terminal"):
            continue
        name = f"`{prefix}{key}`"
        yield f"**{name}**" if key in needed else name, _value(inside), said
        if key not in ALIKE:
            yield from _keys(inside, (*path, key), f"{prefix}{key}.")
            if "properties" not in inside:
                yield from _keys(inside.get("items", {}), (*path, key), f"{prefix}{key}[].")
            yield from _keys(_of_each(inside), (*path, key), f"{prefix}{key}.*.")


def _of_each(schema: Schema) -> Schema:
    """What stands under each name of a mapping; no change of what a base has."""
    inside = schema.get("additionalProperties")
    if not isinstance(inside, Mapping):
        return {}
    whole: Schema = inside.get("else", inside)
    return whole


def _value(schema: Schema) -> str:
    """What a key may be set to."""
    kinds = schema.get("type", ())
    kinds = (kinds,) if isinstance(kinds, str) else kinds
    match schema:
        case {"enum": words}:
            return ", ".join(f"`{word}`" for word in words)
        case {"format": _}:
            return "date"
        case {"x-as": way} if way in WAYS:
            return WAYS[way]
        case _ if "object" in kinds:
            return _mapping(schema, "string" in kinds) if "array" not in kinds else "mapping, or a list of mappings"
        case {"items": inside} if "array" in kinds:
            one = _value(inside) if inside else "value"
            several = f"list of {SEVERAL.get(one, one)}"
            return f"{one}, or a {several}" if "string" in kinds else several
        case {"pattern": _}:
            return "name"
    return PLAIN[kinds[0]] if kinds else "any value"


def _mapping(schema: Schema, or_text: bool) -> str:
    of_each = _of_each(schema)
    if or_text:
        return "text, or one in each language" if of_each == TEXT else "text, or a mapping"
    if of_each == TEXT and "propertyNames" not in schema:
        return "text in each language"
    return f"by names: {_value(of_each)}" if of_each and "properties" not in of_each else "mapping"


def _keywords() -> Iterator[Sequence[str]]:
    """Each keyword with the types that it stands beside."""
    for keyword, says in KEYWORDS.items():
        beside = [f"`{form}`" for form, words in _ALLOWED.items() if keyword in words and form != keyword]
        yield f"`{keyword}`", ", ".join(beside) or "any", says


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = (" | ".join(cell.replace("|", "\\|") for cell in row) for row in rows)
    return "\n".join([f"| {' | '.join(head)} |", "|---" * len(head) + "|", *(f"| {line} |" for line in lines)])
