"""What a case asks or expects that its policy does not know: no answer can be as it says."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from ..decision.incomplete import Given
from ..decision.request import action_problems
from ..diagnostics import Diagnostic, did_you_mean, echo, suggest
from ..document_places import place_below
from ..engine import Engine
from ..errors import RequestError, RequestProblem, UsageError
from ..language.text import pointer_parts
from ..nodes import MappingNode, Node, Scalar, children
from ..planning.steps import read_steps
from ..program import Program
from .cases import Case
from .fit import deciding, misplaced

_Names = Callable[[Program], Collection[str]]
_EXPECTED: Mapping[str, tuple[str, str, _Names]] = {
    "billing/change": ("unknown-billing-change", "words of `billing`", lambda program: program.billing_changes),
    "events/code": ("unknown-code", "codes of outcomes", lambda program: program.codes["outcomes"]),
    "events/rule": ("unknown-name", "events", lambda program: [each.id for each in program.events]),
    "reason_key": (
        "unknown-code",
        "codes of reasons and outcomes",
        lambda program: [*program.codes["reasons"], *program.codes["outcomes"]],
    ),
    "reasons": ("unknown-code", "codes of reasons", lambda program: program.codes["reasons"]),
    "state_warnings": (
        "unknown-name",
        "invariants",
        lambda program: [each.id for each in (*program.invariants, *program.asides)],
    ),
    "warnings": ("unknown-code", "codes of warnings", lambda program: program.codes["warnings"]),
}
"""Of what the texts under a key of `expect` are names: the code of one that is none, what they are, and all of them."""


def mistaken(case: Case, engine: Engine) -> Iterator[Diagnostic]:
    """What is wrong with the actions of a case, if it expects no error; and the names in what it expects of nothing."""
    programs = deciding(case, engine)
    if "error" not in case.expect:
        yield from _wrong_requests(case, engine, programs[0])
    steps = case.node.get("steps")
    for node in [case.node] if steps is None else children(steps):
        yield from _names_of_nothing(node, programs, case)


def _wrong_requests(case: Case, engine: Engine, program: Program) -> Iterator[Diagnostic]:
    try:
        for problem in _problems(case, engine, program):
            yield _in_case(problem, case)
    except UsageError as error:
        yield misplaced(error, case, "incomplete")


def _problems(case: Case, engine: Engine, program: Program) -> Iterator[RequestProblem]:
    """What is wrong with the actions, as far as it can be told without taking the steps before."""
    if not case.steps:
        incomplete = Given.of(case.partial, case.incomplete, program).incomplete
        yield from action_problems(case.action, program, case.state, incomplete)
        return
    steps = [{key: step[key] for key in ("at", "action") if key in step} for step in case.steps]
    try:
        read_steps(engine, steps, case.state, case.version)
    except RequestError as error:
        yield from error.problems


def _in_case(problem: RequestProblem, case: Case) -> Diagnostic:
    """A problem of a request, where the case has it."""
    span, mend = place_below(case.node, pointer_parts(problem.path), problem.code), problem.help
    if problem.code.startswith("unknown_"):
        word = span.underlined.strip("'\"")
        mend = did_you_mean(word, problem.allowed) or mend or suggest(word, problem.allowed)
    return Diagnostic(problem.code.replace("_", "-"), problem.what, span, mend, case=case.id)


def _names_of_nothing(node: Node, programs: Collection[Program], case: Case) -> Iterator[Diagnostic]:
    """The texts in what is expected of a case or a step that should name something of its policy, and do not."""
    expect = node.get("expect") if isinstance(node, MappingNode) else None
    for key, (code, what, names_of) in _EXPECTED.items():
        names: Collection[str] | None = None
        for scalar in () if expect is None else _scalars(expect, *key.split("/")):
            names = names or list(dict.fromkeys(name for program in programs for name in names_of(program)))
            if scalar.text not in names:
                message = f"`{echo(scalar.text)}` is not among the {what}"
                yield Diagnostic(code, message, scalar.span, suggest(scalar.text, names), case=case.id)


def _scalars(node: Node, *keys: str) -> Iterator[Scalar]:
    """What stands under some keys, one in the other, in a mapping or in each of a list of them."""
    if keys and isinstance(node, MappingNode):
        inside = node.get(keys[0])
        yield from () if inside is None else _scalars(inside, *keys[1:])
    elif not isinstance(node, MappingNode):
        for each in children(node):
            yield from _scalars(each, *keys)
        if not keys and isinstance(node, Scalar):
            yield node
