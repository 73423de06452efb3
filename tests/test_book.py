"""The rule book: complete, linked both ways, safe with what a policy says, and written whole or not at all."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from accounts import ACTION, STATE
from book_pages import Parsed, parsed
from command import run_here
from conftest import TESTS
from seatrules import load
from seatrules.anchors import book_anchor, place_on_page
from seatrules.book import layout
from seatrules.book.folder import require_free, write_site
from seatrules.book.links import sentence
from seatrules.book.messages import as_text
from seatrules.book.plain import PlainWords
from seatrules.book.site import data_script
from seatrules.book.tables import tables_of
from seatrules.book.telling import Telling
from seatrules.book.values import Plain
from seatrules.errors import UsageError
from seatrules.language.check import check
from seatrules.language.names import Names, Signature
from seatrules.language.types import Boolean
from seatrules.loading import read_versions
from seatrules.policy.locate import find
from seatrules.words import LANGUAGES

PAGE = (TESTS.parent / "docs" / "book.md").read_text(encoding="utf-8")
QUESTIONS = yaml.safe_load((TESTS / "cases" / "book_questions.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def pages(book: Path) -> dict[str, Parsed]:
    """The pages of the book of the default policy."""
    return parsed(book)


@pytest.mark.parametrize("asked", QUESTIONS, ids=[each["question"] for each in QUESTIONS])
def test_the_book_alone_answers(asked: dict[str, Any], pages: dict[str, Parsed]) -> None:
    """The words of the answer stand on the page, at the place that is named."""
    name, _, place = asked["page"].partition("#")
    said = pages[name].words(place) or pages[name].words()
    for words in asked["words"]:
        assert words in said


def test_every_link_leads_somewhere(pages: dict[str, Parsed]) -> None:
    """To a page that is there and a place on it; nothing is fetched but what lies beside it."""
    places = {name: {*page.ids, ""} for name, page in pages.items()}
    for name, page in pages.items():
        assert len(page.ids) == len(set(page.ids))
        for href in page.links:
            target, _, place = href.partition("#")
            assert place in places[target or name], href
        assert page.fetched == ["book.css", "search-index.js", "search.js"]


def test_commands_stand_as_code(book: Path) -> None:
    """Where the book names one, in its own words, without ticks."""
    for page, command in (("history", "seatrules diff"), ("try", "seatrules book --try")):
        text = (book / f"{page}.html").read_text(encoding="utf-8")
        assert (f"<code>{command}</code>" in text, f"`{command}`" in text) == (True, False)


def test_what_no_case_shows_is_said_in_the_language_of_the_book(tmp_path: Path) -> None:
    """With a link to the entry, and what of it lacks."""
    kiosk = TESTS / "coverage" / "kiosk"
    done = run_here("book", str(kiosk), "--out", "book", "--seconds", "0.1", "--lang", "nl", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    page = parsed(tmp_path / "book")["tested.html"]
    assert page.links
    assert "nooit gevraagd" in page.words("lacking") or "nooit gevraagd" in page.words()


def test_every_page_is_there_as_markdown(book: Path) -> None:
    """With the same name, and links that lead to places in Markdown."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in book.glob("*.md")}
    assert {name.removesuffix(".md") for name in texts} == {path.stem for path in book.glob("*.html")}
    places = {name: {*re.findall(r'<a id="([^"]+)"></a>', text), ""} for name, text in texts.items()}
    for name, text in texts.items():
        links = re.findall(r"(?<!\\)\]\(([^)<]+)\)", text)
        assert links or name in ("tested.md", "try.md")
        for href in links:
            target, _, place = href.partition("#")
            assert place in places[target], href


def test_every_entry_of_the_policy_is_explained(pages: dict[str, Parsed]) -> None:
    """Each rule, fact, table, setting, cutoff, code, statement, event and action has a place of its own."""
    program = load().programs["2026-03-27"]
    named = [("actions", name) for name in program.actions]
    named += [(clause.kind, clause.id) for action in program.actions.values() for clause in action.clauses]
    named += [(clause.kind, clause.id) for clause in (*program.events, *program.invariants, *program.overview)]
    named += [("codes", f"{group}/{code}") for group, codes in program.codes.items() for code in codes]
    named += [("facts", name) for name in program.facts]
    named += [("settings", name) for name in program.settings]
    named += [("statements", name) for name in program.statements]
    named += [("tables", name) for name in program.tables]
    for kind, name in named:
        page, _, place = (book_anchor(kind, name) or "").partition("#")
        assert not place or place in pages[page].ids, (kind, name)


