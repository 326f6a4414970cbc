"""Code forges, chat, wikis and password managers: what no single example can say."""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.engine import Row
from forensics.sources.declaration import shipped
from forensics.sources.formats import detect
from forensics.sources.normalise import normalise
from forensics.sources.recognise import decode, recognise

SHARED = Path(__file__).parents[3].parent / "shared"
SENTINEL = SHARED / "real_logs" / "sentinel_sample_data"
ELASTIC = SHARED / "fixtures" / "elastic"
needs_records = pytest.mark.skipif(not SENTINEL.is_dir(), reason="the shared records are not here")
needs_fixtures = pytest.mark.skipif(not ELASTIC.is_dir(), reason="the shared records are not here")

# A record of the component that Jira, Confluence and Bitbucket Data Center share.
SHARED_COMPONENT: Mapping[str, Any] = {
    "affectedObjects": [],
    "changedValues": [],
    "extraAttributes": [],
    "method": "Browser",
    "source": "192.0.2.10",
    "system": "https://atlassian.example.com",
    "version": "1.0",
}
AUTHORS = {
    "atlassian_bitbucket_audit": {"id": "2", "name": "ada", "type": "NORMAL"},
    "atlassian_datacenter_audit": {"id": "10001", "name": "ada", "type": "ApplicationUser"},
}
SYSTEM = {"id": "-1", "name": "System", "type": "system"}


def _source(records: Sequence[Mapping[str, Any]]) -> str | None:
    data = "".join(json.dumps(one) + "\n" for one in records).encode()
    container = detect(data)
    assert container is not None
    batch = next(iter(container.split(io.BytesIO(data))))
    return recognise(decode(batch.documents or batch.records), shipped()).source


def _event(source: str, record: Mapping[str, Any]) -> Row:
    (row,) = normalise(shipped()[source], json.dumps(record).encode())
    return row


def _component(author: Mapping[str, Any], key: str, second: int = 1_767_604_364) -> dict[str, Any]:
    kind = {"action": key.rsplit(".", 1)[-1], "actionI18nKey": key, "category": "any"}
    stamp = {"epochSecond": second, "nano": 0}
    return {**SHARED_COMPONENT, "author": author, "auditType": kind, "timestamp": stamp}


def _github(operation: str, **more: str) -> Row:
    record = {"action": operation, "actor": "ada", "org": "example-org", "_document_id": "d"}
    return _event("github_audit", record | {"@timestamp": 1_767_604_364_000} | more)


def _gitlab(**more: Any) -> Row:
    record = {"author_id": 7, "entity_id": 3, "entity_type": "Project"}
    return _event("gitlab_audit", record | {"created_at": "2026-01-05T09:12:44Z"} | more)


@pytest.mark.parametrize("source", sorted(AUTHORS))
def test_products_of_one_component_are_told_apart_in_spite_of_its_own_records(source: str) -> None:
    record = _component(AUTHORS[source], "some.operation")
    of_the_component = _component(SYSTEM, "atlassian.audit.event.action.audit.config.updated")
    assert _source([of_the_component] + [record] * 3) == source


def test_cloud_and_data_center_records_are_told_apart() -> None:
    jira = {"id": 1, "summary": "User created", "created": "2026-01-05T09:00:00.000+0000"}
    jira |= {"category": "user management", "eventSource": ""}
    wiki = {"author": {"displayName": "System"}, "creationDate": 1, "summary": "User created"}
    wiki |= {"category": "Users and groups", "sysAdmin": False}
    assert _source([jira]) == "atlassian_jira_audit"
    assert _source([wiki]) == "atlassian_confluence_audit"


@settings(max_examples=40, deadline=None)
@given(second=st.integers(0, 4_000_000_000), micro=st.integers(0, 999_999))
def test_a_stamp_of_seconds_and_nanoseconds_keeps_its_leading_zeros(
    second: int, micro: int
) -> None:
    record = _component(SYSTEM, "some.operation")
    record["timestamp"] = {"epochSecond": second, "nano": micro * 1000}
    wanted = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=second, microseconds=micro)
    assert _event("atlassian_datacenter_audit", record)["time"] == wanted


