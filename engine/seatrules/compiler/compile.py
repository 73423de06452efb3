"""From a policy version as written to its program.

Each idea has a module that binds it: `tables`, `facts`, `actions`, `clauses` (rules, consequences, outcomes, events,
invariants, goals, the overview) and their `changes`, `codes`, `costs`; `bind` holds what they share. What concerns
several at once is checked here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..diagnostics import echo, listed
from ..language.names import RESERVED, Names
from ..language.types import Boolean, Table, Type, Word
from ..nodes import sources
from ..policy.written import Entry, Written
from ..problems import Problems
from ..program import ActionType, Clause, Extension, PolicyVersion, Program
from ..program.program import OLD, Translations
from ..program.read_only import ReadOnly
from ..program.reads import WHOLE, Reader, note_references
from .actions import bind_actions
from .billed_keys import bind_amounts, check_billed_keys
from .bind import Binder, Bound
from .clauses import bind_clause, bind_per_action, of_a_state
from .codes import about_of, bind_codes, in_every
from .conflicts import check_conflicts
from .costs import bind_costs, bind_spared, bind_terminal
from .digest import digest_of
from .each import bind_each
from .endless import check_events
from .facts import Facts
from .known import bind_known_of_state
from .own_words import bind_languages
from .statements import bind_statements
from .tables import bind_table
from .totals import Totals

_FOLLOWING = {
    "actions": ("unknown-action",),
    "codes": ("unknown-code",),
    "cutoffs": ("unknown-cutoff",),
    "facts": ("unknown-name", "unknown-function"),
    "outcomes": ("no-outcome",),
    "rules": ("may-be-absent", "may-be-zero"),
    "settings": ("unknown-setting",),
    "statements": ("unknown-statement",),
    "table": ("unknown-name",),
}
"""The codes of errors that only follow from a file that could not be read, by the kind of file."""


_OF_TYPES = (
    "bad-path",
    "bad-placeholder",
    "may-be-absent",
    "may-be-zero",
    "never-absent",
    "no-outcome",
    "out-of-range",
    "unknown-name",
    "unknown-type",
    "unknown-word",
    "wrong-arguments",
    "wrong-type",
)
"""The codes of errors elsewhere that may only follow from a state's schema that is wrong."""


def compile_policy(
    written: Written, settings: Mapping[str, Any], problems: Problems, bound: list[Bound] | None = None
) -> Program:
    """The program of a policy version with these choices; what is wrong goes to `problems`.

    The program is whole only when `problems` holds no error. Into `bound`, if it is given, go all expressions, those
    that are wrong too.
    """
    noted = Problems()
    program = _program(written, settings, noted, bound)
    # What an unreadable file declares seems to be missing; that the file can't be read has been reported already.
    follows = {code for kind, codes in _FOLLOWING.items() if written.may_lack(kind) for code in codes}
    schemas = {*sources(written.schema)}
    if any(problem.span.source in schemas for problem in noted.errors):
        follows.update(_OF_TYPES)
    own = (each for each in noted.sorted if each.code not in follows or each.span.source in schemas)
    problems.take(map(written.noted, own))
    return program


