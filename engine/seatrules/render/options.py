"""Lays out what can be done: what comes out the same stands together, under its verdict and its codes in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ..decision.explain import checked_lines, value_text, verdict_word
from ..diagnostics import printable
from ..errors import SUPPORT, Audience
from ..language.types import Integer, Key, Type, known
from ..planning.option_values import Alike, Option, Options
from ..planning.options import LIMIT
from ..program import Program
from ..words import Words, words
from .planning import plain
from .timeline import VerdictStyle
from .wide import Wide

_NAMED = 5
"""How many are named of those who are alike, and of those for whom a row stands."""
_SHOWN = 20
"""The most rows of an action that come out allowed in the same way; of any other outcome, one stands for all."""


class _Row(NamedTuple):
    """Options that come out the same and differ in nothing but who is in them: the words of each argument."""

    options: tuple[Option, ...]
    cells: Mapping[str, tuple[str, ...]]


class _Layout(NamedTuple):
    """How options are laid out."""

    options: Options
    program: Program
    language: str
    everything: bool
    verdict: VerdictStyle
    wide: Wide | None

    @property
    def labels(self) -> Words:
        return words("planning", self.language)


def options_text(
    options: Options,
    program: Program,
    language: str,
    *,
    everything: bool = False,
    audience: Audience = SUPPORT,
    verdict: VerdictStyle = plain,
    wide: Wide | None = None,
) -> str:
    """Of each action what is allowed, then what is denied, with why; who is alike; what was left out.

    With `wide` each action has a table.
    """
    if audience == "customer":
        return options.prose.text(language)
    layout = _Layout(options.seen_by(audience), program, language, everything, verdict, wide)
    return "\n".join([*_lines(layout), *checked_lines(options.checked, language, audience)])


def _lines(layout: _Layout) -> Iterator[str]:
    options, labels, everything = layout.options, layout.labels, layout.everything
    yield f"{labels['title']}  ({layout.program.policy.title}, {options.as_of})"
    tables: dict[str, list[Option]] = {}
    for option in options.options:
        if everything or not option.pointless:
            tables.setdefault(option.action["type"], []).append(option)
    hidden, of_nothing, named = False, False, list[Option]()
    for name, every in tables.items():
        whole = every if everything else _of_something(every, layout.program.actions[name].arguments)
        same = [_Same(layout, name, each) for each in _by_outcome(whole)]
        of_nothing = of_nothing or len(whole) < len(every)
        hidden = hidden or any(each.more for each in same)
        named += [option for each in same for row in each.shown for option in row.options]
        yield f"\n{name}: {printable(options.titles[name][layout.language])}"
        yield from _table(layout, name, same)
        for argument, known_words in options.known.get(name, {}).items():
            yield f"  {labels['known'].format(name=argument, words=printable(', '.join(known_words)))}"
    if alike := dict.fromkeys(line for option in named for line in _alike(option, layout.language, labels)):
        yield "\n" + "\n".join(alike)
    notes = [labels["more"]] if hidden else []
    notes += [labels["nothing"]] if of_nothing else []
    notes += [labels["pointless"]] if not everything and any(each.pointless for each in options.options) else []
    notes += _left_out(options, labels)
    if notes:
        yield "\n" + "\n".join(notes)


def _of_something(options: list[Option], arguments: Mapping[str, Type]) -> list[Option]:
    """The options without those of a count of 0 that are not allowed; all of them where there are no others."""
    kinds = {name: known(kind) for name, kind in arguments.items()}
    counts = [name for name, kind in kinds.items() if isinstance(kind, Integer) and kind.minimum == 0]
    return [each for each in options if each.decision == "allow" or 0 not in map(each.action.get, counts)] or options


def _by_outcome(options: list[Option]) -> list[list[Option]]:
    """The options that come out the same together, allowed ones first."""
    by_outcome: dict[tuple[object, ...], list[Option]] = {}
    for option in sorted(options, key=lambda option: option.decision != "allow"):
        by_outcome.setdefault((option.decision, option.codes, option.outcome), []).append(option)
    return list(by_outcome.values())


class _Same:
    """Options of one action that come out the same: the rows that are shown, and how many `more` are not."""

    def __init__(self, layout: _Layout, name: str, options: list[Option]) -> None:
        rows = _together(options, layout.program.actions[name].arguments, layout)
        shown = len(rows) if layout.everything else _SHOWN if options[0].decision == "allow" else 1
        self.first, self.shown = options[0], rows[:shown]
        self.more = sum(len(row.options) for row in rows[shown:])

    def heading(self, layout: _Layout) -> str:
        """The verdict, and what everybody is told of the codes; of one that is no code of the policy, its name."""
        option, language = self.first, layout.language
        word = verdict_word(option.decision, language)
        codes = option.codes if option.outcome is None else (option.outcome, *option.codes)
        lines = layout.options.lines
        said = [printable(lines[code][language]) if code in lines else code for code in codes]
        why = "; ".join(each for each in said if each.lower() != word.lower())
        return "  ".join(["", layout.verdict(option.decision, word), *filter(None, [why])])


def _together(options: list[Option], arguments: Mapping[str, Type], layout: _Layout) -> list[_Row]:
    """A row for each option, and one for those that differ in one key or known word: in one argument, then the next."""
    rows = [_Row((option,), _cells(option, arguments, layout)) for option in options]
    known_words = layout.options.known.get(options[0].action["type"], {})
    for name in (name for name, kind in arguments.items() if name in known_words or isinstance(known(kind), Key)):
        rest: dict[tuple[object, ...], list[_Row]] = {}
        for row in rows:
            rest.setdefault(tuple(cell for each, cell in row.cells.items() if each != name), []).append(row)
        rows = [_one(same, name) for same in rest.values()]
    return rows


def _cells(option: Option, arguments: Mapping[str, Type], layout: _Layout) -> dict[str, tuple[str, ...]]:
    """The words of each argument; not everybody sees all. What stands for any word that is not known says so."""
    labels, known_words = layout.labels, layout.options.known.get(option.action["type"], {})
    texts = {name: value_text(value) for name, value in option.action.items()}
    others = {name for name, of in known_words.items() if option.action.get(name) == name and name not in of}
    texts |= dict.fromkeys(others, labels["other"])
    texts |= {alike.argument: _one_of(option, alike, labels) for alike in option.alike}
    return {name: (texts.get(name, "…"),) for name in arguments}


def _one(rows: list[_Row], name: str) -> _Row:
    """The row that stands for several which differ in one argument."""
    words_of_all = dict.fromkeys(word for row in rows for word in row.cells[name])
    return _Row(tuple(option for row in rows for option in row.options), {**rows[0].cells, name: tuple(words_of_all)})


def _table(layout: _Layout, name: str, same: list[_Same]) -> Iterator[str]:
    """The names of the arguments; below each verdict the rows that come out so."""
    shown = [row for each in same for row in each.shown]
    given = {argument for row in shown for option in row.options for argument in option.action}
    columns = [each for each in layout.program.actions[name].arguments if each in given]
    texts = [[_named(row.cells[each], layout) for each in columns] for row in shown]
    if layout.wide is not None:
        yield from layout.wide.table(_sections(layout, same, texts), ["", *columns])
        return
    widths = [max(map(len, column)) for column in zip(columns, *texts, strict=True)]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (columns, *texts)
    )
    yield f"    {next(lines)}".rstrip()
    for each in same:
        yield each.heading(layout)
        for number in range(len(each.shown), 0, -1):
            more = f"  (+{each.more})" if number == 1 and each.more else ""
            yield f"    {next(lines)}{more}".rstrip()


def _sections(layout: _Layout, same: list[_Same], texts: list[list[str]]) -> Iterator[list[list[str]]]:
    """The rows of a wide table, those together that come out the same: beside the first of them stands how."""
    rows = iter(texts)
    for each in same:
        section = [["", *next(rows)] for _ in each.shown]
        section[0][0] = each.heading(layout).strip()
        if each.more:
            section[-1][-1] += f"  (+{each.more})"
        yield section


def _named(cell: tuple[str, ...], layout: _Layout) -> str:
    """The words of an argument; of many, the first ones are named, unless all are asked for."""
    if layout.everything or len(cell) <= _NAMED:
        return ", ".join(cell)
    more = words("lists", layout.language)["more"]
    return more.format(some=", ".join(cell[:_NAMED]), count=len(cell) - _NAMED)


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
