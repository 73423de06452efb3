"""cedarpy (Cedar): for each action one parsed policy set, with a `forbid` for every rule."""

from __future__ import annotations

from typing import Any

from .document import document, paid_hubs
from .peer import Answer, Decide, Peer, answer, by_action

WANTED = "context.action.seat_type"
PAID = f'["core", "sales", "service"].contains({WANTED})'
NEEDS_SUBSCRIPTION = f'["core", "sales", "service", "view_only"].contains({WANTED})'
PAID_SUBSCRIPTION = "!context.paid_hubs.isEmpty()"
OFFERED = f'(context.paid_hubs.contains({WANTED}) || (["core", "view_only"].contains({WANTED}) && {PAID_SUBSCRIPTION}))'
LEGACY = '(context.account.created_on < datetime("2024-03-05") && !context.account.migrated)'
UNASSIGNED = "context.counts.purchased - context.counts.assigned"
DUE = (
    "(context.counts.pending_removal > 0 && context.counts has pending_effective_on"
    " && context.counts.pending_effective_on <= context.as_of)"
)
HOLDS = f"context.user.seats.contains({WANTED})"
EXCLUSIVE = '["core", "sales", "service", "view_only", "partner"]'
TEXTS = {
    "seats-need-a-paid-subscription": f"{NEEDS_SUBSCRIPTION} && !({PAID_SUBSCRIPTION})",
    "removals-need-a-paid-subscription": f"{NEEDS_SUBSCRIPTION} && !({PAID_SUBSCRIPTION})",
    "account-is-set-up-first": f"{PAID} && !context.account.setup_complete",
    "seat-type-comes-with-the-plan": f"{NEEDS_SUBSCRIPTION} && !{OFFERED}",
    "legacy-accounts-have-hub-seats-only": f'{LEGACY} && !["sales", "service"].contains({WANTED})',
    "billing-changes-need-modify-billing": '!context.doer.permissions.contains("modify_billing")',
    "only-paid-seats-are-sold": f"!{PAID}",
    "quantity-is-at-least-one": "context.action.quantity < 1",
    "only-unassigned-seats-are-removed": f"context.action.quantity > {UNASSIGNED} - context.counts.pending_removal",
    "a-removal-that-is-due-stands": DUE,
    "seats-go-to-active-users": 'context.user.status != "active"',
    "removed-users-give-no-seat": 'context.user.status == "removed"',
    "a-seat-is-given-once": HOLDS,
    "one-seat-a-user": f'!{LEGACY} && {WANTED} != "free" && !{HOLDS} && context.user.seats.containsAny({EXCLUSIVE})',
    "a-seat-is-available": (
        f'["core", "sales", "service", "free"].contains({WANTED})'
        f" && {UNASSIGNED} - (if {DUE} then context.counts.pending_removal else 0) < 1"
    ),
    "the-seat-is-held": f"!{HOLDS}",
    "unassign-from-active-users-only": f'{PAID} && {HOLDS} && context.user.status != "active"',
    "partner-seats-for-partner-employees": f'{WANTED} == "partner" && !context.user.partner_employee',
    "partner-seats-in-client-accounts": f'{WANTED} == "partner" && context.account.kind != "customer"',
}
ALLOW = "permit(principal, action, resource);\n"


def prepare() -> Decide:
    import cedarpy

    rules = by_action(TEXTS)
    policies = {name: cedarpy.PolicySet.from_str(ALLOW + "".join(map(forbid, rules[name]))) for name in rules}
    places = {name: [code for code, _ in rules[name]].index for name in rules}
    nothing = cedarpy.Entities.from_json_str("[]")

    def decide(action: dict[str, Any], state: dict[str, Any]) -> Answer:
        name = action["type"]
        request = {
            "principal": {"type": "User", "id": action["actor"]},
            "action": {"type": "Action", "id": name},
            "resource": {"type": "Account", "id": "account"},
            "context": context(action, state),
        }
        result = cedarpy.is_authorized(request, policies[name], nothing)
        return answer(sorted(result.diagnostics.id_annotations_by_reason.values(), key=places[name]))

    return decide


def forbid(rule: tuple[str, str]) -> str:
    code, text = rule
    return f'@id("{code}")\nforbid(principal, action, resource) when {{ {text} }};\n'


def context(action: dict[str, Any], state: dict[str, Any]) -> dict[str, Any]:
    """The document as Cedar takes it: no nulls, dates as values of the extension type, no list to loop over."""
    part = document(action, state)
    if "subscriptions" in part:
        part["paid_hubs"] = paid_hubs(part.pop("subscriptions"))
    if "account" in part:
        part["account"] = part["account"] | {"created_on": day(part["account"]["created_on"])}
    if "as_of" in part:
        part["as_of"] = day(part["as_of"])
    if "counts" in part:
        counts = dict(part["counts"])
        if (effective_on := counts.pop("pending_effective_on")) is not None:
            counts["pending_effective_on"] = day(effective_on)
        part["counts"] = counts
    return part


def day(text: str) -> dict[str, Any]:
    return {"__extn": {"fn": "datetime", "arg": text}}


PEER = Peer(
    "cedarpy",
    "cedarpy",
    "a parsed policy set an action, a `forbid` a rule: every reason in one query. The state is in the context, which "
    "takes less time than entities. It has no loops: the paid Hubs are collected in Python",
    prepare,
)
