"""The generated evaluator: Python functions written from a program, which decide and explain."""
