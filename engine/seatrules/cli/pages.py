"""What the commands share that lay out pages of HTML."""

from __future__ import annotations

from ..book.layout import templates
from .common import Common


def require_pages(common: Common) -> None:
    """Make sure, before there is anything to say, that it can be laid out as a page where that is asked for.

    Raises:
        UsageError: jinja2 is not installed.
    """
    if common.form == "html":
        templates()
