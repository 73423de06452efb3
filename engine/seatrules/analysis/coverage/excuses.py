"""What authors say that no case has to show, in `uncovered` of their suites."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...diagnostics import Diagnostic, did_you_mean, echo
from ...policy.written import Written
from ...suites import Uncovered
from .points import Point


def is_excused(point: Point, uncovered: Uncovered) -> bool:
    """Whether an author says of a point that no case has to show it, by the words that end its own, without marks."""
    what = (uncovered.what or "").replace("`", "")
    return uncovered.of == f"{point.owner.kind}/{point.owner.name}" and point.what.replace("`", "").endswith(what)


def of_nothing(uncovered: Iterable[Uncovered], versions: Iterable[Written]) -> Iterator[Diagnostic]:
    """What is wrong with excuses for entries that no version has."""
    entries = {each for written in versions for each in _entries(written)}
    for each in uncovered:
        if each.of not in entries:
            help_text = did_you_mean(each.of, sorted(entries)) or "name it by its kind and its name, as in `rules/id`"
            yield Diagnostic("stale-uncovered", f"there is no `{echo(each.of)}` to excuse", each.span, help_text)


def _entries(written: Written) -> Iterator[str]:
    """The entries of a version, by their kinds and names."""
    for kind, named in written.named.items():
        of_codes = kind not in ("actions", "cutoffs", "facts", "settings", "statements", "words")
        yield from (f"{'codes' if of_codes else kind}/{name}" for name in named)
    yield from (f"tables/{name}" for name in written.tables)
    yield from (f"{kind}/{entry.name}" for kind, entries in written.clauses.items() for entry in entries)
