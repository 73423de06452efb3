"""Lays out decisions, problems and results for people."""
