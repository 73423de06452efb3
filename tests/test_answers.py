"""Answers as values: the same bytes anywhere, the verdict alone, short in a debugger."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import seatrules
from accounts import ACTION, GONE, STATE, changed
from asking import engine
from seatrules import Engine, PolicyError, RequestError
from seatrules.diagnostics import SourceText


@pytest.mark.parametrize("arguments", [(ACTION, {}), (ACTION, STATE, "nope")], ids=["request", "usage"])
def test_an_error_comes_from_another_process_as_it_was(arguments: Any) -> None:
    """Whatever was raised there, with all that it says."""
    action, state, *version = arguments
    with pytest.raises(seatrules.SeatrulesError) as raised:
        engine().decide(action, state, version=version[0] if version else None)
    error = pickle.loads(pickle.dumps(raised.value))
    assert (type(error), str(error), error.__dict__) == (type(raised.value), str(raised.value), raised.value.__dict__)


def test_a_policy_error_comes_from_another_process_as_it_was(base_policy: Path) -> None:
    """With every problem and its place."""
    (base_policy / "base" / "rules.yaml").write_text("rules: 5\n")
    with pytest.raises(PolicyError) as raised:
        seatrules.load(base_policy)
    error = pickle.loads(pickle.dumps(raised.value))
    assert list(map(str, error.problems)) == list(map(str, raised.value.problems)) == str(error).splitlines()


SCRIPT = """
import json, sys, seatrules
engine = seatrules.load()
state, actions = json.load(sys.stdin)
for action in actions:
    for language in ("en", "nl"):
        print(json.dumps(engine.decide(action, state).as_dict(language), ensure_ascii=False))
"""


def test_the_same_request_gives_the_same_bytes_anywhere() -> None:
    """Hash seed, time zone, locale and working folder of the process change no byte of a decision."""
    actions = [ACTION, changed(ACTION, {"actor": "bob", "quantity": 0})]
    request = json.dumps([STATE, actions]).encode()
    outputs = set()
    for seed, zone, locale in [
        ("0", "UTC", "C"),
        ("1", "Pacific/Kiritimati", "nl_NL.UTF-8"),
        ("77", "America/Lima", "C"),
    ]:
        env = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale, "PYTHONIOENCODING": "utf-8"}
        done = subprocess.run([sys.executable, "-c", SCRIPT], input=request, env=env, capture_output=True, check=True)
        outputs.add(done.stdout)
    assert len(outputs) == 1
    assert outputs.pop().count(b"\n") == 4


def test_a_decision_and_a_problem_are_short_in_a_debugger() -> None:
    """The `repr` of a decision is its verdict and codes; that of a problem's place leaves out the text of the file."""
    assert repr(engine().decide(ACTION, STATE)) == "<Decision allow>"
    denied = engine().decide(ACTION | {"actor": "bob", "quantity": 0}, STATE)
    assert repr(denied) == "<Decision deny permission_modify_billing_required, quantity_invalid>"
    source = SourceText("facts.yaml", "2024-11-01/facts.yaml", ["facts: 1"])
    assert repr(source) == "SourceText(name='facts.yaml', place='2024-11-01/facts.yaml')"


@pytest.mark.parametrize("evaluator", ["compiled", "interpreter"])
@pytest.mark.parametrize(
    ("action", "allowed"),
    [
        (ACTION, True),
        (changed(ACTION, {"quantity": 0}), False),
        ({"type": "advance_time", "actor": "system", "to": "2024-12-01"}, True),
    ],
    ids=["allowed", "denied", "a wait"],
)
def test_the_verdict_alone_is_that_of_the_decision(
    evaluator: seatrules.EvaluatorName, action: Any, allowed: bool
) -> None:
    """Whoever asks no more gets the same verdict."""
    asked = seatrules.load(evaluator=evaluator)
    assert asked.decide(action, STATE).allowed is allowed
    assert asked.allows(action, STATE) is allowed


