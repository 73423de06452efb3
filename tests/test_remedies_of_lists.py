"""Ways to yes where items are taken out of a list: the next one then has the number of the one that is gone."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import pytest

import seatrules
from accounts import STATE
from seatrules.change.effects import NOTHING, Effect
from seatrules.planning.budget import Budget
from seatrules.planning.nodes import Move, Node, Nodes
from seatrules.planning.questions import Questions
from seatrules.planning.touch import Changes

ENGINE = seatrules.load()
SOURCE = "{title: A made-up page, url: https://example.com/parking, language: en}"
FILES = {
    "policy.yaml": f"""
        name: queue
        version: v1
        format: 1
        effective_from: "2025-01-01"
        recorded_on: "2025-01-01"
        title: {{en: A queue}}
        languages: [en]
        source: {SOURCE}
        billing_changes: [nothing]
        """,
    "state.schema.yaml": """
        $schema: https://json-schema.org/draft/2020-12/schema
        type: object
        additionalProperties: false
        required: [as_of, queue]
        properties:
          as_of: {type: string, format: date}
          queue:
            type: array
            items:
              type: object
              additionalProperties: false
              required: [name]
              properties: {name: {enum: [a, b, c, d]}}
        """,
    "actions.yaml": """
        actions:
          take_out: {title: {en: Take out}, arguments: {name: a | b | c | d}}
          serve: {title: {en: Serve}, arguments: {}}
        """,
    "codes.yaml": """
        codes:
          reasons: {is_not_there: Is not there, is_not_first: Is not the only one}
          outcomes: {ok: Done}
        """,
    "rules.yaml": """
        rules:
          - id: who-is-taken-out-is-there
            actions: [take_out]
            require: any(each.name == name for each in queue)
            otherwise: {code: is_not_there}
            cites: [S1]
          - id: only-c-is-served
            actions: [serve]
            require: count(each for each in queue) == 1 and any(each.name == "c" for each in queue)
            otherwise: {code: is_not_first}
            cites: [S1]
        """,
    "consequences.yaml": """
        consequences:
          - id: who-is-taken-out-is-gone
            actions: [take_out]
            for: each in queue if each.name == name
            remove: [each]
            cites: [S1]
        """,
    "billing-timing.yaml": """
        outcomes:
          - {id: done, code: ok, actions: [take_out, serve], billing: {change: nothing}, cites: [S1]}
        """,
    "statements.yaml": f"""
        statements:
          - {{id: S1, says: {{en: One after the other}}, source: {SOURCE}}}
        """,
}


@pytest.fixture(scope="module")
def engine() -> seatrules.Engine:
    return seatrules.load({f"v1/{name}": text.encode() for name, text in FILES.items()})


def test_what_was_changed_of_an_entry_goes_with_it() -> None:
    """One who is changed, taken away and added anew is not in the state of one who is changed after that."""
    program, before = ENGINE.program_for(STATE), STATE["users"]["bob"]
    questions = Questions(ENGINE, program, None, Budget(1, 1))
    bob = ("users", "bob")
    away = Effect((*bob, "status"), "active", "deactivated", "made-up")
    gone, anew = Effect(bob, before, NOTHING, "made-up"), Effect(bob, NOTHING, before, "made-up")
    nodes = Nodes(questions, STATE, ())
    first, second = (reached(nodes, each) for each in ([away, gone, anew], [gone, anew, away]))
    assert [each.state["users"]["bob"]["status"] for each in (first, second)] == ["active", "deactivated"]
    assert second is reached(nodes, [gone, anew, away])


def reached(nodes: Nodes, effects: Sequence[Effect]) -> Node:
    """The state that effects lead to, one move each."""
    node = nodes.start
    for effect in effects:
        node = nodes.after(node, Move((), (Changes([effect]),)))
    return node


@pytest.mark.parametrize("queue", ["abc", "bca", "abcd", "dcba", "cdab"])
def test_whoever_stands_before_or_behind_is_taken_out(engine: seatrules.Engine, queue: str) -> None:
    """In whatever order the list has them, all others are taken out, and a way is found that does so."""
    state = {"as_of": "2025-02-01", "queue": [{"name": name} for name in queue]}
    found = engine.remedies({"type": "serve"}, state)
    taken_out = [[each.step.action["name"] for each in way.steps[:-1]] for way in found.remedies]
    assert found.complete
    assert len(taken_out) == 1
    assert tuple(taken_out[0]) in set(permutations(sorted({*queue} - {"c"})))
