"""A line of `check --requests` that is decided at once is answered as one that is looked at with care."""

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
from seatrules import json_text
from seatrules.cli import requests
from test_versions import STATE as PARKING

VALUES = ["1", "1.0", "1e400", "NaN", "-Infinity", "9" * 30, '"a:b"', '"\\u0061"', '"\\ud800"', '"ana"', "[]"]
VALUES += ['"a\\":b"', '" :"']
VALUES += ['{"a":1}', '{"a":1,"a":2}', '{"a":{"b":1}, "c": 1}']
KEY = re.compile(r'"\w+":')
PARK = {"type": "park", "car": "mini", "lot_name": "south", "hours": 2}
Given = tuple[requests._Answering, str]


@pytest.fixture(scope="module", params=["closed records", "open records"])
def given_request(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Given:
    """What answers, and a line that it allows: by a policy whose records are closed, and by one whose are open."""
    if request.param == "closed records":
        return _answering(seatrules.load()), json.dumps({"state": STATE, "action": ACTION})
    folder = tmp_path_factory.mktemp("open")
    build(folder, {})
    return _answering(seatrules.load(folder / "parking")), json.dumps({"state": PARKING, "action": PARK})


def _answering(engine: seatrules.Engine) -> requests._Answering:
    return requests._Answering(engine, None, None, "support", partial=False)


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_what_is_decided_at_once_is_answered_as_with_care(given_request: Given, data: st.DataObject) -> None:
    """Keys given twice, new keys, numbers and texts out of the ordinary: the same line comes out."""
    answering, text = given_request
    for _ in range(data.draw(st.integers(0, 2))):
        key = data.draw(st.sampled_from(list(KEY.finditer(text))))
        name = data.draw(st.sampled_from([key[0], '"more":', '"as_of":', '"more" :', key[0].replace(":", "\t:")]))
        text = text[: key.start()] + f"{name}{data.draw(st.sampled_from(VALUES))}," + text[key.start() :]
    line = text.encode()
    at_once = answering.line(1, line)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(requests, "parse_quickly", lambda text: None)
        assert answering.line(1, line) == at_once


def test_a_request_without_fault_is_decided_at_once(given_request: Given) -> None:
    """Without the careful look, also where names hold a colon."""
    answering, text = given_request
    named = text.replace('"ana"', '"user:ana"').replace('"mini"', '"car:mini"')
    assert named != text
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(requests, "parse_json", lambda text: pytest.fail("it is looked at with care"))
        for each in (text, named):
            assert json.loads(answering.line(1, each.encode())[0])["decision"] == "allow"


@pytest.mark.parametrize("depth", [50, 70, 480, 510, 1000, 1500, 50_000])
@pytest.mark.parametrize("faster", [True, False], ids=["with the faster library", "without it"])
def test_what_is_nested_too_deep_is_told_alike(depth: int, faster: bool, base_policy: Path) -> None:
    """Whichever library reads the line, and whatever decides."""
    nested = f'"x": {"[" * depth + "]" * depth}'
    text = json.dumps({"state": PARKING, "action": PARK}).replace('"town": {', f'"town": {{{nested},')
    with pytest.MonkeyPatch.context() as patch:
        if not faster:
            patch.setattr(json_text, "_loads", json.loads)
        for evaluator in ("compiled", "interpreter"):
            answering = _answering(seatrules.load(base_policy, evaluator=evaluator))
            said = json.loads(answering.line(1, text.encode())[0])
            expected = "decision" if depth == 50 else "too_deep" if depth < 500 else "malformed"
            assert expected in (*said, said.get("error", {}).get("code"))
