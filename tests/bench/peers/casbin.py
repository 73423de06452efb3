"""pycasbin (ABAC): a matcher for each rule, and facts that are computed in Python as the attributes of one object."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from .document import facts
from .peer import RULES, Answer, Decide, Peer, answer, by_action

PAID = 'r.f.seat_type in ("core", "sales", "service")'
NEEDS_SUBSCRIPTION = 'r.f.seat_type in ("core", "sales", "service", "view_only")'
TEXTS = {
    "seats-need-a-paid-subscription": f"{NEEDS_SUBSCRIPTION} && !r.f.paid_subscription",
    "removals-need-a-paid-subscription": f"{NEEDS_SUBSCRIPTION} && !r.f.paid_subscription",
    "account-is-set-up-first": f"{PAID} && !r.f.setup_complete",
    "seat-type-comes-with-the-plan": f"{NEEDS_SUBSCRIPTION} && !r.f.offered",
    "legacy-accounts-have-hub-seats-only": 'r.f.legacy && !(r.f.seat_type in ("sales", "service"))',
    "billing-changes-need-modify-billing": "!r.f.may_modify_billing",
    "only-paid-seats-are-sold": f"!({PAID})",
    "quantity-is-at-least-one": "r.f.quantity < 1",
    "only-unassigned-seats-are-removed": "r.f.quantity > r.f.removable",
    "a-removal-that-is-due-stands": "r.f.due",
    "seats-go-to-active-users": 'r.f.status != "active"',
    "removed-users-give-no-seat": 'r.f.status == "removed"',
    "a-seat-is-given-once": "r.f.holds",
    "one-seat-a-user": '!r.f.legacy && r.f.seat_type != "free" && !r.f.holds && r.f.holds_exclusive',
    "a-seat-is-available": 'r.f.seat_type in ("core", "sales", "service", "free") && r.f.available < 1',
    "the-seat-is-held": "!r.f.holds",
    "unassign-from-active-users-only": f'{PAID} && r.f.holds && r.f.status != "active"',
    "partner-seats-for-partner-employees": 'r.f.seat_type == "partner" && !r.f.partner_employee',
    "partner-seats-in-client-accounts": 'r.f.seat_type == "partner" && r.f.kind != "customer"',
}
MODEL = """
[request_definition]
r = f
[policy_definition]
p = eft
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.f.seat_type == ""
"""


def prepare() -> Decide:
    import casbin
    from casbin.core_enforcer import EnforceContext

    # Matchers are m, m2, m3, ...: the model needs the first, which no rule uses.
    numbers = {id: number for number, (id, _, _) in enumerate(RULES, start=2)}
    matchers = [f"m{number} = {TEXTS[id]}\n" for id, number in numbers.items()]
    enforcer = casbin.Enforcer(casbin.Enforcer.new_model(text=MODEL + "".join(matchers)))
    contexts = by_action({id: EnforceContext("r", "p", "e", f"m{number}") for id, number in numbers.items()})

    def decide(action: dict[str, Any], state: dict[str, Any]) -> Answer:
        found = SimpleNamespace(**facts(action, state))
        return answer([code for code, context in contexts[action["type"]] if enforcer.enforce(context, found)])

    return decide


PEER = Peer(
    "pycasbin",
    "pycasbin",
    "a matcher a rule, on an object of facts (ABAC). Dates, loops and counts are computed in Python. It tells one "
    "matching policy at most: one query a rule",
    prepare,
)
