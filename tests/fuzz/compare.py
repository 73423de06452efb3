"""Asks every evaluator about one request; a disagreement is shrunk and written as a case of a suite."""

from __future__ import annotations

import ast
import copy
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import jsonpatch
import yaml

import seatrules
from seatrules.evaluators import EVALUATORS

from .applied import applied
from .policies import Small, write_policy

Engines = Mapping[str, seatrules.Engine]
Request = tuple[dict[str, Any], dict[str, Any]]
Answer = tuple[str, ...]
T = TypeVar("T")


def evaluators() -> tuple[tuple[str, ...], str]:
    """The evaluators that there are here, and why the other one is not."""
    try:
        seatrules.load(evaluator="durable")
    except seatrules.UsageError as error:
        return ("compiled", "interpreter"), str(error)
    return ("compiled", "interpreter", "durable"), ""


def load(path: Path | None, names: tuple[str, ...], settings: Mapping[str, Any] | None = None) -> Engines:
    """A policy, once for each evaluator. It is compiled once only: that takes most of the time."""
    programs = seatrules.load(path, settings=settings).programs.values()
    return {name: seatrules.Engine.of(programs, EVALUATORS[name]) for name in names}


def answer(engine: seatrules.Engine, request: Request, version: str | None) -> Answer:
    """The verdict with its codes and all that is said, or the codes of what is wrong with the request."""
    try:
        decision = engine.decide(*request, version=version)
        assert engine.still_holds(decision, copy.deepcopy(request[1]))
        if decision.allowed:
            after = engine.apply(decision, request[1])
            assert jsonpatch.apply_patch(request[1], decision.patch()) == after
            if not _one_after_the_other(engine, decision, request):
                assert after == applied(decision.effects, request[1])
    except seatrules.RequestError as error:
        return ("error", *sorted({problem.code for problem in error.problems}))
    except Exception as error:
        return ("crash", type(error).__name__, str(error))
    read = json.dumps(decision.reads, sort_keys=True)
    return (decision.decision, *decision.codes, f"{decision.as_dict()} {read}")


def _one_after_the_other(engine: seatrules.Engine, decision: seatrules.Decision, request: Request) -> bool:
    """Whether the action lets time pass, or is on each of several, so that not all its effects are at once."""
    action_type = engine.programs[decision.policy.version].actions[request[0]["type"]]
    return action_type.time_to is not None or action_type.each is not None


def verdict(engine: seatrules.Engine, request: Request, version: str | None) -> str:
    """The verdict alone, in the words of an answer."""
    try:
        return "allow" if engine.allows(*request, version=version) else "deny"
    except seatrules.RequestError:
        return "error"
    except Exception:
        return "crash"


def answers(engines: Engines, request: Request, version: str | None) -> dict[str, Answer]:
    found = {name: answer(engine, request, version) for name, engine in engines.items()}
    if (alone := verdict(engines["compiled"], request, version)) != found["compiled"][0]:
        found["verdict alone"] = (alone,)
    return found


def differ(found: Mapping[str, Answer]) -> bool:
    """Whether the answers are not all the same, or one is none."""
    return len(set(found.values())) > 1 or any(each[0] == "crash" for each in found.values())


def _still(engines: Engines, request: Request, version: str | None, verdicts: tuple[str, ...]) -> bool:
    found = answers(engines, request, version)
    return differ(found) and _verdicts(found) == verdicts


def _verdicts(found: Mapping[str, Answer]) -> tuple[str, ...]:
    return tuple(each[0] for each in found.values())


def shrunk_request(engines: Engines, request: Request, version: str | None) -> Request:
    """A smaller request on which they still differ, in the same verdicts."""
    verdicts = _verdicts(answers(engines, request, version))
    return _shrunk(request, _smaller_data, lambda each: _still(engines, each, version, verdicts))


def shrunk_policy(small: Small, request: Request, version: str, folder: Path, names: tuple[str, ...]) -> Small:
    """A smaller policy by which they still differ on the request."""

    def still(each: Small) -> bool:
        try:
            return differ(answers(load(write_policy(each, folder), names), request, version))
        except seatrules.PolicyError:
            return False

    return _shrunk(small, _smaller_policy, still)


