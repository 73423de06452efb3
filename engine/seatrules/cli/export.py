"""`seatrules export`: a policy for a system that decides by other means."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..diagnostics import echo
from ..durable.rulesets import export as export_rulesets
from ..files import write_whole
from ..program import ActionType, Program
from ..words import Phrase, phrase
from .common import Common, common_options, error_language, say, say_json, tell
from .exits import Exit
from .usage import options_named, wrong_use

if TYPE_CHECKING:
    from ..sql.statement import ExportStatement
    from ..sql.warehouse import Export

Name = TypeVar("Name")

DIALECTS = ("bigquery", "duckdb", "postgres", "snowflake", "spark")


@click.command()
@click.option("--to", "target", required=True, type=click.Choice(["durable-rules", "sql"]), help="What it is for.")
@click.option("--dialect", type=click.Choice(DIALECTS), help="Of SQL, whose it is.")
@click.option("--action", "actions", multiple=True, metavar="TYPE", help="Of SQL, the action; else all. Repeatable.")
@click.option("--table", metavar="NAME", help="Of SQL, the table that it reads; of several actions, NAME_ACTION each.")
@click.option("--view", metavar="NAME", help="Of SQL, create this view; of several actions, NAME_ACTION each.")
@click.option("--keep", multiple=True, metavar="NAME", help="Of SQL, a column that is kept; else `id`. Repeatable.")
@click.option("-o", "--out", metavar="FILE", help="Of SQL, the file that is written; else it is printed.")
@common_options(version="The version to export; else the newest.", language="The language of comments in SQL.")
def export(common: Common, target: str, **options: Any) -> Exit:
    """Print a version for what decides by other means.

    For durable-rules: its requirements, as rulesets in JSON, with what has to be posted to them. As SQL: one query for
    each action, over a table with a column for each thing that is read; comments above it say what the columns hold.
    """
    engine = common.load()
    language = common.speak(engine.languages)
    program = common.program(engine)
    if target == "durable-rules":
        given = [f"--{'action' if name == 'actions' else name}" for name, value in options.items() if value]
        if given:
            raise wrong_use(phrase("export_only_sql", options=options_named(*given)))
        say_json(export_rulesets(program))
        return Exit.OK
    return _sql(common, program, language, **options)


def _sql(
    common: Common,
    program: Program,
    language: str,
    *,
    dialect: str | None,
    actions: tuple[str, ...],
    table: str | None,
    view: str | None,
    keep: tuple[str, ...],
    out: str | None,
) -> Exit:
    from ..extras import require

    if dialect is None:
        raise wrong_use(phrase("export_dialect"), allowed=DIALECTS)
    if out in ("", "-"):
        raise wrong_use(phrase("name_files", options=options_named("--out")))
    require("sqlglot", extra="batch")
    from ..render.warehouse import statement_data, statement_text

    asked = [program.action_type(name) for name in dict.fromkeys(actions)]
    found, left_out = _exports(program, asked or list(program.actions.values()))
    if left_out and (asked or not found):
        reason = next(iter(left_out.values())) if asked else phrase("export_none")
        raise wrong_use(reason, suggestion=phrase("export_by_engine"))
    names = {"--table": table or "requests"} | ({} if view is None else {"--view": view})
    several = len(asked) != 1
    statements = [_statement(each, dialect, names, keep or ("id",), several=several) for each in found]
    for reason in left_out.values():
        tell(f"note: {reason.text(error_language(common.language, as_json=common.as_json))}\n")
    if common.as_json:
        exports = [statement_data(each, language) for each in statements]
        reasons = {name: why.text(language) for name, why in left_out.items()}
        text = json.dumps({"exports": exports, "left_out": reasons}, ensure_ascii=False, indent=2)
    else:
        text = "\n\n".join(statement_text(each, language) for each in statements)
    if out is None:
        say(text)
    else:
        write_whole(Path(out), f"{text}\n".encode())
    return Exit.OK


def _exports(program: Program, actions: Sequence[ActionType]) -> tuple[list[Export], dict[str, Phrase]]:
    """What actions are as SQL, and why others have no such form, by their names."""
    from ..sql.terms import NoSqlError
    from ..sql.warehouse import exported

    exports: list[Export] = []
    left_out: dict[str, Phrase] = {}
    for action in actions:
        try:
            exports.append(exported(program, action))
        except NoSqlError as error:
            left_out[action.name] = phrase("export_no_sql", action=action.name, why=error.what)
    return exports, left_out


def _statement(
    export: Export, dialect: str, names: Mapping[str, str], keep: Sequence[str], *, several: bool
) -> ExportStatement:
    """An export for a database.

    Raises:
        UsageError: what is given as a name is none there, or is taken.
    """
    from ..sql.statement import ExportStatement, column_named, table_named
    from ..sql.warehouse import OUTPUTS

    suffix = f"_{export.action.name}" if several else ""
    tables = {option: _named(option, name, table_named(name, dialect, suffix)) for option, name in names.items()}
    kept = [_named("--keep", name, column_named(name, dialect)) for name in dict.fromkeys(keep)]
    taken = [*OUTPUTS]
    for each in kept:
        if each.name.lower() in taken:
            raise wrong_use(phrase("export_kept_taken", name=echo(each.name)))
        taken.append(each.name.lower())
    return ExportStatement(export, dialect, tables["--table"], kept, tables.get("--view"))


def _named(option: str, given: str, value: Name | None) -> Name:
    if value is None:
        what = phrase("export_name", given=echo(given), option=option)
        raise wrong_use(what, suggestion=phrase("export_name_help"))
    return value
