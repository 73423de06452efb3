"""`seatrules new policy` makes a policy that loads, whose cases show all of it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import seatrules
from command import Done, run_here
from seatrules.cli import cli
from seatrules.cli.asking import Asking
from seatrules.diagnostics import SourceText
from seatrules.formatting import formatted
from seatrules.making import draft, policy
from seatrules.making.policy import Plan, from_sample, policy_draft
from seatrules.making.schema import inferred
from seatrules.making.yaml_text import yaml_text
from seatrules.words import LANGUAGES

pytestmark = pytest.mark.usefixtures("no_cache")
SAMPLE = {
    "as_of": "2026-03-01",
    "account": {"plan": "pro", "renews": "2027-01-01", "owner": None, "licenses": {"paid": 7, "used": 3}},
    "users": {"ana": {"role": "admin", "note": "yes", "tags": ["a"]}, "ben": {"role": "member", "tags": []}},
    "invoices": [{"cents": 1200, "on": "2026-01-01", "paid": True}],
    "kept": [],
    "flags": {},
}
OPTIONS = {
    "nothing": (),
    "properties": (
        *("--has", "seats=number", "--has", "plan=free|paid|pro", "--has", "until=date"),
        *("--has", "users/active=yes-no", "--has", "users/role=admin|member"),
    ),
    "a-sample": ("--from-state", "sample.json"),
    "another-number": ("--from-state", "sample.json", "--number", "account.licenses.used"),
    "no-number": ("--from-state", "small.yaml"),
    "odd-texts": ("--title", "A: {b}, 'c' # d", "--source", "Rules, [April]: x"),
    "long-texts": ("--title", "a" * 130, "--source", "b " * 80),
    "places-of-others": ("--has", "places/active=yes-no", "--has", "plan=free|paid"),
    "places-in-words": ("--has", "places=text", "--has", "places_2=text"),
    "an-actor": ("--from-state", "sample.json", "--actor", "users"),
    "names-of-arguments": (
        *("--has", "quantity=number", "--has", "quantity_2=text", "--has", "actor=text", "--has", "users/actor=yes-no"),
        *("--actor", "users"),
    ),
    "an-actor-of-ours": ("--actor", "members"),
    "six-languages": ("--languages", ",".join(LANGUAGES)),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a policy is made, with samples of accounts."""
    (tmp_path / "sample.json").write_text(json.dumps(SAMPLE))
    (tmp_path / "small.yaml").write_text("plan: free\nusers: {ana: {active: true}}\n")
    return tmp_path


def made(folder: Path, *options: str) -> Done:
    return run_here("new", "policy", "gym", "--yes", *options, cwd=folder)


@pytest.mark.parametrize("what", OPTIONS)
def test_what_is_made_is_green_at_once(what: str, folder: Path) -> None:
    """It lints, its cases show all of it, and its files are laid out."""
    done = made(folder, *OPTIONS[what])
    assert (done.returncode, done.stderr) == (0, b"")
    for command in (["lint", "--strict"], ["test", "--coverage", "--fail-under", "100"], ["fmt", "--check"]):
        assert run_here(*command, "gym", cwd=folder).returncode == 0
    assert sorted(map(str, folder.glob("gym/*/**/*.yaml"))) == sorted(
        str(folder / line) for line in done.stdout.decode().splitlines() if line.startswith("gym/")
    )


def test_what_is_bought_is_booked_on_its_day(folder: Path) -> None:
    """The day of the bill is that of the booking."""
    made(folder, "--effective-from", "2026-01-01")
    engine = seatrules.load(folder / "gym")
    state = yaml.safe_load((folder / "gym/2026-01-01/suites/cases.yaml").read_text())["bases"]["account"]
    decision = engine.decide({"type": "add_places", "quantity": 2}, state)
    assert decision.bookings is not None
    assert [booking.as_dict() for booking in decision.bookings] == [
        {"change": "increase", "quantity": 2, "effective_on": "2026-01-01"}
    ]


def test_what_was_not_in_the_sample_is_said(folder: Path) -> None:
    """A day and a number are added, and what was taken for a map is named: another one by its pointer."""
    said = made(folder, "--from-state", "small.yaml", "--map", "/users").stdout.decode().splitlines()
    assert said[-6:-4] == [
        "taken for maps, whose keys are names of entries: /users",
        "added, for the sample has none: /as_of, /places",
    ]


def test_what_may_be_meant_otherwise_is_said(folder: Path) -> None:
    """An object with one entry, and a number that is not whole."""
    (folder / "one.yaml").write_text("desks: 3.5\nplaces: 2\nusers: {ana: {share: '1,5'}}\n")
    done = made(folder, "--from-state", "one.yaml", "--effective-from", "2026-01-01")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().splitlines()[9:13] == [
        "added, for the sample has none: /as_of",
        "one object with a fixed name was made of /users: `--map /users` if its keys are names",
        "/desks: 3.5 is no whole number, and is kept as a text",
        "/users/ana/share: 1,5 is no whole number, and is kept as a text",
    ]


