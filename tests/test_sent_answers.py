"""Answers in an embedder's hands: sent to another process, copied, and asked for a truth value that there is not."""

from __future__ import annotations

import copy
import pickle
import pickletools
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

import seatrules
from accounts import ACTION, STATE, changed
from asking import engine
from conftest import TESTS
from seatrules import Booking, Decision, Effect, UsageError
from seatrules.errors import AUDIENCES
from seatrules.suites import Engines, find_suites, read_suite, run_case

DENIED = {**ACTION, "seat_type": "partner"}
REMOVAL = {"type": "schedule_removal", "actor": "ana", "seat_type": "core", "quantity": 1}
WAIT = {"type": "advance_time", "actor": "system", "to": "2026-07-01"}
LEAVING = changed(STATE, {"seats.sales.pending_removal": 1, "seats.sales.pending_effective_on": "2025-06-01"})
PART = changed(STATE, {"users.ana": {"status": "active", "seats": []}})


def decision(
    action: Any = ACTION, state: Any = STATE, evaluator: seatrules.EvaluatorName = "compiled", **options: Any
) -> Decision:
    return seatrules.Engine.of(engine().programs, evaluator).decide(action, state, **options)


ANSWERS: dict[str, Callable[[], Any]] = {
    "allowed": decision,
    "denied": lambda: decision(DENIED),
    "undetermined": lambda: decision(ACTION, PART, partial=True),
    "by the interpreter": lambda: decision(DENIED, evaluator="interpreter"),
    "a wait": lambda: decision(WAIT, LEAVING),
    "a timeline": lambda: engine().simulate(
        [REMOVAL, {"at": "2025-07-01", "action": DENIED}], LEAVING, keep_going=True
    ),
    "remedies": lambda: engine().remedies({**REMOVAL, "quantity": 3}, STATE, seconds=30),
    "a remedy's step": lambda: engine().remedies({**REMOVAL, "quantity": 3}, STATE, seconds=30).remedies[0].steps[0],
    "options": lambda: engine().options(STATE, actor="ana"),
    "stretches": lambda: engine().when({**REMOVAL, "seat_type": "sales", "quantity": 2}, LEAVING),
    "a rule's stretches": lambda: engine().when({"type": "deactivate_user", "actor": "ana", "user": "bob"}, STATE),
}


def said(answer: Any) -> list[Any]:
    """All that is said, in both languages, to everybody."""
    if isinstance(answer, Decision):
        texts = [answer.explain(language, audience=audience) for language in ("en", "nl") for audience in AUDIENCES]
        return [answer.as_dict("en"), answer.as_dict("nl"), *texts, answer.reads, answer.action, answer.billing]
    if isinstance(answer, seatrules.Remedies):
        return [
            answer.as_dict(language, audience=audience) for language in ("en", "nl") for audience in ("support", "user")
        ]
    if isinstance(answer, seatrules.Options | seatrules.Stretches):
        return [answer.as_dict(language, audience=audience) for language in ("en", "nl") for audience in AUDIENCES]
    return [answer.as_dict("en"), answer.as_dict("nl")]


def names_within(pickled: bytes) -> set[str]:
    """What of ours is named in a pickle: the classes that it is made of."""
    texts = [value for _, value, _ in pickletools.genops(pickled) if isinstance(value, str)]
    return {text for text in texts if text.startswith("seatrules.")}


@pytest.mark.parametrize("name", list(ANSWERS))
def test_an_answer_is_small_and_whole_in_another_process(name: str) -> None:
    """What is pickled or copied says the same as before, and there is no program in it."""
    answer = ANSWERS[name]()
    pickled = pickle.dumps(answer)
    assert names_within(pickled) & {"seatrules.program.program.Program", "seatrules.language.interpret"} == set()
    assert not [each for each in names_within(pickled) if each.startswith("seatrules.language.tree")]
    assert b"Program" not in pickled
    assert b"Interpreter" not in pickled
    assert len(pickled) < 65_000
    for other in (pickle.loads(pickled), copy.deepcopy(answer), pickle.loads(pickle.dumps(pickle.loads(pickled)))):
        assert other == answer
        assert said(other) == said(answer)
        assert hash(other) == hash(answer) if isinstance(answer, Decision) else True


