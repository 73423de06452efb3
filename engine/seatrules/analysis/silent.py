"""Rules that never speak by themselves: ended before they begin, or saying only what another one says already."""

from __future__ import annotations

from ..language import tree as t
from ..policy.written import Written
from ..problems import Problems
from ..program import ActionType, Clause, Program
from .proof.conditions import is_own
from .proof.prover import Prover, Wanted


def silent_rules(written: Written, program: Program, prover: Prover, problems: Problems) -> None:
    """Warn of the rules of a version's own files that have ended, or say what another says already."""
    for entry in written.clauses["rules"]:
        until = entry.child("effective", "until")
        if not is_own(entry.span, written):
            continue
        if until is not None and entry.value["effective"]["until"] <= program.effective_from:
            message = f"rule `{entry.name}` has ended before the version comes into force on {program.effective_from}"
            problems.warning("never-in-force", message, until.span)
    _twice(written, program, problems)
    _covered(written, program, prover, problems)


def _twice(written: Written, program: Program, problems: Problems) -> None:
    for action in program.actions.values():
        if action.each is not None:
            continue
        first: dict[object, Clause] = {}
        for rule in action.rules:
            same = first.setdefault(_meaning(rule), rule)
            if same is not rule and is_own(rule.span, written):
                message = f"rule `{rule.id}` requires what `{same.id}` requires, of the same actions and as long"
                problems.warning("required-twice", message, rule.span, help="take one of the two away")


def _covered(written: Written, program: Program, prover: Prover, problems: Problems) -> None:
    """Rules that fail only where another one fails too, which gives the same code, for each of their actions."""
    covering: dict[str, list[Clause | None]] = {}
    spans = {}
    for action in program.actions.values():
        for rule in action.rules if action.each is None else ():
            covering.setdefault(rule.id, []).append(_other(rule, action, prover))
            spans[rule.id] = rule.span
    for name, others in covering.items():
        if others[0] is not None and None not in others and is_own(spans[name], written):
            message = (
                f"rule `{name}` fails only where `{others[0].id}` fails too, with the same code `{others[0].code}`"
            )
            problems.warning("covered-rule", message, spans[name], help="take it away, or give it a code of its own")


def _other(rule: Clause, action: ActionType, prover: Prover) -> Clause | None:
    """Another rule that fails wherever one fails; of two that fail in the same places, the first."""
    later, fails = False, Wanted(rule.asked, holds=False)
    for other in action.rules:
        later = later or other is rule
        if other is rule or _meaning(other) == _meaning(rule) or not _covers(other, rule, prover):
            continue
        if not (later and _covers(rule, other, prover)):
            never_alone = prover.excludes(fails) or prover.excludes(Wanted(other.asked))
            return None if never_alone else other  # what never or always fails is told by itself
    return None


def _covers(other: Clause, rule: Clause, prover: Prover) -> bool:
    """Whether one rule says wherever another one fails what that says."""
    return (
        (other.severity, other.code) == (rule.severity, rule.code)
        and _lasts(other, rule)
        and prover.excludes(Wanted(rule.asked, holds=False), Wanted(other.asked))
    )


def _lasts(other: Clause, rule: Clause) -> bool:
    """Whether the other one is in force whenever the rule is."""
    begins = other.effective_from is None or (rule.effective_from or "") >= other.effective_from
    return begins and (
        other.effective_until is None
        or (rule.effective_until is not None and rule.effective_until <= other.effective_until)
    )


def _meaning(rule: Clause) -> object:
    """What two rules share that differ in their words alone."""
    require = frozenset(t.canonical(requirement.expr) for requirement in rule.require)
    when = None if rule.when is None else t.canonical(rule.when)
    return rule.severity, when, require, rule.effective_from, rule.effective_until
