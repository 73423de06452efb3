"""Suites as written: cases with a state, an action or a story of steps, and what is expected of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from ..diagnostics import Diagnostic, SourceText, Span, did_you_mean, echo
from ..errors import FileError, PolicyError, SuiteError
from ..files import as_named, called, leads_out
from ..nodes import MappingNode, Node, Scalar, SequenceNode, children
from ..policy.folders import NOTHING_UNSAVED, Unsaved
from ..policy.kinds import DATE, ID, TEXT, VERSION, Schema, listing, record
from ..policy.overlay import merged_values
from ..policy.structure import child, values
from ..problems import Problems
from ..source import read
from .find import extension_folder, version_folder
from .without import taken_away


def _something(properties: Mapping[str, Schema]) -> Schema:
    """A mapping with some of these keys: an expectation of nothing can't fail."""
    return {**record(properties), "minProperties": 1}


_ANY: Schema = {}
_SAYS: Schema = {
    "type": "object",
    "additionalProperties": {**TEXT, "type": ["string", "array"], "items": TEXT},
    "minProperties": 1,
}
"""Texts that have to be said, by language: one, or a list of them."""
_EFFECT = record({"path": TEXT, "from": _ANY, "to": _ANY}, ("path", "from", "to"))
_DECIDED: dict[str, Schema] = {
    "decision": {"enum": ["allow", "deny", "undetermined"]},
    "reason_key": ID,
    "reasons": listing(ID),
    "billing": _ANY,
    "effects": listing(_EFFECT),
    "warnings": listing(ID),
    "state_warnings": listing(ID),
    "notes": listing({"enum": ["near_word", "not_named"]}),
    "says": _SAYS,
}
_ERROR: dict[str, Schema] = {"error": ID}
_EVENT = record({"date": DATE, "rule": ID, "code": ID, "billing": _ANY, "says": _SAYS}, ("date", "rule"))
_STEP = record(
    {"at": DATE, "action": _ANY, "expect": _something({**_DECIDED, "events": listing(_EVENT)})}, ("action", "expect")
)
_ANY_CASE: dict[str, Schema] = {
    "id": ID,
    "title": TEXT,
    "statements": listing(_ANY),
    "basis": TEXT,
    "note": TEXT,
    "state": _ANY,
    "base": ID,
    "with": _ANY,
    "without": listing(TEXT, 1),
    "set": {"type": "object"},
    "version": VERSION,
    "invariants": {"type": "boolean"},
}
_OF_ACTION: dict[str, Schema] = {
    "action": _ANY,
    "partial": {"type": "boolean"},
    "incomplete": listing(TEXT),
    "expect": _something({**_DECIDED, **_ERROR}),
}
_OF_STORY: dict[str, Schema] = {
    "steps": listing(_STEP, 1),
    "expect": _something({**_ERROR, "says": _SAYS}),
    "expect_state": {"type": "object", "minProperties": 1},
}
_CASE: Schema = {
    **record({**_ANY_CASE, **_OF_STORY, **_OF_ACTION}, ("id",)),
    "if": {"required": ["steps"]},
    "then": {"properties": {"expect": _something({**_ERROR, "says": _SAYS})}},
    "else": {"required": ["action", "expect"]},
}
SUITE: Schema = {
    **record(
        {
            "policy": TEXT,
            "version": VERSION,
            "bases": {"type": "object"},
            "ignore_effects": listing(TEXT),
            "uncovered": listing(record({"of": TEXT, "what": TEXT, "why": TEXT}, ("of", "why"))),
            "equivalent": listing(record({"of": TEXT, "change": TEXT, "why": TEXT}, ("of", "change", "why"))),
            "cases": listing(_CASE),
        },
        ("cases",),
    ),
    "type": ["object", "array"],
    "items": _CASE,
}
"""A mapping with all of these keys, or the list of cases alone."""
_BESIDE_CASES: Schema = {**SUITE, "properties": {**SUITE["properties"], "cases": {"type": "array"}}, "items": _ANY}
"""What a suite has besides its cases, which are checked one by one."""


