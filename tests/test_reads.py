"""What has to be loaded to decide an action: on a state with nothing else it is decided alike."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

import seatrules
from accounts import ACTION, STATE, changed
from asked import POLICIES, Asked, asked
from asking import engine
from command import LIBRARY
from conftest import TESTS
from fuzz.policies import small_policy, write_policy
from fuzz.requests import request
from lengths import examples
from seatrules import EntriesRead, ReadsDescription, RequestError, UsageError
from seatrules.language.text import pointer, pointer_parts
from seatrules.language.types import ListOf, MapOf, Record, Type, known

CLUBS = TESTS / "policies" / "clubs"
ASSIGN = {"type": "assign_seat", "actor": "ana", "seat_type": "core", "user": "bob"}


def found(value: Any, steps: tuple[str, ...], path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """What stands at a pointer in which `*` is each entry, with the paths."""
    if not steps:
        yield path, value
        return
    head, *rest = steps
    keys: list[Any] = []
    if isinstance(value, list):
        keys = list(range(len(value)))
    elif isinstance(value, dict):
        keys = list(value) if head == "*" else [head] * (head in value)
    for key in keys:
        yield from found(value[key], tuple(rest), (*path, key))


def put(cut: Any, whole: Any, path: tuple[Any, ...], value: Any) -> None:
    """Put a value where it stands in the whole; what is on the way is made, lists with as many entries."""
    for step in path[:-1]:
        whole = whole[step]
        if isinstance(cut, dict) and step not in cut:
            cut[step] = [{} for _ in whole] if isinstance(whole, list) else {}
        cut = cut[step]
    if isinstance(cut, list):
        cut[path[-1]] = value
    else:
        cut[path[-1]] = value


def cut(state: dict[str, Any], reads: ReadsDescription) -> dict[str, Any]:
    """A state with nothing but what is read, taken by the pointers alone: as a program would load it."""
    whole, part = {"state": state}, dict[str, Any]({"state": {}})
    for place, entries in reads.entries.items():
        for path, holder in found(whole, pointer_parts(place)):
            put(part, whole, path, [{} for _ in holder] if isinstance(holder, list) else {})
            if isinstance(holder, dict):
                for key in holder if entries.every else [key for key in entries.keys if key in holder]:
                    put(part, whole, (*path, key), {})
    for place in reads.pointers:
        for path, value in found(whole, pointer_parts(place)):
            put(part, whole, path, copy.deepcopy(value))
    for place, entries in reads.entries.items():
        for referring in entries.referred_by:
            for _, value in [*found(part, pointer_parts(referring))]:
                for key in value if isinstance(value, list | dict) else [value] * (value is not None):
                    holder = part
                    for step in pointer_parts(place):
                        holder = holder.setdefault(step, {})
                    holder.setdefault(key, {})
    return dict(part["state"])


def test_a_state_is_cut_to_what_is_read() -> None:
    """The test's own cutting leaves no more."""
    assert cut(STATE, engine().reads_for(ASSIGN, day=STATE["as_of"])) == {
        "as_of": "2024-11-15",
        "account": {"kind": "customer", "created_on": "2024-06-01", "migrated": False, "setup_complete": True},
        "subscriptions": [{"hub": "sales", "tier": "professional", "created_on": "2024-06-01"}],
        "seats": {"core": STATE["seats"]["core"]},
        "users": {
            "ana": {"status": "active"},
            "bob": {"status": "active", "seats": ["sales"], "partner_employee": False},
        },
    }


@pytest.mark.parametrize("policy", POLICIES, ids=lambda path: path.name)
def test_a_state_with_nothing_else_is_decided_alike(policy: Path) -> None:
    """Every request of every suite: the same answer, word for word, and so by the versions of all days."""
    for each in asked(policy):
        if not each.partial and not each.incomplete:
            said = each.decided().as_dict()
            ways = [each.engine.reads_for(each.action)]
            if each.version in (None, each.engine.version(each.state["as_of"]).version):
                ways.append(each.engine.reads_for(each.action, day=each.state["as_of"]))
            for reads in ways if ways[0] != ways[-1] else ways[:1]:
                assert each.decided(cut(each.state, reads)).as_dict() == said


