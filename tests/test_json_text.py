"""JSON is read strictly and written in the same bytes, with or without the faster library."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatrules import json_text
from seatrules.diagnostics import RequestError

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from([2**63, -(2**64), 10**30, "a:b", "\ud800"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=20,
)
TEXTS = [
    '{"a": 1, "a": 2}',
    '{"a":1,"a" :2}',
    '{"a":1,"a"\t:2}',
    '{"a":1,"a"\n:2}',
    '{"a" :1,"a":2,"c":"x\\":y"}',
    '{"a":"b:c","d":"\\":"}',
    '{"a": {"b": 1, "b": 2}, "c": "x:y"}',
    "[NaN]",
    "[-Infinity]",
    '"\\ud800"',
    '"\ud800"',
    "[1.5, 1e400, -0, -0.0, 0.1e1]",
    "[18446744073709551616, -9223372036854775809]",
    "[1",
    "",
    "\ufeff[]",
    "[" * 100_000,
    "1" * 5_000,
    '{"a":1} x',
    '["tab\there"]',
]


@pytest.fixture(params=["with the faster library", "without it"])
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "without it":
        monkeypatch.setattr(json_text, "_loads", json.loads)
        monkeypatch.setattr(json_text, "_fast_dumps", None)
    else:
        pytest.importorskip("orjson")
    return str(request.param)


def told(text: str) -> Any:
    try:
        return repr(json_text.parse_json(text))
    except RequestError as error:
        return error.as_dict()


def strictly(text: str) -> Any:
    try:
        return repr(json_text._parse_with_care(text))
    except RequestError as error:
        return error.as_dict()


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
@pytest.mark.usefixtures("library")
def test_a_text_is_read_as_strictly_as_can_be(text: str) -> None:
    """The quick way to read gives what the careful one gives: the value, or the error in its words."""
    assert told(text) == strictly(text)


@settings(max_examples=300, deadline=None)
@given(value=VALUES, spaced=st.booleans())
def test_what_is_written_is_read_again_in_the_same_bytes(value: Any, spaced: bool) -> None:
    """Any value is written as the standard library writes it, and read as it was."""
    line = json_text.json_line(value)
    assert line == json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    text = json.dumps(value, ensure_ascii=spaced, indent=1 if spaced else None)
    assert told(text) == strictly(text)
