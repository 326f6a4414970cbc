"""`forensics.toml`: options that need not be given each time, as defaults of the commands."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from forensics.errors import DeclarationError, UsageError

if TYPE_CHECKING:
    from forensics.located import Faults

NAME = "forensics.toml"
SHARED = ("assume", "author", "case", "catalog", "max-bytes", "max-ratio", "tz", "zone")
"""Settings that stand above the tables: each is a default of every command that has the option."""
SECRET = frozenset({"notify"})
"""Settings whose value is never shown."""
_MAX_BYTES = 32_768
# What is asked, decided or overwritten is said each time.
_EACH_TIME = frozenset(
    {"around", "as-of", "help", "logs", "output", "reread", "replace", "since", "until", "why"}
    | {"without"}
)
_WITH_LOGS = frozenset({"geoip", "ranges"})
# Read with the declarations and not by click; it too comes before the file.
_VARIABLES = {"catalog": "FORENSICS_CATALOG"}
_INGESTED = "paths"


@dataclass(frozen=True)
class Configuration:
    """A configuration file as it is read; `path` is None where there is none.

    `found` says that nobody named the file: it lay in the folder the command was run in.
    """

    path: Path | None = None
    text: str = ""
    found: bool = False

    @cached_property
    def entries(self) -> dict[str, Any]:
        """Settings and tables; raises `DeclarationError` with the line for what is not TOML."""
        import tomllib

        try:
            return tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            raise DeclarationError(
                f"This is not TOML: {error}.",
                place=str(self.path),
                remedy="Correct it, or name another file with --config.",
            ) from error

    def line(self, *keys: str) -> int:
        """The line on which the entry under these keys begins.

        The parser tells no lines. But what a file holds up to the end of a line is TOML itself,
        unless a value goes on beyond that end: an entry begins after the last such end before it.
        """
        import tomllib

        lines = self.text.split("\n")
        begin = 1
        for count in range(1, len(lines) + 1):
            try:
                held = tomllib.loads("\n".join(lines[:count]))
            except tomllib.TOMLDecodeError:
                continue
            if _holds(held, keys):
                break
            begin = count + 1
        return begin

    def defaults(self, group: click.Group, ctx: click.Context, only: str | None) -> dict[str, Any]:
        """What click takes as defaults (`default_map`), of the command `only` or of all.

        Raises `DeclarationError` naming line and nearest word for every unknown setting, and for
        every value that the option would refuse, of those commands.
        """
        if not self.text:
            return {}
        from forensics.located import Faults, unknown_word

        faults = Faults(
            str(self.path),
            what="configuration",
            remedy="Correct the lines named, or name another file with --config.",
        )
        names = group.list_commands(ctx)
        shared = {key: value for key, value in self.entries.items() if key in SHARED}
        reading = _Reading(self, faults, shared)
        for key, value in self.entries.items():
            if key in SHARED:
                continue
            if key not in names:
                faults.add(self.line(key), unknown_word("table or setting", key, (*SHARED, *names)))
            elif not isinstance(value, dict):
                faults.add(self.line(key), f"{key} is a command; write [{key}] over its settings.")
        made: dict[str, Any] = {}
        for name in names if only is None else [only]:
            own = self.entries.get(name, {})
            command = group.get_command(ctx, name) if own or shared else None
            if command is not None and isinstance(own, dict):
                made[name] = reading.command(command, own, (name,), ctx)
        faults.raise_if_any()
        return made


@dataclass(frozen=True)
class _Reading:
    """The settings of a file held against the options of commands; faults are gathered."""

    file: Configuration
    faults: Faults
    shared: Mapping[str, Any]
    refused: set[tuple[tuple[str, ...], str]] = field(default_factory=set)

    def command(
        self, command: click.Command, own: Mapping[str, Any], trail: tuple[str, ...],
        ctx: click.Context,
    ) -> dict[str, Any]:  # fmt: skip
        """The defaults of one command, or of those of a group."""
        from forensics.located import unknown_word

        if isinstance(command, click.Group):
            return self._group(command, own, trail, ctx)
        options, made = configurable(command, trail), dict[str, Any]()
        for key, value in self.shared.items():
            if key in options and key not in own and not in_environment(key):
                self._take(options[key], key, value, (key,), made)
        for key, value in own.items():
            if key not in options:
                each_time = key in {_key(one) for one in command.params}
                self.faults.add(
                    self.file.line(*trail, key),
                    f"{key} is said each time, on the command line."
                    if each_time
                    else unknown_word(f"setting of {' '.join(trail)}", key, sorted(options)),
                )
            elif not in_environment(key):
                self._take(options[key], key, value, (*trail, key), made)
        return made

    def _group(
        self, group: click.Group, own: Mapping[str, Any], trail: tuple[str, ...],
        ctx: click.Context,
    ) -> dict[str, Any]:  # fmt: skip
        from forensics.located import unknown_word

        names = group.list_commands(ctx)
        for key, value in own.items():
            if key not in names or not isinstance(value, dict):
                said = f"table of {' '.join(trail)}"
                self.faults.add(self.file.line(*trail, key), unknown_word(said, key, names))
        made = {}
        for name in names:
            command, table = group.get_command(ctx, name), own.get(name, {})
            if command is not None and isinstance(table, dict):
                made[name] = self.command(command, table, (*trail, name), ctx)
        return made

    def _take(
        self, option: click.Parameter, key: str, value: Any, keys: tuple[str, ...],
        made: dict[str, Any],
    ) -> None:  # fmt: skip
        """Note the value as the option's default, or why the option would refuse it."""
        try:
            made[str(option.name)] = self._value(option, value)
        except click.BadParameter as error:
            # A shared setting is held against the option of every command.
            if (keys, error.message) not in self.refused:
                self.refused.add((keys, error.message))
                self.faults.add(self.file.line(*keys), f"{key}: {error.message}")

    def _value(self, option: click.Parameter, value: Any) -> Any:
        if not _many(option):
            return self._one(option, value)
        if not isinstance(value, list):
            raise click.BadParameter('must be a list, as in ["one", "two"].')
        return [self._one(option, one) for one in value]

    def _one(self, option: click.Parameter, value: Any) -> Any:
        """A value as click is to get it: of the option's kind, and a path from the file's folder.

        Raises `click.BadParameter` for what the option would refuse.
        """
        wanted, said = _kind(option)
        if type(value) is not wanted:
            raise click.BadParameter(f"must be {said}.")
        if _is_path(option) and self.file.path is not None and value != "-":
            value = str(self.file.path.parent.absolute() / Path(str(value)).expanduser())
        option.type.convert(value, option, None)
        return value


