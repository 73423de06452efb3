"""What an adapter is, and the rules that each has its own text of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")
Answer = tuple[str, list[str]]
Decide = Callable[[dict[str, Any], dict[str, Any]], Answer]


@dataclass(frozen=True)
class Peer:
    """Another engine, asked in the way that serves it best.

    Attributes:
        package: its distribution, as on PyPI.
        practice: how it is asked, and what it can't do.
        prepare: makes it ready, outside of the timing: from an action and a state to the verdict and its codes.
    """

    name: str
    package: str
    practice: str
    prepare: Callable[[], Decide]


RULES = (
    ("seats-need-a-paid-subscription", "paid_subscription_required", ("add_seats", "assign_seat")),
    ("removals-need-a-paid-subscription", "paid_subscription_required", ("schedule_removal",)),
    ("account-is-set-up-first", "account_setup_required", ("add_seats", "assign_seat")),
    ("seat-type-comes-with-the-plan", "seat_type_requires_subscription", ("add_seats", "assign_seat")),
    ("legacy-accounts-have-hub-seats-only", "legacy_seat_type_unavailable", ("add_seats", "assign_seat")),
    ("billing-changes-need-modify-billing", "permission_modify_billing_required", ("add_seats", "schedule_removal")),
    ("only-paid-seats-are-sold", "seat_type_not_sold", ("add_seats", "schedule_removal")),
    ("quantity-is-at-least-one", "quantity_invalid", ("add_seats", "schedule_removal")),
    ("only-unassigned-seats-are-removed", "exceeds_unassigned_seats", ("schedule_removal",)),
    ("a-removal-that-is-due-stands", "removal_already_effective", ("schedule_removal",)),
    ("seats-go-to-active-users", "user_not_active", ("assign_seat",)),
    ("removed-users-give-no-seat", "user_not_active", ("unassign_seat",)),
    ("a-seat-is-given-once", "already_holds_seat", ("assign_seat",)),
    ("one-seat-a-user", "already_holds_seat", ("assign_seat",)),
    ("a-seat-is-available", "no_seat_available", ("assign_seat",)),
    ("the-seat-is-held", "seat_not_held", ("unassign_seat",)),
    ("unassign-from-active-users-only", "user_deactivated_unassign_blocked", ("unassign_seat",)),
    ("partner-seats-for-partner-employees", "partner_not_eligible", ("assign_seat",)),
    ("partner-seats-in-client-accounts", "partner_seat_client_account_only", ("assign_seat",)),
)
"""Id, code and actions of every rule that the four actions have with the default settings, in the policy's order."""


def by_action(texts: Mapping[str, T]) -> dict[str, list[tuple[str, T]]]:
    """For each action the code of every rule, with an adapter's text of when that rule is broken."""
    found: dict[str, list[tuple[str, T]]] = {}
    for id, code, actions in RULES:
        for action in actions:
            found.setdefault(action, []).append((code, texts[id]))
    return found


def answer(codes: list[str]) -> Answer:
    return ("deny" if codes else "allow"), codes
