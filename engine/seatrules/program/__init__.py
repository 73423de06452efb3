"""A compiled policy version: what every evaluator reads, and nothing that runs."""

from .clause import Clause, Requirement
from .program import ActionType, PolicyVersion, Program, spoken

__all__ = ["ActionType", "Clause", "PolicyVersion", "Program", "Requirement", "spoken"]