@dataclass(frozen=True, slots=True)
class Case:
    """One case, its state written out: an action or, where there are any, a story of steps.

    `extension` is the folder of that in whose suites it is. `changes` is what is merged into its base, `node` the case
    as written, `top` the suite that it is in.
    """

    id: str
    title: str
    span: Span
    state: Any
    action: Any
    expect: Mapping[str, Any]
    steps: tuple[Mapping[str, Any], ...]
    expect_state: Mapping[str, Any]
    settings: Mapping[str, Any]
    partial: bool
    incomplete: tuple[str, ...]
    invariants: bool
    ignore_effects: tuple[str, ...]
    policy: str | None
    version: str | None
    extension: Path | None
    changes: Any
    node: MappingNode = field(repr=False)
    top: Node = field(repr=False)
    statements: tuple[Any, ...] = ()
    """The statements of the source that it is about, by their ids or the numbers in these."""

    @property
    def label(self) -> str:
        """What the case is called."""
        return f"{self.id} {self.title}"

    def named(self, key: str) -> Span | None:
        """The place of what the case itself, or else its suite, names by a key; nothing where neither does."""
        for node in (self.node, self.top):
            if isinstance(node, MappingNode) and (value := node.get(key)) is not None:
                return value.span
        return None


class Uncovered(NamedTuple):
    """What an author says that no case has to show: `of` which entry (`rules/id`), `what` of it if not all, and why."""

    of: str
    what: str | None
    why: str
    span: Span
    policy: str | None

    @property
    def stale(self) -> Diagnostic:
        """What is wrong with it where it excuses nothing."""
        message = f"nothing of `{echo(self.of)}` that this names is left uncovered"
        return Diagnostic("stale-uncovered", message, self.span, "take it away, or name what `--coverage` lists")


class Equivalent(NamedTuple):
    """A change of an entry (`of`, as in `rules/id`) of which an author says that no answer shows it, and why."""

    of: str
    change: str
    why: str
    span: Span
    policy: str | None


@dataclass(frozen=True, slots=True)
class Suite:
    """A file of cases; `bases` are the states that they begin with, by their names."""

    name: str
    cases: tuple[Case, ...]
    uncovered: tuple[Uncovered, ...] = ()
    equivalent: tuple[Equivalent, ...] = ()
    bases: Mapping[str, Any] = field(default_factory=dict, repr=False)


def read_suite(path: Path, unsaved: Unsaved = NOTHING_UNSAVED) -> Suite:
    """The cases of a suite: of the file, or of what is `unsaved` in its place.

    Raises:
        SuiteError: the suite is not well formed; with every problem and its place.
        FileError: the file can't be read.
    """
    problems = Problems()
    content = unsaved.get(as_named(path))
    try:
        folder = version_folder(path, unsaved)
        withheld = content is None and leads_out(path, folder.parent if folder else as_named(path).parent)
        node = read(path, content, withheld=withheld)
    except PolicyError as error:
        raise SuiteError(error.problems, _lines(error)) from None
    suite = _suite(node, path, problems, unsaved)
    if suite is None:
        raise SuiteError(problems.errors, [*map(_label, _case_nodes(node))] or None)
    return suite


def check_suite(path: Path, problems: Problems, unsaved: Unsaved = NOTHING_UNSAVED) -> Suite | None:
    """The cases of a suite, or nothing after noting what is wrong with it; see `read_suite`."""
    try:
        return read_suite(path, unsaved)
    except SuiteError as error:
        problems.take(error.problems)
    except FileError as error:
        problems.error("file-error", error.message, Span(SourceText(called(path), called(path))))
    return None


def _lines(error: PolicyError) -> list[str] | None:
    """What may name a case in a text that is no YAML: each of its lines, and the whole."""
    lines = error.problems[0].span.source.lines
    return [*lines, "\n".join(lines)] if lines else None


def _case_nodes(node: Node) -> list[Node]:
    cases = node.get("cases") if isinstance(node, MappingNode) else node
    return cases.items if isinstance(cases, SequenceNode) else []


def _label(node: Node) -> str:
    """What a case is called that may be wrong otherwise."""
    return " ".join(_text(node, key) or "" for key in ("id", "title"))


def _text(node: Node, key: str) -> str | None:
    value = node.get(key) if isinstance(node, MappingNode) else None
    return value.text if isinstance(value, Scalar) else None


