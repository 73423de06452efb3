"""`seatrules fmt` lays YAML files out in one way, and changes nothing that they say."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import seatrules
from command import run, run_here
from seatrules.diagnostics import SourceText
from seatrules.errors import PolicyError
from seatrules.formatting import formatted

TESTS = Path(__file__).parent
CASES = yaml.safe_load((TESTS / "cases" / "formatting.yaml").read_text(encoding="utf-8"))
POLICIES = [TESTS.parent / "policies" / "zoom-licenses", TESTS / "policies" / "allotments"]
WORDS = st.sampled_from(
    ["a", "null", "True", "2024-01-01", "a < b", "é: x"[:1], "on", "1:30", "0x1f", "a 'b'", 'say "no"']
)


def of(text: str, width: int = 120) -> str:
    return formatted(SourceText("it.yaml", "it.yaml", text.split("\n")), width)


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: case["name"])
def test_layout(case: Mapping[str, Any]) -> None:
    """A text is laid out as the case says, and stays so."""
    assert of(case["text"], case.get("width", 120)) == case["laid_out"]
    assert of(case["laid_out"], case.get("width", 120)) == case["laid_out"]


@pytest.mark.parametrize("case", CASES["refused"], ids=lambda case: case["name"])
def test_what_would_be_lost_is_told(case: Mapping[str, Any]) -> None:
    """A file that can't be laid out whole is refused, at the place of what would be lost."""
    with pytest.raises(PolicyError) as error:
        of(case["text"])
    assert [str(each) for each in error.value.problems] == [case["problem"]]


def scalars(draw: st.DrawFn) -> str:
    word = draw(WORDS)
    style = draw(st.sampled_from(["plain", "'", '"']))
    if style == "'":
        return "'" + word.replace("'", "''") + "'"
    return yaml.dump(word, default_style=style)[:-1] if style == '"' else word


@st.composite
def documents(draw: st.DrawFn) -> str:
    """A text of YAML with comments, brackets, and levels of any width."""

    def comment() -> str:
        return draw(st.sampled_from(["", "", "", "  # said # twice", " #x"]))

    def flow(depth: int) -> str:
        if depth == 0 or draw(st.booleans()):
            return scalars(draw)
        items = [flow(depth - 1) for _ in range(draw(st.integers(0, 3)))]
        if draw(st.booleans()):
            return "[" + ", ".join(items) + "]"
        return "{" + ",  ".join(f"k{n}: {each}" for n, each in enumerate(items)) + "}"

    def block(indent: str, depth: int) -> list[str]:
        lines = list[str]()
        is_list = draw(st.booleans())
        for number in range(draw(st.integers(1, 3))):
            lines += draw(st.sampled_from([[], [], [f"{indent}# before"], [""], ["", "", f"{indent}# apart", ""]]))
            head = f"{indent}-" if is_list else f"{indent}key{number}:"
            if depth == 0 or draw(st.booleans()):
                lines.append(f"{head} {flow(2)}{comment()}")
            else:
                lines.append(f"{head}{comment()}")
                lines += block(indent + " " * draw(st.integers(1, 5)), depth - 1)
        return lines

    return "\n".join(["# at the top", *block("", 3), *draw(st.sampled_from([[], ["# at the end"], ["", ""]]))])


@settings(max_examples=60, deadline=None)
@given(text=documents(), width=st.sampled_from([20, 40, 120]))
def test_what_is_laid_out_says_the_same_and_stays(text: str, width: int) -> None:
    """Of any text: it says what it said, with its comments (else it is refused), and nothing changes a second time."""
    with suppress(PolicyError):
        once = of(text, width)
        assert of(once, width) == once
        assert yaml.load(once, yaml.BaseLoader) == yaml.load(text, yaml.BaseLoader)


