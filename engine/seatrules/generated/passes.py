"""Gathers all that is computed of the entries of one collection into one pass over it.

It knows code, and nothing of expressions: what each entry is asked is handed in as code of that entry.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Container, Iterable, Sequence
from typing import Any, NamedTuple

from ..language.limits import MOST_SUM

Lines = list[Any]
"""Lines of code, and in the place of some of them lists of lines that are written later."""
SEVERAL = 3
"""So many counts that differ in the value alone that they ask for are looked up where each value is counted."""


def flat(lines: Iterable[Any]) -> list[str]:
    """The lines, with those that were written later in their places."""
    return [line for each in lines for line in ((each,) if isinstance(each, str) else flat(each))]


_WORDS = {*keyword.kwlist}
_TEXTS = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")
_NAMES = re.compile(r"(?<![\w.])[A-Za-z_]\w*")
_BOUND = re.compile(r"\bfor (.+?) in\b|(\w+) :=|\blambda (.*?):")


def names_in(code: str) -> set[str]:
    """The names that generated code reads and does not bind itself; none of it is bound in one place and read free."""
    code = _TEXTS.sub("''", code)
    names = {*_NAMES.findall(code)} - _WORDS
    for bound in _BOUND.findall(code) if ":" in code or " for " in code else ():
        names -= {*_NAMES.findall(" ".join(bound))}
    return names


class Match(NamedTuple):
    """That a value of an entry is another one, or that a list of an entry holds it, which may hold it `twice`."""

    of_entry: str
    value: str
    is_item: bool = False
    twice: bool = False

    @property
    def code(self) -> str:
        return f"({self.value} in {self.of_entry})" if self.is_item else f"({self.of_entry} == {self.value})"


class Gathering(NamedTuple):
    """How a function of a `for` gathers: what it begins with, what is done for an entry, and what its result is.

    `{n}` is the variable, `{e}` the element. `keyed` are the same for each value of its own: what there is of all
    values, what is done for an entry with a value `{f}`, and what there is of the value `{k}`.
    """

    begin: str
    turn: str
    result: str = "{n}"
    keyed: tuple[str, str, str] | None = None


KINDS = {
    "all": Gathering("True", "{n} = False", keyed=("set()", "{n}.add({f})", "({k} not in {n})")),
    "any": Gathering("False", "{n} = True", keyed=("set()", "{n}.add({f})", "({k} in {n})")),
    "count": Gathering("0", "{n} += 1", keyed=("tally()", "{n}[{f}] += 1", "{n}.get({k}, 0)")),
    "count_distinct": Gathering("set()", "{n}.add({e})", "len({n})"),
    "first": Gathering(
        "MISSING",
        "if {n} is MISSING: {n} = {e}",
        "(None if {n} is MISSING else {n})",
        ("{{}}", "{n}.setdefault({f}, {e})", "{n}.get({k})"),
    ),
    "max": Gathering("None", "{n} = {e} if {n} is None or {e} > {n} else {n}"),
    "min": Gathering("None", "{n} = {e} if {n} is None or {e} < {n} else {n}"),
    "sum": Gathering("0", "{n} += {e}", keyed=("tally()", "{n}[{f}] += {e}", "each_sum(({n}.get({k}, 0),))")),
    "[]": Gathering("[]", "{n}.append({e})"),
}


class _Gathered(NamedTuple):
    """What is gathered in a variable of the entries for which all conditions hold."""

    kind: str
    conditions: tuple[str, ...]
    element: str
    match: Match | None = None


class Pass:
    """One pass over a collection, and what is gathered in it.

    `entry` stands for an entry in expressions; `own` are the names of what is read of one, `ready` those of what has
    its value before, as `constants` always have. `before`, `inside` and `after` are the places of what is written in
    the end, and `lists` those inside loops over lists of an entry, with the name of an item.
    """

    def __init__(
        self,
        entry: Any,
        own: frozenset[str],
        ready: frozenset[str],
        constants: Container[str],
        name: Callable[[], str],
        before: Lines,
        inside: Lines,
        after: Lines,
        lists: dict[str, tuple[str, Lines]],
    ) -> None:
        self.entry, self.own, self.ready, self.constants, self.name = entry, own, ready, constants, name
        self.before, self.inside, self.after, self.lists = before, inside, after, lists
        self.statements: list[tuple[Sequence[str], str]] = []
        """What else is done for an entry for which conditions hold."""
        self._plain: dict[_Gathered, str] = {}
        self._keyed: dict[_Gathered, str] = {}

    def is_of_entry(self, code: str) -> bool:
        """Whether code can be computed for an entry while the pass goes on."""
        return all(name in self.own or name in self.ready or name in self.constants for name in names_in(code))

    def may_look_up(self, match: Match) -> bool:
        """Whether one side of a match is an entry's, and the other one reads nothing of the entry."""
        of_entry = names_in(match.of_entry)
        return (
            not self.own.isdisjoint(of_entry)
            and self.own.isdisjoint(names_in(match.value))
            and self.is_of_entry(match.of_entry)
        )

    def gathered(self, kind: str, conditions: Sequence[str], element: str, match: Match | None = None) -> str:
        """The code, after the pass, of what it gathers of the entries for which the conditions and the match hold."""
        what = _Gathered(kind, tuple(conditions), element, match)
        return KINDS[kind].result.format(n=self._plain.setdefault(what, self._plain.get(what) or self.name()))

    def looked_up(self, kind: str, conditions: Sequence[str], element: str, match: Match) -> str | None:
        """The same where the value of the match is known later: looked up in what is gathered of each value."""
        keyed = KINDS[kind].keyed
        if keyed is None:
            return None
        return keyed[2].format(n=self._of_each_value(_Gathered(kind, tuple(conditions), element, match)), k=match.value)

    def _of_each_value(self, what: _Gathered) -> str:
        assert what.match is not None
        what = what._replace(match=what.match._replace(value=""))
        return self._keyed.setdefault(what, self._keyed.get(what) or self.name())

    def write(self, margin: str) -> None:
        """Write what is gathered; `margin` stands before the lines of an entry."""
        outer = margin[:-1]
        tree: dict[str, Any] = {}
        several = self._several()
        for what, name in self._plain.items():
            kind, match = KINDS[what.kind], what.match
            if what in several and match is not None and kind.keyed is not None:
                table = self._of_each_value(what)
                self.after.append(f"{outer}{name} = {kind.keyed[2].format(n=table, k=match.value)}")
            else:
                self.before.append(f"{outer}{name} = {kind.begin}")
                conditions = (*([] if match is None else [match.code]), *what.conditions)
                _add(tree, conditions, kind.turn.format(n=name, e=what.element))
                if what.kind == "sum":
                    self.after.append(f"{outer}if not -{MOST_SUM} <= {name} <= {MOST_SUM}: return None")
        for asked, statement in self.statements:
            _add(tree, asked, statement)
        for what, name in self._keyed.items():
            self._write_keyed(what, name, outer, tree)
        self.inside.extend(_written(tree, margin))

    def _several(self) -> set[_Gathered]:
        """What is asked for several values, each with a place of its own otherwise."""
        alike: dict[_Gathered, list[_Gathered]] = {}
        for what in self._plain:
            if what.match is not None and KINDS[what.kind].keyed is not None:
                alike.setdefault(what._replace(match=what.match._replace(value="")), []).append(what)
        return {what for each in alike.values() if len(each) >= SEVERAL for what in each}

    def _write_keyed(self, what: _Gathered, name: str, outer: str, tree: dict[str, Any]) -> None:
        keyed, match = KINDS[what.kind].keyed, what.match
        assert keyed is not None
        assert match is not None
        self.before.append(f"{outer}{name} = {keyed[0].format()}")
        if not match.is_item:
            _add(tree, what.conditions, keyed[1].format(n=name, f=match.of_entry, e=what.element))
        elif not what.conditions and match.of_entry in self.lists:
            item, lines = self.lists[match.of_entry]
            lines.append(f"{outer}  {keyed[1].format(n=name, f=item, e=what.element)}")
        else:
            items = f"{{*{match.of_entry}}}" if match.twice else match.of_entry
            turn = keyed[1].format(n=name, f=f"i_{name}", e=what.element)
            _add(tree, what.conditions, f"for i_{name} in {items}: {turn}")


def _add(tree: dict[str, Any], conditions: Sequence[str], statement: str) -> None:
    """Add what is done where all conditions hold; those that begin alike are asked once."""
    for condition in conditions:
        tree = tree.setdefault(condition, {})
    tree.setdefault("", []).append(statement)


def _written(tree: dict[str, Any], margin: str) -> list[str]:
    lines = []
    for condition, inner in tree.items():
        if condition:
            lines += [f"{margin}if {condition}:", *_written(inner, f"{margin} ")]
        else:
            lines += [f"{margin}{statement}" for statement in inner]
    return lines
