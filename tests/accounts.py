"""A good state and action of the shipped policy, and small changes to them."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

STATE: dict[str, Any] = {
    "as_of": "2024-11-15",
    "account": {"kind": "customer", "created_on": "2024-06-01", "migrated": False, "setup_complete": True},
    "subscriptions": [
        {
            "hub": "sales",
            "tier": "professional",
            "created_on": "2024-06-01",
            "term_start": "2024-06-01",
            "renewal_date": "2025-06-01",
        }
    ],
    "seats": {
        "core": {"purchased": 5, "assigned": 3, "pending_removal": 0, "pending_effective_on": None},
        "sales": {"purchased": 4, "assigned": 2, "pending_removal": 0, "pending_effective_on": None},
    },
    "users": {
        "ana": {"status": "active", "seats": ["core"], "permissions": ["modify_billing"], "partner_employee": False},
        "bob": {"status": "active", "seats": ["sales"], "permissions": [], "partner_employee": False},
        "r\u00e9ne": {"status": "active", "seats": [], "permissions": [], "partner_employee": False},
    },
}
ACTION: dict[str, Any] = {"type": "add_seats", "actor": "ana", "seat_type": "core", "quantity": 2}
GONE = Ellipsis


def changed(value: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of `value` with other values at some paths (`a.b.0`, or `a|b` for keys with points); `GONE` takes away."""
    result = copy.deepcopy(dict(value))
    for path, new in changes.items():
        *steps, last = path.split("|" if "|" in path else ".")
        holder: Any = result
        for step in steps:
            holder = holder[int(step) if isinstance(holder, list) else step]
        key: Any = int(last) if isinstance(holder, list) else last
        if new is GONE:
            del holder[key]
        else:
            holder[key] = copy.deepcopy(new)
    return result


def account(bought: Mapping[str, int], held: Mapping[str, list[str]], away: Mapping[str, str]) -> dict[str, Any]:
    """The account with these seats bought and held, whose billing ana may change; `away` are statuses of users."""
    state = changed(STATE, {"users": {}, "seats": {}})
    for name, seats in held.items():
        permissions = ["modify_billing"] if name == "ana" else []
        status = away.get(name, "active")
        state["users"][name] = {
            "status": status,
            "seats": seats,
            "permissions": permissions,
            "partner_employee": False,
        }
    assigned = [seat_type for seats in held.values() for seat_type in seats]
    for seat_type in dict.fromkeys((*bought, *assigned)):
        state["seats"][seat_type] = {
            "purchased": bought.get(seat_type, 0),
            "assigned": assigned.count(seat_type),
            "pending_removal": 0,
            "pending_effective_on": None,
        }
    return state