def find(named: Path | None) -> Configuration:
    """The file that --config names, else ./forensics.toml, else the user's own; or none.

    Raises `UsageError` where the one in this folder is another user's.
    """
    if named is not None:
        return read(named)
    here = Path(NAME)
    if here.is_file():
        if hasattr(os, "geteuid") and here.stat().st_uid not in {0, os.geteuid()}:
            raise UsageError(
                "This file is another user's, and nobody named it.",
                place=NAME,
                remedy="If you trust it: forensics --config ./forensics.toml ...",
            )
        return read(here, found=True)
    home = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    own = Path(home).expanduser() / "forensics" / NAME
    return read(own) if own.is_file() else Configuration()


def read(path: Path, *, found: bool = False) -> Configuration:
    """The configuration in a file; raises `UsageError` for what is none by size or encoding."""
    with path.open("rb") as stream:
        data = stream.read(_MAX_BYTES + 1)
    if len(data) > _MAX_BYTES:
        raise UsageError(
            f"No configuration is larger than {_MAX_BYTES} bytes.",
            place=str(path),
            remedy="Name another file with --config.",
        )
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise UsageError(
            "The text is not UTF-8.", place=f"{path}, line {line}", remedy="Save it as UTF-8."
        ) from error
    return Configuration(path, text, found)


def configurable(command: click.Command, trail: tuple[str, ...]) -> dict[str, click.Parameter]:
    """The options of a command that a file may give, by the names they have in it.

    `trail` is how the command is called. What `ingest` reads is no option, and yet a setting.
    """
    options = {_key(one): one for one in command.params if isinstance(one, click.Option)}
    refused = _EACH_TIME | (_WITH_LOGS if "logs" in options else frozenset())
    kept: dict[str, click.Parameter] = {k: one for k, one in options.items() if k not in refused}
    if trail == ("ingest",):
        kept |= {str(one.name): one for one in command.params if one.name == _INGESTED}
    return kept


def _key(option: click.Parameter) -> str:
    return max(option.opts, key=len).lstrip("-")


def _many(option: click.Parameter) -> bool:
    return option.nargs == -1 or (isinstance(option, click.Option) and option.multiple)


def _kind(option: click.Parameter) -> tuple[type, str]:
    """What a value of an option is in TOML, and how that is said."""
    if isinstance(option, click.Option) and option.is_flag:
        return bool, "true or false"
    if isinstance(option.type, click.types.IntParamType):
        return int, "a whole number"
    return str, "a text in quotes"


def _is_path(option: click.Parameter) -> bool:
    made_by = getattr(option.type, "func", None)
    return isinstance(option.type, click.Path) or made_by is Path or _is_ingested(option)


def _is_ingested(option: click.Parameter) -> bool:
    return isinstance(option, click.Argument) and option.name == _INGESTED


def in_environment(key: str) -> str | None:
    """What a variable says that stands for a setting and that click does not read."""
    return os.environ.get(_VARIABLES.get(key, "")) or None


def _holds(entries: Any, keys: tuple[str, ...]) -> bool:
    for key in keys:
        if not isinstance(entries, dict) or key not in entries:
            return False
        entries = entries[key]
    return True
