"""The states that a policy's suites hold: what is known of the accounts that there are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from ..decision.invariants import BROKEN
from ..engine import Engine
from ..errors import RequestError
from .cases import Case, read_suite
from .find import find_suites


class KnownStates(NamedTuple):
    """The cases whose states keep a version's invariants, and those whose states break some, with the ids of these.

    `asked` is what all cases on the state of one of `cases` ask: its place among them, and an action or the steps.
    """

    version: str | None
    cases: list[Case]
    broken: list[tuple[Case, tuple[str, ...]]]
    asked: list[tuple[int, tuple[Any, ...]]]

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
    every: dict[str, list[Case]] = {}
    for path in find_suites(folder):
        for case in read_suite(path).cases:
            every.setdefault(json.dumps(case.state, sort_keys=True), []).append(case)
    known = KnownStates(version, [], [], [])
    for case, *others in every.values():
        try:
            engine.validate(case.state, version=version)
        except RequestError as error:
            if rules := dict.fromkeys(each.invariant.rule for each in error.problems if each.invariant):
                known.broken.append((case, tuple(rules)))
            continue
        known.asked.extend((len(known.cases), each.steps or (each.action,)) for each in (case, *others))
        known.cases.append(case)
    return known
