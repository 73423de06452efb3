"""The published JSON Schemas take what is read without a problem, and refuse what a schema can see to be wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

import seatrules
from conftest import TESTS
from lengths import examples
from seatrules import RequestError
from seatrules.cli.schema import schema
from seatrules.compiler.state import StateTypes
from seatrules.description.schemas import schema_of
from seatrules.diagnostics import SourceText, Span
from seatrules.language import types as t
from seatrules.nodes import MappingNode, Node, Scalar, SequenceNode
from seatrules.policy.kinds import SCHEMAS, published
from seatrules.policy.structure import read_value, values
from seatrules.problems import Problems
from seatrules.program import Program
from seatrules.source import parse, read
from seatrules.suites import find_suites, read_suite
from seatrules.suites.cases import SUITE

SHIPPED = TESTS.parent / "policies"
FOLDERS = [SHIPPED, TESTS / "policies", TESTS / "wrong" / "base", TESTS / "fuzz" / "base"]
FILES = sorted(path for folder in FOLDERS for path in folder.rglob("*.yaml") if path.name != "state.schema.yaml")
LIBRARY = TESTS / "policies" / "library-loans"
NOWHERE = Span(SourceText("nowhere", "nowhere"))
STATE_FILES = sorted(path for folder in FOLDERS for path in folder.rglob("state.schema.yaml"))
READ = {**SCHEMAS, "suite": SUITE}
CORE: list[tuple[str, Any]] = [
    (r"|~|null|Null|NULL", lambda text: None),
    (r"true|True|TRUE", lambda text: True),
    (r"false|False|FALSE", lambda text: False),
    (r"[-+]?[0-9]+", int),
    (r"0o[0-7]+", lambda text: int(text[2:], 8)),
    (r"0x[0-9a-fA-F]+", lambda text: int(text[2:], 16)),
    (r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", float),
    (r"[-+]?(\.inf|\.Inf|\.INF)", lambda text: float(text.replace(".", ""))),
    (r"\.nan|\.NaN|\.NAN", lambda text: float("nan")),
]
"""What a plain scalar is to readers of YAML 1.2 (its core schema): editors are."""


def core(node: Node) -> Any:
    """The value of a node as an editor reads it."""
    match node:
        case MappingNode():
            return {key: core(child) for key, _, child in node}
        case SequenceNode():
            return [core(item) for item in node.items]
    if node.style is None:
        for pattern, kind in CORE:
            if re.fullmatch(pattern, node.text):
                return kind(node.text)
    return node.text


def kind_of(path: Path, node: Node) -> str:
    """The kind of a file, by its place and its first key, as the reading has it."""
    if "suites" in path.relative_to(TESTS.parent).parts:
        return "suite"
    assert isinstance(node, MappingNode)
    if path.name in ("policy.yaml", "index.yaml"):
        return path.stem
    return "table" if "table" in node.entries else next(iter(node.entries))


@cache
def validator(kind: str) -> Draft202012Validator:
    """As an editor validates a file of a kind."""
    printed = printed_schema(kind)
    Draft202012Validator.check_schema(printed)
    return Draft202012Validator(printed, format_checker=FormatChecker(["date"]))


def printed_schema(*arguments: str) -> Any:
    """What `seatrules schema` prints."""
    done = CliRunner().invoke(schema, [*arguments], standalone_mode=False)
    assert done.exception is None
    return json.loads(done.output)


@cache
def nodes(path: Path) -> Node:
    return read(path)


# Files.


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(TESTS.parent).as_posix())
def test_a_file_that_loads_is_valid_in_an_editor(path: Path) -> None:
    """The schema of its kind takes every file of every policy here."""
    node = nodes(path)
    assert [error.message for error in validator(kind_of(path, node)).iter_errors(core(node))] == []


TAKEN = {
    "numbers as expressions": ("consequences", "consequences: [{id: a, actions: [b], change: {c.d: 0, e: -1}}]"),
    "truth values as expressions": (
        "rules",
        RULE := "rules: [{id: a, actions: [b], require: %s, otherwise: {code: c, message: {en: d}}}]",
    ),
    "what is billed": (
        "outcomes",
        "outcomes: [{id: a, actions: [b], code: c, message: {en: d}, billing: {change: none, e: 30}}]",
    ),
    "what is appended": (
        "consequences",
        "consequences: [{id: a, actions: [b], append: {c: {d: 1, e: true, f: null}}}]",
    ),
    "a version that is a number": (
        "policy",
        "{name: a, version: 1.10, format: 1, effective_from: 2024-01-01, extends: 1.9}",
    ),
    "a version that is a date": ("policy", "{name: a, version: 2025-01-01, format: 1, effective_from: 2025-01-01}"),
    "a list of cases": ("suite", "[{id: a, state: {}, action: {}, expect: {decision: allow}}]"),
    "cases by key": ("suite", "cases: [{id: a, state: {}, steps: [{action: {}, expect: {decision: deny}}]}]"),
    "a case of a version without an entry of its base": (
        "suite",
        "[{id: a, version: 1.10, base: b, without: [/c/0], action: {}, expect: {decision: deny}}]",
    ),
    "a fact that is a number": ("facts", "facts: {a: {is: 1}}"),
    "choices": ("settings", "settings: {a: {default: true, choices: [true, false], why: b}}"),
    "a table's cells": ("table", "{table: a, key: b, columns: {c: integer}, rows: {d: {c: 1}, e: {c: 2}}}"),
}
TAKEN |= {f"`{text}` required": ("rules", RULE % text) for text in ("true", "1", "null", "[true, 1 < 2]", "'a: b'")}
TAKEN["truth values as expressions"] = ("rules", RULE % "true")
REFUSED = {
    "an unknown key": ("facts", "facts: {a: {is: 1, iz: 2}}"),
    "a key that is missing": ("facts", "facts: {a: {given: {}}}"),
    "a word that is none": ("rules", RULE.replace("id: a", "id: a, severity: denail") % "a"),
    "a mapping for an expression": ("facts", "facts: {a: {is: {b: c}}}"),
    "a list for an expression": ("facts", "facts: {a: {is: [b]}}"),
    "a number for a text": ("codes", "codes: {reasons: {a: 1}}"),
    "a truth value for an id": ("rules", RULE.replace("id: a", "id: true") % "a"),
    "a number for a date": ("cutoffs", "cutoffs: {a: {date: 2024}}"),
    "no date": ("cutoffs", "cutoffs: {a: {date: 2024-02-30}}"),
    "a text for a number": ("policy", "{name: a, version: b, format: '1', effective_from: 2024-01-01}"),
    "a name that is none": ("facts", "facts: {a-b: {is: 1}}"),
    "nothing required": ("rules", RULE % "[]"),
    "an event without its day": ("events", "events: [{id: a, code: c}]"),
    "a suite that is a text": ("suite", "cases"),
    "a suite without cases": ("suite", "bases: {}"),
    "a case without an action": ("suite", "[{id: a, state: {}}]"),
    "a case that is a text": ("suite", "[a]"),
    "a case that expects nothing": ("suite", "[{id: a, state: {}, action: {}, expect: {}}]"),
    "a step that expects nothing": ("suite", "[{id: a, state: {}, steps: [{action: {}, expect: {}}]}]"),
    "a story of which nothing is compared": (
        "suite",
        "[{id: a, state: {}, steps: [{action: {}, expect: {decision: deny}}], expect_state: {}}]",
    ),
    "nothing to take away": ("suite", "[{id: a, base: b, without: [], action: {}, expect: {decision: deny}}]"),
}


def both(kind: str, text: str) -> tuple[bool, bool]:
    """Whether a file is taken by an editor, and by the reading."""
    node = parse(SourceText("text", "text", text.split("\n")))
    return validator(kind).is_valid(core(node)), not problems_of(node, kind)


@pytest.mark.parametrize(("kind", "text"), TAKEN.values(), ids=list(TAKEN))
def test_what_is_read_is_taken(kind: str, text: str) -> None:
    """Also without the quotes that other readers of YAML would need."""
    assert both(kind, text) == (True, True)


@pytest.mark.parametrize(("kind", "text"), REFUSED.values(), ids=list(REFUSED))
def test_what_a_schema_can_see_is_refused(kind: str, text: str) -> None:
    """Editors underline what the reading would refuse."""
    assert both(kind, text) == (False, False)


def problems_of(node: Node, kind: str) -> list[tuple[str, str]]:
    """The codes of what the reading finds wrong with a file's structure, and the line that each is in."""
    problems = Problems()
    values(node, READ[kind], problems)
    return [(problem.code, problem.message) for problem in problems.errors]


