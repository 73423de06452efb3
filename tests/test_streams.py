"""A line of `check --requests` is answered alike, whatever reads it and whatever decides."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import seatrules
from accounts import ACTION, STATE
from broken import build
from seatrules import json_lines, json_text
from seatrules.cli import requests
from test_versions import STATE as PARKING

VALUES = ["1", "1.0", "1e400", "NaN", "-Infinity", "9" * 30, '"a:b"', '"\\u0061"', '"\\ud800"', '"ana"', "[]"]
VALUES += ['"a\\":b"', '" :"']
VALUES += ['{"a":1}', '{"a":1,"a":2}', '{"a":{"b":1}, "c": 1}']
KEY = re.compile(r'"\w+":')
PARK = {"type": "park", "car": "mini", "lot_name": "south", "hours": 2}
Given = tuple[requests._Answerer, str]


@pytest.fixture(scope="module", params=["closed records", "open records"])
def given_request(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Given:
    """What answers, and a line that it allows: by a policy whose records are closed, and by one whose are open."""
    if request.param == "closed records":
        return _answering(seatrules.load()), json.dumps({"state": STATE, "action": ACTION})
    folder = tmp_path_factory.mktemp("open")
    build(folder, {})
    return _answering(seatrules.load(folder / "parking")), json.dumps({"state": PARKING, "action": PARK})


def _answering(engine: seatrules.Engine) -> requests._Answerer:
    return requests._Answerer(engine, None, None, "support", partial=False, incomplete=(), invariants=True)


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_every_library_answers_the_same_line(given_request: Given, data: st.DataObject) -> None:
    """Keys given twice, new keys, numbers and texts out of the ordinary: with or without the faster libraries."""
    answering, text = given_request
    for _ in range(data.draw(st.integers(0, 2))):
        key = data.draw(st.sampled_from(list(KEY.finditer(text))))
        name = data.draw(st.sampled_from([key[0], '"more":', '"as_of":', '"more" :', key[0].replace(":", "\t:")]))
        text = text[: key.start()] + f"{name}{data.draw(st.sampled_from(VALUES))}," + text[key.start() :]
    line = text.encode()
    fast = answering.line(1, line)
    with pytest.MonkeyPatch.context() as patch:
        _use_the_standard_library(patch)
        assert answering.line(1, line) == fast


def _use_the_standard_library(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(json_text, "_read_fast", None)
    patch.setattr(json_lines, "_read_fast", None)
    patch.setattr(json_lines, "_write_fast", None)


@pytest.mark.parametrize("depth", [50, 70, 480, 510, 1000, 1500, 50_000])
@pytest.mark.parametrize("faster", [True, False], ids=["with the faster libraries", "without them"])
def test_what_is_nested_too_deep_is_told_alike(depth: int, faster: bool, base_policy: Path) -> None:
    """Whichever library reads the line, and whatever decides."""
    nested = f'"x": {"[" * depth + "]" * depth}'
    text = json.dumps({"state": PARKING, "action": PARK}).replace('"town": {', f'"town": {{{nested},')
    with pytest.MonkeyPatch.context() as patch:
        if not faster:
            _use_the_standard_library(patch)
        for evaluator in ("compiled", "interpreter"):
            answering = _answering(seatrules.load(base_policy, evaluator=evaluator))
            said = json.loads(answering.line(1, text.encode())[0])
            expected = "decision" if depth == 50 else "too_deep" if depth < 500 else "malformed"
            assert expected in (*said, said.get("error", {}).get("code"))
