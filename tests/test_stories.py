"""Stories in suites: what a failing one shows, and what is wrong with one that is not well formed."""

from __future__ import annotations

from pathlib import Path

import pytest

from command import run
from seatrules.render.suites import failure_data, failure_text
from seatrules.suites import Engines, read_suite, run_case
from test_simulate import WRONG_EFFECTS, broken_policy

STORY = """cases:
  - id: S
    title: a removal
    state:
      as_of: '2024-11-15'
      account: {kind: customer, created_on: '2024-06-01', migrated: false, setup_complete: true}
      subscriptions:
        - {hub: sales, tier: starter, created_on: '2024-06-01', term_start: '2024-06-01', renewal_date: '2025-06-01'}
      seats: {core: {purchased: 2, assigned: 1, pending_removal: 0, pending_effective_on: null}}
      users: {ana: {status: active, seats: [core], permissions: [modify_billing], partner_employee: false}}
    steps:
      - action: {type: schedule_removal, actor: ana, seat_type: core, quantity: 1}
        expect: {decision: allow, billing: {change: decrease, seat_type: core, quantity: 1, effective_on: '2025-06-01'}}
      - at: '2025-06-01'
        action: {type: remove_user, actor: ana, user: ana}
        expect:
          decision: allow
          events: [{date: '2025-06-01', rule: a-removal-takes-effect}, {date: '2025-06-01', rule: a-term-begins}]
    expect_state: {seats: {core: {purchased: 1}}}
"""
STEPS = STORY[STORY.index("    steps:") : STORY.index("    expect_state:")]


def differences(folder: Path, policy: str, old: str = "", new: str = "") -> list[tuple[str, object, object]]:
    """What differs when the story, with a text of it changed, is run on a policy."""
    assert old in STORY
    suite = folder / "story.yaml"
    suite.write_text(f"policy: {policy}\n" + STORY.replace(old, new) if old else f"policy: {policy}\n" + STORY)
    (case,) = read_suite(suite).cases
    return [(each.what, each.expected, each.got) for each in run_case(case, Engines()).differences]


EVENTS = [
    {"date": "2025-06-01", "rule": "a-removal-takes-effect"},
    {"date": "2025-06-01", "rule": "a-term-begins"},
]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("purchased: 1}}", "purchased: 2}}", [("state.seats.core.purchased", 2, 1)]),
        ("core: {purchased: 1}", "sales: {purchased: 1}", [("state.seats.sales", {"purchased": 1}, None)]),
        ("decision: allow\n", "decision: deny\n", [("step 2: decision", "deny", "allow")]),
        (
            "rule: a-term-begins",
            "rule: a-term-ends",
            [("step 2: events", [EVENTS[0], {**EVENTS[1], "rule": "a-term-ends"}], EVENTS)],
        ),
        (
            "user: ana}\n",
            "user: eve}\n",
            [("decision", "an answer", "an error of the request")],
        ),
        ("    expect_state:", "    expect: {error: unknown_key}\n    expect_state:", [("error", "unknown_key", None)]),
    ],
)
def test_a_story_fails_where_something_else_comes_out(
    old: str, new: str, expected: list[tuple[str, object, object]], tmp_path: Path
) -> None:
    """A story that expects otherwise names the step, or the part of the state, that differs."""
    assert differences(tmp_path, "hubspot-seats") == []
    assert differences(tmp_path, "hubspot-seats", old, new) == expected


def test_a_story_fails_where_an_invariant_breaks(tmp_path: Path) -> None:
    """An invariant that a step breaks fails the story, whatever that expects."""
    policy = broken_policy(tmp_path, *WRONG_EFFECTS[0][:3])
    found = differences(tmp_path, str(policy))
    counted = "1 of the users listed have a core seat, and 0 are assigned"
    assert found[:2] == [
        ("step 2: invariant no-more-users-hold-a-seat-than-are-assigned", "holds", counted),
        ("step 2: invariant removed-users-hold-no-seat", "holds", "ana is removed and holds a seat"),
    ]


def test_a_broken_invariant_is_shown_with_its_conditions(tmp_path: Path) -> None:
    """Beside the message: which condition does not hold, and where it is written."""
    suite = tmp_path / "story.yaml"
    suite.write_text(f"policy: {broken_policy(tmp_path, *WRONG_EFFECTS[0][:3])}\n" + STORY)
    result = run_case(read_suite(suite).cases[0], Engines())
    assert (
        "\n\n  step 2:\n"
        "  removed-users-hold-no-seat: ana is removed and holds a seat\n"
        "    len(u.seats) == 0  -> does not hold\n"
        '      u.seats = ["core"]\n'
        "    2024-11-01/invariants.yaml:"
    ) in failure_text(result, "en")
    shown = failure_data(result, "nl")["broken"][1]
    assert (shown["step"], shown["rule"]) == (2, "removed-users-hold-no-seat")
    assert [condition["holds"] for condition in shown["conditions"]] == [False]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("    steps:", "    action: {}\n    steps:", "12:5: `action` is for a case without `steps`"),
        ("    steps:", "    partial: true\n    steps:", "12:5: `partial` is for a case without `steps`"),
        (
            "    expect_state:",
            "    expect: {decision: allow}\n    expect_state:",
            "20:14: there is no key `decision` here",
        ),
        ("    steps:", "    stps:", "3:5: the key `action` is missing here"),
        (STEPS, "    action: {}\n    expect: {decision: allow}\n", "14:5: `expect_state` is for a case with `steps`"),
        ("at: '2025-06-01'\n", "at: '2025-06-31'\n", "15:13: `2025-06-31` is not a date"),
        (
            "        expect:\n          decision: allow\n",
            "        expct:\n          decision: allow\n",
            "15:9: the key `expect` is missing here",
        ),
    ],
)
def test_a_story_that_is_not_well_formed_is_an_error(old: str, new: str, said: str, tmp_path: Path) -> None:
    """A case has an action or steps, and a story its own words."""
    assert old in STORY
    suite = tmp_path / "story.yaml"
    suite.write_text("policy: hubspot-seats\n" + STORY.replace(old, new))
    done = run("test", str(suite))
    assert (done.returncode, done.stdout) == (65, b"")
    place, message = said.split(": ", 1)
    lines = [line for line in done.stderr.decode().splitlines() if line.startswith(f"{suite}:{place}: error[")]
    assert f"case `S`: {message}" in [line.split("]: ", 1)[1] for line in lines]
