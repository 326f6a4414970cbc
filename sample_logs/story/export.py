"""Writes a told story to disk: logs with their blemishes, tables, policies, and the truth."""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from story import probe, tables
from story.console import Entry, compact
from story.workday import Stage

CONSOLE = "moderation_console.jsonl.gz"
CONSOLE_LATE = "moderation_console_late.jsonl.gz"
OKTA = "okta_system.jsonl"
PROBE = "status_probe.csv"

TORN = "torn write: the start of a record, which the writer repeated whole on the next line"
GARBAGE = "line noise: not JSON"
TIMELESS = "a record without ts"


@dataclass(frozen=True)
class Blemish:
    """A broken line in the console's first export, just before the first record at `at`."""

    at: datetime
    why: str


@dataclass(frozen=True)
class Told:
    """A story that has been played, ready to be written."""

    name: str
    stage: Stage
    first_export_ends: datetime
    late_export_starts: datetime
    probe_rows: Sequence[tuple[str, ...]]
    blemishes: Sequence[Blemish]
    truth: dict[str, Any]


@dataclass(frozen=True)
class Line:
    """One line of a console export: a whole record, or a broken one and why."""

    text: str
    entry: Entry | None = None
    why: str = ""


def write(told: Told, folder: Path) -> None:
    """Write every generated file of the story into `folder`; README.md is kept by hand."""
    entries = told.stage.console.entries
    first = [entry for entry in entries if entry.logged < told.first_export_ends]
    late = [entry for entry in entries if entry.logged >= told.late_export_starts]
    first_lines = _blemished(first, told.blemishes)
    okta_lines = told.stage.okta.lines()
    content = {
        CONSOLE: _gzip(line.text for line in first_lines),
        CONSOLE_LATE: _gzip(entry.line() for entry in late),
        OKTA: _text(okta_lines),
        PROBE: _csv(probe.HEADER, told.probe_rows),
        "employees.csv": _csv(tables.EMPLOYEES_HEADER, tables.employees()),
        "contractors.csv": _csv(tables.CONTRACTORS_HEADER, tables.contractors()),
        "accounts.csv": _csv(tables.ACCOUNTS_HEADER, tables.accounts()),
        "protected_targets.csv": _csv(tables.PROTECTED_HEADER, tables.protected_targets()),
        **{f"policy/{name}": data for name, data in tables.policies().items()},
    }
    counts = [
        _counts(CONSOLE, "moderation_console", first_lines),
        _counts(
            CONSOLE_LATE,
            "moderation_console",
            late,
            duplicate=sum(entry.logged < told.first_export_ends for entry in late),
        ),
        _counts(OKTA, "okta_system", okta_lines),
        _counts(PROBE, "status_probe", told.probe_rows),
    ]
    truth = {
        "story": {"name": told.name, "seed": told.stage.seed},
        "totals": {
            "events": sum(count["stored"] for count in counts),
            "request_ids_shared_by_console_and_okta": _shared_requests(told.stage),
        },
        **told.truth,
        "files": counts,
        "rejects": _rejects(first_lines),
        "sequence_gaps": _gaps(entries),
    }
    content["truth.toml"] = _toml(truth)
    for name, data in content.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _rejects(lines: Sequence[Line]) -> list[dict[str, Any]]:
    return [
        {"file": CONSOLE, "record_no": number, "why": line.why}
        for number, line in enumerate(lines)
        if line.why
    ]


def _gaps(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    return [
        {
            "after_seq": before.seq,
            "before_seq": after.seq,
            "missing": after.seq - before.seq - 1,
        }
        for before, after in itertools.pairwise(entries)
        if after.seq != before.seq + 1
    ]


def _shared_requests(stage: Stage) -> int:
    transactions = {event["transaction"]["id"] for _, event in stage.okta.events}
    return len(transactions & {entry.request for entry in stage.console.entries})


def _blemished(entries: Sequence[Entry], blemishes: Sequence[Blemish]) -> list[Line]:
    pending = sorted(blemishes, key=lambda blemish: blemish.at)
    lines = []
    for entry in entries:
        text = entry.line()
        while pending and pending[0].at <= entry.time:
            why = pending.pop(0).why
            lines.append(Line(_broken(why, text), why=why))
        lines.append(Line(text, entry))
    return lines


def _broken(why: str, whole: str) -> str:
    if why == TORN:
        return whole[: len(whole) * 3 // 5]
    if why == GARBAGE:
        return "%%% writer restarted, buffer follows @@ 0x1f 0x8b %%%"
    return compact(
        {
            "id": "mc-selfcheck-1",
            "seq": None,
            "actor": {"login": "intake", "id": "u-001", "name": "intake", "role": "system"},
            "action": "note_added",
            "target": None,
            "reason": {"code": "self_check", "text": "clock not read yet"},
            "tool": "api",
            "result": "ok",
            "error": None,
        }
    )


def _counts(
    name: str, source: str, lines: Sequence[object], *, duplicate: int = 0
) -> dict[str, Any]:
    rejected = sum(isinstance(line, Line) and bool(line.why) for line in lines)
    return {
        "name": name,
        "source": source,
        "read": len(lines),
        "stored": len(lines) - duplicate - rejected,
        "duplicate": duplicate,
        "rejected": rejected,
    }


def _text(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def _gzip(lines: Iterable[str]) -> bytes:
    # No name and no time in the header, so that the bytes depend on the content alone.
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=buffer, mtime=0) as packed:
        packed.write(_text(lines))
    return buffer.getvalue()


def _csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return buffer.getvalue().encode()


def _toml(document: dict[str, Any]) -> bytes:
    parts = ["# What is true in this story. Written by generate.py, for tests only.\n"]
    for name, value in document.items():
        items = value if isinstance(value, list) else [value]
        heading = f"[[{name}]]" if isinstance(value, list) else f"[{name}]"
        for table in items:
            parts.append(f"\n{heading}\n")
            parts += [f"{key} = {_toml_value(item)}\n" for key, item in table.items()]
    return "".join(parts).encode()


def _toml_value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        moment = value.astimezone(UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, list):
        return f"[{', '.join(map(_toml_value, value))}]"
    # JSON's string escapes are TOML's too, for the characters used here.
    return json.dumps(value)
