"""The language of expressions: what each means, and what is not part of it."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

import pytest
import yaml
from babel import Locale
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import TESTS
from seatrules.compiler.state import StateTypes
from seatrules.diagnostics import SourceText
from seatrules.language.check import check, check_loop
from seatrules.language.days import OutOfRangeError, add_days, add_months, days_between, next_renewal
from seatrules.language.interpret import UNKNOWN, Interpreter
from seatrules.language.limits import joined_text
from seatrules.language.messages import parse_message
from seatrules.language.names import Names
from seatrules.language.parse import ExpressionError
from seatrules.language.partial import PartOfList, part_of
from seatrules.language.plurals import plural_rule
from seatrules.language.text import shown, shown_decimal
from seatrules.language.tree import parts
from seatrules.problems import Problems
from seatrules.source import parse as parse_yaml
from seatrules.words import LANGUAGES

CASES: dict[str, Any] = yaml.safe_load((TESTS / "cases" / "language.yaml").read_text(encoding="utf-8"))


@cache
def names() -> Names:
    """The names of the cases' state."""
    problems = Problems()
    text = yaml.safe_dump(CASES["schema"], sort_keys=False)
    state = StateTypes(parse_yaml(SourceText("state", "state", text.split("\n"))), CASES["schema"], problems).state
    assert problems.sorted == []
    return Names(state)


def value(expression: str) -> Any:
    """The value of an expression on the cases' state."""
    return Interpreter({}, CASES["state"], {}).value(check(expression, names()), {})


def rows(table: str) -> list[Any]:
    """The rows of a table of cases."""
    return [pytest.param(expression, result, id=expression or "empty") for expression, result in CASES[table].items()]


@pytest.mark.parametrize(("expression", "result"), rows("values"))
def test_an_expression_has_its_value(expression: str, result: Any) -> None:
    """Each expression of the table has the value beside it."""
    found = value(expression)
    wanted = UNKNOWN if result == "?" else result
    assert found == wanted
    assert type(found) is type(wanted)


@pytest.mark.parametrize("expression", CASES["values"])
def test_every_part_of_an_expression_knows_its_place(expression: str) -> None:
    """The words of each part stand where it says, whatever stands before the expression."""
    for start in (0, 7):
        for part in parts(check(expression, names(), start=start)):
            assert expression[part.at - start :].startswith(part.text)


def test_every_part_of_a_loop_and_of_a_message_knows_its_place() -> None:
    """What stands behind other words of the same text says where."""
    loop, _ = check_loop("c in cars if c.ready and c.seats > 2", names())
    assert loop.condition is not None
    assert [(part.text, part.at) for part in parts(loop.condition)][:3] == [
        ("c.ready and c.seats > 2", 13),
        ("c.ready", 13),
        ("c", 13),
    ]
    message = parse_message("{{x}} {word} has { n }", names(), "en")
    assert [(expr.text, expr.at) for expr in message.expressions] == [("word", 7), ("n", 19)]


@pytest.mark.parametrize(("expression", "said"), rows("errors"))
def test_a_date_out_of_range_is_an_error(expression: str, said: str) -> None:
    """A date before the year 1 or after 9999, and a term without a length, are errors, never wrong dates."""
    with pytest.raises(OutOfRangeError, match=said):
        value(expression)


@pytest.mark.parametrize(("expression", "code"), rows("refused"))
def test_what_is_not_part_of_the_language_is_refused(expression: str, code: str) -> None:
    """Each text of the table is refused with its code, at a place within it."""
    with pytest.raises(ExpressionError) as raised:
        check(expression, names())
    error = raised.value
    assert error.code == code
    assert 0 <= error.start <= len(expression)
    assert error.start + error.width <= max(1, len(expression))


def test_what_is_missed_is_noted() -> None:
    """The interpreter notes the path of each required property that was asked for and not given."""
    interpreter = Interpreter({}, CASES["state"], {})
    interpreter.value(check("gone and lot.unknown > 1", names()), {})
    assert list(interpreter.missing) == [("gone",), ("lot", "unknown")]


