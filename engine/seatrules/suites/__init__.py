"""A policy's own cases: reads suites and runs them."""

from .cases import Case, Suite, find_suites, read_suite
from .run import CaseResult, Difference, Engines, run_case

__all__ = ["Case", "CaseResult", "Difference", "Engines", "Suite", "find_suites", "read_suite", "run_case"]
