"""Puts what is laid out on a page of HTML that needs nothing beside itself."""

from __future__ import annotations

from html import escape

_STYLE = """
:root { color-scheme: light dark; --text: #1c1c1c; --back: #fff; --quiet: #767676; --lack: #ffe3e0; --well: #e3f5e5; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6e6e6; --back: #161616; --quiet: #9a9a9a; --lack: #57201b; --well: #16361b; }
}
body { color: var(--text); background: var(--back); font: 15px/1.5 system-ui, sans-serif; margin: 2rem; }
table { border-collapse: collapse; font: 13px/1.4 ui-monospace, monospace; width: 100%; }
td { padding: 0 .6rem; vertical-align: top; white-space: pre-wrap; overflow-wrap: anywhere; }
td.number { color: var(--quiet); text-align: right; width: 3rem; white-space: nowrap; }
td.says { color: var(--quiet); width: 35%; font-family: system-ui, sans-serif; }
tr.lack, del { background: var(--lack); }
tr.lack td.says { color: inherit; }
tr.well, ins { background: var(--well); }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: 13px/1.4 ui-monospace, monospace; }
ins, del { text-decoration: none; }
summary { cursor: pointer; font-weight: 600; margin: .6rem 0; }
"""


def page(title: str, body: str) -> str:
    """A page with a title; its body is HTML already."""
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head>{head}<title>{escape(title)}</title><style>{_STYLE}</style></head>\n'
        f"<body>{body}</body></html>"
    )
