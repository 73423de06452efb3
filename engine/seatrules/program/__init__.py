"""A compiled policy version: what every evaluator reads, and nothing that runs."""

from .clause import Clause, Requirement
from .program import ActionType, Extension, PolicyVersion, Program, spoken

__all__ = ["ActionType", "Clause", "Extension", "PolicyVersion", "Program", "Requirement", "spoken"]