@settings(max_examples=40, deadline=None)
@given(second=st.integers(1_000_000_000, 4_000_000_000), micro=st.integers(0, 999_999))
def test_an_anomaly_of_slack_is_timed_by_the_act_it_is_about(second: int, micro: int) -> None:
    user = {"type": "user", "user": {"id": "W1"}}
    record = {"action": "anomaly", "actor": user, "entity": user, "date_create": second + 60}
    record |= {"details": {"action_timestamp": second * 1_000_000 + micro}}
    row = _event("slack_audit", record)
    wanted = datetime.fromtimestamp(second, UTC)
    assert row["time"] == wanted + timedelta(microseconds=micro)
    assert row["logged_time"] == wanted + timedelta(seconds=60)


@pytest.mark.parametrize(
    ("operation", "action", "outcome"),
    [
        ("business_secret_scanning_push_protection.disabled_for_new_repos", "policy.disable", None),
        ("repository_secret_scanning_push_protection.enable", "policy.enable", None),
        ("org.disable_two_factor_requirement", "policy.disable", None),
        ("ip_allow_list.disable_for_installed_apps", "policy.disable", None),
        ("org.secret_scanning_push_protection_custom_message_disabled", "policy.change", None),
        ("protected_branch.update_allow_force_pushes_enforcement_level", "policy.change", None),
        ("two_factor_authentication.enabled", "credential.mfa_add", None),
        ("environment.create_actions_secret", "config.create", None),
        ("org.runner_group_updated", "config.change", None),
        ("enterprise.remove_self_hosted_runner", "config.delete", None),
        ("workflows.enable_workflow", "config.change", None),
        ("repo.update_default_branch", "config.change", None),
        ("user.failed_login", "session.start", "failure"),
        ("external_identity.scim_api_failure", "other", "failure"),
        ("business.proxy_security_header_unsatisfied", "other", "denied"),
    ],
)
def test_families_of_github_operations_are_told_by_their_words(
    operation: str, action: str, outcome: str | None
) -> None:
    row = _github(operation)
    assert (row["action"], row["outcome"]) == (action, outcome or "success")


def test_what_a_github_event_is_about() -> None:
    of_a_person = _github("repo.add_member", repo="example-org/site", user="bob")
    of_a_repository = _github("repo.archived", repo="example-org/site", user="bob")
    of_an_organisation = _github("org.audit_log_export", user="ada")
    assert (of_a_person["target"], of_a_person["target_type"]) == ("bob", "account")
    assert of_a_repository["target"] == "example-org/site"
    assert "bob" in of_a_repository["targets"]
    assert of_an_organisation["target"] == "example-org"


@pytest.mark.parametrize(
    ("record", "action"),
    [
        ({"event_type": "user_admin_status_updated", "details": {"to": True}}, "role.grant"),
        ({"event_type": "user_admin_status_updated", "details": {"to": False}}, "role.revoke"),
        ({"details": {"remove": "user_access"}}, "role.revoke"),
        ({"details": {"custom_message": "Blocked user"}}, "account.suspend"),
        ({"details": {"custom_message": "Unblocked user"}}, "account.unsuspend"),
        ({"event_type": "login_failed_with_webauthn_authentication"}, "session.start"),
        ({"event_type": "instance_amazon_s3_configuration_deleted"}, "logging.delete"),
        ({"event_type": "created_group_audit_event_streaming_destination"}, "logging.enable"),
        ({"event_type": "audit_events_streaming_headers_destroy"}, "logging.change"),
        ({"event_type": "project_push_rules_prevent_secrets_updated"}, "policy.change"),
        ({"event_type": "project_feature_wiki_access_level_updated"}, "config.change"),
        ({"event_type": "a_type_of_tomorrow"}, "other"),
    ],
)
def test_gitlab_events_of_all_ages_are_told(record: Mapping[str, Any], action: str) -> None:
    assert _gitlab(**record)["action"] == action


def test_a_password_that_its_owner_changes_is_not_reset() -> None:
    own = _gitlab(event_type="user_password_updated", target_id=7)
    other = _gitlab(event_type="user_password_updated", target_id=8)
    assert (own["action"], other["action"]) == ("credential.change", "credential.reset")


