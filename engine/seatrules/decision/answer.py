"""What all answers have in common."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from functools import partial
from typing import Any, ClassVar, NoReturn, TypeVar

from ..language.interpret import fresh

_C = TypeVar("_C", bound=type)


class Answer:
    """An answer has no truth value: what says whether it is a yes has a name of its own."""

    __slots__ = ()

    ask: ClassVar[str]
    """What to ask in the place of the truth value."""

    def __bool__(self) -> NoReturn:
        raise TypeError(f"an answer is neither true nor false: {self.ask}")


def hands_out(*names: str) -> Callable[[_C], _C]:
    """Have a frozen class with slots hand out copies of these: what is done to one changes no answer."""

    def handing_out(of: _C) -> _C:
        for name in names:
            slot = of.__dict__[name]
            setattr(of, name, property(partial(_copied, slot.__get__), slot.__set__))
        return of

    return handing_out


def _copied(get: Callable[[Any], Any], answer: Any) -> Any:
    value = get(answer)
    if type(value) is tuple:
        return tuple([fresh(each) if type(each) is dict else deepcopy(each) for each in value])
    return fresh(value) if type(value) is dict else deepcopy(value)
