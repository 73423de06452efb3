"""Says in our own words what is wrong with a command line that click refuses: from what it names, not what it says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from ..diagnostics import did_you_mean, echo, listed, suggest
from ..errors import UsageError


def wrong_use(message: str, *, allowed: Sequence[str] = (), suggestion: str | None = None) -> UsageError:
    """The error of a command line that does not say what is to be done."""
    return UsageError("usage", message, allowed=allowed, suggestion=suggestion)


def explained(error: click.ClickException, group: click.Group, arguments: Sequence[str]) -> UsageError:
    """What click refused, as an error of ours."""
    command, given = _command(group, arguments)
    match error:
        case click.NoSuchOption():
            return _no_such_option(error.option_name, command)
        case click.BadOptionUsage():
            return _bad_option(error.option_name, command)
        case click.MissingParameter() if error.param is not None:
            return wrong_use(f"{_name(error.param)} is missing", suggestion=f"give `{_usage(error.param)}`")
        case click.BadParameter() if error.param is not None:
            return _bad_value(error.param, _values(command, given)[0].get(error.param.name or ""))
    if command is group:
        commands = group.list_commands(click.Context(group))
        return wrong_use("no command is given", allowed=commands, suggestion=f"there are {listed(commands)}")
    if more := _values(command, given)[1]:
        message = f"`{command.name}` does not take `{echo(more[0])}`"
        return wrong_use(message, suggestion=_see_help(command))
    return wrong_use(f"`{command.name}` can't be used so", suggestion=_see_help(command))


def _command(group: click.Group, arguments: Sequence[str]) -> tuple[click.Command, Sequence[str]]:
    """The command that is asked for, and what it is given; the group itself where there is none."""
    command = group.get_command(click.Context(group), arguments[0]) if arguments else None
    return (command, arguments[1:]) if command else (group, arguments)


def _values(command: click.Command, given: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    """The texts that parameters are given, by name, and those that belong to none."""
    context = click.Context(command)
    try:
        values, more, _ = command.make_parser(context).parse_args([*given])
    except click.UsageError:
        return {}, []
    return dict(values), more


def _no_such_option(name: str, command: click.Command) -> UsageError:
    options = [option for parameter in command.get_params(click.Context(command)) for option in _options(parameter)]
    suggestion = did_you_mean(name, options) or _see_help(command)
    return wrong_use(f"there is no option `{echo(name)}` here", allowed=options, suggestion=suggestion)


def _options(parameter: click.Parameter) -> list[str]:
    return parameter.opts if isinstance(parameter, click.Option) else []


def _bad_option(name: str, command: click.Command) -> UsageError:
    option = next(each for each in command.get_params(click.Context(command)) if name in each.opts)
    if isinstance(option, click.Option) and option.is_flag:
        return wrong_use(f"`{name}` takes no value", suggestion=f"give `{name}` alone")
    return wrong_use(f"`{name}` lacks its value", suggestion=f"give `{_usage(option)}`")


def _bad_value(parameter: click.Parameter, value: Any) -> UsageError:
    name, given = _name(parameter), "" if value is None else f", not `{echo(value)}`"
    match parameter.type:
        case click.Choice(choices=choices):
            words = [str(choice) for choice in choices]
            suggestion = suggest(str(value), words)
            return wrong_use(f"`{echo(value)}` is no choice of {name}", allowed=words, suggestion=suggestion)
        case click.IntRange(min=least, max=most):
            bounds = f" from {least} to {most}" if most is not None else f", {least} or more"
            return wrong_use(f"{name} takes a whole number{bounds}{given}")
        case click.types.IntParamType():
            return wrong_use(f"{name} takes a whole number{given}")
    return wrong_use(f"{name} does not take what it is given{given}")


def _name(parameter: click.Parameter) -> str:
    """How a parameter is called: by its longest option, or as help calls the argument."""
    name = max(_options(parameter), key=len, default=None)
    return f"`{name or (parameter.metavar or parameter.human_readable_name).strip('[].')}`"


def _usage(parameter: click.Parameter) -> str:
    """How a parameter is written with its value."""
    metavar = parameter.metavar or "VALUE"
    if isinstance(parameter.type, click.Choice):
        metavar = "|".join(map(str, parameter.type.choices))
    return " ".join([*_options(parameter)[-1:], metavar])


def _see_help(command: click.Command) -> str:
    name = "seatrules" if isinstance(command, click.Group) else f"seatrules {command.name}"
    return f"`{name} --help` says what it takes"
