"""`seatrules lint`: what it finds, in which order, and where."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import seatrules
from command import run, run_here
from test_goals import SUITE


def test_lint_finds_what_is_wrong(tmp_path: Path, base_policy: Path) -> None:
    """`lint` ends with 0 on a clean policy, 1 on errors, and 1 on warnings with `--strict` only."""
    folder = str(base_policy)
    assert run("lint", "--strict", folder).returncode == 0
    codes = base_policy / "base" / "codes.yaml"
    codes.write_text(codes.read_text().replace("{busy:", "{spare: nothing gives it, busy:"))
    warned = run("lint", folder)
    assert warned.returncode == 0
    assert b"warning[unused-code]" in warned.stdout
    assert run("lint", folder, "--strict").returncode == 1
    (base_policy / "base" / "facts.yaml").write_text("facts: [\n")
    broken = run("lint", folder)
    assert (broken.returncode, broken.stderr) == (1, b"")
    assert b"error[yaml-syntax]" in broken.stdout


def test_lint_leaves_out_what_only_follows_from_an_error(base_policy: Path) -> None:
    """The code that a misspelt one was meant to be is not said to be unused."""
    rules = base_policy / "base" / "rules.yaml"
    rules.write_text(rules.read_text(encoding="utf-8").replace("code: lot_full", "code: lot_ful"), encoding="utf-8")
    done = run("lint", str(base_policy))
    assert done.stdout.endswith(b"help: did you mean `lot_full`?\n\n1 error, 0 warnings\n")


def test_errors_come_first_where_not_all_is_shown(base_policy: Path) -> None:
    """The one error is among the 20 that are shown, whatever is warned of in files before it; notes fail nothing."""
    codes = base_policy / "base" / "codes.yaml"
    spare = "".join(f"spare{number}: nothing gives it, " for number in range(25))
    codes.write_text(codes.read_text().replace("{busy:", f"{{{spare}busy:"))
    statements = base_policy / "base" / "statements.yaml"
    statements.write_text(statements.read_text() + "  - {id: Z9, quote: nobody cites it}\n")
    done = run("lint", str(base_policy))
    assert b"statements.yaml:" in done.stdout.splitlines()[0]
    assert b": error[uncited-statement]" in done.stdout.splitlines()[0]
    assert done.stdout.endswith(b"1 error, 25 warnings\n")


def test_notes_fail_nothing(base_policy: Path) -> None:
    """What is left alone is said, and is no finding, with `--strict` either; a name that is nearly right is one."""
    (base_policy / "base" / "rules.yaml~").write_text("rules: []")
    done = run("lint", "--strict", str(base_policy))
    assert (done.returncode, b"note[left-alone]" in done.stdout) == (0, True)
    assert done.stdout.endswith(b"0 errors, 0 warnings\n")
    (base_policy / "base" / "more.ymal").write_text("rules: []")
    assert run("lint", "--strict", str(base_policy)).returncode == 1


def test_what_is_no_suite_or_lies_beside_the_versions_is_said(base_policy: Path) -> None:
    """What seems to be meant is warned of; of all else that lies among the suites it is said that it is not read."""
    suites = base_policy / "base" / "suites"
    for name in ("suites/one.json", "suites/.old/two.yaml", "suites/three.ymal", "suites/notes.md"):
        (base_policy / "base" / name).parent.mkdir(parents=True, exist_ok=True)
        (base_policy / "base" / name).write_text("cases: no\n")
    (base_policy / "more.yaml").write_text("rules: []\n")
    (base_policy / "readme.yaml").write_text("terms: []\n")
    told = [line for line in run("lint", str(base_policy)).stdout.decode().splitlines() if "[" in line]
    not_read, kind = "[left-alone]: this is not read", "its name does not end in `.yaml` or `.yml`"
    assert told == [
        f"{suites}/.old/two.yaml:1:1: note{not_read}: it is hidden",
        f"{suites}/notes.md:1:1: note{not_read}: {kind}",
        f"{suites}/one.json:1:1: warning{not_read}: {kind}",
        f"{suites}/three.ymal:1:1: warning{not_read}: {kind}",
        f"{base_policy}/more.yaml:1:1: warning{not_read}: it lies beside the versions",
    ]


@pytest.mark.parametrize("top", ["mounted files", "mounted folders", "a linked folder of rules"])
def test_a_policy_behind_links_is_the_same(top: str, base_policy: Path, tmp_path: Path) -> None:
    """As container platforms mount it, by links into hidden folders, or with a folder that is a link."""
    version, mounted = base_policy / "base", tmp_path / "mounted" / "parking"
    if top == "a linked folder of rules":
        shutil.copytree(base_policy, mounted)
        (tmp_path / "shared").mkdir()
        (mounted / "base" / "rules.yaml").rename(tmp_path / "shared" / "rules.yaml")
        (mounted / "base" / "rules").symlink_to(tmp_path / "shared")
    else:
        holder = mounted / "base" if top == "mounted files" else mounted
        shutil.copytree(version if top == "mounted files" else base_policy, holder / "..2025_01")
        (holder / "..data").symlink_to("..2025_01")
        for child in (holder / "..2025_01").iterdir():
            (holder / child.name).symlink_to(f"..data/{child.name}")
    one, other = seatrules.load(base_policy), seatrules.load(mounted)
    assert [p.policy.digest for p in other.programs.values()] == [p.policy.digest for p in one.programs.values()]
    assert [*seatrules.load(mounted / "base").programs] == ["base"]
    done = run("lint", "--strict", str(mounted))
    assert (done.returncode, done.stdout) == (0, b"0 errors, 0 warnings\n")


def test_a_version_is_known_by_the_name_as_given(base_policy: Path, tmp_path: Path) -> None:
    """A version's folder that is a link to one of another name, and a link of another name to a version's folder."""
    (base_policy / "base").rename(tmp_path / "abc123")
    (base_policy / "base").symlink_to(tmp_path / "abc123")
    assert [*seatrules.load(base_policy / "base").programs] == ["base"]
    (tmp_path / "current").symlink_to(base_policy / "base")
    (base_policy / "base").unlink()
    (tmp_path / "abc123").rename(base_policy / "base")
    assert [*seatrules.load(tmp_path / "current").programs] == ["base"]


def test_a_file_that_comes_up_later_is_not_hidden_by_the_cache(
    base_policy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What seems to be meant is told though the policy was compiled before it was there."""
    monkeypatch.setenv("SEATRULES_CACHE", str(tmp_path / "cache"))
    seatrules.load(base_policy)
    (base_policy / "base" / "more.json").write_text('{"rules": []}')
    with pytest.raises(seatrules.PolicyError, match="a policy file is YAML"):
        seatrules.load(base_policy)


