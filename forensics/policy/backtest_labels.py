"""A list of incidents: which acts of the record were harmful, which were looked at and were not."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, get_args

from dateutil.parser import isoparse

from forensics.located import Faults, Located, read, unknown_word
from forensics.sources.context import csv_text

Label = Literal["incident", "benign"]
LABELS: tuple[Label, ...] = get_args(Label)

KEYS = ("id", "label", "events", "target", "actor", "from", "to", "harm")
_SHORTEST = 6


@dataclass(frozen=True)
class Labelled:
    """One entry: the acts `events` names by the beginning of their ids, or those on a target.

    On the target, those stamped in [since, until) count, of one account only where `actor` names
    it. `harm` is when it did harm; None leaves that to the first destructive act.
    """

    id: str
    label: Label
    events: tuple[str, ...]
    target: str | None
    actor: str | None
    since: datetime | None
    until: datetime | None
    harm: datetime | None


def parse(data: bytes, name: str) -> tuple[Labelled, ...]:
    """The entries of a YAML list, or of a CSV table when the name ends so.

    An instant without an offset is UTC. Raises `DeclarationError` listing all faults by line.
    """
    faults = Faults(
        name, what="list of incidents", remedy="Correct the lines named; nothing was tried."
    )
    rows = _table(data, faults) if name.lower().endswith(".csv") else _listed(data, faults)
    entries = [_entry(row, faults) for row in rows]
    seen: set[str] = set()
    for row, entry in zip(rows, entries, strict=True):
        if entry.id and entry.id in seen:
            faults.add(row.line_of("id"), f"the id {entry.id!r} stands twice.")
        seen.add(entry.id)
    faults.raise_if_any()
    return tuple(entries)


def _listed(data: bytes, faults: Faults) -> list[Located]:
    node = read(data, faults)
    if node is None:
        return []
    if not isinstance(node.value, list) or not node.value:
        faults.add(
            node.line, "write a list, as in `- {id: INC-1, label: incident, events: [...]}`."
        )
        return []
    return node.value


def _table(data: bytes, faults: Faults) -> list[Located]:
    rows: list[Located] = []
    try:
        text, delimiter = csv_text(data)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        header = [column.strip().lower() for column in next(reader, [])]
        for column in header:
            if column not in KEYS:
                faults.add(1, unknown_word("column", column, KEYS))
        for cells in reader:
            line = reader.line_num
            told = {
                key: Located(_cell(key, cell, line), line)
                for key, cell in zip(header, cells, strict=False)
                if key in KEYS and cell.strip()
            }
            if told:
                rows.append(Located(told, line))
    except UnicodeDecodeError:
        faults.add(1, "the text is not UTF-8.")
    except csv.Error as error:
        faults.add(1, f"not CSV: {error}.")
    if not rows:
        faults.add(1, "the table has no row.")
    return rows


def _cell(key: str, cell: str, line: int) -> list[Located] | str:
    """The text of a cell; in that of events several stand side by side."""
    return [Located(one, line) for one in cell.split()] if key == "events" else cell.strip()


def _entry(node: Located, faults: Faults) -> Labelled:
    entries = faults.keys(node, KEYS, "an entry")
    since, until, harm = (_instant(entries, key, faults) for key in ("from", "to", "harm"))
    events = _events(entries.get("events"), faults)
    target = _text(entries, "target", faults)
    if not events and not (target and since and until):
        faults.add(node.line, "name the acts: events, or target with from and to.")
    if since and until and since >= until:
        faults.add(entries["to"].line, "to does not lie after from.")
    label = _text(entries, "label", faults)
    if label not in LABELS:
        faults.add(node.line_of("label"), unknown_word("label", label or "", LABELS))
    name = _text(entries, "id", faults)
    if not name:
        faults.add(node.line, "the key 'id' is missing.")
    return Labelled(
        id=name or "",
        label="benign" if label == "benign" else "incident",
        events=events,
        target=target,
        actor=_text(entries, "actor", faults),
        since=since,
        until=until,
        harm=harm,
    )


def _events(node: Located | None, faults: Faults) -> tuple[str, ...]:
    if node is None:
        return ()
    found = node.plain()
    listed = [str(one).strip() for one in (found if isinstance(found, list) else [found])]
    for one in listed:
        if len(one) < _SHORTEST:
            faults.add(
                node.line, f"the event {one!r} is too short; write {_SHORTEST} signs or more."
            )
    return tuple(listed)


def _text(entries: Mapping[str, Located], key: str, faults: Faults) -> str | None:
    if key not in entries:
        return None
    value = entries[key].plain()
    if isinstance(value, (dict, list)) or not str(value).strip():
        faults.add(entries[key].line, f"{key} must be a text.")
        return None
    return str(value).strip()


def _instant(entries: Mapping[str, Located], key: str, faults: Faults) -> datetime | None:
    text = _text(entries, key, faults)
    if text is None:
        return None
    try:
        written: datetime = isoparse(text)
        return (written if written.tzinfo else written.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        faults.add(
            entries[key].line, f"{key} must be an instant as in 2017-11-02T22:50:00Z, not {text!r}."
        )
        return None
