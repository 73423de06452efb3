"""JSON is read strictly and written in the same bytes, with or without the faster libraries."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatrules import json_lines, json_text
from seatrules.errors import RequestError


def nested(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
        max_leaves=20,
    )


LEAVES = st.none() | st.booleans() | st.integers() | st.text()
LEAVES |= st.sampled_from([2**63, -(2**64), 10**30, "a:b", "😀", "\ud800"])
ANSWERS, VALUES = nested(LEAVES), nested(LEAVES | st.floats(allow_nan=False))
SNIPPETS = [
    *'{}[]",:\\ 01-+.e\t\n\0\ufeff\ud800a',
    "NaN",
    "-Infinity",
    "1e400",
    "1e-400",
    "-0",
    "-0.0",
    "0.1",
    "1E5",
    "01",
]
SNIPPETS += ["9" * 30, "1" * 4301, "[" * 300, "]" * 300, '"', '""', '"a":1,', ',"a":1', '"\\u0061":1,', "\\u00e9"]
SNIPPETS += ["\\ud83d\\ude00", "\\ud800", "\\uDC00", "\\x", "\\u12", "true", "nul", "//", "'", "\u2028", "\xa0"]
MESSAGES = [
    ('{"a": 1, "a": 2}', "the key `a` is given twice (column 10)"),
    ('{"a":1,"\\u0061" :2}', "the key `a` is given twice (column 8)"),
    ('[{"b": [{"": 1, "a": 2, "": 3}]}]', "the key `` is given twice (column 25)"),
    ('{"x;\\n": 1, "x;\\n": 2}', "the key `x;\\n` is given twice (column 13)"),
    ('{"a": 1, "a": 2,}', "this is not JSON: `}` is out of place (column 17)"),
    ("[NaN]", "`NaN` is no JSON number (column 2)"),
    ("[Infinity]", "`Infinity` is no JSON number (column 2)"),
    ("[-Infinity]", "`-Infinity` is no JSON number (column 2)"),
    ('"\\ud800"', "a text holds half a surrogate pair (column 1)"),
    ('{"\\uDC00": 1}', "a text holds half a surrogate pair (column 2)"),
    ('"\ud800"', "a text holds half a surrogate pair (column 1)"),
    ("[" * 501 + "]" * 501, "nested too deep (column 501)"),
    ('{"a":' * 501 + "1" + "}" * 501, "nested too deep (column 2501)"),
    ("[" * 100_000, "nested too deep (column 501)"),
    ("1" * 5_000, "a whole number has too many digits (column 1)"),
    ("[NaN, 2", "this is not JSON: it ends too early (column 8)"),
    ("", "this is not JSON: it ends too early (column 1)"),
    ("[1", "this is not JSON: it ends too early (column 3)"),
    ('{"a": \n', "this is not JSON: it ends too early (line 2, column 1)"),
    ('["abc\\"]', "this is not JSON: a text has no closing quote (column 2)"),
    ('["a" "b"]', 'this is not JSON: `"` is out of place (column 6)'),
    ('["tab\there"]', "this is not JSON: `\\t` is out of place (column 6)"),
    ("\ufeff[]", "this is not JSON: `\\ufeff` is out of place (column 1)"),
    ("[nul]", "this is not JSON: `nul` is out of place (column 2)"),
    ('{"a":1} x', "this is not JSON: `x` is out of place (column 9)"),
    ('{"a":\n 1,\n}', "this is not JSON: `}` is out of place (line 3, column 1)"),
    ("[1, 2 , ]", "this is not JSON: `]` is out of place (column 9)"),
    ("[1,,]", "this is not JSON: `,` is out of place (column 4)"),
    ("[,]", "this is not JSON: `,` is out of place (column 2)"),
    ("{1: 2}", "this is not JSON: `1` is out of place (column 2)"),
]


@pytest.fixture(params=["with the faster libraries", "without them"])
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "without them":
        monkeypatch.setattr(json_text, "_read_fast", None)
        monkeypatch.setattr(json_lines, "_read_fast", None)
        monkeypatch.setattr(json_lines, "_write_fast", None)
    else:
        pytest.importorskip("jiter")
        pytest.importorskip("orjson")
    return str(request.param)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A JSON text, of which some of the characters are taken away or others put in."""
    text = json.dumps(draw(VALUES), ensure_ascii=draw(st.booleans()), indent=draw(st.sampled_from([None, 1])))
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(start + 3, len(text))))
        text = text[:start] + draw(st.sampled_from(SNIPPETS)) + text[end:]
    return text


def outcome(text: str | bytes) -> Any:
    """The value as it is written in Python, in which no two are alike; or the problems. Bytes are read as a line."""
    try:
        return repr(json_text.parse_json(text) if isinstance(text, str) else json_lines.parse_json_line(text))
    except RequestError as error:
        return error.problems


@settings(max_examples=500, deadline=None)
@given(text=texts())
def test_every_library_reads_the_same(text: str) -> None:
    """Of any text, the same value is read with the faster libraries and without, or the same problem told."""
    pytest.importorskip("jiter")
    pytest.importorskip("orjson")
    fast = outcome(text)
    if text.isprintable() or text.isascii():  # half a surrogate pair has no bytes
        assert outcome(text.encode()) == fast
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_text, "_read_fast", None)
        assert outcome(text) == fast


