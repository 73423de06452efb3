"""The engine's own words are whole in every language, and none is there that nobody says."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from accounts import ACTION, STATE
from conftest import TESTS
from seatrules.analysis.coverage.points import LACKING
from seatrules.decision.explain import verdict_word
from seatrules.json_text import parse_json
from seatrules.policy.kinds import ABOUT
from seatrules.words import LANGUAGES, placeholders, words

ENGINE = TESTS.parent / "engine" / "seatrules"
WHOLE = {
    language: parse_json((ENGINE / "words" / f"{language}.json").read_text(encoding="utf-8")) for language in LANGUAGES
}
TEMPLATES = sorted((ENGINE / "book" / "templates").iterdir())
CHOSEN = {
    "book": {
        *(f"group_{group}" for group in ("reasons", "outcomes", "warnings")),
        *(f"of_{kind}" for kind in ("version", "cutoff", "rule")),
        *("added", "removed", "changed", "moved", "stricter", "milder"),
        *("never_asked", *(said.replace(" ", "_") for of_kind in LACKING.values() for said in of_kind.values())),
        *(f"other_{what}" for what in ("arguments", "bill", "effects", "reasons", "words")),
    },
    "billed": {*WHOLE["en"]["billed"]} & {*WHOLE["en"]["bills"]},
    "bills": {*WHOLE["en"]["bills"]},
    "costs": {*WHOLE["en"]["costs"]},
    "customer": {"allow", "deny", "undetermined"},
    "decision": {"allow", "deny", "undetermined", "error", "true", "false", *ABOUT},
    "editor": {f"cases_{form}" for form in ("one", "few", "many", "other")},
    "plain": {"and", "or", *(f"{each}_{what}" for each in ("any", "all") for what in ("has", "is"))},
    "problems": {
        "no_action",
        "no_audience",
        "no_command",
        "no_difference",
        "no_evaluator",
        "no_sample",
        "no_setting",
        "no_version",
    },
    "versions": {"reasons", "outcomes", "warnings"},
    "warehouse": {"codes", "outcome", "verdict", "version", "warnings"},
}
"""Words that are named by what an answer or a policy holds, or by what kind of name is unknown, and not in the code."""


def of_every_word(language: str) -> dict[tuple[str, str], set[str]]:
    return {
        (group, name): placeholders(text) for group, texts in WHOLE[language].items() for name, text in texts.items()
    }


def test_every_file_is_a_language() -> None:
    """No file of words is left out."""
    assert sorted(path.stem for path in (ENGINE / "words").glob("*.json")) == sorted(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_words(language: str) -> None:
    """The same groups, the same names in the same order, each once, and the same placeholders in each text."""
    assert list(of_every_word(language).items()) == list(of_every_word("en").items())
    assert all(text == text.strip() != "" for texts in WHOLE[language].values() for text in texts.values())


def asked_for() -> Iterator[tuple[str, Path]]:
    """Each group that a file of the engine asks for, with the file; a phrase is of `problems`, a question of `new`."""
    for path in sorted(ENGINE.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        for group in set(re.findall(r"\bwords\([\"'](\w+)[\"'],", text)):
            yield group, path
        if re.search(r"\bphrase\(", text):
            yield "problems", path
        if re.search(r"\basking\.", text):
            yield "new", path
    for path in (*TEMPLATES, *sorted((ENGINE / "book").glob("*.py"))):
        yield "book", path


def written_in(path: Path) -> set[str]:
    """Every text that stands in a file of the engine, or every word that a template says."""
    if path in TEMPLATES:
        return set(re.findall(r"\bsay\.(\w+)", path.read_text(encoding="utf-8")))
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def test_every_word_is_said_somewhere() -> None:
    """Each is named in a file that asks for its group, or is one of those that are named by data."""
    named: dict[str, set[str]] = {}
    for group, path in asked_for():
        named.setdefault(group, set()).update(written_in(path))
    unsaid = {group: set(texts) - named[group] - CHOSEN.get(group, set()) for group, texts in WHOLE["en"].items()}
    assert named.keys() == WHOLE["en"].keys()
    assert not any(unsaid.values()), unsaid


def test_every_word_that_is_asked_for_is_there() -> None:
    """What is taken of `label`, or of `words`, is a word of a group that the file asks for."""
    asked = [*asked_for()]
    for path in {path for _, path in asked}:
        groups = {group for group, where in asked if where == path}
        known = {name for group in groups for name in WHOLE["en"][group]}
        text = path.read_text(encoding="utf-8")
        taken = set(re.findall(r"""(?:\blabel|\bwords\(["']\w+["'], language\))\[["'](\w+)["']""", text))
        assert taken <= known, path


def test_every_phrase_has_what_stands_in_it() -> None:
    """Each is made with the values of its placeholders, no fewer and no more."""
    calls = [
        (name.value, {value.arg for value in call.keywords})
        for path in sorted(ENGINE.rglob("*.py"))
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "phrase"
        for name in ast.walk(call.args[0])
        if isinstance(name, ast.Constant) and name.value in WHOLE["en"]["problems"]
    ]
    assert len(calls) > 100
    for name, values in calls:
        assert values == placeholders(WHOLE["en"]["problems"][name]), name


def test_a_language_that_we_lack_is_answered_in_english() -> None:
    """A policy may speak more languages than we do."""
    told = {language: verdict_word("allow", language) for language in LANGUAGES}
    assert list(told.values()) == ["ALLOWED", "TOEGESTAAN", "ERLAUBT", "AUTORISÉ", "PERMITIDO", "DOZWOLONE"]
    assert verdict_word("allow", "fi") == verdict_word("allow", "../words/nl") == verdict_word("allow", "en")
    assert words("timeline", "fi") == WHOLE["en"]["timeline"]


def test_words_are_read_when_they_are_asked_for() -> None:
    """Neither importing nor deciding reads them, nor loading what was compiled before."""
    lines = """
import json, sys, seatrules
from seatrules import words
action, state = json.load(sys.stdin)
print(words._read.cache_info().currsize)
seatrules.load()
words._read.cache_clear()
decision = seatrules.load().decide(action, state)
decision.as_dict()
print(words._read.cache_info().currsize)
decision.explain()
print(words._read.cache_info().currsize)
"""
    given = json.dumps([ACTION, STATE])
    done = subprocess.run([sys.executable, "-c", lines], input=given, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("0\n0\n1\n", "")
