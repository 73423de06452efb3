"""Starts the command `seatrules`."""

from __future__ import annotations

import gc

from .interrupts import end_on_interrupts


def main() -> None:
    """Run the command line and exit with its code."""
    end_on_interrupts()
    from .cli import main as run  # what is imported may be interrupted

    gc.freeze()  # what is imported is no garbage, nor is what is left in the end: neither is gone through for some
    try:
        run()
    finally:
        gc.freeze()
