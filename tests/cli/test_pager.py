"""A long table on a terminal: read in a pager, left early, interrupted, or not paged at all."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

pty = pytest.importorskip("pty")
# What is asked has the terminal for its own, so that Ctrl-C typed there is a signal.
ON_TERMINAL = (
    "import fcntl, os, sys, termios;"
    "fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
    "os.execvp(sys.argv[1], sys.argv[1:])"
)


class Terminal:
    """A command on a terminal of its own, 24 lines of 80 columns."""

    def __init__(self, environment: dict[str, str], pager: str, *arguments: str) -> None:
        termios = pytest.importorskip("termios")
        self._leader, follower = pty.openpty()
        termios.tcsetwinsize(follower, (24, 80))
        settings = {**environment, "TERM": "xterm-256color", "PAGER": pager}
        settings = {name: one for name, one in settings.items() if name not in ("LESS", "COLUMNS")}
        self._process = subprocess.Popen(
            [sys.executable, "-c", ON_TERMINAL, sys.executable, "-m", "forensics", *arguments],
            env=settings, stdin=follower, stdout=follower, stderr=follower, start_new_session=True,
        )  # fmt: skip
        os.close(follower)
        self.text = b""

    def until(self, sign: bytes) -> None:
        while sign not in self.text:
            part = self._read()
            assert part, self.text
            self.text += part

    def type(self, keys: bytes) -> None:
        os.write(self._leader, keys)

    def leave(self, keys: bytes) -> int:
        """Type until it ends: a pager drops what is typed while it heeds a signal."""
        while self._process.poll() is None:
            with suppress(OSError):
                self.type(keys)
            time.sleep(0.1)
        return self.end()

    def end(self) -> int:
        while part := self._read():
            self.text += part
        os.close(self._leader)
        return self._process.wait()

    def _read(self) -> bytes:
        try:
            return os.read(self._leader, 65_536)
        except OSError:
            return b""


@pytest.fixture
def asked(story_case: Path) -> tuple[str, ...]:
    return ("timeline", "--limit", "200", "--case", str(story_case))


@pytest.mark.skipif(shutil.which("less") is None, reason="there is no less")
def test_a_pager_is_left_early_and_outlives_ctrl_c(
    environment: dict[str, str], asked: tuple[str, ...]
) -> None:
    page = Terminal(environment, "less", *asked)
    page.until(b"\n:\x1b[K")
    page.type(b"\x03")
    assert page.leave(b"q") == 0
    assert b"200 events" not in page.text
    assert b"Interrupted" not in page.text
    assert b"\x1b[1m" in page.text


def test_a_pager_that_reads_little_is_no_error(
    environment: dict[str, str], asked: tuple[str, ...]
) -> None:
    page = Terminal(environment, "head -n 3", *asked)
    assert page.end() == 0
    assert page.text.count(b"\n") == 3


def test_without_a_pager_all_is_shown_at_once(
    environment: dict[str, str], asked: tuple[str, ...]
) -> None:
    page = Terminal(environment, "less", *asked, "--no-pager")
    assert page.end() == 0
    assert b"200 of 6,697 events" in page.text
