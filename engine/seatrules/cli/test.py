"""`seatrules test`: run suites."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click

from ..policy.locate import find
from ..render.suites import differences_text
from ..suites import Case, CaseResult, Engines, find_suites, read_suite, run_case
from .common import Common, common_options, say, say_json
from .exits import Exit


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
    chosen = Selection(select)
    results = [
        run_case(case, engines)
        for path in where
        for suite in map(read_suite, find_suites(path))
        for case in suite.cases
        if chosen(suite.name, case)
    ]
    if not results and select is not None:
        raise click.UsageError(f"no case has the words of `-k {select}` in its file, id or title")
    if not results:
        raise click.UsageError("no case is there to run")
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


class Selection:
    """A test of cases by words: `a and not b or c`; `not` binds before `and`, `and` before `or`."""

    def __init__(self, text: str | None) -> None:
        self.any_of = (
            [list(self._terms(part)) for part in re.split(r"(?:^|\s+)or(?:\s+|$)", text.strip())]
            if text is not None
            else []
        )

    @staticmethod
    def _terms(text: str) -> Iterator[tuple[bool, str]]:
        for term in re.split(r"(?:^|\s+)and(?:\s+|$)", text):
            words = term.split()
            wanted = words[:1] != ["not"]
            word = " ".join(words if wanted else words[1:])
            if not word or word.split()[0] in ("and", "not", "or") or len(word.split()) > 1:
                raise click.UsageError(f"`-k {text}`: words are joined by `and`, `or`, `not`")
            yield wanted, word.lower()

    def __call__(self, suite: str, case: Case) -> bool:
        text = f"{suite} {case.id} {case.title}".lower()
        return not self.any_of or any(all((word in text) is wanted for wanted, word in terms) for terms in self.any_of)
