"""Context files that lie beside logs: rosters, accounts, protected targets, policies."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

EMPLOYEES = "employees"
CONTRACTORS = "contractors"
ROSTER = "roster"
ROSTER_MAPPING = "roster_mapping"
ACCOUNTS = "accounts"
DIRECTORY = "directory"
SHIFTS = "shifts"
ENTITLEMENTS = "entitlements"
HOLIDAYS = "holidays"
CHANGE_WINDOWS = "change_windows"
TICKETS = "tickets"
TEAMS = "teams"
PROTECTED_TARGETS = "protected_targets"
POLICY = "policy"

KINDS = (
    EMPLOYEES,
    CONTRACTORS,
    ROSTER,
    ROSTER_MAPPING,
    ACCOUNTS,
    DIRECTORY,
    SHIFTS,
    ENTITLEMENTS,
    HOLIDAYS,
    CHANGE_WINDOWS,
    TICKETS,
    TEAMS,
    PROTECTED_TARGETS,
    POLICY,
)

# A table is taken for what its header says, whatever the file is called.
_HEADERS: tuple[tuple[str, frozenset[str]], ...] = (
    (EMPLOYEES, frozenset({"emailaddress", "resignationdate", "lastworkingdate"})),
    (CONTRACTORS, frozenset({"worker", "provider", "contractend"})),
    (ACCOUNTS, frozenset({"account", "person", "kind"})),
    (SHIFTS, frozenset({"personid", "start", "end"})),
    (SHIFTS, frozenset({"worker", "start", "end"})),
    (ENTITLEMENTS, frozenset({"account", "role", "validfrom"})),
    (ENTITLEMENTS, frozenset({"account", "action", "validfrom"})),
    (ENTITLEMENTS, frozenset({"person", "role", "validfrom"})),
    (ENTITLEMENTS, frozenset({"person", "action", "validfrom"})),
    (CHANGE_WINDOWS, frozenset({"change", "start", "end"})),
    (TICKETS, frozenset({"caseid", "openedat"})),
    (TEAMS, frozenset({"team", "member", "validfrom"})),
    (PROTECTED_TARGETS, frozenset({"target", "tier", "valid_from"})),
)

# Such columns have many tables; a list of holidays has no others.
_HOLIDAY = frozenset({"date", "name"})
_PLACES = frozenset({"site", "zone", "country"})

_BOM = b"\xef\xbb\xbf"

# How reports of users name these columns, letters alone.
_USER_REPORT: dict[str, frozenset[str]] = {
    "account": frozenset({"login", "oktausername", "username", "profilelogin"}),
    "status": frozenset({"status", "oktauserstatus"}),
    "as_of": frozenset({"statuschanged", "statuschangedate"}),
    "activated": frozenset({"activated", "activationdate"}),
    "email": frozenset({"email", "primaryemail", "profileemail"}),
    "name": frozenset({"user", "userfullname", "displayname", "profiledisplayname"}),
    "person": frozenset({"employeenumber", "profileemployeenumber"}),
}


@dataclass(frozen=True)
class ContextFile:
    """A context file as it stood: what it is, its bytes, and when the case learned of it."""

    kind: str
    name: str
    sha256: str
    data: bytes
    imported_at: datetime


# Tables of any other header that a mapping given by the user makes rosters of.
_MAPPED: ContextVar[tuple[frozenset[str], ...]] = ContextVar("_MAPPED", default=())

_JSON_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\]:]')
_SCIM = (b"urn:ietf:params:scim:schemas:core:2.0:User", b"urn:ietf:params:scim:api:messages:2.0:")
_MAPPING_KEYS = re.compile(rb"^feed\s*=.*?^\[columns\]", re.MULTILINE | re.DOTALL)


def headers(kind: str) -> tuple[frozenset[str], ...]:
    """The columns, in lower case, that make a table one of that kind; any one set suffices."""
    if kind == HOLIDAYS:
        return tuple(_HOLIDAY | {place} for place in sorted(_PLACES))
    return tuple(wanted for one, wanted in _HEADERS if one == kind)


@contextmanager
def mapped(header: Sequence[str]) -> Iterator[None]:
    """While this is open, a CSV table with all columns of `header` counts as a roster."""
    wanted = frozenset(name.strip().lower() for name in header)
    token = _MAPPED.set((*_MAPPED.get(), wanted))
    try:
        yield
    finally:
        _MAPPED.reset(token)


def kind_of(path: Path, head: bytes) -> str | None:
    """Which kind of context a file is, from its header or, where it has none, its keys; or None."""
    suffix = path.suffix.lower()
    if suffix in {".yml", ".yaml"}:
        return POLICY if b"scope:" in head and b"title:" in head else None
    if suffix == ".toml":
        return ROSTER_MAPPING if _MAPPING_KEYS.search(head) else None
    if suffix in {".json", ".jsonl"}:
        return DIRECTORY if _lists_users(head) else None
    return _kind_of_table(head) if suffix == ".csv" else None


def _kind_of_table(head: bytes) -> str | None:
    header = set(header_of(head))
    for kind, wanted in _HEADERS:
        if wanted <= header:
            return kind
    if _HOLIDAY <= header <= _HOLIDAY | _PLACES and header & _PLACES:
        return HOLIDAYS
    if any(wanted <= header for wanted in _MAPPED.get()):
        return ROSTER
    return DIRECTORY if user_report(header) else None


def header_of(data: bytes) -> list[str]:
    """The columns in the first line of a table, in lower case."""
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    first = text_of(data[: len(data) // 2 * 2] if wide else data.split(b"\n", 1)[0])
    first = first.split("\n", 1)[0].removesuffix("\r")
    try:
        rows = list(csv.reader([first], delimiter=delimiter_of(first)))
    except csv.Error:
        rows = []
    return [name.strip().lower() for row in rows for name in row]


def delimiter_of(header: str) -> str:
    """What stands between the cells of a table: a comma, unless others part its header."""
    counts = {one: header.count(one) for one in ",;\t"}
    return "," if counts[","] else max(counts, key=lambda one: counts[one])


def csv_text(data: bytes) -> tuple[str, str]:
    """The text of a table in UTF-8, and what stands between its cells.

    Raises `UnicodeDecodeError` where it is not UTF-8.
    """
    text = data.decode("utf-8-sig")
    return text, delimiter_of(text.split("\n", 1)[0])


def text_of(data: bytes) -> str:
    """The text of a table; a line that is no UTF-8 is read as Windows-1252."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return "\n".join(_line(line) for line in data.removeprefix(_BOM).split(b"\n"))


