"""The lock names what tests and tools run with."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from conftest import TESTS

ROOT = TESTS.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LINES = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()[1:]
LOCKED = {canonicalize_name(name): version for name, _, version in (line.partition("==") for line in LINES)}


def needed() -> Iterator[str]:
    """What the package, its tests, its tools and its build ask for."""
    yield from PROJECT["project"]["dependencies"]
    yield from PROJECT["build-system"]["requires"]
    for group in ("test", "lint"):
        yield from PROJECT["dependency-groups"][group]


@pytest.mark.parametrize("line", LINES)
def test_each_line_is_a_name_and_a_version(line: str) -> None:
    """No place that a package comes from is in the lock: every machine has its own."""
    assert re.fullmatch(r"[\w.-]+==[\w.]+", line)


@pytest.mark.parametrize("wanted", [*needed()])
def test_what_is_needed_is_locked_within_its_range(wanted: str) -> None:
    """The lock is one of the choices that the package leaves."""
    requirement = Requirement(wanted)
    assert requirement.specifier.contains(LOCKED[canonicalize_name(requirement.name)])
