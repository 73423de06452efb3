"""The language server, as an editor uses it: over its streams."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from command import run_here
from conftest import TESTS
from editor import Editor, an_editor, at, covered
from seatrules.lsp.homes import Home
from seatrules.lsp.reading import read
from seatrules.policy.folders import KeptFiles

SHOP = TESTS / "policies" / "allotments"
OLD, NEW = "2025-01-01", "2026-01-01"


@pytest.fixture(scope="module")
def editor() -> Iterator[Editor]:
    """One editor for all tests: each has a policy of its own."""
    with an_editor() as editor:
        yield editor
    assert editor.errors == b""


@pytest.fixture(autouse=True)
def nothing_stays_open(editor: Editor) -> Iterator[None]:
    """What a test opens it closes."""
    yield
    editor.close_all()


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A policy with two versions."""
    return Path(shutil.copytree(SHOP, tmp_path / "shop"))


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A policy with two versions that no test changes on disk, or leaves open."""
    return Path(shutil.copytree(SHOP, tmp_path_factory.mktemp("kept") / "shop"))


def told(editor: Editor, path: Path, words: str, inside: int = 1, text: str | None = None) -> str:
    """What hovering over some words of a file tells."""
    text = path.read_text(encoding="utf-8") if text is None else text
    hover = editor.result("textDocument/hover", textDocument={"uri": path.as_uri()}, position=at(text, words, inside))
    assert hover is not None, words
    return str(hover["contents"]["value"])


def places(editor: Editor, method: str, path: Path, words: str, inside: int = 1, **more: Any) -> list[str]:
    """The places that an answer has, as `file:line:words`."""
    text = path.read_text(encoding="utf-8")
    answer = editor.result(method, textDocument={"uri": path.as_uri()}, position=at(text, words, inside), **more)
    return [place(each) for each in answer or ()]


def place(location: dict[str, Any]) -> str:
    """A location as `file:line:words`."""
    file = Path(location["uri"].removeprefix("file://"))
    text = file.read_text(encoding="utf-8")
    number = location["range"]["start"]["line"] + 1
    return f"{file.parent.name}/{file.name}:{number}:{covered(text, location['range'])}"


def test_what_is_typed_is_checked_before_it_is_saved(editor: Editor, kept: Path) -> None:
    """A problem is published with our texts, code, help and what is meant, and is gone once it is mended."""
    rules = kept / OLD / "rules.yaml"
    text = rules.read_text(encoding="utf-8")
    editor.open(rules, wrong := text.replace("plot.seeds >= amount", "plot.sedes >= amount"))
    (problem,) = editor.problems(rules)
    assert covered(wrong, problem.pop("range")) == "plot.sedes"
    assert problem == {
        "message": "rule `seeds-are-there`: a `garden` has no `sedes`\nhelp: did you mean `plot.seeds`?",
        "severity": 1,
        "code": "unknown-name",
        "source": "seatrules",
        "data": {"word": "plot.sedes", "meant": "plot.seeds"},
    }
    editor.change(rules, text)
    assert editor.problems(rules) == []


def test_places_count_as_editors_do(editor: Editor, kept: Path) -> None:
    """Behind signs of two units of UTF-16, and behind accents, a problem is where it is shown."""
    rules = kept / OLD / "rules.yaml"
    text = rules.read_text(encoding="utf-8").replace("{taker} has not paid", "𝒥é🌱 {takr} has not paid")
    editor.open(rules, text)
    (problem,) = editor.problems(rules)
    assert covered(text, problem["range"]) == "takr"
    assert told(editor, rules, "{plot.term_start}", 2, text).startswith("**roles/hand_over/plot**: a `garden`")


def test_errors_come_first_and_say_what_they_are_related_to(editor: Editor, shop: Path) -> None:
    """Of one file errors stand before warnings; the other place of a problem is a place of its own."""
    codes, facts = shop / OLD / "codes.yaml", shop / OLD / "facts.yaml"
    codes.write_text(codes.read_text(encoding="utf-8") + "facts:\n  rent_for: {is: '1'}\n", encoding="utf-8")
    editor.open(facts, facts.read_text(encoding="utf-8").replace("facts:", "facts:\n  odd: {is: '1', gives: 'in​t'}"))
    problems = editor.problems(facts)
    assert [(each["severity"], each["code"]) for each in problems] == [
        (1, "unknown-type"),
        (1, "wrong-arguments"),
        (1, "duplicate-id"),
        (2, "invisible-character"),
    ]
    assert problems[2]["message"] == "fact `rent_for` is already there\nhelp: give each its own name"
    (related,) = problems[2]["relatedInformation"]
    assert (place(related["location"]), related["message"]) == (f"{OLD}/codes.yaml:27:rent_for", "first given here")


def test_problems_of_later_versions_and_of_suites_are_published(editor: Editor, kept: Path) -> None:
    """What a change breaks elsewhere is told there: in a suite, too."""
    suite = kept / NEW / "suites" / "insured.yaml"
    text = suite.read_text(encoding="utf-8")
    editor.open(suite, text.replace("    base: two", "    base: twoo", 1))
    (problem,) = editor.problems(suite)
    assert problem["message"] == "case `INS-03`: there is no base `twoo`\nhelp: did you mean `two`?"


def test_warnings_of_lint_are_published_once_it_is_quiet(editor: Editor, shop: Path) -> None:
    """What nothing uses is a warning; it moves with its lines, and goes with its words."""
    facts = shop / OLD / "facts.yaml"
    text = facts.read_text(encoding="utf-8") + "  spare:\n    is: '1'\n"
    editor.open(facts, text)
    (problem,) = editor.problems(facts)
    assert (problem["severity"], problem["code"]) == (2, "unused-fact")
    editor.change(facts, moved := text.replace("facts:\n", "facts:\n  # more\n"))
    (problem,) = editor.problems(facts)
    assert covered(moved, problem["range"]) == "spare"


HOVERS = {
    ("outcomes.yaml", "rent_left(plot)"): (
        "**facts/rent_left**(g: garden): an integer\n\n"
        "`rent_for(max(0, days_between(as_of, g.term_end)), days_between(g.term_start, g.term_end)) "
        "if g.term_end is not None else 0`\n\nUses: 2, by `outcomes/the-rest-of-the-rent`"
    ),
    ("facts.yaml", "days_between(as_of"): (
        "`days_between`(a date, a date): an integer\n\nhow many days the second is after the first\n\n"
        '`days_between("2025-03-01", "2025-03-08") == 7`'
    ),
    ("rules.yaml", "require: plot.seeds"): (
        "**require**\n\nWhat has to hold: an expression, or several that all have to."
    ),
    ("state.schema.yaml", "x-default-entry: {count"): (
        "**x-default-entry**\n\nWhat a key of a map reads as that is not listed: a whole entry."
    ),
    ("rules.yaml", "too_soon"): (
        "**codes/reasons/too_soon**\n\na garden is kept for three months\n\n"
        "Uses: 4, by `rules/a-garden-is-kept-for-three-months`, `cases/REN-06`, `cases/REN-09`, `cases/INS-06`"
    ),
}


@pytest.mark.parametrize("where", HOVERS, ids=lambda where: where[1])
def test_a_name_tells_what_it_is(editor: Editor, kept: Path, where: tuple[str, str]) -> None:
    """Its type, what it means, and where it is used."""
    file, words = where
    editor.open(kept / OLD / file)
    assert told(editor, kept / OLD / file, words) == HOVERS[where]
    editor.close(kept / OLD / file)


def test_a_statement_tells_its_own_words(editor: Editor) -> None:
    """Where one is cited, and in what cites it."""
    rules = TESTS / "policies" / "library-loans" / OLD / "rules" / "10-members.yaml"
    editor.open(rules)
    assert "“" in told(editor, rules, "cites: [", 8)
    editor.close(rules)


def test_definitions(editor: Editor, kept: Path) -> None:
    """Each name leads to where it is declared: from a later version, and from a suite, too."""
    ask = "textDocument/definition"
    rules, suite = kept / OLD / "rules.yaml", kept / NEW / "suites" / "insured.yaml"
    editor.open(rules)
    editor.open(suite)
    assert places(editor, ask, kept / OLD / "rules.yaml", "too_soon") == [f"{OLD}/codes.yaml:17:too_soon"]
    assert places(editor, ask, rules, "hand_over]") == [f"{OLD}/actions.yaml:23:hand_over"]
    assert places(editor, ask, rules, "plot.term_start") == [f"{OLD}/actions.yaml:26:plot"]
    assert places(editor, ask, suite, "seeds_short") == [f"{OLD}/codes.yaml:15:seeds_short"]
    assert places(editor, ask, suite, "INS-01") == ["suites/insured.yaml:13:INS-01"]
    assert places(editor, ask, suite, "ada") == []
    editor.close(rules)
    editor.close(suite)


def test_a_suite_elsewhere_is_served_by_the_policy_that_it_names(editor: Editor, kept: Path, tmp_path: Path) -> None:
    """While it is open: what is wrong with it and its cases, what a name means, and where it is declared and named."""
    inside = (kept / NEW / "suites" / "insured.yaml").read_text(encoding="utf-8")
    suite = tmp_path / "ours.yaml"
    suite.write_text(f"policy: {kept}\n{inside}".replace("expect:", "expct:", 1), encoding="utf-8")
    editor.open(suite)
    assert {each["code"] for each in editor.problems(suite)} == {"unknown-key", "missing-key"}
    ask = "textDocument/definition"
    assert places(editor, ask, suite, "seeds_short") == [f"{OLD}/codes.yaml:15:seeds_short"]
    codes = kept / OLD / "codes.yaml"
    editor.open(codes)
    named = places(editor, "textDocument/references", codes, "seeds_short", context={"includeDeclaration": False})
    assert any("ours.yaml" in each for each in named)
    editor.close(codes)
    editor.change(suite, f"policy: {kept}\n{inside}".replace("seeds_short", "seeds_shrt"))
    while not (codes_of_cases := {each["code"] for each in editor.problems(suite)} - {"unknown-key", "missing-key"}):
        pass  # what is wrong with its cases is found apart, later than what the file itself says
    assert codes_of_cases == {"unknown-code"}
    editor.close(suite)


BROKEN = {
    "no policy": ("notes.yaml", "a: 1\n"),
    "not YAML": ("policy.yaml", "{ : ["),
    "a list": ("rules.yaml", "- 1\n"),
    "empty": ("rules.yaml", ""),
    "binary": ("rules.yaml", "\x00\ud800\uffff"),
    "huge": ("rules.yaml", "# " + "x" * 4 * 1024 * 1024),
    "no header": ("policy.yaml", ""),
    "another version": (
        "policy.yaml",
        "name: allotments\nversion: 1999-01-01\nformat: 1\neffective_from: 1999-01-01\n",
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_whatever_is_typed_the_server_goes_on(editor: Editor, kept: Path, what: str) -> None:
    """It says what is wrong, answers, and is as before once that is mended."""
    name, text = BROKEN[what]
    path = kept / OLD / name
    editor.open(path, text)
    if what != "no policy":
        assert editor.problems(path)
    for method in ("hover", "definition"):
        answer = editor.ask(f"textDocument/{method}", textDocument={"uri": path.as_uri()}, position=at("x", "x"))
        assert answer.get("error") is None
    editor.close(path)
    assert told(editor, kept / OLD / "outcomes.yaml", "rent_left(plot)").startswith("**facts/rent_left**")


def test_what_belongs_to_no_policy_is_said_once(editor: Editor, tmp_path: Path) -> None:
    """A file beside all policies, one of another machine, and one that has no name are left alone."""
    path = tmp_path / "notes.yaml"
    editor.open(path, "a: 1\n")
    note = editor.until(lambda each: each.get("method") == "window/logMessage")
    assert note["params"]["message"] == (
        f"`{path}` belongs to no policy: no folder above it has a `policy.yaml` or an `extension.yaml`"
    )
    for uri in ("file:///c%3A/shop/rules.yaml", "untitled:Untitled-1", "file://server/shop/rules.yaml"):
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": "rules: []\n"}
        editor.tell("textDocument/didOpen", textDocument=document)
        assert editor.ask("textDocument/hover", textDocument={"uri": uri}, position=at("x", "x"))["result"] is None


def test_files_that_go_are_noticed(editor: Editor, shop: Path) -> None:
    """A file that is deleted, and a folder that is, are read anew when the editor says so."""
    rules, facts = shop / OLD / "rules.yaml", shop / OLD / "facts.yaml"
    editor.open(rules)
    facts.unlink()
    editor.tell("workspace/didChangeWatchedFiles", changes=[{"uri": facts.as_uri(), "type": 3}])
    outcomes = editor.problems(shop / OLD / "outcomes.yaml")
    assert {each["code"] for each in outcomes} == {"unknown-function", "unknown-name"}
    shutil.rmtree(shop)
    editor.tell("workspace/didChangeWatchedFiles", changes=[{"uri": rules.as_uri(), "type": 3}])
    assert (
        editor.ask("textDocument/hover", textDocument={"uri": rules.as_uri()}, position=at("x", "x"))["result"] is None
    )


def test_policies_in_one_folder_are_read_apart(editor: Editor, shop: Path) -> None:
    """Folders that lie side by side and name other policies are no versions of one."""
    shutil.copytree(shop / OLD, other := shop / "other")
    header = other / "policy.yaml"
    text = header.read_text(encoding="utf-8").replace("name: allotments", "name: other")
    header.write_text(text.replace(f"version: {OLD}", "version: other"), encoding="utf-8")
    editor.open(
        other / "rules.yaml", (other / "rules.yaml").read_text(encoding="utf-8").replace("seeds_short", "short")
    )
    problems = editor.problems(other / "rules.yaml")
    assert {each["code"] for each in problems} == {"unknown-code"}
    assert "other" not in {
        Path(each["params"]["uri"]).parent.name for each in editor.notes if "uri" in each.get("params", ())
    }


def test_an_extension_is_checked_with_its_policy(editor: Editor, tmp_path: Path) -> None:
    """The policy is found by its name, around the extension; what it lacks is told."""
    shutil.copytree(TESTS / "policies" / "library-loans", tmp_path / "policies" / "library-loans")
    folder = Path(shutil.copytree(TESTS / "extensions" / "banned-members", tmp_path / "bans"))
    rules, header = folder / "rules.yaml", folder / "extension.yaml"
    text = rules.read_text(encoding="utf-8")
    editor.open(rules, wrong := text.replace("code: banned", "code: baned"))
    (problem,) = editor.problems(rules)
    assert (covered(wrong, problem["range"]), problem["data"]["meant"]) == ("baned", "banned")
    editor.open(header, header.read_text(encoding="utf-8").replace("extends: library-loans", "extends: library"))
    (problem,) = editor.problems(header)
    assert problem["message"].startswith("there is no policy `library`")


def renamed(editor: Editor, path: Path, words: str, name: str) -> Any:
    """What renaming changes: the new lines by file, or the message that refuses it."""
    text = path.read_text(encoding="utf-8")
    answer = editor.ask(
        "textDocument/rename", textDocument={"uri": path.as_uri()}, position=at(text, words, 1), newName=name
    )
    if "error" in answer:
        return answer["error"]["message"]
    edits = {Path(uri.removeprefix("file://")): each for uri, each in answer["result"]["changes"].items()}
    for file, changes in edits.items():
        lines = file.read_text(encoding="utf-8").split("\n")
        for change in sorted(changes, key=lambda each: -each["range"]["start"]["character"]):
            start, end = change["range"]["start"], change["range"]["end"]
            line = lines[start["line"]]
            lines[start["line"]] = line[: start["character"]] + change["newText"] + line[end["character"] :]
        file.write_text("\n".join(lines), encoding="utf-8")
    return sorted(f"{file.parent.name}/{file.name}: {len(each)}" for file, each in edits.items())


RENAMES = {
    ("facts.yaml", "rent_for(max", "rent_of"): [f"{OLD}/facts.yaml: 2"],
    ("facts.yaml", "rent_left:", "rest"): [f"{OLD}/facts.yaml: 1", f"{OLD}/outcomes.yaml: 2"],
    ("rules.yaml", "on_board", "of_the_board"): [
        f"{OLD}/codes.yaml: 2",
        f"{OLD}/rules.yaml: 1",
        "suites/gardens.yaml: 1",
        "suites/insured.yaml: 1",
    ],
    ("rules.yaml", "who-takes-over-has-paid", "paid-first"): [f"{OLD}/rules.yaml: 1"],
    ("events.yaml", "a-term-ends", "a-term-is-over"): [f"{OLD}/events.yaml: 1", "suites/terms.yaml: 9"],
}


def test_renaming_keeps_the_policy_as_it_is(editor: Editor, shop: Path) -> None:
    """Each place has the new name, in every version and suite; the policy has no problem, and its cases pass."""
    for (file, words, name), changed in RENAMES.items():
        editor.open(shop / OLD / file)
        assert renamed(editor, shop / OLD / file, words, name) == changed
        editor.close(shop / OLD / file)
        editor.tell("workspace/didChangeWatchedFiles", changes=[{"uri": (shop / OLD / file).as_uri(), "type": 2}])
    assert run_here("lint", str(shop)).stdout.endswith(b"0 errors, 0 warnings\n")
    assert run_here("test", str(shop)).returncode == 0


REFUSED = {
    ("rent_left:", "rent_for"): "the name `rent_for` is taken",
    ("rent_left:", "gardens"): "the name `gardens` is taken",
    ("rent_left:", "g"): "the name `g` is taken",
    ("rent_left:", "max"): "`max` can’t be its name",
    ("rent_left:", "rent left"): "`rent left` can’t be its name",
    ("rent_left:", "not"): "`not` can’t be its name",
    ("rent_left:", "null"): "`null` can’t be its name",
    ("rent_left:", "yes"): "`yes` can’t be its name",
    ("{g: garden}", "x"): None,
    ("g.term_end is", "x"): "`g` can’t be renamed: facts, codes, rules and other entries with an `id` can",
}


@pytest.mark.parametrize("what", REFUSED, ids=lambda what: " ".join(what))
def test_what_can_not_be_renamed_says_why(editor: Editor, kept: Path, what: tuple[str, str]) -> None:
    """A name that is taken or none, and what has no name of its own."""
    words, name = what
    facts = kept / OLD / "facts.yaml"
    editor.open(facts)
    text = facts.read_text(encoding="utf-8")
    answer = editor.ask(
        "textDocument/rename", textDocument={"uri": facts.as_uri()}, position=at(text, words, 1), newName=name
    )
    editor.close(facts)
    message = answer["error"]["message"] if "error" in answer else answer["result"]
    assert message == REFUSED[what]


def test_nothing_is_renamed_while_there_are_errors(editor: Editor, kept: Path) -> None:
    """Where an expression is wrong, what it names is not known."""
    facts = kept / OLD / "facts.yaml"
    text = facts.read_text(encoding="utf-8")
    editor.open(facts, text.replace("if of > 0", "if off > 0"))
    assert renamed(editor, facts, "rent_left:", "rest") == (
        "the policy has errors, so that not every place is known: mend them first"
    )


def test_an_extension_is_renamed_with_its_policy(editor: Editor, tmp_path: Path) -> None:
    """What it names has the new name too, open or not; from the extension, what the policy declares stays."""
    policy = tmp_path / "policies" / "library-loans"
    shutil.copytree(TESTS / "policies" / "library-loans", policy)
    folder = Path(shutil.copytree(TESTS / "extensions" / "banned-members", tmp_path / "bans"))
    rules = next(path for path in policy.glob("*/rules/*.yaml") if "fines-are-paid-first" in path.read_text())
    editor.open(rules)
    editor.open(folder / "rules.yaml")
    assert renamed(editor, folder / "rules.yaml", "fines-are-paid-first", "fines-first") == (
        f"`fines-are-paid-first` is declared in {rules}: rename it there"
    )
    assert "bans/rules.yaml: 1" in renamed(editor, rules, "fines-are-paid-first", "fines-first")


def test_references(editor: Editor, kept: Path) -> None:
    """Each place that names a thing, with where it is declared if that is asked for."""
    outcomes = kept / OLD / "outcomes.yaml"
    editor.open(outcomes)
    ask = "textDocument/references"
    named = [f"{OLD}/outcomes.yaml:10:rent_left", f"{OLD}/outcomes.yaml:11:rent_left"]
    words, without = "rent_left(plot)", {"includeDeclaration": False}
    assert places(editor, ask, outcomes, words, context=without) == named
    every = places(editor, ask, outcomes, words, context={"includeDeclaration": True})
    assert every == [f"{OLD}/facts.yaml:2:rent_left", *named]
    (done,) = {each.rpartition(":")[2] for each in places(editor, ask, outcomes, "sow,", context=without)}
    assert done == "sow"


def test_a_quick_fix_puts_in_what_is_meant(editor: Editor, kept: Path) -> None:
    """It comes of the problem's data, and changes the word alone."""
    rules = kept / OLD / "rules.yaml"
    text = rules.read_text(encoding="utf-8").replace("actions: [hand_over]", "actions: ['hand_ovr']  # 🌱", 1)
    editor.open(rules, text)
    (problem,) = [each for each in editor.problems(rules) if each["code"] == "unknown-action"]
    (fix,) = editor.result(
        "textDocument/codeAction",
        textDocument={"uri": rules.as_uri()},
        range=problem["range"],
        context={"diagnostics": [problem, {**problem, "data": None}]},
    )
    ((edit,),) = fix["edit"]["changes"].values()
    assert (fix["title"], fix["kind"], covered(text, edit["range"]), edit["newText"]) == (
        "Replace `hand_ovr` with `hand_over`",
        "quickfix",
        "hand_ovr",
        "hand_over",
    )