def _program(written: Written, chosen: Mapping[str, Any], problems: Problems, bound: list[Bound] | None) -> Program:
    header, named = written.header.value, written.named
    binder = Binder(written, problems, bound)
    tables = {name: table for name, entry in written.tables.items() if (table := bind_table(binder, entry))}
    binder.broken |= written.tables.keys() - tables.keys()
    known_of_state = bind_known_of_state(binder, tables)
    settings = {name: _setting(binder, entry, chosen) for name, entry in named["settings"].items()}
    cutoffs = {name: entry.value["date"] for name, entry in named["cutoffs"].items()}
    facts = Facts(binder, Names(binder.types.state, tables, cutoffs, settings, broken=binder.broken))
    facts.type_all()
    actions = _actions(binder, facts)
    events = _of_none(binder, "events", facts.names)
    every_invariant = _invariants(binder, facts.names)
    invariants = tuple(clause for clause in every_invariant if not clause.beside)
    goals = _of_none(binder, "goals", facts.names)
    overview = _of_none(binder, "overview", facts.names)
    totals = Totals(facts)
    single = {name: action for name, action in actions.items() if action.each is None}
    of_actions = [clause for action in single.values() for clause in action.clauses]
    asides = tuple(clause for clause in every_invariant if clause.beside)
    totals.add((*of_actions, *events, *invariants))
    totals.add(asides, may_read=False)
    totals.add_facts()
    totals.add_reads(goals)
    totals.check()
    terminal = bind_terminal(binder)
    costs, another_actor = bind_costs(binder)
    spared = bind_spared(binder, facts)
    _check_vocabulary(binder, tables)
    _check_header_texts(binder)
    check_billed_keys(binder)
    _check_cites(binder)
    _check_outcomes(binder, single)
    check_conflicts(written, single, events, problems)
    check_events({entry.name: entry for entry in written.clauses["events"]}, events, facts.bodies, problems)
    return Program(
        policy=PolicyVersion(
            name=written.name,
            version=written.version,
            digest=digest_of(written),
            settings=ReadOnly({name: one for name, (_, one) in settings.items() if one != _default(named, name)}),
            languages=bind_languages(binder),
            billing_words=ReadOnly(header.get("billing_words", {})),
            billing_amounts=ReadOnly(bind_amounts(binder)),
            booking_day=header.get("booking_day"),
            extensions=tuple(Extension(each.name, each.digest) for each in written.extensions),
        ),
        effective_from=header["effective_from"],
        title=header["title"],
        billing_changes=tuple(header["billing_changes"]),
        state=binder.types.state,
        schema=written.schema_value,
        defs=binder.types.defs,
        known_of_state=known_of_state,
        referenced=binder.types.referenced,
        tables=tables,
        facts=facts.bodies,
        settings={name: value for name, (_, value) in settings.items()},
        defaults={name: _default(named, name) for name in settings},
        choices={name: tuple(entry.value["choices"]) for name, entry in named["settings"].items()},
        whys=_lines_of(named["settings"], "why", written.languages),
        meanings=_lines_of(named["facts"], "meaning", written.languages),
        codes=bind_codes(binder),
        statements=bind_statements(binder),
        actions=actions,
        events=events,
        invariants=invariants,
        state_invariants=tuple(of_state for clause in invariants if (of_state := of_a_state(clause))),
        asides=asides,
        goals=goals,
        overview=overview,
        about=about_of(binder),
        terminal=terminal,
        costs=costs,
        another_actor=another_actor,
        spared=spared,
        counted=frozenset(totals.counted),
        unread=totals.unread(binder.types.defs),
    )


def _lines_of(entries: Mapping[str, Entry], key: str, languages: Iterable[str]) -> dict[str, Translations]:
    """What entries say under a key, those that say it, in each of some languages."""
    return {name: in_every(entry.value[key], languages) for name, entry in entries.items() if key in entry.value}


def _default(named: Mapping[str, Mapping[str, Entry]], setting: str) -> Any:
    return named["settings"][setting].value["default"]


def _actions(binder: Binder, facts: Facts) -> dict[str, ActionType]:
    """Each action with the clauses that name it."""
    entries = binder.written.named["actions"]
    without_clauses = bind_actions(binder, facts.names)
    inside = {name: names for name, (_, names) in without_clauses.items()}
    bound = {"rules": _bound("rules", binder, inside, facts.names)}
    allowed = {name: _where_allowed(names, _of_action(name, bound["rules"])) for name, names in inside.items()}
    bound |= {kind: _bound(kind, binder, allowed, facts.names) for kind in ("consequences", "outcomes")}
    single = {
        name: _with_clauses(action_type, facts, {kind: _of_action(name, clauses) for kind, clauses in bound.items()})
        for name, (action_type, _) in without_clauses.items()
    }
    every = {
        name: bind_each(binder, entry, single, facts.names) if "each" in entry.value else single[name]
        for name, entry in entries.items()
    }
    return {name: action_type for name, action_type in every.items() if action_type is not None}


