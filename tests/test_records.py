"""Records to keep: decided again from themselves alone, and a hook that is told each decision."""

from __future__ import annotations

import copy
import json
import logging
import pickle
from pathlib import Path
from typing import Any

import pytest

import seatrules
from accounts import ACTION, STATE, changed
from asked import POLICIES, asked
from asking import engine
from command import requests, run
from conftest import TESTS
from seatrules import Decision, Difference, RequestError, replay
from seatrules.decision.record import engine_digest
from seatrules.records.replay import asked_again

AT = "2026-01-02T03:04:05Z"
DENIED = {**ACTION, "quantity": 0}
FEW = TESTS / "extensions" / "few-at-once"


def recorded(decision: Decision, id: str | int = "r1") -> dict[str, Any]:
    """A record as it is read again where it was kept."""
    record: dict[str, Any] = json.loads(json.dumps(decision.record(id=id, at=AT), allow_nan=False))
    return record


@pytest.mark.parametrize("policy", POLICIES, ids=lambda path: path.name)
def test_every_record_is_decided_again_alike(policy: Path) -> None:
    """Of every request of every suite, from itself alone; a decision that was sent elsewhere has the same record."""
    for number, each in enumerate(asked(policy)):
        decision = each.decided()
        record = recorded(decision)
        done = replay(each.engine, record)
        assert done.differences == ()
        assert done.same_policy
        if number % 10 == 0:
            assert pickle.loads(pickle.dumps(each.decided())).record(id="r1", at=AT) == record


def test_a_record_says_what_it_takes_to_decide_again() -> None:
    """The policy with its digest, settings and extensions, the action, what was read of the state, the answer."""
    chosen = seatrules.load(settings={"core_renewal": "latest"}, extensions=[FEW])
    decision = chosen.decide(DENIED, STATE)
    record = recorded(decision)
    assert record["record"] == 1
    assert (record["id"], record["at"]) == ("r1", AT)
    assert record["engine"] == {"version": seatrules.__version__, "digest": engine_digest()}
    assert record["policy"]["settings"] == {"core_renewal": "latest"}
    assert [each["name"] for each in record["policy"]["extensions"]] == ["few-at-once"]
    assert record["action"] == DENIED
    assert "bob" not in record["state"]["users"]
    assert record["unread"] == ["/state/seats", "/state/users"] or set(record["unread"]) == {
        "/state/seats",
        "/state/users",
    }
    assert record["answer"] == decision.as_dict()
    assert not record.keys() & {"named", "partial", "incomplete"}


def test_how_it_was_asked_is_recorded() -> None:
    """A version that was named, and a state that was given in part."""
    named = recorded(engine().decide(ACTION, STATE, version="2025-03-26"))
    assert named["named"] is True
    assert replay(engine(), named).policy.version == "2025-03-26"
    assert asked_again(engine(), recorded(engine().decide(ACTION, STATE))).version is None
    part = {"as_of": STATE["as_of"], "users": {"ana": STATE["users"]["ana"]}}
    asked_in_part = recorded(engine().decide(ACTION, part, incomplete=["/state/users"]))
    assert (asked_in_part["partial"], asked_in_part["incomplete"]) == (True, ["/state/users"])
    assert replay(engine(), asked_in_part).differences == ()
    nobody = recorded(engine().decide({**ACTION, "actor": "zoe"}, part, incomplete=["/state/users"]))
    assert "/state/users" in [each["path"] for each in nobody["answer"]["missing"]]
    assert replay(engine(), nobody).differences == ()


@pytest.mark.parametrize(("id", "at"), [({1}, AT), ("r1", object())])
def test_an_id_and_a_time_are_plain_data(id: Any, at: Any) -> None:
    """A record can be written as JSON, whatever is handed in."""
    with pytest.raises(RequestError):
        engine().decide(ACTION, STATE).record(id=id, at=at)


