"""The versions of a policy as written, and their programs: as they are, and with a change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from ...compiler.compile import compile_policy
from ...engine import Engine
from ...loading import choices, read_versions
from ...policy.locate import Place
from ...policy.written import Written
from ...problems import Problems
from ...program import Program
from ...suites import Case
from ...versions import UnreadVersion
from .mutant import Mutant
from .plain import PlainEngine


class Versions:
    """Those that a place names, with some settings; a case may choose others.

    Raises:
        UsageError: there is no such setting or choice.
        PolicyError: the policy is wrong.
        FileError: it can't be read.
    """

    def __init__(self, place: Place, settings: Mapping[str, Any]) -> None:
        versions, problems = read_versions(place)
        problems.raise_errors()
        self.settings = choices(versions, settings)
        self.written = {each.version: each for each in versions}
        self._programs: dict[tuple[str, str], Program] = {}

    def chosen(self, case: Case) -> dict[str, Any]:
        """The settings with which a case is decided."""
        return {**self.settings, **case.settings}

    def program(self, version: str, settings: Mapping[str, Any]) -> Program:
        """A version as it is.

        Raises:
            PolicyError: it is wrong.
        """
        key = version, repr(sorted(settings.items()))
        if key not in self._programs:
            self._programs[key] = compiled(self.written[version], settings)
        return self._programs[key]

    def programs(self, settings: Mapping[str, Any]) -> dict[str, Program]:
        """All of them as they are."""
        return {version: self.program(version, settings) for version in self.written}

    def changed(self, mutant: Mutant) -> ChangedVersions:
        """Those of which a change is one, with it."""
        made = ((version, mutant.in_version(written)) for version, written in self.written.items())
        return ChangedVersions(self, {version: written for version, written in made if written is not None})


class ChangedVersions:
    """The versions of a policy with a change; `written` are those of which it is one."""

    def __init__(self, versions: Versions, written: Mapping[str, Written]) -> None:
        self.versions, self.written = versions, written
        self._programs: dict[tuple[str, str], Program] = {}

    def program(self, version: str, settings: Mapping[str, Any]) -> Program:
        """A version with the change, if it is one of this version.

        Raises:
            PolicyError: with the change it is wrong.
        """
        if version not in self.written:
            return self.versions.program(version, settings)
        key = version, repr(sorted(settings.items()))
        if key not in self._programs:
            self._programs[key] = compiled(self.written[version], settings)
        return self._programs[key]

    def engine(self, settings: Mapping[str, Any]) -> Engine:
        """What decides with the change; each version is compiled when it is first asked."""
        return PlainEngine.reading(self._reading(settings), "interpreter")

    def fast_engine(self, settings: Mapping[str, Any]) -> Engine:
        """The same, for many questions."""
        return Engine.reading(self._reading(settings))

    def _reading(self, settings: Mapping[str, Any]) -> Iterator[UnreadVersion]:
        for version, written in self.versions.written.items():
            day, languages = written.header.value["effective_from"], tuple(written.languages)
            yield UnreadVersion(version, day, languages, partial(self.program, version, settings))


def compiled(written: Written, settings: Mapping[str, Any]) -> Program:
    """The program of a version.

    Raises:
        PolicyError: it is wrong.
    """
    problems = Problems()
    program = compile_policy(written, settings, problems)
    problems.raise_errors()
    return program
