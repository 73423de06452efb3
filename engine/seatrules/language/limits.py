"""How far expressions go: the largest numbers and lists that they come to, and how much is gone through for one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, Protocol, TypeVar

from ..diagnostics import echo
from ..words import phrase
from .days import OutOfRangeError
from .types import MOST

MAX_ITEMS = 100_000
"""The most entries that a list may come to have."""
MAX_TEXT = 1000
"""How many characters a text may have that is joined of parts."""
MAX_STEPS = 3_000_000
"""How many entries of loops are gone through, and facts computed, for one request."""
MOST_OF_A_WAIT = 10 * MAX_STEPS
"""How many for all events of one wait, of which each has the steps of a request."""
LOOKED_THROUGH = 100
"""How many items of a list that is looked through count as one step."""
MOST_SUM = 2**60
"""The most that a sum comes to, and the least when it is negated: what is added to it has at most 63 bits."""
Items = TypeVar("Items", bound=Collection[Any])


class TooManyStepsError(OutOfRangeError):
    """More would have to be gone through than is gone through for one request."""

    code = "too_many_steps"

    def __init__(self) -> None:
        super().__init__(phrase("too_many_steps", most=MAX_STEPS))


class TooLongWaitError(OutOfRangeError):
    """More would have to be gone through than is gone through for all events of one wait."""

    code = "too_many_steps"

    def __init__(self) -> None:
        super().__init__(phrase("too_long_wait", most=MOST_OF_A_WAIT))


class Meter(Protocol):
    """Counts what interpreters go through, beside their own bound, and ends what takes too much."""

    def take(self, steps: int) -> None:
        """Count some more; what it raises ends it."""


class WaitBudget:
    """What is gone through for one wait: a `Meter`."""

    def __init__(self) -> None:
        self.steps = 0

    def take(self, steps: int) -> None:
        """Count some more.

        Raises:
            TooLongWaitError: it is too much.
        """
        self.steps += steps
        if self.steps > MOST_OF_A_WAIT:
            raise TooLongWaitError


def bounded(value: Any, text: str = "it") -> Any:
    """A number or a list that an expression comes to.

    Raises:
        OutOfRangeError: the number has more than 63 bits, or the list too many entries.
    """
    if isinstance(value, list):
        if len(value) > MAX_ITEMS:
            raise OutOfRangeError(phrase("list_too_long", expression=echo(text), most=MAX_ITEMS))
    elif not -MOST <= value <= MOST:
        raise OutOfRangeError(phrase("number_too_long", expression=echo(text)))
    return value


def joined_text(*parts: str | int) -> str:
    """Texts, words, numbers and dates as one text.

    Raises:
        OutOfRangeError: it has too many characters.
    """
    text = "".join(map(str, parts))
    if len(text) > MAX_TEXT:
        raise OutOfRangeError(phrase("text_too_long", most=MAX_TEXT))
    return text


def bounded_sum(values: Sequence[int]) -> int:
    """The sum of numbers.

    Raises:
        OutOfRangeError: it has more than 60 bits, so that what is added to it might have more than 63.
    """
    total = sum(values)
    if not -MOST_SUM <= total <= MOST_SUM:
        raise OutOfRangeError(phrase("odd_sum"))
    return total


def budget() -> Callable[[Items], Items]:
    """A function that hands on what is gone through, until that has been too much."""
    left = MAX_STEPS

    def spent(items: Items) -> Items:
        nonlocal left
        left -= len(items)
        if left < 0:
            raise TooManyStepsError
        return items

    return spent
