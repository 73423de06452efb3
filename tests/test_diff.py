"""`seatrules diff`: which two policies it compares, and what it says is written otherwise."""

from __future__ import annotations

import errno
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from command import LIBRARY
from command import run as run_alone
from command import run_here as run
from conftest import TESTS, Golden

VERSION = "2025-01-01"
LOANS = Path(VERSION, "rules/20-loans.yaml")
GIT = ("git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")


def diff(*arguments: str, cwd: Path, seconds: str = "0.1") -> dict[str, Any]:
    """What differs, as data; what it means is hardly looked for."""
    done = run("diff", *arguments, "--format", "json", "--seconds", seconds, cwd=cwd)
    assert done.returncode in (0, 1), done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def refused(*arguments: str, cwd: Path) -> tuple[int, str]:
    """The exit code, and what is said of what can't be compared."""
    done = run("diff", *arguments, cwd=cwd)
    assert not done.stdout
    return done.returncode, done.stderr.decode()


def change(file: Path, old: str, new: str) -> None:
    """Change a text that stands once in a file."""
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{text.count(old)} x {old}"
    file.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def library(tmp_path: Path, no_cache: None) -> Path:
    """A folder with two copies of the library's policy, `old` and `new`."""
    for name in ("old", "new"):
        shutil.copytree(LIBRARY, tmp_path / name)
    return tmp_path


