"""A policy's own cases: reads suites and runs them."""

from .asked import mistaken
from .cases import Case, Equivalent, Suite, Uncovered, check_suite, read_suite
from .find import find_suites, identity, no_suites, place_in_policy, why_a_suite
from .fit import other_version
from .run import CaseResult, Decided, Engines, Mismatch, run_case
from .samples import Sample, samples, samples_of
from .states import known_states

__all__ = [
    "Case",
    "CaseResult",
    "Decided",
    "Engines",
    "Equivalent",
    "Mismatch",
    "Sample",
    "Suite",
    "Uncovered",
    "check_suite",
    "find_suites",
    "identity",
    "known_states",
    "mistaken",
    "no_suites",
    "other_version",
    "place_in_policy",
    "read_suite",
    "run_case",
    "samples",
    "samples_of",
    "why_a_suite",
]
