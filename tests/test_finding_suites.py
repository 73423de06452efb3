"""Which files are suites: by their names as given, however YAML files are named and through links."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from command import LIBRARY
from command import run_here as run
from seatrules import FileError
from seatrules.suites import find_suites, read_suite, why_a_suite
from test_cli_suites import CASES, A, suites


@pytest.fixture
def policy(base_policy: Path) -> Path:
    """A policy with one suite, whose one case passes."""
    return suites(base_policy, one=CASES + A)


def found(path: Path) -> list[str]:
    """The suites below a folder, by their paths from there."""
    return [file.relative_to(path).as_posix() for file in find_suites(path)]


NAMES = ["a.yml", "b.YAML", "sub/c.Yml", "sub/suites/d.yaml"]


@pytest.mark.parametrize("name", NAMES)
def test_a_suite_may_be_named_as_any_yaml_file(name: str, policy: Path) -> None:
    """`.yml` and capitals serve as `.yaml` does, to `test` and to `lint`, in folders of the suites too."""
    suite = policy / "base" / "suites" / name
    suite.parent.mkdir(parents=True, exist_ok=True)
    suite.write_text(CASES + A.replace("allow", "deny"), encoding="utf-8")
    done = run("test", str(policy))
    assert (done.returncode, done.stdout.split(b"\n")[-2]) == (1, b"1 passed, 1 failed")
    suite.write_text("cases: no\n", encoding="utf-8")
    assert f"{suite}:1:8: error[wrong-kind]" in run("lint", str(policy)).stdout.decode()
    assert why_a_suite(suite, policy.parent) == "it lies in the folder `suites` of a policy's version"


def test_what_is_no_yaml_or_is_hidden_is_no_suite(policy: Path) -> None:
    """Below a folder; a folder that is hidden itself may be named."""
    folder = policy / "base" / "suites"
    for name in ("notes.txt", ".one.yaml", "one.yaml.bak", "one.json", ".old/two.yaml"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("cases: no\n", encoding="utf-8")
    assert found(policy) == ["base/suites/one.yaml"]
    hidden = policy.rename(policy.parent / ".hidden")
    assert found(hidden) == ["base/suites/one.yaml"]
    with pytest.raises(FileError):
        find_suites(policy / "base" / "suites")


LINKS = {
    "the suite": "base/suites/one.yaml",
    "its folder": "base/suites",
    "the version": "base",
    "the policy": "",
}


@pytest.mark.parametrize("name", LINKS)
def test_a_suite_is_found_by_its_name_through_links(name: str, policy: Path, tmp_path: Path) -> None:
    """What decides is the version in whose folder the suite's name lies, not the place that its bytes lie at."""
    link, store = policy / LINKS[name], tmp_path / "store"
    shutil.move(link, store)
    link.symlink_to(store)
    suite = policy / "base" / "suites" / "one.yaml"
    assert find_suites(policy) == [suite]
    (case,) = read_suite(suite).cases
    assert (case.policy, case.version) == (str(policy), "base")
    for arguments in ((str(policy),), (str(suite),), ("parking/base/suites",)):
        done = run("test", *arguments, cwd=policy.parent)
        assert (done.returncode, done.stdout) == (0, b"1 passed, 0 failed\n")
    suite.write_text("cases: no\n", encoding="utf-8")
    assert b"parking/base/suites/one.yaml:1:8: error[wrong-kind]" in run("lint", "parking", cwd=policy.parent).stdout


SECRET = {
    "no suite": "user: swordfish\n",
    "no YAML": "root:swordfish:\n - :\n  x\n",
    "quotes": "cases: [swordfish]\nit: 'swordfish\n",
    "a suite with mistakes": CASES + A.replace("id: A", "id: swordfish").replace("action", "swordfish"),
    "a suite that does not fit": CASES + A.replace("id: A", "id: swordfish, set: {swordfish: 1}"),
    "no policy of that name": "policy: swordfish\n" + CASES + A,
    "another day": CASES + A.replace("id: A", "id: swordfish, with: {as_of: '2024-01-01'}"),
}


@pytest.mark.parametrize("name", SECRET)
def test_nothing_is_shown_of_what_a_link_leads_out_to(name: str, policy: Path, tmp_path: Path) -> None:
    """It may be a file that whoever wrote the link may not read: its mistakes have a place and a code, and no words."""
    secret = tmp_path / "secret.yaml"
    secret.write_text(SECRET[name], encoding="utf-8")
    link = policy / "base" / "suites" / "two.yaml"
    link.symlink_to(secret)
    for command in (("lint",), ("lint", "--format", "json"), ("test",), ("test", "--format", "json")):
        done = run(*command, str(policy))
        assert b"swordfish" not in done.stdout + done.stderr
        if name != "another day" or command[0] == "lint":
            assert b"a file outside the policy's folder, to which a link leads" in done.stdout + done.stderr
    (policy / "base" / "two.txt").write_text(SECRET[name], encoding="utf-8")
    link.unlink()
    link.symlink_to("../two.txt")
    told = run("lint", str(policy)).stdout
    assert f"{link}:".encode() in told
    assert b"swordfish" in told or name == "no YAML"


def test_a_folder_that_is_mounted_has_each_suite_once(policy: Path) -> None:
    """Container platforms mount a folder whose entries are links into a hidden one, itself behind a link."""
    folder = policy / "base" / "suites"
    real = folder / "..2025_01_01"
    real.mkdir()
    (folder / "one.yaml").rename(real / "one.yaml")
    (folder / "..data").symlink_to(real.name)
    (folder / "one.yaml").symlink_to("..data/one.yaml")
    assert found(policy) == ["base/suites/one.yaml"]
    assert run("test", str(policy)).stdout == b"1 passed, 0 failed\n"


def test_links_that_lead_back_are_not_followed(policy: Path) -> None:
    """A folder that leads to itself, or two that lead to each other, are gone through once."""
    folder = policy / "base" / "suites"
    (folder / "again").symlink_to("..")
    (folder / "left").mkdir()
    (folder / "right").mkdir()
    (folder / "left" / "on").symlink_to("../right")
    (folder / "right" / "on").symlink_to("../left")
    (folder / "left" / "two.yaml").write_text(CASES + A, encoding="utf-8")
    assert found(policy)[:2] == ["base/suites/left/two.yaml", "base/suites/one.yaml"]
    assert run("test", str(policy)).stdout == b"2 passed, 0 failed\n"


def test_a_folder_is_known_by_where_one_stands(policy: Path) -> None:
    """`.` in a version's `suites` means these suites, and a path may lead through its own folder."""
    folder = policy / "base" / "suites"
    assert run("test", ".", cwd=folder).stdout == b"1 passed, 0 failed\n"
    assert run("test", "one.yaml", cwd=folder).stdout == b"1 passed, 0 failed\n"
    assert run("test", "../suites/../suites/one.yaml", cwd=folder).stdout == b"1 passed, 0 failed\n"


def test_the_suites_of_the_policies_here_are_found() -> None:
    """In order of their names."""
    assert [path.name for path in find_suites(LIBRARY)] == [
        "changes.yaml",
        "posted.yaml",
        "rules.yaml",
        "stories.yaml",
        "changed.yaml",
    ]
