"""Deciding a proposed action, and saying why."""
