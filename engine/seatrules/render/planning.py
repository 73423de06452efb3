"""Lays out what can be done, and when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from ..decision.explain import bill_text, checked_lines, headline, value_text, verdict_word
from ..decision.values import public_bills
from ..diagnostics import printable
from ..errors import SUPPORT, Audience, sees_others
from ..language.types import Integer, Type, known
from ..planning.causes import Cause
from ..planning.option_values import Alike, Option, Options
from ..planning.options import LIMIT
from ..planning.when import Stretch, Stretches
from ..program import Program
from ..words import Words, words
from .timeline import VerdictStyle


def plain(decision: str, word: str) -> str:
    """A word for a verdict as it is."""
    return word


_NAMED = 5
"""How many are named of those who are alike."""
_SHOWN = 20
"""The most rows of an action that come out allowed in the same way; of any other outcome, one stands for all."""


def options_text(
    options: Options,
    program: Program,
    language: str,
    *,
    everything: bool = False,
    audience: Audience = SUPPORT,
    verdict: VerdictStyle = plain,
) -> str:
    """A table for each action: allowed first, then denied by what they are denied for; the codes; what was left out."""
    if audience == "customer":
        return options.prose.text(language)
    return "\n".join(_lines(options, program, language, everything, audience, verdict))


def _lines(
    options: Options, program: Program, language: str, everything: bool, audience: Audience, verdict: VerdictStyle
) -> Iterator[str]:
    labels, options = words("planning", language), options.seen_by(audience)
    yield f"{labels['title']}  ({program.policy.title}, {options.as_of})"
    tables: dict[str, list[Option]] = {}
    for option in options.options:
        tables.setdefault(option.action["type"], []).append(option)
    hidden, of_nothing, explained, named = False, False, list[Option](), list[Option]()
    pointless = not everything and any(option.pointless for option in options.options)
    for name, every in tables.items():
        whole = every if everything else [option for option in every if not option.pointless]
        if not whole:
            continue
        shown_options = whole if everything else _of_something(whole, program.actions[name].arguments)
        of_nothing = of_nothing or len(shown_options) < len(whole)
        explained += shown_options
        shown = [row for same in _by_outcome(shown_options) for row in _shown(same, everything)]
        named += [row.option for row in shown]
        hidden = hidden or len(shown) < len(shown_options)
        yield f"\n{name}: {printable(options.titles[name][language])}"
        columns = [each for each in program.actions[name].arguments if any(each in row.option.action for row in shown)]
        yield from _table(columns, shown, language, labels, verdict)
        for argument, known_words in options.known.get(name, {}).items():
            yield f"  {labels['known'].format(name=argument, words=printable(', '.join(known_words)))}"
    codes = dict.fromkeys(code for option in explained for code in _codes(option))
    if legend := [f"{code}: {printable(options.lines[code][language])}" for code in codes if code in options.lines]:
        yield "\n" + "\n".join(legend)
    if alike := dict.fromkeys(line for option in named for line in _alike(option, language, labels)):
        yield "\n" + "\n".join(alike)
    notes = [labels["more"]] if hidden else []
    notes += [labels["nothing"]] if of_nothing else []
    notes += [labels["pointless"]] if pointless else []
    notes += _left_out(options, labels)
    if notes:
        yield "\n" + "\n".join(notes)
    yield from checked_lines(options.checked, language, audience)


def _of_something(options: list[Option], arguments: Mapping[str, Type]) -> list[Option]:
    """The options without those of a count of 0 that are not allowed; all of them where there are no others."""
    kinds = {name: known(kind) for name, kind in arguments.items()}
    counts = [name for name, kind in kinds.items() if isinstance(kind, Integer) and kind.minimum == 0]
    return [each for each in options if each.decision == "allow" or 0 not in map(each.action.get, counts)] or options


def _codes(option: Option) -> tuple[str, ...]:
    return option.codes if option.outcome is None else (option.outcome, *option.codes)


def _alike(option: Option, language: str, labels: Words) -> Iterator[str]:
    """For whom the keys of an option stand; of many, the first ones are named."""
    for alike in option.alike:
        shown = ", ".join(map(printable, alike.keys[:_NAMED]))
        more = words("lists", language)["more"].format(some=shown, count=len(alike.keys) - _NAMED)
        yield f"{_one_of(option, alike, labels)}: {more if len(alike.keys) > _NAMED else shown}"


def _one_of(option: Option, alike: Alike, labels: Words) -> str:
    value = option.action[alike.argument]
    key = value[0] if isinstance(value, list) else value
    return labels["one_of"].format(key=printable(key), count=len(alike.keys))


def _left_out(options: Options, labels: Words) -> Iterator[str]:
    """What no option is of, a line each."""
    left_out = options.left_out
    yield from (labels["alike"].format(count=count, name=name) for name, count in left_out.alike.items())
    yield from (labels["cut"].format(limit=LIMIT, action=name) for name in left_out.cut)
    for name, entries in left_out.empty.items():
        label = labels["empty" if entries else "about_nothing"]
        yield label.format(action=name, names=", ".join(entries))
    if left_out.others:
        yield labels["others"].format(actor=options.actor, actions=", ".join(left_out.others))


def _by_outcome(options: list[Option]) -> list[list[Option]]:
    """The options that come out the same together, allowed ones first."""
    by_outcome: dict[tuple[object, ...], list[Option]] = {}
    for option in sorted(options, key=lambda option: option.decision != "allow"):
        by_outcome.setdefault((option.decision, option.codes, option.outcome), []).append(option)
    return list(by_outcome.values())


class _Row(NamedTuple):
    """An option that is shown, and how many more come out the same and are not."""

    option: Option
    more: int


def _shown(same: list[Option], everything: bool) -> Iterator[_Row]:
    shown = len(same) if everything else _SHOWN if same[0].decision == "allow" else 1
    for number, option in enumerate(same[:shown], 1):
        yield _Row(option, len(same) - number if number == shown else 0)


def _cells(row: _Row, columns: list[str], language: str, labels: Words) -> list[str]:
    option = row.option
    texts = {name: value_text(value) for name, value in option.action.items()}
    texts |= {alike.argument: _one_of(option, alike, labels) for alike in option.alike}
    values = [texts.get(name, "…") for name in columns]  # not everybody sees all
    more = f"  (+{row.more})" if row.more else ""
    return [verdict_word(option.decision, language), *values, (option.outcome or ", ".join(option.codes)) + more]


def _table(columns: list[str], shown: list[_Row], language: str, labels: Words, verdict: VerdictStyle) -> Iterator[str]:
    rows = [["", *columns, ""], *(_cells(row, columns, language, labels) for row in shown)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    decisions = [None, *(row.option.decision for row in shown)]
    for decision, row in zip(decisions, rows, strict=True):
        first, *others = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(["  " + (first if decision is None else verdict(decision, first)), *others]).rstrip()


def stretches_text(
    stretches: Stretches,
    program: Program,
    language: str,
    audience: Audience = SUPPORT,
    verdict: VerdictStyle = plain,
) -> str:
    """A line for each stretch of time with its verdict and codes, and below it why it begins."""
    if audience == "customer":
        return stretches.prose.text(language)
    labels, sees_all = words("planning", language), sees_others(audience)
    days = f"{stretches.stretches[0].first} {labels['to']} {stretches.until}"
    title = printable(stretches.title[language])
    lines = [f"{stretches.action['type']}: {title}  ({program.policy.title_of_all}, {days})", ""]
    split = _split(stretches.stretches)
    width = max(len(verdict_word(stretch.decision, language)) for stretch in stretches.stretches)
    for stretch in stretches.stretches:
        word = verdict_word(stretch.decision, language)
        padding = " " * (width - len(word)) if stretch.codes else ""
        days = f"{stretch.first} {labels['to']} {stretch.last}"
        lines.append(f"{days}  {verdict(stretch.decision, word)}{padding}  {', '.join(stretch.codes)}".rstrip())
        if stretch in split:
            lines += [f"  {line}" for line in _consequence(stretch, stretches, language, audience)]
        because = [_cause(cause, language, labels) if sees_all else _kind(cause, labels) for cause in stretch.because]
        lines += [f"  {line}" for line in dict.fromkeys(because)]
    if stretches.last < stretches.until:
        lines += ["", labels["unfinished"].format(last=stretches.last)]
    return "\n".join([*lines, *checked_lines(stretches.checked, language, audience)])


def _split(stretches: Sequence[Stretch]) -> list[Stretch]:
    """Those that differ from the one before or after in their consequence alone."""
    pairs = [pair for pair in pairwise(stretches) if pair[0].decision == pair[1].decision == "allow"]
    return [stretch for pair in pairs for stretch in pair]


def _consequence(stretch: Stretch, stretches: Stretches, language: str, audience: Audience) -> Iterator[str]:
    """What an allowed action is called and bills, asked on the first day of a stretch."""
    if stretch.outcome is not None and sees_others(audience):
        yield headline(stretch.outcome, language)
    elif stretch.outcome is not None:
        yield f"{stretch.outcome.code}: {printable(stretch.outcome.line(language))}"
    bills = stretch.billing if sees_others(audience) else public_bills(stretch.billing)
    label = words("decision", language)["billing"]
    for bill in bills:
        if len(bill) > 1:
            yield f"{label}: {bill_text(bill, stretches.policy.billing_words, language)}"


def _cause(cause: Cause, language: str, labels: Words) -> str:
    facts = cause.facts
    match cause.kind:
        case "rule" | "day":
            return f"{cause.id}: {_kind(cause, labels)}"
        case "comparison":
            values = f"({value_text(facts['left'])}, {value_text(facts['right'])})"
            holds = words("decision", language)[str(facts["holds"]).lower()]
            entry = ", ".join(f"{name} = {value_text(key)}" for name, key in cause.entry.items())
            compared = f"{cause.id}: {printable(facts['expression'])}  -> {holds}  {values}"
            return f"{compared}  {labels['entry'].format(entry=entry)}" if entry else compared
        case "event" | "error":
            return f"{cause.id}: {printable(cause.message(language) or labels['happens'])}"
    return _kind(cause, labels)


def _kind(cause: Cause, labels: Words) -> str:
    """What kind of thing changed: all that everybody may be told of it."""
    match cause.kind:
        case "version":
            return labels["version"].format(id=cause.id)
        case "rule":
            return labels["in_force" if cause.facts["in_force"] else "out_of_force"]
        case "event":
            return labels["event"]
        case "error":
            return cause.id
    return labels["day"]
