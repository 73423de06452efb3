"""The query for one type of action in one version: which rules fail, and whether the row is sure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from ..language import tree as t
from ..language.types import Boolean
from ..program import ActionType, Clause, Program
from ..program.clause import Bill
from ..words import Phrase, phrase
from .bills import said, whole_bills
from .checks import Checks
from .columns import Flat
from .fits import Fits
from .functions import number
from .given import GivenPart
from .terms import (
    NoSqlError,
    Sql,
    all_of,
    any_of,
    array,
    cases,
    cast,
    compared,
    is_absent,
    is_there,
    known_to_hold,
    literal,
    negated,
)
from .values import single
from .writer import SqlWriter

MOST_RULES = 62
"""How many rules a number of 64 bits has room for."""


@dataclass(frozen=True)
class Query:
    """An action's rules as SQL over flat columns: see `written`.

    `broken` says of each rule that can be broken whether it is, by its place among the action's `rules`; not known
    where that is not. `failing` and `warned` are numbers with the bits of those that deny, and that warn. `outcome` is
    the place of the outcome that applies to an allowed action, -1 where none does. Where `sure` does not hold, the
    engine decides the row: the row has to be `checked`, which rules are broken to be known, and what an allowed action
    does `sound`. `billed` says of each entry that an outcome may book whether it does, and then what it says, as texts;
    `unsaid` are the outcomes of which that has no SQL form. `left` says what the engine has to say of allowed rows, if
    it has. `bills`, where they are asked for, are all entries that the outcome bills: see `whole_bills`.
    """

    flat: tuple[Flat, ...]
    broken: Mapping[int, Sql]
    outcome: Sql
    billed: Sql
    checked: Sql
    sound: Sql
    rules: tuple[Clause, ...]
    unsaid: frozenset[int] = frozenset()
    left: Phrase | None = None
    bills: Sql | None = None

    def over(self, source: exp.Select | str, keep: Mapping[str, Sql]) -> exp.Select:
        """The query over rows that have what was given, with columns that are kept as they are, by name."""
        kept = [exp.alias_(sql, name, quoted=True) for name, sql in keep.items()]
        return exp.select(*kept, *self.answers).from_(_staged(source, self.flat).subquery("flat"))

    @property
    def inputs(self) -> tuple[Flat, ...]:
        """The flat columns that the rules read, and what is computed for them: what is taken out of nested values."""
        computed = [each.sql for each in self.flat if not each.given]
        read = {part.name for sql in (*computed, *self.answers) for part in sql.find_all(exp.Column)}
        return tuple(each for each in self.flat if each.given and each.name in read)

    def flattened(self, source: exp.Select | str, keep: Mapping[str, Sql]) -> exp.Select:
        """The flat columns of `inputs` for rows that have what was given, with columns that are kept, by name."""
        kept = [exp.alias_(sql, name, quoted=True) for name, sql in keep.items()]
        columns = [exp.column(exp.to_identifier(each.name, quoted=True)) for each in self.inputs]
        return exp.select(*kept, *columns).from_(_staged(source, self.flat).subquery("flat"))

    def over_flat(self, source: str) -> exp.Select:
        """The query over a table that has the flat columns of `inputs`."""
        computed = [each for each in self.flat if not each.given]
        return exp.select(*self.answers).from_(_staged(source, computed).subquery("flat"))

    @property
    def failing(self) -> Sql:
        """The bits of the rules that deny."""
        return _bits(self.broken_of(denies=True))

    @property
    def warned(self) -> Sql:
        """The bits of the rules that warn."""
        return _bits(self.broken_of(denies=False))

    @property
    def sure(self) -> Sql:
        """Whether the answers are those of the engine."""
        failing, warned = self.failing, self.warned
        is_told = all_of([compared(">=", warned, number(0)), compared(">=", self.outcome, number(-1)), self.sound])
        is_denied = compared("!=", failing, number(0))
        return known_to_hold(all_of([self.checked, any_of([is_denied, is_told]), is_there(failing)]))

    def broken_of(self, *, denies: bool) -> dict[int, Sql]:
        """Whether each rule that denies, or that warns, is broken."""
        return {place: sql for place, sql in self.broken.items() if self.rules[place].denies is denies}

    @property
    def answers(self) -> list[Sql]:
        """The columns that it gives."""
        of = {"failing": self.failing, "warned": self.warned, "outcome": self.outcome, "billed": self.billed}
        of["sure"] = self.sure
        return [exp.alias_(sql, name) for name, sql in of.items()]


def booking(program: Program, outcome: Clause) -> list[Bill]:
    """The entries of an outcome's bill that may book something: those with the key of the day."""
    return [bill for bill in outcome.billing if program.policy.booking_day in bill.values]


def _listed(texts: list[Sql]) -> Sql:
    return cast(array(texts), "text[]")


def _bits(broken: Mapping[int, Sql]) -> Sql:
    """A number with the bits of what is broken; none where that is not known of one."""
    bits: Sql = number(0)
    for place, condition in broken.items():
        bits = exp.Add(this=bits, expression=exp.Mul(this=cast(condition, "int"), expression=number(2**place)))
    return bits


def _staged(source: exp.Select | str, columns: Iterable[Flat]) -> exp.Select:
    """Rows with further columns, each stage after those that it reads."""
    rows: exp.Select = exp.select("*").from_(source.subquery("given") if isinstance(source, exp.Select) else source)
    for stage, new in enumerate(_in_stages(columns), 1):
        rows = exp.select("*", *new).from_(rows.subquery(f"stage{stage}"))
    return rows