def test_an_answer_that_is_another_is_told() -> None:
    """The verdict, what has a code, what is billed and what changes, each by its place."""
    record = recorded(engine().decide(DENIED, STATE))
    allowed = recorded(engine().decide(ACTION, STATE))["answer"]
    record["answer"] |= {
        "decision": "allow",
        "reasons": [],
        "outcome": allowed["outcome"],
        "effects": allowed["effects"],
    }
    differences = replay(engine(), record).differences
    assert [each.place for each in differences] == [
        "decision",
        "reasons/quantity_invalid",
        "outcome",
        "effects/seats.core.purchased",
    ]
    assert differences[0] == Difference("decision", "allow", "deny")
    assert differences[0].text() == '`decision`: "allow" then, "deny" now'
    assert differences[0].text("nl") == '`decision`: toen "allow", nu "deny"'
    assert differences[-1] == Difference("effects/seats.core.purchased", 7, None)


def test_each_change_of_what_changes_again_and_again_is_compared() -> None:
    """A renewal that comes three times: the first is told, though the last is the same."""
    record = recorded(engine().decide({"type": "advance_time", "actor": "system", "to": "2027-07-01"}, STATE))
    renewal = next(each for each in record["answer"]["effects"] if each["path"] == "subscriptions.0.renewal_date")
    assert renewal["to"] == "2026-06-01"
    renewal["to"] = "2026-06-02"
    (difference,) = replay(engine(), record).differences
    assert difference == Difference("effects/subscriptions.0.renewal_date", "2026-06-02", "2026-06-01")


def test_what_is_not_compared_may_be_another() -> None:
    """Where the policy says it, what it shows, and what a later engine adds to an answer."""
    record = recorded(engine().decide(DENIED, STATE))
    record["answer"]["reasons"][0] |= {"at": "elsewhere:1:1", "conditions": [], "cites": []}
    record["answer"]["more"] = 1
    record["engine"] = {"version": "9", "digest": "sha256:0"}
    assert replay(engine(), record).differences == ()


def test_another_policy_decides_and_that_is_told() -> None:
    """Where it reads nothing more the answer is the same, and yet it is said that another one gave it."""
    record = recorded(engine().decide(ACTION, STATE))
    done = replay(seatrules.load(settings={"core_renewal": "latest"}), record)
    assert not done.same_policy
    assert done.differences == ()
    assert done.as_dict()["recorded_by"]["settings"] == {}
    assert done.as_dict()["decided_by"]["settings"] == {"core_renewal": "latest"}


def test_what_another_policy_reads_and_the_record_lacks_is_not_known() -> None:
    """It is never taken for absent: the answer is undetermined, and names it."""
    record = recorded(engine().decide(ACTION, STATE))
    del record["state"]["users"]["ana"]["permissions"]
    done = replay(seatrules.load(settings={"core_renewal": "latest"}), record)
    assert [each.place for each in done.differences][:1] == ["decision"]
    assert done.differences[0].now == "undetermined"
    assert Difference("missing", [], ["/state/users/ana/permissions"]) in done.differences


CROWDED = """
name: crowded
extends: hubspot-seats
rules:
  - id: at-most-two-users
    actions: [add_seats]
    require: count(u for u in users) <= 2
    otherwise: {code: crowded, message: {en: too many users, nl: te veel gebruikers}}
    cites: [OWN-1]
codes: {reasons: {crowded: {en: there are too many users, nl: er zijn te veel gebruikers}}}
statements: [{id: OWN-1, quote: At most two.}]
"""


def test_entries_that_a_record_lacks_are_not_counted_as_absent(tmp_path: Path) -> None:
    """Who was not read was there: a policy that counts all does not allow what it would have denied."""
    (tmp_path / "crowded").mkdir()
    (tmp_path / "crowded" / "extension.yaml").write_text(CROWDED)
    other = seatrules.load(extensions=[tmp_path / "crowded"])
    assert other.decide(ACTION, STATE).codes == ("crowded",)
    done = replay(other, recorded(engine().decide(ACTION, STATE)))
    assert Difference("decision", "allow", "undetermined") in done.differences
    assert Difference("missing", [], ["/state/users"]) in done.differences