# Files with something changed.

UNSEEN = {"ambiguous-scalar", "expression-one-line", "bad-number"}
"""What is wrong with how a value is written, where the value itself may stand: no schema sees that."""
SPELT = {"wrong-kind", "bad-name", "empty", "unknown-word"}
"""What the reading says of a value, null among them, in a spelling that it does not take."""
SPELLINGS = ("+1", "01", "0x1F", "0o17", "1.0", "1e3", ".5e3", "True", "FALSE")
"""Values in a spelling that is not read here; to editors they are numbers and truth values like others."""
PLAIN = [*SPELLINGS, "", "~", "null", "Null", "true", "false", "yes", "off", "0", "1", "-1", "12345678901234567890"]
PLAIN += [
    "1.10",
    ".5",
    ".5e3",
    ".inf",
    ".nan",
    "22:30",
    "2024-01-01",
    "2024-02-30",
    "2024",
    "allow",
    "denial",
    "a b",
    "a: b",
]
QUOTED = ("", "1", "true", "2024-01-01", "a", "a-b", "a.b", "allow")
scalars = st.one_of(
    st.sampled_from(PLAIN).map(lambda text: Scalar(text, NOWHERE)),
    st.sampled_from(QUOTED).map(lambda text: Scalar(text, NOWHERE, "'")),
    st.sampled_from(["|", ">", '"']).map(lambda style: Scalar("a\nb", NOWHERE, style, one_line=False)),
    st.just(Scalar("a b", NOWHERE, None, one_line=False)),
)
KEYS = sorted({"a", "1", "true", "", "a-b", *re.findall(r'"(\w+)"', json.dumps(READ))})


