"""The streams: stdout is data, stderr is talk; this module owns both."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, NoReturn

if TYPE_CHECKING:
    from rich.console import Console


@dataclass
class Settings:
    """What the options before the command say about talking."""

    quiet: bool = False
    color: bool | None = None
    debug: bool = False


settings = Settings()


def _color(stream_is_terminal: bool) -> bool:
    if settings.color is not None:
        return settings.color
    return stream_is_terminal and "NO_COLOR" not in os.environ


def _width() -> int | None:
    """The width that COLUMNS asks for; None leaves it to the terminal."""
    columns = os.environ.get("COLUMNS", "")
    return int(columns) if columns.isdigit() and int(columns) >= 40 else None


def _console(*, stderr: bool) -> Console:
    from rich.console import Console

    class Piped(Console):
        """A console whose reader may leave; rich would exit with 1, which means findings."""

        def on_broken_pipe(self) -> NoReturn:
            raise BrokenPipeError

    stream = sys.stderr if stderr else sys.stdout
    colored = _color(stream.isatty())
    return Piped(
        file=stream,
        no_color=not colored,
        force_terminal=True if colored and not stream.isatty() else None,
        highlight=False,
        markup=False,
        emoji=False,
        width=_width() or (None if stream.isatty() else 100),
    )


def out() -> Console:
    """The console of stdout, for what a person reads as the answer."""
    return _console(stderr=False)


def direct(draw: Callable[[Console], None]) -> None:
    """Draw on stdout."""
    draw(out())


def paged(draw: Callable[[Console], None]) -> None:
    """Draw on stdout, on a terminal by way of $PAGER (less); an empty one, or cat, is none."""
    command = shlex.split(os.environ.get("PAGER", "less"))
    program = shutil.which(command[0]) if command else None
    if program is None or command == ["cat"] or not (sys.stdout.isatty() and sys.stdin.isatty()):
        direct(draw)
        return
    page = out()
    with page.capture() as drawn:
        draw(page)
    # What fits on the screen is shown at once, colour is shown, and the text stays afterwards.
    surroundings = {"LESS": "FRX", "LESSCHARSET": "utf-8", **os.environ}
    text = drawn.get().encode("utf-8", "replace")
    command[0] = program
    # The command is the user's own word for how to read, as it is to git and man.
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=surroundings) as reading:  # noqa: S603
        with suppress(KeyboardInterrupt):
            reading.communicate(text)
        while reading.returncode is None:
            # Ctrl-C is for the pager, which still has the terminal.
            with suppress(KeyboardInterrupt):
                reading.wait()


def err() -> Console:
    """The console of stderr, for tables and progress beside the answer."""
    return _console(stderr=True)


def stdout_bytes() -> BinaryIO:
    """The stream that data of a machine format is written to."""
    return sys.stdout.buffer


def data(text: str | bytes) -> None:
    """Write data to stdout, as it is."""
    payload = text.encode("utf-8") if isinstance(text, str) else text
    sys.stdout.flush()
    sys.stdout.buffer.write(payload)
    sys.stdout.buffer.flush()


def say(text: str, *, always: bool = False) -> None:
    """Tell the person something on stderr; log text in it cannot act on the terminal."""
    if settings.quiet and not always:
        return
    from forensics.reports.escaping import terminal

    with suppress(BrokenPipeError):
        sys.stderr.write("\n".join(terminal(line) for line in text.split("\n")) + "\n")
        sys.stderr.flush()


def complain(text: str) -> None:
    """Tell what went wrong, also when quiet."""
    say(text, always=True)
