"""A policy's own cases: reads suites and runs them."""

from .cases import Case, Suite, check_suite, find_suites, is_suite, read_suite
from .run import CaseResult, Difference, Engines, run_case
from .states import known_states

__all__ = [
    "Case",
    "CaseResult",
    "Difference",
    "Engines",
    "Suite",
    "check_suite",
    "find_suites",
    "is_suite",
    "known_states",
    "read_suite",
    "run_case",
]
