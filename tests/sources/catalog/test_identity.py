"""Identity providers and CloudTrail: real records, and what sources of one product share."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

from forensics.engine import Row
from forensics.sources.declaration import shipped
from forensics.sources.normalise import normalise

REAL = Path(__file__).parents[4] / "shared" / "real_logs"
OKTA = "panther_oss_2021/oktalogs/testdata/oktalogs_systemlog_samples.jsonl"
SENTINEL = "sentinel_sample_data/Custom"
DUO = f"{SENTINEL}/DuoSecurityAdministrator_CL.json"
LOOKUP = "plaso/jsonl/aws_cloudtrail.jsonl"
INVICTUS = "aws_cloudtrail/suzaku-sample-data/invictus-ir"

real = pytest.mark.skipif(not REAL.is_dir(), reason="the shared records are not here")


@cache
def events(source: str, place: str) -> tuple[Row, ...]:
    path = REAL / place
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    return tuple(row for one in files for row in normalise(shipped()[source], one.read_bytes()))


@real
@pytest.mark.parametrize(
    ("source", "place", "count"),
    [
        ("okta_system", OKTA, 100),
        ("okta_system", "tenzir_library/okta/tests/inputs/system-log.ndjson", 14),
        ("okta_system_table", f"{SENTINEL}/Okta_CL.json", 593),
        ("duo_admin_table", DUO, 285),
        ("duo_admin_table", f"{SENTINEL}/DuoSecurityOfflineEnrollment_CL.json", 5),
        ("duo_auth_table", f"{SENTINEL}/DuoSecurityAuthentication_CL.json", 30),
        ("aws_cloudtrail", LOOKUP, 6),
        ("aws_cloudtrail", INVICTUS, 2900),
    ],
)
def test_every_real_record_says_when_who_and_what(source: str, place: str, count: int) -> None:
    found = events(source, place)
    assert len(found) == count
    for row in found:
        assert row["time"] is not None
        assert row["actor"]
        assert row["operation"]
        assert row["outcome"] in {"success", "failure", "denied", "pending", "unknown"}


@real
def test_lookup_events_give_the_time_of_the_record_they_hold() -> None:
    found = events("aws_cloudtrail", LOOKUP)
    assert all(row["time_basis"] == "utc" for row in found)
    raw = [json.loads(row["raw"]) for row in found]
    assert [row["native_id"] for row in found] == [one["EventId"] for one in raw]


@real
def test_a_trail_that_was_not_there_was_not_stopped() -> None:
    stops = [r for r in events("aws_cloudtrail", INVICTUS) if r["operation"] == "StopLogging"]
    missing = [r for r in stops if r["outcome_reason"] == "TrailNotFoundException"]
    assert len(missing) == 3
    assert {row["outcome"] for row in missing} == {"failure"}


@real
def test_every_role_session_names_its_role() -> None:
    for row in events("aws_cloudtrail", INVICTUS):
        if json.loads(row["raw"])["userIdentity"].get("type") == "AssumedRole":
            assert row["actor"].startswith(f"{row['actor_name']}/")
            assert row["on_behalf_of"].endswith(f"/{row['actor_name']}")


@real
def test_the_second_factor_goes_off_on_and_off_again() -> None:
    found = sorted({(r["time"], r["action"]) for r in events("duo_admin_table", DUO)
                    if r["target"] == "testuser2"})  # fmt: skip
    # The second sets an address too: its status need not be what changed.
    assert [action for _, action in found] == [
        "account.create",
        "account.update",
        "account.activate",
        "credential.mfa_reset",
    ]


@real
def test_the_same_record_five_times_has_one_id() -> None:
    rows = events("duo_admin_table", DUO)
    assert len({row["event_uid"] for row in rows}) * 5 == len(rows)


@pytest.mark.parametrize(
    ("table", "base"), [("okta_system_table", "okta_system"), ("duo_admin_table", "duo_admin")]
)
def test_the_table_of_a_workspace_knows_the_same_operations(table: str, base: str) -> None:
    known = shipped()
    assert known[table].actions == known[base].actions
    pairs = zip(known[table].action_when, known[base].action_when, strict=True)
    assert all((a.operations, a.action) == (b.operations, b.action) for a, b in pairs)


def test_the_server_log_knows_both_kinds_of_event() -> None:
    known = shipped()
    both = {**known["keycloak_user_events"].actions, **known["keycloak_admin_events"].actions}
    assert known["keycloak_server_log"].actions == both
