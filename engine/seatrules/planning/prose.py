"""Prose of what plans ahead: ways to yes, when, what can be done, and what came of a sequence of actions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ..decision.prose import Naming, Sentence, decision_sentences, names_one_of, outcome_sentences
from ..diagnostics import printable
from ..language.text import shown
from ..program import Program
from ..words import words

if TYPE_CHECKING:
    from ..program.program import Translations
    from .depends import Otherwise
    from .option_values import Option, Options
    from .remedy_values import Remedies, Remedy, RemedyStep
    from .timeline import Step, Timeline
    from .when import Stretch, Stretches

_NAMED = 3
"""How many steps are told that are alike; of more, how many there are."""


def remedy_sentences(remedies: Remedies, naming: Naming, language: str) -> Iterator[Sentence]:
    """How much is possible at once, each way with what it takes, or that there is none; nothing where it is allowed."""
    labels = words("customer", language)
    if remedies.allowed:
        return
    if (partly := partly_text(remedies, naming, language)) is not None:
        yield Sentence("how", partly)
    for number, remedy in enumerate(remedies.remedies):
        label = labels["other_way" if number else "way"]
        steps = "; ".join(_steps(remedy, naming, language))
        text = naming.sentence(label.format(steps=steps))
        if remedy.cost is not None:
            cost = printable(naming.program.costs[remedy.cost][language])
            text = f"{text} {naming.sentence(labels['takes'].format(cost=cost))}"
        yield Sentence("how", text)
        yield from _billed(remedy, naming, language)
    for rule in remedies.unmendable:
        yield Sentence("how", naming.sentence(printable(rule.as_dict(language)["why"])))
    if not remedies.remedies and not remedies.unmendable:
        yield Sentence("how", labels["no_way"])


def partly_text(remedies: Remedies, naming: Naming, language: str) -> str | None:
    """How much of what was asked is possible at once, if less is."""
    if remedies.partly is None:
        return None
    action = naming.instruction(remedies.partly.action, language)
    return naming.sentence(words("customer", language)["partly"].format(action=action))


def _steps(remedy: Remedy, naming: Naming, language: str) -> Iterator[str]:
    """What to do, in order; a day is said where it is another one than before, and nobody waits for it."""
    labels, day = words("customer", language), remedy.steps[0].step.date
    for step in remedy.steps:
        text = step_text(step, naming, language)
        yield text if step.step.date == day else labels["on_day"].format(day=step.step.date, action=text)
        action_type = _program(step.step, naming).actions[step.step.action["type"]]
        day = step.step.action[action_type.time_to] if action_type.time_to else step.step.date


def step_text(step: RemedyStep, naming: Naming, language: str) -> str:
    """What a step of a way to yes is, whether it only puts back, and why somebody else has to take it."""
    labels = words("customer", language)
    of = naming._replace(program=_program(step.step, naming))
    text = "; ".join(dict.fromkeys(of.instruction(taken.action, language) for taken in step.taken[:_NAMED]))
    if len(step.taken) > _NAMED:
        text = labels["more_alike"].format(action=text, count=len(step.taken) - _NAMED)
    if step.purpose == "closes":
        text = labels["again"].format(action=text)
    if step.by_another:
        why = "; ".join(dict.fromkeys(printable(reason.line(language)) for reason in step.denied))
        text = labels["by_another"].format(action=text, why=why)
    return text


def _program(step: Step, naming: Naming) -> Program:
    """The version that decided a step."""
    return (step.decision.program if step.decision is not None else None) or naming.program


def _billed(remedy: Remedy, naming: Naming, language: str) -> Iterator[Sentence]:
    billing = [bill for step in remedy.steps for bill in step.billing]
    yield from naming.bills(billing, language)


def open_sentences(
    why: Translations, answer: Otherwise, otherwise: Otherwise, naming: Naming, language: str
) -> Iterator[Sentence]:
    """What the source leaves open, and what would be answered if it were read otherwise."""
    labels = words("customer", language)
    yield Sentence("note", naming.sentence(labels["open"].format(why=printable(why[language]))))
    same, possible = answer.decision == otherwise.decision, otherwise.decision == "allow"
    verdict = ("would_too" if possible else "would_neither") if same else "would" if possible else "would_not"
    yield Sentence("note", naming.sentence(labels[verdict]))
    for bill in naming.bills(otherwise.billing, language) if possible else ():
        then = labels["then"].format(bill=bill.text[:1].lower() + bill.text[1:])
        yield Sentence("bill", naming.sentence(then))


def stretch_sentences(stretches: Stretches, naming: Naming, language: str) -> Iterator[Sentence]:
    """What was asked, and of each stretch whether it is possible, why, and what it does to the bill."""
    labels = words("customer", language)
    yield Sentence("verdict", labels["asked"].format(action=naming.instruction(stretches.action, language)))
    for stretch in stretches.stretches:
        yield Sentence(
            "verdict", naming.sentence(labels[_possible(stretch)].format(days=_days(stretch, stretches, language)))
        )
        yield from (Sentence("why", naming.sentence(naming.said(reason, language))) for reason in stretch.reasons)
        if stretch.outcome is not None:
            yield from outcome_sentences(stretch.outcome, stretch.billing, naming, language)
            yield from naming.bills(stretch.billing, language)
    yield Sentence("note", labels["looked"].format(day=stretches.last))


def _possible(stretch: Stretch) -> str:
    return {"allow": "possible", "deny": "not_possible"}.get(stretch.decision, "no_verdict")


def _days(stretch: Stretch, stretches: Stretches, language: str) -> str:
    labels = words("customer", language)
    if stretch is stretches.stretches[-1]:
        return labels["days_on"].format(first=stretch.first)
    name = "one_day" if stretch.first == stretch.last else "days"
    return labels[name].format(first=stretch.first, last=stretch.last)


def option_sentences(options: Options, naming: Naming, language: str) -> Iterator[Sentence]:
    """What can be done, and what not and why; of one action alone, also who can."""
    labels = words("customer", language)
    by_type: dict[str, list[Option]] = {}
    for option in options.options:
        by_type.setdefault(option.action["type"], []).append(option)
    if len(by_type) > 1:
        by_type = {name: each for name, each in by_type.items() if naming.program.actions[name].time_to is None}
    possible = {name for name, each in by_type.items() if any(option.decision == "allow" for option in each)}
    titles = [_titled(options, name, language) for name in by_type if name in possible]
    if titles:
        label = labels["can" if options.actor is None else "can_of"]
        yield Sentence("verdict", label.format(day=options.as_of, actor=options.actor, actions=", ".join(titles)))
    for name, of_type in by_type.items():
        if name not in possible:
            yield _impossible(options, name, of_type, language)
        elif len(by_type) == 1 and options.actor is None:
            yield from _performers(options, naming.program, of_type, language)
    for name in options.left_out.empty:
        yield Sentence(
            "why", labels["cannot"].format(action=_titled(options, name, language), why=labels["about_nothing"])
        )


def _titled(options: Options, name: str, language: str) -> str:
    return words("customer", language)["titled"].format(title=printable(options.titles[name][language]))


def _impossible(options: Options, name: str, of_type: Iterable[Option], language: str) -> Sentence:
    """That an action is not possible, with what keeps every one of it from being, else the first."""
    title = _titled(options, name, language)
    return Sentence(
        "why", words("customer", language)["cannot"].format(action=title, why=_why(options, of_type, language))
    )


def _why(options: Options, denied: Iterable[Option], language: str) -> str:
    codes = [each.codes for each in denied]
    shared, lines = [code for code in codes[0] if all(code in each for each in codes)] or codes[0], options.lines
    return "; ".join(printable(lines[code][language]) for code in shared if code in lines)


def _performers(options: Options, program: Program, of_type: list[Option], language: str) -> Iterator[Sentence]:
    """Who can take an action, and why the others can't."""
    labels, name = words("customer", language), program.actions[of_type[0].action["type"]].performed_by
    if name is None:
        return
    able = dict.fromkeys(key for each in of_type if each.decision == "allow" for key in _keys(each, name))
    yield Sentence("verdict", labels["who"].format(people=printable(shown([*able], language))))
    if denied := [each for each in of_type if each.decision == "deny" and not able.keys() & set(_keys(each, name))]:
        yield Sentence("why", labels["others_cannot"].format(why=_why(options, denied, language)))


def _keys(option: Option, name: str) -> tuple[str, ...]:
    """For whom an argument of an option stands."""
    return next((alike.keys for alike in option.alike if alike.argument == name), (option.action[name],))


def timeline_sentences(timeline: Timeline, naming: Naming, language: str) -> Iterator[Sentence]:
    """Step by step: what happened by itself, and what came of the action."""
    labels = words("customer", language)
    for step in timeline.steps:
        happened = [event for event in step.events if event.outcome is not None]
        for event in happened:
            yield Sentence("outcome", naming.sentence(naming.said(event, language)))
            if event.billing:
                yield from naming.bills(event.billing, language)
        if step.decision is not None and not (step.waited and happened):
            yield from decision_sentences(step.decision, naming._replace(program=_program(step, naming)), language)
        elif not happened:
            yield Sentence("outcome", labels["nothing_happens"].format(day=step.date))
        for broken in step.broken:
            if not names_one_of(message := printable(broken.message(language)), naming.others):
                yield Sentence("why", naming.sentence(message))
