"""What the engines are handed: plain Python, without the checks of types that ours makes; its time counts.

Handing over a whole state takes most of these engines longer than deciding, so each gets the part that the action is
about, as a user of it would pick it. What an engine can't compute itself is derived here as well.
"""

from __future__ import annotations

from typing import Any

_READ = {
    "add_seats": ("account", "subscriptions"),
    "assign_seat": ("as_of", "account", "subscriptions"),
    "schedule_removal": ("as_of", "subscriptions"),
    "unassign_seat": (),
}
_COUNTED = ("assign_seat", "schedule_removal")
_NO_SEATS = {"purchased": 0, "assigned": 0, "pending_removal": 0, "pending_effective_on": None}


def document(action: dict[str, Any], state: dict[str, Any]) -> dict[str, Any]:
    """The action, with what its rules read of the state; nothing in it is computed.

    `user` is who gets or gives a seat; `doer` is who buys or removes seats; `counts` are those of the seat type.
    """
    name = action["type"]
    found = {part: state[part] for part in _READ[name]}
    found["action"] = action
    if "user" in action:
        found["user"] = state["users"][action["user"]]
    else:
        found["doer"] = state["users"][action["actor"]]
    if name in _COUNTED:
        found["counts"] = state["seats"].get(action["seat_type"], _NO_SEATS)
    return found


def paid_hubs(subscriptions: list[dict[str, Any]]) -> list[str]:
    """The Hubs with a subscription that is paid for."""
    return [each["hub"] for each in subscriptions if each["tier"] != "free"]


def facts(action: dict[str, Any], state: dict[str, Any]) -> dict[str, Any]:
    """One flat level of facts, for an engine without loops, dates or nested data: the lookups and counts are ours."""
    part = document(action, state)
    wanted = action["seat_type"]
    found = {"seat_type": wanted}
    if "subscriptions" in part:
        hubs = paid_hubs(part["subscriptions"])
        found["paid_subscription"] = bool(hubs)
        found["offered"] = wanted in hubs or (bool(hubs) and wanted in ("core", "view_only"))
    if "account" in part:
        account = part["account"]
        found["legacy"] = account["created_on"] < "2024-03-05" and not account["migrated"]
        found["setup_complete"], found["kind"] = account["setup_complete"], account["kind"]
    if "doer" in part:
        found["quantity"] = action["quantity"]
        found["may_modify_billing"] = "modify_billing" in part["doer"]["permissions"]
    if "user" in part:
        user = part["user"]
        found["status"], found["partner_employee"] = user["status"], user["partner_employee"]
        found["holds"] = wanted in user["seats"]
        found["holds_exclusive"] = any(each != "free" for each in user["seats"])
    if "counts" in part:
        counts = part["counts"]
        unassigned, pending = counts["purchased"] - counts["assigned"], counts["pending_removal"]
        effective_on = counts["pending_effective_on"]
        found["due"] = pending > 0 and effective_on is not None and effective_on <= part["as_of"]
        found["removable"] = unassigned - pending
        found["available"] = unassigned - (pending if found["due"] else 0)
    return found
