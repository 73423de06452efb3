"""`seatrules test`: run suites."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import click

from ..analysis.coverage import Coverage
from ..diagnostics import echo
from ..engine import Loader
from ..errors import FileError, PolicyError, SeatrulesError, SpokenError, SuiteError
from ..policy.folders import SUITES
from ..policy.locate import Place, find, is_zip
from ..problems import Problems
from ..render.coverage import coverage_data, coverage_remarks
from ..render.review import REVIEW, remarks_of
from ..render.suites import failure_data, failure_remark, failure_text
from ..suites import CaseResult, Engines, Suite, find_suites, identity, place_in_policy, read_suite, run_case
from ..suites.changes import Changes
from ..words import phrase
from .common import (
    Common,
    common_options,
    complain,
    error_data,
    error_language,
    say,
    say_json,
    say_review,
    tell,
    unpacked,
)
from .coverage import FORMS, coverage_of, require_coverage, say_coverage
from .exits import Exit
from .pages import require_pages
from .progress import counted
from .usage import wrong_use

Selection = Callable[[str], bool]
Read = Suite | SuiteError | FileError
"""A suite, or why it can't be run."""


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("-k", "select", metavar="EXPR", help="Only cases whose file, id or title has the words: `a and not b`.")
@click.option("--coverage", is_flag=True, help="Say what of the policy no case shows.")
@click.option(
    "--fail-under",
    type=click.FloatRange(0, 100),
    metavar="N",
    help="Exit with 1 where `--coverage` is less than so many of a hundred.",
)
@common_options(
    policy="What to run in place of PATH; the policy of suites that name none and stand in none.",
    version="The version of suites that name none and stand in none.",
    settings="Choose a setting, where a case does not. Repeatable.",
    language="The language of what came out, where a case fails.",
    forms=("text", "json", *FORMS, *REVIEW),
)
def test(common: Common, paths: tuple[str, ...], select: str | None, coverage: bool, fail_under: float | None) -> Exit:
    """Run suites of cases, and show what comes out otherwise.

    PATH is a suite, a version or a policy; without one, the default policy's suites run. With `--extension` those cases
    come out otherwise that the extension lists in `changes`, and no others; its own suites run too. `--coverage` lists
    what no case shows of all versions of their policies; as HTML or LCOV that alone is printed.
    """
    if not coverage:
        require_coverage(common, fail_under)
    require_pages(common)
    chosen = selection(select) if select is not None else lambda text: True
    place = unpacked(common.place())
    suites = _suites([*map(_unpacked, paths)] or folders_of_suites(place))
    counting = Coverage() if coverage else None
    opened = Loader().load if counting is None else counting.load
    engines = Engines(common.policy, common.version, common.settings, common.extensions, opened)
    changes = Changes(place)
    results, untold = _run(suites, engines, chosen, changes)
    report = None
    if counting is not None:
        report = coverage_of(counting, [suite for _, suite in suites if isinstance(suite, Suite)], results, engines)
        untold += [SuiteError(report.stale)] if report.stale else []
    if not (paths or select or untold) and (unmet := changes.unmet()):  # what could not be run may be what is listed
        untold.append(unmet)
    tongue = error_language(common.language, as_json=common.as_json)
    errors = [error.spoken(tongue) if isinstance(error, SpokenError) else error for error in untold]
    if not results and not errors:
        raise wrong_use(phrase("no_case_with_words", words=select))
    in_words = [(result, common.speak(result.languages)) for result in results]
    failed = [(result, language) for result, language in in_words if not result.passed]
    counts = {"passed": len(results) - len(failed), "failed": len(failed)}
    if place.extensions:
        counts["changed"] = len(changes.made)
        counts["passed"] -= len(changes.made)
    if common.form in REVIEW:
        gaps = () if report is None else coverage_remarks(report)
        why_not = (remark for error in errors for remark in remarks_of(error))
        say_review([*(failure_remark(result) for result, _ in failed), *gaps, *why_not], common, "test")
    elif common.as_json and results:
        failures = [failure_data(result, language) for result, language in failed]
        whole = {**counts, "failures": failures, "errors": [error_data(error)["error"] for error in errors]}
        say_json(whole if report is None else {**whole, "coverage": coverage_data(report)})
    elif results:
        alone = common.form in FORMS
        for result, language in failed:
            (tell if alone else say)(failure_text(result, language) + "\n")
        if not alone:
            say(", ".join(f"{number} {word}" for word, number in counts.items()))
        if report is not None:
            say_coverage(report, common)
    codes = [complain(error, as_json=common.as_json, everything=common.everything) for error in errors]
    is_under = report is not None and fail_under is not None and report.is_under(fail_under)
    return max([Exit.FINDINGS if failed or is_under else Exit.OK, *codes])


