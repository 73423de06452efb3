"""The digest by which a policy is known again: of all that can change a decision or its words, and of nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

import seatrules
from broken import build
from conftest import TESTS

CASES: dict[str, Any] = yaml.safe_load((TESTS / "cases" / "digest.yaml").read_text(encoding="utf-8"))


def digest(folder: Path, change: list[str] | None = None) -> str:
    """The digest of the small policy, with what is added to it and perhaps one change."""
    build(folder, CASES["added"])
    if change is not None:
        name, old, new = change
        path = folder / "parking" / "base" / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1
        path.write_text(text.replace(old, new), encoding="utf-8")
    return str(seatrules.load(folder / "parking").programs["base"].digest)


@pytest.mark.parametrize(
    ("change", "same"), [(name, name in CASES["same"]) for name in CASES["changes"] | CASES["same"]]
)
def test_what_is_part_of_the_digest(change: str, same: bool, tmp_path: Path) -> None:
    """A change of what can be decided or told changes the digest; another one does not."""
    before = digest(tmp_path / "before")
    after = digest(tmp_path / "after", (CASES["changes"] | CASES["same"])[change])
    assert (before == after) is same


def test_windows_line_ends_and_a_byte_order_mark_keep_the_digest(base_policy: Path) -> None:
    """The digest is of what a policy says, and not of how its files are written or split."""
    before = seatrules.load(base_policy).programs["base"].digest
    for path in (base_policy / "base").glob("*.yaml"):
        path.write_bytes(b"\xef\xbb\xbf# a comment\r\n" + path.read_bytes().replace(b"\n", b"\r\n"))
    text = (base_policy / "base" / "facts.yaml").read_text(encoding="utf-8-sig")
    head, _, tail = text.partition("  price_of:")
    (base_policy / "base" / "facts.yaml").write_text(head)
    (base_policy / "base" / "more-facts.yaml").write_text("facts:\n  price_of:" + tail)
    assert seatrules.load(base_policy).programs["base"].digest == before


def test_a_changed_word_changes_the_digest(base_policy: Path) -> None:
    """A message in other words is another policy."""
    before = seatrules.load(base_policy).programs["base"].digest
    path = base_policy / "base" / "rules.yaml"
    path.write_text(path.read_text().replace("it is busy", "it is very busy"))
    assert seatrules.load(base_policy).programs["base"].digest != before
