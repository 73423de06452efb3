"""durable-rules decides as the others do, and what is wrong with it is not met."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, get_args

import pytest

import seatrules
from accounts import ACTION, STATE, changed
from conftest import TESTS
from fuzz.compare import answers, evaluators, load
from fuzz.policies import SMALL_ACTION, SMALL_STATE, write_policy
from lengths import DEEP
from seatrules import cli
from seatrules.durable.evaluate import DurableEvaluator, DurableRulesError
from seatrules.durable.rulesets import MAX_RULES, denying, export, rulesets
from seatrules.durable.translate import Translator, posted, requirement
from seatrules.evaluators import EVALUATORS
from seatrules.program import Program

WHY_NOT = evaluators()[1]
if WHY_NOT:
    pytest.skip(f"the evaluator `durable` is left out: {WHY_NOT}", allow_module_level=True)


class Small:
    """A policy with these requirements, as each evaluator reads it."""

    def __init__(self, folder: Path, *requirements: str) -> None:
        rules = [
            {
                "id": f"rule-{number}",
                "actions": ["act"],
                "require": requirement,
                "otherwise": {"code": "r0", "message": {"en": "no"}},
            }
            for number, requirement in enumerate(requirements)
        ]
        policy = write_policy({"facts": {"twice": {"given": {"i": "integer"}, "is": "i * 2"}}, "rules": rules}, folder)
        self.engines = load(policy, ("compiled", "interpreter", "durable"))
        self.program = self.engines["durable"].programs["base"]

    def allows(self, state: dict[str, Any] | None = None, action: dict[str, Any] | None = None) -> bool:
        """What all evaluators say of the good request with these changes."""
        found = answers(self.engines, ({**SMALL_ACTION, **(action or {})}, {**SMALL_STATE, **(state or {})}), None)
        assert len(set(found.values())) == 1, found
        assert found["durable"][0] in ("allow", "deny"), found
        return found["durable"][0] == "allow"

    @property
    def derived(self) -> dict[str, Any]:
        found: dict[str, Any] = export(self.program)["actions"]["act"]["derived"]
        return found


def test_states_of_sessions_are_deleted() -> None:
    """More decisions than durable-rules has room for sessions leave no session behind."""
    engine = seatrules.load(evaluator="durable")
    for quantity in range(1100):
        engine.decide({**ACTION, "quantity": quantity}, STATE)
    durable = engine._versions["2024-11-01"].evaluator
    assert isinstance(durable, DurableEvaluator)
    (loaded,) = durable._loaded["add_seats"]
    with pytest.raises(Exception, match="309"):  # no such session
        durable._engine.get_state(loaded.handle, "1100")


def test_very_many_decisions_in_one_process(tmp_path: Path) -> None:
    """After 100,000 decisions durable-rules still answers, and answers rightly; `make test` asks every tenth."""
    small = Small(tmp_path, "n > 0", "flag", "name == word")
    durable = DurableEvaluator(small.program)
    head = small.program.actions["act"]
    (loaded,) = durable._rulesets(head)
    facts = [{"asked": "true", "n": n, "flag": "true", "name == word": "true"} for n in (0, 1)]
    for _ in range(50_000 if DEEP else 5_000):
        assert "rule-0 fails 1" in durable._fired(loaded, facts[0])
        assert "rule-0 holds 1" in durable._fired(loaded, facts[1])


@pytest.mark.parametrize(
    "requirement", ["not flag", "m is None", "not (flag and n > 0)", "not any(p.ready for p in parts)", "hue != 'red'"]
)
def test_no_negation_of_a_whole_is_posted(tmp_path: Path, requirement: str) -> None:
    """A requirement that only says what is not so comes out as comparisons, and is decided."""
    small = Small(tmp_path, requirement)
    text = json.dumps(export(small.program))
    assert "$nex" not in text
    assert "$not" not in text
    assert "$or" not in text
    assert small.allows() is (requirement in ("m is None", "not any(p.ready for p in parts)"))


def test_nulls_are_never_posted(tmp_path: Path) -> None:
    """What is absent is asked by a field of its own; a comparison with it is true neither way."""
    small = Small(tmp_path, "m is None or m != 3", "tint is None or tint == 'red'", "until is None or until > as_of")
    assert small.allows()
    assert not small.allows({"m": 3})
    assert small.allows({"m": 4, "tint": "red", "until": "2025-03-02"})
    assert not small.allows({"until": "2025-03-01"})
    assert not small.allows({"tint": "blue"})
    assert "null" not in json.dumps(export(small.program)["actions"]["act"]["rulesets"])
    assert "m is None" in small.derived


@pytest.mark.parametrize("sign", ["<", "<=", "==", "!=", ">", ">="])
def test_two_fields_are_compared_beforehand(tmp_path: Path, sign: str) -> None:
    """durable-rules gets the result of comparing two fields, whatever the two are."""
    small = Small(tmp_path, f"n {sign} k", f"day {sign} on")
    assert small.derived[f"n {sign} k"] == {"type": "boolean", "expression": f"n {sign} k"}
    for first, second in ((1, 2), (2, 2), (3, 2)):
        days = {"day": f"2025-03-0{first}"}, {"on": f"2025-03-0{second}"}
        expected = {"<": first < second, "<=": first <= second, "==": first == second}
        expected |= {"!=": first != second, ">": first > second, ">=": first >= second}
        assert small.allows({"n": first, **days[0]}, {"k": second, **days[1]}) is expected[sign]


def test_booleans_are_no_numbers(tmp_path: Path) -> None:
    """A boolean is posted as a word, so that true is not 1."""
    small = Small(tmp_path, "flag", "b == True", "settings.strict != False", "n == 1")
    assert small.allows()
    assert not small.allows({"flag": False})
    assert not small.allows({}, {"b": False})
    (found,) = rulesets(small.program, small.program.actions["act"])
    values = [value for rule in found.rules.values() for value in _literals(rule["all"])]
    assert values
    assert not any(isinstance(value, bool) for value in values)


def test_dates_are_numbers_of_days(tmp_path: Path) -> None:
    """Dates compare as days, from the first to the last."""
    small = Small(tmp_path, 'day >= "2024-02-29"', "on != cutoffs.start", 'as_of < "9999-12-31"')
    assert small.allows({"day": "2024-02-29"})
    assert not small.allows({"day": "2024-02-28"})
    assert not small.allows({"day": "0001-01-01"})
    assert small.allows({"day": "9999-12-31"})
    assert not small.allows({}, {"on": "2025-02-01"})
    (found,) = rulesets(small.program, small.program.actions["act"])
    assert found.rules["rule-0 holds 1"]["all"] == [{"m": {"$and": [{"$gte": {"day": 738945}}]}}]


@pytest.mark.parametrize(
    "name", ["", "a", "an", "anaa", "Ana", "ana ", 'ana"', "ana\\", "ana\0", "žana", "ana" * 30_000]
)
def test_texts_are_compared_whole(tmp_path: Path, name: str) -> None:
    """A text equals only itself, however long it is and whatever stands in it."""
    small = Small(tmp_path, "name == 'ana'")
    assert small.allows()
    assert not small.allows({"name": name})


def test_a_text_longer_than_two_bytes_count(tmp_path: Path) -> None:
    """durable-rules counts a text's length in 16 bits; a longer one is still no shorter one."""
    assert not Small(tmp_path, "name == 'ana'").allows({"name": "ana" + "x" * 2**16})


