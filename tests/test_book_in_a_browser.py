"""The pages as a browser shows them: accessible, quiet, readable on a phone, in the dark and on paper, found by words.

A screenshot is compared as a grid of grey levels, kept as text: what moves or changes colour shows, and how letters are
smoothed does not.
"""

from __future__ import annotations

import json
import os
import shutil
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from command import run_here
from conftest import TESTS, Golden
from seatrules.book.evidence import requests_of, suites_of
from seatrules.book.runtime import TRIED_WITH
from seatrules.policy.locate import find
from test_trying import package

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")
PYTHON = TESTS.parent / ".venv" / f"pyodide-{TRIED_WITH}.tgz"
"""What `npm pack` fetches: the Python that a browser runs."""
ANSWERS = "Number(document.getElementById('try').dataset.answered || 0)"
LOOKED_AT = ("index", "action-reduce_licenses", "rules", "tables")
"""The pages that are looked at in every view; none of them goes by how long was searched."""
DOCUMENTS = ("index", "lint", "performance", "policies", "readme")
"""The pages of documents of which the width is looked at: with much in tables, code and pictures."""
VIEWS: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 1280, "height": 900}},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}},
}
"""How a page is looked at; `print` is the first on paper."""
ACROSS, DOWN, LEVELS = 24, 16, 16
MOST_OFF, MOST_FAR = 0.5, 0.04
"""By how many levels a screenshot may differ in the middle, and how many of its cells may by more than two."""
GREY = """
async ({image, across, down}) => {
  const picture = new Image();
  picture.src = image;
  await picture.decode();
  const canvas = new OffscreenCanvas(across, down), drawing = canvas.getContext("2d");
  drawing.imageSmoothingQuality = "high";
  drawing.drawImage(picture, 0, 0, across, down);
  const {data} = drawing.getImageData(0, 0, across, down);
  return [...Array(across * down).keys()].map((at) => (data[4 * at] + data[4 * at + 1] + data[4 * at + 2]) / 3);
}
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Debian's Chromium, without a window."""
    from playwright.sync_api import sync_playwright

    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield started
        started.close()