def _bound(kind: str, binder: Binder, inside: Mapping[str, Names], names: Names) -> list[dict[str, Clause]]:
    return [bind_per_action(binder, kind, entry, inside, names) for entry in binder.written.clauses[kind]]


def _where_allowed(names: Names, rules: Iterable[Clause]) -> Names:
    """What is known of an action where it is allowed: all that the rules ask which deny it whenever they are broken."""
    for rule in rules:
        if rule.denies and rule.when is None and not rule.in_force_if:
            for requirement in rule.require:
                names = names.where(requirement.expr)
    return names


def _with_clauses(action_type: ActionType, facts: Facts, clauses: dict[str, tuple[Clause, ...]]) -> ActionType:
    reads = WHOLE
    if action_type.time_to is None:
        reads = Reader(facts.bodies).clauses(clause for each in clauses.values() for clause in each)
        types = facts.binder.types
        note_references(reads, types.state, clauses["consequences"], types.referenced)
    return action_type._replace(
        rules=clauses["rules"], consequences=clauses["consequences"], outcomes=clauses["outcomes"], reads=reads
    )


def _invariants(binder: Binder, names: Names) -> tuple[Clause, ...]:
    """The invariants; they read the state before the step as well, under a name of its own."""
    entries = binder.written.clauses["invariants"]
    if entries and (taken := names.kinds().get(OLD)):
        message = f"`{OLD}`, the state before the step, is already {taken}"
        binder.problems.error("shadowed-name", message, entries[0].span, help="choose another name for that")
    state = names.state
    inside = names._replace(state=state.replaced(fields={**state.fields, OLD: state}, required=state.required | {OLD}))
    return _of_none(binder, "invariants", inside)


def _of_none(binder: Binder, kind: str, names: Names) -> tuple[Clause, ...]:
    """The clauses of a kind that is for no action in particular."""
    bound = (bind_clause(binder, kind, entry, names) for entry in binder.written.clauses[kind])
    return tuple(clause for clause in bound if clause)


def _of_action(name: str, bound: list[dict[str, Clause]]) -> tuple[Clause, ...]:
    return tuple(clauses[name] for clauses in bound if name in clauses)


def _setting(binder: Binder, entry: Entry, chosen: Mapping[str, Any]) -> tuple[Type, Any]:
    choices = entry.value["choices"]
    binder.languages(entry.child("why"), f"setting `{entry.name}`")
    kind: Type = Boolean() if all(isinstance(c, bool) for c in choices) else Word(entry.name, tuple(map(str, choices)))
    default = entry.value["default"]
    if default not in choices:
        message, help_text = f"`{echo(default)}` is not among the choices", f"there are {listed(map(str, choices))}"
        binder.problems.error("unknown-choice", message, entry.place("default"), help=help_text)
    return kind, chosen.get(entry.name, default)


def _check_vocabulary(binder: Binder, tables: Mapping[str, Table]) -> None:
    state = binder.types.state.fields
    for kind, entries in (("fact", binder.written.named["facts"]), ("table", binder.written.tables)):
        for name, entry in entries.items():
            if name in RESERVED or name in state or (kind == "fact" and name in tables):
                binder.problems.error(
                    "shadowed-name",
                    f"{kind} `{name}` has the name of something else",
                    entry.span,
                    help="choose another name",
                )


def _check_header_texts(binder: Binder) -> None:
    header = binder.written.header
    binder.languages(header.child("title"), "the title")
    for word, _, node in header.pairs("billing_words"):
        binder.languages(node, f"billing word `{echo(word)}`")


def _check_cites(binder: Binder) -> None:
    """Check what entries cite that are no clauses and no rows; those are checked as they are bound."""
    for kind in ("cutoffs", "settings", "facts", "actions"):
        for entry in binder.written.named[kind].values():
            binder.cites(entry)
    for entry in binder.written.tables.values():
        binder.cites(entry)


def _check_outcomes(binder: Binder, actions: Mapping[str, ActionType]) -> None:
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
