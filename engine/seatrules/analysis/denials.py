"""Looks whether what a policy denies is seen, has a remedy where it should, and has none where the policy says so."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from random import Random
from time import monotonic
from typing import Any, NamedTuple

from ..change.effects import Effect
from ..language import tree as t
from ..language.interpret import DataPath
from ..planning.remedies import remedies
from ..planning.remedy_values import Remedies, Remedy
from ..planning.timeline import Step
from ..program import Clause, Program
from .exploration import Exploration, Tried
from .finding import Finding, Witness

SEARCH = 100_000
"""How many decisions the search for a remedy of a code may ask."""
STAGES = ((100, 0.2), (600, 0.5), (2_000, 1.0))
"""How many of them for one denial, up to which part of all: few at first, so that many denials are tried, then more."""
HOPELESS = 500
"""After how many denials by the same rules that no action can mend no more of them are looked at."""
SECONDS = 5.0
"""How long the search for a remedy of one denial may take."""


class _Sought(NamedTuple):
    """What came of a search: how many denials were tried, and the one that has a remedy, with it."""

    tried: int
    found: tuple[Tried, Remedy] | None


class Denials:
    """What denies, on which states: by code, then by the action and all the rules that deny it; what suites ask, apart.

    `left` are the codes for which there was no time.
    """

    def __init__(self, exploration: Exploration, search: int, until: float | None) -> None:
        self.exploration, self.search, self.until = exploration, search, until
        self.program: Program = exploration.program
        self.left = 0
        self.by_code: dict[str, dict[tuple[str, ...], list[Tried]]] = {
            code: {} for code in exploration.program.codes["reasons"]
        }
        self._of_suites: dict[str, list[Tried]] = {code: [] for code in self.by_code}

    def note(self, tried: Tried) -> None:
        """Keep what is denied to the suites, and of all that is denied on one state by the same rules the first."""
        if tried.failing and not self.exploration.given:
            for code in dict.fromkeys(rule.code or "" for rule in tried.failing):
                self._of_suites[code].append(tried)
            return
        for rule in tried.failing:
            denials = self.by_code[rule.code or ""].setdefault(_kind(tried), [])
            if not denials or denials[-1].spot is not tried.spot:
                denials.append(tried)

    def findings(self) -> Iterator[Finding]:
        """What is wrong with each code, as it is found."""
        rules = [rule for action in self.program.actions.values() for rule in action.rules]
        for code in self.program.codes["reasons"]:
            if not any(rule.code == code and rule.denies and _may_apply(rule) for rule in rules):
                continue  # `unused-code` says so, or a setting that is chosen otherwise
            if denials := self._wide(code):
                yield from self._of(code, denials)
            elif self.exploration.saw_all_given:
                help_text = f"write a case that is denied for it; {self.exploration.looked}"
                message = f"no known state gives the code `{code}`"
                yield Finding("unseen-code", "reasons", code, message, help_text, None)
            else:
                self.left += 1

    def _of(self, code: str, denials: Sequence[Tried]) -> Iterator[Finding]:
        if code in self.program.final:
            kind = "terminal" if code in self.program.terminal else "reasons"
            yield from self._no_remedy_for(kind, code, self.program.about.get(code), denials)
            return
        is_final = self.program.is_final
        open_denials = [denial for denial in denials if not any(map(is_final, denial.failing))] or [
            denial for denial in denials if any(rule.code == code and not is_final(rule) for rule in denial.failing)
        ]
        if open_denials:
            yield from self._a_remedy_for(code, open_denials)
        for rule, of_rule in self._by_final_rule(code, denials):
            yield from self._no_remedy_for("rules", rule.id, rule.about, of_rule)

    def _a_remedy_for(self, code: str, denials: Sequence[Tried]) -> Iterator[Finding]:
        """That a code has no remedy, and should have."""
        sought = self._sought(denials, self.search)
        if sought is None:
            self.left += 1
        elif sought.found is None:
            help_text = (
                f"let an action mend it, or say by `about` or in `terminal` why none can; "
                f"tried {sought.tried} of {len(denials)} denials; {self.exploration.looked}"
            )
            witness = Witness(denials[0].spot, denials[0].action)
            yield Finding("no-remedy", "reasons", code, f"no denial for `{code}` has a remedy", help_text, witness)

    def _no_remedy_for(self, kind: str, name: str, about: str | None, denials: Sequence[Tried]) -> Iterator[Finding]:
        """That a code or a rule has a remedy, and should have none."""
        if about == "fulfilled":
            return  # what undoes it and does it again is no remedy, and no mistake
        sought = self._sought(denials, self.search // 5, no_detours=True)
        if sought is None:
            self.left += 1
        elif sought.found is not None:
            tried, remedy = sought.found
            steps = json.dumps([dict(each) for each in remedy.actions], ensure_ascii=False)
            claim = "is declared terminal" if about is None else f"is about `{about}`"
            message = f"`{name}` {claim}, and there is a remedy"
            witness = Witness(tried.spot, tried.action)
            yield Finding("not-terminal", kind, name, message, f"this is allowed: {steps}", witness)

    def _by_final_rule(self, code: str, denials: Sequence[Tried]) -> Iterator[tuple[Clause, list[Tried]]]:
        """The rules that say themselves that no action mends them, each with what it denies."""
        by_rule: dict[int, tuple[Clause, list[Tried]]] = {}
        for denial in denials:
            for rule in denial.failing:
                if rule.code == code and rule.about is not None:
                    by_rule.setdefault(id(rule), (rule, []))[1].append(denial)
        yield from by_rule.values()

    def _wide(self, code: str) -> list[Tried]:
        """The denials for a code in the order in which they are tried.

        First those of the suites; then from all kinds, of each from all that was seen, more of those with few rules.
        """
        random = Random(0)
        groups = [random.sample(group, len(group)) for group in self.by_code[code].values()]
        ranked = [(row * len(denial.failing) ** 2, denial) for group in groups for row, denial in enumerate(group, 1)]
        return [*self._of_suites[code], *(denial for _, denial in sorted(ranked, key=lambda pair: pair[0]))]

    def _sought(self, denials: Sequence[Tried], budget: int, *, no_detours: bool = False) -> _Sought | None:
        """What comes of looking for a remedy of any of the denials; nothing where the time is up before."""
        left, tried, over, hopeless = budget, 0, set[int](), Counter[tuple[str, ...]]()
        for most, part in STAGES:
            for number, denial in enumerate(denials):
                if left <= budget * (1 - part):
                    break
                if number in over or hopeless[_kind(denial)] == HOPELESS:
                    continue
                if self.until is not None and monotonic() > self.until:
                    return None
                result = self._remedies(denial, most)
                left, tried = left - result.asked, max(tried, number + 1)
                if result.remedies and not (
                    no_detours and _does_again(result.remedies[0], self.exploration.proposed(denial))
                ):
                    return _Sought(tried, (denial, result.remedies[0]))
                if result.ended_by is None:
                    over.add(number)
                hopeless[_kind(denial)] += bool(result.unmendable)
        return _Sought(tried, None)

    def _remedies(self, tried: Tried, budget: int) -> Remedies:
        seconds = SECONDS if self.until is None else max(0.0, min(SECONDS, self.until - monotonic()))
        return remedies(
            self.exploration.engine,
            tried.action,
            tried.spot.state,
            limit=1,
            version=self.exploration.version,
            seconds=seconds,
            budget=budget,
            doubting=True,
        )


def _kind(tried: Tried) -> tuple[str, ...]:
    return tried.action["type"], *(rule.id for rule in tried.failing)


def _does_again(remedy: Remedy, proposed: Sequence[Effect]) -> bool:
    """Whether a word or a day that the action sets, or that is so already, is changed first, for it to be set again."""
    place = next(number for number, step in enumerate(remedy.steps) if step.purpose == "asked")
    first: dict[DataPath, Any] = {}
    for effect in (each for step in remedy.steps[:place] for taken in step.taken for each in _effects(taken)):
        first.setdefault(effect.parts, effect.before)
    wanted = {**first, **{effect.parts: effect.after for effect in proposed}}
    asked = [effect for effect in _effects(remedy.steps[place].step) if effect.parts in first]
    return any(isinstance(each.after, str | bool) and wanted[each.parts] == each.after for each in asked)


def _effects(taken: Step) -> Iterator[Effect]:
    for event in taken.events:
        yield from event.effects
    yield from () if taken.decision is None else taken.decision.effects


def _may_apply(rule: Clause) -> bool:
    """Whether a rule is not silent by what is chosen, whatever the request."""
    return rule.when is None or t.constant(rule.when) is not False