def case(engines: Engines, request: Request, version: str | None, small: Small | None) -> str:
    """The disagreement as a case of a suite, with the policy where it is a made-up one."""
    found = answers(engines, request, version)
    verdict, *codes = found["interpreter"]
    expect = {"error": codes[0]} if verdict == "error" else {"decision": verdict, "reasons": codes[:-1]}
    said = "".join(f"# {name}: {' '.join(each)}\n" for name, each in found.items())
    action, state = request
    of_suite = {"id": "evaluators-differ", "state": state, "action": action, "expect": expect}
    return written(f"{said}# version: {version}\n", of_suite, small)


def written(heading: str, case: Mapping[str, Any], small: Small | None) -> str:
    """A case as it stands in a suite, below comments, with the policy where it is a made-up one."""
    policy = "" if small is None else _yaml(small).replace("\n", "\n# ").rstrip("# ")
    policy = policy and f"# tests/fuzz/base with\n# {policy}"
    return f"{heading}{policy}{_yaml([dict(case)])}"


def _yaml(value: Any) -> str:
    return str(yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=110))


def _shrunk(value: T, smaller: Callable[[Any], Iterator[Any]], still: Callable[[Any], bool]) -> T:
    """The smallest value that is reached by taking, again and again, the first smaller one that is `still` so."""
    while (found := next((each for each in smaller(value) if still(each)), None)) is not None:
        value = found
    return value


def _smaller_data(value: Any) -> Iterator[Any]:
    """The value with one part left out, or with one part smaller."""
    match value:
        case dict():
            for key in value:
                yield {name: each for name, each in value.items() if name != key}
            for key, part in value.items():
                yield from ({**value, key: each} for each in _smaller_data(part))
        case list() | tuple():
            if isinstance(value, list):
                yield from (value[:index] + value[index + 1 :] for index in range(len(value)))
            for index, part in enumerate(value):
                yield from (type(value)((*value[:index], each, *value[index + 1 :])) for each in _smaller_data(part))
        case str() if len(value) > 20:
            yield value[: len(value) // 2]
        case int() if value not in (0, 1):
            yield from (0, 1)


def _smaller_policy(small: Small) -> Iterator[Small]:
    """The policy without one of its entries, without a part of one, or with a part of an expression in its place."""
    for kind in [name for name in ("consequences", "rules", "facts") if name in small]:
        for key in list(small[kind]) if kind == "facts" else range(len(small[kind])):
            less = copy.deepcopy(small)
            del less[kind][key]
            yield less
    if "outcomes" in small:
        yield {kind: entries for kind, entries in small.items() if kind != "outcomes"}
    for path, text in _expressions(small):
        for part in _parts(text):
            less = copy.deepcopy(small)
            holder: Any = less
            for step in path[:-1]:
                holder = holder[step]
            holder[path[-1]] = part
            yield less
    for number, rule in enumerate(small["rules"]):
        for name in ("when", "effective"):
            if name in rule:
                less = copy.deepcopy(small)
                del less["rules"][number][name]
                yield less


def _expressions(small: Small) -> Iterator[tuple[tuple[Any, ...], str]]:
    for name, fact in small["facts"].items():
        yield ("facts", name, "is"), fact["is"]
    for number, rule in enumerate(small["rules"]):
        if "when" in rule:
            yield ("rules", number, "when"), rule["when"]
        items = rule["require"]
        if isinstance(items, list):
            yield from ((("rules", number, "require", index), item) for index, item in enumerate(items))
        else:
            yield ("rules", number, "require"), items


def _parts(text: str) -> Iterator[str]:
    """The expression with one of its parts in the place of another that holds it."""
    nodes = list(ast.walk(ast.parse(text, mode="eval")))
    for at, node in enumerate(nodes):
        for number, part in enumerate(ast.iter_child_nodes(node)):
            if isinstance(node, ast.expr) and isinstance(part, ast.expr):
                tree = ast.parse(text, mode="eval")
                old = list(ast.walk(tree))[at]
                yield ast.unparse(_Swap(old, list(ast.iter_child_nodes(old))[number]).visit(tree))


class _Swap(ast.NodeTransformer):
    """Puts one node in the place of another."""

    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> Any:
        return self.new if node is self.old else super().visit(node)
