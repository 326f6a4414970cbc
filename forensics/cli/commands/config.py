"""`forensics config`: what the settings are, and where each comes from."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import click

from forensics.cli import configuration, console, delivery
from forensics.cli.exit_codes import ExitCode
from forensics.cli.options import format_option

_ORIGINS = {
    click.core.ParameterSource.COMMANDLINE: "flag",
    click.core.ParameterSource.ENVIRONMENT: "environment",
    click.core.ParameterSource.DEFAULT_MAP: "file",
}
_DEFAULT = "default"
_EVERY = "every command"
_HIDDEN = "(not shown)"


class _Setting(NamedTuple):
    command: str
    setting: str
    value: Any
    origin: str


@click.group(short_help="The settings that commands take: check.")
def command() -> None:
    """Where settings come from: flag, environment, forensics.toml, or the tool's own default."""


@command.command("check", context_settings={"allow_interspersed_args": False})
@format_option("text", "json")
@click.argument("asked", nargs=-1, type=click.UNPROCESSED, metavar="[COMMAND [OPTION]...]")
@click.pass_context
def check(ctx: click.Context, output_format: str, asked: tuple[str, ...]) -> int:
    """Check the whole of forensics.toml, and show each setting and its origin.

    With a command, all its settings are shown, as they are with the options that follow it; it is
    not run. Without one, those that the file or the environment gives. Secrets are not shown.
    """
    root = ctx.find_root()
    if not root.obj.found:
        console.say(f"Settings: {root.obj.path or 'no file'}")
    if asked:
        shown = list(_settings(*_asked(root, list(asked))))
    else:
        every = [one for leaf in _leaves(root, ()) for one in _settings(*leaf)]
        shown = _shared_once([one for one in every if one.origin != _DEFAULT])
    if output_format == "json":
        delivery.value([one._asdict() for one in shown])
    else:
        delivery.lines([_line(one) for one in shown])
    return ExitCode.CLEAN


def _asked(parent: click.Context, words: list[str]) -> tuple[tuple[str, ...], click.Context]:
    """How the command is called that words begin with, and its parameters as click reads them."""
    trail: tuple[str, ...] = ()
    while isinstance(parent.command, click.Group):
        if not words:
            raise click.UsageError(f"{' '.join(trail)} is a group; name one of its commands.")
        name, found, words = parent.command.resolve_command(parent, words)
        if name is None or found is None:
            break
        trail = (*trail, name)
        parent = _parsed(found, name, parent, words)
    return trail, parent


def _leaves(
    parent: click.Context, trail: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], click.Context]]:
    group = parent.command
    if not isinstance(group, click.Group):
        yield trail, parent
        return
    for name in group.list_commands(parent):
        found = group.get_command(parent, name)
        if found is not None:
            yield from _leaves(_parsed(found, name, parent, []), (*trail, name))


def _parsed(
    found: click.Command, name: str, parent: click.Context, words: list[str]
) -> click.Context:
    """The parameters of a command, none of them handed to anybody, and none of them missed."""
    if isinstance(found, click.Group):
        return click.Context(found, info_name=name, parent=parent)
    twin = copy.copy(found)
    twin.params = [copy.copy(one) for one in found.params]
    for one in twin.params:
        one.expose_value, one.callback, one.required = True, None, False
    return twin.make_context(name, list(words), parent=parent)


def _settings(trail: tuple[str, ...], leaf: click.Context) -> Iterator[_Setting]:
    for key, option in sorted(configuration.configurable(leaf.command, trail).items()):
        name = str(option.name)
        value = leaf.params[name]
        origin = _ORIGINS.get(leaf.get_parameter_source(name), _DEFAULT)  # type: ignore[arg-type]
        variable = configuration.in_environment(key)
        if variable and origin == _DEFAULT:
            value, origin = [variable], "environment"
        yield _Setting(" ".join(trail), key, _plain(key, value), origin)


def _plain(key: str, value: Any) -> Any:
    if key in configuration.SECRET and value:
        return _HIDDEN
    if isinstance(value, (tuple, list)):
        return [_plain(key, one) for one in value]
    return str(value) if isinstance(value, Path) else value


def _shared_once(settings: list[_Setting]) -> list[_Setting]:
    """A shared setting that is the same in several commands is told once."""
    told: dict[tuple[str, str, str], list[_Setting]] = {}
    for one in settings:
        shared = one.setting in configuration.SHARED
        key = ("" if shared else one.command, one.setting, repr((one.value, one.origin)))
        told.setdefault(key, []).append(one)
    merged = [
        ones[0]._replace(command=_EVERY) if len(ones) > 1 else ones[0] for ones in told.values()
    ]
    return sorted(merged, key=lambda one: (one.command != _EVERY, one.command, one.setting))


def _line(one: _Setting) -> str:
    import json

    value = json.dumps(one.value, ensure_ascii=False) if one.value is not None else "not set"
    return f"{one.command}: {one.setting} = {value} ({one.origin})"
