"""Makes the next version of a policy: a header that takes over what is there, and a case that this version decides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from shlex import quote
from string import Template
from textwrap import wrap
from typing import Any, NamedTuple

from ..decision.invariants import CheckedState
from ..decision.values import Decision
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
from .yaml_text import WIDTH, in_brackets, yaml_text

_TIED = "\N{NO-BREAK SPACE}"
_COUNTED = ("actions", "facts", "settings", "cutoffs", "statements")


def version_draft(base: Written, day: str, today: str, folder: Path) -> Draft:
    """The header of a version that takes over all of another one from a day on."""
    rules = [each.name for each in base.clauses["rules"]]
    values = {
        "name": in_brackets(base.name),
        "base": base.version,
        "day": day,
        "today": today,
        "taken": comment_on(base.version, [*counted(base)]),
        "compared": f"seatrules diff {quote(f'{folder}/{base.version}')} {quote(f'{folder}/{day}')}",
        "rule": rules[0] if rules else "ID",
    }
    return Draft(folder, {f"{day}/policy.yaml": Template(template("version")).substitute(values)})


def comment_on(version: str, taken: Sequence[str]) -> str:
    """A comment on what is taken over of a version; a number stays in the line of what it counts."""
    tied = ", ".join(each.replace(" ", _TIED) for each in taken)
    lines = wrap(f"What version {version} says holds here too: {tied}.", WIDTH - 2)
    return "\n".join(f"# {line}" for line in lines).replace(_TIED, " ")


def counted(base: Written) -> Iterator[str]:
    """How many of each kind a version has."""
    counts = {kind: len(base.named[kind]) for kind in _COUNTED}
    counts |= {"tables": len(base.tables)} | {kind: len(entries) for kind, entries in base.clauses.items()}
    for kind, number in counts.items():
        if number:
            yield f"{number} {singular(kind) if number == 1 else kind}"


def with_first_case(draft: Draft, base: str, day: str, engine: Engine) -> tuple[Draft, Mapping[str, Any] | None]:
    """The draft with a case on its first day of what a case of an earlier version asks: one that is allowed, if any is.

    Raises:
        FileError: a suite can't be read.
        SuiteError: one is not well formed.
    """
    first = first_of(draft.folder, base, engine, day, day)
    if first is None:
        return draft, None
    case, decision, checked = first
    made = {"id": "first-day", "title": title_of(decision, engine.languages[0]), "base": "first_day"}
    made |= {"action": case.action, "expect": expected(decision, checked)}
    suite = {"bases": {"first_day": {**case.state, "as_of": day}}, "cases": [made]}
    text = template("cases") + yaml_text(suite)
    return draft._replace(files={**draft.files, f"{day}/{SUITES}/cases.yaml": text}), made


class AnsweredCase(NamedTuple):
    """A case with what a version answers to it."""

    case: Case
    decision: Decision
    checked: CheckedState


def first_of(folder: Path, base: str, engine: Engine, version: str, day: str | None = None) -> AnsweredCase | None:
    """The first case below a policy's folder, those of a `base` before others, that a version allows, else answers.

    Args:
        day: on which it is answered; else on its own.
    """
    first = None
    for case in _plain_cases(folder, base):
        with suppress(RequestError):
            state = {**case.state, "as_of": day} if day is not None else case.state
            again = AnsweredCase(case, *engine.decide_checked(case.action, state, version=version))
            if again.decision.allowed:
                return again
            first = first or again
    return first


def _plain_cases(folder: Path, version: str) -> Iterator[Case]:
    """The cases of one action, with nothing else chosen, below a policy's folder: a version's, then those of others."""
    own = folder / version / SUITES
    for path in sorted(find_suites(folder), key=lambda path: not path.is_relative_to(own)):
        for case in read_suite(path).cases:
            is_plain = not (case.steps or case.settings or case.partial or case.incomplete) and case.invariants
            if is_plain and isinstance(case.state, Mapping):
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