@pytest.mark.parametrize("policy", POLICIES, ids=lambda path: path.name)
def test_a_policy_that_is_laid_out_is_the_same_policy(policy: Path, tmp_path: Path) -> None:
    """Its digests are what they were, however narrow it becomes."""
    copy = Path(shutil.copytree(policy, tmp_path / policy.name))
    result = run_here("fmt", str(copy), "--width", "60")
    assert result.returncode == 0, result.stderr
    assert run_here("fmt", str(copy), "--width", "60", "--check").returncode == 0
    before, after = seatrules.load(policy), seatrules.load(copy)
    assert [each.policy.digest for each in after.programs.values()] == [
        each.policy.digest for each in before.programs.values()
    ]


MESSY = "rules:\n- {id: a,\n   when: x}   \n\n\n\n# the second\n- id: b\n"
NEAT = "rules:\n  - {id: a, when: x}\n\n  # the second\n  - id: b\n"
FILES = {"messy.yaml": MESSY, "neat.yml": NEAT, "wrong.yaml": "a: 1\na: 2\n", "notes.txt": MESSY}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_a_folder_is_laid_out(folder: Path) -> None:
    """What changes is named, what is no YAML is told and stays as it is, and other files are left alone."""
    done = run_here("fmt", ".", cwd=folder)
    assert (done.returncode, done.stdout.decode()) == (1, "messy.yaml\n")
    assert done.stderr.decode() == (TESTS / "golden" / "fmt" / "folder.txt").read_text(encoding="utf-8")
    assert {name: (folder / name).read_text(encoding="utf-8") for name in FILES} == {**FILES, "messy.yaml": NEAT}
    (folder / "wrong.yaml").unlink()
    again = run_here("fmt", ".", cwd=folder)
    assert (again.returncode, again.stdout, again.stderr) == (0, b"", b"0 laid out, 2 as they should be\n")


def test_checking_changes_nothing(folder: Path) -> None:
    """With `--check` the files stay, and the exit code says that some are to be laid out."""
    done = run_here("fmt", "--check", "messy.yaml", "neat.yml", cwd=folder)
    assert (done.returncode, done.stdout) == (1, b"messy.yaml\n")
    assert done.stderr == b"1 to be laid out, 1 as they should be\n"
    assert (folder / "messy.yaml").read_text(encoding="utf-8") == MESSY


def test_standard_input_goes_out_laid_out() -> None:
    """An editor may hand a text through."""
    done = run("fmt", "-", stdin=MESSY.encode())
    assert (done.returncode, done.stdout.decode(), done.stderr) == (0, NEAT, b"")


@pytest.mark.parametrize(("text", "code"), [(MESSY, 1), (NEAT, 0)])
def test_standard_input_is_checked_too(text: str, code: int) -> None:
    """The exit code says whether it is to be laid out; nothing goes out."""
    done = run("fmt", "-", "--check", stdin=text.encode())
    assert (done.returncode, done.stdout, done.stderr) == (code, b"", b"")


def test_what_is_hidden_is_left_alone(tmp_path: Path) -> None:
    """In a folder: what tools keep there is no policy. A file that is named is laid out all the same."""
    (tmp_path / ".tools").mkdir()
    hidden = [tmp_path / ".tools" / "it.yaml", tmp_path / ".it.yaml"]
    for path in (*hidden, tmp_path / "it.yaml"):
        path.write_text(MESSY, encoding="utf-8")
    assert run_here("fmt", ".", cwd=tmp_path).stdout == b"it.yaml\n"
    assert [path.read_text(encoding="utf-8") for path in hidden] == [MESSY, MESSY]
    assert run_here("fmt", ".it.yaml", cwd=tmp_path).stdout == b".it.yaml\n"


def test_a_folder_without_yaml_is_told(tmp_path: Path) -> None:
    done = run_here("fmt", str(tmp_path))
    assert done.returncode == 74
    assert done.stderr.decode() == f"error: {tmp_path}: no YAML files are in it\n"


def test_what_is_not_installed_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ruamel.yaml", None)
    done = run_here("fmt", "messy.yaml", cwd=folder)
    assert done.returncode == 2
    told = "error[not-installed]: `ruamel.yaml` is not installed\n  help: install `seatrules[fmt]`\n"
    assert done.stderr.decode() == told
