"""What is told of an error that nobody foresaw: its kind and where it arose in this package; no words of a library."""

from __future__ import annotations

from pathlib import Path

from .errors import SpokenError
from .words import phrase

_PACKAGE = Path(__file__).parent


class BugError(SpokenError):
    """A bug of ours, made from the error that came of it."""

    def __init__(self, error: BaseException) -> None:
        self.code = "bug"
        place = _place_of(error)
        what = type(error).__name__ + (f" ({place})" if place else "")
        super().__init__(phrase("bug", what=what), phrase("report_bug"))


def _place_of(error: BaseException) -> str | None:
    """The last line of this package on the way to an error, as `file:line`; nothing where it came by none."""
    place, trace = None, error.__traceback__
    while trace is not None:
        file = Path(trace.tb_frame.f_code.co_filename)
        if file.is_relative_to(_PACKAGE):
            place = f"{file.relative_to(_PACKAGE).as_posix()}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place
