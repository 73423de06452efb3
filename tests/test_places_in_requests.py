"""What is wrong with a state, an action or steps is shown where it is written, all at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import seatrules
from accounts import ACTION, STATE, changed
from command import as_text, run, written
from seatrules import cli, document_places
from seatrules.diagnostics import SourceText
from seatrules.json_nodes import json_nodes
from seatrules.nodes import MappingNode, Node, Scalar

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


@pytest.mark.parametrize(
    "command", [("check",), ("check", "--partial"), ("check", "--remedies"), ("when",)], ids=" ".join
)
def test_every_mistake_of_a_state_and_an_action_is_shown_at_once(command: tuple[str, ...], tmp_path: Path) -> None:
    """With file, line and column, and the words underlined; a wrong day hides none."""
    state = changed(STATE, {"as_of": "2024-13-01", "users.ana.status": "actve", "seats.core.assigned": "x-3"})
    path = tmp_path / "state.json"
    path.write_text(json.dumps(state, indent=1), encoding="utf-8")
    lines = path.read_text(encoding="utf-8").splitlines()
    done = run(*command, "--state", str(path), "--action", as_text(ACTION, quantity="2"))
    places = []
    for word in ('"2024-13-01"', '"actve"', '"x-3"'):
        number = next(number for number, line in enumerate(lines, 1) if word in line)
        places.append(f"{path}:{number}:{lines[number - 1].index(word) + 1}")
    heads = [line for line in done.stderr.decode().splitlines() if "error[" in line]
    assert sorted(head.partition(": ")[0] for head in heads[:3]) == sorted(places)
    assert heads[0].startswith(places[0])
    assert heads[3].startswith("--action:1:")
    assert (len(heads), done.returncode) == (4, 65)


def test_every_mistake_of_a_state_and_its_steps_is_shown_at_once(tmp_path: Path) -> None:
    """No mistake of one step hides that of another, nor one of the state those of the steps."""
    state = written(tmp_path / "state.json", changed(STATE, {"as_of": "2024-13-01", "users.ana.status": "actve"}))
    steps = [
        {"at": "soon", "action": {**ACTION, "quantity": "2"}},
        {"at": "2024-11-20", "actoin": ACTION},
        {"at": "2025-01-01", "action": {"type": "add_seat"}},
        {"at": "2024-12-31", "action": ACTION},
    ]
    path = written(tmp_path / "steps.json", steps)
    done = run("simulate", "--state", state, "--steps", path, "--format", "json")
    assert [each["path"] for each in json.loads(done.stderr)["error"]["problems"]] == [
        "/state/as_of",
        "/state/users/ana/status",
        "/steps/0/at",
        "/steps/1/actoin",
        "/steps/1/action",
        "/steps/3/at",
        "/steps/0/action/quantity",
        "/steps/2/action/type",
    ]
    done = run("can", "--state", state, "--format", "json")
    told = json.loads(done.stderr)["error"]["problems"]
    assert [each["path"] for each in told] == ["/state/as_of", "/state/users/ana/status"]


@pytest.mark.parametrize("suffix", ["json", "yaml"])
def test_the_excerpt_shows_what_is_meant(suffix: str, tmp_path: Path) -> None:
    """Of an unknown property its key, of a wrong value the value; of what lacks, that in which it lacks."""
    state = changed(STATE, {"users.ana.seats": ["cor"], "users.ana.sets": []})
    del state["seats"]["core"]["assigned"]
    path = tmp_path / f"state.{suffix}"
    path.write_text(json.dumps(state), encoding="utf-8")
    done = run("check", "--state", str(path), "--action", as_text(ACTION), "--format", "json")
    problems = json.loads(done.stderr)["error"]["problems"]
    text = path.read_text(encoding="utf-8")
    assert {(p["path"], text[p["column"] - 1 :][:6]) for p in problems} == {
        ("/state/seats/core/assigned", '{"purc'),
        ("/state/users/ana/seats/0", '"cor"]'),
        ("/state/users/ana/sets", '"sets"'),
    }
    assert {(p["file"], p["line"]) for p in problems} == {(str(path), 1)}


@pytest.mark.parametrize("suffix", ["json", "yaml"])
def test_a_key_of_a_map_that_leads_nowhere_is_shown_itself(suffix: str, tmp_path: Path) -> None:
    """A key of another map's entries and one of words: what is underlined is the key, and not its entry."""
    state = {
        "as_of": "2025-03-01",
        "people": {"ana": {"banned": False}},
        "clubs": {"ede": {"plan": "free", "members": {"bob": {"role": "owner", "since": "2025-01-01"}}, "goals": {}}},
        "teams": {},
    }
    path = tmp_path / f"state.{suffix}"
    path.write_text(json.dumps(state), encoding="utf-8")
    action = '{"type": "leave", "person": "ana", "club": "ede"}'
    clubs = Path(__file__).parent / "policies" / "clubs"
    done = run("check", "--policy", str(clubs), "--state", str(path), "--action", action, "--format", "json")
    (problem,) = json.loads(done.stderr)["error"]["problems"]
    assert problem["path"] == "/state/clubs/ede/members/bob"
    assert path.read_text(encoding="utf-8")[problem["column"] - 1 :].startswith('"bob"')


