"""From a policy version as written to its program.

Each idea has a module that binds it: `tables`, `facts`, `actions`, `clauses` (rules, consequences, outcomes, events,
invariants and duties) and their `changes`, `codes`, `remedies`; `bind` holds what they share. What concerns several at
once is checked here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..diagnostics import Problems, echo, listed
from ..language.calls import CALLABLE
from ..language.names import Names
from ..language.types import Boolean, Table, Type, Word
from ..policy.load import ANY
from ..policy.written import Entry, Written
from ..source import Mapping as MappingNode
from .actions import bind_action
from .bind import Binder
from .clauses import bind_clause, bind_per_action
from .codes import bind_codes
from .conflicts import check_conflicts
from .digest import digest_of
from .facts import Facts
from .program import OLD, ActionProgram, Clause, Program
from .remedies import bind_costs, bind_terminal
from .tables import bind_table

_WAKE = {
    "actions": ("unknown-action",),
    "codes": ("unknown-code",),
    "cutoffs": ("unknown-cutoff",),
    "facts": ("unknown-name", "unknown-function"),
    "outcomes": ("no-outcome",),
    "settings": ("unknown-setting",),
    "statements": ("unknown-statement",),
    "table": ("unknown-name",),
}
"""What is told of names whose declaration could not be read, by the kind of file that declares them."""


def compile_policy(written: Written, settings: Mapping[str, Any], problems: Problems) -> Program:
    """The program of a policy version with these choices; what is wrong goes to `problems`.

    The program is whole only when `problems` holds no error.
    """
    found = Problems()
    program = _program(written, settings, found)
    # What is declared where a file could not be read seems not to be there; that has been told already.
    wake = {code for kind, codes in _WAKE.items() if {kind, ANY} & written.incomplete for code in codes}
    problems.take(problem for problem in found.sorted if problem.code not in wake)
    return program


def _program(written: Written, chosen: Mapping[str, Any], problems: Problems) -> Program:
    header, named = written.header.value, written.named
    binder = Binder(written, problems)
    tables = {name: table for name, entry in written.tables.items() if (table := bind_table(binder, entry))}
    binder.broken |= written.tables.keys() - tables.keys()
    settings = {name: _setting(binder, entry, chosen) for name, entry in named["settings"].items()}
    cutoffs = {name: entry.value["date"] for name, entry in named["cutoffs"].items()}
    facts = Facts(binder, Names(binder.types.state, tables, cutoffs, settings, broken=binder.broken))
    facts.type_all()
    actions = _actions(binder, facts.names)
    events = _of_none(binder, "events", facts.names)
    invariants = _invariants(binder, facts.names)
    duties = _of_none(binder, "duties", facts.names)
    terminal = bind_terminal(binder)
    costs, another_actor = bind_costs(binder)
    _check_vocabulary(binder, tables)
    _check_header_texts(binder)
    _check_cites(binder)
    _check_outcomes(binder, actions)
    check_conflicts(written, actions, events, problems)
    return Program(
        name=written.name,
        version=written.version,
        digest=digest_of(written),
        effective_from=header["effective_from"],
        title=header["title"],
        languages=tuple(header["languages"]),
        billing_changes=tuple(header["billing_changes"]),
        billing_words=header.get("billing_words", {}),
        state=binder.types.state,
        defs=binder.types.defs,
        tables=tables,
        facts=facts.bodies,
        settings={name: value for name, (_, value) in settings.items()},
        choices={name: tuple(entry.value["choices"]) for name, entry in named["settings"].items()},
        codes=bind_codes(binder),
        quotes={name: entry.value["quote"] for name, entry in named["statements"].items()},
        actions=actions,
        events=events,
        invariants=invariants,
        duties=duties,
        terminal=terminal,
        costs=costs,
        another_actor=another_actor,
    )


def _actions(binder: Binder, names: Names) -> dict[str, ActionProgram]:
    """Each action with the clauses that name it."""
    heads = {name: bind_action(binder, entry, names) for name, entry in binder.written.named["actions"].items()}
    inside = {name: names for name, (_, names) in heads.items()}
    bound = {
        kind: [bind_per_action(binder, kind, entry, inside, names) for entry in binder.written.clauses[kind]]
        for kind in ("rules", "consequences", "outcomes")
    }
    return {
        name: head._replace(
            rules=_of_action(name, bound["rules"]),
            consequences=_of_action(name, bound["consequences"]),
            outcomes=_of_action(name, bound["outcomes"]),
        )
        for name, (head, _) in heads.items()
    }


def _invariants(binder: Binder, names: Names) -> tuple[Clause, ...]:
    """The invariants; they read the state before the step as well, under a name of its own."""
    entries = binder.written.clauses["invariants"]
    if entries and (taken := names.kinds().get(OLD)):
        message = f"`{OLD}`, the state before the step, is already {taken}"
        binder.problems.error("shadowed-name", message, entries[0].span, help="choose another name for that")
    state = names.state
    inside = replace(names, state=replace(state, fields={**state.fields, OLD: state}, required=state.required | {OLD}))
    return _of_none(binder, "invariants", inside)


def _of_none(binder: Binder, kind: str, names: Names) -> tuple[Clause, ...]:
    """The clauses of a kind that is for no action in particular."""
    bound = (bind_clause(binder, kind, entry, names) for entry in binder.written.clauses[kind])
    return tuple(clause for clause in bound if clause)


def _of_action(name: str, bound: list[dict[str, Clause]]) -> tuple[Clause, ...]:
    return tuple(clauses[name] for clauses in bound if name in clauses)


def _setting(binder: Binder, entry: Entry, chosen: Mapping[str, Any]) -> tuple[Type, Any]:
    choices = entry.value["choices"]
    kind: Type = Boolean() if all(isinstance(c, bool) for c in choices) else Word(entry.name, tuple(map(str, choices)))
    default = entry.value["default"]
    if default not in choices:
        node = entry.child("default")
        assert node is not None
        binder.problems.error(
            "unknown-choice",
            f"`{echo(default)}` is not among the choices",
            node.span,
            help=f"there are {listed(map(str, choices))}",
        )
    return kind, chosen.get(entry.name, default)


def _check_vocabulary(binder: Binder, tables: Mapping[str, Table]) -> None:
    reserved = {"cutoffs", "settings", *CALLABLE}
    state = binder.types.state.fields
    for kind, entries in (("fact", binder.written.named["facts"]), ("table", binder.written.tables)):
        for name, entry in entries.items():
            if name in reserved or name in state or (kind == "fact" and name in tables):
                binder.problems.error(
                    "shadowed-name",
                    f"{kind} `{name}` has the name of something else",
                    entry.span,
                    help="choose another name",
                )


def _check_header_texts(binder: Binder) -> None:
    header = binder.written.header
    texts = {"the title": header.child("title")}
    texts |= {f"billing word `{echo(word)}`": node for word, _, node in header.pairs("billing_words")}
    for where, node in texts.items():
        if isinstance(node, MappingNode):
            binder.languages(node, where)


def _check_cites(binder: Binder) -> None:
    """Check what entries cite that are no clauses; those are checked as they are bound."""
    for kind in ("cutoffs", "settings", "facts", "actions"):
        for entry in binder.written.named[kind].values():
            binder.cites(entry)
    for entry in binder.written.tables.values():
        binder.cites(entry)
        for _, _, row in entry.pairs("rows"):
            if isinstance(row, MappingNode):
                binder.cites(replace(entry, node=row))


def _check_outcomes(binder: Binder, actions: Mapping[str, ActionProgram]) -> None:
    for name, action in actions.items():
        ends = [outcome for outcome in action.outcomes if outcome.when is None]
        entry = binder.written.named["actions"][name]
        if not ends and not binder.problems.errors:
            binder.problems.error(
                "no-outcome",
                f"action `{name}` has no outcome without `when`",
                entry.span,
                help="add one to say what was done",
            )
        for outcome in action.outcomes[action.outcomes.index(ends[0]) + 1 :] if ends else ():
            message = f"for action `{name}`, outcome `{outcome.id}` never comes up: `{ends[0].id}` comes first"
            binder.problems.error(
                "unreachable-outcome", message, outcome.span, help="put the outcome without `when` last"
            )
