"""Real records of the catalog's sources against what another normaliser makes of them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from forensics.engine import Row
from forensics.sources.declaration import shipped
from forensics.sources.normalise import normalise

SHARED = Path(__file__).parents[2].parent / "shared"
FIXTURES = SHARED / "fixtures" / "elastic"
REAL = SHARED / "real_logs"
FOLDERS = {
    "aws_cloudtrail": "aws__cloudtrail",
    "entra_audit": "azure__auditlogs",
    "github_audit": "github__audit",
    "google_workspace_admin": "google_workspace__admin",
    "m365_unified_audit": "o365__audit",
    "okta_system": "okta__system",
}

pytestmark = pytest.mark.skipif(not FIXTURES.is_dir(), reason="the shared records are not here")


def _same(value: Any) -> Any:
    return value


def _before_at(value: Any) -> Any:
    return str(value).split("@", maxsplit=1)[0]


def _role_without_session(value: Any) -> Any:
    return str(value).split("/", maxsplit=1)[0]


@dataclass(frozen=True)
class Comparison:
    """A column against a field of the peer's document: at least `share` of the pairs agree.

    `ours` brings our value into the peer's form; `known` names why the rest differ.
    """

    source: str
    column: str
    field: str
    share: float = 1.0
    known: str = ""
    ours: Callable[[Any], Any] = _same


COMPARISONS = [
    Comparison("okta_system", "time", "@timestamp"),
    Comparison("okta_system", "native_id", "event.id"),
    Comparison("okta_system", "operation", "event.action"),
    Comparison("okta_system", "outcome", "event.outcome"),
    # The peer cuts the domain off; we keep the login as it is typed.
    Comparison("okta_system", "actor", "user.name", ours=_before_at),
    Comparison("okta_system", "src_ip", "source.ip"),
    Comparison("okta_system", "user_agent", "user_agent.original"),
    Comparison(
        "aws_cloudtrail", "time", "@timestamp", 0.95, "a digest is no event: it has no eventTime"
    ),
    Comparison("aws_cloudtrail", "native_id", "event.id"),
    Comparison("aws_cloudtrail", "operation", "event.action"),
    Comparison(
        "aws_cloudtrail", "outcome", "event.outcome", 0.9, "insight and digest: no act, unknown"
    ),
    # The peer names an assumed role alone; we add the session, which tells who it was.
    Comparison("aws_cloudtrail", "actor", "user.name", ours=_role_without_session),
    Comparison("aws_cloudtrail", "target", "user.target.name"),
    Comparison("aws_cloudtrail", "src_ip", "source.ip"),
    Comparison("aws_cloudtrail", "user_agent", "user_agent.original"),
    Comparison("aws_cloudtrail", "tenant", "cloud.account.id", 0.95, "the digest again"),
    Comparison("google_workspace_admin", "time", "@timestamp"),
    Comparison("google_workspace_admin", "operation", "event.action"),
    Comparison("google_workspace_admin", "actor", "user.name", ours=_before_at),
    Comparison("google_workspace_admin", "actor_email", "user.email"),
    Comparison("google_workspace_admin", "actor_id", "user.id"),
    Comparison("google_workspace_admin", "target", "user.target.email"),
    Comparison("google_workspace_admin", "src_ip", "source.ip"),
    Comparison("github_audit", "time", "@timestamp"),
    Comparison("github_audit", "native_id", "event.id"),
    Comparison("github_audit", "operation", "event.action"),
    Comparison("github_audit", "actor", "user.name"),
    Comparison("github_audit", "user_agent", "user_agent.original"),
    Comparison(
        "github_audit",
        "target",
        "user.target.name",
        0.85,
        "on a repository's events `user` repeats the actor: we name the repository",
    ),
    Comparison(
        "m365_unified_audit", "time", "@timestamp", 0.99, "two records hold no CreationTime"
    ),
    Comparison("m365_unified_audit", "native_id", "event.id"),
    Comparison(
        "m365_unified_audit", "operation", "event.action", 0.98, "the peer renames four operations"
    ),
    Comparison(
        "m365_unified_audit",
        "outcome",
        "event.outcome",
        0.91,
        "the peer takes a missing status for success and a DLP match for failure",
    ),
    Comparison("m365_unified_audit", "actor", "user.name", ours=_before_at),
    Comparison(
        "m365_unified_audit",
        "actor_email",
        "user.email",
        0.92,
        "the peer names the mailbox's owner where the actor is a system account",
    ),
    Comparison("m365_unified_audit", "src_ip", "source.ip", 0.99, "an address inside a host name"),
    # Graph writes ticks of 100 ns; the peer keeps milliseconds.
    Comparison(
        "entra_audit",
        "time",
        "@timestamp",
        ours=lambda time: time.replace(microsecond=time.microsecond // 1000 * 1000),
    ),
    Comparison("entra_audit", "operation", "event.action"),
    Comparison("entra_audit", "outcome", "event.outcome"),
    Comparison("entra_audit", "src_ip", "source.ip"),
]


def _raw(path: Path) -> Iterator[str]:
    """The raw records of a fixture file, as one JSON text each."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".json":
        yield from (json.dumps(json.loads(line)) for line in text.splitlines() if line.strip())
        return
    for event in json.loads(text)["events"]:
        yield event["event"]["original"] if "event" in event else json.dumps(event["o365audit"])