@pytest.mark.parametrize(
    ("written", "word", "meant"),
    [
        ("base: two\n    set: {grce: true}", "", ""),
        ("base: two\n    version: 2025-01-02", "2025-01-02", OLD),
        ("base: too", "too", "two"),
    ],
)
def test_what_suites_mean_is_known(editor: Editor, shop: Path, written: str, word: str, meant: str) -> None:
    """A suite that names what is not there is told so, with what seems to be meant if something is near."""
    suite = shop / OLD / "suites" / "guests.yaml"
    editor.open(suite, suite.read_text(encoding="utf-8").replace("base: two", written, 1))
    problem = next(iter(problems for problems in iter(lambda: editor.problems(suite), None) if problems))[0]
    assert problem.get("data") == ({"word": word, "meant": meant} if word else None)


OFFERS = yaml.safe_load((TESTS / "cases" / "completion.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", OFFERS, ids=lambda case: case["name"])
def test_what_may_be_written_is_offered(editor: Editor, kept: Path, case: dict[str, Any]) -> None:
    """At a cursor those names and words that may stand there, though the text is not whole."""
    file = kept / OLD / case["file"]
    whole = file.read_text(encoding="utf-8")
    editor.open(file)
    told(editor, kept / OLD / "facts.yaml", "rent_left")
    assert case["of"] in whole
    text = whole.replace(case["of"], case["typed"], 1)
    editor.change(file, text.replace("|", "", 1))
    answer = editor.result("textDocument/completion", textDocument={"uri": file.as_uri()}, position=at(text, "|"))
    editor.close(file)
    offered = [each["label"] for each in answer]
    if "offers" in case:
        assert offered == case["offers"]
    assert set(case.get("among", [])) <= set(offered)
    assert not set(case.get("without", [])) & set(offered)


def test_an_offer_says_what_it_is(editor: Editor, kept: Path) -> None:
    """A function its types, a fact its signature, a key its meaning; it takes the place of what is typed."""
    rules = kept / OLD / "rules.yaml"
    text = rules.read_text(encoding="utf-8").replace("plot.seeds >= amount", "é and days_b")
    editor.open(rules, text)
    told(editor, kept / OLD / "facts.yaml", "rent_left")
    ask = "textDocument/completion"
    answer = editor.result(ask, textDocument={"uri": rules.as_uri()}, position=at(text, "days_b", 6))
    by_name = {each["label"]: each for each in answer}
    assert by_name["days_between"]["detail"] == "days_between(a date, a date): an integer"
    assert by_name["days_between"]["documentation"]["value"].startswith("how many days the second is after the first")
    assert by_name["rent_for"]["detail"] == "(days: integer, of: integer): an integer"
    assert covered(text, by_name["rent_for"]["textEdit"]["range"]) == "days_b"
    answer = editor.result(ask, textDocument={"uri": rules.as_uri()}, position=at(text, "    actions: [sow]", 4))
    assert {each["label"]: each["documentation"]["value"] for each in answer}[
        "when"
    ] == "When it applies; without it, always."
    editor.close(rules)


def lenses(editor: Editor, path: Path, before: dict[str, str]) -> dict[str, str]:
    """What stands over the rules of a file, once the cases have run and it is something else than before."""
    text = path.read_text(encoding="utf-8")
    now = before
    while now == before:
        editor.until(lambda each: each.get("method") == "workspace/codeLens/refresh")
        shown = editor.result("textDocument/codeLens", textDocument={"uri": path.as_uri()})
        now = {covered(text, each["range"]): each["command"]["title"] for each in shown}
    return now


def test_rules_say_how_they_are_tested(editor: Editor, shop: Path) -> None:
    """How many cases show that a rule fails, how many of these are red, and which rules none does; anew once saved."""
    rules, suite = shop / OLD / "rules.yaml", shop / OLD / "suites" / "guests.yaml"
    editor.open(rules)
    before = lenses(editor, rules, {})
    text = suite.read_text(encoding="utf-8").replace("{ada + Zoë: {paid", "{Zoë: {paid")
    text = text.replace("reasons: [is_holder]", "reasons: [unpaid]").replace("reasons: [has_card]", "reasons: []")
    suite.write_text(text, encoding="utf-8")
    editor.tell("textDocument/didSave", textDocument={"uri": suite.as_uri()})
    after = lenses(editor, rules, before)
    assert {name: (before[name], after[name]) for name in before if before[name] != after[name]} == {
        "a-guest-has-one-card": ("1 case", "never failed by a case"),
        "a-guest-is-no-holder": ("2 cases", "3 cases, 2 red"),
        "who-has-paid-signs": ("1 case", "2 cases, 1 red"),
        "who-takes-over-has-paid": ("1 case", "2 cases, 1 red"),
    }


EDITS = st.lists(
    st.tuples(
        st.sampled_from([f"{OLD}/facts.yaml", f"{OLD}/rules.yaml", f"{NEW}/policy.yaml", f"{OLD}/suites/guests.yaml"]),
        st.sampled_from(
            [("g", "h"), ("plot", "plt"), ("is: ", "is "), ("two", "too"), ("id: ", "ID: "), ("2026", "2025")]
        ),
        st.integers(0, 3),
    ),
    max_size=4,
)


@given(EDITS)
@settings(deadline=None, max_examples=3)
def test_what_is_read_again_is_as_if_it_were_read_anew(edits: list[tuple[str, tuple[str, str], int]]) -> None:
    """Whatever is kept of the reading before, the problems are those of a reading of everything."""
    home, known, unsaved = Home(SHOP), KeptFiles(), dict[Path, bytes]()
    *_, before = read(home, {}, known)
    for file, (old, new), times in edits:
        path = SHOP / file
        content = unsaved.get(path, path.read_bytes()).decode()
        unsaved = {**unsaved, path: content.replace(old, new, times).encode()}
        *_, before = read(home, unsaved, known, before, {path})
        *_, anew = read(home, unsaved, KeptFiles())
        assert [*map(str, before.problems)] == [*map(str, anew.problems)]


@pytest.mark.parametrize("method", ["hover", "completion", "definition", "references", "prepareRename"])
def test_nothing_is_beyond_a_text_or_in_one_that_can_not_be_read(method: str, editor: Editor, shop: Path) -> None:
    """A file is not there any more, or is none; what would be read for ever is not read."""
    editor.open(shop / OLD / "rules.yaml")
    (shop / OLD / "endless.yaml").symlink_to("/dev/zero")
    for name in ("rules.yaml", "gone.yaml", ".", "endless.yaml"):
        answer = editor.ask(
            f"textDocument/{method}",
            textDocument={"uri": (shop / OLD / name).as_uri()},
            position={"line": 9999, "character": 3},
            **({"context": {"includeDeclaration": True}} if method == "references" else {}),
        )
        assert "error" not in answer, name
