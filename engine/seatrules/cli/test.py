"""`seatrules test`: run suites."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from ..diagnostics import echo
from ..policy.locate import find
from ..render.suites import differences_text
from ..suites import CaseResult, Engines, find_suites, read_suite, run_case
from .common import Common, common_options, say, say_json
from .exits import Exit
from .usage import wrong_use


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("-k", "select", metavar="EXPR", help="Only cases whose file, id or title has the words: `a and not b`.")
@common_options(
    policy="What to run in place of PATH; the policy of suites that name none and stand in none.",
    version="The version of suites that name none and stand in none.",
    settings="Choose a setting, where a case does not. Repeatable.",
    language="No effect here: the texts of answers are not compared.",
)
def test(common: Common, paths: tuple[str, ...], select: str | None) -> Exit:
    """Run suites of cases, and show what comes out otherwise.

    PATH is a suite, a version or a policy; without one, the default policy's suites run.
    """
    where = [Path(path) for path in paths] or [find(common.policy).folder_of_suites()]
    engines = Engines(common.policy, common.version, common.settings)
    chosen = selection(select) if select is not None else lambda text: True
    results = [
        run_case(case, engines)
        for path in where
        for suite in map(read_suite, find_suites(path))
        for case in suite.cases
        if chosen(f"{suite.name} {case.id} {case.title}")
    ]
    if not results and select is not None:
        raise wrong_use(f"no case has the words of `-k {select}` in its file, id or title")
    if not results:
        raise wrong_use("no case is there to run")
    failed = [result for result in results if not result.passed]
    if common.as_json:
        say_json({"passed": len(results) - len(failed), "failed": len(failed), "failures": list(map(_failure, failed))})
    else:
        for result in failed:
            say(differences_text(result) + "\n")
        say(f"{len(results) - len(failed)} passed, {len(failed)} failed")
    return Exit.FINDINGS if failed else Exit.OK


def _failure(result: CaseResult) -> dict[str, object]:
    span = result.case.span
    return {
        "file": span.source.name,
        "line": span.line,
        "id": result.case.id,
        "title": result.case.title,
        "differences": [{"what": d.what, "expected": d.expected, "got": d.got} for d in result.differences],
    }


def selection(words: str) -> Callable[[str], bool]:
    """Whether a text has words, whatever their case: `a and not b or c`, joined as Python joins what holds or does not.

    Raises:
        UsageError: they are not joined so.
    """
    joined = " ".join(w if w in ("and", "not", "or") else f"{w.lower()!r} in text" for w in words.split())
    try:
        code = compile(joined, "-k", "eval")  # of nothing but quoted words, `in text`, `and`, `not` and `or`
    except (SyntaxError, RecursionError, MemoryError):
        raise wrong_use(f"`-k {echo(words)}`: words are joined by `and`, `or`, `not`") from None
    return lambda text: bool(eval(code, {"text": text.lower()}))