def test_a_made_up_state_with_nothing_else_is_decided_alike(tmp_path: Path) -> None:
    """Of all policies and of made-up ones, whatever stands in the state."""
    random, decided = Random(5), 0
    engines = [seatrules.load(policy) for policy in POLICIES]
    engines += [seatrules.load(write_policy(small_policy(random), tmp_path)) for _ in range(examples(60))]
    for by in engines:
        for program in by.programs.values():
            for _ in range(15):
                action, state = request(random, program)
                try:
                    by.validate(state, version=program.version, invariants=False)
                    reads = by.reads_for(action)
                    said = by.decide(action, state, version=program.version).as_dict()
                except RequestError:
                    continue
                part = Asked(by, program.version, action, cut(state, reads), False, ())
                assert part.decided().as_dict() == said
                decided += 1
    assert decided > 200


@pytest.mark.parametrize("policy", POLICIES, ids=lambda path: path.name)
def test_what_was_not_loaded_is_never_taken_for_absent(policy: Path) -> None:
    """With `incomplete` the answer is the same; where an entry is asked for that there is not, it is not milder."""
    same = 0
    for each in asked(policy):
        if each.partial or each.incomplete:
            continue
        whole = each.decided()
        program = each.engine.programs[whole.policy.version]
        reads = each.engine.reads_for(each.action)
        if not reads.incomplete:
            continue  # all of it is given
        part = given(cut(each.state, reads), program.state, reads, ("state",))
        answer, codes = None, set[str]()
        try:
            answer = each.decided(part, partial=True, incomplete=reads.incomplete)
        except RequestError as error:
            codes = {problem.code for problem in error.problems}
        if answer is None:
            assert codes == {"unknown_key"}
        elif answer.missing:
            assert whole.allowed or not answer.allowed
            assert all(is_not_there(each.state, missing.path, reads) for missing in answer.missing)
        else:
            same += 1
            assert comparable(answer) == {**comparable(whole), "missing": []}
    assert same


def comparable(decision: seatrules.Decision) -> dict[str, Any]:
    """An answer but for what an entry was that is deleted: what it lacks is null in a state that is given in part."""
    effects = [each | ({"from": None} if each["op"] == "delete" else {}) for each in decision.as_dict()["effects"]]
    return {**decision.as_dict(), "effects": effects}


def is_not_there(state: Any, path: tuple[Any, ...], reads: ReadsDescription) -> bool:
    """Whether an entry is asked for that is not there: under the path, or of the map that the path leads to."""
    (holder,) = [value for _, value in found(state, path)] or [None]
    entries = reads.entries.get(pointer(("state", *path)))
    return holder is None or (entries is not None and any(key not in holder for key in entries.keys))


def given(part: Any, kind: Type, reads: ReadsDescription, path: tuple[str, ...], *, whole: bool = False) -> Any:
    """A state in which what is read and not there is null, or its default: as a table gives it."""
    kind, whole = known(kind), whole or is_read(path, reads)
    if isinstance(kind, Record) and isinstance(part, dict):
        for name in kind.fields.keys() - part.keys() - kind.required:
            if whole or is_read((*path, name), reads):
                part[name] = kind.defaults.get(name)
        inner = {name: kind.fields[name] for name in part if name in kind.fields}
        return part | {name: given(part[name], of, reads, (*path, name), whole=whole) for name, of in inner.items()}
    if isinstance(kind, MapOf) and isinstance(part, dict):
        return {key: given(each, kind.entry, reads, (*path, key), whole=whole) for key, each in part.items()}
    if isinstance(kind, ListOf) and isinstance(kind.item, Record):
        return [given(each, kind.item, reads, (*path, "*"), whole=whole) for each in part]
    return part


def is_read(path: tuple[str, ...], reads: ReadsDescription) -> bool:
    """Whether a pointer leads there."""
    return any(
        len(steps) == len(path) and all(one in (other, "*") for one, other in zip(steps, path, strict=True))
        for steps in map(pointer_parts, reads.pointers)
    )


