"""What is certain of two answers of which it is known only which rules and which outcome they come from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import Enum, auto
from itertools import takewhile
from typing import NamedTuple

from ...program import Clause
from .differing import BESIDE, BILL, EFFECTS, WORDS, Differing, ProgramPair, Text


class Certainty(Enum):
    """Whether all requests that come out so are answered alike, or all differ in one way; else it is open."""

    ALIKE = auto()
    DIFFERENT = auto()
    OPEN = auto()


class Came(NamedTuple):
    """How a request comes out in one version: the rules that deny it, or what an allowed one is told.

    `announces` says whether it may be told of a rule that is yet to come into force.
    """

    denials: Sequence[Clause]
    warnings: Sequence[Clause] = ()
    outcome: Clause | None = None
    announces: bool = False

    @property
    def outcomes(self) -> list[Clause]:
        """The outcome, if there is one."""
        return [] if self.outcome is None else [self.outcome]

    @property
    def told(self) -> list[Clause]:
        """All clauses of which something is said."""
        return [*self.denials, *self.warnings, *self.outcomes]


def certainty(
    programs: ProgramPair, by: Differing, old: Came, new: Came, billed_alike: bool | None = None
) -> Certainty:
    """What is certain of the answers to requests that come out in one way; it says of them what `difference` would.

    Args:
        billed_alike: whether the entries of their bills are the same, where that is known.
    """
    may, announces, allowed = by.may, old.announces or new.announces, not old.denials
    if not may:
        return Certainty.ALIKE
    if allowed == bool(new.denials):
        return Certainty.DIFFERENT
    if _codes(old.denials) != _codes(new.denials):
        return Certainty.OPEN if announces else Certainty.DIFFERENT
    if announces and may & {BESIDE, WORDS}:
        return Certainty.OPEN
    if BESIDE in may and _codes(old.warnings) != _codes(new.warnings):
        return Certainty.DIFFERENT
    if allowed and BILL in may and not programs.bill_alike(old.outcome, new.outcome):
        if billed_alike is None or not programs.book_alike:
            return Certainty.OPEN
        if not billed_alike:
            return Certainty.DIFFERENT
    if allowed and EFFECTS in may:
        return Certainty.OPEN
    if BILL in may and _codes(old.outcomes) != _codes(new.outcomes):
        return Certainty.DIFFERENT
    return _words(programs, old.told, new.told) if WORDS in may else Certainty.ALIKE


def _codes(clauses: Iterable[Clause]) -> set[str | None]:
    return {each.code for each in clauses}


def _words(programs: ProgramPair, old: Sequence[Clause], new: Sequence[Clause]) -> Certainty:
    """What is certain of the texts: each that is another one has to be another whatever is put into it."""
    only_old, only_new = programs.told_otherwise(old, new)
    if not only_old and not only_new:
        return Certainty.ALIKE
    pairs = list(_pairs(only_old, only_new))
    sure = len(pairs) == len(only_old) == len(only_new) and all(_read_otherwise(programs, *pair) for pair in pairs)
    return Certainty.DIFFERENT if sure else Certainty.OPEN


def _pairs(old: Sequence[Clause], new: Sequence[Clause]) -> Iterator[tuple[Clause, Clause]]:
    """The clauses of a code that is had once in each."""
    for one in old:
        same = [[each for each in clauses if each.code == one.code] for clauses in (old, new)]
        if [len(each) for each in same] == [1, 1]:
            yield one, same[1][0]


def _read_otherwise(programs: ProgramPair, old: Clause, new: Clause) -> bool:
    """Whether two clauses never read the same: in one language the one is like the other in none."""
    before, after = programs.texts_of(old, of_new=False), programs.texts_of(new, of_new=True)
    return any(
        all(never_equal(text, other, in_one_language=language == of) for of, other in after.items())
        for language, text in before.items()
    )


def never_equal(old: Text, new: Text, *, in_one_language: bool) -> bool:
    """Whether two texts differ, whatever their placeholders say; in one language these say the same in both."""
    if in_one_language and _placeholders(old) == _placeholders(new) and _letters(old) != _letters(new):
        return True
    return _begin_apart(old, new) or _begin_apart(_backwards(old), _backwards(new))


def _placeholders(text: Text) -> list[int]:
    return sorted(each for each in text if isinstance(each, int))


def _letters(text: Text) -> int:
    return sum(len(each) for each in text if isinstance(each, str))


def _begin_apart(old: Text, new: Text) -> bool:
    """Whether two texts differ in a letter that stands before any placeholder."""
    one, other = _beginning(old), _beginning(new)
    return not (one.startswith(other) or other.startswith(one))


def _beginning(text: Text) -> str:
    return "".join(str(each) for each in takewhile(lambda each: isinstance(each, str), text))


def _backwards(text: Text) -> list[str | int]:
    return [each[::-1] if isinstance(each, str) else each for each in reversed(text)]