def test_titles_begin_with_a_capital_and_are_to_be_translated(folder: Path) -> None:
    """In every language; what the property is called is said, but where all is English."""
    done = made(folder, "--languages", "nl,en", "--effective-from", "2026-01-01")
    actions = yaml.safe_load((folder / "gym/2026-01-01/actions.yaml").read_text())["actions"]
    assert actions["add_places"]["title"] == {"nl": "Places toevoegen", "en": "Add places"}
    said = "translate `places` in the titles of gym/2026-01-01/actions.yaml: it is called so in the state"
    assert said in done.stdout.decode().splitlines()


def test_what_a_property_means_is_its_description(folder: Path) -> None:
    """Whatever its kind, also of each of several."""
    said = (
        "places=number: those that are paid for",
        "plan=free|paid: what is booked",
        "members/active=yes-no: or: not",
    )
    done = made(folder, *(word for each in said for word in ("--has", each)))
    assert (done.returncode, done.stderr) == (0, b"")
    (file,) = folder.glob("gym/*/state.schema.yaml")
    schema = yaml.safe_load(file.read_text())
    assert schema["properties"]["places"]["description"] == "those that are paid for"
    assert schema["properties"]["plan"] == {"enum": ["free", "paid"], "description": "what is booked"}
    assert schema["$defs"]["member"]["properties"]["active"] == {"type": "boolean", "description": "or: not"}
    for command in (["lint", "--strict"], ["fmt", "--check"]):
        assert run_here(*command, "gym", cwd=folder).returncode == 0


def test_the_schema_is_that_of_the_sample() -> None:
    """Maps, lists of entries, what may be missing and what may be null are told apart."""
    schema = inferred(SAMPLE).schema
    assert schema["properties"]["account"]["properties"]["owner"] == {"type": ["string", "null"]}
    assert schema["properties"]["users"] == {"type": "object", "additionalProperties": {"$ref": "#/$defs/user"}}
    assert schema["$defs"]["user"]["required"] == ["role", "tags"]
    assert schema["properties"]["invoices"] == {"type": "array", "items": {"$ref": "#/$defs/invoice"}}
    assert schema["properties"]["as_of"] == {"type": "string", "format": "date"}


NAMES = st.sampled_from(["paid", "plan", "owner", "yes", "on", "notes"])
SAMPLES = st.dictionaries(
    NAMES,
    st.recursive(
        st.none() | st.booleans() | st.integers(-2, 9) | st.sampled_from(["", "no", "2026-01-01", "a: b"]),
        lambda inner: st.dictionaries(NAMES, inner, max_size=3) | st.lists(st.dictionaries(NAMES, inner, max_size=2)),
        max_leaves=12,
    ),
    min_size=1,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sample=SAMPLES)
def test_any_sample_is_a_state_of_the_policy_that_is_made_of_it(sample: dict[str, Any]) -> None:
    """However it is nested; what can't be is told, with its place in the sample."""
    try:
        told = from_sample(sample, "2026-01-01")
    except seatrules.RequestError as error:
        refused = {problem.code for problem in error.problems}
    else:
        refused = set()
    assert refused <= {"sample_kinds", "sample_number"}
    if refused:
        return
    plan = Plan("it", "2026-01-01", "2026-01-01", "It", "It", ["en"], told.state, told.schema, told.numbers[0])
    with tempfile.TemporaryDirectory() as folder:
        findings = draft.checked(policy_draft(plan, Path(folder, "it")))
    assert not findings.failed
    assert not findings.problems


