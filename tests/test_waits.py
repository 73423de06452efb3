"""Ways to yes on which a day is waited for that is computed: it is the one that `when` says."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import yaml

import seatrules
from accounts import account, changed
from seatrules.language.days import add_days
from seatrules.planning import turning
from seatrules.planning.budget import Budget
from seatrules.planning.happening import MOST_DAYS, Happening
from seatrules.planning.nodes import Nodes
from seatrules.planning.passing import later_versions, wait
from seatrules.planning.questions import Questions
from seatrules.planning.repertoire import Repertoire
from seatrules.planning.search import RemedySearch
from seatrules.planning.turning import MOST_MOMENTS, TurningDays
from seatrules.suites import find_suites, known_states, read_suite

TESTS = Path(__file__).parent
WAITS = yaml.safe_load((TESTS / "cases" / "waits.yaml").read_text(encoding="utf-8"))
KILN = WAITS["kiln"]


@pytest.fixture(scope="module")
def kiln(tmp_path_factory: pytest.TempPathFactory) -> seatrules.Engine:
    """The policy of the kiln."""
    folder = tmp_path_factory.mktemp("kiln") / "2025-01-01"
    folder.mkdir()
    for name, text in KILN["files"].items():
        (folder / name).write_text(text, encoding="utf-8")
    return seatrules.load(folder.parent)


@pytest.mark.parametrize("case", WAITS["cases"], ids=lambda case: case["name"])
def test_waits(case: Mapping[str, Any], kiln: seatrules.Engine) -> None:
    """The ways of a case are found, and where only time passes, `when` says that it is allowed from that day on."""
    engine, start = kiln, KILN["state"]
    if "suite" in case:
        suite = TESTS / "policies" / case["suite"]
        engine = seatrules.load(suite.parents[2])
        start = yaml.safe_load(suite.read_text(encoding="utf-8"))["bases"][case["base"]]
    state = changed(start, case.get("with", {}))
    found = engine.remedies(case["action"], state, seconds=30)
    assert [[told(engine, action) for action in each.actions] for each in found.remedies] == case["ways"]
    assert found.complete
    if len(found.remedies[0].actions) == 2:
        stretches = engine.when(case["action"], state).stretches
        first = next(each.first for each in stretches if each.decision == "allow")
        assert case["ways"][0][0].endswith(first)


def told(engine: seatrules.Engine, action: Mapping[str, Any]) -> str:
    """An action in short: its type, and the day to which it lets time pass."""
    time_to = next(iter(engine.programs.values())).actions[action["type"]].time_to
    return action["type"] if time_to is None else f"{action['type']} {action[time_to]}"


@pytest.mark.parametrize(("days", "is_cut"), [(MOST_MOMENTS, False), (MOST_MOMENTS + 1, True)])
def test_a_walk_that_goes_no_further_says_so(days: int, is_cut: bool, kiln: seatrules.Engine) -> None:
    """Where something happens each day, only so many days are looked at; a search says that it left some out."""
    first = add_days("2025-05-01", days)
    state = {"as_of": "2025-05-01", "glazed_on": "2025-03-01", "checked_on": "2025-05-02"}
    built = add_days(first, -90)
    search = RemedySearch(
        kiln, {"type": "fire"}, KILN["state"] | state | {"built_on": built}, None, None, Budget(10_000, 60)
    )
    ways = [[told(kiln, taken.action) for taken in found.way] for found in search.ways(1)]
    assert ([f"wait {first}", "fire"] in ways, search.cut) == (not is_cut, is_cut)


def test_a_search_walks_no_further_than_it_may_in_all(kiln: seatrules.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many steps wait for a day each, a search looks at so many days, and says that it left some out."""
    monkeypatch.setattr(turning, "MOST_IN_ALL", 0)
    search = RemedySearch(kiln, {"type": "fire"}, KILN["state"], None, None, Budget(10_000, 60))
    ways = [[told(kiln, taken.action) for taken in found.way] for found in search.ways(2)]
    assert (ways, search.cut) == ([["glaze", "wait 2025-04-01", "fire"]], True)  # that day stands in a rule


