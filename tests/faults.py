"""Faults of what writes functions, which nobody would see: where such a function fails the reference decides, as well.

Objects that are no plain data may raise anything, so that the engine takes every error of a generated function for
theirs. Its own faults are no answer while the tests run.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from seatrules.generated import ready, ready_action, ready_each

_WRITE = [
    (each, name) for each in (ready, ready_action, ready_each) for name in vars(each) if name.startswith("generate")
]
"""What writes functions: what is not supported it leaves to the reference itself, so that every error is a fault."""
_RUN = [
    (kind, name) for kind in (ready_action.ReadyAction, ready_each.ReadyEach) for name in ("decide", "allows", "part")
]
_OF_CODE = (AssertionError, ImportError, NameError, NotImplementedError, SyntaxError)
"""The errors that no request can lead to, whatever it is made of."""


class Fault(BaseException):
    """A fault of the engine's own; nothing takes it for that of a request."""


def are_told() -> None:
    """Let them end what is run, from now on."""
    for module, name in _WRITE:
        setattr(module, name, _telling(getattr(module, name), Exception))
    for kind, name in _RUN:
        setattr(kind, name, _telling(getattr(kind, name), *_OF_CODE))


def _telling(function: Callable[..., Any], *errors: type[Exception]) -> Callable[..., Any]:
    @wraps(function)
    def told(*arguments: Any, **named: Any) -> Any:
        try:
            return function(*arguments, **named)
        except errors as error:
            raise Fault(repr(error)) from error

    return told