def test_words_that_nothing_has_are_told(base_policy: Path) -> None:
    """Of each enum those that no expression, message, default or case has; nothing where there is no case."""
    version = base_policy / "base"
    colours = "colour: {enum: [red, blue, gold, grey, black, pink], default: black}"
    schema, overview = version / "state.schema.yaml", version / "overview.yaml"
    schema.write_text(schema.read_text().replace("owner: {type", f"{colours}\n      owner: {{type"))
    text = '"{c.colour, select, red {a red one} other {no blue one}}"'
    line = f"  - {{id: which, for: c in cars, when: c.colour != 'gold', message: {{en: {text}, nl: {text}}}}}\n"
    overview.write_text(overview.read_text() + line)
    assert "unused-word" not in run_here("lint", str(base_policy)).stdout.decode()
    (version / "suites").mkdir()
    (version / "suites" / "parking.yaml").write_text(SUITE.replace("kind: car", "kind: car, colour: pink"))
    done = run_here("lint", "--strict", str(base_policy))
    assert (done.returncode, done.stdout.decode().splitlines()[0].partition("base/")[2]) == (
        1,
        "state.schema.yaml:31:28: warning[unused-word]: no expression, table or case has the word `blue`",
    )


def test_lint_as_json(base_policy: Path) -> None:
    """`lint --format json` prints every problem with the fields that the text shows."""
    rules = base_policy / "base" / "rules.yaml"
    rules.write_text(rules.read_text().replace("has_place(", "has_plaec("))
    done = run("lint", str(base_policy), "--format", "json")
    assert done.returncode == 1
    (problem,) = [each for each in json.loads(done.stdout)["problems"] if each["severity"] == "error"]
    assert (problem["line"], problem["column"], problem["code"]) == (4, 14, "unknown-function")
    assert problem["help"] == "did you mean `has_place`?"
    assert problem["file"].endswith("parking/base/rules.yaml")


