"""What investigators write into a case: notes on events, and searches by name.

Each is an entry of the custody log, so that it is sealed with author and time, and nothing that was
written is ever taken away: a note is withdrawn, a search deleted, by a further entry.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from forensics.errors import EvidenceAlteredError, UsageError
from forensics.evidence import custody
from forensics.evidence.case import CasePaths, writing
from forensics.evidence.catalog import Catalog

NOTED, WITHDRAWN, SAVED, DELETED = "note", "withdraw note", "save search", "delete search"
_MOST_TEXT, _MOST_NAME = 10_000, 200
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_T = TypeVar("_T")
_NAMED = "Letters of a to z, digits, and . _ - after the first; at most 64 of them."


@dataclass(frozen=True)
class Note:
    """What somebody wrote beside an event. `note_id` is its number among the notes, from 1.

    `entry_no` is that of the custody entry that sealed it. Times are ISO 8601 in UTC. One that was
    withdrawn says when, by whom and why.
    """

    note_id: int
    event_uid: str
    time: str
    author: str
    text: str
    tags: tuple[str, ...]
    entry_no: int
    withdrawn_at: str | None = None
    withdrawn_by: str | None = None
    withdrawn_why: str | None = None


@dataclass(frozen=True)
class Search:
    """A question kept by name: what it asks, as `forensics timeline` names it."""

    name: str
    time: str
    author: str
    asked: Mapping[str, Any]


class Notebook:
    """The notes and searches of one case; `changed` is called after each entry."""

    def __init__(self, paths: CasePaths, tool: str, changed: Callable[[], None]) -> None:
        self._paths = paths
        self._tool = tool
        self._changed = changed

    def notes(self, *, withdrawn: bool = False) -> list[Note]:
        """The notes in the order of writing; those that were `withdrawn` too, when asked for."""
        found = self._read(read_notes)
        return [one for one in found if withdrawn or one.withdrawn_at is None]

    def add(self, event_uid: str, text: str = "", *, author: str, tags: Sequence[str] = ()) -> Note:
        """Write a note, tags, or both beside an event of that whole id."""
        if not text.strip() and not tags:
            raise UsageError(
                "The note is empty.", remedy='Write forensics note EVENT "..." or --tag.'
            )
        details = {
            "event_uid": event_uid,
            "text": _checked("note", text.strip(), _MOST_TEXT),
            "tags": sorted({_safe_name("tag", tag) for tag in tags}),
        }
        number = self._append(NOTED, author, details)
        return next(one for one in self.notes() if one.entry_no == number)

    def withdraw(self, note_id: int, *, author: str, why: str = "") -> Note:
        """Withdraw a note: it is no longer shown, and stays in custody."""
        found = {one.note_id: one for one in self.notes(withdrawn=True)}.get(note_id)
        if found is None:
            raise UsageError(f"There is no note {note_id}.", remedy="forensics note list has all.")
        if found.withdrawn_at is not None:
            raise UsageError(f"Note {note_id} was withdrawn by {found.withdrawn_by} already.")
        why = _checked("reason", why.strip(), _MOST_TEXT)
        self._append(WITHDRAWN, author, {"entry_no": found.entry_no, "why": why})
        return next(one for one in self.notes(withdrawn=True) if one.note_id == note_id)

    def searches(self) -> list[Search]:
        """The saved searches by name."""
        return sorted(self._read(read_searches), key=lambda one: one.name)

    def search(self, name: str) -> Search:
        """The saved search of that name; raises `UsageError` naming those there are."""
        known = {one.name: one for one in self.searches()}
        if name not in known:
            raise UsageError(
                f"There is no saved search {name!r}.",
                remedy=f"There are {', '.join(known)}." if known else "None is saved in this case.",
            )
        return known[name]

    def save(
        self, name: str, asked: Mapping[str, Any], *, author: str, replace: bool = False
    ) -> Search:
        """Keep a question by name; one of that name gives way only if `replace` says so."""
        safe = _safe_name("name of a search", name)
        if not replace and any(one.name == safe for one in self.searches()):
            raise UsageError(
                f"There is a saved search {safe!r} already.",
                remedy="Take another name, or --replace.",
            )
        self._append(SAVED, author, {"name": safe, "asked": dict(asked)})
        return self.search(safe)

    def delete(self, name: str, *, author: str) -> None:
        """Forget a saved search; that it was there stays in custody."""
        self._append(DELETED, author, {"name": self.search(name).name})

    def _append(self, act: str, author: str, details: dict[str, Any]) -> int:
        who = _checked("author", author.strip(), _MOST_NAME)
        if not who:
            raise UsageError("The entry has no author.", remedy="Name one with --author.")
        with writing(self._paths):
            catalog = Catalog(self._paths.catalog)
            try:
                with catalog.transaction():
                    entry = custody.append(
                        catalog.connection, act, self._tool, {"author": who, **details}
                    )
            finally:
                catalog.close()
        self._changed()
        return entry.no

    def _read(self, reader: Callable[[sqlite3.Connection], list[_T]]) -> list[_T]:
        catalog = Catalog(self._paths.catalog)
        try:
            return reader(catalog.connection)
        finally:
            catalog.close()


def read_notes(connection: sqlite3.Connection) -> list[Note]:
    """All notes of a case in the order of writing, also those that were withdrawn."""
    notes: dict[int, Note] = {}
    for entry in custody.entries(connection, (NOTED, WITHDRAWN)):
        try:
            said = json.loads(entry.details)
            if entry.act == NOTED:
                uid, who, tags = str(said["event_uid"]), str(said["author"]), tuple(said["tags"])
                text, number = str(said["text"]), len(notes) + 1
                notes[entry.no] = Note(number, uid, entry.time, who, text, tags, entry.no)
            else:
                # A case of an earlier version names the entry as the number of its note.
                withdrawn = said.get("entry_no", said.get("note_id"))
                notes[withdrawn] = replace(
                    notes[withdrawn],
                    withdrawn_at=entry.time,
                    withdrawn_by=str(said["author"]),
                    withdrawn_why=str(said["why"]),
                )
        except (ValueError, KeyError, TypeError) as error:
            raise _unreadable(entry) from error
    return list(notes.values())


def read_searches(connection: sqlite3.Connection) -> list[Search]:
    """The searches that stand, in the order of saving."""
    searches: dict[str, Search] = {}
    for entry in custody.entries(connection, (SAVED, DELETED)):
        try:
            said = json.loads(entry.details)
            name = str(said["name"])
            searches.pop(name, None)
            if entry.act == SAVED:
                asked = dict(said["asked"])
                searches[name] = Search(name, entry.time, str(said["author"]), asked)
        except (ValueError, KeyError, TypeError) as error:
            raise _unreadable(entry) from error
    return list(searches.values())


def _unreadable(entry: custody.Entry) -> EvidenceAlteredError:
    return EvidenceAlteredError(
        f"Custody entry {entry.no} cannot be read.",
        remedy="forensics verify --case DIR names every change.",
    )


def _safe_name(what: str, name: str) -> str:
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} cannot be the {what}.", remedy=_NAMED)
    return name


def _checked(what: str, text: str, most: int) -> str:
    """A text that can be stored and shown: not too long, and sound Unicode."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise UsageError(f"The {what} is not valid text.") from error
    if len(text) > most:
        raise UsageError(f"The {what} is longer than {most:,} characters.")
    return text
