"""Which numbers an action is tried with: those at which a comparison turns, wherever it stands."""

from __future__ import annotations

import pytest

import seatrules
from test_remedies_of_lists import FILES

STATE = """
    $schema: https://json-schema.org/draft/2020-12/schema
    type: object
    additionalProperties: false
    required: [as_of, room]
    properties: {as_of: {type: string, format: date}, room: {type: integer, minimum: 0}}
    """
ACTIONS = "actions:\n  add: {title: {en: Add}, arguments: {quantity: count}}\n"
FACTS = "facts:\n  fits: {given: {n: integer}, is: n <= room, cites: [S1]}\n"
RULE = """
    rules:
      - id: there-is-room
        actions: [add]
        require: %s
        otherwise: {code: is_not_there}
        cites: [S1]
    """
OUTCOMES = "outcomes:\n  - {id: done, code: ok, actions: [add], billing: {change: nothing}, cites: [S1]}\n"


@pytest.mark.parametrize(
    "require",
    ["fits(quantity)", "fits(1) and fits(quantity)", "fits(quantity) and fits(quantity + 0)", "fits(1 * quantity)"],
)
def test_where_a_fact_of_what_is_looked_for_turns_is_found(require: str) -> None:
    """Whatever else the fact is asked for, with an equal value too: one that stays tells nothing of one that moves."""
    changed = {"state.schema.yaml": STATE, "actions.yaml": ACTIONS, "facts.yaml": FACTS, "rules.yaml": RULE % require}
    files = {**FILES, **changed, "billing-timing.yaml": OUTCOMES}
    del files["consequences.yaml"]
    files["codes.yaml"] = "codes:\n  reasons: {is_not_there: No room}\n  outcomes: {ok: Done}\n"
    engine = seatrules.load({f"v1/{name}": text.encode() for name, text in files.items()})
    options = engine.options({"as_of": "2025-02-01", "room": 7})
    tried = {each.action["quantity"]: each.decision for each in options.options}
    assert (tried[7], tried[8]) == ("allow", "deny")
