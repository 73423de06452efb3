"""`seatrules lint`: every problem of every policy file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from ..analysis.coverage import of_nothing
from ..analysis.lint import lint_policy
from ..analysis.repeated import repeated_by_extensions
from ..analysis.stale import stale_sources
from ..analysis.succession import successions
from ..analysis.unused_words import unused_words, words_in
from ..diagnostics import Diagnostic, SourceText, Span, echo
from ..errors import FileError, PolicyError, SuiteError, unknown
from ..files import as_named, require_there
from ..loading import choices, read_versions
from ..policy.folders import EXTENSION, HEADER, SUITES, Folder, misnamed_extension
from ..policy.locate import Place, find, is_zip, shown
from ..policy.meant import is_named_as_meant
from ..policy.strays import note_beside, note_left_alone, note_unread
from ..policy.written import Written
from ..problems import Problems
from ..render.problems import problems_text
from ..render.review import LINE_BY_LINE, REVIEW, remark_of
from ..suites import Case, Engines, Suite, check_suite, find_suites, no_suites, other_version
from ..words import phrase
from .common import Common, common_options, say, say_json, say_review
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
    places = {(place.name, place.version, *(e.path for e in place.extensions)): place for place in named}.values()
    folder = None if witness is None else Path(witness)
    by_place, to_look_into = list[Problems](), list[tuple[Problems, Iterator[Diagnostic]]]()
    for place in places:
        problems, versions, settings = _problems_of(place, common)
        for written in versions if stale is not None else ():
            stale_sources(written, str(datetime.now(UTC).date() - timedelta(days=stale or 0)), problems)
        by_place.append(problems)
        if deep and not problems.errors:
            to_look_into += [(problems, deep_problems(place, each, settings, folder, seconds)) for each in versions]
    _say_as_found(_sorted(by_place), common)
    for problems, found in to_look_into:
        for problem in problems.taken(found):
            _say_as_found([problem], common)
    all_problems = _sorted(by_place)
    errors, warnings = (sum(problem.severity == each for problem in all_problems) for each in ("error", "warning"))
    if common.as_json:
        say_json({"problems": [problem.as_dict() for problem in all_problems]})
    elif common.form in REVIEW and common.form not in LINE_BY_LINE:
        say_review(map(remark_of, all_problems), common, "lint")
    elif common.form == "text":
        say(f"{_count(errors, 'error')}, {_count(warnings, 'warning')}")
    return Exit.FINDINGS if errors or (strict and warnings) else Exit.OK


def _say_as_found(problems: Sequence[Diagnostic], common: Common) -> None:
    """Print what is found, in the forms in which that need not wait for the rest."""
    if problems and common.form == "text":
        say(problems_text(problems, everything=common.everything) + "\n")
    elif problems and common.form in LINE_BY_LINE:
        say_review(map(remark_of, problems), common, "lint")


def _problems_of(place: Place, common: Common) -> tuple[Problems, list[Written], Mapping[str, Any]]:
    """What is wrong with a policy without looking deeper, its versions, and what is chosen of their settings."""
    narrowed = _narrowed(place, common.version)
    versions, problems = read_versions(narrowed)
    settings = choices(versions, common.settings)
    successions(versions, problems)
    fewer = [place.extensions[:number] for number in range(len(place.extensions))]
    layers = [read_versions(narrowed._replace(extensions=each))[0] for each in fewer]
    repeated_by_extensions([*layers, versions], problems)
    suites = list[Suite | None]()
    for written in versions:
        lint_policy(written, problems, settings)
        note_left_alone(place.files, written.folder.place, problems)
        if place.folder:
            suites += _check_suites(place.folder / written.folder.place / SUITES, place, versions, problems)
    if isinstance(place.files, Folder) and not place.version:
        note_beside(place.files, problems)
    for each in place.extensions:
        note_left_alone(*each, problems)
        suites += _check_suites(each.path / SUITES, place, versions, problems)
    read = [suite for suite in suites if suite is not None]
    is_whole = len(read) == len(suites) and not any(written.incomplete for written in versions)
    if read and is_whole and not narrowed.version:
        unused_words(versions, set(words_in([_asked(case) for suite in read for case in suite.cases])), problems)
    return problems, versions, settings


def _asked(case: Case) -> list[Any]:
    """What of a case may have words of the state."""
    return [case.state, case.action, case.steps, case.expect_state]


def _sorted(by_place: Iterable[Problems]) -> list[Diagnostic]:
    every = [problem for problems in by_place for problem in problems.sorted]
    return sorted(every, key=lambda problem: problem.span.sort_key)


def _check_suites(
    folder: Path, place: Place, versions: Sequence[Written], problems: Problems
) -> Iterator[Suite | None]:
    """The suites of a version, or nothing in the place of one that can't be read.

    What is wrong with them is noted, by themselves and, where the version loads, for the policy of each case; what is
    left alone too.
    """
    policy = str(place.folder) if place.folder else None
    engines = Engines(policy, extensions=[each.path for each in place.extensions])
    for name in no_suites(folder):
        source = SourceText(f"{shown(folder)}/{name}", name)
        note_unread(name, Span(source), problems, is_near=is_named_as_meant(name))
    for path in find_suites(folder) if folder.is_dir() else ():
        suite = check_suite(path, problems)
        problems.take(of_nothing(suite.uncovered if suite else (), versions))
        for case in suite.cases if suite else ():
            try:
                problems.take(other_version(case, engines.engine(case)))
            except SuiteError as error:
                problems.take(error.problems)
            except PolicyError:
                if span := case.named("policy"):  # else its problems are among ours already
                    message = "the policy of this suite does not load"
                    problems.error("policy-does-not-load", message, span, help="`seatrules lint` on it says why")
        yield suite


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _narrowed(place: Place, version: str | None) -> Place:
    """The one version of a policy that is asked for, or all that the place names."""
    if version is None:
        return place
    known = [place.version] if place.version else place.versions
    if version not in known:
        raise unknown("version", version, known, phrase("no_version_of", version=echo(version), name=place.name))
    return place._replace(version=version)


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
    inside = sorted(child for child in path.iterdir() if child.is_dir() and any(child.glob(f"*/{HEADER}")))
    return [find(child, extensions) for child in inside] or [find(path, extensions)]
