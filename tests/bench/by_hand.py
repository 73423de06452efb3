"""Four actions of the HubSpot policy written by hand: what the engine is measured against.

It reads the same nested state, checks the type of every fact that it reads, and says the verdict with all its codes,
in the policy's order. It says nothing else: no words, no sources, no billing, no effects.
"""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

SEAT_BASED_PRICING = "2024-03-05"
SEAT_TYPES = ("core", "sales", "service", "view_only", "partner", "free")
HUBS = ("marketing", "sales", "service", "operations", "content")
TIERS = ("free", "starter", "professional", "enterprise")
KINDS = ("customer", "partner")
STATUSES = ("active", "deactivated", "removed")
PERMISSIONS = ("modify_billing",)
PAID = ("core", "sales", "service")
COUNTED = ("core", "sales", "service", "free")
NEEDS_SUBSCRIPTION = ("core", "sales", "service", "view_only")
LEGACY = ("sales", "service")
NO_SEATS = {"purchased": 0, "assigned": 0, "pending_removal": 0, "pending_effective_on": None}


class BadRequestError(Exception):
    """A fact that is missing or is not what it should be."""


def decide(action: dict[str, Any], state: dict[str, Any]) -> tuple[str, list[str]]:
    """The verdict, with the codes of all reasons.

    Raises:
        BadRequestError: a fact is missing or of another type.
    """
    try:
        name = action["type"]
        if name == "add_seats":
            only(action, ("type", "actor", "seat_type", "quantity"))
            return add_seats(action, state)
        if name == "assign_seat":
            only(action, ("type", "actor", "seat_type", "user"))
            return assign_seat(action, state)
        if name == "schedule_removal":
            only(action, ("type", "actor", "seat_type", "quantity"))
            return schedule_removal(action, state)
        if name == "unassign_seat":
            only(action, ("type", "actor", "seat_type", "user"))
            return unassign_seat(action, state)
    except (KeyError, TypeError) as error:
        raise BadRequestError(f"missing: {error}") from None
    raise BadRequestError(f"unknown action: {name}")


def add_seats(action: dict[str, Any], state: dict[str, Any]) -> tuple[str, list[str]]:
    wanted = word(action["seat_type"], SEAT_TYPES)
    quantity = count(action["quantity"])
    day(state["as_of"])
    legacy, setup_complete = account(state)
    paid_subscription, offered = subscriptions(state, wanted)
    codes = []
    if wanted in NEEDS_SUBSCRIPTION and not paid_subscription:
        codes.append("paid_subscription_required")
    if wanted in PAID and not setup_complete:
        codes.append("account_setup_required")
    if wanted in NEEDS_SUBSCRIPTION and not offered:
        codes.append("seat_type_requires_subscription")
    if legacy and wanted not in LEGACY:
        codes.append("legacy_seat_type_unavailable")
    if not may_modify_billing(action, state):
        codes.append("permission_modify_billing_required")
    if not is_active(user(state, action["actor"])):
        codes.append("actor_not_active")
    if wanted not in PAID:
        codes.append("seat_type_not_sold")
    if quantity < 1:
        codes.append("quantity_invalid")
    return ("deny", codes) if codes else ("allow", [])


def schedule_removal(action: dict[str, Any], state: dict[str, Any]) -> tuple[str, list[str]]:
    seat_type = word(action["seat_type"], SEAT_TYPES)
    quantity = count(action["quantity"])
    today = day(state["as_of"])
    paid_subscription, _ = subscriptions(state, seat_type)
    purchased, assigned, pending, due = seats(state, seat_type, today)
    codes = []
    if seat_type in NEEDS_SUBSCRIPTION and not paid_subscription:
        codes.append("paid_subscription_required")
    if not may_modify_billing(action, state):
        codes.append("permission_modify_billing_required")
    if not is_active(user(state, action["actor"])):
        codes.append("actor_not_active")
    if seat_type not in PAID:
        codes.append("seat_type_not_sold")
    if quantity < 1:
        codes.append("quantity_invalid")
    if quantity > purchased - assigned - pending:
        codes.append("exceeds_unassigned_seats")
    if due:
        codes.append("removal_already_effective")
    elif pending > 0:
        leaves_on, renews_on = state["seats"][seat_type]["pending_effective_on"], renewal_on(state, seat_type, today)
        if leaves_on is not None and renews_on is not None and leaves_on != renews_on:
            codes.append("removal_pending_on_another_day")
    return ("deny", codes) if codes else ("allow", [])


def assign_seat(action: dict[str, Any], state: dict[str, Any]) -> tuple[str, list[str]]:
    wanted = word(action["seat_type"], SEAT_TYPES)
    today = day(state["as_of"])
    legacy, setup_complete = account(state)
    paid_subscription, offered = subscriptions(state, wanted)
    purchased, assigned, pending, due = seats(state, wanted, today)
    actor = user(state, action["actor"])
    receiver = user(state, action["user"])
    held = words(receiver["seats"], SEAT_TYPES)
    status = word(receiver["status"], STATUSES)
    unassigned = purchased - assigned
    codes = []
    if wanted in NEEDS_SUBSCRIPTION and not paid_subscription:
        codes.append("paid_subscription_required")
    if wanted in PAID and not setup_complete:
        codes.append("account_setup_required")
    if wanted in NEEDS_SUBSCRIPTION and not offered:
        codes.append("seat_type_requires_subscription")
    if legacy and wanted not in LEGACY:
        codes.append("legacy_seat_type_unavailable")
    if not is_active(actor):
        codes.append("actor_not_active")
    if status != "active":
        codes.append("user_not_active")
    if wanted in held or (not legacy and wanted != "free" and any(seat != "free" for seat in held)):
        codes.append("already_holds_seat")
    if wanted in COUNTED and unassigned - (pending if due else 0) < 1:
        codes.append("no_seat_available")
    if wanted == "partner":
        if not flag(receiver["partner_employee"]):
            codes.append("partner_not_eligible")
        if word(state["account"]["kind"], KINDS) != "customer":
            codes.append("partner_seat_client_account_only")
    if codes:
        return "deny", codes
    return "allow", []


