"""Which language to answer in, by what a browser says that its user reads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from . import nearest_language, plain_tag

_RANGE = re.compile(
    r"\s*([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*|\*)\s*(?:;\s*[Qq]\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*)?"
)
_MOST = 100
"""How many languages of a header are looked at."""


class _Range(NamedTuple):
    """A language, or each (`*`), and how much it is liked: not at all at 0."""

    tag: str
    quality: float

    def covers(self, language: str) -> bool:
        """Whether a language is this one or one of it: `nl-BE` is one of `nl`."""
        return self.tag == "*" or f"{plain_tag(language)}-".startswith(f"{self.tag}-")


def negotiated(header: str | None, languages: Sequence[str]) -> str:
    """The language that an `Accept-Language` header (RFC 9110) likes best; the first where it likes none of them.

    A tag finds its language as everywhere (`nl-BE` finds `nl`), and else one of its regions (`pt` finds `pt-BR`). What
    is no language in the header is passed over: nobody is refused an answer for it.
    """
    ranges = [*_ranges(header or "")]
    wanted = [each for each in languages if _quality(each, ranges) != 0]
    for each in sorted(ranges, key=lambda each: -each.quality):
        if each.quality:
            nearest = nearest_language(each.tag, wanted)
            of_it = (one for one in wanted if each.covers(one) and _quality(one, ranges) == each.quality)
            if (found := nearest or next(of_it, None)) is not None:
                return found
    return languages[0]


def _ranges(header: str) -> Iterable[_Range]:
    for part in header.split(",", _MOST)[:_MOST]:
        if match := _RANGE.fullmatch(part):
            yield _Range(plain_tag(match[1]), float(match[2] or 1))


def _quality(language: str, ranges: Iterable[_Range]) -> float | None:
    """How much a language is liked by the nearest range that covers it; nothing where none does."""
    covering = [each for each in ranges if each.covers(language)]
    return max(covering, key=lambda each: len(each.tag.rstrip("*"))).quality if covering else None
