"""What a policy quotes stands in its source."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from conftest import TESTS

STATEMENTS = sorted((TESTS.parent / "policies" / "hubspot-seats").glob("*/statements.yaml"))
QUOTES: list[dict[str, Any]] = [
    statement
    for path in STATEMENTS
    for statement in yaml.safe_load(path.read_text(encoding="utf-8"))["statements"]
    if "source" not in statement
]
"""The statements of the policy's own page; others name their source."""


def squeezed(text: str) -> str:
    """A text without white space."""
    return "".join(text.split())


SOURCE = squeezed((TESTS / "source" / "zetels-beheren.nl.txt").read_text(encoding="utf-8"))


@pytest.mark.parametrize("statement", QUOTES, ids=lambda statement: statement["id"])
def test_every_part_of_a_quote_stands_in_the_source(statement: dict[str, Any]) -> None:
    """Each part of a quote (split at ` ... `) is in the source page, white space aside."""
    parts = [squeezed(part) for part in statement["quote"].split(" ... ")]
    assert all(parts)
    assert [part for part in parts if part not in SOURCE] == []


def test_all_fifty_statements_are_there() -> None:
    """The statements of the page are numbered from 1 to 50, each once."""
    assert [statement["id"] for statement in QUOTES] == [f"S{number:02}" for number in range(1, 51)]