def _line(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")


def user_report(header: set[str]) -> dict[str, str] | None:
    """The columns of a directory's report of its users, by meaning; None when it is none."""
    found = {}
    for meaning, names in _USER_REPORT.items():
        known = [name for name in header if re.sub("[^a-z]", "", name.lower()) in names]
        if known:
            found[meaning] = min(known)
    told = {"account", "status"} <= found.keys() and found.keys() & {"as_of", "activated"}
    return found if told else None


def _lists_users(head: bytes) -> bool:
    """Whether JSON opens with users as SCIM 2.0 or Okta write them, alone, listed or in pages."""
    if not any(sign in head for sign in (*_SCIM, b'"statusChanged"', b'"activated"')):
        return False
    keys = _first_keys(head)
    if b"schemas" in keys and any(sign in head for sign in _SCIM):
        return bool(keys & {b"userName", b"Resources"})
    return keys >= {b"id", b"status", b"profile"} and bool(keys & {b"statusChanged", b"activated"})


def _first_keys(head: bytes) -> set[bytes]:
    """The keys of the first object in JSON that may be cut off."""
    keys: set[bytes] = set()
    depth, level, last = 0, None, b""
    for token in _JSON_TOKEN.findall(head):
        if token in b"{[":
            depth += 1
            level = depth if level is None and token == b"{" else level
        elif token in b"}]":
            depth -= 1
            if level is not None and depth < level:
                break
        elif token == b":" and depth == level:
            keys.add(last.strip(b'"'))
        last = token
    return keys
