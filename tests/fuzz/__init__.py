"""Differential testing: made-up requests and policies, on which all evaluators have to agree."""
