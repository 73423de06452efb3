"""The rules of seat-desk in the texts of the engines that read lists: when each rule is broken, in the policy's order.

Each is handed the action and the whole state. Python counts how many different users are listed, but for Rego, and adds
up the seats for CEL. No type is checked: what is no list or no text is an error in some, and nothing in others.
"""

from __future__ import annotations

from itertools import compress
from typing import Any

from .peer import Answer, Decide, Peer, answer

CODES = (
    "actor_unknown",
    "actor_not_active",
    "actor_not_admin",
    "user_unknown",
    "user_not_active",
    "guest",
    "seat_held",
    "too_many_seats",
    "no_seat_free",
    "core_overdrawn",
    "sales_overdrawn",
    "service_overdrawn",
    "user_listed_twice",
    "user_limit",
    "no_admin",
    "subscription_over",
)
PRODUCTS = ("core", "sales", "service", "viewer")
Document = dict[str, Any]
Logic = dict[str, Any]


def document(action: dict[str, Any], state: dict[str, Any]) -> Document:
    """The action and the whole state, with how many different users there are."""
    return {"action": action, "different": len({each["id"] for each in state["users"]}), **state}


def zen_texts() -> list[str]:
    actor, user = "#.id == action.actor", "#.id == action.user"
    held = "count(users, {} in #.seats)"
    sums = "sum(map(filter(seats, #.product == {}), #.{}))"
    overdrawn = [f"{held} > {sums}".format(f'"{each}"', f'"{each}"', "bought") for each in PRODUCTS[:3]]
    return [
        f"not some(users, {actor})",
        f'some(users, {actor} and #.status != "active")',
        f'not some(users, {actor} and #.role == "admin")',
        f"not some(users, {user})",
        f'some(users, {user} and #.status != "active")',
        f'action.product != "viewer" and some(users, {user} and #.role == "guest")',
        f"some(users, {user} and action.product in #.seats)",
        f"some(users, {user} and len(#.seats) >= 2)",
        held.format("action.product")
        + f" >= {sums.format('action.product', 'bought')} - {sums.format('action.product', 'leaving')}",
        *overdrawn,
        "different != len(users)",
        'count(users, #.status == "active") > account.user_limit',
        'not some(users, #.role == "admin" and #.status == "active")',
        "not some(subscriptions, #.product == action.product and not #.cancelled and d(#.renews_on) > d(as_of))",
    ]


def cel_texts() -> list[str]:
    actor, user = "u.id == action.actor", "u.id == action.user"
    held = "users.filter(u, {} in u.seats).size()"
    return [
        f"!users.exists(u, {actor})",
        f'users.exists(u, {actor} && u.status != "active")',
        f'!users.exists(u, {actor} && u.role == "admin")',
        f"!users.exists(u, {user})",
        f'users.exists(u, {user} && u.status != "active")',
        f'action.product != "viewer" && users.exists(u, {user} && u.role == "guest")',
        f"users.exists(u, {user} && action.product in u.seats)",
        f"users.exists(u, {user} && u.seats.size() >= 2)",
        f"{held.format('action.product')} >= bought[action.product] - leaving[action.product]",
        *(f'{held} > bought["{each}"]'.format(f'"{each}"') for each in PRODUCTS[:3]),
        "different != users.size()",
        'users.filter(u, u.status == "active").size() > account.user_limit',
        '!users.exists(u, u.role == "admin" && u.status == "active")',
        "!subscriptions.exists(s, s.product == action.product && !s.cancelled && s.renews_on > as_of)",
    ]


def rule_engine_texts() -> list[str]:
    product = 'action["product"]'
    actor, user = 'u["id"] == action["actor"]', 'u["id"] == action["user"]'
    some, held = "$any([{} for u in users])", '[u for u in users if {} in u["seats"]].length'
    sums = '$sum([s["{1}"] for s in seats if s["product"] == {0}])'
    runs = f's["product"] == {product} and not s["cancelled"] and s["renews_on"] > as_of'
    return [
        "not " + some.format(actor),
        some.format(f'{actor} and u["status"] != "active"'),
        "not " + some.format(f'{actor} and u["role"] == "admin"'),
        "not " + some.format(user),
        some.format(f'{user} and u["status"] != "active"'),
        f'{product} != "viewer" and ' + some.format(f'{user} and u["role"] == "guest"'),
        some.format(f'{user} and {product} in u["seats"]'),
        some.format(f'{user} and u["seats"].length >= 2'),
        f"{held.format(product)} >= {sums.format(product, 'bought')} - {sums.format(product, 'leaving')}",
        *(f"{held.format(each)} > {sums.format(each, 'bought')}" for each in ('"core"', '"sales"', '"service"')),
        "different != users.length",
        '[u for u in users if u["status"] == "active"].length > account["user_limit"]',
        "not " + some.format('u["role"] == "admin" and u["status"] == "active"'),
        f"not $any([{runs} for s in subscriptions])",
    ]


