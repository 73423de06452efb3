"""What extras bring: asked for where it is used, with a clear error where it is missing."""

from __future__ import annotations

from importlib import import_module

from .errors import UsageError
from .words import phrase


def require(*libraries: str, extra: str) -> None:
    """Make sure that the libraries of an extra of ours can be imported.

    Raises:
        UsageError: one can't.
    """
    for name in libraries:
        try:
            import_module(name)
        except ImportError:
            what = phrase("not_installed", name=name)
            raise UsageError("not-installed", what, suggestion=phrase("install_extra", extra=extra)) from None