def _suites(paths: Iterable[Path]) -> list[tuple[Path, Read]]:
    """The suites that some paths mean, each once, in order.

    Raises:
        UsageError: a path means nothing that could be run.
        FileError: there is no such file or folder, or it can't be looked into.
    """
    suites: dict[tuple[str, str], tuple[Path, Read]] = {}
    empty = []
    for path in paths:
        of_path = {identity(file): file for file in find_suites(path)}
        for name, file in of_path.items():
            if name not in suites:
                suites[name] = file, _read(file)
        if not any(_may_run(suites[name][1]) for name in of_path):
            empty.append(path)
    if empty:
        raise wrong_use(phrase("no_case_to_run", paths=", ".join(echo(path) for path in empty)))
    return [*suites.values()]


def _unpacked(path: str) -> Path:
    """A path of suites: of a zip, the folder into which it is unpacked."""
    return unpacked(find(path)).folder_of_suites() if is_zip(Path(path)) else Path(path)


def _may_run(suite: Read) -> bool:
    """Whether a suite has cases, or might have some if it could be read."""
    return not isinstance(suite, Suite) or bool(suite.cases)


def _read(path: Path) -> Read:
    try:
        return read_suite(path)
    except (SuiteError, FileError) as error:
        return error


def folders_of_suites(place: Place) -> list[Path]:
    """The folders of all suites of a policy and of its extensions."""
    return [place.folder_of_suites(), *(each.path for each in place.extensions if (each.path / SUITES).is_dir())]


def _run(
    suites: Iterable[tuple[Path, Read]], engines: Engines, chosen: Selection, changes: Changes
) -> tuple[list[CaseResult], list[SeatrulesError]]:
    """The results of the chosen cases that can be run, and the errors that keep others from it."""
    results: list[CaseResult] = []
    errors: list[SeatrulesError] = []
    for path, suite in suites:
        if isinstance(suite, Suite):
            for case in counted(suite.cases):
                if chosen(f"{suite.name} {case.label}"):
                    try:
                        results.append(changes.judged(run_case(case, engines), place_in_policy(path)))
                    except (SuiteError, PolicyError, FileError) as error:
                        errors.append(error)
        elif _concerns(suite, path, chosen):
            errors.append(suite)
    return results, [*together(errors)]


def _concerns(error: SuiteError | FileError, path: Path, chosen: Selection) -> bool:
    """Whether a suite that can't be run may have a case that is chosen."""
    labels = error.labels if isinstance(error, SuiteError) else None
    return labels is None or any(chosen(f"{path} {label}") for label in labels)


def together(errors: Iterable[SeatrulesError]) -> Iterator[SeatrulesError]:
    """Each error once, with the problems of all suites in one, and those of all policies."""
    of_suites, of_policies = Problems(), Problems()
    others: list[SeatrulesError] = []
    for error in errors:
        match error:
            case SuiteError():
                of_suites.take(error.problems)
            case PolicyError():
                of_policies.take(error.problems)
            case _ if error not in others:  # one that keeps a policy from being read comes with each of its cases
                others.append(error)
    if of_suites.errors:
        yield SuiteError(of_suites.errors)
    if of_policies.errors:
        yield PolicyError(of_policies.errors)
    yield from others


_BEFORE_BRACKET = re.compile(r"(?<![^\s(])(and|not|or)(?=\()")
"""What joins words and touches the bracket behind it."""


def selection(words: str) -> Callable[[str], bool]:
    """Whether a text has words, whatever their case: `a and not (b or c)`, joined as Python joins conditions.

    Raises:
        UsageError: they are not joined so.
    """
    joined = " ".join(w if w in ("and", "not", "or", *"()") else f"{w.lower()!r} in text" for w in _split(words))
    try:
        tree = ast.parse(joined, mode="eval")
        if any(isinstance(node, ast.Call | ast.Tuple) for node in ast.walk(tree)):  # `a (b)`, and `()`
            raise SyntaxError
        code = compile(tree, "-k", "eval")  # of nothing but quoted words, `in text`, `and`, `not`, `or` and brackets
    except (SyntaxError, RecursionError, MemoryError):
        raise wrong_use(phrase("joined_words", words=echo(words))) from None
    return lambda text: bool(eval(code, {"text": text.lower()}))


def _split(words: str) -> Iterator[str]:
    """The words, and the brackets around them; a word has those of its own that open later."""
    for word in _BEFORE_BRACKET.sub(r"\1 ", words).split():
        while word.startswith("("):
            yield "("
            word = word.removeprefix("(")
        closed = min(word.count(")") - word.count("("), len(word) - len(word.rstrip(")")))
        if last := word[: len(word) - closed] if closed > 0 else word:
            yield last
        yield from ")" * closed