def mapped(items: list[tuple[str, Node]]) -> MappingNode:
    return MappingNode({key: (NOWHERE, node) for key, node in items}, NOWHERE)


small = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=2).map(lambda items: SequenceNode(items, NOWHERE)),
        st.lists(st.tuples(st.sampled_from(KEYS), inner), max_size=2).map(mapped),
    ),
    max_leaves=3,
)


@st.composite
def pruned(draw: st.DrawFn, node: Node) -> Node:
    """A node with two items of each long list or map."""
    if isinstance(node, SequenceNode) and node.items:
        kept = draw(st.lists(st.sampled_from(range(len(node.items))), min_size=1, max_size=2, unique=True))
        return SequenceNode([draw(pruned(node.items[index])) for index in kept], node.span)
    if isinstance(node, MappingNode):
        keys = list(node.entries)
        if len(keys) > 20:
            keys = draw(st.lists(st.sampled_from(keys), min_size=1, max_size=2, unique=True))
        return mapped([(key, draw(pruned(node.entries[key][1]))) for key in keys])
    return node


@st.composite
def mutated(draw: st.DrawFn, node: Node) -> Node:
    """A node with one thing about it changed, here or somewhere below."""
    inside = (
        node.items if isinstance(node, SequenceNode) else list(node.entries) if isinstance(node, MappingNode) else []
    )
    if not inside or draw(st.integers(0, 5)) == 0:
        return draw(st.one_of(small, another(node)))
    at = draw(st.sampled_from(range(len(inside))))
    if isinstance(node, SequenceNode):
        return SequenceNode([*node.items[:at], draw(mutated(node.items[at])), *node.items[at + 1 :]], node.span)
    assert isinstance(node, MappingNode)
    key = list(node.entries)[at]
    return mapped([(name, draw(mutated(child)) if name == key else child) for name, _, child in node])


