"""Suites as written: cases with a state, an action or a story of steps, and what is expected of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..diagnostics import PolicyError, Problems, RequestError, Span, did_you_mean, echo
from ..documents import malformed_at
from ..files import require_there
from ..policy.folders import HEADER
from ..policy.kinds import DATE, ID, TEXT, VERSION, Schema, listing, record
from ..policy.overlay import merged_values
from ..policy.structure import child, values
from ..source import MappingNode, Node, SequenceNode, read

_ANY: Schema = {}
_EFFECT = record({"path": TEXT, "from": _ANY, "to": _ANY}, ("path", "from", "to"))
_DECIDED: dict[str, Schema] = {
    "decision": {"enum": ["allow", "deny", "undetermined"]},
    "reason_key": ID,
    "reasons": listing(ID),
    "billing": _ANY,
    "effects": listing(_EFFECT),
    "warnings": listing(ID),
}
_ERROR: dict[str, Schema] = {"error": ID}
_EVENT = record({"date": DATE, "rule": ID, "code": ID, "billing": _ANY}, ("date", "rule"))
_STEP = record(
    {"at": DATE, "action": _ANY, "expect": record({**_DECIDED, "events": listing(_EVENT)})}, ("action", "expect")
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
    "set": {"type": "object"},
}
_OF_ACTION: dict[str, Schema] = {
    "action": _ANY,
    "partial": {"type": "boolean"},
    "incomplete": listing(TEXT),
    "expect": record({**_DECIDED, **_ERROR}),
}
_OF_STORY: dict[str, Schema] = {
    "steps": listing(_STEP, 1),
    "expect": record(_ERROR),
    "expect_state": {"type": "object"},
}
_CASE: Schema = {
    **record({**_ANY_CASE, **_OF_STORY, **_OF_ACTION}, ("id",)),
    "if": {"required": ["steps"]},
    "then": {"properties": {"expect": record(_ERROR)}},
    "else": {"required": ["action", "expect"]},
}
SUITE: Schema = {
    **record(
        {
            "policy": TEXT,
            "version": VERSION,
            "bases": {"type": "object"},
            "ignore_effects": listing(TEXT),
            "cases": listing(_CASE),
        },
        ("cases",),
    ),
    "type": ["object", "array"],
    "items": _CASE,
}
"""A mapping with all of these keys, or the list of cases alone."""


@dataclass(frozen=True, slots=True)
class Case:
    """One case, its state written out: an action or, where there are any, a story of steps."""

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
    ignore_effects: tuple[str, ...]
    policy: str | None
    version: str | None


@dataclass(frozen=True, slots=True)
class Suite:
    """A file of cases."""

    name: str
    cases: tuple[Case, ...]


def find_suites(path: Path) -> list[Path]:
    """The suites that a path means: a suite itself, or every one of the policies below a folder.

    Raises:
        FileError: there is no such file or folder.
    """
    if path.name != "suites":
        require_there(path)
    if path.is_dir():
        inside = path.glob("**/*.yaml") if path.name == "suites" else path.glob("**/suites/**/*.yaml")
        return sorted(file for file in inside if file.is_file())
    return [path] if path.exists() else []


def is_suite(path: Path) -> bool:
    """Whether a file is a suite: one in the folder `suites` of a version, or in another whose top has `cases`."""
    if path.suffix != ".yaml" or "suites" not in path.parent.parts:
        return False
    return _version_folder(path) is not None or _has_cases(path)


def _has_cases(path: Path) -> bool:
    try:
        return re.search(rb"^cases\s*:", path.read_bytes(), re.M) is not None
    except OSError:
        return False


def _version_folder(path: Path) -> Path | None:
    """The folder of the version in whose `suites` a file lies."""
    folder = next((parent.parent for parent in path.resolve().parents if parent.name == "suites"), None)
    return folder if folder is not None and (folder / HEADER).is_file() else None


def read_suite(path: Path) -> Suite:
    """The cases of a suite.

    Raises:
        RequestError: the suite is not well formed; with every problem and its place.
        FileError: the file can't be read.
    """
    problems = Problems()
    suite = check_suite(path, problems)
    if suite is None:
        raise RequestError(map(malformed_at, problems.errors))
    return suite


def check_suite(path: Path, problems: Problems) -> Suite | None:
    """The cases of a suite, or nothing after noting what is wrong with it."""
    errors_before = len(problems.errors)
    try:
        node = read(path)
    except PolicyError as error:
        problems.take(error.problems)
        return None
    value = values(node, SUITE, problems)
    if len(problems.errors) > errors_before:
        return None
    suite = value if isinstance(value, dict) else {"cases": value}
    cases = node if isinstance(node, SequenceNode) else child(node, "cases")
    assert isinstance(cases, SequenceNode)
    read_cases = tuple(_case(n, v, suite, path, problems) for n, v in zip(cases.items, suite["cases"], strict=True))
    _check_ids(read_cases, problems)
    return None if len(problems.errors) > errors_before else Suite(str(path), read_cases)


def _case(node: Node, value: Mapping[str, Any], suite: Mapping[str, Any], path: Path, problems: Problems) -> Case:
    policy, version = suite.get("policy"), suite.get("version")
    if policy is None and (folder := _version_folder(path)) is not None:
        policy, version = str(folder.parent), version or folder.name
    assert isinstance(node, MappingNode)
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
        ignore_effects=tuple(suite.get("ignore_effects", ())),
        policy=policy,
        version=version,
    )


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
        return value["state"]
    if value["base"] not in bases:
        span = child(node, "base").span
        problems.error(
            "unknown-base", f"there is no base `{echo(value['base'])}`", span, help=did_you_mean(value["base"], bases)
        )
        return None
    return merged_values(bases[value["base"]], value.get("with", {}))


def _check_ids(cases: Iterable[Case], problems: Problems) -> None:
    first: dict[str, Case] = {}
    for case in cases:
        if first.setdefault(case.id, case) is not case:
            notes = [(first[case.id].span, "first given here")]
            problems.error("duplicate-id", f"case `{case.id}` is already there", case.span, notes=notes)
