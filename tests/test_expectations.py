"""What a case expects and does not come out is a difference; what it does not mention is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatrules.suites import Engines, read_suite, run_case
from seatrules.suites.run import Mismatch
from test_cli_suites import BASES, suites

PARK = "action: {type: park, car: c, lot_name: north, hours: 1}"
STEP = "{at: '2025-03-02', action: {type: park, car: c, lot_name: north, hours: 1}, expect: {%s}}"
BUSY = "with: {lots: {north: {free: 1}}}, set: {strictness: harsh}"
EXPIRES = "with: {cars: {d: {permit_until: '2025-03-02'}}}"
EVENT = "{date: '2025-03-02', rule: a-permit-runs-out, code: expired}"
LISTED = {
    "another key than the outcome's": (f"{PARK}, expect: {{reason_key: left}}", ["reason_key"]),
    "the outcome's key": (f"{PARK}, expect: {{reason_key: parked}}", []),
    "a warning beside what is billed": (f"{BUSY}, {PARK}, expect: {{reason_key: parked}}", ["warnings"]),
    "a warning that is expected": (f"{BUSY}, {PARK}, expect: {{reason_key: parked, warnings: [busy]}}", []),
    "a warning beside a verdict alone": (f"{BUSY}, {PARK}, expect: {{decision: allow}}", []),
    "an effect whose path only begins like one that is ignored": (f"{PARK}, expect: {{effects: []}}", ["effects"]),
    "an error of a story that goes on to its end": (
        f"steps: [{STEP % 'decision: allow'}], expect: {{error: unknown_key}}",
        ["error"],
    ),
    "an event that does not come": (f"steps: [{STEP % f'events: [{EVENT}]'}]", ["step 1: events"]),
    "an event that comes": (f"{EXPIRES}, steps: [{STEP % f'events: [{EVENT}]'}]", []),
    "no event where one comes": (f"{EXPIRES}, steps: [{STEP % 'events: []'}]", ["step 1: events"]),
}


@pytest.mark.parametrize(("case", "differences"), LISTED.values(), ids=list(LISTED))
def test_what_does_not_come_out_is_a_difference(case: str, differences: list[str], base_policy: Path) -> None:
    """Each by the name of what is expected."""
    text = f"ignore_effects: [visits, lot]\n{BASES}cases:\n  - {{id: A, base: town, {case}}}\n"
    (read,) = read_suite(suites(base_policy, one=text) / "base" / "suites" / "one.yaml").cases
    result = run_case(read, Engines(policy=str(base_policy)))
    assert [each.what for each in result.differences] == differences


INVARIANT = """invariants:
  - id: no-lot-is-full
    for: lot in lots
    require: lot.free > 0
    message: {en: "{lot.id} is full", nl: "{lot.id} is vol"}
"""


def test_a_step_that_breaks_an_invariant_is_a_difference(base_policy: Path) -> None:
    """Though all that the step expects comes out."""
    (base_policy / "base" / "invariants.yaml").write_text(INVARIANT, encoding="utf-8")
    case = f"with: {{lots: {{north: {{free: 1}}}}}}, steps: [{STEP % 'decision: allow'}]"
    text = f"{BASES}cases:\n  - {{id: A, base: town, {case}}}\n"
    (read,) = read_suite(suites(base_policy, one=text) / "base" / "suites" / "one.yaml").cases
    (difference,) = run_case(read, Engines(policy=str(base_policy))).differences
    assert difference == Mismatch("step 1: invariant no-lot-is-full", "holds", "north is full")