def test_a_decision_that_was_sent_elsewhere_is_applied_there() -> None:
    """It knows what it read: it is applied to that state, and to no other."""
    sent: Decision = pickle.loads(pickle.dumps(decision()))
    assert engine().apply(sent, STATE) == engine().apply(decision(), STATE)
    assert not engine().still_holds(sent, changed(STATE, {"as_of": "2025-01-01"}))
    removal = pickle.loads(pickle.dumps(engine().decide(WAIT, LEAVING)))
    assert engine().apply(removal, LEAVING)["seats"]["sales"]["purchased"] == 3


def test_a_decision_is_read_where_no_policy_is_loaded() -> None:
    """Another process reads it without compiling anything."""
    program = "import pickle, sys; print(pickle.load(sys.stdin.buffer).explain('nl'))"
    done = subprocess.run([sys.executable, "-c", program], input=pickle.dumps(decision(DENIED)), capture_output=True)
    assert done.returncode == 0
    assert done.stdout.decode().rstrip("\n") == decision(DENIED).explain("nl")


def test_a_copy_speaks_the_languages_of_its_policy() -> None:
    """A language that the policy does not speak is the error that it is anywhere."""
    (reason,) = copy.deepcopy(decision(DENIED)).reasons[:1]
    with pytest.raises(UsageError) as raised:
        reason.message("fr")
    assert (raised.value.code, raised.value.allowed) == ("unknown-language", ("en", "nl"))


TRUTH: dict[str, tuple[Callable[[], Any], str]] = {
    "decision": (decision, "ask `decision.allowed`"),
    "denial": (lambda: decision(DENIED), "ask `decision.allowed`"),
    "timeline": (ANSWERS["a timeline"], "ask `timeline.allowed`"),
    "step": (lambda: ANSWERS["a timeline"]().steps[0], "ask `step.allowed`"),
    "remedies": (ANSWERS["remedies"], "ask `remedies.allowed`, or whether there are any in `remedies.remedies`"),
    "remedy": (lambda: ANSWERS["remedies"]().remedies[0], "its `steps` are what to do"),
    "a remedy's step": (ANSWERS["a remedy's step"], "ask `remedy_step.by_another`"),
    "options": (ANSWERS["options"], "its `options` are what can and can't be done"),
    "option": (lambda: ANSWERS["options"]().options[0], "ask whether `option.decision` is `allow`"),
    "stretches": (ANSWERS["stretches"], "its `stretches` are when the action is allowed and denied"),
    "stretch": (lambda: ANSWERS["stretches"]().stretches[0], "ask whether `stretch.decision` is `allow`"),
    "a case's result": (lambda: _a_cases_result(), "ask `result.passed`"),
}


def _a_cases_result() -> Any:
    (suite, *_) = find_suites(TESTS.parent / "policies")
    return run_case(read_suite(suite).cases[0], Engines())


@pytest.mark.parametrize("name", list(TRUTH))
def test_no_answer_is_taken_for_a_yes(name: str) -> None:
    """An `if` over an answer would let everything through: it is an error that says what to ask."""
    make, ask = TRUTH[name]
    for judge in (bool, lambda answer: not answer, lambda answer: "yes" if answer else "no"):
        with pytest.raises(TypeError) as raised:
            judge(make())
        assert str(raised.value) == f"an answer is neither true nor false: {ask}"


def test_billing_has_one_shape() -> None:
    """An entry for each event that bills, else one; none where it is not known; as data it is as it always was."""
    assert decision(DENIED).billing == ({"change": "none"},)
    (bought,) = decision().billing
    assert decision().as_dict()["billing"] == bought
    both = changed(LEAVING, {"seats.core.pending_removal": 1, "seats.core.pending_effective_on": "2025-06-01"})
    waited = decision(WAIT, both)
    assert len(waited.billing) == 2
    assert waited.as_dict()["billing"] == list(waited.billing)
    assert decision(WAIT, STATE).billing == (decision(WAIT, STATE).as_dict()["billing"],)
    unknown = decision(ACTION, PART, partial=True)
    assert (unknown.decision, unknown.billing, unknown.as_dict()["billing"]) == ("undetermined", (), None)


def test_the_parts_of_a_decision_are_public() -> None:
    """What changes, what is booked and what comes into force can be named in a signature of one's own."""
    assert {type(effect) for effect in decision().effects} == {Effect}
    assert {type(booking) for booking in decision().bookings or ()} == {Booking}
    assert {"Booking", "Effect", "InForce"} <= {*seatrules.__all__}
