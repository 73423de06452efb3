"""The rulesets of an action, as durable-rules takes them, and the export of a whole policy version.

Of every requirement there are rules that say that it holds and rules that say that it fails. For a fact only one side
may fire. That neither or both do, or that the rule which always fires does not, is how a fault of durable-rules shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..language import tree as t
from ..language.types import MapOf
from ..program import ActionType, Clause, Program
from .translate import FactField, FieldComparison, Split, Term, Translator, requirement

MAX_RULES = 60
"""The most rules in one ruleset: durable-rules follows at most 64 that match at a time."""
ASKED = "asked"
"""The field, and the rule, that say that there was an answer at all."""
SIDES = ("holds", "fails")
_RESERVED = (
    ASKED,
    "id",
    "sid",
    "$s",
    "$i",
    "$m",
    "$and",
    "$or",
    "$eq",
    "$ex",
    "$gt",
    "$gte",
    "$iall",
    "$iany",
    "$imt",
    "$lt",
    "$lte",
    "$mt",
    "$neq",
    "$nex",
    "$forward",
)
"""Names that mean something else to durable-rules: no field may look like one."""
_OPERATORS = {"!=": "$neq", "<": "$lt", "<=": "$lte", ">": "$gt", ">=": "$gte"}
HOW_TO_POST = (
    "post one fact to each ruleset of the action, in a session of its own, and delete that session's state afterwards",
    f'a fact has `{ASKED}`: "true" and every field of its ruleset; one whose value is absent is left out',
    'a boolean is the text "true" or "false"; a date is its number of days, 1 for 0001-01-01',
    "a number is cut to 2^62 on both sides of zero, a text to its first 1001 characters",
    f"`{ASKED}` and just one side of each rule, `holds` or `fails`, must fire; anything else is an error, not an allow",
    "an action is denied if a rule fails; its `roles` and the `facts` say what the derived fields are computed from",
    "what a map of the state does not list reads as its entry in `defaults`",
)


@dataclass(frozen=True, slots=True)
class Ruleset:
    """Some requirements of an action: the rules by name, the requirement and side of each, and the fields."""

    name: str
    rules: dict[str, dict[str, Any]]
    meaning: dict[str, tuple[str, str]]
    fields: tuple[FactField, ...]


def rulesets(program: Program, action_type: ActionType) -> list[Ruleset]:
    """The rulesets that ask every requirement that denies: one, or more where one would have too many rules."""
    translator = Translator(program.facts, _RESERVED)
    groups: list[list[tuple[str, Split]]] = [[]]
    room = MAX_RULES - 1
    for rule in denying(action_type):
        split = translator.split(requirement(rule, program))
        room -= sum(map(len, split))
        if room < 0:
            groups.append([])
            room = MAX_RULES - 1 - sum(map(len, split))
        groups[-1].append((rule.id, split))
    name = f"{program.name} {program.version} {action_type.name}"
    return [_ruleset(name if number == 1 else f"{name} {number}", part) for number, part in enumerate(groups, 1)]


def denying(action_type: ActionType) -> list[Clause]:
    """The requirements that deny the action where they fail."""
    return [rule for rule in action_type.rules if rule.denies]


def _ruleset(name: str, parts: list[tuple[str, Split]]) -> Ruleset:
    rules = {ASKED: _rule((), ASKED)}
    meaning: dict[str, tuple[str, str]] = {}
    fields: dict[str, FactField] = {}
    for rule, split in parts:
        for side, terms in zip(SIDES, split, strict=True):
            for number, term in enumerate(terms, 1):
                name_of_rule = f"{rule} {side} {number}"
                rules[name_of_rule], meaning[name_of_rule] = _rule(term, f"{rule} {side}"), (rule, side)
                fields |= {each.field.name: each.field for each in term}
    return Ruleset(name, rules, meaning, tuple(fields[name] for name in sorted(fields)))


def _rule(term: Term, run: str) -> dict[str, Any]:
    conditions = [_condition(each) for each in term] or [{ASKED: "true"}]
    return {"all": [{"m": {"$and": conditions}}], "run": run}


def _condition(each: FieldComparison) -> dict[str, Any]:
    compared: dict[str, Any] = {each.field.name: each.value}
    return compared if each.op == "==" else {_OPERATORS[each.op]: compared}


def export(program: Program) -> dict[str, Any]:
    """A version of a policy for a team that runs durable-rules: every action's rulesets, and what to post to them."""
    return {
        "policy": program.policy.identity,
        "settings": dict(program.settings),
        "how_to_post": list(HOW_TO_POST),
        "facts": {
            name: {"given": list(body.parameters), "is": body.value.text} for name, body in program.facts.items()
        },
        "cutoffs": _cutoffs(program),
        "defaults": {
            name: dict(kind.default)
            for name, kind in program.state.fields.items()
            if isinstance(kind, MapOf) and kind.default is not None
        },
        "tables": {name: dict(table.rows) for name, table in program.tables.items()},
        "actions": {
            name: _exported(program, action_type)
            for name, action_type in program.actions.items()
            if action_type.each is None
        },
    }


def _cutoffs(program: Program) -> dict[str, str]:
    """The dates of the cutoffs that the facts name."""
    named = [part for body in program.facts.values() for part in t.parts(body.value) if isinstance(part, t.Named)]
    dates = {part.text: part.value for part in named if part.text.startswith("cutoffs.")}
    return {text.removeprefix("cutoffs."): dates[text] for text in sorted(dates)}


def _exported(program: Program, action_type: ActionType) -> dict[str, Any]:
    parts = rulesets(program, action_type)
    fields = {field.name: field for part in parts for field in part.fields}
    derived = {name: field for name, field in fields.items() if field.derived}
    roles = [part for field in fields.values() for part in t.parts(field.expr) if isinstance(part, t.Role)]
    return {
        "codes": {rule.id: rule.code for rule in denying(action_type)},
        "roles": {role.name: role.value.text for role in roles},
        "given": {name: field.kind for name, field in sorted(fields.items()) if not field.derived},
        "derived": {
            name: {"type": field.kind, "expression": field.expr.text} for name, field in sorted(derived.items())
        },
        "rulesets": {part.name: part.rules for part in parts},
    }
