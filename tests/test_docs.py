"""The reference for policy authors, all its pages: complete as to the code, and true as to the policies it quotes."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from conftest import TESTS, Golden
from manual.pages import contents, sources
from manual.reference import EXAMPLES as OF_OPERATORS
from manual.reference import keys as keys_page
from manual.reference import language
from seatrules.analysis.catalogue import KINDS
from seatrules.change.events import MAX_EVENTS
from seatrules.cli.exits import Exit
from seatrules.compiler.state import _ALLOWED
from seatrules.decision.request import MOST_OF_EACH
from seatrules.diagnostics import MAX_DEPTH
from seatrules.errors import MAX_PROBLEMS
from seatrules.files import MAX_BYTES
from seatrules.language import limits
from seatrules.language.check import check
from seatrules.language.functions import FUNCTIONS, LOOPS
from seatrules.language.interpret import Interpreter
from seatrules.language.names import Names
from seatrules.language.parse import MAX_LENGTH
from seatrules.language.types import MOST, Record
from seatrules.policy.archives import MOST_BYTES, MOST_FILES
from seatrules.policy.kinds import SCHEMAS
from seatrules.suites.cases import SUITE

ROOT = TESTS.parent
PAGES = {path.name: path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").glob("*.md"))}
PAGE = "\n".join(text for name, text in PAGES.items() if name not in ("language.md", "keys.md"))
EXAMPLES = re.findall(r"^```yaml\n# (\S+)\n(.*?)^```$", PAGE, re.M | re.S)
PROSE = re.sub(r"^```.*?^```$", "", PAGE, flags=re.M | re.S)
WORDS = {word for span in re.findall(r"`([^`\n]+)`", PROSE) for word in re.findall(r"[$\w-]+", span)}

OF_OTHERS = ("extensions.md", "texts.md")
"""Pages about what no shipped policy has: whoever extends one writes it, and none joins texts."""


def keys(schema: Mapping[str, Any]) -> Iterator[str]:
    """Every key that a file of this schema may hold, at any depth."""
    for key, inside in schema.get("properties", {}).items():
        yield key
        yield from keys(inside)
    for keyword in ("items", "additionalProperties", "then", "else"):
        if isinstance(inside := schema.get(keyword), Mapping):
            yield from keys(inside)


def test_every_kind_of_file_and_every_key_is_explained() -> None:
    """The page names each kind of policy file, and each key of each kind and of suites, outside its examples."""
    wanted = {*SCHEMAS} - {"policy", "index"} | {key for schema in (*SCHEMAS.values(), SUITE) for key in keys(schema)}
    assert len(wanted) > 90
    assert wanted - WORDS == set()


def test_every_keyword_of_the_state_schema_is_explained() -> None:
    """The page names each keyword of JSON Schema that is read."""
    assert set().union(*_ALLOWED.values()) - WORDS == set()


@pytest.mark.parametrize(("name", "written"), [("language.md", language), ("keys.md", keys_page)])
def test_the_reference_is_what_the_engine_reads_by(name: str, written: Callable[[], str], golden: Golden) -> None:
    """Functions, operators and the keys of files; `--update-golden` writes these pages."""
    golden(ROOT / "docs" / name, written())


@pytest.mark.parametrize("expression", OF_OPERATORS.values(), ids=str)
def test_an_example_of_an_operator_holds(expression: str) -> None:
    """Each is part of the language, and true."""
    assert Interpreter({}, {}, {}).value(check(expression, Names(Record("state", {}, frozenset()))), {}) is True


def test_the_page_of_lint_has_the_table_of_findings() -> None:
    """What the page says of each code is what the engine's own list says."""
    table = "".join(f"| `{kind.code}` | {kind.says} | {kind.help} |\n" for kind in KINDS.values())
    assert f"|---|---|---|\n{table}\n" in PAGES["lint.md"]
    assert [*KINDS] == sorted(KINDS)


@pytest.mark.parametrize(
    "expression", [each.example for each in LOOPS.values()] + [each.example for each in FUNCTIONS.values()]
)
def test_an_example_of_a_function_holds(expression: str) -> None:
    """Each expression of the table is part of the language, and true."""
    names = Names(Record("state", {}, frozenset()))
    assert Interpreter({}, {}, {}).value(check(expression, names), {}) is True


