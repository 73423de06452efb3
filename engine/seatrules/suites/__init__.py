"""A policy's own cases: reads suites and runs them."""

from .cases import Case, Suite, check_suite, find_suites, read_suite
from .run import CaseResult, Difference, Engines, run_case

__all__ = [
    "Case",
    "CaseResult",
    "Difference",
    "Engines",
    "Suite",
    "check_suite",
    "find_suites",
    "read_suite",
    "run_case",
]
