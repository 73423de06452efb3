"""`python -m seatrules`."""

from .start import main

main()
