"""`seatrules lsp`: the language server, for editors."""

from __future__ import annotations

import os
import sys

import click

from ..extras import require
from .exits import Exit
from .garbage import look_seldom_for_garbage


@click.command()
def lsp() -> Exit:
    """Serve an editor as its language server.

    An editor starts it and speaks with it over standard input and output. docs/editors.md says how one is set up.
    """
    require("pygls", "lsprotocol", extra="lsp")
    from ..lsp.handlers import make_server

    look_seldom_for_garbage()
    # The server closes what it is given; and what is printed elsewhere may not come between its messages.
    with os.fdopen(os.dup(sys.stdin.fileno()), "rb") as given, os.fdopen(os.dup(sys.stdout.fileno()), "wb") as answers:
        make_server().start_io(given, answers)
    return Exit.OK
