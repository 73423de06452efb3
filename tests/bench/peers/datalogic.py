"""datalogic-py (JSONLogic): for each action one compiled list, with a condition for every rule."""

from __future__ import annotations

from itertools import compress
from typing import Any

from .document import document
from .peer import Answer, Decide, Peer, answer, by_action

Logic = dict[str, Any]


def value(path: str, *, up: int = 0) -> Logic:
    """What is at a path, or at a path of the data outside of `up` levels of loops."""
    return {"val": [[up], *path.split(".")] if up else path.split(".")}


def one_of(item: Any, words: Any) -> Logic:
    return {"in": [item, words]}


def both(*conditions: Logic) -> Logic:
    return {"and": list(conditions)}


def no(condition: Logic) -> Logic:
    return {"!": [condition]}


WANTED, OUTER = value("action.seat_type"), value("action.seat_type", up=2)
IS_PAID = {"!==": [value("tier"), "free"]}
PAID = one_of(WANTED, ["core", "sales", "service"])
NEEDS_SUBSCRIPTION = one_of(WANTED, ["core", "sales", "service", "view_only"])
PAID_SUBSCRIPTION = {"some": [value("subscriptions"), IS_PAID]}
BRINGS = {
    "or": [
        one_of(OUTER, ["core", "view_only"]),
        both(one_of(OUTER, ["sales", "service"]), {"===": [OUTER, value("hub")]}),
    ]
}
OFFERED = {"some": [value("subscriptions"), both(IS_PAID, BRINGS)]}
LEGACY = both({"<": [value("account.created_on"), "2024-03-05"]}, no(value("account.migrated")))
PENDING, EFFECTIVE_ON = value("counts.pending_removal"), value("counts.pending_effective_on")
DUE = both({">": [PENDING, 0]}, {"!==": [EFFECTIVE_ON, None]}, {"<=": [EFFECTIVE_ON, value("as_of")]})
HOLDS = one_of(WANTED, value("user.seats"))
HOLDS_EXCLUSIVE = {"some": [value("user.seats"), {"!==": [{"val": []}, "free"]}]}
IS_PARTNER = {"===": [WANTED, "partner"]}
UNASSIGNED = (value("counts.purchased"), value("counts.assigned"))
TEXTS = {
    "seats-need-a-paid-subscription": both(NEEDS_SUBSCRIPTION, no(PAID_SUBSCRIPTION)),
    "removals-need-a-paid-subscription": both(NEEDS_SUBSCRIPTION, no(PAID_SUBSCRIPTION)),
    "account-is-set-up-first": both(PAID, no(value("account.setup_complete"))),
    "seat-type-comes-with-the-plan": both(NEEDS_SUBSCRIPTION, no(OFFERED)),
    "legacy-accounts-have-hub-seats-only": both(LEGACY, no(one_of(WANTED, ["sales", "service"]))),
    "billing-changes-need-modify-billing": no(one_of("modify_billing", value("doer.permissions"))),
    "only-paid-seats-are-sold": no(PAID),
    "quantity-is-at-least-one": {"<": [value("action.quantity"), 1]},
    "only-unassigned-seats-are-removed": {">": [value("action.quantity"), {"-": [*UNASSIGNED, PENDING]}]},
    "a-removal-that-is-due-stands": DUE,
    "seats-go-to-active-users": {"!==": [value("user.status"), "active"]},
    "removed-users-give-no-seat": {"===": [value("user.status"), "removed"]},
    "a-seat-is-given-once": HOLDS,
    "one-seat-a-user": both(no(LEGACY), {"!==": [WANTED, "free"]}, no(HOLDS), HOLDS_EXCLUSIVE),
    "a-seat-is-available": both(
        one_of(WANTED, ["core", "sales", "service", "free"]),
        {"<": [{"-": [*UNASSIGNED, {"if": [DUE, PENDING, 0]}]}, 1]},
    ),
    "the-seat-is-held": no(HOLDS),
    "unassign-from-active-users-only": both(PAID, HOLDS, {"!==": [value("user.status"), "active"]}),
    "partner-seats-for-partner-employees": both(IS_PARTNER, no(value("user.partner_employee"))),
    "partner-seats-in-client-accounts": both(IS_PARTNER, {"!==": [value("account.kind"), "customer"]}),
}


def prepare() -> Decide:
    import datalogic_py

    engine = datalogic_py.Engine()
    session = engine.session()
    lists = {
        name: ([code for code, _ in rules], engine.compile([text for _, text in rules]))
        for name, rules in by_action(TEXTS).items()
    }

    def decide(action: dict[str, Any], state: dict[str, Any]) -> Answer:
        codes, conditions = lists[action["type"]]
        return answer(list(compress(codes, session.evaluate(conditions, document(action, state)))))

    return decide


PEER = Peer(
    "datalogic-py",
    "datalogic-py",
    "a compiled list of conditions an action, one evaluation. It reads nested data and loops. It knows no rules or "
    "reasons: the list's places are matched with the codes in Python",
    prepare,
)