KIND = (
    "error[usage]: `b` is no kind of `a`, nor words as in `free|paid`\n"
    "  help: there are `number`, `text`, `date`, `yes-no`\n"
)
LANGUAGE = (
    "error[unknown-language]: a new policy can't be made in `fi`\n"
    "  help: there are `en`, `nl`, `de`, `fr`, `es`, `pl`\n"
)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--from-state", "odd.json"], 65, "/state/a: a number in a state is whole: count cents, not euros"),
        (["--from-state", "list.json"], 65, "a sample of an account is a mapping of what the account has"),
        (["--from-state", "undated.json"], 65, "/state/as_of: `soon` is no day: write it as 2026-03-31"),
        (["--from-state", "none.json"], 74, "error: none.json: is not there"),
        (["--from-state", "sample.json", "--has", "a=text"], 2, "`--has` and `--from-state` do not stand together"),
        (["--has", "a=b"], 2, KIND),
        (["--has", "a/b/c=text"], 2, "`a/b/c=text` names nothing that an account has"),
        (["--languages", "fi"], 2, LANGUAGE),
        (["--effective-from", "soon"], 2, "`soon` is no day: write it as 2026-03-31"),
        (["--number", "users"], 2, "the account has no number `users`"),
        (["--title", " "], 2, "a text is expected, and nothing is given"),
        (["--has", "seats=number", "--has", "x-y=text"], 2, "`x-y=text` names nothing that an account has"),
        (["--has", "a=number", "--has", "a/b=text"], 2, "`a/b` is there already: each name is that of one value"),
        (["--has", "a/b=text", "--has", "a=number"], 2, "`a` is there already: each name is that of one value"),
        (["--has", "a=number", "--has", "a=text"], 2, "`a` is there already: each name is that of one value"),
        (["--has", "as_of/b=text"], 2, "`as_of/b` is there already: each name is that of one value"),
        (["--from-state", "deep.json"], 65, f"/state{'/a' * 31}: nested too deep"),
        (["--in", "a" * 256], 74, f"error: {'a' * 256}/gym: its name is too long"),
        (["--from-state", "large.json"], 1, "nothing is written: this is what would be wrong"),
    ],
)
def test_what_can_not_be_made_is_told(arguments: list[str], code: int, said: str, folder: Path) -> None:
    """Nothing is written then."""
    (folder / "odd.json").write_text('{"a": 1.5}')
    (folder / "list.json").write_text("[1]")
    (folder / "deep.json").write_text('{"a":' * 400 + "1" + "}" * 400)
    (folder / "large.json").write_text(f'{{"a": 1{"0" * 20}}}')
    (folder / "undated.json").write_text('{"as_of": "soon"}')
    done = made(folder, *arguments)
    assert (done.returncode, done.stdout) == (code, b"")
    assert said in done.stderr.decode()
    assert not (folder / "gym").exists()