def test_a_trace_holds_what_was_read() -> None:
    """A traced expression gives every path as it stands in the expression, with its value, in order of reading."""
    expr = check("n > 3 and lots[word].free == 2 and any(c.ready for c in cars)", names())
    _, facts = Interpreter({}, CASES["state"], {}).traced(expr, {})
    assert facts == {"n": 7, "word": "red", "lots[word].free": 2}
    assert list(facts) == ["n", "word", "lots[word].free"]


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("{n} of {lots[word].free}", "7 of 2"),
        ("{{n}}", "{n}"),
        ("{{{n}}}", "{7}"),
        ("{maybe_day}", "–"),
        ("{lot.unknown}", "(not known without /state/lot/unknown)"),
        ("{day} {word} {lot.name}", "2024-02-29 red Zürich"),
        ("", ""),
        ("{n, decimal, 2}", "0.07"),
        ("{debt,decimal , 1}", "-58.3"),
        ("{lots[word].free, decimal, 3} {maybe_n, decimal, 2}", "0.002 –"),
        ("{lot.unknown, decimal, 2}", "(not known without /state/lot/unknown)"),
        ("{tags}", "a, b and a"),
        ("# {n, plural, one {# seat} other {# seats}} #", "# 7 seats #"),
        ("{n, plural, =7 {{word} #} one {} other {#}}", "red 7"),
        ("{lots[word].free,plural,one{# seat}other{# seats of {n}}}", "2 seats of 7"),
        (
            "{word, select, red {{lots[word].free, plural, one {one} other {{lot.name} has #}}} other {}}",
            "Zürich has 2",
        ),
        ("{word, select, red {a} green {b} blue {c}}, {word, select, blue {c} other {not}}", "a, not"),
        ("{t, select, true {yes} false {no}} {f, select, true {yes} other {100%}}", "yes 100%"),
        ("{lot.name, select, Zürich {here} other {there}}", "here"),
        ("{lot.note, select, x {x} other {{lot.note}}}", "–"),
        ("{lot.unknown, plural, one {one} other {#}}", "(not known without /state/lot/unknown)"),
        ("{n, plural, one {#} other {{word, select, red {#, {debt, plural, one {#} other {#}}} other {}}}}", "7, -583"),
        ("{gone, select, true {a} false {b}}", "(not known without /state/gone)"),
    ],
)
def test_a_message_prints_its_values(text: str, printed: str) -> None:
    """Placeholders print their values; doubled braces print as braces; what is absent as a dash."""
    message = parse_message(text, names(), "en")
    assert Interpreter({}, CASES["state"], {}).text(message, {}, "en") == printed


@pytest.mark.parametrize("text", CASES["no messages"])
def test_a_placeholder_that_is_none_is_refused(text: str) -> None:
    """A brace that stands alone, and a placeholder that has no print, are errors within the text."""
    with pytest.raises(ExpressionError) as raised:
        parse_message(text, names(), "en")
    assert 0 <= raised.value.start <= len(text)


@pytest.mark.parametrize(
    ("items", "english", "dutch"),
    [
        ([], "none", "geen"),
        (["ana"], "ana", "ana"),
        (["ana", "{bob}"], "ana and {bob}", "ana en {bob}"),
        (["ana", "bob", "cem"], "ana, bob and cem", "ana, bob en cem"),
        ([*range(20)], ", ".join(map(str, range(19))) + " and 19", ", ".join(map(str, range(19))) + " en 19"),
        ([*range(23)], ", ".join(map(str, range(20))) + " and 3 more", ", ".join(map(str, range(20))) + " en nog 3"),
    ],
)
def test_a_list_is_joined_as_the_language_does(items: list[Any], english: str, dutch: str) -> None:
    """One, two or many; of a long one, how many more there are; that there is none is said."""
    assert (shown(items, "en"), shown(items, "nl")) == (english, dutch)


def test_a_list_of_which_not_all_is_given_is_not_printed() -> None:
    """The message says what would tell it, in place of a part of it."""
    state = {**CASES["state"], "tags": part_of(PartOfList(["a"]), ("tags",))}
    said = Interpreter({}, state, {}, partial=True).text(parse_message("{tags}", names(), "en"), {}, "en")
    assert said == "(not known without /state/tags)"


@given(st.integers(-(2**63) + 1, 2**63 - 1), st.integers(1, 9), st.sampled_from(LANGUAGES))
@settings(max_examples=200, deadline=None)
def test_an_amount_is_printed_to_the_last_unit(value: int, digits: int, language: str) -> None:
    """With the sign of the language, no digit is lost, and none but a zero is added."""
    whole, fraction = shown_decimal(value, digits, language).split("." if language == "en" else ",")
    assert len(fraction) == digits
    assert int(whole + fraction) == value
    assert whole == "0" or whole == "-0" or not whole.lstrip("-").startswith("0")


