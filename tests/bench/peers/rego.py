"""regopy (Rego): one compiled bundle, with a set of codes for each action."""

from __future__ import annotations

from typing import Any

from .document import document
from .peer import Answer, Decide, Peer, answer, by_action

MODULE = """
package seats

wanted := input.action.seat_type
paid_types := {"core", "sales", "service"}
types_that_need_a_subscription := {"core", "sales", "service", "view_only"}
hub_types := {"sales", "service"}
counted_types := {"core", "sales", "service", "free"}

paid_subscription if { some s in input.subscriptions; s.tier != "free" }

offered if { paid_subscription; wanted in {"core", "view_only"} }
offered if { wanted in hub_types; some s in input.subscriptions; s.tier != "free"; s.hub == wanted }

legacy if { input.account.created_on < "2024-03-05"; not input.account.migrated }

unassigned := input.counts.purchased - input.counts.assigned
due if {
    input.counts.pending_removal > 0
    input.counts.pending_effective_on != null
    input.counts.pending_effective_on <= input.as_of
}
leaving := input.counts.pending_removal if due else := 0

holds if wanted in input.user.seats
holds_exclusive if { some t in input.user.seats; t != "free" }
"""
TEXTS = {
    "seats-need-a-paid-subscription": "wanted in types_that_need_a_subscription; not paid_subscription",
    "removals-need-a-paid-subscription": "wanted in types_that_need_a_subscription; not paid_subscription",
    "account-is-set-up-first": "wanted in paid_types; not input.account.setup_complete",
    "seat-type-comes-with-the-plan": "wanted in types_that_need_a_subscription; not offered",
    "legacy-accounts-have-hub-seats-only": "legacy; not wanted in hub_types",
    "billing-changes-need-modify-billing": 'not "modify_billing" in input.doer.permissions',
    "only-paid-seats-are-sold": "not wanted in paid_types",
    "quantity-is-at-least-one": "input.action.quantity < 1",
    "only-unassigned-seats-are-removed": "input.action.quantity > unassigned - input.counts.pending_removal",
    "a-removal-that-is-due-stands": "due",
    "seats-go-to-active-users": 'input.user.status != "active"',
    "removed-users-give-no-seat": 'input.user.status == "removed"',
    "a-seat-is-given-once": "holds",
    "one-seat-a-user": 'not legacy; wanted != "free"; not holds; holds_exclusive',
    "a-seat-is-available": "wanted in counted_types; unassigned - leaving < 1",
    "the-seat-is-held": "not holds",
    "unassign-from-active-users-only": 'wanted in paid_types; holds; input.user.status != "active"',
    "partner-seats-for-partner-employees": 'wanted == "partner"; not input.user.partner_employee',
    "partner-seats-in-client-accounts": 'wanted == "partner"; input.account.kind != "customer"',
}


def prepare() -> Decide:
    import regopy

    rules = by_action(TEXTS)
    texts = [f'{name} contains "{code}" if {{ {text} }}\n' for name in rules for code, text in rules[name]]
    author = regopy.Interpreter()
    author.add_module("seats", MODULE + "".join(texts))
    bundle = author.build(None, [f"seats/{name}" for name in rules])
    interpreter = regopy.Interpreter()
    places = {name: [code for code, _ in rules[name]].index for name in rules}

    def decide(action: dict[str, Any], state: dict[str, Any]) -> Answer:
        name = action["type"]
        interpreter.set_input(document(action, state))
        output = interpreter.query_bundle_entrypoint(bundle, f"seats/{name}")
        return answer(sorted(output.results[0].expressions[0], key=places[name]))

    return decide


PEER = Peer(
    "regopy",
    "regopy",
    "one compiled bundle, a set of codes an action: every reason in one query. It reads nested data and loops",
    prepare,
)