def _in_stages(columns: Iterable[Flat]) -> list[list[Sql]]:
    """Columns with what computes them, by their stages."""
    by_stage: dict[int, list[Sql]] = {}
    for each in columns:
        by_stage.setdefault(each.stage, []).append(exp.alias_(each.sql, each.name, quoted=True))
    return [by_stage[stage] for stage in sorted(by_stage)]


def computed_in_stages(columns: Iterable[Flat]) -> list[list[Sql]]:
    """The columns that are computed of others, and not given, by their stages."""
    return _in_stages(each for each in columns if not each.given)


def written(
    program: Program, action: ActionType, state: GivenPart, arguments: Mapping[str, GivenPart], *, bills: bool = False
) -> Query:
    """The query for a type of action; with all that is billed, where `bills` are asked for.

    Raises:
        NoSqlError: it has none.
    """
    require_form(action)
    writer = SqlWriter(program, state, arguments)
    checks = [writer.flat(each, Boolean(), "ordinary") for each in Checks(writer).request(action)]
    return Writing(program, action, writer, bills=bills).query(checks)


def require_form(action: ActionType) -> None:
    """Make sure that a type of action is one that may have an SQL form.

    Raises:
        NoSqlError: it is not.
    """
    if action.time_to is not None:
        raise NoSqlError(phrase("no_sql_time"))
    if action.each is not None:
        raise NoSqlError(phrase("no_sql_each"))
    if len(action.rules) > MOST_RULES:
        raise NoSqlError(phrase("no_sql_rules", most=MOST_RULES))


@dataclass
class Writing:
    """Writes the query for a type of action; `books` and `bills` say whether to say what is booked, and what billed."""

    program: Program
    action: ActionType
    writer: SqlWriter
    books: bool = True
    bills: bool = False
    left: Phrase | None = field(default=None)
    unsaid: set[int] = field(default_factory=set)

    def query(self, checks: Iterable[Sql]) -> Query:
        """The query, of rows for which the checks hold.

        Raises:
            NoSqlError: there is none.
        """
        writer = self.writer
        denying = self._broken(denies=True)
        denied_fails = writer.failures
        warning, outcome, can_be_done = self._of_allowed()
        billed = self._billed(outcome) if self.books else _listed([])
        bills = whole_bills(writer, self.action, outcome) if self.bills else None
        allowed_fails = writer.failures[len(denied_fails) :]
        return Query(
            tuple(writer.columns.values()),
            denying | warning,
            outcome,
            billed,
            all_of([*checks, *(negated(each) for each in denied_fails)]),
            all_of([can_be_done, *(negated(each) for each in allowed_fails)]),
            self.action.rules,
            frozenset(self.unsaid),
            self.left,
            bills,
        )

    def _billed(self, outcome: Sql) -> Sql:
        """Of each entry that the outcome may book, whether it does, and what it says: texts, one after the other."""
        pairs = []
        for place, each in enumerate(self.action.outcomes):
            try:
                texts = [text for bill in booking(self.program, each) for text in self._entry(each, bill)]
            except NoSqlError:
                self.unsaid.add(place)
                continue
            if texts:
                pairs.append((compared("==", outcome, number(place)), _listed(texts)))
        return cases(pairs, _listed([])) if pairs else _listed([])

    def _entry(self, outcome: Clause, bill: Bill) -> Iterator[Sql]:
        applies, texts = said(self.writer, outcome, bill)
        day = single(self.writer.value(bill.values[self.program.policy.booking_day or ""], {}))
        yield cast(known_to_hold(all_of([applies, compared("<=", day, self._day)])), "text")
        yield from texts.values()

    def _broken(self, *, denies: bool) -> dict[int, Sql]:
        """Of each rule that can be broken whether it is."""
        return {
            place: negated(self._kept(rule))
            for place, rule in enumerate(self.action.rules)
            if rule.denies is denies and t.constant(rule.asked) is not True
        }

    def _kept(self, rule: Clause) -> Sql:
        """Whether a rule is not in force or not broken; not known where that is not."""
        self.writer.span = rule.span
        holds = self.writer.condition(rule.asked, {})
        return exp.paren(any_of([*self._out_of_force(rule), holds]))

    def _out_of_force(self, rule: Clause) -> Iterator[Sql]:
        kind = self.program.state.fields["as_of"]
        for op, day in rule.in_force_if:
            yield compared(t.OPPOSITE[op], self._day, literal(day, kind))

    @property
    def _day(self) -> Sql:
        kind = self.program.state.fields["as_of"]
        return self.writer.condition(t.Property(kind, "as_of", "as_of", True), {})

    def _of_allowed(self) -> tuple[dict[int, Sql], Sql, Sql]:
        """Which warnings there are, the outcome, and whether what is allowed can be done."""
        try:
            return self._broken(denies=False), self._outcome(), self._can_be_done()
        except NoSqlError as error:
            self.left = error.what
            return {}, number(-1), exp.false()

    def _can_be_done(self) -> Sql:
        """Whether what is done fits, and what is billed without being booked can be computed."""
        billed = [
            bill
            for each in self.action.outcomes
            for bill in each.billing
            if not (self.books and bill in booking(self.program, each))
        ]
        return all_of(Fits(self.writer).of(self.action, billed))

    def _outcome(self) -> Sql:
        """The place of the first outcome that applies; not known where that is not."""
        pairs, last = list[tuple[Sql, Sql]](), number(-1)
        for place, outcome in enumerate(self.action.outcomes):
            self.writer.span = outcome.span
            if outcome.when is None:
                last = number(place)
                break
            if t.constant(outcome.when) is not False:
                applies = self.writer.condition(outcome.when, {})
                pairs += [(is_absent(applies), exp.null()), (applies, number(place))]
        return cases(pairs, last) if pairs else last
