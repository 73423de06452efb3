"""What authors list as equivalent in `equivalent` of their suites: changes that no answer shows, each with why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ...diagnostics import Diagnostic, echo, nearest
from ...suites import Equivalent
from .mutant import Mutant


def excused(mutants: Sequence[Mutant], listed: Iterable[Equivalent]) -> dict[int, list[Equivalent]]:
    """The numbers of the mutants that are listed, each with what lists it."""
    by_words: dict[tuple[str, str], list[int]] = {}
    for number, mutant in enumerate(mutants):
        for key in _keys(mutant):
            by_words.setdefault(key, []).append(number)
    by_mutant: dict[int, list[Equivalent]] = {}
    for each in listed:
        for number in by_words.get((each.of, _plain(each.change)), ()):
            by_mutant.setdefault(number, []).append(each)
    return by_mutant


def of_nothing(
    mutants: Sequence[Mutant], listed: Iterable[Equivalent], by_mutant: Mapping[int, Sequence[Equivalent]]
) -> Iterator[Diagnostic]:
    """What is wrong with entries of the list that name no change."""
    naming = {each.span for of_mutant in by_mutant.values() for each in of_mutant}
    changes: dict[str, list[str]] = {}
    for of, words in (key for mutant in mutants for key in _keys(mutant)):
        changes.setdefault(of, []).append(words)
    for each in listed:
        if each.span not in naming:
            if each.of not in changes:
                message, near = f"nothing is changed of `{echo(each.of)}`", nearest(each.of, changes)
            else:
                near = nearest(_plain(each.change), changes[each.of])
                message = f"no change of `{echo(each.of)}` is `{echo(each.change)}`"
            help_text = f"did you mean `{near}`?" if near else "take it away, or name what `mutate` lists"
            yield Diagnostic("stale-equivalent", message, each.span, help_text)


def noticed_after_all(listed: Iterable[Equivalent]) -> Iterator[Diagnostic]:
    """That a case notices a change which is listed."""
    for each in listed:
        message = f"a case notices this change of `{echo(each.of)}`: it is not equivalent"
        yield Diagnostic("not-equivalent", message, each.span, "take it away")


def _keys(mutant: Mutant) -> Iterator[tuple[str, str]]:
    return ((f"{kind}/{name}", _plain(mutant.words)) for kind, name in mutant.owners)


def _plain(words: str) -> str:
    """Words without marks."""
    return " ".join(words.replace("`", "").split())
