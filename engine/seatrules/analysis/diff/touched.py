"""Whom a change touches: what is kept of the requests, accounts and records that two policies answer differently."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ...decision.values import billing_as_data
from ...errors import SeatrulesError
from .answers import MEANINGS, AnswerDifference, VersionAnswer
from .days import Days
from .given import FIRST, RequestToBoth, Where

MOST_BROKEN = 100
"""How many of the lines are kept that are none; the others are counted."""
_NO_ID = re.compile(r"[^A-Za-z0-9]+")


class Example(NamedTuple):
    """What is answered differently; `case` is ready for a suite, as the new policy answers it."""

    given: RequestToBoth
    rules: tuple[str, ...]
    case: Mapping[str, Any] | None

    def as_dict(self) -> dict[str, Any]:
        return {
            **self.given.where.as_dict(),
            "action": self.given.action,
            "state": self.given.state,
            "rules": list(self.rules),
            "case": self.case,
        }


@dataclass
class Touch:
    """What changes for one action, in one way: for how many requests, on how many accounts, by which rules."""

    action: str
    meaning: str
    count: int = 0
    accounts: int = 0
    names: set[str] = field(default_factory=set)
    rules: dict[str, int] = field(default_factory=dict)
    """How often each rule, or other clause, is behind the change; several may be behind one."""
    codes: dict[str, str] = field(default_factory=dict)
    examples: list[Example] = field(default_factory=list)
    _last: int | None = None

    def note(self, differs: AnswerDifference, rules: Mapping[str, str], account: int | None, times: int = 1) -> bool:
        """Count one more, on the account with this number, or so many; whether it is to be an example."""
        wanted = len(self.examples) < FIRST or any(rule not in self.rules for rule in rules)
        self.count += times
        self.accounts += account not in (None, self._last)
        self._last = account
        self.names |= differs.names
        self.codes |= rules
        for rule in rules:
            self.rules[rule] = self.rules.get(rule, 0) + times
        return wanted

    def by_rule(self) -> Iterable[tuple[str, str, int]]:
        """Each rule with its code and how often it is behind the change, the most frequent first."""
        counts = sorted(self.rules.items(), key=lambda each: (-each[1], each[0]))
        return [(rule, self.codes[rule], count) for rule, count in counts]

    def as_dict(self) -> dict[str, Any]:
        return {
            "action": self.action or None,
            "meaning": self.meaning,
            "of": sorted(self.names),
            "count": self.count,
            "accounts": self.accounts,
            "rules": [{"rule": rule, "code": code, "count": count} for rule, code, count in self.by_rule()],
            "examples": [each.as_dict() for each in self.examples],
        }


class Unaskable(NamedTuple):
    """What is given and can't be asked, with why."""

    where: Where
    error: SeatrulesError


@dataclass
class Touched:
    """What both were asked: `requests`, of states on so many `accounts`, and how many are answered differently.

    Of so many records it is `unknown`: they do not hold all that is read. `cut` says how often not all sets of
    arguments of an action were tried on an account, `left_out` how much was given and not asked.
    """

    requests: int = 0
    differing: int = 0
    accounts: int = 0
    touched_accounts: int = 0
    unknown: int = 0
    cut: int = 0
    left_out: int = 0
    unread: int = 0
    days: Days | None = None
    broken: list[Unaskable] = field(default_factory=list)
    """The first of the `unread`."""
    _changes: dict[tuple[str, str], Touch] = field(default_factory=dict)

    @property
    def changes(self) -> list[Touch]:
        """The changes, the gravest first."""
        return sorted(self._changes.values(), key=lambda each: [*MEANINGS].index(each.meaning))  # type: ignore[arg-type]

    def words(self) -> set[str]:
        """What differs, in the words by which it may be allowed."""
        return {each.meaning.removeprefix("other ") for each in self._changes.values()}

    def change(self, action: str, meaning: str) -> Touch:
        """What is kept of one change of one action."""
        return self._changes.setdefault((action, meaning), Touch(action, meaning))

    def refuse(self, where: Where, error: SeatrulesError) -> None:
        """Note what can't be asked."""
        self.unread += 1
        if len(self.broken) < MOST_BROKEN:
            self.broken.append(Unaskable(where, error))


def rules_behind(differs: AnswerDifference, old: VersionAnswer, new: VersionAnswer) -> dict[str, str]:
    """The rules, or other clauses, for which two answers differ, each with its code.

    Of an error that stands in the place of an answer, they are the invariants that are broken, or the error's code.
    """
    if differs.meaning in ("stricter", "milder"):
        denied = old if new.allows else new
        reasons = denied.decision.reasons if denied.decision is not None else ()
        return {each.rule: each.code for each in reasons} or {code: code for code in denied.codes}
    codes = dict[str, str]()
    for answered in (old, new):
        if answered.decision is not None:
            details = answered.decision.details
            outcome = () if details.outcome is None else (details.outcome,)
            codes |= {
                each.rule: each.code
                for each in (*details.reasons, *details.warnings, *details.notices, *outcome)
                if each.code in differs.names or each.rule in differs.names
            }
    return codes or {name: name for name in sorted(differs.names)}


def case_of(
    given: RequestToBoth, change: Touch, answered: VersionAnswer, *, version: str | None, kept: bool
) -> dict[str, Any]:
    """A case for a suite that holds an answer; `kept` says that the state keeps the invariants."""
    number, how = len(change.examples) + 1, given.how
    turned = change.meaning in ("stricter", "milder")
    return {
        "id": _NO_ID.sub("-", f"{given.type}-{change.meaning}-{number}").strip("-"),
        "title": f"{change.meaning} than before" if turned else change.meaning,
        **({"version": version} if version else {}),
        **({} if kept else {"invariants": False}),
        "state": given.state,
        "action": given.action,
        **({"partial": True} if how.partial else {}),
        **({"incomplete": list(how.incomplete)} if how.incomplete else {}),
        "expect": _expected(answered, change.meaning),
    }


def _expected(answered: VersionAnswer, meaning: str) -> dict[str, Any]:
    """What a case expects: the verdict with its codes, and what it was that changed."""
    if (decision := answered.decision) is None:
        return {"error": answered.codes[0]}
    expected: dict[str, Any] = {"decision": decision.decision}
    warnings = [each.code for each in decision.warnings]
    if decision.codes:
        expected["reasons"] = list(decision.codes)
    if warnings or meaning == "other reasons":
        expected["warnings"] = warnings
    if meaning == "other reasons" and decision.outcome is not None:
        expected["reason_key"] = decision.outcome.code
    if meaning == "other bill":
        expected["billing"] = billing_as_data(decision.billing)
    if meaning == "other effects":
        effects = [each.as_dict() for each in decision.effects]
        expected["effects"] = [{key: each[key] for key in ("path", "from", "to")} for each in effects]
    return expected
