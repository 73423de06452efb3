"""What a policy that loads may still have wrong: statements without a rule, words without a use."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from ..compiler.compile import compile_policy
from ..diagnostics import Problems, did_you_mean, echo, nearest
from ..language import tree as t
from ..policy.written import Entry, Written
from ..program import Program
from ..source import Mapping as MappingNode
from ..source import Node, Scalar, Sequence


def lint_policy(written: Written, problems: Problems, settings: Mapping[str, Any] | None = None) -> None:
    """Note every problem of a version: what keeps it from loading, and what is left without a rule or a use."""
    found = Problems()
    program = compile_policy(written, settings or {}, found)
    problems.take(found.sorted)
    if written.incomplete:
        return
    cited = set(_cited(written))
    for name, entry in written.named["statements"].items():
        excused = "no_rule" in entry.value
        if name not in cited and not excused:
            help_text = "cite it, or say in `no_rule` why it carries no rule"
            problems.error("uncited-statement", f"no entry cites statement `{name}`", entry.span, help=help_text)
        elif name in cited and excused:
            problems.error("cited-statement", f"statement `{name}` has a `no_rule`, and is cited", entry.span)
    _unused_codes(written, problems)
    _unused_names(written, problems)
    _unused_billing_words(written, problems)
    _unused_costs(written, problems)
    if not found.errors:
        _unused_roles(written, program, problems)


def _entries(written: Written) -> Iterator[Entry]:
    for kind in ("cutoffs", "settings", "facts", "actions"):
        yield from written.named[kind].values()
    yield from written.tables.values()
    for clauses in written.clauses.values():
        yield from clauses


def _cited(written: Written) -> Iterator[str]:
    for entry in _entries(written):
        yield from _cites(entry.node)


def _cites(node: Node) -> Iterator[str]:
    if isinstance(node, MappingNode):
        for key, _, child in node:
            if key == "cites" and isinstance(child, Sequence):
                yield from (item.text for item in child.items if isinstance(item, Scalar))
            else:
                yield from _cites(child)
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from _cites(item)


def _unused_codes(written: Written, problems: Problems) -> None:
    used: Counter[tuple[str, str]] = Counter()
    for entry in written.clauses["rules"]:
        group = "warnings" if entry.value.get("severity") == "warning" else "reasons"
        used[group, entry.value["otherwise"]["code"]] += 1
    for kind in ("outcomes", "events"):
        for entry in written.clauses[kind]:
            used["outcome codes", entry.value.get("code", "")] += 1
    for group in ("reasons", "outcome codes", "warnings"):
        there = written.named[group]
        # A misspelt code is an error, where it stands; that the code that was meant is not given only follows from it.
        meant = {nearest(code, there) for of, code in used if of == group and code not in there}
        for code, entry in there.items():
            if not used[group, code] and code not in meant:
                problems.warning("unused-code", f"no entry gives the code `{code}`", entry.span)


def _unused_names(written: Written, problems: Problems) -> None:
    """Facts, settings and cutoffs that no expression names."""
    texts = " ".join(text for entry in _entries(written) for text in _texts(entry.node))
    words = set(re.sub(r"[^\w.]", " ", texts).replace(".", " .").split())
    for kind, mark in (("facts", ""), ("settings", "."), ("cutoffs", ".")):
        for name, entry in written.named[kind].items():
            if mark + name not in words:
                problems.warning(f"unused-{kind.removesuffix('s')}", f"nothing reads `{name}`", entry.span)


def _unused_roles(written: Written, program: Program, problems: Problems) -> None:
    """Roles that no clause of their action reads; what only such a role reads is not read either."""
    for name, action in program.actions.items():
        clauses = (*action.rules, *action.consequences, *action.outcomes)
        exprs = [expr for clause in clauses for expr in clause.expressions]
        read = {part.name for expr in exprs for part in t.parts(expr) if isinstance(part, t.Role)}
        for role, span, _ in written.named["actions"][name].pairs("roles"):
            if role not in read:
                problems.warning("unused-role", f"nothing reads the role `{role}` of action `{name}`", span)


def _unused_billing_words(written: Written, problems: Problems) -> None:
    used = set(written.header.value["billing_changes"])
    for entry in (*written.clauses["outcomes"], *written.clauses["events"]):
        used |= entry.value.get("billing", {}).keys()
    for word, span, _ in written.header.pairs("billing_words"):
        if word not in used:
            help_text = did_you_mean(word, sorted(used))
            problems.warning(
                "unused-billing-word", f"nothing is billed with the word `{echo(word)}`", span, help=help_text
            )


def _unused_costs(written: Written, problems: Problems) -> None:
    used = {action.value.get("cost") for action in written.named["actions"].values()}
    used.add(written.header.value.get("remedies", {}).get("another_actor"))
    for scalar in written.header.scalars("remedies", "costs"):
        if scalar.text not in used:
            problems.warning("unused-cost", f"no action costs `{echo(scalar.text)}`", scalar.span)


def _texts(node: Node) -> Iterator[str]:
    """Every scalar and key."""
    match node:
        case Scalar(text=text):
            yield text
        case Sequence(items=items):
            for item in items:
                yield from _texts(item)
        case MappingNode():
            for key, _, child in node:
                yield key
                yield from _texts(child)
