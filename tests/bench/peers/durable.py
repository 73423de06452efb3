"""durable-rules (Rete): for each action one rule set, on a fact that is asserted, answered and retracted."""

from __future__ import annotations

from typing import Any

from .document import facts
from .peer import Answer, Decide, Peer, answer, by_action

PAID = ("core", "sales", "service")


def texts(m: Any) -> dict[str, Any]:
    """The conditions, written with the `m` of durable-rules. A rule of its own compares with constants only."""

    def wanted_in(*names: str) -> Any:
        condition = m.seat_type == names[0]
        for name in names[1:]:
            condition |= m.seat_type == name
        return condition

    def wanted_not_in(*names: str) -> Any:
        condition = m.seat_type != names[0]
        for name in names[1:]:
            condition &= m.seat_type != name
        return condition

    needs_subscription = (*PAID, "view_only")
    no, yes = False, True
    return {
        "seats-need-a-paid-subscription": wanted_in(*needs_subscription) & (m.paid_subscription == no),
        "removals-need-a-paid-subscription": wanted_in(*needs_subscription) & (m.paid_subscription == no),
        "account-is-set-up-first": wanted_in(*PAID) & (m.setup_complete == no),
        "seat-type-comes-with-the-plan": wanted_in(*needs_subscription) & (m.offered == no),
        "legacy-accounts-have-hub-seats-only": (m.legacy == yes) & wanted_not_in("sales", "service"),
        "billing-changes-need-modify-billing": m.may_modify_billing == no,
        "only-paid-seats-are-sold": wanted_not_in(*PAID),
        "quantity-is-at-least-one": m.quantity < 1,
        "only-unassigned-seats-are-removed": m.missing > 0,
        "a-removal-that-is-due-stands": m.due == yes,
        "seats-go-to-active-users": m.status != "active",
        "removed-users-give-no-seat": m.status == "removed",
        "a-seat-is-given-once": m.holds == yes,
        "one-seat-a-user": (m.legacy == no) & (m.seat_type != "free") & (m.holds == no) & (m.holds_exclusive == yes),
        "a-seat-is-available": wanted_in(*PAID, "free") & (m.available < 1),
        "the-seat-is-held": m.holds == no,
        "unassign-from-active-users-only": wanted_in(*PAID) & (m.holds == yes) & (m.status != "active"),
        "partner-seats-for-partner-employees": (m.seat_type == "partner") & (m.partner_employee == no),
        "partner-seats-in-client-accounts": (m.seat_type == "partner") & (m.kind != "customer"),
    }


def prepare() -> Decide:
    from durable import engine, lang

    found: list[str] = []
    rules = by_action(texts(lang.m))
    for name in rules:
        with lang.ruleset(name):
            for index, (code, condition) in enumerate(rules[name]):
                lang.when_all(condition)(note(code, found, f"rule_{index}"))
    places = {name: [code for code, _ in rules[name]].index for name in rules}

    def decide(action: dict[str, Any], state: dict[str, Any]) -> Answer:
        name = action["type"]
        fact = facts(action, state) | {"id": 1}
        if "removable" in fact and "quantity" in fact:
            fact["missing"] = fact["quantity"] - fact["removable"]
        found.clear()
        try:
            lang.assert_fact(name, fact)
        except engine.MessageNotHandledException:  # No rule is broken.
            return answer([])
        lang.retract_fact(name, fact)
        return answer(sorted(found, key=places[name]))

    return decide


def note(code: str, found: list[str], name: str) -> Any:
    """What a rule does when it fires; rules of a set are known by the names of these functions."""

    def noted(_: Any) -> None:
        found.append(code)

    noted.__name__ = name
    return noted


PEER = Peer(
    "durable-rules",
    "durable-rules",
    "a rule set an action, on a flat fact that is asserted and retracted: every rule that matches fires. Dates, "
    "loops, counts and a comparison of two numbers are computed in Python",
    prepare,
)
