"""Why an answer changes from one day to the next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..change.effects import apply_effects
from ..change.events import Happened
from ..errors import SUPPORT, Audience, sees_others
from ..generated.ready import CompiledEvaluator
from ..language.days import add_days
from ..language.interpret import fresh
from ..program import ActionType
from .deciding import Deciding
from .moments import Moment, VerdictOrError, said_of, turned_comparisons
from .moving import MovingComparison


@dataclass(frozen=True, slots=True)
class Cause:
    """What made an answer change.

    `kind` says what `id` names: an `event` that happened; the `version` or a `rule` that came into force, or the rule
    that went out of it (`in_force`); the rule of which a `comparison` turned, with its values, or which came out
    differently because it is another `day`; the code of an `error`. `entry` is the one of which it turned: its
    key, by the name that the loop, or the action on each of several, has for it; of loops in loops, those of each.
    """

    kind: str
    id: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    entry: Mapping[str, Any] = field(default_factory=dict)
    _texts: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)

    def message(self, language: str) -> str | None:
        """The cause in the policy's own words, where it has them; an error's are in no language of the policy."""
        return self._texts.get(language) or next(iter(self._texts.values()), None)

    def as_dict(self, language: str, *, audience: Audience = SUPPORT) -> dict[str, Any]:
        """The cause as plain data, `entry` only where it has one; to a `user`, which kind it is, and which version."""
        if not sees_others(audience):
            return {"kind": self.kind, **({"id": self.id} if self.kind in ("error", "version") else {})}
        entry = {"entry": fresh(self.entry)} if self.entry else {}
        return {"kind": self.kind, "id": self.id, **self.facts, **entry, "message": self.message(language)}


def causes(
    engine: Deciding, action: Mapping[str, Any], before: Moment, now: Moment, version: str | None
) -> tuple[Cause, ...]:
    """What made the answer change on the day of `now`.

    What happened is taken one after the other, each on what came before it: the day's events, then the version, then
    the day itself. What changes the answer is a cause.
    """
    if now.state["as_of"] != now.day:  # time could not pass
        return (_error(now.answer),)
    because: list[Cause] = []
    state: dict[str, Any] = {**before.state, "as_of": add_days(now.day, -1)}
    answer, key = said_of(engine, action, state, version)
    for event in now.happened:
        state = apply_effects(event.effects, state)
        last, (answer, key) = key, said_of(engine, action, state, version)
        if last != key:
            because.append(_event(event))
    last, (answer, key) = key, said_of(engine, action, state, now.program.version)
    if last != key:
        because.append(Cause("version", now.program.version))
    if key != now.said:
        compiled = engine.compiled(state, now.program.version)
        because += _of_the_day(compiled, action, state, answer, now)
    return tuple(because)


def _of_the_day(
    compiled: CompiledEvaluator,
    action: Mapping[str, Any],
    state: Mapping[str, Any],
    answer: VerdictOrError,
    now: Moment,
) -> Iterator[Cause]:
    """The rules that came out differently because it is another day, each with why."""
    if now.answer.error is not None:
        yield _error(now.answer)
    program = compiled.program
    for rule in program.actions[action["type"]].rules:
        if (rule.id in answer.rules) == (rule.id in now.answer.rules):
            continue
        if now.day in rule.days:
            yield Cause("rule", rule.id, {"in_force": now.day == rule.effective_from})
            continue
        comparisons = [
            _comparison(rule.id, comparison, _of_each(program.actions[action["type"]], single.action))
            for single in compiled.action(action["type"]).singles(action, state)
            for comparison in turned_comparisons(program, rule, single.action, single.state, now.day)
        ]
        yield from comparisons or [Cause("day", rule.id)]
    if answer.verdict == now.answer.verdict and now.answer.details.outcome is not None:
        yield Cause("day", now.answer.details.outcome.rule)


def _of_each(action_type: ActionType, single: Mapping[str, Any]) -> dict[str, Any]:
    """Which one it is of an action on each of several."""
    each = action_type.each
    return {} if each is None else {each.entry: single[each.entry]}


def _comparison(rule: str, comparison: MovingComparison, of_each: Mapping[str, Any]) -> Cause:
    values = {"left": _plain_value(comparison.left), "right": _plain_value(comparison.right)}
    entry = {**of_each, **{name: _plain_value(key) for name, key in comparison.entries}}
    return Cause("comparison", rule, {"expression": comparison.expression, **values, "holds": comparison.holds}, entry)


def _plain_value(value: Any) -> Any:
    """A value as plain data, without its pace."""
    if isinstance(value, list):
        return [_plain_value(each) for each in value]
    return str(value) if isinstance(value, str) else int(value)


def _event(event: Happened) -> Cause:
    messages = event.clause.message.items()
    texts = {language: event.interpreter.text(message, event.local, language) for language, message in messages}
    return Cause("event", event.clause.id, _texts=texts)


def _error(answer: VerdictOrError) -> Cause:
    return Cause("error", answer.codes[0], _texts={"": str(answer.error)})