def test_events_that_share_a_number_of_gitlab_are_not_one() -> None:
    rows = [_gitlab(id="1", event_type="repository_git_operation", entity_path=p) for p in "ab"]
    assert rows[0]["event_uid"] != rows[1]["event_uid"]


def test_every_named_event_of_bitwarden_has_one_number() -> None:
    declaration = shipped()["bitwarden_events"]
    named = re.findall(r"WHEN '(\d+)' THEN '(\w+)'", declaration.event["operation"].sql or "")
    numbers, names = [number for number, _ in named], [name for _, name in named]
    assert len(set(numbers)) == len(set(names)) == len(named) > 100
    assert set(declaration.actions) <= set(names)


@settings(max_examples=25, deadline=None)
@given(number=st.integers(1000, 9999))
def test_an_event_of_bitwarden_without_a_name_keeps_its_number(number: int) -> None:
    record = {"object": "event", "type": number, "date": "2026-01-05T09:00:00Z", "device": 1}
    row = _event("bitwarden_events", record)
    assert row["operation"] == str(number) or "_" in row["operation"]
    assert row["action"] == shipped()["bitwarden_events"].actions.get(row["operation"], "other")


def test_a_verb_of_1password_is_told_by_its_object() -> None:
    record = {
        "uuid": "e",
        "timestamp": "2026-01-05T09:00:00Z",
        "actor_uuid": "a",
        "action": "delete",
    }
    found = {
        kind: _event("onepassword_audit", record | {"object_type": kind, "object_uuid": "o"})
        for kind in ("user", "group", "vault", "item", "ec")
    }
    assert {kind: row["action"] for kind, row in found.items()} == {
        "user": "account.delete",
        "group": "group.delete",
        "vault": "resource.delete",
        "item": "data.delete",
        "ec": "other",
    }


def test_a_request_to_delete_is_no_deletion() -> None:
    key = "bitbucket.service.project.audit.action.projectdeletion{}"
    author = AUTHORS["atlassian_bitbucket_audit"]
    asked = _event("atlassian_bitbucket_audit", _component(author, key.format("requested")))
    assert (asked["action"], asked["outcome"]) == ("resource.delete", "pending")


@needs_fixtures
def test_an_empty_page_among_records_is_no_event() -> None:
    data = (ELASTIC / "bitwarden__event" / "test-event.log").read_bytes()
    rows = normalise(shipped()["bitwarden_events"], data)
    assert [row["time"] is None for row in rows] == [False] * 4 + [True]


@needs_records
@pytest.mark.parametrize(
    ("name", "source", "events"),
    [
        ("Custom/Jira_Audit_CL.json", "atlassian_jira_audit", 71),
        ("Custom/Confluence_Audit_CL.json", "atlassian_confluence_audit", 8),
        ("Custom/SlackAudit_CL.json", "slack_audit", 30),
        ("Custom/SlackAuditNativePoller_CL.json", "slack_audit_table", 10),
        ("Custom/LastPassNativePoller_CL.csv", "lastpass_events_table", 10),
        ("Syslog/GitLabAudit.json", "gitlab_audit", 13),
    ],
)
def test_real_samples_are_read_whole_and_understood(name: str, source: str, events: int) -> None:
    data = (SENTINEL / name).read_bytes().removeprefix(b"\xef\xbb\xbf")
    container = detect(data)
    assert container is not None
    batch = next(iter(container.split(io.BytesIO(data))))
    assert recognise(decode(batch.documents or batch.records), shipped()).source == source
    rows = normalise(shipped()[source], data)
    assert len(rows) == events
    assert all(row["time"] is not None for row in rows)
    assert not Counter(row["operation"] for row in rows if row["action"] == "other")


@needs_records
def test_an_impersonated_act_is_of_the_administrator() -> None:
    rows = normalise(shipped()["gitlab_audit"], (SENTINEL / "Syslog/GitLabAudit.json").read_bytes())
    (during,) = [row for row in rows if row["on_behalf_of"] is not None]
    assert (during["actor"], during["on_behalf_of"]) == ("Administrator", "testAdmin2")
