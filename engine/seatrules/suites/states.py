"""The states that a policy's suites hold: what is known of the accounts that there are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

from ..decision.invariants import BROKEN
from ..engine import Engine
from ..errors import RequestError
from .cases import Case, read_suite
from .find import find_suites


class KnownStates(NamedTuple):
    """The cases whose states keep a version's invariants, and those whose states break some, with the ids of these."""

    version: str | None
    cases: list[Case]
    broken: list[tuple[Case, tuple[str, ...]]]

    @property
    def unmeant(self) -> list[tuple[Case, tuple[str, ...]]]:
        """The broken ones of cases that are to be decided with what is chosen here, and do not say that it is meant."""
        return [
            (case, rules)
            for case, rules in self.broken
            if case.version in (None, self.version)
            and case.invariants
            and not case.settings
            and case.expect.get("error") != BROKEN
        ]


def known_states(engine: Engine, folder: Path, version: str | None) -> KnownStates:
    """The first case of each state in the suites below `folder`; a state that is not well formed is left out.

    Raises:
        SuiteError: a suite is not well formed.
        FileError: a suite can't be read.
    """
    first: dict[str, Case] = {}
    for path in find_suites(folder):
        for case in read_suite(path).cases:
            first.setdefault(json.dumps(case.state, sort_keys=True), case)
    known = KnownStates(version, [], [])
    for case in first.values():
        try:
            engine.validate(case.state, version=version)
            known.cases.append(case)
        except RequestError as error:
            if rules := dict.fromkeys(each.invariant.rule for each in error.problems if each.invariant):
                known.broken.append((case, tuple(rules)))
    return known
