"""common-expression-language (CEL): a program for each rule, all run on one context."""

from __future__ import annotations

from typing import Any

from .document import document
from .peer import Answer, Decide, Peer, answer, by_action

WANTED = "action.seat_type"
PAID = f'{WANTED} in ["core", "sales", "service"]'
NEEDS_SUBSCRIPTION = f'{WANTED} in ["core", "sales", "service", "view_only"]'
PAID_SUBSCRIPTION = 'subscriptions.exists(s, s.tier != "free")'
OFFERED = f"""subscriptions.exists(s, s.tier != "free" && ({WANTED} in ["core", "view_only"]
    || ({WANTED} in ["sales", "service"] && {WANTED} == s.hub)))"""
LEGACY = '(account.created_on < "2024-03-05" && !account.migrated)'
UNASSIGNED = "counts.purchased - counts.assigned"
DUE = "(counts.pending_removal > 0 && counts.pending_effective_on != null && counts.pending_effective_on <= as_of)"
TEXTS = {
    "seats-need-a-paid-subscription": f"{NEEDS_SUBSCRIPTION} && !{PAID_SUBSCRIPTION}",
    "removals-need-a-paid-subscription": f"{NEEDS_SUBSCRIPTION} && !{PAID_SUBSCRIPTION}",
    "account-is-set-up-first": f"{PAID} && !account.setup_complete",
    "seat-type-comes-with-the-plan": f"{NEEDS_SUBSCRIPTION} && !{OFFERED}",
    "legacy-accounts-have-hub-seats-only": f'{LEGACY} && !({WANTED} in ["sales", "service"])',
    "billing-changes-need-modify-billing": '!("modify_billing" in doer.permissions)',
    "only-paid-seats-are-sold": f"!({PAID})",
    "quantity-is-at-least-one": "action.quantity < 1",
    "only-unassigned-seats-are-removed": f"action.quantity > {UNASSIGNED} - counts.pending_removal",
    "a-removal-that-is-due-stands": DUE,
    "seats-go-to-active-users": 'user.status != "active"',
    "removed-users-give-no-seat": 'user.status == "removed"',
    "a-seat-is-given-once": f"{WANTED} in user.seats",
    "one-seat-a-user": f"""!{LEGACY} && {WANTED} != "free" && !({WANTED} in user.seats)
        && user.seats.exists(t, t != "free")""",
    "a-seat-is-available": f"""{WANTED} in ["core", "sales", "service", "free"]
        && {UNASSIGNED} - ({DUE} ? counts.pending_removal : 0) < 1""",
    "the-seat-is-held": f"!({WANTED} in user.seats)",
    "unassign-from-active-users-only": f'{PAID} && {WANTED} in user.seats && user.status != "active"',
    "partner-seats-for-partner-employees": f'{WANTED} == "partner" && !user.partner_employee',
    "partner-seats-in-client-accounts": f'{WANTED} == "partner" && account.kind != "customer"',
}


def prepare() -> Decide:
    import cel

    programs = {name: [(code, cel.compile(text)) for code, text in rules] for name, rules in by_action(TEXTS).items()}

    def decide(action: dict[str, Any], state: dict[str, Any]) -> Answer:
        context = cel.Context(document(action, state))
        return answer([code for code, program in programs[action["type"]] if program.execute(context)])

    return decide


PEER = Peer(
    "common-expression-language",
    "common-expression-language",
    "a compiled program a rule, on one context. It reads nested data and loops. It knows no rules or reasons: "
    "one evaluation a rule",
    prepare,
)
