"""Decides the rows of Spark's tables, on as many machines as Spark has."""

from __future__ import annotations

from .tables import decide

__all__ = ["decide"]