def test_what_a_fact_means_stands_beside_it(pages: dict[str, Parsed]) -> None:
    """In the words of the policy, before what it computes."""
    for name, meaning in load().programs["2026-03-27"].meanings.items():
        place = (book_anchor("facts", name) or "").partition("#")[2]
        assert f" {meaning['en']} " in pages["facts.html"].words(place)


def test_a_book_is_in_the_language_that_is_asked_for(tmp_path: Path) -> None:
    """Its own words as well as the policy's, as the page on books makes one; what the source says keeps its own."""
    command = re.findall(r"^\$ seatrules (book .*)$", PAGE, re.M)[0]
    done = run_here(*command.split(), "--seconds", "0.1", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "book" / "rules.html").read_text(encoding="utf-8")
    assert '<html lang="fr">' in text
    assert "Refusé avec" in text
    assert '<h2 lang="fr">' in text
    assert '<h2 lang="en">' not in text
    changes = (tmp_path / "book" / "changes.html").read_text(encoding="utf-8")
    assert re.findall(r'lang="fr">([^<]+)</h3>', changes)


def test_tables_and_consequences_are_headed_by_what_they_mean() -> None:
    """In a book of another language than English; in English by their names, and a policy need not say it."""
    engine, (written, *_) = load(), read_versions(find("hubspot-seats"))[0]
    program = engine.programs[written.version]
    dutch, english = Telling(program, written, "nl"), Telling(program, written, "en")
    consequences = {each.id: each for action in program.actions.values() for each in action.consequences}
    entries = {each.language: [each.entry(clause) for clause in consequences.values()] for each in (dutch, english)}
    assert {each.title_language for each in entries["nl"]} == {"nl"}
    assert {each.title_language for each in entries["en"]} == {"en"}
    assert "De verwijdering wacht op de verlenging" in [each.title for each in entries["nl"]]
    tables = {each.name: (each.title, each.title_language) for each in tables_of(dutch)}
    assert tables["seat_types"] == ("Wat elk seattype is", "nl")
    assert {language for _, language in tables.values()} == {"nl"}
    assert {(each.title, each.title_language) for each in tables_of(english)} >= {("Seat types", "en")}
    assert dutch.link("tables", "seat_types").text == "Wat elk seattype is"


HOSTILE = """<script>alert("x")</script> & `*_[a](b)` "'"""


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A policy that says HTML wherever a text may stand, and links to a script."""
    version = tmp_path / "hostile" / "2025-01-01"
    version.mkdir(parents=True)
    text = HOSTILE.replace("\\", "\\\\")
    quoted = "'" + text.replace("'", "''") + "'"
    (version / "policy.yaml").write_text(
        f"""name: hostile
version: 2025-01-01
format: 1
effective_from: 2025-01-01
title: {{en: {quoted}}}
languages: [en]
source: {{title: {quoted}, language: en, url: "javascript:alert(1)"}}
billing_changes: [none]
statements:
  - {{id: S1, quote: {quoted}}}
settings:
  open: {{default: {quoted}, choices: [{quoted}, b], why: {quoted}, cites: [S1]}}
tables:
  kinds:
    key: kind
    columns: {{title: text, note: string}}
    rows:
      {quoted}: {{title: {{en: {quoted}}}, note: {quoted}}}
facts:
  is_open: {{is: 'settings.open == "b"'}}
actions:
  go:
    title: {{en: {quoted}}}
    arguments: {{kind: kind}}
codes:
  reasons: {{shut: {{en: {quoted}}}}}
  outcomes: {{ok: {{en: {quoted}}}}}
rules:
  - id: it-is-open
    actions: [go]
    require: is_open or kinds[kind].note == "<b>"
    otherwise: {{code: shut, message: {{en: {quoted.replace("{", "{{")}}}}}
    cites: [S1]
outcomes:
  - {{id: gone, code: ok, actions: [go]}}