def test_what_was_read_and_not_there_is_absent_for_another_policy_too() -> None:
    """A property that a record has as absent; of one that it does not name, nothing is known."""
    paid = next(each for each in asked(TESTS / "policies" / "clubs") if each.action["type"] == "pay")
    record = recorded(paid.decided())
    record["policy"]["digest"] = "sha256:0"
    assert replay(paid.engine, record).differences == ()
    (offers,) = record["absent"]
    assert Difference("missing", [], [offers]) in replay(paid.engine, {**record, "absent": []}).differences


@pytest.mark.parametrize("policy", POLICIES, ids=lambda path: path.name)
def test_a_record_by_another_policy_is_never_decided_milder(policy: Path) -> None:
    """Decided in part, by what the record holds: what was denied is not allowed by the same rules."""
    for each in asked(policy):
        record = recorded(each.decided())
        record["policy"]["digest"] = "sha256:0"
        try:
            done = replay(each.engine, record)
        except RequestError:
            continue
        assert not done.same_policy
        verdicts = {each.was: each.now for each in done.differences if each.place == "decision"}
        assert set(verdicts.values()) <= {"undetermined"}


GOOD = engine().decide(DENIED, STATE).record(id="r1", at=AT)
NONE: list[Any] = [
    None,
    [],
    {},
    {**GOOD, "record": 2},
    {**GOOD, "id": 1.5},
    {**GOOD, "policy": {}},
    {**GOOD, "policy": {**GOOD["policy"], "version": []}},
    {**GOOD, "policy": {**GOOD["policy"], "settings": []}},
    {**GOOD, "absent": [1]},
    {**GOOD, "incomplete": [None]},
    {**GOOD, "answer": {"reasons": ["x"]}},
    {**GOOD, "answer": {"effects": {"a": 1}}},
    *({name: value for name, value in GOOD.items() if name != part} for part in ("at", "action", "state", "unread")),
]


@pytest.mark.parametrize("record", NONE, ids=range(len(NONE)))
def test_what_is_no_record_is_an_error(record: Any) -> None:
    """It says what a record is."""
    with pytest.raises(RequestError) as raised:
        replay(engine(), record)
    assert raised.value.code == "malformed"
    assert str(raised.value).startswith("a record is an object with `record` (1), `id`,")


def test_a_record_of_no_request_is_an_error() -> None:
    """One whose action this policy does not have, or whose state is of no day of it."""
    record = recorded(engine().decide(ACTION, STATE))
    lost = ["x", "/state/users/zoe/status", "/state/as_of/1", "/state/subscriptions/7/hub"]
    changes: list[dict[str, Any]] = [
        {"action": {"type": "x"}},
        {"state": {}},
        {"absent": lost, "state": {}},
    ]
    for change in changes:
        with pytest.raises(RequestError):
            replay(engine(), {**record, **change})
    assert replay(engine(), {**record, "policy": {**record["policy"], "digest": "x"}, "absent": lost}).differences == ()


def test_replays_are_told_on_the_command_line(tmp_path: Path) -> None:
    """Only what is to be told is printed, and how many there were."""
    good = recorded(engine().decide(ACTION, STATE))
    other = recorded(engine().decide(DENIED, STATE), 2)
    other["answer"]["decision"] = "allow"
    path = tmp_path / "records.jsonl"
    path.write_bytes(requests(good))
    done = run("replay", str(path))
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode() == "records: 1; with another answer: 0; not decided: 0\n"
    done = run("replay", "-", stdin=requests(good, other))
    assert done.returncode == 1
    assert done.stdout.decode() == (
        f'line 2: `2`, {AT}\n  `decision`: "allow" then, "deny" now\n'
        "records: 2; with another answer: 1; not decided: 0\n"
    )
    done = run("replay", "-", "--lang", "nl", stdin=requests(other, "{", {}))
    assert done.returncode == 65
    assert "toen" in done.stdout.decode()
    assert "regel 2" in done.stderr.decode()
    assert "regel 3: een vastgelegd besluit is" in done.stderr.decode()


