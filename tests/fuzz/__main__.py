"""Compares the evaluators on made-up requests of every policy that is here, and of policies that are made up too.

Run it in `tests`: `python -m fuzz --comparisons 100000`, or `--seconds 3600`. It ends at the first disagreement.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random, SystemRandom
from tempfile import TemporaryDirectory

from faults import are_told

from .compare import evaluators
from .run import run


def main() -> int:
    """Compare until there is enough of it; 1 where the evaluators differ."""
    options = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    options.add_argument("--comparisons", type=int, metavar="N", help="requests to put to all evaluators")
    options.add_argument("--seconds", type=float, metavar="N", help="how long to go on, where no number is given")
    options.add_argument("--seed", type=int, metavar="N", help="where to begin; another place each time")
    given = options.parse_args()
    are_told()
    seed = SystemRandom().randrange(2**32) if given.seed is None else given.seed
    names, why_not = evaluators()
    print(f"seed {seed}, evaluators {', '.join(names)}{why_not and f' ({why_not})'}", flush=True)
    start, seen = time.monotonic(), Counter[str]()
    with TemporaryDirectory() as folder:
        for found in run(Random(seed), names, Path(folder)):
            if found.case:
                print(found.case)
                return 1
            seen[found.answer] += 1
            if given.comparisons is not None and seen.total() >= given.comparisons:
                break
            if given.comparisons is None and time.monotonic() - start > (given.seconds or 60):
                break
    said = ", ".join(f"{number} {answer}" for answer, number in seen.most_common())
    print(f"{seen.total()} comparisons in {time.monotonic() - start:.0f} s: {said}")
    return 0


sys.exit(main())
