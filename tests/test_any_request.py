"""Whatever is asked and whatever a file holds, there is an answer or an error that says why."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import seatrules
from accounts import ACTION, STATE
from asking import ask, mutated, places
from lengths import examples
from seatrules import PolicyError
from seatrules.decoding import decode
from seatrules.source import parse

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("2024-02-30")
VALUES = SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(st.text(max_size=4), SCALARS, max_size=2)
WHOLE = {"state": STATE, "action": ACTION}


@given(
    st.lists(st.tuples(st.sampled_from([p for p in places(WHOLE) if len(p) > 1]), VALUES), min_size=1, max_size=2),
    st.booleans(),
)
@settings(max_examples=200, deadline=None)
def test_whatever_is_asked_there_is_an_answer_or_an_error(
    changes: list[tuple[tuple[str | int, ...], Any]], partial: bool
) -> None:
    """A request with values of any kind in any place is decided, or is an error of the request; nothing else."""
    request: Any = WHOLE
    for path, new in changes:
        try:
            request = mutated(request, path, new)
        except (KeyError, IndexError, TypeError):
            continue
    before = copy.deepcopy(request)
    decision = ask(request["action"], request["state"], partial=partial)
    assert repr(request) == repr(before)
    if decision is not None:
        json.dumps(decision.as_dict())


@given(st.binary(max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_yaml_or_a_policy_error(data: bytes) -> None:
    """Reading a policy file of any bytes gives its nodes or raises a `PolicyError`."""
    problems: tuple[seatrules.Diagnostic, ...] = ()
    try:
        parse(decode(data, "x.yaml"))
    except PolicyError as error:
        problems = error.problems
    assert all(len(str(problem)) < 4000 for problem in problems)


PIECES = ["rules:", "- ", "id", ": ", "\n", "  ", "[", "]", "{", "}", "&a", "*a", "!t", "<<", "'", '"', "|", ">", "#"]
PIECES += ["---", "...", "%YAML 1.1", "?", ",", "\t", "null", "on", "1.10", "\u00e9", "\\", "@", "`", "facts", "table"]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | st.binary(max_size=40))
@settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_policy_with_a_file_of_any_bytes_loads_or_says_why(base_policy: Path, text: str | bytes) -> None:
    """With any bytes in one of its files, a policy loads or raises a `PolicyError`."""
    (base_policy / "base" / "zz.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    said = "loads"
    try:
        seatrules.load(base_policy)
    except PolicyError as error:
        said = str(error)
    assert said


@pytest.mark.parametrize("name", ["rules.yaml", "facts.yaml", "policy.yaml", "tables.yaml", "state.schema.yaml"])
def test_a_policy_that_is_cut_off_loads_or_says_why(base_policy: Path, name: str) -> None:
    """With one of its files cut off anywhere, a policy loads or raises a `PolicyError`."""
    path = base_policy / "base" / name
    whole = path.read_bytes()
    loaded = 0
    for end in range(0, len(whole), 11):
        path.write_bytes(whole[:end])
        try:
            seatrules.load(base_policy)
        except PolicyError:
            continue
        loaded += 1
    assert loaded < len(whole) / 11 / 2