def git(folder: Path, *arguments: str) -> None:
    """Run git in a folder."""
    subprocess.run([*GIT, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(library: Path) -> Path:
    """The same folder as a repository with one commit."""
    git(library, "init", "-q")
    git(library, "add", ".")
    git(library, "commit", "-q", "-m", "first")
    return library


def test_a_policy_is_the_same_as_its_copy(library: Path) -> None:
    """Nothing differs: the exit code is 0."""
    done = run("diff", "old", "new", cwd=library)
    assert (done.returncode, done.stdout.decode().splitlines()[2:4]) == (0, ["What is written", "  the same"])
    assert done.stdout.decode().splitlines()[5:6] == ["What it means"]


def test_what_is_written_otherwise_is_told_entry_by_entry(library: Path, golden: Golden) -> None:
    """Expressions and texts word by word, lists by what is in them, tables by cell, each with its place."""
    new = library / "new" / VERSION
    change(library / "new" / LOANS, 'require: desk == "counter"', 'require: desk != "machine"')
    change(new / "billing-timing.yaml", "cites: [S15]", "cites: [S16, S15]")
    change(new / "facts.yaml", "max(0, most_loans(m) - lent_to(m.id))", "max(1, most_loans(m) - lent_to(m.id))")
    change(library / "new" / LOANS, "{wanted.id} is handed out at the counter", "{wanted.id} is handed out at a desk")
    change(library / "new" / LOANS, "from: 2025-03-01", "from: 2025-03-02")
    done = run("diff", "old", "new", "--version", VERSION, "--seconds", "0.1", cwd=library)
    written, meaning = done.stdout.decode().split("\nWhat it means\n")
    assert "borrow: " in meaning
    golden(TESTS / "golden" / "diff" / "written.txt", written)


def test_order_and_comments_do_not_count(library: Path) -> None:
    """Of lists in which the order says nothing; where outcomes come in another order, that is told."""
    change(
        library / "new" / VERSION / "rules/10-members.yaml", "[borrow, extend, reserve]", "[reserve, extend, borrow]  #"
    )
    assert diff("old", "new", "--version", VERSION, cwd=library)["written"] == []
    file = library / "new" / VERSION / "billing-timing.yaml"
    head, lent, charged, *rest = file.read_text().split("\n  - id: ")
    file.write_text("\n  - id: ".join([head, charged, lent, *rest]))
    (moved,) = diff("old", "new", "--version", VERSION, cwd=library)["written"]
    assert (moved["kind"], moved["what"]) == ("outcomes", "moved")


def test_what_a_later_version_takes_over_is_told_once(library: Path) -> None:
    """With the versions in which it shows."""
    change(library / "new" / VERSION / "facts.yaml", "max(0, most_loans(m)", "max(1, most_loans(m)")
    told = diff("old", "new", cwd=library)
    (written,) = told["written"]
    assert written["versions"] == [[each["old"], each["new"]] for each in told["versions"]]
    assert len(written["versions"]) > 1
    (detail,) = written["details"]
    assert (detail["path"], detail["file"]) == (["is"], f"new/{VERSION}/facts.yaml")


def test_a_version_that_decides_from_another_day_on_is_compared_with_what_decided_before(library: Path) -> None:
    """Each stretch of days compares the versions that are in force on them."""
    later = sorted(path.name for path in LIBRARY.iterdir())[-1]
    days = [each["first"] for each in diff("old", "new", cwd=library)["versions"]]
    change(library / "new" / later / "policy.yaml", f"effective_from: {days[-1]}", "effective_from: 2030-01-01")
    told = diff("old", "new", cwd=library)["versions"]
    assert [(each["old"], each["new"]) for each in told[-2:]] == [(later, told[-2]["new"]), (later, later)]
    assert (told[-2]["last"], told[-1]["first"]) == ("2029-12-31", "2030-01-01")
    assert told[-2]["new"] != later


@pytest.mark.parametrize("old", ["HEAD:old", "HEAD:./old", f"HEAD:old/{VERSION}/"])
def test_a_policy_is_taken_out_of_git(old: str, repository: Path) -> None:
    """By its folder in a revision, and a version with the one that it extends; places name the revision."""
    assert diff(old, "new", "--version", VERSION, cwd=repository)["written"] == []
    change(repository / "old" / LOANS, 'wanted.kind == "game"', 'wanted.kind != "game"')
    assert diff(old, "new", "--version", VERSION, cwd=repository)["written"] == []
    (written,) = diff("old", old, "--version", VERSION, cwd=repository)["written"]
    assert written["file"].removeprefix("HEAD:").removeprefix("./") == f"old/{LOANS}"


def test_versions_are_named_by_themselves(library: Path) -> None:
    """Of the policy that `--policy` names."""
    names = sorted(path.name for path in (library / "old").iterdir())
    told = diff(names[0], names[1], "--policy", "old", cwd=library)
    assert [(each["old"], each["new"]) for each in told["versions"]] == [(names[0], names[1])]
    assert any(each["kind"] == "policy" for each in told["written"])


def test_an_extension_may_be_of_one_side(library: Path) -> None:
    """What it adds is then what differs; of both sides it is no difference."""
    banned = str(TESTS / "extensions" / "banned-members")
    assert diff("old", "new", "--extension", banned, cwd=library)["written"] == []
    added = diff("old", "new", "--new-extension", banned, cwd=library)["written"]
    assert any(each["what"] == "added" and each["file"].startswith(str(TESTS / "extensions")) for each in added)


WRONG: dict[str, Sequence[str]] = {
    "revision": ("NOWHERE:old", "new"),
    "folder": ("HEAD:nowhere", "new"),
    "no-policy": ("HEAD:", "new"),
    "extension": ("old", "new", "--extension", "HEAD:old"),
    "two-policies": ("old", "hubspot-seats"),
    "version": ("old", "new", "--version", "1999-01-01"),
    "version-folder": ("old/2025-01-01", "old/2025-07-02"),
    "neither": ("olt", "new", "--policy", "old"),
}


def test_what_can_not_be_compared_is_told_with_help(repository: Path, golden: Golden) -> None:
    """A revision or folder that is not there, two policies of different names, a version that one lacks."""
    told = []
    for arguments in WRONG.values():
        code, said = refused(*arguments, cwd=repository)
        assert code == 2
        told.append(f"$ seatrules diff {' '.join(arguments)}\n{said}")
    golden(TESTS / "golden" / "diff" / "wrong.txt", "\n".join(told))


def test_outside_of_a_repository_there_are_no_revisions(library: Path) -> None:
    """That is said, and not that the folder is not there."""
    assert refused("HEAD:old", "new", cwd=library) == (
        2,
        "error[no-repository]: `HEAD:old` names a revision, and this folder is in no repository of git\n",
    )


def test_a_link_in_a_revision_is_not_followed(repository: Path) -> None:
    """It might lead anywhere."""
    (repository / "old" / VERSION / "more.yaml").symlink_to(repository / "new" / VERSION / "facts.yaml")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "link")
    code, said = refused("HEAD:old", "new", cwd=repository)
    assert (code, said) == (
        74,
        f"error: HEAD:old/{VERSION}/more.yaml: is a link, which is not followed in a revision\n",
    )


def test_without_git_that_is_said(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In our words."""
    monkeypatch.setenv("PATH", str(repository))
    assert refused("HEAD:old", "new", cwd=repository) == (74, "error: git: can't be run\n")


def test_where_no_room_is_left_that_is_said(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For what is taken out of git, or for what is printed: nothing of it stays behind."""
    with Path("/dev/full").open("wb") as full:
        done = run_alone("diff", "old", "new", "--seconds", "0.01", "--version", VERSION, cwd=repository, stdout=full)
    assert (done.returncode, done.stderr) == (74, b"error: <stdout>: no room is left for it\n")

    def no_room(path: Path, content: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    temporary = repository / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.setattr(Path, "write_bytes", no_room)
    code, said = refused("HEAD:old", "new", cwd=repository)
    assert code == 74
    folder = re.escape(str(temporary))
    assert re.fullmatch(rf"error: {folder}/seatrules-\w+/{VERSION}/actions.yaml: no room is left for it\n", said)
    assert [*temporary.iterdir()] == []
    monkeypatch.setattr(tempfile, "tempdir", str(repository / "nowhere"))
    assert re.fullmatch(
        r"error: \S+/nowhere/seatrules-\w+: is not there\n", refused("HEAD:old", "new", cwd=repository)[1]
    )


def test_a_policy_that_does_not_load_is_told_with_the_revision(repository: Path) -> None:
    """Its places name the revision in which they are."""
    change(repository / "old" / LOANS, 'wanted.kind == "game"', "wanted.kin")
    git(repository, "commit", "-q", "-a", "-m", "wrong")
    code, said = refused("HEAD:old", "new", cwd=repository)
    assert code == 78
    assert said.startswith(f"HEAD:old/{LOANS}:")
