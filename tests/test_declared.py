"""What a table and the state may not be, told where it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

import seatrules

KEYS = "prices.yaml:2:6: error[wrong-kind]: table `day_price`: a table has one key or two"


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("prices", "key: [kind, lot]", "key: [kind, lot, kind]", KEYS),
        ("prices", "key: [kind, lot]", "key: []", KEYS),
        (
            "state.schema",
            "type: object\nadditionalProperties: false\n",
            "$ref: '#/$defs/lot'\n",
            "state.schema.yaml:1:1: error[bad-schema]: the state is an object with properties",
        ),
    ],
    ids=["a table with three keys", "a table without a key", "a state that is a word"],
)
def test_what_is_declared_wrongly_is_told(name: str, old: str, new: str, told: str, base_policy: Path) -> None:
    """The author is told what it has to be, among whatever else follows from it."""
    path = base_policy / "base" / f"{name}.yaml"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(seatrules.PolicyError) as raised:
        seatrules.load(base_policy)
    assert told in [str(problem).partition("/base/")[2] for problem in raised.value.problems]
