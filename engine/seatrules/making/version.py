"""Makes the next version of a policy: a header that takes over what is there, and a case that this version decides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from string import Template
from textwrap import fill
from typing import Any

from ..diagnostics import Diagnostic
from ..engine import Engine
from ..errors import RequestError
from ..policy.folders import SUITES
from ..policy.kinds import singular
from ..policy.written import Written
from ..suites import Case, find_suites, read_suite
from .cases import expected, title_of
from .draft import Draft, place_below
from .insertion import with_key
from .policy import template
from .yaml_text import WIDTH, in_brackets, yaml_lines

_COUNTED = ("actions", "facts", "settings", "cutoffs", "statements")


def version_draft(base: Written, day: str, today: str, folder: Path) -> Draft:
    """The header of a version that takes over all of another one from a day on."""
    rules = [each.name for each in base.clauses["rules"]]
    values = {
        "name": in_brackets(base.name),
        "base": base.version,
        "day": day,
        "today": today,
        "taken": _comment(f"What version {base.version} says holds here too: {', '.join(counted(base))}."),
        "rule": rules[0] if rules else "ID",
    }
    return Draft(folder, {f"{day}/policy.yaml": Template(template("version")).substitute(values)})


def _comment(text: str) -> str:
    return fill(text, WIDTH, initial_indent="# ", subsequent_indent="# ")


def counted(base: Written) -> Iterator[str]:
    """How many of each kind a version has."""
    counts = {kind: len(base.named[kind]) for kind in _COUNTED}
    counts |= {"tables": len(base.tables)} | {kind: len(entries) for kind, entries in base.clauses.items()}
    for kind, number in counts.items():
        if number:
            yield f"{number} {singular(kind) if number == 1 else kind}"


def with_first_case(draft: Draft, base: str, day: str, engine: Engine) -> tuple[Draft, Mapping[str, Any] | None]:
    """The draft with a case on its first day that a case of the version before was allowed, where one still is.

    Raises:
        FileError: a suite can't be read.
        SuiteError: one is not well formed.
    """
    suites = draft.folder / base / SUITES
    for case in plain_cases(suites):
        state = {**case.state, "as_of": day}
        with suppress(RequestError):
            decision, checked = engine.decide_checked(case.action, state)
            if decision.allowed and decision.policy.version == day:
                title = title_of(decision, engine.languages[0])
                made = {"id": "first-day", "title": title, "base": "first_day", "action": case.action}
                made["expect"] = expected(decision, checked)
                suite = {"bases": {"first_day": state}, "cases": [made]}
                text = template("cases") + "\n".join(yaml_lines(suite)) + "\n"
                return draft._replace(files={**draft.files, f"{day}/{SUITES}/cases.yaml": text}), made
    return draft, None


def plain_cases(suites: Path) -> Iterator[Case]:
    """The cases of one allowed action, with nothing else chosen."""
    for path in find_suites(suites) if suites.is_dir() else ():
        for case in read_suite(path).cases:
            is_plain = not (case.steps or case.settings or case.partial or case.incomplete) and case.invariants
            if is_plain and case.expect.get("decision") == "allow":
                yield case


def with_versions(draft: Draft, base: str, problems: Iterable[Diagnostic]) -> tuple[Draft, list[str]]:
    """The draft in which cases that another version would decide name the one in whose folder they are; their ids.

    Args:
        base: the version that they are of.
        problems: what `lint` says of them.
    """
    cases = list[str]()
    for problem in problems:
        file = Path(problem.span.source.name)
        place = place_below(draft.folder, file)
        if problem.code != "another-version" or problem.case is None or place is None:
            continue
        if not place.startswith(f"{base}/"):
            continue
        number = [each.id for each in read_suite(file).cases].index(problem.case)
        name = partial(with_key, path=["cases", number], key="version", value=base, name=str(file))
        draft = draft.changed(place, name)
        cases.append(problem.case)
    return draft, cases
