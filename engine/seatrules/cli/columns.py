"""Files of rows in columns, and the action that all rows have, as command lines name them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..documents import read_data
from ..errors import RequestError, malformed
from ..words import phrase

if TYPE_CHECKING:
    from ..batch.input import Input


def rows_of(where: str) -> Input:
    """The file of rows that is named, or that a mapping file describes.

    Raises:
        RequestError: the mapping file is none, or names columns that are not there.
        FileError: a file can't be read.
        UsageError: what reads it is not installed, or its name says no format.
    """
    from ..batch.reading import opened
    from ..extras import require

    require("pyarrow", extra="batch")
    if not where.lower().endswith((".yaml", ".yml")):
        return opened(where)
    require("duckdb", extra="batch")
    from ..batch.gathering import Gathered
    from ..batch.mapping import read_mapping

    return Gathered(read_mapping(where))


def action_for_all(given: str) -> Mapping[str, Any]:
    """The action that all rows have."""
    is_json_itself = given.lstrip()[:1] == "{"
    value = read_data("--action", given) if is_json_itself else read_data(given)
    if not isinstance(value, dict):
        raise RequestError([malformed(phrase("action_no_mapping"))])
    return value