@pytest.mark.parametrize(("name", "example"), EXAMPLES, ids=[name for name, _ in EXAMPLES])
def test_an_example_stands_in_the_file_that_it_names(name: str, example: str) -> None:
    """Each example is taken from a file that is linted and run, word for word; `...` stands for what is left out."""
    text = (ROOT / name).read_text(encoding="utf-8")
    for part in re.split(r"^ *\.\.\.\n", example, flags=re.M):
        assert f"\n{part}" in f"\n{text}"


def test_every_example_names_its_file() -> None:
    """No block of YAML stands on a page without the file that it is taken from."""
    assert len(EXAMPLES) == PAGE.count("```yaml")


@pytest.mark.parametrize("page", [name for name, text in PAGES.items() if "```yaml" in text and name != "policies.md"])
def test_the_reference_leads_to_every_page_for_authors(page: str) -> None:
    """Each page that quotes policies is linked from the one that an author begins with."""
    assert f"]({page})" in PAGES["policies.md"]


@pytest.mark.parametrize("page", [name for name, text in PAGES.items() if "```yaml" in text and name not in OF_OTHERS])
def test_a_page_for_authors_shows_how_a_shipped_policy_says_it(page: str) -> None:
    """Each page that quotes policies quotes one that is shipped."""
    assert "```yaml\n# policies/" in PAGES[page]


def test_every_page_stands_in_the_contents_once() -> None:
    """`docs/index.md` has a line for each page: its lists are the contents of the site too."""
    listed = [line.file for group in contents(ROOT) for line in group.lines if not line.file.startswith("policies/")]
    assert sorted(["index.html", *listed]) == sorted(sources(ROOT).values())


def test_the_guide_names_the_limits_as_they_are() -> None:
    """How many steps and entries there may be."""
    assert f"{limits.MAX_STEPS:,} entries of loops" in PAGE
    assert f"{limits.MAX_ITEMS:,} entries" in PAGE


def test_the_page_for_operators_has_every_exit_code_and_the_limits_as_they_are() -> None:
    """Both as tables: what an exit code means, and how large what is handed in may be."""
    page = PAGES["operations.md"]
    codes = page.partition("## Exit codes")[2].partition("\n## ")[0]
    assert [int(code) for code in re.findall(r"^\| (\d+) \|", codes, re.M)] == sorted(Exit)
    for size, of in (
        (f"{MAX_BYTES // 1024**2} MiB", "a YAML or JSON file, standard input"),
        (f"{MAX_DEPTH} levels", "how deep a state, an action or a file is nested"),
        (f"{MAX_LENGTH:,} characters", "an expression"),
        (f"{MOST_FILES:,}, of {MOST_BYTES // 1024**2} MiB in all", "the files of a policy in a zip or a package"),
        (f"{MOST.bit_length()} bits", "a number, in a state or computed"),
        (f"{limits.MAX_ITEMS:,} entries", "a list that an expression comes to"),
        (f"{limits.MAX_TEXT:,} characters", "a text that is joined"),
        (f"{limits.MAX_STEPS:,}", "what one request goes through: entries of loops, facts"),
        (f"{MAX_EVENTS:,}", "events of one wait, under one version"),
        (f"{MOST_OF_EACH:,}", "entries of an action on each of several"),
        (f"{MAX_PROBLEMS:,}", "problems that are collected of one request"),
    ):
        assert f"| {of} | {size} |" in page


def test_the_page_for_operators_has_every_extra() -> None:
    """Each with what it is for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    listed = re.findall(r"^\| `seatrules\[(\w+)\]` \|", PAGES["operations.md"], re.M)
    assert sorted(listed) == sorted(project["optional-dependencies"])


def test_the_guide_says_which_file_to_edit() -> None:
    """Every file that the table of changes names is there."""
    table = PAGES["policies.md"].partition("## To change one thing")[2].partition("\n## ")[0]
    named = re.findall(r"`(policies/[^`]+)`", table)
    assert len(named) > 8
    assert [each for each in named if not (ROOT / each).exists()] == []