@pytest.mark.parametrize(
    "changes", [{"users.ana.permissions": "x"}, {"users": GONE}, {"as_of": 1}], ids=["odd", "gone", "no day"]
)
def test_the_verdict_alone_is_of_a_request_that_is_well_formed(changes: Any) -> None:
    """A request that is not gets the errors of `decide`, never a verdict."""
    state = changed(STATE, changes)
    with pytest.raises(RequestError) as deciding:
        engine().decide(ACTION, state)
    with pytest.raises(RequestError) as asking:
        engine().allows(ACTION, state)
    assert asking.value.as_dict() == deciding.value.as_dict()


@pytest.mark.parametrize("cached", [True, False], ids=["from the cache", "compiled"])
def test_deciding_reads_no_file(cached: bool, tmp_path: Path) -> None:
    """Once a policy is loaded and the engine's own words are read, nothing more is opened or imported to answer."""
    lines = """
import json, sys, seatrules

requests = json.load(sys.stdin)
seatrules.load()
engine = seatrules.load()
for language in ("en", "nl"):
    seatrules.words.words("decision", language)
begun = []

def refuse(event, arguments):
    if begun and event in ("open", "import", "os.listdir", "os.scandir"):
        raise SystemExit(f"{event} {arguments}")

sys.addaudithook(refuse)
begun.append(True)
for action, state in requests:
    try:
        engine.validate(state)
        decision = engine.decide(action, state)
        engine.allows(action, state), decision.as_dict(), decision.explain(), decision.explain("nl", audience="user")
        if decision.allowed:
            engine.apply(decision, state)
    except seatrules.RequestError as error:
        error.as_dict()
print(len(requests))
"""
    actions = [{**ACTION, "quantity": quantity} for quantity in (2, 0, "x")]
    actions += [{"type": "advance_time", "actor": "system", "to": "2030-12-01"}, {"type": "add_seat"}]
    removal = {"type": "schedule_removal", "actor": "ana", "seat_type": "core", "quantity": 1}
    given = json.dumps([(action, state) for action in (*actions, removal) for state in (STATE, {**STATE, "users": {}})])
    done = subprocess.run(
        [sys.executable, "-c", lines],
        env={**os.environ, "SEATRULES_CACHE": str(tmp_path) if cached else ""},
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("12\n", "")


WITHIN = ("details", "program", "own", "with_own_value")
"""What the engine has of an answer for itself: the policy, what was worked out, effects that it goes on with."""


def changed_in_place(value: Any, deep: int = 8) -> int:
    """Empty every list and mapping that an answer hands out, and those of what it hands out; how many."""
    if isinstance(value, dict | list):
        items = [*value.values()] if isinstance(value, dict) else [*value]
        with suppress(TypeError):  # of what is shared and read only
            value.clear()
        return 1 + sum(changed_in_place(each, deep) for each in items)
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return sum(changed_in_place(each, deep) for each in value)
    if deep == 0 or callable(value) or not type(value).__module__.startswith("seatrules"):
        return 0
    names = [name for name in dir(value) if not name.startswith("_") and name not in WITHIN]
    return sum(changed_in_place(getattr(value, name), deep - 1) for name in names)


ANSWERS: dict[str, Callable[[Engine], Any]] = {
    "decide": lambda by: by.decide(changed(ACTION, {"quantity": 50}), STATE),
    "can": lambda by: by.options(STATE),
    "can, for one": lambda by: by.options(STATE, actor="ana"),
    "when": lambda by: by.when(ACTION, STATE, until="2025-12-01"),
    "simulate": lambda by: by.simulate([ACTION, {"type": "advance_time", "to": "2025-12-01"}], STATE),
    "remedies": lambda by: by.remedies(changed(ACTION, {"quantity": 5}), STATE),
    "status": lambda by: by.status(STATE),
    "advance": lambda by: by.advance(STATE, "2025-12-01"),
    "validate": lambda by: by.validate(STATE),
}


@pytest.mark.parametrize("name", list(ANSWERS))
def test_what_is_done_to_what_an_answer_hands_out_changes_no_answer(name: str) -> None:
    """Neither the same answer nor the next: lists and mappings are copies, or read only."""
    answer = ANSWERS[name](engine())
    said = json.dumps(answer.as_dict("en"))
    assert changed_in_place(answer) or name == "validate"
    assert json.dumps(answer.as_dict("en")) == said
    assert json.dumps(ANSWERS[name](engine()).as_dict("en")) == said
