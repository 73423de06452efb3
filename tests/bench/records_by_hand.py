"""The rules of seat-desk and order-form written by hand, in one pass: what the engine is measured against.

They check every value that they read, each where it is read, and say the verdict with all codes in the policies' order.
"""

from __future__ import annotations

from typing import Any

import by_hand
from by_hand import BadRequestError, count, word

ACCOUNT_STATUSES = frozenset(("active", "past_due", "closed"))
PRODUCTS = ("core", "sales", "service", "viewer")
ALL_PRODUCTS = frozenset(PRODUCTS)
ROLES = frozenset(("admin", "member", "guest"))
TIERS = frozenset(("free", "starter", "professional"))
USER_STATUSES = frozenset(("active", "invited", "deactivated"))
PAYMENTS = frozenset(("card", "invoice"))
REGIONS = frozenset(("eu", "us", "uk"))
MOST = 2**63 - 1
DAYS = set[str]()
"""Days that are known to be such."""
MOST_DAYS = 4_000
Answer = tuple[str, list[str]]


def assign(action: dict[str, Any], state: dict[str, Any]) -> Answer:
    """Whether a seat of a product may be assigned to a user.

    Raises:
        BadRequestError: a value that is read is missing, or is not what it should be.
    """
    try:
        return _assign(action, state)
    except (KeyError, TypeError, UnicodeEncodeError) as error:
        raise BadRequestError(f"missing: {error}") from None


def _assign(action: dict[str, Any], state: dict[str, Any]) -> Answer:
    if type(action) is not dict or type(state) is not dict or len(action) != 4:
        raise BadRequestError("no mapping, or another argument")
    actor, user, product = text(action["actor"]), text(action["user"]), word(action["product"], PRODUCTS)
    today = day(state["as_of"])
    account = state["account"]
    if type(account) is not dict:
        raise BadRequestError("the account is no mapping")
    limit = count(account["user_limit"])

    users = state["users"]
    if type(users) is not list:
        raise BadRequestError("the users are no list")
    seen = set()
    actor_known = user_known = is_admin = is_guest = holds = administered = False
    actor_active = user_active = few_seats = True
    held = {"core": 0, "sales": 0, "service": 0, "viewer": 0}
    active = 0
    for each in users:
        if type(each) is not dict:
            raise BadRequestError("a user is no mapping")
        key, role, state_of, seats = each["id"], each["role"], each["status"], each["seats"]
        if type(key) is not str:
            raise BadRequestError("an id is no text")
        if not key.isascii():
            key.encode()
        if type(role) is not str or role not in ROLES:
            raise BadRequestError("a role is none")
        if type(state_of) is not str or state_of not in USER_STATUSES:
            raise BadRequestError("a status is none")
        if type(seats) is not list:
            raise BadRequestError("the seats of a user are no list")
        for seat in seats:
            if type(seat) is not str or seat not in ALL_PRODUCTS:
                raise BadRequestError("a seat is of no product")
            held[seat] += 1
        if len(seats) > 1 and len(set(seats)) != len(seats):
            raise BadRequestError("a seat is listed twice")
        seen.add(key)
        if state_of == "active":
            active += 1
            if role == "admin":
                administered = True
        if key == actor:
            actor_known = True
            if state_of != "active":
                actor_active = False
            if role == "admin":
                is_admin = True
        if key == user:
            user_known = True
            if state_of != "active":
                user_active = False
            if role == "guest":
                is_guest = True
            if product in seats:
                holds = True
            if len(seats) >= 2:
                few_seats = False

    counts = state["seats"]
    if type(counts) is not list:
        raise BadRequestError("the seats are no list")
    bought = {"core": 0, "sales": 0, "service": 0, "viewer": 0}
    leaving = 0
    for each in counts:
        if type(each) is not dict:
            raise BadRequestError("a count is no mapping")
        of, number, less = each["product"], each["bought"], each["leaving"]
        if type(of) is not str or of not in ALL_PRODUCTS:
            raise BadRequestError("a count is of no product")
        if type(number) is not int or not 0 <= number <= MOST:
            raise BadRequestError("a count is no number")
        if type(less) is not int or not 0 <= less <= MOST:
            raise BadRequestError("a count is no number")
        bought[of] += number
        if of == product:
            leaving += less

    subscriptions = state["subscriptions"]
    if type(subscriptions) is not list:
        raise BadRequestError("the subscriptions are no list")
    runs = False
    for each in subscriptions:
        if type(each) is not dict:
            raise BadRequestError("a subscription is no mapping")
        of, cancelled, renews_on = each["product"], each["cancelled"], each["renews_on"]
        if type(of) is not str or of not in ALL_PRODUCTS:
            raise BadRequestError("a subscription is of no product")
        if cancelled is not True and cancelled is not False:
            raise BadRequestError("cancelled is neither true nor false")
        if type(renews_on) is not str or renews_on not in DAYS:
            day(renews_on)
        if of == product and not cancelled and renews_on > today:
            runs = True

    codes = []
    if not actor_known:
        codes.append("actor_unknown")
    if not actor_active:
        codes.append("actor_not_active")
    if not is_admin:
        codes.append("actor_not_admin")
    if not user_known:
        codes.append("user_unknown")
    if not user_active:
        codes.append("user_not_active")
    if product != "viewer" and is_guest:
        codes.append("guest")
    if holds:
        codes.append("seat_held")
    if not few_seats:
        codes.append("too_many_seats")
    if held[product] >= bought[product] - leaving:
        codes.append("no_seat_free")
    if held["core"] > bought["core"]:
        codes.append("core_overdrawn")
    if held["sales"] > bought["sales"]:
        codes.append("sales_overdrawn")
    if held["service"] > bought["service"]:
        codes.append("service_overdrawn")
    if len(seen) != len(users):
        codes.append("user_listed_twice")
    if active > limit:
        codes.append("user_limit")
    if not administered:
        codes.append("no_admin")
    if not runs:
        codes.append("subscription_over")
    return ("deny", codes) if codes else ("allow", [])


