"""What is added to a YAML text that somebody wrote is all that becomes of it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from seatrules.decoding import decode
from seatrules.making.insertion import with_item, with_key
from seatrules.source import parse

ITEM = {"id": "new", "says": "on # it: é\n🙂"}
WORDS = st.sampled_from(["a", "é🙂", "'x, # y'", '"]}"', "{b: 1}", "[c, d]", "1", "{}", "[e,]"])
COMMENTS = st.sampled_from(["", " # said, so]", " # }"])


@st.composite
def lists_in_brackets(draw: st.DrawFn) -> str:
    """A list in brackets, in one line or several, with a comma at its end or none, and with comments."""
    items, in_one = draw(st.lists(WORDS, max_size=3)), draw(st.sampled_from([True, False]))
    ends = draw(st.sampled_from(["", ","])) if items else ""
    if in_one:
        return f"[{', '.join(items)}{ends}]"
    commas = [","] * (len(items) - 1) + [ends]
    lines = [f"    {item}{comma}{draw(COMMENTS)}" for item, comma in zip(items, commas, strict=False)]
    return "\n".join([f"[{draw(COMMENTS)}", *lines, "  ]"])


@st.composite
def lists_in_lines(draw: st.DrawFn) -> str:
    """A list with a line for each item and more, comments and blank lines between them."""
    indent = draw(st.sampled_from(["", "  ", "    "]))
    long = [f"|{keep}\n{indent}   long\n{indent}    # text\n" for keep in ("", "-", "+")]
    of_keys = f"id: a # b\n{indent}  c:\n{indent}    d: |\n{indent}     e"
    items = draw(st.lists(WORDS | st.sampled_from([*long, of_keys, ""]), min_size=1, max_size=3))
    after = st.sampled_from(["", f"\n{indent}# said", f"\n\n{indent}  # said"])
    return "".join(f"\n{indent}- {item}{draw(after)}" for item in items)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A file with a list under `cases`, or nothing there, with a mark at its start and other ends of lines, or none."""
    nothing = st.sampled_from(["", " # none", " ~", " null # none"])
    cases = draw(st.one_of(nothing, lists_in_brackets().map(" {}".format), lists_in_lines()))
    before, after = draw(st.sampled_from(["", "# é🙂\n", "a: 1\n\n"])), draw(st.sampled_from(["", "\n", "\n\nb: 1\n"]))
    text = f"{before}cases:{cases}{after}"
    text = text.replace("\n", "\r\n") if draw(st.booleans()) else text
    return f"\ufeff{text}" if draw(st.booleans()) else text


def read(text: str) -> Any:
    parse(decode(text.encode(), "it.yaml"))
    return yaml.safe_load(text)


@settings(max_examples=400, deadline=None)
@given(text=texts(), times=st.integers(1, 2))
def test_what_is_read_is_what_was_read_and_the_item(text: str, times: int) -> None:
    """However a text is written, it then holds one item more, and each other line is byte for byte as it was."""
    whole = text if text.endswith("\n") else f"{text}\n"  # the last line gets an end
    before, added = yaml.safe_load(whole), text
    for _ in range(times):
        added = with_item(added, ["cases"], ITEM, "it.yaml")
    assert read(added) == {**before, "cases": [*(before["cases"] or []), *[ITEM] * times]}
    gone = Counter(text.splitlines(keepends=True)) - Counter(added.splitlines(keepends=True))
    assert gone.total() <= 1 + (text != whole)  # that with brackets or a `~`
    assert "\r\n" not in text or added.count("\r\n") == added.count("\n")


MAPPINGS = (
    "{}",
    "{a: 1}",
    "{a: 1, }",
    "{a}",
    "{a: }",
    "{a: 1, b}",
    "{\n  a: 1 # b}\n  }",
    "{\n  a: 1, # b\n  }",
    "",
    " ~",
)


@pytest.mark.parametrize("keys", [["codes"], ["codes", "reasons"]])
@pytest.mark.parametrize("written", MAPPINGS)
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_key_is_added_to_any_mapping(mark: str, written: str, keys: list[str]) -> None:
    """Also where it has a comma at its end, a key without a value, or nothing."""
    text = f"{mark}codes: {written}\nrules: [a]\n"
    before = yaml.safe_load(text)
    expected = {"new": "it"} if len(keys) == 1 else {"reasons": {"new": "it"}}
    added = with_key(text, keys, "new", "it", "it.yaml")
    assert read(added) == {**before, "codes": {**(before["codes"] or {}), **expected}}


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("all: {cases}\n", "all: {cases: [new]}\n"),
        ("all: {cases: }\n", "all: {cases: [new]}\n"),
        ("all: {a: 1, cases: ~}\n", "all: {a: 1, cases: [new]}\n"),
        ("all:\n  cases: # none\n  # yet\n    # here\n", "all:\n  cases: # none\n    - new\n  # yet\n    # here\n"),
    ],
)
def test_a_list_is_begun_in_the_place_of_nothing(text: str, becomes: str) -> None:
    """A key without a value gets one."""
    assert with_item(text, ["all", "cases"], "new", "it.yaml") == becomes
    assert read(becomes)["all"]["cases"] == ["new"]
