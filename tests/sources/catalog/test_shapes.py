"""One record in several shapes: whoever shipped it, it is known again and says the same."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from forensics.engine import Row
from forensics.sources.declaration import shipped
from forensics.sources.formats import detect
from forensics.sources.normalise import normalise
from forensics.sources.recognise import decode, recognise

LAUREL = Path(__file__).parents[3].parent / "shared" / "real_logs" / "auditd" / "laurel/testdata"
SAID = (
    "time", "actor", "actor_type", "on_behalf_of", "operation", "action", "outcome",
    "outcome_reason", "target", "target_type", "targets", "src_ip", "user_agent", "tenant",
)  # fmt: skip


def _source(data: bytes) -> str | None:
    container = detect(data)
    assert container is not None
    batch = next(one for one in container.split(io.BytesIO(data)) if one.numbers)
    return recognise(decode(batch.documents or batch.records), shipped()).source


def _said(rows: list[Row], *without: str) -> list[dict[str, Any]]:
    return [{name: row[name] for name in SAID if name not in without} for row in rows]


def _examples(source: str) -> list[dict[str, Any]]:
    """The records of a source's examples that are one JSON object as the source writes it."""
    found = []
    for example in shipped()[source].examples:
        try:
            record = json.loads(example.raw)
        except ValueError:
            continue
        if isinstance(record, dict) and all(key in record for key in KEYS[source]):
            found.append(record)
    return found


KEYS = {
    "gcp_audit": ("protoPayload", "timestamp"),
    "aws_cloudtrail": ("eventVersion", "eventTime", "eventID"),
    "duo_admin": ("action", "isotimestamp"),
}


def _in_bigquery(record: dict[str, Any]) -> dict[str, Any]:
    payload = dict(record["protoPayload"])
    payload.pop("@type", None)
    service = payload.pop("serviceData", None)
    for name in ("request", "response", "metadata"):
        told = payload.pop(name, None)
        payload[f"{name}Json"] = None if told is None else json.dumps(told)
    payload["servicedata_v1_iam"] = service
    payload["servicedata_v1_bigquery"] = service
    rest = {key: one for key, one in record.items() if key != "protoPayload"}
    return {**rest, "protopayload_auditlog": payload, "textPayload": None}


def _pushed(record: dict[str, Any]) -> dict[str, Any]:
    data = base64.b64encode(json.dumps(record).encode()).decode()
    message = {"data": data, "messageId": "1", "publishTime": "2026-01-05T09:30:00Z"}
    return {"message": message, "subscription": "projects/acme/subscriptions/audit"}


def _without_event_time(record: dict[str, Any]) -> dict[str, Any]:
    rest = {key: one for key, one in record.items() if key != "eventTime"}
    return {**rest, "@timestamp": record["eventTime"], "@version": "1"}


def _nested(record: dict[str, Any]) -> dict[str, Any]:
    inner = _without_event_time(record)
    stamp = inner.pop("@timestamp")
    return {"@timestamp": stamp, "agent": {"type": "filebeat"}, "json": inner}


def _logged(record: dict[str, Any]) -> dict[str, Any]:
    return {"@timestamp": "2026-01-05T10:00:00Z", "message": json.dumps(record), "host": "h"}


def _without_isotimestamp(record: dict[str, Any]) -> dict[str, Any]:
    return {key: one for key, one in record.items() if key != "isotimestamp"}


SHAPES: list[tuple[str, str, Callable[[dict[str, Any]], dict[str, Any]]]] = [
    ("gcp_audit", "gcp_audit_bigquery", _in_bigquery),
    ("gcp_audit", "gcp_audit", _pushed),
    ("aws_cloudtrail", "aws_cloudtrail", _without_event_time),
    ("aws_cloudtrail", "aws_cloudtrail", _nested),
    ("aws_cloudtrail", "aws_cloudtrail", _logged),
    ("duo_admin", "duo_admin_plain", _without_isotimestamp),
]


@pytest.mark.parametrize(("source", "other", "shaped"), SHAPES)
def test_an_example_says_the_same_in_another_shape(
    source: str, other: str, shaped: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    records = _examples(source)
    assert len(records) >= 5
    if other == "duo_admin_plain":
        # Known by its acts alone, it does not know those that are unknown.
        records = [one for one in records if one["action"] in shipped()[other].actions]
    whole = "\n".join(map(json.dumps, records)).encode()
    made = "\n".join(json.dumps(shaped(one)) for one in records).encode()
    assert _source(made) == other
    ours, theirs = normalise(shipped()[other], made), normalise(shipped()[source], whole)
    # What a failed sign-in of Workspace was refused for stands deep in its metadata.
    without = ("outcome_reason",) if other == "gcp_audit_bigquery" else ()
    assert _said(ours, *without) == _said(theirs, *without)


def test_tables_of_actions_are_taken_over_whole() -> None:
    for source, other in (
        ("gcp_audit", "gcp_audit_bigquery"),
        ("okta_system", "okta_system_table"),
    ):
        assert shipped()[other].actions == shipped()[source].actions
    assert shipped()["duo_table"].actions.items() > shipped()["duo_admin"].actions.items()


@pytest.mark.skipif(not LAUREL.is_dir(), reason="the shared records are not here")
def test_laurel_says_what_the_lines_say() -> None:
    compared = 0
    for written in sorted(LAUREL.glob("record-*.json")):
        lines = written.with_suffix(".txt").read_bytes()
        events = written.read_bytes().splitlines()
        theirs = normalise(shipped()["linux_auditd"], lines)
        ours = normalise(shipped()["linux_auditd"], b"\n".join(events[:1]) + b"\n")
        assert _source(written.read_bytes()) == "linux_auditd"
        names = ("time", "operation", "action", "outcome", "src_ip", "on_behalf_of")
        told = [{name: row[name] for name in names} for row in theirs]
        assert {name: ours[0][name] for name in names} in told, written.name
        compared += 1
    assert compared > 10
