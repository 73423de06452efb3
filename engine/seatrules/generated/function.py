"""Makes functions of generated lines, which Python can show."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ..program import Program


class UnsupportedError(Exception):
    """The program has something that only the interpreter does, and generated code does not."""


class _SourceLoader(NamedTuple):
    """Where Python finds the lines of generated code for a traceback: what PEP 302 calls a loader."""

    text: str

    def get_source(self, _: str) -> str:
        return self.text


def define_function(
    program: Program, title: str, parameters: str, lines: Sequence[str], namespace: dict[str, Any]
) -> Callable[..., Any]:
    """The function with these parameters and lines; `namespace` holds the names that it uses, and `title` names it.

    Raises:
        UnsupportedError: more is nested in it than Python takes.
    """
    name = re.sub(r"\W", "_", title)
    source = _SourceLoader("\n".join([f"def {name}({parameters}):", *lines, ""]))
    try:
        code = compile(source.text, f"{program.name}/{program.version}/{name}.py", "exec")
    except (MemoryError, RecursionError, SyntaxError):
        raise UnsupportedError from None
    namespace |= {"__name__": name, "__loader__": source}
    exec(code, namespace)
    function: Callable[..., Any] = namespace[name]
    return function


def source_of(function: Callable[..., Any]) -> str | None:
    """The generated code of a function that `define_function` made; nothing of another."""
    source = function.__globals__["__loader__"]
    return source.text if isinstance(source, _SourceLoader) else None
