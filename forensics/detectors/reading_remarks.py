"""How far a file was read, and what is told of it in words that files have in common."""

from __future__ import annotations

import re

from forensics.evidence.catalog import BESIDE, REPEATS, FileRow
from forensics.evidence.known import is_unread
from forensics.findings.ledger import Reading

# Looked at, and known to be nothing that holds records of a log.
_ASIDE = frozenset({BESIDE, "not_a_log", "empty_page"})
_ARCHIVES = frozenset({"zip", "tar"})
# What differs from file to file: other files, sources, counts and places. Limits and names stay.
_COMMON = (
    (re.compile(rf"^{REPEATS}.*"), f"{REPEATS}another file"),
    (re.compile(r"^(it also holds records of other sources): .*"), r"\1"),
    (re.compile(r"^(no known source fits); nearest: .*"), r"\1"),
    (re.compile(r"^\d+ records? repeats? the ids?\b"), "records repeat the ids"),
    (re.compile(r"^\d+ records? lies? in\b"), "records lie in"),
    (re.compile(r"^\d+ of \d+ records were rejected"), "many records were rejected"),
    (re.compile(r"^\d+ members?\b.*"), "some of its members were not read as logs"),
    (
        re.compile(r"^\d+ lines? that names? no year\b.*"),
        "lines that name no year are stored as of two",
    ),
    (re.compile(r" \(lines that are not: [^)]*\)"), ""),
    (re.compile(r"\bline \d+, byte \d+: "), ""),
    (re.compile(r"\b(byte|character|row group) \d+( of \d+)?\b"), r"\1 …"),
    (re.compile(r"(['\"]).*\1(?= was printed by|; mend it)"), "…"),
    (re.compile(r"(?<!than )(?<!beyond )\b\d+(?= (bytes|files|lines|rows)\b)"), "…"),
)


def reading(row: FileRow) -> Reading:
    """How far a file was read."""
    archive = row.format in _ARCHIVES and row.source is None
    if row.status in _ASIDE:
        return "set_aside"
    if is_unread(row):
        return "in_part" if archive or row.stored or row.duplicate else "not_read"
    return "archive" if archive else "whole"


def remarks(row: FileRow) -> tuple[str, ...]:
    """The parts of a file's note without what differs from file to file; its status without one."""
    if row.note is None:
        return (row.status,) if is_unread(row) else ()
    return tuple(map(_common, row.remarks))


def _common(remark: str) -> str:
    for pattern, words in _COMMON:
        remark = pattern.sub(words, remark)
    return remark