@pytest.mark.parametrize("number", [2**62, 2**63 - 1, -(2**62) - 1, -(2**63) + 1, 999_999_999_999_999])
def test_large_numbers_keep_their_order(tmp_path: Path, number: int) -> None:
    """Numbers up to 63 bits, and what is calculated with them, compare rightly with literals."""
    small = Small(tmp_path, "n > 999999999999998", "n * 1 > 999999999999998")
    assert small.allows({"n": number}) is (number > 0)
    assert abs(int(posted("integer", number * number))) <= 2**62  # within the 64 bits that durable-rules has


def test_what_matches_in_several_ways_fires_each_rule_once(tmp_path: Path) -> None:
    """A requirement that fails in two ways at once is one reason."""
    small = Small(tmp_path, "not (flag or n > 0 or hue == 'red' or b)")
    assert not small.allows()
    assert small.allows({"flag": False, "n": 0, "hue": "blue"}, {"b": False})


def test_many_requirements_are_asked_in_several_rulesets(tmp_path: Path) -> None:
    """A ruleset stays below the number of matches that durable-rules can follow."""
    small = Small(tmp_path, *(f"n != {number} and k != {number}" for number in range(200, 300)))
    found = rulesets(small.program, small.program.actions["act"])
    assert len(found) > 1
    assert all(len(each.rules) <= MAX_RULES for each in found)
    assert small.allows()
    assert not small.allows({"n": 299})