class Tab:
    """A page that is opened in one of the views; what goes wrong in it is noted."""

    def __init__(self, browser: Any, view: str, scripts: bool = True) -> None:
        self.context = browser.new_context(**VIEWS.get(view, VIEWS["light"]), java_script_enabled=scripts)
        self.page = self.context.new_page()
        self.wrong: list[str] = []
        self.page.on("console", lambda message: self.wrong.append(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("requestfailed", lambda request: self.wrong.append(request.url))
        if view == "print":
            self.page.emulate_media(media="print")

    def opened(self, path: Path) -> Any:
        self.page.goto(path.as_uri())
        return self.page


@pytest.fixture(scope="module")
def small_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book that a browser goes through in less time."""
    folder = tmp_path_factory.mktemp("small")
    done = run_here("book", "zoom-licenses", "--out", "book", "--seconds", "2", cwd=folder)
    assert done.returncode == 0, done.stderr.decode()
    return folder / "book"


@pytest.fixture
def alone(tmp_path: Path) -> Path:
    """The page of coverage, which stands by itself."""
    kiosk = TESTS / "coverage" / "kiosk"
    done = run_here("test", str(kiosk), "--coverage", "--format", "html")
    page = tmp_path / "coverage.html"
    page.write_bytes(done.stdout)
    return page


@pytest.mark.parametrize("view", [*VIEWS, "print"])
def test_every_page_is_accessible_and_quiet(view: str, browser: Any, small_book: Path, alone: Path) -> None:
    """By WCAG 2.2 AA as axe-core checks it, each kind of page of a book and one by itself; the console is silent."""
    actions = sorted(small_book.glob("action-*.html"))
    every = [each for each in sorted(small_book.glob("*.html")) if each not in actions[2:]]
    paths = every if view == "light" else [small_book / f"{name}.html" for name in LOOKED_AT]
    assert _wrong(browser, view, [*paths, alone]) == ([], [])


@pytest.mark.parametrize("view", VIEWS)
def test_the_documents_are_accessible_and_quiet(view: str, browser: Any, site: Path) -> None:
    """Pages with lists, tables, code and a picture, and one of a book below them."""
    names = ["index", "performance", "policies/zoom-licenses/tables"] if view == "light" else ["operations"]
    assert _wrong(browser, view, [site / f"{name}.html" for name in names]) == ([], [])


def _wrong(browser: Any, view: str, paths: list[Path]) -> tuple[list[Any], list[str]]:
    """What axe-core finds wrong with pages, and what the console says."""
    from axe_playwright_python.sync_playwright import Axe

    axe, found = Axe(), []
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    rules: dict[str, Any] = {"runOnly": tags, "preload": False}  # it would fetch styles again, which a file may not
    if view == "print":
        rules["rules"] = {"target-size": {"enabled": False}}  # nobody points at paper
    tab = Tab(browser, view)
    for path in paths:
        page = tab.opened(path)
        for violation in axe.run(page, options=rules).response["violations"]:
            nodes = [node["html"][:160] for node in violation["nodes"][:3]]
            found.append((path.name, violation["id"], violation["help"], nodes))
    tab.context.close()
    return found, tab.wrong


@pytest.mark.parametrize("view", ["light", "phone"])
def test_nothing_is_wider_than_the_page(view: str, browser: Any, book: Path, site: Path) -> None:
    """What is wide scrolls by itself: no page has to be moved sideways to be read."""
    tab = Tab(browser, view)
    for path in [*sorted(book.glob("*.html")), *(site / f"{name}.html" for name in DOCUMENTS)]:
        page = tab.opened(path)
        widths = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert widths[0] <= widths[1], path.name
    tab.context.close()


@pytest.mark.parametrize("view", [*VIEWS, "print"])
@pytest.mark.parametrize("name", LOOKED_AT)
def test_a_page_looks_as_it_did(name: str, view: str, browser: Any, small_book: Path, golden: Golden) -> None:
    """Its grid of grey levels is the one that is kept, but for a little."""
    tab = Tab(browser, view)
    shot = tab.opened(small_book / f"{name}.html").screenshot()
    levels = _levels(tab.page, shot)
    tab.context.close()
    kept = TESTS / "golden" / "book" / f"{name}-{view}.txt"
    with suppress(AssertionError):
        golden(kept, "".join(f"{row}\n" for row in _rows(levels)))  # `--update-golden` writes it
    before = [int(level, LEVELS) for level in kept.read_text(encoding="utf-8").replace("\n", "")]
    off = [abs(one - other) for one, other in zip(before, levels, strict=True)]
    assert max(off[:2]) <= 1
    assert sum(off) / len(off) <= MOST_OFF
    assert sum(each > 2 for each in off) <= MOST_FAR * len(off)


def _levels(page: Any, shot: bytes) -> list[int]:
    """A screenshot as grey levels: what is darkest and lightest in it, then each cell between these, row by row."""
    image = f"data:image/png;base64,{b64encode(shot).decode()}"
    greys = page.evaluate(GREY, {"image": image, "across": ACROSS, "down": DOWN})
    least, most = min(greys), max(greys)
    cells = [int((LEVELS - 1) * (grey - least) / max(1, most - least)) for grey in greys]
    return [*(int(grey * LEVELS / 256) for grey in (least, most)), *cells]


def _rows(levels: list[int]) -> Iterator[str]:
    yield "".join(f"{level:x}" for level in levels[:2])
    for start in range(2, len(levels), ACROSS):
        yield "".join(f"{level:x}" for level in levels[start : start + ACROSS])


def test_words_find_entries(browser: Any, book: Path) -> None:
    """As they are typed, whatever their accents and capitals, in a list that the keyboard reaches; Escape ends it."""
    tab = Tab(browser, "light")
    page = tab.opened(book / "facts.html")
    box = page.get_by_role("searchbox")
    box.fill("HUB séat has")
    assert (
        page.locator(".search li a").first.get_attribute("href") == "rules.html#rules-hub-access-goes-before-the-user"
    )
    box.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/rules.html#*")
    box = page.get_by_role("searchbox")
    box.fill("zzzz")
    assert page.locator(".search li").all_inner_texts() == ["nothing found"]
    box.press("Escape")
    assert page.locator(".search li").count() == 0
    tab.context.close()
    assert tab.wrong == []


def test_words_find_documents_and_entries_of_a_book(browser: Any, site: Path) -> None:
    """From a page of a book too: what is found leads there from where one is."""
    tab = Tab(browser, "light")
    page = tab.opened(site / "policies" / "zoom-licenses" / "codes.html")
    page.get_by_role("searchbox").fill("dated tables")
    assert page.locator(".search li a").first.get_attribute("href") == "../../dated-tables.html"
    page.get_by_role("searchbox").press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/dated-tables.html")
    page.get_by_role("searchbox").fill("only the active")
    assert "policies/zoom-licenses/rules.html#" in page.locator(".search li a").first.get_attribute("href")
    tab.context.close()
    assert tab.wrong == []


def test_without_scripts_all_is_there_but_the_search(browser: Any, book: Path) -> None:
    """The contents lead everywhere, and there is no box that does nothing."""
    tab = Tab(browser, "light", scripts=False)
    page = tab.opened(book / "index.html")
    assert page.get_by_role("searchbox").count() == 0
    page.get_by_role("navigation").get_by_role("link", name="Remove unassigned seats").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Remove unassigned seats"
    tab.context.close()


def test_paper_has_no_contents_and_opens_nothing_wider(browser: Any, book: Path, tmp_path: Path) -> None:
    """What leads elsewhere is left out, and there is a page of paper at least."""
    tab = Tab(browser, "print")
    page = tab.opened(book / "tables.html")
    assert not page.get_by_role("navigation").is_visible()
    assert page.pdf(format="A4").startswith(b"%PDF-")
    tab.context.close()


@pytest.fixture(scope="module")
def trying(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    """The page `try it` of a book that answers, in Dutch, opened from a file, once it has answered."""
    if not PYTHON.is_file():
        pytest.skip(f"there is no {PYTHON.name} in .venv: `npm pack pyodide@{TRIED_WITH}` fetches it")
    folder = tmp_path_factory.mktemp("trying")
    command = ["book", "hubspot-seats", "--out", "book", "--lang", "nl", "--seconds", "0.1", "--try", str(PYTHON)]
    done = run_here(*command, cwd=folder)
    assert done.returncode == 0, done.stderr.decode()
    tab = Tab(browser, "light")
    page = tab.opened(folder / "book" / "try.html")
    page.wait_for_function(f"{ANSWERS} > 0", timeout=120_000)
    yield tab
    tab.context.close()


def answered_after(tab: Tab, change: Callable[[], object]) -> None:
    """Change something, and wait for what is answered."""
    before = tab.page.evaluate(ANSWERS)
    change()
    tab.page.wait_for_function(f"(before) => {ANSWERS} > before", arg=before, timeout=60_000)


def asked(tab: Tab, **texts: str) -> None:
    """Put texts in the place of the state and the action, and wait for what is answered."""
    put = """(texts) => {
      for (const [name, text] of Object.entries(texts)) {
        const box = document.querySelector(`section[aria-labelledby="try-${name}"] textarea`);
        box.value = text;
        for (const event of ["input", "change"]) box.dispatchEvent(new Event(event));
      }
    }"""
    answered_after(tab, lambda: tab.page.evaluate(put, texts))


def test_the_page_answers_as_check_does(trying: Tab, tmp_path: Path) -> None:
    """Fifty cases of the policy's suites: the verdict in words, and all of the answer; nothing is fetched for it."""
    every = requests_of(suites_of(find("hubspot-seats")))
    cases = every[:: len(every) // 50][:50]
    lines = [json.dumps({"state": each.state, "action": each.action}) for each in cases]
    (tmp_path / "asked.jsonl").write_text("\n".join(lines), encoding="utf-8")
    done = run_here("check", "--requests", "asked.jsonl", "--lang", "nl", cwd=tmp_path)
    fetched: list[str] = []
    trying.page.on("request", lambda request: fetched.append(request.url))
    verdicts = set()
    for case, line in zip(cases, done.stdout.decode().splitlines(), strict=True):
        asked(trying, state=json.dumps(case.state), action=json.dumps(case.action))
        expected = json.loads(line)
        if "error" in expected:
            assert trying.page.locator(".problems li").count() == len(expected["error"]["problems"]), case.title
            continue
        assert json.loads(trying.page.locator("#try-json").text_content()) == expected, case.title
        verdicts.add(trying.page.locator(".verdict").inner_text())
    assert verdicts == {"TOEGESTAAN", "GEWEIGERD"}
    assert (trying.wrong, fetched) == ([], [])


HOSTILE = [
    "",
    "[" * 100_000,
    "x" * 4_300_000,
    '{"as_of": "2024-11-15", "__proto__": {"users": 1}}',
    "as_of: [",
    '{"as_of": "<img src=x onerror=alert(1)>", "users": {"<b>": 1}}',
    "12",
]


@pytest.mark.parametrize("text", HOSTILE, ids=map(str, range(len(HOSTILE))))
def test_the_page_stands_whatever_is_asked(text: str, trying: Tab) -> None:
    """What is no account is refused in our words, as text, and what is one is answered after it."""
    page = trying.page
    asked(trying, state=text)
    assert page.locator(".problems li").count() >= 1
    assert page.locator("#try img, #try b").count() == 0
    answered_after(trying, lambda: page.select_option("#try-start", "0"))
    assert page.locator("#try-json").count() == 1
    assert trying.wrong == []


def test_the_form_and_the_text_say_the_same(trying: Tab) -> None:
    """Whichever is changed; what is wrong stands at its field; the slider moves the day."""
    from playwright.sync_api import expect

    page = trying.page
    answered_after(trying, lambda: page.select_option("#try-start", label="Seat based"))
    action = {"type": "schedule_removal", "actor": "ana", "seat_type": "core", "quantity": 1}
    asked(trying, action=json.dumps(action))
    quantity = page.locator('[data-path="/action/quantity"]')
    expect(quantity).to_have_value("1")
    quantity.fill("3")
    box = page.locator('section[aria-labelledby="try-action"] textarea')
    page.wait_for_function("(box) => box.value.includes('quantity: 3')", arg=box.element_handle())
    expect(page.locator(".verdict")).to_have_text("GEWEIGERD")
    assert page.locator('.why a[href="rules.html#rules-only-unassigned-seats-are-removed"]').count() == 1
    page.click("#try-ways")
    page.wait_for_selector(".ways > li, #try-json:has-text('remedies')", state="attached")
    actor = page.locator('[data-path="/action/actor"]')
    actor.fill("zed")
    page.wait_for_selector('[data-path="/action/actor"][aria-invalid]')
    noted = page.locator(f"#{actor.get_attribute('aria-describedby')}").inner_text()
    assert noted == "er is geen user `zed` in de toestand"
    actor.fill("ana")
    quantity.fill("1")
    page.wait_for_selector(".verdict.allow")
    slider, day = page.locator("#try-day"), page.locator('[data-path="/state/as_of"]')
    before = day.input_value()
    slider.press("ArrowRight")
    page.wait_for_function(
        "(before) => document.querySelector('[data-path=\"/state/as_of\"]').value > before", arg=before
    )
    assert slider.get_attribute("aria-valuetext").startswith(day.input_value())
    assert trying.wrong == []


def test_what_is_tried_is_accessible(trying: Tab) -> None:
    """By the same rules as every page, with all of it open, light and dark, and no wider than a phone."""
    from axe_playwright_python.sync_playwright import Axe

    page = trying.page
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        violations = Axe().run(page, options={"runOnly": tags, "preload": False}).response["violations"]
        assert [(each["id"], [node["html"][:200] for node in each["nodes"][:3]]) for each in violations] == []
    page.set_viewport_size(VIEWS["phone"]["viewport"])
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.set_viewport_size(VIEWS["light"]["viewport"])


def test_the_page_of_an_action_leads_to_where_it_is_tried(browser: Any, trying: Tab) -> None:
    """With that action in the form."""
    tab = Tab(browser, "light")
    tab.page.goto(trying.page.url.replace("try.html", "action-unassign_seat.html"))
    tab.page.get_by_role("main").get_by_role("link", name="Uitproberen").click()
    tab.page.wait_for_selector('[data-path="/action/type"]')
    assert tab.page.locator('[data-path="/action/type"] option:checked').get_attribute("value") == "unassign_seat"
    tab.context.close()


def test_without_scripts_the_page_says_what_answers(browser: Any, trying: Tab) -> None:
    """Plainly, with the command that does; so does a book that was made without what answers."""
    tab = Tab(browser, "light", scripts=False)
    tab.page.goto(trying.page.url)
    said = tab.page.locator("main").inner_text()
    assert "waar scripts draaien" in said
    assert "seatrules check --state account.yaml --action" in said
    tab.context.close()


def test_where_the_engine_does_not_start_the_page_says_so(browser: Any, trying: Tab) -> None:
    """The form stands, and the command line is named."""
    tab = Tab(browser, "light")
    tab.page.add_init_script("delete window.Worker;")
    tab.page.goto(trying.page.url)
    tab.page.wait_for_function("document.querySelector('#try [role=status]').textContent.includes('start niet')")
    assert tab.page.locator('[data-path="/state/as_of"]').count() == 1
    tab.context.close()
    assert tab.wrong == []


FAILING = """
window.asked = [], window.started = 0;
window.Worker = class {
  postMessage(data) {
    if (data.files) setTimeout(() => { this.onmessage({data: {started: true}}); window.started += 1; }, 10);
    else {
      window.asked.push(JSON.parse(data.asked));
      if (window.asked.length === 1) window.fail = () => this.onmessage({data: {failed: "out of memory"}});
    }
  }
  terminate() {}
};
"""
"""An engine that fails at the first request, when that is called for."""


CHANGED = """(() => {
  const box = document.querySelector('section[aria-labelledby="try-action"] textarea');
  box.value = "type: changed";
  for (const event of ["input", "change"]) box.dispatchEvent(new Event(event));
})()"""


def test_what_was_changed_while_a_request_failed_is_asked(browser: Any, tmp_path: Path) -> None:
    """By the engine that is started anew; what failed is not asked again."""
    package(tmp_path / "pyodide.tgz")
    kiosk = str(TESTS / "coverage" / "kiosk")
    done = run_here("book", kiosk, "--out", "book", "--seconds", "0.1", "--try", "pyodide.tgz", cwd=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    for change, asked in (("null", [None]), (CHANGED, [None, "type: changed"])):
        tab = Tab(browser, "light")
        tab.page.add_init_script(FAILING)
        page = tab.opened(tmp_path / "book" / "try.html")
        page.wait_for_function("Boolean(window.fail)")
        page.evaluate(change)
        page.evaluate("window.fail()")
        page.wait_for_function("window.started === 2")
        assert page.evaluate("window.asked.map((each) => each.action.text || null)") == asked
        assert tab.wrong == []
        tab.context.close()