def test_the_first_twenty_problems_are_shown(base_policy: Path) -> None:
    """Text shows 20 problems and counts the rest; `--all` shows all."""
    for number in range(25):
        (base_policy / "base" / f"z{number:02}.yaml").write_text("")
    short, whole = run("lint", str(base_policy)), run("lint", str(base_policy), "--all")
    assert short.stdout.count(b"error[empty-file]") == 20
    assert b"and 5 more" in short.stdout
    assert b"25 errors" in short.stdout
    assert whole.stdout.count(b"error[empty-file]") == 25


def test_lint_checks_the_version_that_is_asked_for(base_policy: Path) -> None:
    """`--version` keeps `lint` to one version; a version that is not there is a wrong use."""
    shutil.copytree(base_policy / "base", base_policy / "later")
    header = base_policy / "later" / "policy.yaml"
    header.write_text(header.read_text().replace("version: base", "version: later").replace("2025-01-", "2025-06-"))
    (base_policy / "later" / "zz.yaml").write_text("")
    folder = str(base_policy)
    whole, one, other = (run("lint", folder, *more) for more in ([], ["--version", "base"], ["--version", "later"]))
    assert (whole.returncode, one.returncode, other.returncode) == (1, 0, 1)
    assert one.stdout == b"0 errors, 0 warnings\n"
    assert whole.stdout == other.stdout
    wrong = run("lint", folder, "--version", "latr")
    assert (wrong.returncode, wrong.stdout) == (2, b"")
    said = f"error[unknown-version]: there is no version `latr` of `{folder}`\n  help: did you mean `later`?\n"
    assert wrong.stderr.decode() == said


def test_lint_takes_a_path_or_a_policy(base_policy: Path) -> None:
    """Of two policies to check neither is left out silently."""
    done = run("lint", str(base_policy), "--policy", "hubspot-seats")
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr == b"error[usage]: `lint` takes PATH or `--policy`, and not both\n"


@pytest.mark.parametrize("name", ["..data", "copy"])
def test_a_version_in_a_folder_of_another_name_is_told(name: str, base_policy: Path) -> None:
    """Whether the version's folder is named or the policy's, and whatever it is called."""
    (base_policy / "base").rename(base_policy / name)
    done = run("lint", str(base_policy / name))
    first = f"{base_policy}/{name}/policy.yaml:2:10: error[wrong-version]: version `base` stands in folder `{name}`"
    assert (done.stdout.decode().splitlines()[0], done.returncode, done.stderr) == (first, 1, b"")


def test_a_single_version_whose_header_is_misnamed_is_told(base_policy: Path) -> None:
    """Where its folder is named, as where the policy's is."""
    (base_policy / "base" / "policy.yaml").rename(base_policy / "base" / "policy.yml")
    text = f"{base_policy}/base/policy.yml:1:1: error[misnamed-header]: the header of a version is `policy.yaml`\n"
    for folder in (base_policy, base_policy / "base"):
        done = run("lint", str(folder))
        assert (done.stderr.decode(), done.returncode) == (
            f"{text}  help: did you mean `policy.yaml`? rename the file\n",
            78,
        )
    done = run("lint", ".", cwd=base_policy / "base")
    assert done.stderr.decode().startswith(text)


def test_old_sources_are_told_where_it_is_asked_for(base_policy: Path) -> None:
    """`--stale` counts from today; without it, nothing is said of sources, and what is to come is not old."""
    statements = base_policy / "base" / "statements.yaml"
    old, new = (f"{{title: A page, language: en, seen: {day}}}" for day in ("1999-12-31", "2999-12-31"))
    text = statements.read_text().replace("- id: P1", f"- id: P1\n    source: {old}")
    statements.write_text(text.replace("- id: P2", f"- id: P2\n    source: {new}"))
    assert run("lint", "--strict", str(base_policy)).returncode == 0
    done = run("lint", str(base_policy), "--strict", "--stale", "365")
    assert (done.returncode, done.stdout.count(b"warning[stale-source]")) == (1, 1)
    assert b"the source of statement `P1` was last seen on 1999-12-31, before " in done.stdout