def test_a_condition_with_many_ways_is_derived(tmp_path: Path) -> None:
    """A condition whose terms would be too many is one field."""
    parts = " and ".join(f"(n == {number} or k == {number + 1} or b)" for number in range(12))
    small = Small(tmp_path, parts)
    assert list(small.derived) == [parts]
    assert small.allows()
    assert not small.allows({}, {"b": False})


def test_a_date_that_is_none_is_an_error_where_the_reference_says_so(tmp_path: Path) -> None:
    """What is computed beforehand and never asked for does no harm; what is asked for is an error of the request."""
    small = Small(tmp_path, "not flag or add_days(day, n) > as_of", "n > 0")
    assert small.allows({"flag": False, "n": 10**9})
    request = ({**SMALL_ACTION}, {**SMALL_STATE, "n": 10**9})
    found = answers(small.engines, request, None)
    assert set(found.values()) == {("error", "out_of_range")}


class _Faulty:
    """durable-rules with a fault: what it says has fired is not what fires."""

    def __init__(self, engine: Any, fired: list[str]) -> None:
        self._engine, self._fired, self.deleted = engine, iter(fired), 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def start_action_for_state(self, handle: int, state: int) -> tuple[str, str] | None:
        message = self._engine.start_action_for_state(handle, state)
        while message:
            message = self._engine.complete_and_start_action(handle, state)
        name = next(self._fired, None)
        return None if name is None else ("{}", json.dumps({name: {}}))

    def complete_and_start_action(self, handle: int, state: int) -> str | None:
        name = next(self._fired, None)
        return None if name is None else json.dumps({name: {}})

    def delete_state(self, handle: int, session: str) -> None:
        self.deleted += 1
        self._engine.delete_state(handle, session)


@pytest.mark.parametrize(
    ("fired", "message"),
    [
        ([], "durable-rules fires no rule at all"),
        (["asked"], "durable-rules says nothing of `rule-0`"),
        (["asked", "asked", "rule-0 holds 1"], "durable-rules does not fire `asked` just once"),
        (["asked", "rule-0 holds 1", "rule-0 holds 1"], "durable-rules does not fire `rule-0 holds 1` just once"),
        (["asked", "rule-0 holds 1", "rule-0 fails 1"], "durable-rules says fails and holds of `rule-0`"),
    ],
)
def test_a_fault_of_durable_rules_is_no_verdict(tmp_path: Path, fired: list[str], message: str) -> None:
    """Where not just one side of a requirement fires, there is an error and no answer."""
    small = Small(tmp_path, "n > 0")
    durable = small.engines["durable"]._versions["base"].evaluator
    assert isinstance(durable, DurableEvaluator)
    faulty = durable._engine = _Faulty(durable._engine, fired)
    with pytest.raises(DurableRulesError) as caught:
        small.engines["durable"].decide(SMALL_ACTION, SMALL_STATE)
    assert str(caught.value) == message
    assert faulty.deleted == bool(fired)  # durable-rules crashes when it deletes a session in which no rule fired


def test_a_field_is_told_from_all_others(tmp_path: Path) -> None:
    """A name that means something else to durable-rules is changed."""
    rule = Small(tmp_path, "n > 0").program.actions["act"].rules[0]
    (term,) = Translator({}, ["n"]).split(rule.asked).holds
    assert term[0].field.name == "n'"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_export_runs_in_the_python_layer_of_durable_rules() -> None:
    """A team that runs durable-rules already hands the export to it as it is, and its actions are called."""
    page = (TESTS.parent / "docs" / "durable-rules.md").read_text(encoding="utf-8")
    example: dict[str, Any] = {}
    exec(page.split("```python\n")[1].split("```")[0], example)
    action = export(seatrules.load().programs["2024-11-01"])["actions"]["cancel_scheduled_removal"]
    ((name, rules),) = action["rulesets"].items()
    fields = {
        "doer.status": "active",
        'may(doer, "modify_billing")': "true",
        "due(seat_type)": "false",
        "seats[seat_type].pending_removal": 0,
    }
    assert {*action["given"], *action["derived"]} == {*fields}
    assert sorted(example["fired"](name, rules, fields)) == [
        "a-removal-is-scheduled fails",
        "a-removal-that-is-due-stands holds",
        "asked",
        "billing-changes-need-modify-billing holds",
        "who-acts-is-active holds",
    ]


