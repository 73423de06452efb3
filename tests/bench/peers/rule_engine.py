"""rule-engine: a compiled rule for each of ours, asked one after the other."""

from __future__ import annotations

from typing import Any

from .document import document
from .peer import Answer, Decide, Peer, answer, by_action

WANTED = 'action["seat_type"]'
PAID = f'{WANTED} in ["core", "sales", "service"]'
NEEDS_SUBSCRIPTION = f'{WANTED} in ["core", "sales", "service", "view_only"]'
PAID_SUBSCRIPTION = '$any([s["tier"] != "free" for s in subscriptions])'
OFFERED = (
    f'$any([s["tier"] != "free" and ({WANTED} in ["core", "view_only"]'
    f' or ({WANTED} in ["sales", "service"] and {WANTED} == s["hub"])) for s in subscriptions])'
)
LEGACY = '(account["created_on"] < "2024-03-05" and not account["migrated"])'
UNASSIGNED = 'counts["purchased"] - counts["assigned"]'
DUE = (
    '(counts["pending_removal"] > 0 and counts["pending_effective_on"] != null'
    ' and counts["pending_effective_on"] <= as_of)'
)
TEXTS = {
    "seats-need-a-paid-subscription": f"{NEEDS_SUBSCRIPTION} and not {PAID_SUBSCRIPTION}",
    "removals-need-a-paid-subscription": f"{NEEDS_SUBSCRIPTION} and not {PAID_SUBSCRIPTION}",
    "account-is-set-up-first": f'{PAID} and not account["setup_complete"]',
    "seat-type-comes-with-the-plan": f"{NEEDS_SUBSCRIPTION} and not {OFFERED}",
    "legacy-accounts-have-hub-seats-only": f'{LEGACY} and not ({WANTED} in ["sales", "service"])',
    "billing-changes-need-modify-billing": 'not ("modify_billing" in doer["permissions"])',
    "only-paid-seats-are-sold": f"not ({PAID})",
    "quantity-is-at-least-one": 'action["quantity"] < 1',
    "only-unassigned-seats-are-removed": f'action["quantity"] > {UNASSIGNED} - counts["pending_removal"]',
    "a-removal-that-is-due-stands": DUE,
    "seats-go-to-active-users": 'user["status"] != "active"',
    "removed-users-give-no-seat": 'user["status"] == "removed"',
    "a-seat-is-given-once": f'{WANTED} in user["seats"]',
    "one-seat-a-user": (
        f'not {LEGACY} and {WANTED} != "free" and not ({WANTED} in user["seats"])'
        ' and $any([t != "free" for t in user["seats"]])'
    ),
    "a-seat-is-available": (
        f'{WANTED} in ["core", "sales", "service", "free"]'
        f' and {UNASSIGNED} - ({DUE} ? counts["pending_removal"] : 0) < 1'
    ),
    "the-seat-is-held": f'not ({WANTED} in user["seats"])',
    "unassign-from-active-users-only": f'{PAID} and {WANTED} in user["seats"] and user["status"] != "active"',
    "partner-seats-for-partner-employees": f'{WANTED} == "partner" and not user["partner_employee"]',
    "partner-seats-in-client-accounts": f'{WANTED} == "partner" and account["kind"] != "customer"',
}


def prepare() -> Decide:
    import rule_engine

    context = rule_engine.Context(resolver=rule_engine.resolve_item)
    compiled = {
        name: [(code, rule_engine.Rule(text, context=context)) for code, text in rules]
        for name, rules in by_action(TEXTS).items()
    }

    def decide(action: dict[str, Any], state: dict[str, Any]) -> Answer:
        part = document(action, state)
        return answer([code for code, rule in compiled[action["type"]] if rule.matches(part)])

    return decide


PEER = Peer(
    "rule-engine",
    "rule-engine",
    "a compiled rule for each of ours. It reads nested data and loops. It has no set of rules: one match a rule",
    prepare,
)
