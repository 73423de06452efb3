"""`seatrules lint`: every problem of every policy file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from ..analysis.everything import problems_of
from ..analysis.stale import stale_sources
from ..diagnostics import Diagnostic, echo
from ..errors import FileError, unknown
from ..files import as_named, require_there
from ..policy.folders import EXTENSION, HEADER, misnamed_extension
from ..policy.locate import Place, find, is_zip, policies_in
from ..problems import Problems
from ..render.problems import problems_text
from ..render.review import LINE_BY_LINE, REVIEW, remark_of
from ..words import phrase
from .common import Common, common_options, say, say_json, say_review, unpacked
from .deep import deep_problems
from .exits import Exit
from .usage import wrong_use


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--strict", is_flag=True, help="Warnings count as errors do.")
@click.option("--deep", is_flag=True, help="Look from the suites' states whether goals, remedies and invariants hold.")
@click.option(
    "--seconds",
    type=click.FloatRange(0, 3600, min_open=True),
    metavar="N",
    help="How long `--deep` may look at a version, which it then does as far as it gets.",
)
@click.option(
    "--stale",
    type=click.IntRange(0, 36500),
    metavar="DAYS",
    help="Warn of sources that were last seen more than so many days ago.",
)
@click.option("--witness", metavar="FOLDER", help="Where `--deep` writes a state and an action that show each finding.")
@common_options(
    policy="What to check in place of PATH: a shipped policy, or a folder.",
    version="Only this version; else all of them.",
    language="No effect here: problems are told in English.",
    forms=("text", "json", *REVIEW),
)
def lint(
    common: Common,
    paths: tuple[str, ...],
    strict: bool,
    deep: bool,
    seconds: float | None,
    stale: int | None,
    witness: str | None,
) -> Exit:
    """Check policies and list every problem with its place.

    PATH is a policy, a version, a file of one, a folder of policies, or an extension of a shipped policy. `--deep`
    takes up to a minute for a version, and is for policies without errors. It decides what the suites ask and all that
    is worth asking on their states, then goes several steps ahead, as far as 40,000 decisions; what it finds is shown
    as it comes. With `--seconds` it goes as far as these last: a fifth of them at most for what turns conditions, of
    the rest half ahead, half for remedies.
    """
    if witness is not None and not (deep and witness):
        raise wrong_use(phrase("witness_of_deep"))
    if seconds is not None and not deep:
        raise wrong_use(phrase("option_only_with", option="--seconds", other="--deep"))
    if paths and common.policy is not None:
        raise wrong_use(phrase("path_or_policy"))
    named = [place for path in paths for place in _places(Path(path), common.extensions)] or [common.place()]
    by_name = {(place.name, place.version, *(e.path for e in place.extensions)): place for place in named}
    places = [  # a witness names the folder
        unpacked(place) if place.may_be_unpacked and not witness else place for place in by_name.values()
    ]
    folder = None if witness is None else Path(witness)
    by_place, to_look_into = list[Problems](), list[tuple[Problems, Iterator[Diagnostic]]]()
    for place in places:
        require_version(place, common.version)
        problems, versions, settings = problems_of(place, common.version, common.settings)
        for written in versions if stale is not None else ():
            stale_sources(written, str(datetime.now(UTC).date() - timedelta(days=stale or 0)), problems)
        by_place.append(problems)
        if deep and not problems.errors:
            to_look_into += [(problems, deep_problems(place, each, settings, folder, seconds)) for each in versions]
    _say_as_found(_sorted(by_place), common)
    for problems, findings in to_look_into:
        for problem in problems.taken(findings):
            _say_as_found([problem], common)
    all_problems = _sorted(by_place)
    errors, warnings = _counted(all_problems)
    if common.as_json:
        say_json({"problems": [problem.as_dict() for problem in all_problems]})
    elif common.form in REVIEW and common.form not in LINE_BY_LINE:
        say_review(map(remark_of, all_problems), common, "lint")
    elif common.form == "text":
        say(counts_of(all_problems))
    return Exit.FINDINGS if errors or (strict and warnings) else Exit.OK


def _say_as_found(problems: Sequence[Diagnostic], common: Common) -> None:
    """Print what is found, in the forms in which that need not wait for the rest."""
    if problems and common.form == "text":
        say(problems_text(problems, everything=common.everything) + "\n")
    elif problems and common.form in LINE_BY_LINE:
        say_review(map(remark_of, problems), common, "lint")


def _sorted(by_place: Iterable[Problems]) -> list[Diagnostic]:
    every = [problem for problems in by_place for problem in problems.sorted]
    return sorted(every, key=lambda problem: problem.span.sort_key)


def counts_of(problems: Sequence[Diagnostic]) -> str:
    """How many errors and warnings there are, in a line."""
    errors, warnings = _counted(problems)
    return f"{_count(errors, 'error')}, {_count(warnings, 'warning')}"


def _counted(problems: Sequence[Diagnostic]) -> tuple[int, int]:
    severities = [problem.severity for problem in problems]
    return severities.count("error"), severities.count("warning")


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def require_version(place: Place, version: str | None) -> None:
    """Make sure that a policy has the version that is asked for, where one is.

    Raises:
        UsageError: it has not.
    """
    known = [place.version] if place.version else place.versions
    if version is not None and version not in known:
        raise unknown("version", version, known, phrase("no_version_of", version=echo(version), name=place.name))


def _places(path: Path, extensions: Sequence[str]) -> list[Place]:
    """The policies that a path means: a version, a policy, a folder of policies, a file of one, or an extension."""
    require_there(path)
    if is_zip(path):
        return [find(path, extensions)]
    if (path / EXTENSION).is_file() or misnamed_extension(path):
        return [find(None, [*extensions, str(path)])]
    if path.is_file():
        folder = next((parent for parent in as_named(path).parents if (parent / HEADER).is_file()), None)
        if folder is None:
            raise FileError(str(path), phrase("of_no_version"))
        path = folder
    if not path.is_dir():
        raise FileError(str(path), phrase("not_a_folder"))
    return [find(child, extensions) for child in policies_in(path)] or [find(path, extensions)]
