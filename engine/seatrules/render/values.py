"""How plain values are shown to people."""

from __future__ import annotations

import json
from typing import Any

from ..diagnostics import printable


def value_text(value: Any) -> str:
    """A value on one line, as JSON; texts that need no quotes go without."""
    if isinstance(value, str):
        return printable(value)
    return printable(json.dumps(value, ensure_ascii=False))