""",
        encoding="utf-8",
    )
    day = "{type: string, format: date}"
    properties = "type: object\nadditionalProperties: false\nrequired: [as_of]\nproperties:\n"
    schema = f"{properties}  as_of: {day}\n$defs:\n  kind:\n    enum: [{quoted}]\n"
    (version / "state.schema.yaml").write_text(schema, encoding="utf-8")
    return tmp_path


def test_what_a_policy_says_is_text(hostile: Path) -> None:
    """Markup in it is shown as it stands, in HTML; a link that is none to the web is none."""
    done = run_here("book", "hostile", "--out", "out", "--seconds", "0.1", cwd=hostile)
    assert done.returncode == 0, done.stderr.decode()
    for name, page in parsed(hostile / "out").items():
        assert not {"b"} & page.tags, name
        assert not any("javascript" in href for href in page.links), name
    found = parsed(hostile / "out")
    assert HOSTILE in found["tables.html"].words()
    assert HOSTILE in found["rules.html"].words()
    assert HOSTILE in found["settings.html"].words()
    for path in (hostile / "out").glob("*.md"):
        without_code = re.sub(r"(`+).*?\1", "", path.read_text(encoding="utf-8").replace("\\`", ""))
        assert not re.search(r"(?<!\\)<(?!a id|/a>)", without_code), path.name
    index = (hostile / "out" / "search-index.js").read_text(encoding="utf-8")
    assert "<script" not in index


def test_data_of_a_page_is_data() -> None:
    """Nothing in it ends the script or the text that it is, and a key `__proto__` is a key."""
    value = {"__proto__": ["</script><script>alert(1)</script><!--", "\u2028\u2029", "\\u003c", "'\"`${1}"]}
    script = data_script("given", value)
    assert "<" not in script
    text = script.removeprefix("window.given = JSON.parse(").removesuffix(");\n")
    assert json.loads(json.loads(text)) == value


@given(st.text(max_size=6), st.text(max_size=6))
def test_two_names_have_two_places(one: str, other: str) -> None:
    """And each is safe as an anchor, as a name of a file and in a link, also where capitals do not count."""
    places = [place_on_page("rules", each) for each in (one, other)]
    assert (places[0].lower() == places[1].lower()) == (one == other)
    assert all(re.fullmatch(r"[a-z0-9_.-]+", each) for each in places)


@pytest.fixture
def several(hostile: Path) -> Path:
    """A folder with a folder of two policies in it."""
    (hostile / "policies").mkdir()
    (hostile / "hostile").rename(hostile / "policies" / "hostile")
    shutil.copytree(hostile / "policies" / "hostile", hostile / "policies" / "other")
    return hostile


@pytest.mark.parametrize("named", [("policies",), ("policies/other", "policies/hostile")], ids=["a folder", "two"])
@pytest.mark.parametrize("jobs", [(), ("--jobs", "1")], ids=["beside each other", "one by one"])
def test_books_of_several_policies_lie_in_folders_of_their_names(
    named: tuple[str, ...], jobs: tuple[str, ...], several: Path
) -> None:
    """In the order in which they are named, each the same as if it were made alone."""
    done = run_here("book", *named, "--out", "out", "--seconds", "0.1", *jobs, "--format", "json", cwd=several)
    made = json.loads(done.stdout)
    names = ["hostile", "other"] if named == ("policies",) else ["other", "hostile"]
    assert [(each["policy"], each["folder"]) for each in made] == [("hostile", f"out/{name}") for name in names]
    assert run_here("book", "policies/other", "--out", "alone", "--seconds", "0.1", cwd=several).returncode == 0
    alone = {path.name: path.read_bytes() for path in (several / "alone").iterdir()}
    assert {path.name: path.read_bytes() for path in (several / "out" / "other").iterdir()} == alone


def test_a_folder_of_one_policy_is_one_of_policies(several: Path) -> None:
    """Its book lies where it will lie when there are more."""
    shutil.rmtree(several / "policies" / "other")
    done = run_here("book", "policies", "--out", "out", "--seconds", "0.1", cwd=several)
    said = "hostile 2025-01-01: 33 files in out/hostile, to be read from out/hostile/index.html\n"
    assert (done.returncode, done.stdout.decode()) == (0, said)


@pytest.mark.parametrize(
    ("given", "code", "said"),
    [
        (("policies", "nowhere"), 2, "there is no policy `nowhere`"),
        (("policies", "policies/other"), 2, "the folders of two policies are named `other`"),
        (("policies", "--policy", "policies/other"), 2, "named by POLICY or `--policy`, and not by both"),
        (("policies/hostile", "policies/other", "--version", "2"), 2, "no version `2`"),
        (("policies/hostile", "policies/broken"), 78, "policies/broken/2025-01-01/actions.yaml:1:10: error["),
        (("policies",), 2, "`out/other` holds `mine.txt`, which is no book's"),
    ],
)
def test_what_keeps_one_of_several_from_being_made_is_told(
    given: tuple[str, ...], code: int, said: str, several: Path
) -> None:
    """As of one; also where a process of its own finds it."""
    shutil.copytree(several / "policies" / "other", several / "policies" / "broken")
    (several / "policies" / "broken" / "2025-01-01" / "actions.yaml").write_text("actions: 1\n")
    if len(given) == 1:
        (several / "out" / "other").mkdir(parents=True)
        (several / "out" / "other" / "mine.txt").touch()
    done = run_here("book", *given, "--out", "out", "--seconds", "0.1", cwd=several)
    assert (done.returncode, said in done.stderr.decode()) == (code, True), done.stderr.decode()


NOT_A_BOOK = [
    ({"mine.txt": "x"}, "`out` holds `mine.txt`, which is no book's"),
    ({"book.json": "[]"}, "`out` holds `book.json`, which is no book's"),
    ({"book.json": '{"files": ["index.html"]}', "index.html": "", "mine.txt": "x"}, "`out` holds `mine.txt`"),
]


@pytest.mark.parametrize(
    ("there", "message"), NOT_A_BOOK, ids=[str(len(there)) + str(i) for i, (there, _) in enumerate(NOT_A_BOOK)]
)
def test_what_is_no_book_is_left_alone(there: dict[str, str], message: str, hostile: Path) -> None:
    """A folder with anything else is refused before anything is made; `--force` takes that away."""
    folder = hostile / "out"
    folder.mkdir()
    for name, text in there.items():
        (folder / name).write_text(text, encoding="utf-8")
    refused = run_here("book", "hostile", "--out", "out", cwd=hostile)
    assert (refused.returncode, message in refused.stderr.decode()) == (2, True)
    assert {path.name for path in folder.iterdir()} == set(there)
    done = run_here("book", "hostile", "--out", "out", "--force", "--seconds", "0.1", cwd=hostile)
    assert (done.returncode, (folder / "mine.txt").exists()) == (0, False)
    again = run_here("book", "hostile", "--out", "out", "--seconds", "0.1", cwd=hostile)
    assert again.returncode == 0
    assert not list(hostile.glob(".seatrules-*"))


@pytest.mark.parametrize(
    ("where", "said"),
    [(".", "is the current folder, or holds it"), ("hostile/2025-01-01/policy.yaml", "is not a folder")],
)
def test_a_book_takes_no_place_that_it_may_not_have(where: str, said: str, hostile: Path) -> None:
    """Not the current folder, whatever it holds, nor a file."""
    refused = run_here("book", "hostile", "--out", where, "--force", cwd=hostile)
    assert refused.returncode in (2, 74)
    assert said in refused.stderr.decode()
    assert (hostile / "hostile" / "2025-01-01" / "policy.yaml").is_file()


@pytest.mark.parametrize("there", [True, False], ids=["a folder", "nothing yet"])
def test_a_link_goes_on_to_lead_where_it_did(there: bool, hostile: Path) -> None:
    """The book is put where a link leads, and anew in the place of that."""
    link, folder = hostile / "link", hostile / "below" / "books"
    if there:
        folder.mkdir(parents=True)
    link.symlink_to(folder)
    for _ in range(2):
        assert run_here("book", "hostile", "--out", "link", "--seconds", "0.1", cwd=hostile).returncode == 0
        assert (link.readlink(), (folder / "index.html").is_file()) == (folder, True)
    assert not list(hostile.rglob(".seatrules-*"))


def test_what_can_not_be_written_leaves_what_was_there(hostile: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The book that was there is there still, whole, and nothing lies beside it."""
    assert run_here("book", "hostile", "--out", "out", "--seconds", "0.1", cwd=hostile).returncode == 0
    before = {path.name: path.read_bytes() for path in (hostile / "out").iterdir()}
    rename = Path.rename

    def refused(self: Path, target: Path) -> Path:
        if self.name == "new":
            raise OSError(errno.ENOSPC, "words")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refused)
    done = run_here("book", "hostile", "--out", "out", "--seconds", "0.1", cwd=hostile)
    assert (done.returncode, done.stderr.decode()) == (74, "error: out: no room is left for it\n")
    assert {path.name: path.read_bytes() for path in (hostile / "out").iterdir()} == before
    assert not list(hostile.glob(".seatrules-*"))


