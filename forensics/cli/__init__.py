"""The command line: commands are files, loaded when called; the only room that prints or exits."""

from __future__ import annotations

import gc
import importlib
import os
import pkgutil
import signal
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click

from forensics import __version__
from forensics.cli import commands, configuration, console, interrupting, signs
from forensics.cli.exit_codes import ExitCode
from forensics.errors import ForensicsError

_INTERRUPTED = "Interrupted; nothing was left half done."
_EPILOG = """Exit codes: 0 clean, 1 findings (with --fail-on), 2 usage or input, 3 evidence
altered, 4 incomplete (something could not be looked at), 130 interrupted."""


class Commands(click.Group):
    """A group whose commands are the modules of `forensics.cli.commands`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all commands."""
        del ctx
        return sorted(one.name for one in pkgutil.iter_modules(commands.__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one command, or None when there is no such file."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"{commands.__name__}.{cmd_name}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with a proposal when the name is nearly one."""
        if args and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], self.list_commands(ctx), n=2)
            hint = f" Did you mean {' or '.join(near)}?" if near else ""
            raise click.UsageError(f"No such command {args[0]!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)


@click.command(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_EPILOG,
)
@click.version_option(__version__, prog_name="forensics")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing on stderr but errors.")
@click.option("--color/--no-color", default=None, help="Force colour on or off (also NO_COLOR).")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.option(
    "--config",
    envvar="FORENSICS_CONFIG",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="Settings to take instead of ./forensics.toml or your own (also $FORENSICS_CONFIG).",
)
@click.pass_context
def root(
    ctx: click.Context, quiet: bool, color: bool | None, debug: bool, config: Path | None
) -> None:
    """Rebuild what happened to an account from admin action logs, and judge it by the record.

    Start with: forensics demo
    """
    console.settings = console.Settings(quiet=quiet, color=color, debug=debug)
    settings = configuration.find(config)
    if settings.found:
        console.say(f"Settings: {settings.path}")
    ctx.obj = settings
    # It tells of the settings of all.
    only = None if ctx.invoked_subcommand == "config" else ctx.invoked_subcommand
    ctx.default_map = settings.defaults(root, ctx, only)


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    """A request to end is like Ctrl-C: work is undone, the exit code says interrupted."""
    del number, frame
    raise KeyboardInterrupt


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit with its code."""
    signal.signal(signal.SIGTERM, _stop)
    interrupting.start()
    # Trees of SQL are made and dropped by the hundred; to look through them time and again for
    # cycles takes a tenth of a question's time.
    gc.set_threshold(50_000, 20, 20)
    if isinstance(sys.stdout, TextIOWrapper):
        # A terminal that cannot show a sign shows another; an answer is not lost for it.
        sys.stdout.reconfigure(errors=signs.register())
    code = run(arguments)
    if code == ExitCode.INTERRUPTED:
        # A stopped engine still holds objects, of which its binding would complain at exit.
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError, AttributeError):
                stream.flush()
        os._exit(code)
    sys.exit(code)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    console.settings = console.Settings()
    try:
        result = root.main(args=arguments, prog_name="forensics", standalone_mode=False)
        return int(result or 0)
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except SystemExit as leave:
        # So click ends when the reader (head, less) has seen enough; to a script 1 means findings.
        if leave.code != 1:
            raise
        return ExitCode.CLEAN
    except (KeyboardInterrupt, click.Abort):
        console.complain(_INTERRUPTED)
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        # Keep Python from flushing into the void.
        sys.stdout = None
        return ExitCode.CLEAN
    except Exception as error:
        if console.settings.debug:
            traceback.print_exc()
        return _complain(error)


def _complain(error: Exception) -> int:
    """Say what went wrong; returns the exit code that says it to a script."""
    if interrupting.seen():
        console.complain(_INTERRUPTED)
        return ExitCode.INTERRUPTED
    code: int = ExitCode.USAGE
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        console.complain(error.format_message())
        return code
    match error:
        case ForensicsError():
            text, code = str(error), error.exit_code
        case click.ClickException():
            text = error.format_message()
            if isinstance(error, click.UsageError) and error.ctx is not None:
                text += f"\nTry: {error.ctx.command_path} --help"
        case OSError():
            text = f"{error.filename}: " if error.filename else ""
            text += error.strerror or str(error)
        case MemoryError():
            text = "out of memory. Ask for less at once; nothing was changed."
        case _:
            # Left to Python this would exit with 1, which means findings to a script.
            text = f"{type(error).__name__}: {error}\nThis is a fault of the tool; "
            text, code = text + "forensics --debug ... shows where it is.", ExitCode.INCOMPLETE
    console.complain(f"error: {text}")
    return code
