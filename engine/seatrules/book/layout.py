"""Lays out pages by templates: those of a book, and those of one page alone, which need nothing beside it."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ..anchors import place_on_page
from ..extras import require
from ..words import words

if TYPE_CHECKING:
    from jinja2 import Environment


@cache
def templates() -> Environment:
    """The templates. What stands in them as text is escaped, and a name that nobody gives is an error.

    Raises:
        UsageError: jinja2 is not installed.
    """
    require("jinja2", extra="book")
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("seatrules.book"),
        autoescape=lambda name: name is None or not name.endswith((".md", ".css")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["root"] = ""
    environment.filters |= {
        "code": _as_code,
        "fill": _fill,
        "fragment": _fragment,
        "md": _as_markdown,
        "place": _place,
        "ticked": _with_code,
        "to_md": _to_markdown,
        "url": _as_url,
        "web": _is_web,
    }
    return environment


def page_alone(template: str, **values: Any) -> str:
    """One page of HTML that needs nothing beside it, in English.

    Raises:
        UsageError: jinja2 is not installed.
    """
    return templates().get_template(template).render(language="en", **values)


def _fill(text: str, **values: Any) -> Any:
    """A text of ours with what stands in it: text is escaped, HTML stays."""
    from markupsafe import Markup, escape

    return (
        escape(text).format(**values) if any(map(_is_html, values.values())) else Markup.escape(text.format(**values))
    )


def _is_html(value: Any) -> bool:
    return hasattr(value, "__html__")


def _fragment(href: str) -> str:
    """The place on a page to which a link leads."""
    return href.partition("#")[2]


def _place(name: str, kind: str) -> str:
    return place_on_page(kind, name)


def _is_web(url: str | None) -> bool:
    """Whether a link leads to the web: others, such as those that run a script, are shown as text."""
    return url is not None and url.lower().startswith(("https://", "http://"))


_SPECIAL = str.maketrans({each: f"\\{each}" for each in "\\`*_{}[]<>#|~"} | {"\n": " ", "\r": " "})


def _as_markdown(text: object) -> str:
    """A text of the policy in Markdown, in which nothing of it is markup."""
    return str(text).replace("&", "&amp;").translate(_SPECIAL)


def _as_code(text: str) -> str:
    """A text as code in Markdown: between more ticks than it has in a row; nothing else in it is markup there."""
    ticks = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    apart = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{apart}{' '.join(text.split())}{apart}{ticks}"


def _with_code(text: str) -> Any:
    """A text of ours, in which what stands between ticks is code."""
    from markupsafe import Markup, escape

    parts = enumerate(str(escape(text)).split("`"))
    return Markup("").join(Markup(f"<code>{part}</code>" if number % 2 else part) for number, part in parts)


def _to_markdown(href: str) -> str:
    """A link to the page in Markdown that stands beside the one in HTML."""
    page, sign, place = href.partition("#")
    return f"{page.removesuffix('.html')}.md{sign}{place}"


def _as_url(url: str) -> str:
    """An address as Markdown takes one between angle marks."""
    return quote(url, safe="/:?&=#%+,;@~!$'()*-._[]")


def labels(language: str) -> dict[str, Any]:
    """The words that every template has."""
    return {"language": language, "say": words("book", language), "verdict": words("decision", language)}