@pytest.mark.parametrize("language", CASES["plurals of"])
def test_the_form_of_a_plural_is_the_one_of_cldr(language: str) -> None:
    """Of every number that tells languages apart, below 0 too; the forms of those below a thousand are needed."""
    rule, reference = plural_rule(language), Locale.parse(language, sep="-").plural_form
    numbers = [*range(2_100), *range(-30, 0), *range(20_000, 2_000_001, 20_000), 10**6 + 1, 3 * 10**15, 2**63 - 1]
    assert rule is not None
    assert [rule.form(number) for number in numbers] == [reference(number) for number in numbers]
    assert set(rule.needed) == {reference(number) for number in range(1000)} <= set(rule.names)
    assert all(rule.form(number) == form for form, seen in rule.needed.items() for number in seen)


def test_polish_comes_out_right() -> None:
    """One, few and many; nearer languages serve where CLDR has no rules for a region, and nothing for what is none."""
    text = "{n, plural, one {# licencja} few {# licencje} many {# licencji} other {# licencji}}"
    message = parse_message(text, names(), "pl")
    said = {n: Interpreter({}, {**CASES["state"], "n": n}, {}).text(message, {}, "pl") for n in (1, 3, 5, 12, 22, 112)}
    assert list(said.values()) == [
        "1 licencja", "3 licencje", "5 licencji", "12 licencji", "22 licencje", "112 licencji"
    ]  # fmt: skip
    assert plural_rule("pl-XX") == plural_rule("pl")
    assert plural_rule("xx") is plural_rule("tlh-x") is None


def test_a_text_that_is_joined_is_bounded() -> None:
    """One of a thousand characters is a text, and a longer one an error, however it is made."""
    long = "x" * 500
    assert len(joined_text(long, long)) == 1000
    with pytest.raises(OutOfRangeError, match="a text would have more than 1000 characters"):
        joined_text(long, long, 1)


def refusal(text: str) -> ExpressionError | None:
    """Why a text is no expression; nothing when it is one."""
    try:
        check(text, names())
    except ExpressionError as error:
        return error
    return None


DATES = st.dates().map(lambda day: day.isoformat())


@given(DATES, DATES, st.integers(-400, 400))
@settings(max_examples=200, deadline=None)
def test_dates_and_days_agree(first: str, second: str, count: int) -> None:
    """Days can be counted there and back; later dates are later texts."""
    assert add_days(first, days_between(first, second)) == second
    assert (days_between(first, second) > 0) is (second > first)
    try:
        later = add_months(first, count)
    except OutOfRangeError:
        return
    assert int(later[8:]) <= int(first[8:])
    assert (int(later[:4]) - int(first[:4])) * 12 + int(later[5:7]) - int(first[5:7]) == count


@given(
    st.dates(min_value=date(1990, 1, 1), max_value=date(2050, 1, 1)),
    st.integers(1, 800),
    st.integers(-10, 4000),
)
@settings(max_examples=200, deadline=None)
def test_a_renewal_is_the_first_after_the_day(start: date, length: int, offset: int) -> None:
    """A renewal lies after the day asked for, and less than one term after it."""
    term_start = start.isoformat()
    renewal = add_days(term_start, length)
    on = add_days(term_start, offset)
    found = next_renewal(term_start, renewal, on)
    assert found > on
    assert found >= renewal
    if on >= renewal:
        assert days_between(on, found) <= length + 4


@given(st.text(max_size=40) | st.text(alphabet="n t(){}[]\"'.,=<>!+-*if else for in andor0159_\\\u00e9", max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_text_is_an_expression_or_an_error_within_it(text: str) -> None:
    """Whatever is written, it is read or refused with a place within it; nothing else is raised."""
    error = refusal(text)
    assert error is None or 0 <= error.start <= len(text)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 10_000,
        "[" * 39 + "]" * 39,
        "not " * 200 + "t",
        "n" * 5000,
        "1+" * 450 + "1",
        "9" * 900,
        "-" * 900 + "1",
        "t and " * 160 + "t",
    ],
    ids=range(8),
)
def test_a_long_or_deep_expression_does_no_harm(text: str) -> None:
    """Long and deep texts are read, or refused; nothing overflows."""
    error = refusal(text)
    assert error is None or len(error.message) < 300