def test_repeated_keys_of_a_json_state_are_all_shown(tmp_path: Path) -> None:
    """Each with its line and where the key is given first."""
    path = tmp_path / "state.json"
    path.write_text('{"a": 1,\n "b": {"c": 1, "c": 2},\n "a": 2\n}', encoding="utf-8")
    done = run("check", "--state", str(path), "--action", as_text(ACTION))
    assert done.stderr.decode().splitlines() == [
        f"{path}:2:16: error[malformed]: the key `c` is given twice",
        "  |",
        '2 |  "b": {"c": 1, "c": 2},',
        "  |                ^",
        "  help: keep one of the two: it is given first in line 2, column 8",
        f"{path}:3:2: error[malformed]: the key `a` is given twice",
        "  |",
        '3 |  "a": 2',
        "  |  ^",
        "  help: keep one of the two: it is given first in column 2",
    ]


def test_a_user_is_shown_nothing_of_the_state(tmp_path: Path) -> None:
    """To `audience: user` no line of a state or an action is printed."""
    path = written(tmp_path / "state.json", changed(STATE, {"users.ana.status": "actve"}))
    done = run("check", "--state", path, "--action", as_text(ACTION), "--audience", "user")
    assert done.stderr == b"error[unknown_word]: /state: the request is not well formed\n"


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("remove_seats", "did you mean `schedule_removal` (Remove unassigned seats)?"),
        ("Remove-Seats", "did you mean `schedule_removal` (Remove unassigned seats)?"),
        ("asign_seat", "did you mean `assign_seat`?"),
        ("frobnicate", None),
    ],
)
def test_an_action_is_suggested_by_its_title_too(name: str, suggestion: str | None) -> None:
    """A name whose words stand in the title of an action is taken for that action."""
    with pytest.raises(seatrules.RequestError) as error:
        seatrules.load().decide({**ACTION, "type": name}, STATE)
    assert error.value.suggestion == suggestion


@given(value=VALUES, indent=st.sampled_from([None, 1]))
def test_every_part_of_a_json_text_is_where_it_is_written(value: object, indent: int | None) -> None:
    """The nodes of a text that Python writes give the value back, each scalar from its own place."""
    text = json.dumps([value], indent=indent)
    source = SourceText("x", "x", text.split("\n"))
    assert _value(json_nodes(source)) == [value]


def _value(node: Node) -> object:
    if isinstance(node, Scalar):
        line = node.span.text or ""
        return json.loads(line[node.span.column - 1 :][: node.span.width])
    if isinstance(node, MappingNode):
        return {key: _value(child) for key, _, child in node}
    return [_value(item) for item in node.items]


def test_a_text_is_gone_through_once_for_all_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However much is wrong: a state of many users has many places to tell."""
    gone_through: list[str] = []

    def counting(source: SourceText) -> Node:
        gone_through.append(source.name)
        return json_nodes(source)

    monkeypatch.setattr(document_places, "json_nodes", counting)
    state = changed(STATE, {"as_of": "2024-13-01", "users.ana.status": "actve", "seats.core.assigned": "x"})
    path = written(tmp_path / "state.json", state)
    assert cli.run(["check", "--state", path, "--action", as_text(ACTION, quantity="2")]) == 65
    assert gone_through.count(path) == 1