def test_an_interrupt_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also while the one is put in the place of the other."""
    write_site(tmp_path / "out", {"index.html": "old"})
    rename = Path.rename

    def interrupted(self: Path, target: Path) -> Path:
        moved = rename(self, target)
        if target.name == "old":
            raise KeyboardInterrupt
        return moved

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_site(tmp_path / "out", {"index.html": "new"})
    assert (tmp_path / "out" / "index.html").read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["out"]


def test_a_list_that_nobody_writes_to_is_not_waited_for(tmp_path: Path) -> None:
    """A folder whose list of files is no regular file is no book."""
    os.mkfifo(tmp_path / "book.json")
    with pytest.raises(UsageError, match="book"):
        require_free(tmp_path, force=False)


def test_an_answer_leads_into_the_book(pages: dict[str, Parsed]) -> None:
    """Each reason, warning and outcome names a page and a place on it, which tell the same rule."""
    engine = load()
    state = {**STATE, "as_of": "2026-04-01"}
    for action in (ACTION, {**ACTION, "quantity": 0}, {"type": "advance_time", "actor": "system", "to": "2027-04-01"}):
        told = engine.decide(action, state).as_dict()
        for each in (*told["reasons"], *told["warnings"], *([told["outcome"]] if told["outcome"] else [])):
            page, _, place = each["book"].partition("#")
            assert place in pages[page].ids
            assert sentence(each["rule"]) in pages[page].words(place)


def test_without_jinja_that_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whatever needs it says what to install, before it begins."""
    layout.templates.cache_clear()
    monkeypatch.setitem(sys.modules, "jinja2", None)
    for arguments in ("book --out out", "diff one two --format html", "test none --coverage --format html"):
        done = run_here(*arguments.split(), cwd=tmp_path)
        told = "error[not-installed]: `jinja2` is not installed\n  help: install `seatrules[book]`\n"
        assert (done.returncode, done.stderr.decode()) == (2, told)
    layout.templates.cache_clear()


