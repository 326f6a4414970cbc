"""Google's logs, Kubernetes, Vault, Teleport: what no single example can say."""

from __future__ import annotations

import io
import json
from collections import Counter
from pathlib import Path

import pytest

from forensics.engine import Row
from forensics.sources.declaration import shipped
from forensics.sources.formats import detect
from forensics.sources.normalise import normalise
from forensics.sources.recognise import decode, recognise

SHARED = Path(__file__).parents[3].parent / "shared"
REAL = SHARED / "real_logs"
needs_real_records = pytest.mark.skipif(not REAL.is_dir(), reason="the shared records are not here")

# The applications whose activities have a declaration of their own.
WORKSPACE = {
    "admin": "google_workspace_admin",
    "login": "google_workspace_login",
    "saml": "google_workspace_login",
    "token": "google_workspace_token",
    "drive": "google_workspace_drive",
    "user_accounts": "google_workspace_user_accounts",
    "groups": "google_workspace_groups",
    "groups_enterprise": "google_workspace_groups",
}


def _jsonl(records: list[dict[str, object]]) -> bytes:
    return "\n".join(map(json.dumps, records)).encode()


def _source(data: bytes) -> str | None:
    container = detect(data)
    if container is None:
        return None
    batch = next(iter(container.split(io.BytesIO(data))))
    return recognise(decode(batch.documents or batch.records), shipped()).source


def _activity(application: str, name: str = "anything", number: int = 1) -> dict[str, object]:
    return {
        "kind": "admin#reports#activity",
        "id": {
            "time": "2026-01-05T09:00:00Z",
            "uniqueQualifier": str(number),
            "applicationName": application,
        },
        "actor": {"email": "ada@example.com"},
        "events": [{"name": name}],
    }


@pytest.mark.parametrize(("application", "source"), sorted(WORKSPACE.items()))
def test_an_application_is_told_by_its_name(application: str, source: str) -> None:
    assert _source(_jsonl([_activity(application)])) == source


@pytest.mark.parametrize("application", ["mobile", "chat", "rules", "gcp", "keep", "vault"])
def test_other_applications_share_one_declaration(application: str) -> None:
    assert _source(_jsonl([_activity(application)])) == "google_workspace_activity"


def test_a_file_of_several_applications_is_read_whole() -> None:
    several = [_activity("login", "login_success", number) for number in range(9)]
    several += [_activity("admin", "SUSPEND_USER", 9), _activity("drive", "download", 10)]
    assert _source(_jsonl(several)) == "google_workspace_activity"
    rows = normalise(shipped()["google_workspace_activity"], _jsonl(several))
    assert Counter(row["action"] for row in rows) == {
        "session.start": 9,
        "account.suspend": 1,
        "data.export": 1,
    }


@pytest.mark.parametrize("source", sorted(set(WORKSPACE.values())))
def test_the_shared_declaration_knows_every_act_of_the_others(source: str) -> None:
    shared = shipped()["google_workspace_activity"].actions
    own = shipped()[source].actions
    assert {operation: shared.get(operation) for operation in own} == own


def test_the_events_of_one_activity_stay_apart_when_a_collector_splits_them() -> None:
    whole = _activity("admin")
    events = [
        {"name": name, "parameters": [{"name": "USER_EMAIL", "value": target}]}
        for name in ("SUSPEND_USER", "RESET_SIGNIN_COOKIES")
        for target in ("bob@example.com", "cleo@example.com")
    ]
    split: list[dict[str, object]] = [{**whole, "events": event} for event in events]
    declaration = shipped()["google_workspace_admin"]
    rows = normalise(declaration, _jsonl([*split, *split]))
    assert len({row["event_uid"] for row in rows}) == len(events)


METHODS = {
    "v1.compute.instances.delete": "resource.delete",
    "beta.compute.instances.delete": "resource.delete",
    "alpha.compute.firewalls.insert": "policy.create",
    "google.cloud.secretmanager.v1beta1.SecretManagerService.AccessSecretVersion": "access.read",
    "google.admin.AdminService.suspendUser": "account.suspend",
    "google.admin.AdminService.turnOff2StepVerification": "credential.mfa_reset",
    "google.login.LoginService.accountDisabledHijacked": "account.suspend",
    "google.logging.v2.ConfigServiceV2.DeleteSink": "logging.delete",
    "google.cloud.resourcemanager.v3.Projects.DeleteProject": "resource.delete",
}


@pytest.mark.parametrize(("method", "action"), sorted(METHODS.items()))
def test_a_method_of_google_cloud_has_its_verb(method: str, action: str) -> None:
    assert _google(method)["action"] == action


