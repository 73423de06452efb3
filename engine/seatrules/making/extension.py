"""Makes an extension of a policy: a folder with a header, and a case that says under it what it said."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from string import Template
from typing import Any

from ..engine import Engine
from ..policy.folders import EXTENSION, SUITES
from ..suites import CaseResult, find_suites, place_in_policy, read_suite
from .cases import expected, title_of
from .draft import Draft
from .insertion import with_item
from .policy import template
from .version import first_of
from .yaml_text import in_brackets, yaml_text

_EXAMPLE = re.compile(r"^# changes: \[.*\]\n", re.M)
"""Where what a new extension changes is listed."""


def extension_draft(name: str, policy: str, folder: Path, suites: Path, named: str | None) -> Draft:
    """The header of an extension of a policy whose suites lie below a folder; `named` is how the policy is found."""
    first = find_suites(suites)[:1]
    cases = [f"{place_in_policy(path)}/{case.id}" for path in first for case in read_suite(path).cases]
    values = {
        "name": in_brackets(name),
        "policy": in_brackets(policy),
        "changes": next(iter(cases), "VERSION/SUITE/ID"),
    }
    return Draft(folder, {EXTENSION: Template(template("extension")).substitute(values)}, named)


def with_case_as_before(draft: Draft, engine: Engine, suites: Path, named: str | None) -> Draft | None:
    """The draft with a case of the newest version, which is answered as without the extension; nothing if none is.

    Args:
        engine: the policy with the extension.
        suites: the folder below which the suites of the policy lie.
        named: the policy's folder, where it does not come with the package.
    """
    version = [*engine.programs][-1]
    first = first_of(suites, version, engine, version)
    if first is None:
        return None
    case, decision, checked = first
    made: dict[str, Any] = {"id": "as-before", "title": title_of(decision, engine.languages[0])}
    made |= {"base": "account", "action": case.action, "expect": expected(decision, checked)}
    suite = {
        **({"policy": named} if named else {}),
        "version": version,
        "bases": {"account": case.state},
        "cases": [made],
    }
    text = template("cases") + yaml_text(suite)
    return draft._replace(files={**draft.files, f"{SUITES}/cases.yaml": text})


def with_changes(draft: Draft, failed: Sequence[CaseResult]) -> Draft:
    """The draft of an extension that lists, among those that it means to change, cases that come out otherwise."""
    for result in failed:
        if suite := place_in_policy(Path(result.case.span.source.name)):
            add = partial(_with_change, case=f"{suite}/{result.case.id}", name=str(draft.folder / EXTENSION))
            draft = draft.changed(EXTENSION, add)
    return draft


def _with_change(text: str, case: str, name: str) -> str:
    """The text of a header with one more case in `changes`, which is begun where the comment shows it."""
    begun = _EXAMPLE.sub(f"changes:\n  - {in_brackets(case)}\n", text)
    return begun if begun != text else with_item(text, ["changes"], case, name)
