"""How long a law is tried: at its full length in `make deep`, for a part of it in `make test`."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TypeVar

T = TypeVar("T")

MUTANTS = os.environ.get("SEATRULES_TESTS") == "mutants"
"""Whether the code of the engine is changed while the tests run, so that nothing may be remembered of it."""
DEEP = os.environ.get("SEATRULES_TESTS") == "deep"
"""Whether the tests run at full length."""


def some(of: Iterable[T]) -> list[T]:
    """What a law is tried on, of all that there is: each third, where it is not tried at full length."""
    return list(of)[:: 1 if DEEP else 3]


def examples(full: int) -> int:
    """How many examples a law is tried on, of the `full` number of them."""
    return full if DEEP else max(8, full // 3)
