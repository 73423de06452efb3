"""When an action is allowed: the stretches of time with one answer, and why each begins.

Time passes by the policy's own events. The answer is worked out on the days on which it may change, and on no other:
those on which an event comes due, a version or a rule comes into or out of force, or a comparison turns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, ClassVar, Literal

from ..decision.answer import Answer, hands_out
from ..decision.explanation import Explanation, Outcome, Reason
from ..decision.invariants import NOTHING_TO_SAY, CheckedState
from ..decision.prose import SILENT, Naming, Prose
from ..decision.values import Verdict, billing_as_data, public_bills
from ..errors import SUPPORT, Audience, sees_others
from ..language.interpret import fresh
from ..program import PolicyVersion
from ..program.program import Translations
from .causes import Cause, causes
from .deciding import Deciding
from .horizon import last_day
from .moments import Moment, moments
from .prose import stretch_sentences

MONTHS = 24
"""How far ahead is looked when no last day is given."""


@hands_out("billing")
@dataclass(frozen=True, slots=True)
class Stretch(Answer):
    """Days, from the `first` to the `last`, on which the action has one verdict, the same codes and one consequence.

    An allowed action comes to the same while its outcome, the days that it says and sets, and its bill are the same,
    but for what is reckoned from the day itself.

    `decision` is `allow`, `deny`, or `error` where there is no verdict: the codes are then the error's. `because` says
    what changed on the first day; for the first stretch of all, nothing. `reasons`, `outcome` and `billing` are what is
    said on the first day: on later ones numbers in it may be others.
    """

    ask: ClassVar[str] = "ask whether `stretch.decision` is `allow`"

    first: str
    last: str
    decision: Verdict | Literal["error"]
    codes: tuple[str, ...]
    because: tuple[Cause, ...]
    reasons: tuple[Reason, ...] = field(default=(), repr=False)
    outcome: Outcome | None = field(default=None, repr=False)
    billing: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)

    def as_dict(self, language: str, *, audience: Audience = SUPPORT) -> dict[str, Any]:
        """The stretch as plain data; `reasons`, `outcome` and `billing` only where there is something to say."""
        sees_all = sees_others(audience)
        whole: dict[str, Any] = {
            "first": self.first,
            "last": self.last,
            "decision": self.decision,
            "codes": list(self.codes),
            "because": [cause.as_dict(language, audience=audience) for cause in self.because],
        }
        if self.reasons:
            reasons = [_said(reason, language, whole=sees_all) for reason in self.reasons]
            whole["reasons"] = [each for number, each in enumerate(reasons) if each not in reasons[:number]]
        if self.outcome is not None:
            whole["outcome"] = _said(self.outcome, language, whole=sees_all)
        if self.billing and sees_all:
            whole["billing"] = billing_as_data(self.billing)
        elif days := [bill for bill in public_bills(self.billing) if len(bill) > 1]:
            whole["billing"] = days
        return whole


def _said(explanation: Explanation, language: str, *, whole: bool) -> dict[str, str]:
    """A code with its message, or with the line that everybody may read."""
    return explanation.as_short_dict(language) if whole else explanation.as_public_dict(language)


@hands_out("action", "title")
@dataclass(frozen=True, slots=True)
class Stretches(Answer):
    """The stretches one after the other, from the state's `as_of` on.

    `last` is the last day that they cover: `until`, or an earlier one where too many days would have to be tried.
    `title` is what the action is called, `checked` what there is to say of the state.
    """

    ask: ClassVar[str] = "its `stretches` are when the action is allowed and denied"

    policy: PolicyVersion
    action: Mapping[str, Any]
    until: str
    stretches: tuple[Stretch, ...]
    title: Translations = field(repr=False)
    checked: CheckedState = NOTHING_TO_SAY
    prose: Prose = field(default=SILENT, repr=False, compare=False)

    @property
    def last(self) -> str:
        """The last day that the stretches cover."""
        return self.stretches[-1].last

    def as_dict(self, language: str | None = None, *, audience: Audience = SUPPORT) -> dict[str, Any]:
        """The stretches as plain data, as the audience may see them, in `language` (else the policy's first).

        A `customer` is told in prose. A `user` is told of reasons only the codes, with their public lines, of bills the
        days, and of what changed only which kind it is.

        Raises:
            UsageError: the policy does not speak the language, or there is no such audience.
        """
        language = self.policy.spoken(language)
        return {
            "action": fresh(self.action),
            "title": self.title[language],
            "stretches": [stretch.as_dict(language, audience=audience) for stretch in self.stretches],
            "until": self.until,
            "last": self.last,
            "policy": self.policy.identity,
            **self.checked.as_dict(language, audience=audience),
        }


def when(
    engine: Deciding,
    action: Mapping[str, Any],
    state: Mapping[str, Any],
    *,
    until: str | None = None,
    version: str | None = None,
    invariants: bool = True,
) -> Stretches:
    """The stretches of time in which an action is allowed and denied, from the state's `as_of` until a day.

    On `as_of` the answer is that of `decide` on the state as it is; events that are overdue happen on the next day.

    Raises:
        RequestError: the action or the state is not well formed, the state breaks an invariant (unless those are not
            asked), or `until` is no day from `as_of` on.
        UsageError: there is no such version.
    """
    checked = engine.validate(state, version=version, invariants=invariants)
    horizon = last_day(state["as_of"], until, MONTHS)
    engine.decide(action, state, version=version)
    stretches: list[Stretch] = []
    before: Moment | None = None
    for moment in moments(engine, action, state, horizon, version):
        if before is None or before.said != moment.said:
            because = causes(engine, action, before, moment, version) if before else ()
            stretches.append(_stretch(moment, because))
        else:
            stretches[-1] = replace(stretches[-1], last=moment.last)
        before = moment
    checked = engine.beside(checked, stretches[0].codes, state, version=version)
    program = engine.program_for(state, version)
    title = program.actions[action["type"]].title
    answer = Stretches(program.policy, fresh(action), horizon, tuple(stretches), title, checked)
    naming = Naming.of(program, state, [answer.action])
    return replace(answer, prose=Prose(partial(stretch_sentences, answer, naming), program.policy.languages))


def _stretch(moment: Moment, because: tuple[Cause, ...]) -> Stretch:
    details, allowed = moment.answer.details, moment.answer.decision == "allow"
    billing = details.billing if allowed else ()
    return Stretch(moment.day, moment.last, *moment.answer.verdict, because, details.reasons, details.outcome, billing)