def test_replays_as_json() -> None:
    """All of it in one object."""
    other = recorded(engine().decide(DENIED, STATE), 2)
    other["answer"]["decision"] = "allow"
    done = run("replay", "-", "--format", "json", "--set", "core_renewal=latest", stdin=requests(other))
    assert done.returncode == 1
    data = json.loads(done.stdout)
    assert (data["records"], data["different"], data["unread"]) == (1, 1, 0)
    (one,) = data["replays"]
    assert (one["line"], one["id"], one["same_policy"]) == (1, 2, False)
    assert one["differences"] == [{"place": "decision", "was": "allow", "now": "deny"}]


def test_a_record_names_the_policy_that_decides_it() -> None:
    """Where none is named on the command line; one that there is not is told of its line."""
    github = next(each for each in asked(TESTS.parent / "policies" / "github-seats") if not each.partial)
    record = recorded(github.decided())
    done = run("replay", "-", stdin=requests(record))
    assert (done.returncode, done.stderr) == (0, b""), done.stdout
    lost = copy.deepcopy(record)
    lost["policy"]["name"] = "no-such-policy"
    done = run("replay", "-", stdin=requests(lost, record))
    assert done.returncode == 65
    assert "there is no policy `no-such-policy`" in done.stderr.decode()
    assert "records: 2; with another answer: 0; not decided: 1" in done.stdout.decode()


# The hook


def test_the_hook_is_told_each_decision() -> None:
    """Of `decide` and `decide_many`, once, before it is returned; of no error, and of nothing that is tried out."""
    told: list[Decision] = []
    telling = seatrules.load(on_decision=told.append)
    decision = telling.decide(ACTION, STATE)
    assert told == [decision]
    assert told[0] is decision
    with pytest.raises(RequestError):
        telling.decide({"type": "x"}, STATE)
    assert len([*telling.decide_many([{"action": DENIED, "state": STATE}, {}])]) == 2
    assert [each.decision for each in told] == ["allow", "deny"]
    telling.allows(ACTION, STATE)
    telling.simulate([ACTION], STATE)
    telling.options(STATE, actor="ana", action="add_seats")
    telling.when(ACTION, STATE)
    telling.remedies(DENIED, STATE)
    telling.advance(STATE, "2025-01-01")
    assert len(told) == 2


def test_a_hook_that_fails_changes_no_answer(caplog: pytest.LogCaptureFixture) -> None:
    """It is logged, with what nobody was told of."""

    def failing(decision: Decision) -> None:
        raise ValueError("the disk is full")

    with caplog.at_level(logging.ERROR, "seatrules"):
        decision = seatrules.load(on_decision=failing).decide(DENIED, STATE)
    assert decision == engine().decide(DENIED, STATE)
    (record,) = caplog.records
    assert record.name == "seatrules"
    assert record.getMessage() == "on_decision failed: nobody was told of <Decision deny quantity_invalid>"
    assert record.exc_info is not None
    assert str(record.exc_info[1]) == "the disk is full"


TOLD: list[Decision] = []


def tell(decision: Decision) -> None:
    TOLD.append(decision)


def test_an_engine_in_another_process_tells_its_hook() -> None:
    """A hook that is a function of a module goes along; no record is lost without a word."""
    other: seatrules.Engine = pickle.loads(pickle.dumps(seatrules.load(on_decision=tell)))
    other.decide(changed(ACTION, {"quantity": 3}), STATE)
    assert [each.action["quantity"] for each in TOLD] == [3]
    with pytest.raises((AttributeError, TypeError, pickle.PicklingError)):
        pickle.dumps(seatrules.load(on_decision=lambda decision: None))
