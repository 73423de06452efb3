"""The site of the documents: every page in its contents, every link leads somewhere, every page has the search."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from book_pages import Parsed
from conftest import TESTS
from manual.pages import LeadsNowhereError, anchor, contents, read_page

ROOT = TESTS.parent


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, Parsed]:
    """Each page of the site by its path."""
    paths = sorted(site.rglob("*.html"))
    return {path.relative_to(site).as_posix(): Parsed(path.read_text(encoding="utf-8")) for path in paths}


def test_every_policy_that_comes_with_the_engine_has_its_book_in_the_contents() -> None:
    """So that the site has a page for each."""
    listed = {line.file for group in contents(ROOT) for line in group.lines if line.file.startswith("policies/")}
    assert listed == {f"policies/{path.name}/index.html" for path in (ROOT / "policies").iterdir() if path.is_dir()}


def test_every_link_leads_somewhere(site: Path, pages: dict[str, Parsed]) -> None:
    """To a page that is there and a place on it, or to a file; nothing is fetched from elsewhere."""
    broken = []
    for name, page in pages.items():
        folder = (site / name).parent
        assert len(page.ids) == len(set(page.ids)), name
        for href in page.links:
            path, _, place = href.partition("#")
            whole = os.path.relpath(os.path.normpath(folder / path), site) if path else name
            left_out = whole.startswith("policies/") and "zoom-licenses" not in whole
            if ":" in path or left_out or (not place and (site / whole).is_file()):
                continue
            if whole not in pages or place not in pages[whole].ids:
                broken.append(f"{name}: {href}")
        assert [each for each in page.fetched if not (folder / each).is_file()] == []
    assert broken == []


def test_a_book_has_the_navigation_and_the_search_of_the_site(site: Path, pages: dict[str, Parsed]) -> None:
    """Its own contents stand below those of the site; what is found leads to both."""
    book = pages["policies/zoom-licenses/rules.html"]
    assert {"../../index.html#building-it-in", "codes.html"} <= set(book.links)
    assert "../../search-index.js" in book.fetched
    index = (site / "search-index.js").read_text(encoding="utf-8")
    for href in ("dates.html#", "policies/zoom-licenses/rules.html#rules-"):
        assert f'"{href}' in index


def test_a_page_that_leads_nowhere_is_told(tmp_path: Path) -> None:
    """By its path and the link, before anything is written."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "one.md").write_text("# One\n\n[two](two.md)\n", encoding="utf-8")
    with pytest.raises(LeadsNowhereError, match=r"docs/one\.md: two\.md"):
        read_page(tmp_path, "docs/one.md", {})


def test_a_link_that_is_called_like_a_file_is_called_by_its_page(tmp_path: Path) -> None:
    """On a code host it reads as the file, in the site as the line of the contents; other words stay."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "one.md").write_text("# One\n\n[one.md](one.md#one), [this](one.md)\n", encoding="utf-8")
    content = read_page(tmp_path, "docs/one.md", {"one.html": "The first"}).content
    assert content == '<p><a href="one.html#one">The first</a>, <a href="one.html">this</a></p>\n'


def test_a_heading_has_the_place_that_code_hosts_give_it() -> None:
    """So that one link serves both."""
    assert anchor("What `lint` finds: a `policy.yaml`, and more") == "what-lint-finds-a-policyyaml-and-more"