def test_what_does_not_load_is_told_by_its_place(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if it were written: a name that is not known comes back with the line that has it."""
    template = policy.template
    monkeypatch.setattr(policy, "template", lambda name: template(name).replace("require: $", "require: a_$"))
    done = made(folder, "--has", "seats=number")
    said = done.stderr.decode()
    assert done.returncode == 78
    assert said.startswith("nothing is written: this is what would be wrong\ngym/")
    assert "seatrules-" not in said


def test_a_name_that_is_none_is_a_wrong_use(folder: Path) -> None:
    done = run_here("new", "policy", "../gym", "--yes", cwd=folder)
    said = "`../gym` can be no name: it has letters, digits, `_` and `-` only"
    assert (done.returncode, said in done.stderr.decode()) == (2, True)


def test_what_is_there_stays(folder: Path) -> None:
    """A folder of that name is never touched."""
    (folder / "gym").mkdir()
    done = made(folder)
    assert (done.returncode, done.stdout) == (74, b"")
    assert done.stderr == b"error: gym: something of that name is there already\n"
    assert not [*(folder / "gym").iterdir()]


def test_an_interrupt_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a part of the policy nor a file beside it."""

    def put(where: Path, files: Mapping[str, str]) -> None:
        real(where, dict([*files.items()][:3]))
        if where.name == "new":
            raise KeyboardInterrupt

    real = draft._put
    monkeypatch.setattr(draft, "_put", lambda where, files: (put if where.name == "new" else real)(where, files))
    before = sorted(folder.iterdir())
    assert made(folder).returncode == 130
    assert sorted(folder.iterdir()) == before


def test_what_is_not_given_is_asked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One question after the other; what can't be is asked again, with why."""
    monkeypatch.setattr(Asking, "is_heard", True)
    monkeypatch.chdir(folder)
    answers = ["xx", "nl,en", "Sportschool", "", "2026-01-01", "places=number", "guests=number", "x", ""]
    given = "\n".join([*answers, "guests"]) + "\n"
    done = CliRunner().invoke(cli, ["new", "policy", "gym"], input=given, env={"LC_ALL": "C.UTF-8"})
    assert done.exit_code == 0, done.output
    assert "a new policy can't be made in `xx`" in done.stderr
    assert "Which number does the first action raise (places, guests) [places]:" in done.stderr
    written = yaml.safe_load((folder / "gym/2026-01-01/policy.yaml").read_text())
    assert (written["languages"], written["title"]) == (["nl", "en"], {"nl": "Sportschool", "en": "Sportschool"})
    assert [*seatrules.load(folder / "gym").policy.versions[0].actions] == ["add_guests"]


def test_new_files_name_their_schemas(folder: Path) -> None:
    """Where a folder of schemas lies above them: each the one of its kind, also what is added later."""
    assert run_here("schema", "--out", "schemas", cwd=folder).returncode == 0
    assert made(folder, "--effective-from", "2026-01-01").returncode == 0
    assert run_here("new", "version", "2027-01-01", "--policy", "gym", "--yes", cwd=folder).returncode == 0
    options = ("--policy", "gym", "--require", "quantity < 9", "--line", "no", "--yes")
    assert run_here("new", "rule", "few", *options, cwd=folder).returncode == 0
    for file in (folder / "gym").rglob("*.yaml"):
        line, _, rest = file.read_text().partition("\n")
        schema = (file.parent / line.removeprefix("# yaml-language-server: $schema=")).resolve()
        assert schema.parent == folder / "schemas"
        kinds = {"cases": "suite", "state.schema": "state-schema"}
        assert schema.stem == kinds.get(file.stem, file.stem)
        assert "yaml-language-server" not in rest
    for command in (["lint", "--strict"], ["fmt", "--check"]):
        assert run_here(*command, "gym", cwd=folder).returncode == 0


def test_as_data(folder: Path) -> None:
    """The files that are written."""
    written = json.loads(made(folder, "--format", "json").stdout)["written"]
    assert all((folder / name).is_file() for name in written)


KEYS = st.sampled_from(["a", "of", "c_d"])
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text("ab: #'\"-é\n0n", max_size=8)
    | st.sampled_from(["2026-01-01", "y", "1e5"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=20,
)


@pytest.mark.parametrize("name", ["in=number", "sum=number", "settings=number", "members/if=yes-no"])
def test_a_word_of_the_language_is_no_name(name: str, folder: Path) -> None:
    """It is refused as it is given, and not in a file that is not there."""
    done = made(folder, "--has", name)
    told = f"error[usage]: `{name.split('=')[0]}` is a word of the language of conditions: choose another name\n"
    assert (done.returncode, done.stderr.decode()) == (2, told)


def test_a_number_that_can_not_be_named_is_not_raised(folder: Path) -> None:
    """Of those in a sample, another one is; where there is no other, one is added."""
    (folder / "sample.json").write_text('{"in": 1, "sum": 2}')
    done = made(folder, "--from-state", "sample.json", "--effective-from", "2026-01-01")
    assert done.returncode == 0, done.stderr
    assert "add_places" in (folder / "gym" / "2026-01-01" / "actions.yaml").read_text()


def test_commands_to_copy_are_quoted(folder: Path) -> None:
    """So that a shell takes a folder's name as one."""
    (folder / "a b").mkdir()
    done = made(folder, "--in", "a b")
    assert done.stdout.decode().splitlines()[-2] == "  seatrules test 'a b/gym' --coverage"


@pytest.mark.parametrize("word", ["no", "null", "123", "on", "y", "1e5"])
def test_words_that_some_read_otherwise_are_quoted(word: str, tmp_path: Path) -> None:
    """They may be names and texts as others are."""
    here = ("--in", str(tmp_path), "--effective-from", "2026-01-01", "--languages", "en")
    done = run_here("new", "policy", word, "--yes", "--title", word, "--source", word, *here)
    assert done.returncode == 0, done.stderr
    header = (tmp_path / word / "2026-01-01" / "policy.yaml").read_text()
    assert f"name: '{word}'\n" in header
    assert f"title: {{en: '{word}'}}\n" in header


@settings(max_examples=100, deadline=None)
@given(value=st.dictionaries(st.sampled_from(["a", "on", "1", "y"]), VALUES, min_size=1, max_size=3))
def test_what_is_written_is_read_again(value: dict[str, Any]) -> None:
    """Any plain data comes back as it was, however it is nested, also once it is laid out."""
    text = yaml_text(value)
    assert yaml.safe_load(text) == value
    assert yaml.safe_load(formatted(SourceText("it.yaml", "it.yaml", text.split("\n")))) == value


def test_who_asks_is_asked_for(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At a terminal, where there is a map of whom it may be; a map that is not there is told with those that are."""
    asked = []
    monkeypatch.setattr(Asking, "is_heard", True)

    def answer(question: str, **given: Any) -> Any:
        asked.append(question)
        return "users" if question.startswith("Who asks") else given["default"]

    monkeypatch.setattr("click.prompt", answer)
    done = run_here("new", "policy", "gym", "--from-state", "sample.json", cwd=folder)
    assert done.returncode == 0
    assert asked[-1] == "Who asks: an entry of which map (users; nothing: that is not said)"
    actions = yaml.safe_load(next(folder.glob("gym/*/actions.yaml")).read_text())["actions"]
    (action,) = actions.values()
    assert (action["arguments"], action["performed_by"]) == ({"actor": "user_id", "quantity": "count"}, "actor")
    wrong = run_here("new", "policy", "other", "--from-state", "sample.json", "--actor", "flags", cwd=folder)
    assert wrong.stderr.decode() == (
        "error[usage]: the account has no map `flags` with names of its own\n  help: there are `users`\n"
    )