@st.composite
def another(draw: st.DrawFn, node: Node) -> Node:
    """A node with a key or an item more or less."""
    less = draw(st.booleans())
    if isinstance(node, MappingNode):
        items = [(key, child) for key, _, child in node]
        if items and less:
            del items[draw(st.sampled_from(range(len(items))))]
            return mapped(items)
        return mapped([*items, (draw(st.sampled_from(KEYS)), draw(small))])
    if isinstance(node, SequenceNode):
        return SequenceNode(node.items[1:] if less else [*node.items, draw(small)], node.span)
    return draw(small)


@st.composite
def changed_files(draw: st.DrawFn) -> tuple[str, Node]:
    """A file of a policy, cut short, with one thing or two changed."""
    path = draw(st.sampled_from(FILES))
    node = nodes(path)
    kind, node = kind_of(path, node), draw(pruned(node))
    for _ in range(draw(st.integers(1, 2))):
        node = draw(mutated(node))
    return kind, node


def spellings_in(node: Node) -> Iterator[str]:
    """The scalars in a node that are values in a spelling which is not read here."""
    match node:
        case MappingNode():
            for _, _, child in node:
                yield from spellings_in(child)
        case SequenceNode():
            for item in node.items:
                yield from spellings_in(item)
        case Scalar(style=None) if node.text in (*SPELLINGS, "-1", ".5", ".inf", ".nan", "~", "", "null", "Null"):
            yield node.text


def disagreement(node: Node, kind: str, validator: Draft202012Validator) -> str | None:
    """What is wrong where an editor and the reading come to another answer for no reason that is known."""
    codes = {code for code, _ in problems_of(node, kind)}
    errors = [error.message for error in validator.iter_errors(core(node))]
    if not codes:
        return errors[0] if errors else None
    spelt = SPELT if [*spellings_in(node)] else set()
    return None if errors or codes <= UNSEEN | spelt else f"only the reading refuses: {codes}"


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(changed_files())
def test_the_schema_takes_what_the_reading_takes(changed: tuple[str, Node]) -> None:
    """And refuses what it refuses, but for how a value is spelt."""
    kind, node = changed
    assert disagreement(node, kind, validator(kind)) is None


@pytest.mark.parametrize("path", STATE_FILES, ids=lambda path: path.relative_to(TESTS.parent).as_posix())
def test_a_schema_of_states_that_loads_is_valid_in_an_editor(path: Path) -> None:
    """Whole, or where a version changes that of another."""
    assert [error.message for error in validator("state-schema").iter_errors(core(nodes(path)))] == []


@st.composite
def changed_state_files(draw: st.DrawFn) -> Node:
    """A schema of states with one thing or two changed."""
    node = nodes(draw(st.sampled_from([path for path in STATE_FILES if "type: object" in path.read_text("utf-8")])))
    for _ in range(draw(st.integers(1, 2))):
        node = draw(mutated(node))
    return node


@settings(max_examples=examples(400), deadline=None, suppress_health_check=list(HealthCheck))
@given(changed_state_files())
def test_a_schema_of_states_that_the_reading_takes_is_taken(node: Node) -> None:
    """What an editor refuses the reading refuses; it refuses more, which is of what goes with what."""
    problems = Problems()
    StateTypes(node, read_value(node, {}, problems), problems)
    assert problems.errors or validator("state-schema").is_valid(core(node))


