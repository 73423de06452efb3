"""Asks both policies what is given: requests, all that can be asked on accounts, and kept records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any, NamedTuple

from ...diagnostics import echo
from ...errors import RequestError, malformed
from ...json_lines import json_line
from ...planning.alike import groups_of
from ...planning.candidates import Candidates
from ...planning.options import LIMIT, fitting_lists
from ...planning.passing import later_versions
from ...records.replay import asked_again, require_record
from ...words import phrase
from .answers import AnswerDifference, Asker, How, VersionAnswer, difference, is_no_request
from .both import Both
from .days import Days
from .differing import EVERYTHING, Differing
from .given import FIRST, RequestToBoth, Where
from .sides import Pair, Side
from .touched import Example, Touch, Touched, case_of, rules_behind

_NO_SETTINGS: Mapping[str, Any] = {}
_MOST_CHOICES = 50
"""For how many choices of settings, as records have them, both policies are kept ready."""


class Differs(NamedTuple):
    """In what the answers to a request differ: the type of its action, and the rules behind it, each with its code."""

    action: str
    difference: AnswerDifference
    rules: Mapping[str, str]


class BothAsked:
    """Asks both policies, and keeps what they answer differently.

    `settings` hold whatever a record says. From the first of `days` to the last it is noted whose answer turns. With
    `everything`, entries of an account that are alike are asked one by one, and without a limit.
    """

    def __init__(
        self,
        old: Side,
        new: Side,
        pairs: Sequence[Pair],
        *,
        settings: Mapping[str, Any] = _NO_SETTINGS,
        days: tuple[str, str] | None = None,
        everything: bool = False,
    ) -> None:
        self.touched = Touched(days=None if days is None else Days(*days))
        self.both, self._settings, self._everything = Both(old, new, pairs), settings, everything
        self._chosen: dict[str, Both] = {}
        self._account: int | None = None

    def request(self, where: Where, action: Any, state: Any) -> Differs | None:
        """Ask a request; in what the answers differ, if they do.

        Raises:
            RequestError: it is none to either policy.
        """
        given = RequestToBoth(where, action, state)
        differs = self._ask(self.both, given, given)
        if self.touched.days is not None:
            self.touched.days.account(where, self.both.askers, state, [action])
        return differs

    def count(self, requests: int, differs: Differs | None = None) -> None:
        """Count so many requests more, which are answered alike, or differ as another one does that was asked."""
        self.touched.requests += requests
        if differs is not None and requests:
            self.touched.differing += requests
            self._change_of(differs).note(differs.difference, differs.rules, None, requests)

    def lacks_examples(self, differs: Differs) -> bool:
        """Whether not enough examples are kept yet of a change."""
        return len(self._change_of(differs).examples) < FIRST

    def _change_of(self, differs: Differs) -> Touch:
        return self.touched.change(differs.action, differs.difference.meaning)

    def account(self, where: Where, state: Any) -> None:
        """Ask everything that can be asked on a state, if both take it; else whether it is taken has changed.

        Raises:
            RequestError: neither policy takes it.
        """
        old, new = (asker.answer(None, state) for asker in self.both.askers)
        if old.error is not None and new.error is not None:
            raise new.error
        touched = self.touched
        touched.accounts += 1
        self._account, before = touched.accounts, touched.differing
        if old.allows and new.allows:
            asked = self._actions(state)
            for action in asked:
                given = RequestToBoth(where, action, state)
                with suppress(RequestError):  # what `can` lists as an error, by both
                    self._ask(self.both, given, given)
            if touched.days is not None:
                touched.days.account(where, self.both.askers, state, asked)
        else:
            self._compare(self.both, RequestToBoth(where, None, state), old, new, EVERYTHING)
        self._account = None
        touched.touched_accounts += touched.differing > before

    def record(self, where: Where, record: Any) -> None:
        """Ask again what a record holds.

        Raises:
            RequestError: it is no record, is one of another policy, or is no request to either policy.
            UsageError: a policy has no such choice of a setting, or no such map, as the record names.
        """
        require_record(record)
        if (name := str(record["policy"]["name"])) != self.both.sides[0].name:
            what = phrase("record_of_another", name=echo(name), policy=self.both.sides[0].name)
            raise RequestError([malformed(what)])
        both = self._with_choices(record["policy"]["settings"])
        old, new = (_again(where, asker, record) for asker in both.askers)
        self._ask(both, old, new)

    def _with_choices(self, settings: Mapping[str, Any]) -> Both:
        """Both policies with the choices of a record."""
        if not settings:
            return self.both
        key = json_line(dict(settings))
        if key not in self._chosen:
            if len(self._chosen) == _MOST_CHOICES:
                self._chosen.clear()
            self._chosen[key] = self.both.chosen({**settings, **self._settings})
        return self._chosen[key]

    def _ask(self, both: Both, of_old: RequestToBoth, of_new: RequestToBoth) -> Differs | None:
        """Ask both, and keep in what the answers differ; what can't differ is asked once."""
        differing, differs = both.differing(of_new), None
        new = both.askers[1].answer(of_new.action, of_new.state, of_new.how)
        if differing.may or new.error is not None:
            old = both.askers[0].answer(of_old.action, of_old.state, of_old.how)
            if is_no_request(old) and is_no_request(new):
                assert new.error is not None
                raise new.error
            differs = self._compare(both, of_new, old, new, differing)
        self.touched.requests += 1
        return differs

    def _compare(
        self, both: Both, given: RequestToBoth, old: VersionAnswer, new: VersionAnswer, by: Differing
    ) -> Differs | None:
        differs = difference(old, new, by)
        if given.how.partial and _is_unknown(old, new, differs):
            self.touched.unknown += 1
            return None
        if differs is None:
            return None
        self.touched.differing += 1
        differing_answers = Differs(given.type, differs, rules_behind(differs, old, new))
        change = self._change_of(differing_answers)
        if change.note(differs, differing_answers.rules, self._account):
            change.examples.append(Example(given, tuple(differing_answers.rules), _case(both.askers[1], given, change)))
        return differing_answers

    def _actions(self, state: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """What `can` would list by either version, each once."""
        listed = (action for asker in self.both.askers for action in self._listed(asker, state))
        return list({json_line(action): action for action in listed}.values())

    def _listed(self, asker: Asker, state: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        program = asker.engine.program_for(state, asker.version)
        lists, groups = self.both.lists(program), groups_of(program, state, alike=not self._everything)
        first_days = [each.effective_from for each in later_versions(asker.engine, state["as_of"], asker.version)]
        for action_type in program.actions.values():
            fitting = fitting_lists(lists.get(action_type.name, {}), action_type, program, state)
            proposals = Candidates(program, action_type, first_days, fitting).on(state, groups, {})
            yield from proposals if self._everything else islice(proposals, LIMIT)
            self.touched.cut += next(proposals, None) is not None


def _again(where: Where, asker: Asker, record: Mapping[str, Any]) -> RequestToBoth:
    """What a record is asked of one policy: another policy than decided may not know all that it reads."""
    again = asked_again(asker.engine, record)
    return RequestToBoth(where, again.action, again.state, How(again.partial, again.incomplete, again.version))


def _is_unknown(old: VersionAnswer, new: VersionAnswer, differs: AnswerDifference | None) -> bool:
    """Whether it is not known in what two answers differ, for want of what they read."""
    decisions = [each.decision for each in (old, new) if each.decision is not None]
    if any(each.decision == "undetermined" for each in decisions):
        return True
    turned = differs is not None and differs.meaning in ("stricter", "milder")
    denied = differs is None and not any(each.allowed for each in decisions)
    return not turned and not denied and any(each.missing for each in decisions)


def _case(asker: Asker, given: RequestToBoth, change: Touch) -> Mapping[str, Any] | None:
    """A case for a suite, as the new policy answers it; none for a state alone."""
    if given.action is None:
        return None
    how, kept = given.how, True
    version = asker.version or how.version
    try:
        asker.engine.validate(given.state, version=version, partial=how.partial, incomplete=how.incomplete)
    except RequestError as error:
        kept = not any(each.invariant for each in error.problems)
    answered = asker.answer(given.action, given.state, how)
    return case_of(given, change, answered, version=version, kept=kept)
