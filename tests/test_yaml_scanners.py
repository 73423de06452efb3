"""libyaml's scanner and the pure one take and refuse the same texts."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from conftest import TESTS
from lengths import examples
from seatrules import source
from seatrules.decoding import decode
from seatrules.diagnostics import SourceText
from seatrules.errors import PolicyError
from seatrules.nodes import MappingNode, Node, Scalar
from seatrules.source import PureLoader

pytestmark = pytest.mark.skipif(not hasattr(yaml, "CSafeLoader"), reason="libyaml is not there to compare with")
SIGNS = ["a", "b", "k: ", "{", "}", "[", "]", ",", ":", " ", "  ", "\n", "\n  ", "- ", "'", '"', "?", "x?", "#", " #"]
SIGNS += ["\t", "-", "|\n  ", ">\n  ", "'x'", '"y"', "a:", "1", "true", "!", "&", "*", "."]
TEXTS = st.lists(st.sampled_from(SIGNS), max_size=9).map(lambda signs: "".join(signs) + "\n")
PLAIN = st.from_regex(r"[a-z]([a-z?.]){0,4}", fullmatch=True)
FLOW = st.recursive(
    PLAIN | PLAIN.map(lambda text: f"'{text}'"),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
        | st.dictionaries(PLAIN, inner, max_size=3).map(
            lambda d: "{" + ", ".join(f"{k}: {v}" for k, v in d.items()) + "}"
        )
    ),
    max_leaves=8,
)


def read(text: str, scanner: Any) -> Any:
    """What a text holds, or that it is refused."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(source, "loader_class", lambda: scanner)
        try:
            return plain(source.parse(decode(text.encode(), "x")))
        except PolicyError:
            return "refused"


def plain(node: Node) -> Any:
    if isinstance(node, Scalar):
        return node.text, node.style
    if isinstance(node, MappingNode):
        return {key: plain(child) for key, _, child in node}
    return [plain(item) for item in node.items]


@settings(max_examples=examples(1500), deadline=None)
@given(text=TEXTS | FLOW.map(lambda text: f"a: {text}\n"))
@example("a: {user: user_type?}\n")
@example("a: [b:]\n")
@example("{a:,b: c}\n")
@example("a:\tb\n")
@example("a: x\ty\n")
@example(">\n  \t\n")
@example("1#\t\n")
def test_both_scanners_read_the_same(text: str) -> None:
    """Whatever a text is made of, both read the same from it or both refuse it."""
    assert read(text, yaml.CSafeLoader) == read(text, PureLoader)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: {b: c?}\n", {"a": {"b": ("c?", None)}}),
        ("a: 'x\ty' # z\tz\n", {"a": ("x\ty", "'")}),
        ("a: |\n  x\ty\n", {"a": ("x\ty\n", "|")}),
        ("a:\tb\n", "refused"),
        ("a: b\t\n", "refused"),
        ("a: [b:]\n", "refused"),
        ("a:", {"a": ("", None)}),
        ("- a:\n  b:", [{"a": ("", None), "b": ("", None)}]),
    ],
)
@pytest.mark.parametrize("scanner", ["libyaml", "pure"])
def test_what_is_taken(text: str, value: Any, scanner: str) -> None:
    """A `?` at the end of a type between brackets, and tabs in quotes, in blocks and in remarks; no others."""
    assert read(text, yaml.CSafeLoader if scanner == "libyaml" else PureLoader) == value


RULES = (TESTS / "policies" / "allotments" / "2025-01-01" / "rules.yaml").read_text(encoding="utf-8")
BROKEN = ["'", '"', "{", "}", "[", "]", ": ", " - ", "\n  x: 1\n", "&a ", "\t", "|", ">", "%", "@", "? ", ", ", "\n"]


def told(text: str) -> list[str]:
    """The problems of a text, with what helps."""
    try:
        source.parse(SourceText("rules.yaml", "rules.yaml", text.split("\n")))
    except PolicyError as error:
        return [f"{problem} {problem.help}" for problem in error.problems]
    return []


@given(st.integers(0, len(RULES)), st.sampled_from(BROKEN), st.integers(0, 3))
@settings(deadline=None, max_examples=60)
def test_entries_that_are_whole_are_not_needed_to_explain_another(place: int, sign: str, less: int) -> None:
    """What is wrong with the YAML of an entry is the same whether those before it are read again or not."""
    text = RULES[:place] + sign + RULES[place + less :]
    with patch.object(source, "_without_what_is_whole", lambda *_: None):
        whole = told(text)
    assert told(text) == whole
