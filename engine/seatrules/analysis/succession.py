"""What does not fit together of versions, and of rules, that come one after the other: in what they say, or in time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from ..diagnostics import Span
from ..nodes import MappingNode, Node, Scalar, children
from ..policy.written import Entry, Written
from ..problems import Problems

_NEXT_DAY = "let one begin on the day on which the other ends"
_NAMES = ("table", "key", "columns", "id")
"""The keys by which an overlay names what it changes."""


def successions(versions: Sequence[Written], problems: Problems) -> None:
    """Warn of what an overlay repeats, and of rules whose days do not fit together or the version."""
    by_name = {written.version: written for written in versions}
    for written in versions:
        if written.incomplete:
            continue
        base = by_name.get(str(written.header.value.get("extends")))
        if base is not None and not base.incomplete:
            _repeated(written, base, problems)
        _days_apart(written, problems)
    for earlier, later in pairwise(versions):
        if not earlier.incomplete | later.incomplete:
            _too_late(earlier, later, problems)


def _is_own(span: Span, written: Written) -> bool:
    return span.source.place.startswith(f"{written.version}/")


def _repeated(written: Written, base: Written, problems: Problems) -> None:
    """Warn of what an overlay says as its base does already: a whole entry, or what it changes of one."""
    for span in _repeats(written, base):
        message = f"version `{base.version}` says this already, which `{written.version}` extends"
        problems.warning("repeats-base", message, span, help="leave it out: it is taken over")


def _repeats(written: Written, base: Written) -> Iterator[Span]:
    for kind, entries in written.named.items():
        yield from _of_entries(written, entries, base.named[kind])
    for kind, clauses in written.clauses.items():
        yield from _of_entries(written, _by_name(clauses), _by_name(base.clauses[kind]))
    yield from _of_entries(written, written.tables, base.tables)
    yield from (node.span for node in _again(written, written.schema, base.schema))


def _by_name(entries: Iterable[Entry]) -> dict[str, Entry]:
    return {entry.name: entry for entry in entries}


def _of_entries(written: Written, entries: Mapping[str, Entry], base: Mapping[str, Entry]) -> Iterator[Span]:
    for name, entry in entries.items():
        for node in _again(written, entry.node, base[name].node, by_key=True) if name in base else ():
            yield entry.span if node is entry.node else node.span


def _again(written: Written, node: Node, base: Node, *, by_key: bool = False, inside: bool = False) -> Iterator[Node]:
    """What of a node the version writes itself as it was already.

    What is written whole is compared as a whole, unless it stands `inside` of what is changed, and that `by_key`.
    """
    leaves = list(_leaves(node))
    own = sum(_is_own(leaf.span, written) for leaf in leaves)
    is_mixed = 0 < own < len(leaves)
    if own == len(leaves) and _plain(node) == _plain(base):
        yield node
    elif (is_mixed or (own and inside)) and isinstance(node, MappingNode) and isinstance(base, MappingNode):
        for key, _, child in node:
            if key not in _NAMES and (before := base.get(key)) is not None:
                yield from _again(written, child, before, by_key=by_key, inside=by_key and (inside or is_mixed))


def _leaves(node: Node) -> Iterator[Node]:
    """What stands below a node and has nothing below itself."""
    below = children(node)
    yield from (leaf for child in below for leaf in _leaves(child))
    if not below:
        yield node


def _plain(node: Node) -> object:
    match node:
        case Scalar(text=text):
            return text
        case MappingNode():
            return {key: _plain(child) for key, _, child in node}
    return [_plain(child) for child in children(node)]


def _days_apart(written: Written, problems: Problems) -> None:
    """Warn where of two rules that replace each other both are in force for a while, or neither."""
    alike: dict[str, list[Entry]] = {}
    for entry in written.clauses["rules"]:
        if "effective" in entry.value:
            said = [entry.value.get(key) for key in ("actions", "severity", "when")]
            alike.setdefault(repr([entry.value["otherwise"]["code"], *said]), []).append(entry)
    for entries in alike.values():
        in_order = sorted(entries, key=lambda entry: entry.value["effective"].get("from", ""))
        for first, second in pairwise(in_order):
            until, since = first.value["effective"].get("until"), second.value["effective"].get("from")
            span = second.child("effective", "from")
            if until is None or since is None or span is None or not _is_own(span.span, written):
                continue
            both = f"`{first.name}` and `{second.name}`"
            if until < since:
                message = f"from {until} to {since} neither of the rules {both} is in force, which give one code"
                problems.warning("gap-of-days", message, span.span, help=_NEXT_DAY)
            elif since < until:
                message = f"from {since} to {until} the rules {both} are both in force, which give one code"
                problems.warning("overlapping-days", message, span.span, help=_NEXT_DAY)


def _too_late(earlier: Written, later: Written, problems: Problems) -> None:
    """Warn of rules that would begin when another version decides, which has them no more."""
    end, kept = later.header.value["effective_from"], _by_name(later.clauses["rules"])
    for entry in earlier.clauses["rules"]:
        since = entry.child("effective", "from")
        if since is None or entry.value["effective"]["from"] < end or not _is_own(since.span, earlier):
            continue
        if entry.name not in kept:
            message = f"rule `{entry.name}` is never in force: from {end} on `{later.version}` decides, which lacks it"
            problems.warning("never-in-force", message, since.span, help="put the rule into that version")
