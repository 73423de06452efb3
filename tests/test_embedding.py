"""What a program that embeds the engine relies on: its names, types, languages, and values that stay as they are."""

from __future__ import annotations

import inspect
import pickle
import subprocess
import sys
import tomllib
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from pathlib import Path
from typing import Any, get_args

import pytest

import seatrules
from accounts import ACTION, STATE, changed
from command import run
from seatrules.errors import AUDIENCES
from seatrules.evaluators import EVALUATORS
from seatrules.words import nearest_language

ENGINE = seatrules.load()
DENIED = {**ACTION, "quantity": 0}
UNSEATED = changed(STATE, {"users.ana.seats": []})


def test_the_version_is_that_of_the_package() -> None:
    """`seatrules.__version__` is what the project says, and what the command line prints."""
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert seatrules.__version__ == project["version"]
    assert run("--version").stdout.decode().strip().endswith(f"version {seatrules.__version__}")


def test_a_misspelt_name_fails_where_types_are_checked(tmp_path: Path) -> None:
    """mypy finds a name that is not there, and the type of those that are imported late."""
    pytest.importorskip("mypy")
    program = tmp_path / "program.py"
    program.write_text(
        "import seatrules\n"
        "reveal_type(seatrules.Timeline)\n"
        "seatrules.laod()\n"
        "seatrules.load().decide({}, {}).decision == 'denied'\n"
        "seatrules.load(evaluator='durabel')\n"
        "seatrules.load().decide({}, {}).as_dict(audience='usr')\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path), str(program)]
    lines = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path).stdout.splitlines()
    about = {int(line.split(":")[1]): line for line in lines if line.startswith("program.py:")}
    assert set(about) == {2, 3, 4, 5, 6}, lines
    assert "seatrules.planning.timeline.Timeline" in about[2]
    assert "attr-defined" in about[3]
    assert "comparison-overlap" in about[4]
    assert "arg-type" in about[5]
    assert "arg-type" in about[6]


def test_the_words_that_types_name_are_those_there_are() -> None:
    """The types of verdicts, audiences and evaluators name every one."""
    assert get_args(seatrules.Verdict) == ("allow", "deny", "undetermined")
    assert get_args(seatrules.Audience) == AUDIENCES
    assert get_args(seatrules.EvaluatorName) == tuple(EVALUATORS)


def test_every_public_property_says_what_it_is() -> None:
    """A class of the package, and each of its properties, has a docstring."""
    silent = []
    for name in seatrules.__all__:
        kind = getattr(seatrules, name)
        if inspect.isclass(kind):
            silent += [name] if not kind.__doc__ else []
            silent += [f"{name}.{key}" for key, value in _of_its_own(kind) if not inspect.getdoc(value)]
    assert silent == []


def _of_its_own(kind: type) -> list[tuple[str, Any]]:
    members = [(key, inspect.getattr_static(kind, key)) for key in dir(kind) if not key.startswith("_")]
    return [(key, value) for key, value in members if isinstance(value, property)]


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("nl", "nl"),
        ("nl-NL", "nl"),
        ("nl_NL", "nl"),
        ("NL", "nl"),
        ("nl-Latn-BE", "nl"),
        ("EN_us", "en"),
        ("n", None),
        ("nld", None),
        ("de-NL", None),
        ("-nl", None),
        ("", None),
    ],
)
def test_a_language_tag_finds_the_language(tag: str, expected: str | None) -> None:
    """A tag finds its language by the lookup of BCP 47, in Python and on the command line; another is an error."""
    decision = ENGINE.decide(DENIED, STATE)
    texts: list[Callable[[str], Any]] = [
        decision.explain,
        decision.as_dict,
        decision.reasons[0].message,
        decision.reasons[0].line,
        ENGINE.simulate([DENIED], STATE, keep_going=True).as_dict,
        lambda language: run("list", "--lang", language, "--format", "text").stdout,
    ]
    if expected is not None:
        assert [text(tag) for text in texts] == [text(expected) for text in texts]
    else:
        for text in texts[:-1]:
            with pytest.raises(seatrules.UsageError) as caught:
                text(tag)
            assert (caught.value.code, caught.value.allowed) == ("unknown-language", ENGINE.languages)


def test_the_nearest_language_is_found() -> None:
    """A policy's own spelling is given back, the longest that fits."""
    assert nearest_language("pt_br", ("pt", "pt-BR")) == "pt-BR"
    assert nearest_language("pt-PT", ("pt-BR", "pt")) == "pt"
    assert nearest_language("pt", ("pt-BR",)) is None


