"""The states that a policy's suites hold: what is known of the accounts that there are."""

from __future__ import annotations

import json
from pathlib import Path

from ..diagnostics import RequestError
from ..engine import Engine
from .cases import Case, read_suite
from .find import find_suites


def known_states(engine: Engine, folder: Path, version: str | None) -> list[Case]:
    """The first case of each state in the suites below `folder` that is valid and keeps the invariants.

    Raises:
        SuiteError: a suite is not well formed.
        FileError: a suite can't be read.
    """
    first: dict[str, Case] = {}
    for path in find_suites(folder):
        for case in read_suite(path).cases:
            first.setdefault(json.dumps(case.state, sort_keys=True), case)
    return [case for case in first.values() if _is_valid(engine, case, version)]


def _is_valid(engine: Engine, case: Case, version: str | None) -> bool:
    try:
        engine.validate(case.state, version=version)
        return not engine.broken_invariants(case.state, version=version)
    except RequestError:
        return False
