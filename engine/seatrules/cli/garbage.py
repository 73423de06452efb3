"""How often a command that keeps what it makes looks for garbage in it."""

from __future__ import annotations

import gc


def look_seldom_for_garbage() -> None:
    """From now on go through what is kept seldom: a compiled policy has a million parts, of which none is garbage."""
    gc.set_threshold(100_000, 20, 100)