@cache
def pairs(source: str) -> list[tuple[Row, dict[str, Any]]]:
    """Our event and the peer's document for every fixture record of a source."""
    records: list[str] = []
    documents: list[dict[str, Any]] = []
    for path in sorted((FIXTURES / FOLDERS[source]).iterdir()):
        if path.suffix in {".json", ".log"} and not path.name.endswith("-expected.json"):
            records += _raw(path)
            expected = path.with_name(f"{path.name}-expected.json").read_text(encoding="utf-8")
            documents += json.loads(expected)["expected"]
    rows = normalise(shipped()[source], ("\n".join(records) + "\n").encode())
    return list(zip(rows, documents, strict=True))


def _field(document: Any, path: str) -> Any:
    for key in path.split("."):
        document = document.get(key) if isinstance(document, dict) else None
    return document


@pytest.mark.parametrize("wanted", COMPARISONS, ids=lambda one: f"{one.source}-{one.column}")
def test_column_agrees_with_the_peer(wanted: Comparison) -> None:
    agree, differ = 0, []
    for row, document in pairs(wanted.source):
        theirs = _field(document, wanted.field)
        if theirs is None:
            continue
        if wanted.column == "time":
            theirs = datetime.fromisoformat(theirs)
        value = row[wanted.column]
        ours = None if value is None else wanted.ours(value)
        if ours == theirs:
            agree += 1
        else:
            differ.append((row["operation"], ours, theirs))
    assert agree + len(differ) > 0, "nothing to compare"
    assert agree >= wanted.share * (agree + len(differ)), differ
    assert not differ or wanted.known, differ


@pytest.mark.parametrize("source", sorted(FOLDERS))
def test_no_unknown_actor_type_where_the_peer_names_a_user(source: str) -> None:
    """What acts is classified, but for roles, which may be a person or a machine."""
    unknown = [
        row["operation"]
        for row, document in pairs(source)
        if row["actor_type"] == "unknown"
        and _field(document, "user.name") is not None
        and row["on_behalf_of"] is None
    ]
    assert unknown == []


def test_unified_audit_csv_export_is_read_whole() -> None:
    data = gzip.decompress((REAL / "m365_ual/invictus-o365/auditrecords.csv.gz").read_bytes())
    rows = normalise(shipped()["m365_unified_audit"], data)
    assert len(rows) == 9611
    # Three rows lost their AuditData in an earlier export; their column stamps are read where
    # no locale can doubt them, because the day can be no month.
    assert all(row["time"] for row in rows)
    assert all(row["operation"] and row["actor"] for row in rows)
    logons = [row for row in rows if row["operation"] == "UserLoginFailed"]
    assert {row["outcome"] for row in logons} == {"failure"}
    secrets = [row for row in rows if row["operation"].startswith("Update application –")]
    assert len(secrets) == 20
    assert {row["action"] for row in secrets} <= {"credential.create", "credential.delete"}


def test_attack_simulations_name_the_account_they_acted_on() -> None:
    rows = [
        row
        for path in sorted((REAL / "aws_cloudtrail/stratus-red-team").glob("*.iam-*.json"))
        for row in normalise(shipped()["aws_cloudtrail"], path.read_bytes())
    ]
    assert rows
    assert all(row["time"] and row["actor"] for row in rows)
    assert all(row["target"] for row in rows if row["action"] != "other")
    assert {"account.create", "credential.create", "role.grant"} <= {row["action"] for row in rows}
    assert all((row["outcome"] == "success") == (row["outcome_reason"] is None) for row in rows)


def test_graph_audit_records_are_read() -> None:
    path = REAL / "tenzir_library/microsoft/tests/inputs/graph/directory-audits.ndjson"
    rows = normalise(shipped()["entra_audit"], path.read_bytes())
    assert [row["action"] for row in rows] == [
        "account.create", "group.member_remove", "config.change", "group.member_add",
    ]  # fmt: skip
    assert [row["outcome"] for row in rows] == ["success", "failure", "success", "success"]
    assert all(row["time"] and row["actor"] and row["target"] for row in rows)


def test_a_failed_attempt_to_stop_logging_did_not_stop_it() -> None:
    folder = REAL / "aws_cloudtrail/suzaku-sample-data/invictus-ir"
    rows = [
        row
        for path in sorted(folder.glob("*.json"))
        if b'"StopLogging"' in path.read_bytes()
        for row in normalise(shipped()["aws_cloudtrail"], path.read_bytes())
        if row["operation"] == "StopLogging"
    ]
    assert [row["action"] for row in rows] == ["logging.disable"] * len(rows)
    assert [row["outcome"] for row in rows] == ["failure"] * 3
    assert {row["outcome_reason"] for row in rows} == {"TrailNotFoundException"}