def test_the_answer_is_the_same_in_every_word() -> None:
    """What is said of a decision does not depend on what decided it."""
    engines = [seatrules.load(evaluator=name) for name in get_args(seatrules.EvaluatorName)]
    for change in ({}, {"users.ana.permissions": [], "account.setup_complete": False}):
        state = changed(STATE, change)
        said = [engine.decide(ACTION, state).as_dict() for engine in engines]
        assert said[0] == said[1] == said[2]


@pytest.mark.parametrize("options", [[], ["--jobs", "2"]], ids=["one process", "two"])
def test_the_command_line_decides_by_it(options: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """`check --evaluator durable` prints what `check` prints, of one request and of many."""
    lines = [json.dumps({"state": STATE, "action": {**ACTION, "quantity": quantity}}) for quantity in (0, 1)]
    (tmp_path / "requests.jsonl").write_text("\n".join(lines), encoding="utf-8")
    said = []
    for evaluator in EVALUATORS:
        arguments = ["check", "--requests", str(tmp_path / "requests.jsonl"), "--evaluator", evaluator, *options]
        assert cli.run(arguments) == 0
        said.append(capfd.readouterr().out)
    assert said[0] == said[1] == said[2]
    assert said[0].count("\n") == 2


def test_threads_take_turns() -> None:
    """An engine that several threads share answers each of them rightly."""
    engine = seatrules.load(evaluator="durable")

    def wrong(offset: int) -> list[int]:
        quantities = range(offset, 400, 4)
        return [n for n in quantities if engine.decide({**ACTION, "quantity": n % 2}, STATE).allowed is not bool(n % 2)]

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(wrong, range(4))) == [[], [], [], []]


def test_there_is_no_partial_mode() -> None:
    """What is unknown is not for durable-rules."""
    with pytest.raises(seatrules.UsageError) as caught:
        seatrules.load(evaluator="durable").decide(ACTION, STATE, partial=True)
    assert str(caught.value) == "the evaluator `durable` has no partial mode"


def _literals(value: Any) -> Iterator[Any]:
    match value:
        case dict():
            for each in value.values():
                yield from _literals(each)
        case list():
            for each in value:
                yield from _literals(each)
        case _:
            yield value


def share(program: Program) -> list[int]:
    """Of how many requirements durable-rules is given the facts alone, parts computed beforehand, one truth value."""
    given: dict[str, int] = {}
    for action_type in program.actions.values():
        translator = Translator(program.facts, [])
        for rule in denying(action_type):
            terms = [term for side in translator.split(requirement(rule, program)) for term in side]
            fields = {each.field for term in terms for each in term}
            derived = [field for field in fields if field.derived]
            whole = len(fields) == 1 and [field.kind for field in derived] == ["boolean"]
            given[rule.id] = max(given.get(rule.id, 0), 2 if whole else 1 if derived else 0)
    return [len(given), *(list(given.values()).count(kind) for kind in range(3))]


def test_the_page_and_the_readme_say_how_much_durable_rules_decides() -> None:
    """The page's table is what is counted, and README's sentence is of the newest version of hubspot-seats."""
    page = (TESTS.parent / "docs" / "durable-rules.md").read_text(encoding="utf-8")
    for name, path in (("hubspot-seats", None), ("library-loans", TESTS / "policies" / "library-loans")):
        for version, program in seatrules.load(path).programs.items():
            assert f"| {' | '.join([f'{name} {version}', *map(str, share(program))])} |" in page
    newest = list(seatrules.load().programs.values())[-1]
    readme = " ".join((TESTS.parent / "README.md").read_text(encoding="utf-8").split())
    in_all, facts, parts, handed = share(newest)
    assert f"of the {in_all} requirements of the newest hubspot-seats it decides {facts} from the facts alone" in readme
    assert f"and {parts} from parts of which some are computed beforehand; {handed} it is handed as one" in readme
