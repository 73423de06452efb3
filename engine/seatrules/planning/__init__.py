"""Sequences of actions: what comes of them, step by step, and what has to hold all along."""
