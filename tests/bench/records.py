"""Requests on a state whose users, seats and subscriptions are lists of records, and on one of nineteen plain values.

Both have a policy of their own (`policies/`) and the same rules written by hand; they have to agree on all requests.
"""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import records_by_hand
from measure import Request, in_turn, run
from seatrules import Decision, Engine, load

POLICIES = Path(__file__).resolve().parent / "policies"
USERS = (5, 50, 500)
PRODUCTS = ("core", "sales", "service", "viewer")
REQUESTS, PLAIN_REQUESTS, ROUNDS, SLICE = 24, 200, 30, 0.02
DESK, FORM, PLAIN = "seat-desk", "order-form", "19 plain values"


class Asked(NamedTuple):
    """What is asked: the engine of a policy, the same by hand, and the requests."""

    engine: Engine
    by_hand: Any
    requests: list[Request]

    def differing(self) -> list[str]:
        """Where the engine and what is written by hand say something else: another verdict, or other codes."""
        found = []
        for number, (action, state) in enumerate(self.requests):
            ours, theirs = said(self.engine.decide(action, state)), self.by_hand(action, state)
            if ours != theirs or self.engine.allows(action, state) is not (theirs[0] == "allow"):
                found.append(f"request {number}: engine {ours}, by hand {theirs}")
        return found


def asked() -> dict[str, Asked]:
    """What is asked of each kind of state, by its name."""
    desk, form, random = load(POLICIES / DESK), load(POLICIES / FORM), Random(0)
    lists = {
        f"{count} users": Asked(desk, records_by_hand.assign, [with_users(count, random) for _ in range(REQUESTS)])
        for count in USERS
    }
    orders = [with_plain_values(random) for _ in range(PLAIN_REQUESTS)]
    return {**lists, PLAIN: Asked(form, records_by_hand.order, orders)}


def times(asked: Asked) -> dict[str, list[float]]:
    """One decision in microseconds: by hand, the verdict alone, and with its codes."""
    engine = asked.engine
    ask = {
        "by hand: verdict and codes": asked.by_hand,
        "engine.allows(): verdict": engine.allows,
        "engine.decide(): verdict and codes": lambda action, state: said(engine.decide(action, state)),
    }
    start = time.perf_counter()
    run(asked.requests, asked.by_hand)
    passes = 1 + int(SLICE / (time.perf_counter() - start))
    requests = asked.requests * passes
    return in_turn({name: partial(run, requests, each) for name, each in ask.items()}, ROUNDS, len(requests) / 1e6)


def said(decision: Decision) -> records_by_hand.Answer:
    """What a decision says, as it is said by hand."""
    return decision.decision, list(decision.codes)


def with_users(count: int, random: Random) -> Request:
    """A request on an account of so many users: now and then one is allowed, and each rule is broken at times."""
    users = [user(number, random) for number in range(count)]
    if random.random() < 0.1:
        users[-1]["id"] = users[0]["id"]
    held = {product: sum(product in each["seats"] for each in users) for product in PRODUCTS}
    seats = [
        {"product": product, "bought": max(0, held[product] + random.randint(-1, 5)), "leaving": random.randint(0, 1)}
        for product in PRODUCTS
    ]
    active = sum(each["status"] == "active" for each in users)
    state = {
        "as_of": f"2025-03-{random.randint(1, 28):02}",
        "account": {"user_limit": active + random.randint(-1, 5)},
        "users": users,
        "seats": seats,
        "subscriptions": [subscription(product, random) for product in PRODUCTS if random.random() < 0.9],
    }
    actor, receiver = ("nobody" if random.random() < 0.1 else random.choice(users)["id"] for _ in range(2))
    return {"type": "assign", "actor": actor, "user": receiver, "product": random.choice(PRODUCTS)}, state


def user(number: int, random: Random) -> dict[str, Any]:
    seats = random.sample(PRODUCTS, random.choice((0, 1, 1, 2)))
    role, status = some(random, "admin", "member", "guest"), some(random, "active", "invited", "deactivated")
    return {"id": f"u{number}", "email": f"u{number}@example.org", "role": role, "status": status, "seats": seats}


def subscription(product: str, random: Random) -> dict[str, Any]:
    renews_on = f"{some(random, '2026', '2025')}-01-{random.randint(1, 28):02}"
    return {"product": product, "cancelled": random.random() < 0.1, "renews_on": renews_on}


def with_plain_values(random: Random) -> Request:
    """A request on a form: a third of them break one rule at least."""
    price, quantity = random.choice((500, 9_000, 45_000)), random.randint(0, 12)
    state = {
        "as_of": f"2025-03-{random.randint(1, 28):02}",
        "account_status": some(random, "active", "past_due"),
        "approved": random.random() < 0.9,
        "balance": random.randint(-1_000, 1_000),
        "buyer_active": random.random() < 0.95,
        "buyer_role": some(random, "admin", "member", "guest"),
        "created_on": f"{random.randint(2022, 2024)}-05-{random.randint(1, 28):02}",
        "credit_limit": random.choice((100_000, 600_000, 9_000_000)),
        "migrated": random.random() < 0.9,
        "order_limit": random.randint(8, 20),
        "payment": random.choice(("card", "invoice")),
        "price": price,
        "region": some(random, "eu", "us", "uk", "elsewhere"),
        "renews_on": f"{some(random, '2026', '2025')}-03-{random.randint(1, 28):02}",
        "seats_bought": random.randint(15, 40),
        "seats_used": random.randint(0, 10),
        "tax_number": some(random, "NL001", ""),
        "terms_accepted": random.random() < 0.95,
        "tier": some(random, "professional", "starter", "free"),
        "trial_ends_on": f"2025-0{random.randint(1, 9)}-15",
    }
    return {"type": "order", "quantity": quantity}, state


def some(random: Random, *words: str) -> str:
    """Mostly the first word, and each of the others at times."""
    return words[0] if random.random() < 0.8 else random.choice(words)