def leaves(schema: Any) -> Iterator[dict[str, Any]]:
    """The schemas of what stands in one scalar."""
    if isinstance(schema, list):
        for each in schema:
            yield from leaves(each)
    elif isinstance(schema, dict):
        if (
            "x-as" in schema
            or "enum" in schema
            or schema.get("type") in ("string", "integer", "boolean", "object", "array")
        ):
            yield schema
        for each in schema.values():
            yield from leaves(each)


LEAVES = {json.dumps(leaf): leaf for leaf in leaves(READ)}
WRITTEN = [Scalar(text, NOWHERE) for text in PLAIN] + [
    Scalar(t, NOWHERE, style) for t in QUOTED for style in ("'", '"')
]


@pytest.mark.parametrize("leaf", LEAVES.values(), ids=lambda leaf: str(leaf.get("x-as", leaf.get("type", "enum"))))
def test_a_scalar_is_taken_as_it_is_read(leaf: dict[str, Any]) -> None:
    """Each schema of a file and of its parts, with each scalar that some reader takes for something else."""
    validator = Draft202012Validator(published(leaf), format_checker=FormatChecker(["date"]))
    for scalar in WRITTEN:
        problems = Problems()
        values(scalar, leaf, problems)
        codes, taken = {problem.code for problem in problems.errors}, validator.is_valid(core(scalar))
        if not codes:
            assert taken, scalar
        elif taken:
            assert codes <= UNSEEN | (SPELT if [*spellings_in(scalar)] else set()), scalar


# Actions.

POLICIES = {"hubspot-seats": SHIPPED / "hubspot-seats", "library-loans": LIBRARY}
TYPES: dict[str, tuple[t.Type, Any]] = {
    "a truth value": (t.Boolean(), {"type": "boolean"}),
    "a number": (t.Integer(), {"type": "integer", "minimum": -(2**63) + 1, "maximum": 2**63 - 1}),
    "a number with bounds": (t.Integer(1, 9), {"type": "integer", "minimum": 1, "maximum": 9}),
    "a date": (t.Date(), {"type": "string", "format": "date"}),
    "a text": (t.Text(), {"type": "string"}),
    "a key": (t.Key("user"), {"type": "string"}),
    "a word": (t.Word("lot", ("north", "south")), {"enum": ["north", "south"]}),
    "a date or nothing": (t.Maybe(t.Date()), {"type": ["string", "null"], "format": "date"}),
    "a word or nothing": (t.Maybe(t.Word("lot", ("north",))), {"enum": ["north", None]}),
    "a list": (t.ListOf(t.Integer(0, 5)), {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 5}}),
    "a set": (t.ListOf(t.Text(), unique=True), {"type": "array", "items": {"type": "string"}, "uniqueItems": True}),
    "a list or nothing": (
        t.Maybe(t.ListOf(t.Date())),
        {"type": ["array", "null"], "items": {"type": "string", "format": "date"}},
    ),
    "a text in each language": (t.Translated(), {"type": "object", "additionalProperties": {"type": "string"}}),
    "a record": (
        CAR := t.Record("car", {"kind": t.Text(), "sold": t.Date()}, frozenset({"kind"})),
        CAR_SCHEMA := {
            "type": "object",
            "additionalProperties": False,
            "properties": {"kind": {"type": "string"}, "sold": {"type": ["string", "null"], "format": "date"}},
            "required": ["kind"],
        },
    ),
    "an entry": (t.EntryOf(t.Key("car"), CAR), CAR_SCHEMA),
    "a record with more": (
        t.Record("car", {}, frozenset(), closed=False),
        {"type": "object", "additionalProperties": True, "properties": {}, "required": []},
    ),
    "a map": (
        t.MapOf(t.Word("lot", ("north",)), CAR),
        {"type": "object", "propertyNames": {"enum": ["north"]}, "additionalProperties": CAR_SCHEMA},
    ),
}


