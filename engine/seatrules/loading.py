"""Reads and compiles the versions of a policy, with one choice of its settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from .compiler.compile import compile_policy
from .diagnostics import echoed
from .errors import UsageError, unknown
from .policy.extension import read_extensions, with_extensions
from .policy.load import load_version
from .policy.locate import Place
from .policy.standard import with_standard
from .policy.strays import check_strays, strays
from .policy.written import Written
from .problems import Problems
from .program import Program
from .words import phrase


def compile_place(place: Place, settings: Mapping[str, Any]) -> list[Program]:
    """The programs of the versions that a place names, in the order in which they came into force.

    Raises:
        UsageError: there is no such setting or choice.
        PolicyError: the policy is wrong; with every problem, sorted by place.
        FileError: the files can't be read.
    """
    return compile_versions(*read_versions(place), settings)


def compile_versions(versions: Sequence[Written], noted: Problems, settings: Mapping[str, Any]) -> list[Program]:
    """The programs of versions that were read, as `noted` when they were.

    Raises:
        UsageError: there is no such setting or choice.
        PolicyError: the policy is wrong; with every problem, sorted by place.
    """
    problems = Problems()
    problems.take(noted.sorted)
    if not versions:
        problems.raise_errors()
    chosen = choices(versions, settings)
    programs = [compile_policy(written, chosen, problems) for written in versions]
    problems.raise_errors()
    return programs


def read_versions(place: Place) -> tuple[list[Written], Problems]:
    """The versions that a place names, in the order in which they came into force."""
    problems = Problems()
    names = [place.version] if place.version else place.versions
    check_strays(place.files, strays(place.files, place.version), problems)
    extensions = read_extensions(place, problems)
    known: dict[str, Written] = {}
    loaded = [load_version(place.files, name, problems, known) for name in names]
    versions = sorted(
        (each for each in loaded if each is not None), key=lambda w: str(w.header.value["effective_from"])
    )
    for earlier, later in pairwise(versions):
        if earlier.name != later.name:
            problems.error(
                "wrong-name",
                f"the versions of one policy have one name: `{earlier.name}` and `{later.name}`",
                later.header.span,
            )
        if earlier.header.value["effective_from"] == later.header.value["effective_from"]:
            problems.error(
                "same-day",
                f"versions `{earlier.version}` and `{later.version}` come into force on one day",
                later.header.span,
            )
    extended = (with_extensions(each, extensions, problems) for each in versions)
    return [with_standard(each, problems) for each in extended], problems


def read_version(place: Place, version: str) -> Written:
    """One of the versions that a place names, of a policy that loads."""
    versions, _ = read_versions(place)
    return next(written for written in versions if written.version == version)


def choices(versions: Iterable[Written], settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings as chosen, each checked against the newest version that has it.

    Raises:
        UsageError: a setting or a choice is not there.
    """
    choices_by_setting: dict[str, Sequence[Any]] = {}
    for written in versions:
        choices_by_setting |= {name: entry.value["choices"] for name, entry in written.named["settings"].items()}
    for name, choice in settings.items():
        check_choice(name, choice, choices_by_setting)
    return dict(settings)


def check_choice(name: str, choice: Any, choices_by_setting: Mapping[str, Sequence[Any]]) -> None:
    """Make sure that there is such a setting and such a choice of it.

    Raises:
        UsageError: there is not.
    """
    if name not in choices_by_setting:
        raise unknown("setting", name, choices_by_setting)
    if any(choice == each and type(choice) is type(each) for each in choices_by_setting[name]):
        return
    words = [str(each).lower() if isinstance(each, bool) else str(each) for each in choices_by_setting[name]]
    if choice in words:
        message = phrase("truth_value_expected", choice=choice, name=name)
        mend = phrase("write_without_quotes", python=choice.title(), yaml=choice)
        raise UsageError("unknown-choice", message, allowed=words, suggestion=mend)
    raise unknown("choice", choice, words, phrase("no_such_choice", choice=echoed(choice), name=name))
