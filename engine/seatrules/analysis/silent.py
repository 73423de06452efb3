"""Rules that never speak by themselves: ended before they begin, or saying only what another one says already."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..diagnostics import Span
from ..language import tree as t
from ..policy.written import Written
from ..problems import Problems
from ..program import Clause, Program
from .proof.conditions import is_own
from .proof.prover import Prover, Wanted


class RulePart(NamedTuple):
    """A rule, or of several things that it requires the one of this number."""

    rule: str
    number: int | None
    span: Span


def silent_rules(written: Written, program: Program, prover: Prover, problems: Problems) -> None:
    """Warn of the rules of a version's own files that have ended, or say what another says already."""
    for entry in written.clauses["rules"]:
        until = entry.child("effective", "until")
        if not is_own(entry.span, written):
            continue
        if until is not None and entry.value["effective"]["until"] <= program.effective_from:
            message = f"rule `{entry.name}` has ended before the version comes into force on {program.effective_from}"
            help_text = "mend the day, or take the rule away"
            problems.warning("never-in-force", message, until.span, help=help_text)
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
    """Rules, and what one of several requirements adds to its rule, that fail only where another rule does.

    That is so for each of their actions. With the same code nothing is lost without it; another code may be meant to
    say more.
    """
    covering: dict[RulePart, list[Clause | None]] = {}
    for action in program.actions.values():
        rules = [rule for rule in action.rules if action.each is None and not _is_wrong(rule, program, prover)]
        for rule in rules:
            covering.setdefault(RulePart(rule.id, None, rule.span), []).append(_other(rule, rules, prover))
            for number, required in enumerate(rule.require if len(rule.require) > 1 else ()):
                part = RulePart(rule.id, number, required.span)
                covering.setdefault(part, []).append(_instead(rule, number, rules, prover))
    codes = {rule.id: rule.code for action in program.actions.values() for rule in action.rules}
    whole = {part.rule for part, others in covering.items() if part.number is None and None not in others}
    for part, others in covering.items():
        if others[0] is None or None in others or not is_own(part.span, written):
            continue
        if part.number is None or part.rule not in whole:  # else it is told of the whole rule
            same = all(other is not None and other.code == codes[part.rule] for other in others)
            _tell(part, others[0], problems, is_same=same)


def _is_wrong(rule: Clause, program: Program, prover: Prover) -> bool:
    """Whether something else is told of it: that it has ended, never applies, or always denies where it applies."""
    applies = [] if rule.when is None else [Wanted(rule.when)]
    has_ended = rule.effective_until is not None and rule.effective_until <= program.effective_from
    return has_ended or any(prover.excludes(*applies, Wanted(required.expr)) for required in rule.require)


def _tell(part: RulePart, other: Clause, problems: Problems, *, is_same: bool) -> None:
    where = "" if part.number is None else " here"
    only = f"rule `{part.rule}` fails{where} only where `{other.id}` fails too"
    if is_same:
        message, help_text = f"{only}, with the same code `{other.code}`", "take it away, or give it a code of its own"
        problems.warning("covered-rule", message, part.span, help=help_text)
    else:
        message = f"{only}, with the code `{other.code}`: it never speaks alone"
        problems.note("never-alone", message, part.span, help="take it away, unless it is meant to give a reason more")


def _other(rule: Clause, rules: Sequence[Clause], prover: Prover) -> Clause | None:
    """Another rule that fails wherever one fails; of two that fail in the same places, the first."""
    later, fails = False, Wanted(rule.asked, holds=False)
    covering: list[Clause] = []
    for other in rules:
        later = later or other is rule
        if other is rule or _meaning(other) == _meaning(rule) or not _covers(other, rule, [fails], prover):
            continue
        if not (later and _covers(rule, other, [Wanted(other.asked, holds=False)], prover)):
            never_alone = prover.excludes(fails) or prover.excludes(Wanted(other.asked))
            covering += [] if never_alone else [other]  # what never or always fails is told by itself
    return _best(covering, rule)


def _instead(rule: Clause, number: int, rules: Sequence[Clause], prover: Prover) -> Clause | None:
    """Another rule that fails wherever one fails in one thing that it requires, and in nothing else."""
    applies = [] if rule.when is None else [Wanted(rule.when)]
    beside = [Wanted(each.expr) for other, each in enumerate(rule.require) if other != number]
    fails = [*applies, *beside, Wanted(rule.require[number].expr, holds=False)]
    if prover.excludes(*fails):
        return None  # that is told by itself
    covering, later = list[Clause](), False
    for other in rules:
        later = later or other is rule
        may = other is not rule and (not later or len(other.require) == 1)  # so that not both are taken away
        if may and _covers(other, rule, fails, prover) and not prover.excludes(Wanted(other.asked)):
            covering += [] if _covers(rule, other, [Wanted(other.asked, holds=False)], prover) else [other]
    return _best(covering, rule)


def _best(covering: Sequence[Clause], rule: Clause) -> Clause | None:
    """One with the same code, else any."""
    return next((other for other in covering if other.code == rule.code), covering[0] if covering else None)


def _covers(other: Clause, rule: Clause, fails: Sequence[Wanted], prover: Prover) -> bool:
    """Whether one rule fails, with the same severity, wherever another one `fails` so."""
    alike = other.severity == rule.severity and _lasts(other, rule)
    return alike and prover.excludes(*fails, Wanted(other.asked))


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
    return rule.severity, when, require, rule.in_force_if