@pytest.mark.parametrize(("events", "is_cut"), [(MOST_DAYS, False), (MOST_DAYS + 1, True)])
def test_events_are_looked_at_as_far_as_is_said(events: int, is_cut: bool, kiln: seatrules.Engine) -> None:
    """Where nothing reads the day, so many days are looked at; a search says if more come."""
    state = KILN["state"] | {"heats_on": add_days(KILN["state"]["as_of"], 2)}
    search = RemedySearch(kiln, {"type": "stack", "level": events}, state, None, None, Budget(10_000, 60))
    ways = [[told(kiln, taken.action) for taken in found.way] for found in search.ways(1)]
    day = add_days(state["as_of"], 2 * events)
    assert (ways, search.cut) == ([] if is_cut else [[f"wait {day}", "stack"]], is_cut)


def test_what_happens_without_end_and_changes_nothing_that_denies_is_not_looked_at() -> None:
    """A term begins each year for ever: a search for a seat leaves nothing out for it, as no seat comes of that."""
    state = account({"core": 1}, {"ana": ["core"], "bob": []}, {})
    action = {"type": "assign_seat", "actor": "ana", "seat_type": "core", "user": "bob"}
    found = seatrules.load().remedies(action, state, seconds=30)
    assert ([each.cost for each in found.remedies], found.complete) == (["money", "access", "access"], True)


def test_nothing_is_looked_at_once_all_has_happened_that_may_help() -> None:
    """A term begins each year for ever after the one removal that is due, which leaves a core seat too many."""
    state = account({"core": 4}, {"ana": ["core"], "bob": ["core"], "cem": []}, {})
    due = {"seats.core.pending_removal": 1, "seats.core.pending_effective_on": "2025-06-01"}
    action = {"type": "transfer_core_seat", "actor": "ana", "from_user": "ana", "to_user": "cem"}
    engine = seatrules.load()
    assert engine.decide(action, changed(state, due)).codes == ("transfer_requires_single_core_seat",)
    search = RemedySearch(engine, action, changed(state, due), None, None, Budget(100_000, 60))
    assert [found for length in (0, 1) for found in search.ways(length)] == []
    assert not search.cut


@pytest.mark.parametrize("name", ["hubspot-seats", "slack-fair-billing"])
def test_the_days_are_those_of_all_that_happens(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not looked at, since nothing that may help comes due any more, has no day that helps."""
    folder = TESTS.parent / "policies" / name
    engine, days = seatrules.load(folder), dict[tuple[str, ...], frozenset[str]]()
    cases = [case for path in find_suites(folder) for case in read_suite(path).cases]
    for action, state in [(case.action, case.state) for case in cases if isinstance(case.action, dict)]:
        program, budget = engine.program_for(state), Budget(10_000, 60)
        questions = Questions(engine, program, None, budget)
        if action["type"] not in program.actions or not (denying := questions.failing(action, state)):
            continue
        if (kind := tuple(rule.id for rule in denying)) in days:
            continue
        read = [(rule, questions.read_by(rule, action, state)) for rule in denying]
        repertoire = Repertoire([program, *later_versions(engine, state["as_of"], None)], state)
        node = Nodes(questions, state, ()).start
        found = TurningDays(engine, questions, repertoire, None, budget).days(read, action, node)
        with monkeypatch.context() as patching:
            patching.setattr(TurningDays, "_may_happen", lambda *_: True)
            assert TurningDays(engine, questions, repertoire, None, budget).days(read, action, node) == found
        days[kind] = found
    assert any(days.values())


@pytest.mark.parametrize("name", ["hubspot-seats", "slack-fair-billing", "zoom-licenses"])
def test_what_happens_by_itself_is_what_comes_of_waiting_from_one_day_to_the_next(name: str) -> None:
    """Also over the day on which another version comes into force, and of what is overdue."""
    folder = TESTS.parent / "policies" / name
    engine, seen = seatrules.load(folder), 0
    states = [case.state for case in known_states(engine, folder, None).cases]
    for state in (*states[:20], *({**state, "as_of": add_days(state["as_of"], 400)} for state in states[:5])):
        current = state
        for effects, after in islice(Happening(engine, state, None, Budget(1_000, 60)), 4):
            passed = wait(engine, current, after["as_of"], None)
            happened = tuple(effect for _, event in passed.events for effect in event.effects)
            assert (happened, passed.state) == (effects, after)
            current, seen = after, seen + 1
    assert seen > 20
