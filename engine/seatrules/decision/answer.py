"""What all answers have in common."""

from __future__ import annotations

from typing import ClassVar, NoReturn


class Answer:
    """An answer has no truth value: what says whether it is a yes has a name of its own."""

    __slots__ = ()

    ask: ClassVar[str]
    """What to ask in the place of the truth value."""

    def __bool__(self) -> NoReturn:
        raise TypeError(f"an answer is neither true nor false: {self.ask}")
