"""zen-engine, in two ways: for each action one compiled expression, and one decision table."""

from __future__ import annotations

import json
from itertools import compress
from typing import Any

from .document import document
from .peer import Answer, Decide, Peer, answer, by_action

WANTED = "action.seat_type"
PAID = f'{WANTED} in ["core", "sales", "service"]'
NEEDS_SUBSCRIPTION = f'{WANTED} in ["core", "sales", "service", "view_only"]'
PAID_SUBSCRIPTION = 'some(subscriptions, #.tier != "free")'
OFFERED = (
    f'some(subscriptions, #.tier != "free" and ({WANTED} in ["core", "view_only"]'
    f' or ({WANTED} in ["sales", "service"] and {WANTED} == #.hub)))'
)
LEGACY = '(d(account.created_on) < d("2024-03-05") and not account.migrated)'
UNASSIGNED = "counts.purchased - counts.assigned"
DUE = (
    "(counts.pending_removal > 0 and counts.pending_effective_on != null"
    " and d(counts.pending_effective_on) <= d(as_of))"
)
TEXTS = {
    "seats-need-a-paid-subscription": f"{NEEDS_SUBSCRIPTION} and not {PAID_SUBSCRIPTION}",
    "removals-need-a-paid-subscription": f"{NEEDS_SUBSCRIPTION} and not {PAID_SUBSCRIPTION}",
    "account-is-set-up-first": f"{PAID} and not account.setup_complete",
    "seat-type-comes-with-the-plan": f"{NEEDS_SUBSCRIPTION} and not {OFFERED}",
    "legacy-accounts-have-hub-seats-only": f'{LEGACY} and not ({WANTED} in ["sales", "service"])',
    "billing-changes-need-modify-billing": 'not ("modify_billing" in doer.permissions)',
    "only-paid-seats-are-sold": f"not ({PAID})",
    "quantity-is-at-least-one": "action.quantity < 1",
    "only-unassigned-seats-are-removed": f"action.quantity > {UNASSIGNED} - counts.pending_removal",
    "a-removal-that-is-due-stands": DUE,
    "seats-go-to-active-users": 'user.status != "active"',
    "removed-users-give-no-seat": 'user.status == "removed"',
    "a-seat-is-given-once": f"{WANTED} in user.seats",
    "one-seat-a-user": (
        f'not {LEGACY} and {WANTED} != "free" and not ({WANTED} in user.seats) and some(user.seats, # != "free")'
    ),
    "a-seat-is-available": (
        f'{WANTED} in ["core", "sales", "service", "free"] and {UNASSIGNED} - ({DUE} ? counts.pending_removal : 0) < 1'
    ),
    "the-seat-is-held": f"not ({WANTED} in user.seats)",
    "unassign-from-active-users-only": f'{PAID} and {WANTED} in user.seats and user.status != "active"',
    "partner-seats-for-partner-employees": f'{WANTED} == "partner" and not user.partner_employee',
    "partner-seats-in-client-accounts": f'{WANTED} == "partner" and account.kind != "customer"',
}


def prepare_expressions() -> Decide:
    import zen

    lists = {
        name: ([code for code, _ in rules], zen.compile_expression(f"[{', '.join(text for _, text in rules)}]"))
        for name, rules in by_action(TEXTS).items()
    }

    def decide(action: dict[str, Any], state: dict[str, Any]) -> Answer:
        codes, conditions = lists[action["type"]]
        return answer(list(compress(codes, conditions.evaluate(document(action, state)))))

    return decide


def prepare_table() -> Decide:
    import zen

    engine = zen.ZenEngine()
    decisions = {
        name: engine.create_decision(zen.ZenDecisionContent(json.dumps(graph(rules))))
        for name, rules in by_action(TEXTS).items()
    }

    def decide(action: dict[str, Any], state: dict[str, Any]) -> Answer:
        rows = decisions[action["type"]].evaluate(document(action, state))["result"]
        return answer([row["code"] for row in rows])

    return decide


def graph(rules: list[tuple[str, str]]) -> dict[str, Any]:
    """A decision graph with one table: a row a rule, and every row that matches is collected."""
    table = {
        "hitPolicy": "collect",
        "inputs": [{"id": "broken", "name": "broken"}],
        "outputs": [{"id": "code", "name": "code", "field": "code"}],
        "rules": [
            {"_id": str(index), "broken": text, "code": json.dumps(code)} for index, (code, text) in enumerate(rules)
        ],
    }
    nodes = [
        {"id": "request", "type": "inputNode", "name": "request"},
        {"id": "rules", "type": "decisionTableNode", "name": "rules", "content": table},
        {"id": "codes", "type": "outputNode", "name": "codes"},
    ]
    edges = [
        {"id": f"{source}-{target}", "sourceId": source, "targetId": target, "type": "edge"}
        for source, target in (("request", "rules"), ("rules", "codes"))
    ]
    return {"nodes": nodes, "edges": edges}


EXPRESSIONS = Peer(
    "zen-engine: expressions",
    "zen-engine",
    "a compiled list of conditions an action, one evaluation. It reads nested data, loops and compares dates. An "
    "expression knows no rules or reasons: the list's places are matched with the codes in Python",
    prepare_expressions,
)
TABLE = Peer(
    "zen-engine: decision table",
    "zen-engine",
    "a table an action, a row a rule, all matching rows collected: every reason in one evaluation. It reads nested "
    "data, loops and compares dates. Each evaluation waits for other threads: dear on busy cores",
    prepare_table,
)