def test_what_is_read_is_told_by_pointers_and_entries() -> None:
    """Whatever the arguments, and with those of an action."""
    reads = engine().reads("assign_seat", day="2025-01-01")
    assert "/state/users/{user}/seats" in reads.pointers
    assert "/state/subscriptions/*/tier" in reads.pointers
    assert str(reads.entries["/state/subscriptions"]) == "every entry"
    assert str(reads.entries["/state/users"]) == "the entries named by `actor`, `user`"
    assert reads.incomplete == ("/state/users", "/state/seats")
    named = engine().reads_for({**ASSIGN, "user": "a/b"}, day="2025-01-01")
    assert named.entries["/state/users"] == EntriesRead(named_by=("actor", "user"), keys=("ana", "a/b"))
    assert "/state/users/a~1b/seats" in named.pointers
    assert named.as_dict()["entries"]["/state/seats"] == {
        "every": False,
        "named_by": ["seat_type"],
        "keys": ["core"],
        "referred_by": [],
    }
    for each in (reads, named):
        assert pickle.loads(pickle.dumps(each)) == each


def asked_for(action: str, policy: Path) -> dict[str, Any]:
    """An action of a type, of a case of the suites."""
    return next(each.action for each in asked(policy, whole=True) if each.action["type"] == action)


def test_the_page_shows_what_is_read() -> None:
    """The sample of the page for embedders is true."""
    page = (TESTS.parent / "docs" / "embedding.md").read_text(encoding="utf-8")
    for place, entries in engine().reads("assign_seat", day="2025-01-01").entries.items():
        assert f"\n{place} - {entries}\n" in page


def test_a_wait_reads_all_of_it() -> None:
    """What happens by itself may be any event."""
    reads = engine().reads("advance_time")
    assert (reads.pointers, dict(reads.entries), reads.incomplete) == (("/state",), {}, ())


def test_an_action_on_several_reads_the_entries_of_each() -> None:
    """Those that its list names."""
    allotments = seatrules.load(TESTS / "policies" / "allotments")
    action = {"type": "give_seeds_to_several", "takers": ["a", "b"]}
    several = next(
        each.action for each in asked(TESTS / "policies" / "allotments") if each.action["type"] == action["type"]
    )
    reads = allotments.reads_for({**several, "takers": ["a", "b"]})
    assert {"a", "b"} <= set(reads.entries["/state/gardens"].keys)


def test_what_values_refer_to_has_to_be_there() -> None:
    """That is said where nothing else of the entries is read."""
    clubs = seatrules.load(CLUBS)
    entries = clubs.reads("dissolve_team").entries
    assert str(entries["/state/teams"]) == "the entries named by `team`"
    assert str(entries["/state/clubs"]) == "those that `/state/teams/{team}/club` refers to"
    inside = clubs.reads_for(asked_for("pay", CLUBS))
    assert set(inside.incomplete) == {"/state/clubs", "/state/people"}


def test_an_entry_within_each_other_one_is_not_called_incomplete() -> None:
    """Its place is not known before they are loaded; a key that looks like a pattern is a key."""
    clubs = seatrules.load(CLUBS)
    score = asked_for("score", CLUBS)
    assert "/state/clubs/*/goals" in clubs.reads_for(score).entries
    assert "/state/clubs/*/goals" not in clubs.reads_for(score).incomplete
    assert "/state/clubs/*{/members" in clubs.reads_for({**asked_for("sign_up", CLUBS), "club": "*{"}).incomplete


def test_what_any_version_reads_is_read_where_no_day_is_named() -> None:
    """An account may be of any day."""
    by_day = [set(engine().reads("assign_seat", day=day).pointers) for day in ("2025-01-01", "2026-04-01")]
    assert by_day[0] != by_day[1]
    assert set(engine().reads("assign_seat").pointers) >= by_day[0] | by_day[1]
    library = seatrules.load(LIBRARY)
    assert set(library.reads("borrow").pointers) >= set(library.reads("borrow", day="2025-03-01").pointers)


def test_what_can_not_be_read_for_is_an_error() -> None:
    """An action that there is not, one that is not well formed, and a day of no version."""
    with pytest.raises(UsageError, match="there is no action `assign_set`"):
        engine().reads("assign_set")
    for action, path in (
        ({**ASSIGN, "quantity": 1}, "/action/quantity"),
        ({"type": "x"}, "/action/type"),
        (None, "/action"),
    ):
        with pytest.raises(RequestError) as raised:
            engine().reads_for(action)  # type: ignore[arg-type]
        assert raised.value.path == path
    with pytest.raises(RequestError) as raised:
        engine().reads_for(ASSIGN, day="2020-01-01")
    assert raised.value.path == "/day"
    with pytest.raises(RequestError):
        engine().decide({**ACTION, "actor": "zoe"}, changed(STATE, {"users": {}}))