def unassign_seat(action: dict[str, Any], state: dict[str, Any]) -> tuple[str, list[str]]:
    given_up = word(action["seat_type"], SEAT_TYPES)
    day(state["as_of"])
    actor = user(state, action["actor"])
    holder = user(state, action["user"])
    held = words(holder["seats"], SEAT_TYPES)
    status = word(holder["status"], STATUSES)
    codes = []
    if not is_active(actor):
        codes.append("actor_not_active")
    if status == "removed":
        codes.append("user_not_active")
    if given_up not in held:
        codes.append("seat_not_held")
    if given_up in PAID and given_up in held and status != "active":
        codes.append("user_deactivated_unassign_blocked")
    return ("deny", codes) if codes else ("allow", [])


def account(state: dict[str, Any]) -> tuple[bool, bool]:
    """Whether the account is a legacy one, and whether it is set up."""
    facts = state["account"]
    created_on, migrated = day(facts["created_on"]), flag(facts["migrated"])
    return created_on < SEAT_BASED_PRICING and not migrated, flag(facts["setup_complete"])


def subscriptions(state: dict[str, Any], seat_type: str) -> tuple[bool, bool]:
    """Whether one is paid, and whether one brings this seat type along."""
    paid = offered = False
    if type(state["subscriptions"]) is not list:
        raise BadRequestError("the subscriptions are no list")
    for subscription in state["subscriptions"]:
        hub, tier = word(subscription["hub"], HUBS), word(subscription["tier"], TIERS)
        day(subscription["term_start"])
        day(subscription["renewal_date"])
        if tier != "free":
            paid = True
            if seat_type in ("core", "view_only") or (seat_type in ("sales", "service") and seat_type == hub):
                offered = True
    return paid, offered


def seats(state: dict[str, Any], seat_type: str, today: str) -> tuple[int, int, int, bool]:
    """Purchased, assigned, being removed, and whether that removal is due."""
    facts = state["seats"].get(seat_type, NO_SEATS)
    purchased, assigned, pending = count(facts["purchased"]), count(facts["assigned"]), count(facts["pending_removal"])
    effective_on = facts["pending_effective_on"]
    due = effective_on is not None and day(effective_on) <= today and pending > 0
    return purchased, assigned, pending, due


def may_modify_billing(action: dict[str, Any], state: dict[str, Any]) -> bool:
    return "modify_billing" in words(user(state, action["actor"])["permissions"], PERMISSIONS)


def is_active(someone: dict[str, Any]) -> bool:
    return word(someone["status"], STATUSES) == "active"


def renewal_on(state: dict[str, Any], seat_type: str, today: str) -> str | None:
    """The first renewal, after today, of the subscription that a seat type comes with, or of any that is paid."""
    paid = [each for each in state["subscriptions"] if each["tier"] != "free"]
    own = [each for each in paid if each["hub"] == seat_type]
    return min([next_term(each, today) for each in own or paid], default=None)


def next_term(subscription: dict[str, Any], today: str) -> str:
    """The first day of the term after today's, counted from the first term where that is known."""
    begins, renews = subscription["term_start"], subscription["renewal_date"]
    if renews > today:
        return str(renews)
    from seatrules.language.days import next_renewal  # months are counted by the engine's own function

    first, second = subscription.get("first_term_start"), subscription.get("first_renewal_date")
    if first and second and first < second <= begins and next_renewal(first, second, begins) == renews:
        begins, renews = first, second
    return next_renewal(begins, renews, today)


def user(state: dict[str, Any], name: Any) -> dict[str, Any]:
    if type(name) is not str or name not in state["users"]:
        raise BadRequestError(f"no such user: {name}")
    found: dict[str, Any] = state["users"][name]
    return found


def only(action: dict[str, Any], known: tuple[str, ...]) -> None:
    for key in action:
        if key not in known:
            raise BadRequestError(f"unknown argument: {key}")


def word(value: Any, known: tuple[str, ...]) -> str:
    if type(value) is not str or value not in known:
        raise BadRequestError(f"{value!r} is none of {known}")
    return value


def words(value: Any, known: tuple[str, ...]) -> list[str]:
    if type(value) is not list or len(set(value)) < len(value):
        raise BadRequestError(f"{value!r} is no list without repetition")
    return [word(each, known) for each in value]


def count(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise BadRequestError(f"{value!r} is no count")
    return value


def flag(value: Any) -> bool:
    if type(value) is not bool:
        raise BadRequestError(f"{value!r} is not true or false")
    return value


def day(value: Any) -> str:
    if type(value) is not str or len(value) != 10:
        raise BadRequestError(f"{value!r} is no date")
    try:
        date.fromisoformat(value)
    except ValueError:
        raise BadRequestError(f"{value!r} is no date") from None
    return value


if __name__ == "__main__":
    verdict, said = decide(*(json.loads(Path(name).read_text(encoding="utf-8")) for name in sys.argv[1:3]))
    print(verdict, *said)
