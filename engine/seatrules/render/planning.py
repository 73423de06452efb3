"""Lays out what can be done, and when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..decision.explain import checked_lines, value_text, verdict_word
from ..diagnostics import printable
from ..language.types import Integer, Type, known
from ..planning.causes import Cause
from ..planning.options import LIMIT, Option, Options
from ..planning.when import Stretches
from ..program import Program
from ..words import Words, words

_SHOWN = 20
"""The most rows of an action that come out allowed in the same way; of any other outcome, one stands for all."""


def options_text(options: Options, program: Program, language: str, *, everything: bool = False) -> str:
    """A table for each action: allowed first, then denied by what they are denied for; the codes; what was left out."""
    return "\n".join(_lines(options, program, language, everything))


def _lines(options: Options, program: Program, language: str, everything: bool) -> Iterator[str]:
    labels = words("planning", language)
    yield f"{labels['title']}  ({program.policy.title}, {options.as_of})"
    tables: dict[str, list[Option]] = {}
    for option in options.options:
        tables.setdefault(option.action["type"], []).append(option)
    hidden, of_nothing, explained = False, False, []
    for name, whole in tables.items():
        shown_options = whole if everything else _of_something(whole, program.actions[name].arguments)
        of_nothing = of_nothing or len(shown_options) < len(whole)
        explained += shown_options
        shown = [row for same in _by_outcome(shown_options) for row in _rows(same, language, everything)]
        hidden = hidden or len(shown) < len(shown_options)
        yield f"\n{_titled(name, program, language)}"
        yield from _table([["", *program.actions[name].arguments, ""], *shown])
        for argument, known_words in options.known.get(name, {}).items():
            yield f"  {labels['known'].format(name=argument, words=printable(', '.join(known_words)))}"
    if legend := dict.fromkeys(line for option in explained for line in _legend(option, program, language)):
        yield "\n" + "\n".join(legend)
    notes = [labels["more"]] if hidden else []
    notes += [labels["nothing"]] if of_nothing else []
    notes += [labels["alike"].format(count=count, name=name) for name, count in options.alike.items()]
    notes += [labels["cut"].format(limit=LIMIT, action=name) for name in options.cut]
    if notes:
        yield "\n" + "\n".join(notes)
    yield from checked_lines(options.checked, language)


def _titled(action: str, program: Program, language: str) -> str:
    return f"{action}: {printable(program.actions[action].title[language])}"


def _of_something(options: list[Option], arguments: Mapping[str, Type]) -> list[Option]:
    """The options without those of a count of 0 that are not allowed; all of them where there are no others."""
    kinds = {name: known(kind) for name, kind in arguments.items()}
    counts = [name for name, kind in kinds.items() if isinstance(kind, Integer) and kind.minimum == 0]
    return [each for each in options if each.decision == "allow" or 0 not in map(each.action.get, counts)] or options


def _legend(option: Option, program: Program, language: str) -> Iterator[str]:
    """The public line of each code of an option; an error of the request has none."""
    outcomes = [] if option.outcome is None else [("outcomes", option.outcome)]
    for group, code in [*outcomes, *(("reasons", code) for code in option.codes)]:
        if code in program.codes[group]:
            yield f"{code}: {printable(program.codes[group][code][language])}"


def _by_outcome(options: list[Option]) -> list[list[Option]]:
    """The options that come out the same together, allowed ones first."""
    by_outcome: dict[tuple[object, ...], list[Option]] = {}
    for option in sorted(options, key=lambda option: option.decision != "allow"):
        by_outcome.setdefault((option.decision, option.codes, option.outcome), []).append(option)
    return list(by_outcome.values())


def _rows(same: list[Option], language: str, everything: bool) -> Iterator[list[str]]:
    shown = len(same) if everything else _SHOWN if same[0].decision == "allow" else 1
    for number, option in enumerate(same[:shown], 1):
        values = [value_text(value) for name, value in option.action.items() if name != "type"]
        more = f"  (+{len(same) - number})" if number == shown < len(same) else ""
        result = option.outcome or ", ".join(option.codes)
        yield [verdict_word(option.decision, language), *values, result + more]


def _table(rows: list[list[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def stretches_text(stretches: Stretches, program: Program, language: str) -> str:
    """A line for each stretch of time with its verdict and codes, and below it why it begins."""
    labels = words("planning", language)
    name = stretches.action["type"]
    days = f"{stretches.stretches[0].first} {labels['to']} {stretches.until}"
    lines = [f"{_titled(name, program, language)}  ({program.name}, {days})", ""]
    width = max(len(verdict_word(stretch.decision, language)) for stretch in stretches.stretches)
    for stretch in stretches.stretches:
        verdict = verdict_word(stretch.decision, language).ljust(width)
        days = f"{stretch.first} {labels['to']} {stretch.last}"
        lines.append(f"{days}  {verdict}  {', '.join(stretch.codes)}".rstrip())
        lines += [f"  {_cause(cause, language, labels)}" for cause in stretch.because]
    if stretches.last < stretches.until:
        lines += ["", labels["unfinished"].format(last=stretches.last)]
    return "\n".join([*lines, *checked_lines(stretches.checked, language)])


def _cause(cause: Cause, language: str, labels: Words) -> str:
    facts = cause.facts
    match cause.kind:
        case "version":
            return labels["version"].format(id=cause.id)
        case "rule":
            return f"{cause.id}: {labels['in_force' if facts['in_force'] else 'out_of_force']}"
        case "comparison":
            values = f"({value_text(facts['left'])}, {value_text(facts['right'])})"
            holds = words("decision", language)[str(facts["holds"]).lower()]
            return f"{cause.id}: {printable(facts['expression'])}  -> {holds}  {values}"
        case "day":
            return f"{cause.id}: {labels['day']}"
    return f"{cause.id}: {printable(cause.message(language) or labels['happens'])}"
