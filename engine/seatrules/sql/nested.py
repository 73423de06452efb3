"""What is gone through inside a row, lists and maps, as DuckDB's functions with lambdas."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from .terms import Sql, all_of, call, column, compared, negated


def each_of(name: str, of: Sql) -> exp.Lambda:
    """`name -> of`."""
    return exp.Lambda(this=of, expressions=[exp.to_identifier(name, quoted=True)])


def kept(items: Sql, name: str, condition: Sql | None) -> Sql:
    """The items for which a condition holds, where there is one."""
    if condition is None or condition == exp.true():
        return items
    return call("list_filter", items, each_of(name, condition))


def made(items: Sql, name: str, value: Sql) -> Sql:
    """What is made of each item."""
    return items if value == column(name) else call("list_transform", items, each_of(name, value))


def how_many(items: Sql) -> Sql:
    """How many items there are."""
    return exp.Coalesce(this=call("len", items), expressions=[exp.Literal.number(0)])


def record(values: Mapping[str, Sql]) -> Sql:
    """A record of values by their names."""
    pairs = [
        exp.PropertyEQ(this=exp.to_identifier(name, quoted=True), expression=value) for name, value in values.items()
    ]
    return exp.Struct(expressions=pairs)


def some(items: Sql, name: str, condition: Sql) -> Sql:
    """Whether a condition holds for one item at least."""
    return compared(">", how_many(kept(items, name, condition)), exp.Literal.number(0))


def every(items: Sql, name: str, condition: Sql, of: Sql | None = None) -> Sql:
    """Whether a condition is known to hold for each item, or for each of which another one holds."""
    broken = negated(exp.Coalesce(this=condition, expressions=[exp.false()]))
    return negated(some(items, name, broken if of is None else all_of((of, broken))))


def entries_of(map_: Sql) -> Sql:
    """A map's entries as records of `key` and `value`."""
    return call("map_entries", map_)


def in_order(items: Sql) -> Sql:
    """Items from the least to the greatest: entries by their keys."""
    return call("list_sort", items)


def item_at(items: Sql, number: int) -> Sql:
    """An item by its place, from 1 on."""
    return call("list_extract", items, exp.Literal.number(number))


def has_item(items: Sql, item: Sql) -> Sql:
    """Whether a list has an item."""
    return call("list_contains", items, item)


def has_key(map_: Sql, key: Sql) -> Sql:
    """Whether a map has a key."""
    return call("map_contains", map_, key)


def entry_of(map_: Sql, key: Sql) -> Sql:
    """The entry under a key; absent where there is none."""
    return exp.Bracket(this=map_, expressions=[key])


def place_of(map_: Sql, key: Sql) -> Sql:
    """The place of a key among those of a map, from 1 on; absent, or 0, where it is not there."""
    return call("list_position", call("map_keys", map_), key)


def entry_at(map_: Sql, place: Sql) -> Sql:
    """The entry at a place in a map."""
    return call("list_extract", call("map_values", map_), place)


def without_repeats(items: Sql) -> Sql:
    """Each item once."""
    return call("list_distinct", items)


def joined(items: Sql, more: Sql) -> Sql:
    """The items of two lists, one after the other."""
    return call("list_concat", items, more)
