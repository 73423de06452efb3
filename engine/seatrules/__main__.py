"""`python -m seatrules`."""

from .cli import main

main()
