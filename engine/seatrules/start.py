"""Starts the command `seatrules`."""

from __future__ import annotations

from .interrupts import end_on_interrupts


def main() -> None:
    """Run the command line and exit with its code."""
    end_on_interrupts()
    from .cli import main as run  # what is imported may be interrupted

    run()
