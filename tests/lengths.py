"""How long a law is tried: at its full length in `make deep`, for a part of it in `make test`."""

from __future__ import annotations

import os

MUTANTS = os.environ.get("SEATRULES_TESTS") == "mutants"
"""Whether the code of the engine is changed while the tests run, so that nothing may be remembered of it."""
DEEP = os.environ.get("SEATRULES_TESTS") == "deep"
"""Whether the tests run at full length."""


def examples(full: int) -> int:
    """How many examples a law is tried on, of the `full` number of them."""
    return full if DEEP else max(8, full // 3)