REGO = """
package desk

held(p) := count([u | some u in input.users; p in u.seats])
bought(p) := sum([s.bought | some s in input.seats; s.product == p])
leaving(p) := sum([s.leaving | some s in input.seats; s.product == p])
actors := [u | some u in input.users; u.id == input.action.actor]
receivers := [u | some u in input.users; u.id == input.action.user]
wanted := input.action.product
actor_is_admin if { some u in actors; u.role == "admin" }
is_administered if { some u in input.users; u.role == "admin"; u.status == "active" }
runs if { some s in input.subscriptions; s.product == wanted; not s.cancelled; s.renews_on > input.as_of }
"""
REGO_TEXTS = (
    "count(actors) == 0",
    'some u in actors; u.status != "active"',
    "not actor_is_admin",
    "count(receivers) == 0",
    'some u in receivers; u.status != "active"',
    'wanted != "viewer"; some u in receivers; u.role == "guest"',
    "some u in receivers; wanted in u.seats",
    "some u in receivers; count(u.seats) >= 2",
    "held(wanted) >= bought(wanted) - leaving(wanted)",
    *(f'held("{each}") > bought("{each}")' for each in PRODUCTS[:3]),
    "count({u.id | some u in input.users}) != count(input.users)",
    'count([u | some u in input.users; u.status == "active"]) > input.account.user_limit',
    "not is_administered",
    "not runs",
)


def value(path: str, *, up: int = 0) -> Logic:
    return {"val": [[up], *path.split(".")] if up else path.split(".")}


def logic() -> list[Logic]:
    users, product = value("users"), value("action.product")
    actor = {"===": [value("id"), value("action.actor", up=2)]}
    user = {"===": [value("id"), value("action.user", up=2)]}
    is_active, is_admin = {"===": [value("status"), "active"]}, {"===": [value("role"), "admin"]}
    outer = value("action.product", up=2)

    def some(*conditions: Logic) -> Logic:
        return {"some": [users, {"and": [*conditions]}]}

    def held(what: Any) -> Logic:
        return {"length": [{"filter": [users, {"in": [what, value("seats")]}]}]}

    def total(what: Any, name: str) -> Logic:
        of = {"filter": [value("seats"), {"===": [value("product"), what]}]}
        return {"reduce": [of, {"+": [value(f"current.{name}"), value("accumulator")]}, 0]}

    runs = [
        {"===": [value("product"), outer]},
        {"!": [value("cancelled")]},
        {">": [value("renews_on"), value("as_of", up=2)]},
    ]
    return [
        {"!": [some(actor)]},
        some(actor, {"!": [is_active]}),
        {"!": [some(actor, is_admin)]},
        {"!": [some(user)]},
        some(user, {"!": [is_active]}),
        {"and": [{"!==": [product, "viewer"]}, some(user, {"===": [value("role"), "guest"]})]},
        some(user, {"in": [outer, value("seats")]}),
        some(user, {">=": [{"length": [value("seats")]}, 2]}),
        {">=": [held(outer), {"-": [total(outer, "bought"), total(outer, "leaving")]}]},
        *({">": [held(each), total(each, "bought")]} for each in PRODUCTS[:3]),
        {"!==": [value("different"), {"length": [users]}]},
        {">": [{"length": [{"filter": [users, is_active]}]}, value("account.user_limit")]},
        {"!": [some(is_admin, is_active)]},
        {"!": [{"some": [value("subscriptions"), {"and": runs}]}]},
    ]


def prepare_datalogic() -> Decide:
    import datalogic_py

    engine = datalogic_py.Engine()
    session, conditions = engine.session(), engine.compile(logic())
    return lambda action, state: answer([*compress(CODES, session.evaluate(conditions, document(action, state)))])


def prepare_zen() -> Decide:
    import zen

    conditions = zen.compile_expression(f"[{', '.join(zen_texts())}]")
    return lambda action, state: answer([*compress(CODES, conditions.evaluate(document(action, state)))])


def prepare_cel() -> Decide:
    import cel

    programs = [cel.compile(text) for text in cel_texts()]

    def decide(action: dict[str, Any], state: dict[str, Any]) -> Answer:
        sums = {
            name: {
                product: sum(each[name] for each in state["seats"] if each["product"] == product)
                for product in PRODUCTS
            }
            for name in ("bought", "leaving")
        }
        context = cel.Context({**document(action, state), **sums})
        return answer([code for code, program in zip(CODES, programs, strict=True) if program.execute(context)])

    return decide


def prepare_rule_engine() -> Decide:
    import rule_engine

    context = rule_engine.Context(resolver=rule_engine.resolve_item)
    rules = [rule_engine.Rule(text, context=context) for text in rule_engine_texts()]

    def decide(action: dict[str, Any], state: dict[str, Any]) -> Answer:
        whole = document(action, state)
        return answer([code for code, rule in zip(CODES, rules, strict=True) if rule.matches(whole)])

    return decide


def prepare_rego() -> Decide:
    import regopy

    author = regopy.Interpreter()
    texts = [f'broken contains "{code}" if {{ {text} }}\n' for code, text in zip(CODES, REGO_TEXTS, strict=True)]
    author.add_module("desk", REGO + "".join(texts))
    bundle, interpreter = author.build(None, ["desk/broken"]), regopy.Interpreter()

    def decide(action: dict[str, Any], state: dict[str, Any]) -> Answer:
        interpreter.set_input({"action": action, **state})
        output = interpreter.query_bundle_entrypoint(bundle, "desk/broken")
        return answer(sorted(output.results[0].expressions[0], key=CODES.index))

    return decide


PEERS = (
    Peer("datalogic-py", "datalogic-py", "", prepare_datalogic),
    Peer("zen-engine: expressions", "zen-engine", "", prepare_zen),
    Peer("common-expression-language", "common-expression-language", "", prepare_cel),
    Peer("rule-engine", "rule-engine", "", prepare_rule_engine),
    Peer("regopy", "regopy", "", prepare_rego),
)