@pytest.mark.parametrize(
    "method",
    [
        "SetIamPolicy",
        "google.iam.admin.v1.SetIAMPolicy",
        "storage.setIamPermissions",
        "google.pubsub.v1.Publisher.SetIamPolicy",
    ],
)
def test_every_service_grants_by_a_method_of_its_own(method: str) -> None:
    delta = {"bindingDeltas": [{"action": "ADD", "role": "r", "member": "group:ops@example.com"}]}
    row = _google(method, serviceData={"policyDelta": delta})
    assert (row["action"], row["target"], row["target_type"]) == (
        "role.grant",
        "ops@example.com",
        "group",
    )


def _google(method: str, **more: object) -> Row:
    payload = {
        "serviceName": "s.googleapis.com",
        "methodName": method,
        "authenticationInfo": {"principalEmail": "ada@example.com"},
        "resourceName": "projects/acme",
        **more,
    }
    entry = {"timestamp": "2026-01-05T09:00:00Z", "insertId": "1", "protoPayload": payload}
    return normalise(shipped()["gcp_audit"], json.dumps(entry).encode())[0]


VAULT = {
    ("update", "auth/userpass/users/bob/password", "userpass"): "credential.reset",
    ("create", "auth/userpass/users/bob", "userpass"): "account.create",
    ("delete", "auth/corp/ldap/users/bob", "ldap"): "account.delete",
    ("update", "auth/approle/role/ci/secret-id", "approle"): "credential.create",
    ("update", "auth/token/revoke-accessor", "token"): "session.revoke",
    ("update", "auth/token/revoke-self", "token"): "session.end",
    ("update", "sys/policies/acl/admin", "system"): "policy.change",
    ("delete", "sys/policy/admin", "system"): "policy.delete",
    ("update", "sys/audit/file", "system"): "logging.enable",
    ("update", "sys/mounts/kv", "system"): "config.create",
    ("update", "sys/mounts/kv/tune", "system"): "config.change",
    ("update", "sys/seal", "system"): "config.change",
    ("read", "database/creds/reader", "database"): "credential.create",
    ("read", "secret/creds/reader", "kv"): "access.read",
    ("update", "pki/issue/web", "pki"): "credential.create",
    ("delete", "secret/metadata/payroll", "kv"): "data.delete",
    ("update", "secret/undelete/payroll", "kv"): "data.restore",
    ("read", "sys/storage/raft/snapshot", "system"): "data.export",
    ("update", "sys/capabilities-self", "system"): "other",
}


@pytest.mark.parametrize(("request_", "action"), sorted(VAULT.items()))
def test_a_path_of_vault_has_its_verb_in_the_response_alone(
    request_: tuple[str, str, str], action: str
) -> None:
    operation, path, mount = request_
    entry: dict[str, object] = {
        "time": "2026-01-05T09:00:00Z",
        "request": {"id": "r", "operation": operation, "path": path, "mount_type": mount},
    }
    both = [{**entry, "type": "request"}, {**entry, "type": "response"}]
    rows = normalise(shipped()["hashicorp_vault_audit"], _jsonl(both))
    assert [row["action"] for row in rows] == ["other", action]
    assert [row["outcome"] for row in rows] == ["unknown", "success"]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.2.1:3022", "192.0.2.1"),
        ("[2001:db8::1]:3022", "2001:db8::1"),
        ("192.0.2.1", "192.0.2.1"),
        ("desk-1.example.com:3389", None),
        ("", None),
    ],
)
def test_teleports_address_comes_without_its_port(address: str, expected: str | None) -> None:
    record = {
        "event": "session.start",
        "code": "T2000I",
        "time": "2026-01-05T09:00:00Z",
        "uid": "1",
        "addr.remote": address,
    }
    rows = normalise(shipped()["teleport_audit"], json.dumps(record).encode())
    assert rows[0]["src_ip"] == expected


@needs_real_records
def test_a_long_running_operation_of_google_cloud_counts_once() -> None:
    data = (REAL / "gcp" / "dftimewolf" / "gcp-project-logs.jsonl").read_bytes()
    rows = normalise(shipped()["gcp_audit"], data)
    assert len(rows) == len(data.splitlines())
    acts = Counter(row["request_id"] for row in rows if row["action"] != "other")
    del acts[None]
    assert acts
    assert set(acts.values()) == {1}


@needs_real_records
def test_traces_of_kubernetes_are_recognised_and_have_verbs() -> None:
    folder = REAL / "kubernetes" / "falco-0.31.1" / "trace_files" / "k8s_audit"
    seen: Counter[str | None] = Counter()
    for path in sorted(folder.glob("*.json")):
        data = path.read_bytes()
        source = _source(data)
        seen[source] += 1
        if source is not None:
            rows = normalise(shipped()[source], data)
            assert all(row["actor"] and row["target"] and row["src_ip"] for row in rows)
            acts = [row for row in rows if not str(row["operation"]).startswith(("get", "list"))]
            assert "other" not in {row["action"] for row in acts}
    # One trace is no audit event on purpose.
    assert seen == {"kubernetes_audit": 46, None: 1}