def test_an_error_of_a_request_says_what_is_near() -> None:
    """The text of the error has the suggestion, of each problem."""
    with pytest.raises(seatrules.RequestError) as caught:
        ENGINE.decide({"type": "add_seat"}, STATE)
    assert str(caught.value) == "/action/type: there is no action `add_seat`; did you mean `add_seats`?"


class Level(Enum):
    HIGH = 1


@dataclass
class Person:
    name: str


def of_library(library: str, name: str, **attributes: Any) -> Any:
    """A value of a type that looks like another library's."""
    return type(name, (), {"__module__": library, **attributes})()


class Float64(float):
    __module__ = "numpy"


@pytest.mark.parametrize(
    ("value", "help_text"),
    [
        (date(2024, 11, 15), 'write a date as text: `"2024-11-15"`'),
        (datetime(2024, 11, 15, 12), 'write the day as text, without a time: `"2024-11-15"`'),  # noqa: DTZ001
        (Decimal("1.5"), "write a whole number: of money, count the cents"),
        (Fraction(1, 2), "write a whole number: of money, count the cents"),
        (uuid.UUID(int=1), "write it as text: `str(...)`"),
        (of_library("numpy", "ndarray"), "pass its `.tolist()`"),
        (of_library("numpy.core", "int64"), "pass its `.tolist()`"),
        (Float64(1), "pass its `.tolist()`"),
        (of_library("shop.models", "Account", model_dump=lambda self: {}), 'pass its `.model_dump(mode="json")`'),
        (Person("ana"), "pass its `dataclasses.asdict(...)`"),
        (Level.HIGH, "pass its `.value`"),
        ({"a"}, "convert it to a plain `list`"),
        (object(), None),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_plain_data_says_what_to_pass(value: Any, help_text: str | None) -> None:
    """A value of a library's type in a state or an action is told with what to pass in its place."""
    for action, state in (({**ACTION, "quantity": value}, STATE), (ACTION, {**STATE, "account": value})):
        with pytest.raises(seatrules.RequestError) as caught:
            ENGINE.decide(action, state)
        assert caught.value.code == "wrong_type"
        assert caught.value.suggestion == help_text


def test_nothing_that_an_answer_hands_out_changes_another() -> None:
    """What is done to the data of an answer changes neither the answer nor the next one."""
    engine = seatrules.load(settings={"deactivated_counts_as_assigned": False})
    assign = {"type": "assign_seat", "actor": "ana", "user": "ana", "seat_type": "core"}
    assert any(isinstance(effect.after, list) for effect in engine.decide(assign, UNSEATED).effects)
    for action, state in ((ACTION, STATE), (DENIED, STATE), (assign, UNSEATED)):
        decision = engine.decide(action, state)
        before, words = str(decision.as_dict()), decision.explain()
        spoiled(decision.as_dict())
        for handed_out in (*decision.billing, *(effect.after for effect in decision.effects), decision.action):
            spoiled(handed_out)
        for reason in decision.reasons:
            for condition in reason.conditions:
                spoiled(condition.facts)
        assert str(decision.as_dict()) == before
        assert decision.explain() == words
        assert str(engine.decide(action, state).as_dict()) == before


def spoiled(value: Any) -> None:
    """Empty each list and mapping in plain data."""
    if isinstance(value, list | dict):
        for each in list(value.values()) if isinstance(value, dict) else list(value):
            spoiled(each)
        value.clear()


def test_the_settings_of_a_policy_are_not_changed() -> None:
    """What all decisions share is read only, and stays so in another process."""
    engine = seatrules.load(settings={"deactivated_counts_as_assigned": False})
    policy = engine.decide(ACTION, STATE).policy
    for each in (policy, pickle.loads(pickle.dumps(policy))):
        assert each.settings == {"deactivated_counts_as_assigned": False}
        for mapping in (each.settings, each.billing_words, *each.billing_words.values(), engine.programs):
            with pytest.raises(TypeError):
                mapping["deactivated_counts_as_assigned"] = True


def test_what_answers_share_of_statements_is_not_changed() -> None:
    """The texts of a statement are the engine's own, in every answer that cites it."""
    outcome = seatrules.load().decide(ACTION, STATE).outcome
    assert outcome is not None
    for cited in pickle.loads(pickle.dumps(outcome)).cites + outcome.cites:
        for texts in (cited.meaning, cited.says, cited.source):
            with pytest.raises(TypeError):
                texts["en"] = "another"
