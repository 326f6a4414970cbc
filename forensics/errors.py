"""The one family of errors: what went wrong, where, and what the user can do about it."""

from __future__ import annotations


class ForensicsError(Exception):
    """Root of every error the tool raises on purpose.

    `message` is one sentence, `place` is where it happened (a file, a line, a column),
    `remedy` is what to do next. The library raises; only the command line exits.
    """

    exit_code = 2

    def __init__(self, message: str, *, place: str | None = None, remedy: str | None = None):
        super().__init__(message)
        self.message = message
        self.place = place
        self.remedy = remedy

    def __str__(self) -> str:
        parts = [f"{self.place}: {self.message}" if self.place else self.message]
        if self.remedy:
            parts.append(self.remedy)
        return "\n".join(parts)


class UsageError(ForensicsError):
    """The question itself is wrong: a flag, a time, a name, a query."""


class InputError(ForensicsError):
    """A file cannot be read as what it claims or is asked to be."""


class CaseError(ForensicsError):
    """A case directory is missing, of a newer version, or in use."""


class DeclarationError(ForensicsError):
    """A source, rule or policy file is faulty; all faults of the file are listed at once.

    `faults` are the same as lines and sentences, where the lines are known.
    """

    faults: tuple[tuple[int, str], ...] = ()


class EvidenceAlteredError(ForensicsError):
    """Stored evidence no longer matches what custody recorded."""

    exit_code = 3


class IncompleteError(ForensicsError):
    """Part of the work could not be done: an unread source, a rule not evaluated."""

    exit_code = 4
