"""Lays out what `seatrules watch` says: in one line whether all is well, then what is not."""

from __future__ import annotations

from typing import Any

from ..analysis.watching import Looked
from ..errors import PolicyError
from ..words import words
from .suites import failure_data


def verdict_text(looked: Looked, language: str) -> str:
    """What comes first: green or red, as a word, and which cases ran."""
    label = words("watch", language)
    word = label["green"] if looked.is_good else label["red"]
    if any(isinstance(error, PolicyError) for error in looked.errors):
        return f"{word}: {label['does_not_load']}"
    if looked.errors:
        return f"{word}: {label['not_all_run']}"
    ran, left = len(looked.ran), looked.cases - len(looked.ran)
    if not ran:
        return f"{word}: {label['none_touched'].format(cases=looked.cases)}"
    failed = len(looked.failed)
    counts = label["fail" if failed else "pass"].format(ran=ran, cases=looked.cases, failed=failed)
    return f"{word}: {counts}" + (f"; {label['left'].format(left=left)}" if left else "")


def verdict_data(looked: Looked, language: str) -> dict[str, Any]:
    """The same as data, with what failed."""
    failures = [failure_data(each, language) for each in looked.failed]
    return {"good": looked.is_good, "ran": len(looked.ran), "cases": looked.cases, "failures": failures}
