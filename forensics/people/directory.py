"""Accounts as a directory lists its users: SCIM 2.0, Okta's users, a CSV report of users."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, tzinfo
from typing import Any

import pyarrow as pa

from forensics.people import dates, snapshots
from forensics.people.sheet import Problem, header_of, quoted, read
from forensics.sources.context import ContextFile, user_report

# What a status means for signing in; SCIM knows only whether an account is active.
_STATES: Mapping[str, str] = {
    "true": "active",
    "false": "inactive",
    "active": "active",
    "recovery": "active",
    "password_expired": "active",
    "locked_out": "active",
    "suspended": "inactive",
    "deprovisioned": "inactive",
    "deactivated": "inactive",
    "staged": "pending",
    "provisioned": "pending",
}
_ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@dataclass(frozen=True)
class AccountState:
    """What a directory says of one account: never when somebody's work ends.

    `state` (active, inactive, pending) held at `as_of`, where that is said, and at `seen_at`, when
    the users were exported: by the date in the file's name, not before the last change of any user
    in it, or else when the case was given it (`seen_basis` is name, modified or import). `status`
    is the word of the directory, `person` its employee number.
    """

    account: str
    email: str | None
    display_name: str | None
    person: str | None
    state: str
    status: str
    as_of: datetime | None
    seen_at: datetime
    seen_basis: str
    source: str
    source_row: int


_TIME = pa.timestamp("us", tz="UTC")
_NOT_TEXT = {"as_of": _TIME, "seen_at": _TIME, "source_row": pa.int64()}
SCHEMA = pa.schema([(f.name, _NOT_TEXT.get(f.name, pa.string())) for f in fields(AccountState)])

Told = Mapping[str, str | None]


def table(states: Sequence[AccountState]) -> pa.Table:
    """The states as the relation `account_states`."""
    columns = {name: [getattr(state, name) for state in states] for name in SCHEMA.names}
    return pa.table(columns, schema=SCHEMA)


def read_states(
    files: Iterable[ContextFile], *, default_zone: tzinfo | None = None
) -> tuple[list[AccountState], list[Problem]]:
    """All users listed, and every problem; times without an offset are in `default_zone`, or UTC.

    `source_row` is the line of a table, and the place of the user in JSON.
    """
    states: list[AccountState] = []
    problems: list[Problem] = []
    for file in files:
        is_table = file.name.lower().endswith(".csv")
        users = list((_rows if is_table else _users)(file, problems))
        seen = _exported(file, [told for _, told in users], default_zone)
        for place, told in users:
            state, found = _state(file, place, told, default_zone or UTC, seen)
            problems += found
            states += [state] if state else []
    return states, problems


def _exported(
    file: ContextFile, users: Sequence[Told], zone: tzinfo | None
) -> tuple[datetime, str]:
    """When a file of users was exported, as far as it tells, and what tells it."""
    named = snapshots.stated(file, zone)
    if named:
        return named[0], "name"
    changes = [_changed(told, zone or UTC) for told in users]
    last = max((change for change in changes if change), default=None)
    return (last, "modified") if last else (file.imported_at, "import")


def _changed(told: Told, zone: tzinfo) -> datetime | None:
    """When a user was last changed, as far as that can be read."""
    try:
        written = dates.read(told.get("modified") or "")
    except ValueError:
        return None
    return dates.recorded(written, zone)[1] if written else None


def _state(
    file: ContextFile, place: int, told: Told, zone: tzinfo, seen: tuple[datetime, str]
) -> tuple[AccountState | None, list[Problem]]:
    where = f"{file.name}:{place}"
    account, status = told.get("account"), told.get("status")
    if not account or not status:
        message = f"The user has no {'status' if account else 'account'}; it is not read."
        remedy = "Export userName or login, and active or status."
        return None, [Problem(message, where, remedy)]
    state = _STATES.get(status.lower().replace(" ", "_"))
    if state is None:
        message = f"The status {quoted(status)} is unknown; the user is not read."
        return None, [Problem(message, where, f"Known are {', '.join(_STATES)}.")]
    text = told.get("as_of") or (told.get("activated") if state == "active" else None)
    as_of: datetime | None = None
    problems = []
    try:
        written = dates.read(text) if text else None
        as_of = dates.recorded(written, zone)[1] if written else None
    except ValueError as error:
        message = f"The time {quoted(text or '')} cannot be read: {error}; taken for not said."
        problems.append(Problem(message, where, "Write it as 2017-11-02T22:00:00Z."))
    found = AccountState(
        account=account,
        email=told.get("email"),
        display_name=told.get("name"),
        person=told.get("person"),
        state=state,
        status=status,
        as_of=as_of,
        seen_at=seen[0],
        seen_basis=seen[1],
        source=file.name,
        source_row=place,
    )
    return found, problems


def _rows(file: ContextFile, problems: list[Problem]) -> Iterator[tuple[int, Told]]:
    columns = user_report(set(header_of(file))) or {}
    rows, faults = read(file, frozenset(columns.values()), frozenset())
    # A report of users has many columns that say nothing of the state of an account.
    problems += [one for one in faults if not one.message.startswith("Columns that")]
    for row in rows:
        yield row.line, {name: row.cells.get(column) for name, column in columns.items()}


def _users(file: ContextFile, problems: list[Problem]) -> Iterator[tuple[int, Told]]:
    try:
        pages = _documents(file.data)
    except (ValueError, RecursionError) as error:
        message = f"The file is not readable as JSON ({error}); no user is read."
        problems.append(Problem(message, file.name, "Export the users again."))
        return
    place = 0
    for page in pages:
        listed = page.get("Resources") if isinstance(page, dict) else None
        for user in listed if isinstance(listed, list) else [page]:
            place += 1
            if isinstance(user, dict):
                yield place, _scim(user) if "userName" in user else _okta(user)
            else:
                message = "This is no user; it is not read."
                problems.append(Problem(message, f"{file.name}:{place}", "Export users alone."))


def _documents(data: bytes) -> list[Any]:
    """The values of a JSON array, or one document, or one a line."""
    text = data.decode("utf-8-sig")
    try:
        whole = json.loads(text)
    except ValueError:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2:
            raise
        return [json.loads(line) for line in lines]
    return whole if isinstance(whole, list) else [whole]


def _scim(user: Mapping[str, Any]) -> Told:
    """A user of SCIM 2.0: whether the account is active, as of its last change of any kind."""
    active, emails = user.get("active"), user.get("emails")
    mails = [one for one in emails if isinstance(one, dict)] if isinstance(emails, list) else []
    first = next((one for one in mails if one.get("primary") is True), mails[0] if mails else {})
    number = _number(_part(user, _ENTERPRISE).get("employeeNumber"))
    return {
        "account": _text(user.get("userName")),
        "status": str(active).lower() if isinstance(active, bool) else _text(active),
        "as_of": _text(_part(user, "meta").get("lastModified")),
        "modified": _text(_part(user, "meta").get("lastModified")),
        "email": _text(first.get("value")),
        "name": _text(user.get("displayName")),
        "person": number or _number(user.get("externalId")),
    }


def _okta(user: Mapping[str, Any]) -> Told:
    profile = _part(user, "profile")
    names = (_text(profile.get("firstName")), _text(profile.get("lastName")))
    return {
        "account": _text(profile.get("login")),
        "status": _text(user.get("status")),
        "as_of": _text(user.get("statusChanged")),
        "activated": _text(user.get("activated")),
        "modified": _text(user.get("lastUpdated")),
        "email": _text(profile.get("email")),
        "name": _text(profile.get("displayName")) or " ".join(filter(None, names)) or None,
        "person": _number(profile.get("employeeNumber")),
    }


def _part(user: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    part = user.get(key)
    return part if isinstance(part, dict) else {}


def _text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _number(value: object) -> str | None:
    """A number that a system may write as a text or as a number."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else _text(value)