PLAIN = [
    ("as_of < cutoffs.seat_based_pricing", "as_of is before cutoffs.seat_based_pricing"),
    ("not account.migrated", "it is not so that account.migrated holds"),
    ("has_paid_subscription", None),
    (
        "account.kind == 'partner' and not legacy",
        "all of these:|account.kind is “partner”|it is not so that legacy holds",
    ),
    (
        "any(s.hub == 'sales' for s in subscriptions if s.tier != 'free')",
        "for at least one s of subscriptions:|s.tier is not “the free tools”|s.hub is “Sales Hub”",
    ),
    (
        "all(s.hub == 'sales' for s in subscriptions if s.tier != 'free')",
        "for every s of subscriptions for which s.tier is not “the free tools”:|s.hub is “Sales Hub”",
    ),
    (
        "count(s for s in subscriptions if s.tier != 'free') > 1",
        "the number of s of subscriptions for which s.tier is not “the free tools” is more than 1",
    ),
    ("1 + 2 * len(users) >= 3", "(1 + (2 × len(users))) is at least 3"),
    ("not (legacy or has_paid_subscription)", "none of these:|legacy holds|has_paid_subscription holds"),
    (
        "legacy if account.migrated else not legacy",
        "it depends:|if account.migrated holds:|legacy holds|otherwise:|it is not so that legacy holds",
    ),
]


@pytest.mark.parametrize(("expression", "expected"), PLAIN)
def test_an_expression_is_told_in_plain_words(expression: str, expected: str | None) -> None:
    """By its structure, with the names as they are; one that would only be repeated is not told."""
    told = _told(expression, "en")
    assert told == expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_plain_words_are_there_in_every_language(language: str) -> None:
    """Every sentence has all of its parts, whatever the language."""
    for expression, _ in PLAIN:
        told = _told(expression, language)
        assert told is None or all(name in told for name in re.findall(r"account\.\w+|cutoffs\.\w+|legacy", expression))


def _told(expression: str, language: str) -> str | None:
    program = load().programs["2026-03-27"]
    facts = {name: Signature({}, Boolean(), program.facts[name].value) for name in ("legacy", "has_paid_subscription")}
    names = Names(program.state, cutoffs={"seat_based_pricing": "2024-03-05"}, facts=facts)
    plain = PlainWords(program, language).told(check(expression, names)).plain
    return None if plain is None else "|".join(_lines(plain))


def _lines(plain: Plain) -> Iterator[str]:
    yield as_text(plain.pieces)
    for each in plain.items:
        yield from _lines(each)
