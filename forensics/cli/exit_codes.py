"""What the exit codes mean; scripts and schedulers rely on them."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of every command."""

    CLEAN = 0
    """The question was answered."""

    FINDINGS = 1
    """There are findings, and `--fail-on` asked to fail on them."""

    USAGE = 2
    """The question or an input is wrong."""

    ALTERED = 3
    """Stored evidence is not what custody recorded."""

    INCOMPLETE = 4
    """Part could not be looked at (a source, a rule not evaluated), or told to somebody."""

    INTERRUPTED = 130
    """Stopped with Ctrl-C or a signal."""