def _suite(node: Node, path: Path, problems: Problems, unsaved: Unsaved) -> Suite | None:
    suite = values(node, _BESIDE_CASES, problems)
    suite = suite if isinstance(suite, dict) else {}
    is_whole = not problems.errors
    policy, folder = _policy(node, path, unsaved)
    extension = extension_folder(path, unsaved)
    cases = []
    for case_node in _case_nodes(node):
        of_case = Problems()
        value = values(case_node, _CASE, of_case)
        if is_whole and not of_case.errors:
            assert isinstance(case_node, MappingNode)
            cases.append(_case(case_node, value, suite, node, of_case, policy, folder, extension))
        name = _text(case_node, "id")
        problems.take(problem._replace(case=name and echo(name)) for problem in of_case.sorted)
    problems.take(_repeated_ids(cases))
    if problems.errors:
        return None
    uncovered = (
        Uncovered(value["of"], value.get("what"), value["why"], span, policy)
        for value, span in _said_of_entries("uncovered", suite, node)
    )
    equivalent = (
        Equivalent(value["of"], value["change"], value["why"], span, policy)
        for value, span in _said_of_entries("equivalent", suite, node)
    )
    return Suite(called(path), tuple(cases), tuple(uncovered), tuple(equivalent), suite.get("bases", {}))


def _said_of_entries(key: str, suite: Mapping[str, Any], top: Node) -> Iterator[tuple[Mapping[str, Any], Span]]:
    """What the suite says of entries, each with the place where it names the entry."""
    listed = top.get(key) if isinstance(top, MappingNode) else None
    for value, node in zip(suite.get(key, ()), children(listed) if listed else (), strict=True):
        yield value, child(node, "of").span


def _case(
    node: MappingNode,
    value: Mapping[str, Any],
    suite: Mapping[str, Any],
    top: Node,
    problems: Problems,
    policy: str | None,
    folder: str | None,
    extension: Path | None,
) -> Case:
    version = value.get("version") or suite.get("version") or folder
    _check_kind(node, problems)
    return Case(
        id=value["id"],
        title=value.get("title", ""),
        span=child(node, "id").span,
        state=_state(node, value, suite.get("bases", {}), problems),
        action=value.get("action"),
        expect=value.get("expect", {}),
        steps=tuple(value.get("steps", ())),
        expect_state=value.get("expect_state", {}),
        settings=value.get("set", {}),
        partial=value.get("partial", False),
        incomplete=tuple(value.get("incomplete", ())),
        invariants=value.get("invariants", True),
        ignore_effects=tuple(suite.get("ignore_effects", ())),
        policy=policy,
        version=version,
        extension=extension,
        changes=value.get("with"),
        node=node,
        top=top,
        statements=tuple(value.get("statements", ())),
    )


def _policy(top: Node, path: Path, unsaved: Unsaved) -> tuple[str | None, str | None]:
    """The policy that a suite is for; and the version in whose folder it lies, where it names none."""
    if (policy := _text(top, "policy")) is not None:
        return policy, None
    folder = version_folder(path, unsaved)
    return (None, None) if folder is None else (str(folder.parent), folder.name)


def _check_kind(node: MappingNode, problems: Problems) -> None:
    """Check that a story has nothing of a case with one action, and the other way round."""
    is_story = "steps" in node.entries
    for key, span, _ in node:
        if key in (_OF_ACTION if is_story else _OF_STORY) and key != "expect":
            message = f"`{key}` is for a case {'without' if is_story else 'with'} `steps`"
            problems.error("misplaced-key", message, span)


def _state(node: MappingNode, value: Mapping[str, Any], bases: Mapping[str, Any], problems: Problems) -> Any:
    if ("state" in value) == ("base" in value):
        problems.error("no-state", "a case has a `state` or a `base`, and not both", node.span)
        return None
    if "state" in value:
        _check_changes(node, problems)
        return value["state"]
    if value["base"] not in bases:
        span = child(node, "base").span
        problems.error(
            "unknown-base", f"there is no base `{echo(value['base'])}`", span, help=did_you_mean(value["base"], bases)
        )
        return None
    return merged_values(taken_away(bases[value["base"]], node.get("without"), problems), value.get("with", {}))


def _check_changes(node: MappingNode, problems: Problems) -> None:
    """Check that nothing is to be changed in a state that is written out."""
    for key, span, _ in node:
        if key in ("with", "without"):
            message = f"`{key}` changes a `base`, and this case has its own `state`"
            problems.error("misplaced-key", message, span, help="write the state as it is to be")


def _repeated_ids(cases: Iterable[Case]) -> Iterator[Diagnostic]:
    first: dict[str, Case] = {}
    for case in cases:
        if first.setdefault(case.id, case) is not case:
            notes = [(first[case.id].span, "first given here")]
            yield Diagnostic("duplicate-id", "this id is already taken", case.span, notes=notes, case=case.id)
