"""Builds the site of the documents. Run it in `tests`: `python -m manual ../build/site`."""

from __future__ import annotations

import argparse
from pathlib import Path

from seatrules.book.gathering import SECONDS

from .site import build

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    """Build it where the command says."""
    options = argparse.ArgumentParser(prog="manual", description=__doc__)
    options.add_argument("out", type=Path, help="a folder that is not there yet")
    options.add_argument("--policy", action="append", metavar="NAME", help="the book of this policy, not of all")
    options.add_argument(
        "--seconds", type=float, default=SECONDS, metavar="N", help="how long is looked, for each book"
    )
    options.add_argument("--try", type=Path, dest="runtime", metavar="PACKAGE", help="as of `seatrules book`")
    given = options.parse_args()
    build(ROOT, given.out, given.policy, given.seconds, given.runtime)


if __name__ == "__main__":
    main()