@pytest.mark.parametrize(("kind", "expected"), TYPES.values(), ids=list(TYPES))
def test_each_type_has_its_schema(kind: t.Type, expected: Any) -> None:
    """With bounds, with what a list holds, and with null where a value may be absent."""
    assert schema_of(kind) == expected
    Draft202012Validator.check_schema(expected)


def test_the_list_of_an_action_on_several_is_bounded_as_it_is_decided() -> None:
    """An editor says that it holds something, and not too much of it, as the engine does."""
    takers = printed_schema("action", "--policy", str(TESTS / "policies" / "allotments"))["$defs"][
        "give_seeds_to_several"
    ]["properties"]["takers"]
    assert (takers["minItems"], takers["maxItems"], takers["uniqueItems"]) == (1, 10_000, True)


@cache
def loaded(policy: str) -> tuple[seatrules.Engine, Program, Any, Draft202012Validator]:
    """A policy's engine and newest version, a state of its suites, and the schema of its actions."""
    engine = seatrules.load(POLICIES[policy])
    name, program = list(engine.programs.items())[-1]
    states = [case.state for suite in find_suites(POLICIES[policy]) for case in read_suite(suite).cases]
    printed = printed_schema("action", "--policy", str(POLICIES[policy]))
    checker = Draft202012Validator(printed, format_checker=FormatChecker(["date"]))
    return engine, program, next(state for state in states if _is_valid(engine, state, name)), checker


def _is_valid(engine: seatrules.Engine, state: Any, version: str) -> bool:
    try:
        engine.validate(state, version=version)
    except RequestError:
        return False
    return True


OF_THE_STATE = {"unknown_key", "date_before_as_of", "too_many_events"}
"""What may be wrong with an action only on some states."""
JUNK = st.sampled_from(
    [None, True, 0, 1, -1, 1.5, 2**63, -(2**63), "", "x", "2025-01-01", "2025-02-30", [], ["x"], {}, {"a": 1}]
)


def near(kind: t.Type) -> st.SearchStrategy[Any]:
    """Values of a type, and of others."""
    match kind:
        case t.Maybe(of=inner):
            return st.one_of(st.none(), near(inner))
        case t.Word(words=words):
            return st.one_of(st.sampled_from(words), JUNK)
        case t.Integer():
            return st.one_of(st.integers(-3, 5), st.sampled_from(t.bounds(kind)), JUNK)
        case t.Date():
            return st.one_of(st.dates().map(str), st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"), JUNK)
        case t.Boolean():
            return st.one_of(st.booleans(), JUNK)
    return st.one_of(st.text(), JUNK)


@st.composite
def actions(draw: st.DrawFn, program: Program) -> Any:
    """An action, or nearly one."""
    name = draw(st.sampled_from(list(program.actions)))
    action = {"type": name, **{each: draw(near(kind)) for each, kind in program.actions[name].arguments.items()}}
    match draw(st.integers(0, 9)):
        case 0:
            del action[draw(st.sampled_from(list(action)))]
        case 1:
            action[draw(st.sampled_from(["type", "actor", "more", ""]))] = draw(JUNK)
        case 2:
            return draw(JUNK)
    return action


@pytest.mark.parametrize("policy", POLICIES)
@settings(max_examples=300, deadline=None)
@given(st.data())
def test_an_action_is_valid_if_its_form_is_no_error(policy: str, data: st.DataObject) -> None:
    """By its schema and by the engine alike, whatever is wrong with it on this state."""
    engine, program, state, checker = loaded(policy)
    action = data.draw(actions(program))
    try:
        engine.decide(action, state, version=program.version)
        problems = []
    except RequestError as error:
        problems = [
            each for each in error.problems if each.path.startswith("/action") and each.code not in OF_THE_STATE
        ]
    assert checker.is_valid(action) is (not problems)