def order(action: dict[str, Any], state: dict[str, Any]) -> Answer:
    """Whether so many seats may be ordered.

    Raises:
        BadRequestError: a value that is read is missing, or is not what it should be.
    """
    try:
        return _order(action, state)
    except (KeyError, TypeError, UnicodeEncodeError) as error:
        raise BadRequestError(f"missing: {error}") from None


def _order(action: dict[str, Any], state: dict[str, Any]) -> Answer:
    if type(action) is not dict or type(state) is not dict or len(action) != 2:
        raise BadRequestError("no mapping, or another argument")
    quantity, price, balance = action["quantity"], state["price"], state["balance"]
    if type(quantity) is not int or not -MOST <= quantity <= MOST:
        raise BadRequestError("the quantity is no whole number")
    if type(price) is not int or not 0 <= price <= MOST:
        raise BadRequestError("the price is no whole number")
    if type(balance) is not int or not -MOST <= balance <= MOST:
        raise BadRequestError("the balance is no whole number")
    order_limit, credit_limit = state["order_limit"], state["credit_limit"]
    if type(order_limit) is not int or not 0 <= order_limit <= MOST:
        raise BadRequestError("the limit of an order is no whole number")
    if type(credit_limit) is not int or not 0 <= credit_limit <= MOST:
        raise BadRequestError("the limit of the credit is no whole number")
    seats_used, seats_bought = state["seats_used"], state["seats_bought"]
    if type(seats_used) is not int or not 0 <= seats_used <= MOST:
        raise BadRequestError("the seats that are used are no whole number")
    if type(seats_bought) is not int or not 0 <= seats_bought <= MOST:
        raise BadRequestError("the seats that are bought are no whole number")
    account_status, buyer_role = state["account_status"], state["buyer_role"]
    if type(account_status) is not str or account_status not in ACCOUNT_STATUSES:
        raise BadRequestError("there is no such status")
    if type(buyer_role) is not str or buyer_role not in ROLES:
        raise BadRequestError("there is no such role")
    tier, payment = state["tier"], state["payment"]
    if type(tier) is not str or tier not in TIERS:
        raise BadRequestError("there is no such tier")
    if type(payment) is not str or payment not in PAYMENTS:
        raise BadRequestError("there is no such payment")
    region, tax_number = state["region"], state["tax_number"]
    if type(region) is not str or not (region.isascii() or region.encode()):
        raise BadRequestError("the region is no text")
    if type(tax_number) is not str or not (tax_number.isascii() or tax_number.encode()):
        raise BadRequestError("the tax number is no text")
    approved, migrated = state["approved"], state["migrated"]
    if approved is not True and approved is not False:
        raise BadRequestError("approved is neither true nor false")
    if migrated is not True and migrated is not False:
        raise BadRequestError("migrated is neither true nor false")
    buyer_active, terms_accepted = state["buyer_active"], state["terms_accepted"]
    if buyer_active is not True and buyer_active is not False:
        raise BadRequestError("that the buyer is active is neither true nor false")
    if terms_accepted is not True and terms_accepted is not False:
        raise BadRequestError("that the terms are accepted is neither true nor false")
    today, created_on = state["as_of"], state["created_on"]
    trial_ends_on, renews_on = state["trial_ends_on"], state["renews_on"]
    for each in (today, created_on, trial_ends_on, renews_on):
        if type(each) is not str or each not in DAYS:
            day(each)
    codes = []
    if account_status != "active":
        codes.append("account_not_active")
    if buyer_role == "guest":
        codes.append("buyer_may_not_buy")
    if not buyer_active:
        codes.append("buyer_not_active")
    if not terms_accepted:
        codes.append("terms_not_accepted")
    if quantity < 1:
        codes.append("quantity_too_small")
    if quantity > order_limit:
        codes.append("quantity_too_large")
    if seats_used + quantity > seats_bought:
        codes.append("no_seats_left")
    total = quantity * price
    if balance + total > credit_limit:
        codes.append("credit_exceeded")
    if not approved and total >= 100000:
        codes.append("not_approved")
    if tier == "free" and trial_ends_on > today:
        codes.append("trial")
    if renews_on <= today:
        codes.append("term_over")
    if created_on >= today:
        codes.append("account_too_new")
    if payment == "invoice" and tax_number == "":
        codes.append("tax_number_missing")
    if payment == "card" and total > 500000:
        codes.append("card_limit")
    if created_on < "2024-03-05" and not migrated:
        codes.append("not_migrated")
    if region not in REGIONS:
        codes.append("region_not_served")
    return ("deny", codes) if codes else ("allow", [])


def text(value: Any) -> str:
    if type(value) is not str or not (value.isascii() or value.encode()):
        raise BadRequestError(f"{value!r} is no text")
    return value


def day(value: Any) -> str:
    """A day, which is known from then on: most requests name few of them again and again."""
    if type(value) is not str or (value not in DAYS and not by_hand.day(value)):
        raise BadRequestError(f"{value!r} is no date")
    if len(DAYS) < MOST_DAYS:
        DAYS.add(value)
    return value
