"""From a policy as written to a program: names bound, types checked, functions generated."""

from .program import ActionProgram, Clause, Program

__all__ = ["ActionProgram", "Clause", "Program"]