@settings(max_examples=300, deadline=None)
@given(keys=st.lists(st.sampled_from(["a", "b", ":", '"', "\\", "é"]), max_size=5), value=VALUES)
def test_a_key_that_is_repeated_in_a_line_is_no_json(keys: list[str], value: Any) -> None:
    """However it is written, and whatever stands beside it."""
    written = json.dumps(value)
    line = "{" + " , ".join(f"{json.dumps(key)} : {written}" for key in keys) + "}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_text, "_read_fast", None)
        assert outcome(line.encode()) == outcome(line)


@pytest.mark.parametrize(("text", "message"), MESSAGES, ids=range(len(MESSAGES)))
@pytest.mark.usefixtures("library")
def test_a_text_that_is_no_such_json_is_told_in_our_words(text: str, message: str) -> None:
    """What is wrong with it, and where; whichever library reads it, and whichever Python."""
    with pytest.raises(RequestError) as error:
        json_text.parse_json(text)
    assert [(problem.code, problem.message) for problem in error.value.problems] == [("malformed", message)]


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(("text", "mend"), [('{"a": 1,}', "take away the `,` before it"), ("[1 2]", None)])
def test_a_comma_too_many_is_to_be_taken_away(text: str, mend: str | None) -> None:
    """What closes behind a comma is out of place because of it."""
    with pytest.raises(RequestError) as error:
        json_text.parse_json(text)
    assert error.value.suggestion == mend


@pytest.mark.usefixtures("library")
def test_every_repeated_key_is_told() -> None:
    """Each with its place, in order, whatever is beside it; what a text holds is no key."""
    text = '{"a": {"b": "{,", "b": [1, {"c": "x", "c": ",{\\"b"}]},\n\n "a": "b", "b": ["b", "b"],\n"a": 0}'
    with pytest.raises(RequestError) as error:
        json_text.parse_json(text)
    assert error.value.suggestion == "keep one of the two: it is given first in column 8"
    assert [problem.message for problem in error.value.problems] == [
        "the key `b` is given twice (column 19)",
        "the key `c` is given twice (column 39)",
        "the key `a` is given twice (line 3, column 2)",
        "the key `a` is given twice (line 4, column 1)",
    ]


@pytest.mark.usefixtures("library")
def test_everything_is_told_that_is_no_value_of_json() -> None:
    """Numbers that are none, halves of a pair and repeated keys: each with its place, in order."""
    text = '{"a": NaN, "NaN": [1.5,\n -Infinity, "\\"Infinity"],\n"a": ["\\ud800", Infinity]}'
    with pytest.raises(RequestError) as error:
        json_text.parse_json(text)
    assert [problem.message for problem in error.value.problems] == [
        "`NaN` is no JSON number (column 7)",
        "`-Infinity` is no JSON number (line 2, column 2)",
        "the key `a` is given twice (line 3, column 1)",
        "a text holds half a surrogate pair (line 3, column 7)",
        "`Infinity` is no JSON number (line 3, column 17)",
    ]


@pytest.mark.usefixtures("library")
def test_a_text_for_which_the_memory_does_not_reach_is_an_error_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no crash."""

    def no_memory(text: Any) -> Any:
        raise MemoryError

    monkeypatch.setattr(json_text, "_read_fast", json_text._read_fast and no_memory)
    monkeypatch.setattr(json_text, "_decode", no_memory)
    with pytest.raises(RequestError, match="the memory does not reach for so much"):
        json_text.parse_json("[]")


@settings(max_examples=100, deadline=None)
@given(value=ANSWERS)
def test_no_key_is_told_that_is_given_once(value: Any) -> None:
    """Every object that Python writes has each key once."""
    assert [*json_text.repeated_keys(json.dumps(value, indent=1))] == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[1.5, 1e400, -1e400, -0, -0.0, 0.1e1]", "[1.5, inf, -inf, 0, -0.0, 1.0]"),
        ("[18446744073709551616, -9223372036854775809]", "[18446744073709551616, -9223372036854775809]"),
        ('{"a":"b:c","d":"\\":", "e": {"a": 1}}', "{'a': 'b:c', 'd': '\":', 'e': {'a': 1}}"),
        ("[" * 500 + "]" * 500, "[" * 500 + "]" * 500),
        (json.dumps("[" * 501), repr("[" * 501)),
        ('"\\ud83d\\ude00"', "'😀'"),
    ],
)
@pytest.mark.usefixtures("library")
def test_numbers_and_texts_are_read_as_they_are(text: str, value: str) -> None:
    """Whole numbers of any size stay whole, and a text may hold what has a meaning outside of it."""
    assert outcome(text) == value


@settings(max_examples=300, deadline=None)
@given(value=ANSWERS)
def test_every_library_writes_the_same_bytes(value: Any) -> None:
    """Whatever an answer can hold is written as the standard library writes it."""
    assert json_lines.json_line(value) == json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def test_the_faster_library_reads_what_is_without_fault() -> None:
    """No second reading is needed for it."""
    pytest.importorskip("jiter")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_text, "_parse_with_care", lambda text: pytest.fail("it is read twice"))
        assert json_text.parse_json('{"a:b": [1, -2.5, "é", "\\u00e9"], "c": {"a:b": null}}')
