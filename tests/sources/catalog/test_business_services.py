"""Zoom, Salesforce, Box, Snowflake, Cloudflare and the like: what no single example can say."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.engine import Row
from forensics.sources.declaration import shipped
from forensics.sources.formats import detect
from forensics.sources.normalise import normalise
from forensics.sources.recognise import decode, recognise

SHARED = Path(__file__).parents[3].parent / "shared"
SENTINEL = SHARED / "real_logs" / "sentinel_sample_data" / "Custom"
ELASTIC = SHARED / "fixtures" / "elastic"
needs_real_records = pytest.mark.skipif(
    not SENTINEL.is_dir(), reason="the shared records are not here"
)
needs_fixtures = pytest.mark.skipif(not ELASTIC.is_dir(), reason="the shared records are not here")

SETUP_COLUMNS = "Date,User,Source Namespace Prefix,Action,Section,Delegate User"
# Abbreviations of zones as the Setup download writes them, in hours from UTC.
ZONES = {"PST": -8, "PDT": -7, "EST": -5, "GMT": 0, "BST": 1, "CET": 1, "CEST": 2, "JST": 9}
# Sentences of Display, and the code that the API gives the same act.
SENTENCES = {
    "Activated user Bob Example (UserID: [005000000000BOB])": "activateduser",
    "Deactivated user Bob Example (UserID: [005000000000BOB])": "deactivateduser",
    "Created new user Bob Example": "createduser",
    "Created new Partner User Bob Example": "createdpartneruser",
    "User bob@example.com disabled as a Customer Portal user": "CSPUserDisabled",
    "Froze user account for Bob Example": "frozeuser",
    "Unfroze user account for Bob Example": "unfrozeuser",
    "Unlocked user bob@example.com (UserID: [005000000000BOB])": "unlockeduser",
    "Reset password for user Bob Example": "resetpassword",
    "Set new password for user Bob Example": "changedpassword",
    "Logged in using Login-As access for Bob Example": "suOrgAdminLogin",
    "Logged out using Login-As access for Bob Example": "suOrgAdminLogout",
    "Time-Based Token removed for bob@example.com": "deleteTwoFactorInfo2",
    'Temporary verification code "code" added for bob@example.com': "insertTwoFactorTempCode",
    "Permission set Judge: assigned to user Bob Example": "PermSetAssign",
    "Permission set Judge: unassigned from user Bob Example": "PermSetUnassign",
    "Permission set license Desk: assigned to user Bob Example": "PermSetLicenseAssign",
    "Changed profile for user Bob Example from Judge to Clerk": "changedprofileforuser",
    "Changed role for user Bob Example from Judge to <None Specified>": "changedroleforusertonone",
    "Changed email for user Bob Example from a@example.com to b@example.com": "changedemail",
}
# One record of each shape of a service whose shapes have declarations of their own.
SIBLINGS = {
    "cloudflare_audit": {"ActionType": "login", "ActorType": "user", "ID": "1", "When": "1"}
    | {"ActorIP": "192.0.2.1"},
    "cloudflare_audit_api": {"id": "1", "when": "2026-01-05T09:00:00Z", "resource": {"id": "r"}}
    | {"action": {"type": "login"}, "actor": {"type": "user"}},
    "cloudflare_audit_v2": {"id": "1", "resource": {"id": "r"}, "actor": {"type": "user"}}
    | {"action": {"type": "update", "time": "2026-01-05T09:00:00Z"}},
    "salesforce_event_log": {"EVENT_TYPE": "Login", "TIMESTAMP": "1", "ORGANIZATION_ID": "o"},
    "salesforce_event_log_table": {"event_type": "Login", "timestamp": "1", "organization_id": "o"},
    "snowflake_login_history": {"EVENT_TIMESTAMP": "t", "EVENT_TYPE": "LOGIN", "USER_NAME": "ADA"}
    | {"IS_SUCCESS": "YES", "EVENT_ID": 1},
    "snowflake_query_history": {"QUERY_ID": "q", "QUERY_TEXT": "select 1", "USER_NAME": "ADA"}
    | {"START_TIME": "t"},
    "snowflake_access_history": {"QUERY_ID": "q", "QUERY_START_TIME": "t", "USER_NAME": "ADA"}
    | {"DIRECT_OBJECTS_ACCESSED": []},
    "mongodb_audit": {"atype": "logout", "ts": {"$date": "t"}, "remote": {}, "users": []}
    | {"result": 0},
    "mongodb_atlas_events": {
        "id": "1",
        "created": "t",
        "eventTypeName": "JOINED_ORG",
        "orgId": "o",
    },
}


def _source(data: bytes) -> str | None:
    container = detect(data)
    assert container is not None
    batch = next(iter(container.split(io.BytesIO(data))))
    return recognise(decode(batch.documents or batch.records), shipped()).source


def _event(source: str, record: Mapping[str, object]) -> Row:
    (row,) = normalise(shipped()[source], json.dumps(record).encode())
    return row


def _setup(date: str, sentence: str) -> Row:
    (row,) = _setups([(date, sentence)])
    return row


def _setups(acts: Sequence[tuple[str, str]]) -> list[Row]:
    """The events of the lines of one download; one query maps them all."""
    lines = [
        f'"{date}",ada@example.com,,"{sentence.replace(chr(34), chr(34) * 2)}",Manage Users,'
        for date, sentence in acts
    ]
    text = "\n".join((SETUP_COLUMNS, *lines, ""))
    return normalise(shipped()["salesforce_setup_audit_csv"], text.encode())


@pytest.mark.parametrize("source", sorted(SIBLINGS))
def test_shapes_of_one_service_are_told_apart(source: str) -> None:
    assert _source(json.dumps(SIBLINGS[source]).encode() + b"\n") == source


@cache
def _downloaded() -> Mapping[str, Row]:
    date = "1/5/2026, 9:00:00 AM GMT"
    rows = _setups([(date, sentence) for sentence in sorted(SENTENCES)])
    return dict(zip(sorted(SENTENCES), rows, strict=True))


@pytest.mark.parametrize(("sentence", "code"), sorted(SENTENCES.items()))
def test_setup_download_tells_the_same_act_as_the_api(sentence: str, code: str) -> None:
    record = {"Action": code, "CreatedDate": "2026-01-05T09:00:00.000+0000", "Display": sentence}
    by_api = _event("salesforce_setup_audit", record | {"Section": "Manage Users"})
    by_download = _downloaded()[sentence]
    assert by_download["operation"] == code
    assert by_api["action"] == by_download["action"] != "other"
    assert by_api["target"] == by_download["target"]
    assert by_api["time"] == by_download["time"]


moments = st.integers(978_307_200, 3_786_912_000).map(lambda one: datetime.fromtimestamp(one, UTC))


@settings(max_examples=3, deadline=None)
@given(
    stamps=st.lists(
        st.tuples(moments, st.sampled_from(sorted(ZONES)), st.booleans()), min_size=40, max_size=60
    )
)
def test_setup_download_is_in_the_zone_it_names(
    stamps: list[tuple[datetime, str, bool]],
) -> None:
    acts = []
    for moment, zone, comma in stamps:
        hour = f"{moment.hour % 12 or 12}:{moment:%M:%S} {'PM' if moment.hour > 11 else 'AM'}"
        date = f"{moment.month}/{moment.day}/{moment.year}{',' if comma else ''} {hour} {zone}"
        acts.append((date, "Unfroze user account for Bob Example"))
    for (moment, zone, _), found in zip(stamps, _setups(acts), strict=True):
        assert found["time"] == moment.replace(tzinfo=timezone(timedelta(hours=ZONES[zone])))
        assert found["time_basis"] == "offset"


@pytest.mark.parametrize("zone", ["IST", "XYZ", "AST"])
def test_setup_download_in_a_zone_of_several_meanings_has_no_time(zone: str) -> None:
    assert _setup(f"1/5/2026, 9:00:00 AM {zone}", "Froze user account for Bob")["time"] is None


def test_a_planned_start_is_not_when_a_zoom_meeting_was_made() -> None:
    meeting = {"id": 1, "topic": "Review", "start_time": "2026-02-01T09:00:00Z"}
    made = {"event": "meeting.created", "payload": {"account_id": "a", "object": meeting}}
    begun = made | {"event": "meeting.started"}
    assert _event("zoom_webhook", made)["time"] is None
    assert _event("zoom_webhook", begun)["time"].isoformat() == "2026-02-01T09:00:00+00:00"


@pytest.mark.parametrize(
    ("statement", "action"),
    [
        ("ALTER USER bob SET DISABLED = TRUE", "account.deactivate"),
        ("alter user bob set default_role = 'X', disabled=true", "account.deactivate"),
        ("ALTER USER bob SET DISABLED = FALSE", "account.activate"),
        ("ALTER USER bob SET MINS_TO_UNLOCK = 0", "account.unlock"),
        ("ALTER USER bob SET PASSWORD = '***'", "credential.reset"),
        ("ALTER USER bob SET MINS_TO_BYPASS_MFA = 30", "credential.mfa_reset"),
        ("ALTER USER bob SET DEFAULT_ROLE = 'X'", "account.update"),
        ("ALTER ACCOUNT UNSET NETWORK_POLICY", "policy.disable"),
        ("select 'alter user bob set disabled = true'", "access.read"),
        ("GET @~/out file:///tmp", "data.export"),
    ],
)
def test_what_a_snowflake_statement_did_is_told_from_its_text(statement: str, action: str) -> None:
    record = {"QUERY_ID": "q", "QUERY_TEXT": statement, "USER_NAME": "ADA", "START_TIME": "t"}
    assert _event("snowflake_query_history", record)["action"] == action


@needs_real_records
def test_a_sample_of_all_salesforce_event_types_is_read() -> None:
    data = (SENTINEL / "SalesforceServiceCloud_CL.json").read_bytes().removeprefix(b"\xef\xbb\xbf")
    assert _source(data) == "salesforce_event_log_table"
    rows = normalise(shipped()["salesforce_event_log_table"], data)
    # A header of the CSV behind it was taken along as a record; it has no time.
    assert [row["operation"] for row in rows if row["time"] is None] == ["EVENT_TYPE"]
    by_type = {row["operation"]: row for row in rows}
    assert len(by_type) == 38
    assert by_type["Login"]["outcome"] == by_type["Logout"]["outcome"] == "success"
    assert by_type["LoginAs"]["action"] == "session.impersonate"
    assert by_type["LoginAs"]["on_behalf_of"] is not None
    assert by_type["ReportExport"]["action"] == "data.export"


@needs_real_records
def test_a_table_of_box_events_is_read() -> None:
    data = (SENTINEL / "BoxEvents_CL.json").read_bytes().removeprefix(b"\xef\xbb\xbf")
    assert _source(data) == "box_events_table"
    rows = normalise(shipped()["box_events_table"], data)
    assert Counter(row["operation"] for row in rows) == {
        "EDIT": 2,
        "ITEM_OPEN": 1,
        "COPY": 1,
        "DOWNLOAD": 1,
    }
    assert all(row["time"] and row["actor"] and row["target"] and row["src_ip"] for row in rows)


@needs_fixtures
def test_box_stamps_keep_their_hour() -> None:
    (row,) = normalise(
        shipped()["box_events"], (ELASTIC / "box_events__events" / "test-trash.log").read_bytes()
    )
    assert row["time"].isoformat() == "2022-07-20T09:01:10+00:00"


@needs_fixtures
def test_zoom_events_without_a_time_of_their_own_have_none() -> None:
    rows = normalise(
        shipped()["zoom_webhook"], (ELASTIC / "zoom__webhook" / "test-webinar.json").read_bytes()
    )
    timed = {row["operation"] for row in rows if row["time"] is not None}
    assert timed <= {
        "webinar.started",
        "webinar.sharing_started",
        "webinar.sharing_ended",
        "webinar.participant_joined",
        "webinar.participant_left",
    }
    assert len(rows) == 14
