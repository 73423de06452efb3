"""The command line: the only place that prints and exits."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from itertools import pairwise
from pathlib import Path

import click

from .. import __version__
from ..bugs import BugError
from ..errors import FileError, SeatrulesError, SpokenError
from ..files import trouble
from ..interrupts import end_on_interrupts, raise_on_interrupts
from ..words import phrase
from .common import OutputClosedError, complain, error_language, tell
from .exits import Exit
from .usage import Commands, explained

_COMMANDS = {
    "batch": "batch",
    "book": "book",
    "can": "can",
    "check": "check",
    "diff": "diff",
    "export": "export",
    "fmt": "fmt",
    "lint": "lint",
    "list": "list_",
    "lsp": "lsp",
    "mutate": "mutate",
    "new": "new",
    "probe": "probe",
    "replay": "replay_",
    "samples": "samples_",
    "schema": "schema",
    "show": "show",
    "simulate": "simulate",
    "status": "status",
    "test": "test",
    "watch": "watch",
    "when": "when",
}
"""The name of each command's function, in the module that has the command's name."""


class _Commands(Commands):
    """The commands, each imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*_COMMANDS]  # the module of the command `list` hides the built-in name here

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(import_module(f".{cmd_name}", __name__), _COMMANDS[cmd_name])
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]}, no_args_is_help=False)
@click.version_option(__version__)
def cli() -> None:
    """Decide proposed actions by policies that are data, and say why."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    try:
        raise_on_interrupts()
        code = _main(sys.argv[1:] if arguments is None else arguments)
        end_on_interrupts()
    except KeyboardInterrupt:
        end_on_interrupts()
        code = _interrupted()
    sys.exit(code)


def _main(arguments: list[str]) -> int:
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115
    if sys.stdout is None:
        return Exit.OUTPUT_CLOSED
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    code = run(arguments)
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        code = _closed()
    except OSError as error:
        code = _unwritable(error, arguments)
    return code


def run(arguments: list[str]) -> int:
    """Run one command; its exit code."""
    try:
        return int(cli.main(arguments, "seatrules", standalone_mode=False) or 0)
    except SeatrulesError as error:
        return _complained(error, arguments)
    except SystemExit:
        return _closed()  # click exits by itself when what it prints to is closed
    except (KeyboardInterrupt, click.Abort):
        return _interrupted()
    except OutputClosedError:
        return _closed()
    except OSError as error:
        return _refused(error, arguments)
    except click.ClickException as error:
        return _complained(explained(error, cli, arguments), arguments)
    except Exception as error:
        return _complained(BugError(error), arguments)


def _complained(error: SeatrulesError, arguments: list[str]) -> int:
    """Print an error as the command line asks for it; its exit code."""
    as_json = _given("--format", arguments) == "json"
    if isinstance(error, SpokenError):
        error = error.spoken(error_language(_given("--lang", arguments), as_json=as_json))
    return complain(error, as_json=as_json, everything="--all" in arguments)


def _given(option: str, arguments: list[str]) -> str | None:
    """What an option is given, as it is written: also where no command can be made of the line."""
    joined = (argument.partition("=")[::2] for argument in arguments)
    return dict([*joined, *pairwise(arguments)]).get(option)


def _interrupted() -> int:
    tell("interrupted\n")
    return Exit.INTERRUPTED


def _closed() -> int:
    # What is still buffered would be written, and fail, once more as Python ends.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return Exit.OUTPUT_CLOSED


def _refused(error: OSError, arguments: list[str]) -> int:
    """What the system refuses: of a file, where it names one; else it is what is printed to."""
    if error.filename is None:
        return _unwritable(error, arguments)
    return _complained(FileError(str(error.filename), trouble(error, phrase("cannot_read"))), arguments)


def _unwritable(error: OSError, arguments: list[str]) -> int:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return _complained(FileError("<stdout>", trouble(error, phrase("cannot_write"))), arguments)
