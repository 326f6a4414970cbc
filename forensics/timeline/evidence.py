"""Events as evidence: each traceable to its file and record, with the bounds of its time."""

from __future__ import annotations

from collections.abc import Iterable

from forensics.engine import Engine, Row
from forensics.timeline import pivot
from forensics.timeline.model import Evidence
from forensics.timeline.query import EVENT_NOTES

_CITED = """
SELECT event_uid, source, file_id, record_no, time, time_earliest AS earliest,
       time_latest AS latest, coalesce(time_basis, 'unknown') AS time_basis, actor,
       coalesce(action, 'other') AS action, operation, coalesce(outcome, 'unknown') AS outcome,
       target, case_id, reason_code, src_ip, session_id, device_id, tool
FROM timed_events
WHERE list_contains($uids, event_uid) AND time IS NOT NULL
ORDER BY time, source, sequence, file_id, record_no, event_no, event_uid
"""
_FILES = "SELECT file_id, path, sha256 FROM files WHERE list_contains($file_ids, file_id)"
_NOTED = " ".join(
    ("SELECT * FROM (", EVENT_NOTES, ") AS noted WHERE list_contains($uids, event_uid)")
)


def evidence(engine: Engine, uids: Iterable[str]) -> dict[str, Evidence]:
    """The events of those uids that exist and have a time, by uid, in the order of their records.

    At equal times that is, within a source, the order of its own numbers, else that in its file.
    Reads `timed_events` (see `order.register`) and, where it exists, `files`; without it the
    file of every event is the empty text.
    """
    wanted = sorted(set(uids))
    if not wanted:
        return {}
    rows = engine.rows(_CITED, {"uids": wanted})
    files: dict[int, Row] = {}
    noted: dict[str, Row] = {}
    relations = engine.relations()
    if "notes" in relations:
        found = engine.rows(_NOTED, {"uids": wanted})
        noted = {row["event_uid"]: row for row in found}
    if "files" in relations:
        ids = sorted({row["file_id"] for row in rows if row["file_id"] is not None})
        files = {row["file_id"]: row for row in engine.rows(_FILES, {"file_ids": ids})}
    return {
        row["event_uid"]: _cited(
            row, files.get(row["file_id"], {}), noted.get(row["event_uid"], {})
        )
        for row in rows
    }


def named(engine: Engine, names: Iterable[str]) -> dict[str, Evidence]:
    """The same for uids or beginnings of these, each event under the name that was given.

    Raises `UsageError` where several events begin so.
    """
    given = dict.fromkeys(names)
    whole = evidence(engine, given)
    short = {name: pivot.find(engine, name) for name in given if name not in whole}
    uids = {name: row["event_uid"] for name, row in short.items() if row is not None}
    found = evidence(engine, uids.values())
    return whole | {name: found[uid] for name, uid in uids.items() if uid in found}


def _cited(row: Row, file: Row, noted: Row) -> Evidence:
    fields = {name: value for name, value in row.items() if name != "file_id"}
    return Evidence(
        **fields,
        file=file.get("path") or "",
        file_sha256=file.get("sha256") or "",
        sentence=_sentence(row),
        notes=tuple(noted.get("notes") or ()),
        tags=tuple(noted.get("tags") or ()),
    )


def _sentence(row: Row) -> str:
    said = [f"{row['actor'] or 'An unnamed account'} did {row['operation'] or row['action']}"]
    if row["target"]:
        said.append(f" on {row['target']}")
    said.append(f": {row['outcome']}")
    if row["case_id"]:
        said.append(f", case {row['case_id']}")
    if row["reason_code"]:
        said.append(f", reason {row['reason_code']}")
    return "".join(said) + "."
