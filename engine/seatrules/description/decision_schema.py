"""The JSON Schema of a decision, as `Decision.as_dict` gives it to all but a `customer`, who is told in prose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from ..change.effects import Op
from ..decision.values import Verdict
from ..program import Program
from .schemas import DRAFT

_TEXT: dict[str, Any] = {"type": "string"}
_TEXT_OR_NULL: dict[str, Any] = {"type": ["string", "null"]}
_DAY: dict[str, Any] = {"type": "string", "format": "date"}
_DATA: dict[str, Any] = {"type": "object"}
_ANY: dict[str, Any] = {}
_TRUE_FALSE_OR_NULL: dict[str, Any] = {"type": ["boolean", "null"]}
_CITES: dict[str, Any] = {"type": "array", "items": {"$ref": "#/$defs/statement"}}
_PLACE = _TEXT_OR_NULL
"""Where something is written in the policy's files; null to who sees no places."""


def decision_schema(program: Program) -> dict[str, Any]:
    """The schema of a decision by a version of a policy.

    What is required is there whoever reads it, a `text` for a `customer`; what else may be there is described. A later
    engine may add keys.
    """
    codes = {group: {"enum": list(lines)} for group, lines in program.codes.items()}
    return {
        "$schema": DRAFT,
        "type": "object",
        "required": ["decision", "as_of"],
        "if": {"required": ["text"]},
        "else": {"required": ["reasons", "outcome", "warnings", "notices", "policy"]},
        "properties": {
            "decision": {"enum": list(get_args(Verdict))},
            "reasons": _list(_reason(codes.get("reasons", _TEXT))),
            "outcome": {"$ref": "#/$defs/outcome"},
            "warnings": _list(_reason(codes.get("warnings", _TEXT))),
            "notices": _list(
                _part("code message from", rule=_TEXT, book=_TEXT, code=_TEXT, message=_TEXT, entry=_DATA, **_FROM)
            ),
            "billing": {
                "type": ["object", "array", "null"],
                **_bill(program),
                "items": {"type": "object", **_bill(program)},
            },
            "effects": _list({"$ref": "#/$defs/effect"}),
            "policy": {"$ref": "#/$defs/policy"},
            "as_of": _DAY,
            "bookings": {"type": ["array", "null"], "items": {"type": "object", **_bill(program)}},
            "versions": _list(
                _part("from name version digest settings", **_FROM, **_POLICY["properties"]),
            ),
            "missing": _list(_part("path rules", path=_TEXT, rules=_list(_TEXT))),
            "notes": _list(_part("code message path", code=_TEXT, message=_TEXT, path=_TEXT, suggestion=_TEXT)),
            "state_warnings": _list({"$ref": "#/$defs/state_warning"}),
            "invariants_checked": {"const": False},
            "remedies": _DATA,
            "depends_on": _list(_DATA),
            "text": _TEXT,
            "sentences": _list(_part("about text", about=_TEXT, text=_TEXT)),
        },
        "$defs": _DEFS,
    }


def _list(items: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _part(required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required.split(), "properties": properties}


def _bill(program: Program) -> dict[str, Any]:
    """What an entry of a bill says first; the other keys are the policy's own."""
    return {"required": ["change"], "properties": {"change": {"enum": [*program.billing_changes, None]}}}


def _reason(code: Mapping[str, Any]) -> dict[str, Any]:
    return _part(
        "code message",
        code=code,
        rule=_TEXT,
        message=_TEXT,
        at=_PLACE,
        book=_TEXT,
        conditions=_list({"$ref": "#/$defs/condition"}),
        cites=_CITES,
        about=_TEXT,
        entry=_DATA,
    )


def _parts_of_a_condition(**more: Any) -> dict[str, Any]:
    return _part(
        " ".join(["expression holds facts", *more]).replace(" dated", ""),
        expression=_TEXT,
        holds=_TRUE_FALSE_OR_NULL,
        facts=_DATA,
        operands=_list({"$ref": "#/$defs/operand"}),
        entries=_list(_part("key facts", key=_ANY, facts=_DATA)),
        more={"type": "integer", "minimum": 0},
        **more,
    )


_FROM = {"from": _DAY}
_POLICY = _part(
    "name version digest settings",
    name=_TEXT,
    version=_TEXT,
    digest=_TEXT,
    extensions=_list(_part("name digest", name=_TEXT, digest=_TEXT)),
    settings=_DATA,
)
_DEFS: dict[str, Any] = {
    "policy": _POLICY,
    "statement": _part("id quote", id=_TEXT, quote=_TEXT_OR_NULL, meaning=_TEXT, says=_TEXT_OR_NULL, source=_DATA),
    "condition": _parts_of_a_condition(
        at=_PLACE,
        dated=_list(_part("read from at", read=_TEXT, at=_PLACE, **{"from": {**_DAY, "type": ["string", "null"]}})),
    ),
    "operand": _parts_of_a_condition(),
    "outcome": {
        **_part(
            "code message",
            code=_TEXT,
            message=_TEXT,
            rule=_TEXT,
            at=_PLACE,
            book=_TEXT,
            cites=_CITES,
            entries=_list(_part("entry code message rule", entry=_DATA, code=_TEXT, message=_TEXT, rule=_TEXT)),
        ),
        "type": ["object", "null"],
    },
    "notice": _part("code message from", rule=_TEXT, book=_TEXT, code=_TEXT, message=_TEXT, entry=_DATA, **_FROM),
    "effect": _part(
        "path to rule op pointer from",
        path=_TEXT,
        to=_ANY,
        rule=_TEXT,
        op={"enum": list(get_args(Op))},
        pointer=_TEXT,
        creates=_DATA,
        added={"type": "array"},
        removed={"type": "array"},
        **{"from": _ANY},
    ),
    "state_warning": _part(
        "rule message at conditions cites severity path",
        rule=_TEXT,
        message=_TEXT,
        at=_PLACE,
        conditions=_list({"$ref": "#/$defs/condition"}),
        cites=_CITES,
        severity={"enum": ["error", "warning"]},
        path=_TEXT,
    ),
}
