"""Microsoft's logs: operations whose spelling varies, tables kept alike, and real records."""

from __future__ import annotations

import gzip
import ipaddress
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from forensics.engine import Row
from forensics.sources.declaration import shipped
from forensics.sources.formats import detect
from forensics.sources.normalise import normalise
from forensics.sources.recognise import decode, recognise

REAL = Path(__file__).parents[3].parent / "shared" / "real_logs"
needs_real_records = pytest.mark.skipif(not REAL.is_dir(), reason="the shared records are not here")

OPERATIONS = {
    "Microsoft.Authorization/roleAssignments/write": "role.grant",
    "Microsoft.Authorization/roleAssignments/delete": "role.revoke",
    "Microsoft.Authorization/elevateAccess/action": "role.grant",
    "Microsoft.Authorization/roleDefinitions/write": "role.change",
    "Microsoft.Authorization/roleDefinitions/delete": "role.delete",
    "Microsoft.Authorization/locks/delete": "policy.delete",
    "Microsoft.Network/networkSecurityGroups/securityRules/delete": "policy.delete",
    "Microsoft.Network/networkSecurityGroups/write": "policy.change",
    "Microsoft.Sql/servers/firewallRules/write": "policy.change",
    "Microsoft.Insights/diagnosticSettings/delete": "logging.disable",
    "microsoft.aadiam/diagnosticSettings/delete": "logging.disable",
    "Microsoft.Insights/activityLogAlerts/delete": "logging.disable",
    "Microsoft.Network/networkWatchers/flowLogs/delete": "logging.disable",
    "Microsoft.OperationalInsights/workspaces/delete": "logging.delete",
    "Microsoft.EventHub/namespaces/eventhubs/delete": "logging.delete",
    "Microsoft.Storage/storageAccounts/listKeys/action": "access.read",
    "Microsoft.EventHub/namespaces/authorizationRules/listKeys/action": "access.read",
    "Microsoft.ContainerService/managedClusters/listClusterAdminCredential/action": "access.read",
    "Microsoft.Storage/storageAccounts/regenerateKey/action": "credential.reset",
    "Microsoft.Compute/snapshots/beginGetAccess/action": "data.export",
    "Microsoft.Compute/disks/beginGetAccess/action": "data.export",
    "Microsoft.Compute/virtualMachines/delete": "resource.delete",
    "Microsoft.KeyVault/vaults/delete": "resource.delete",
    "Microsoft.Resources/subscriptions/resourceGroups/delete": "resource.delete",
    "Microsoft.Compute/virtualMachines/extensions/write": "resource.change",
    "Microsoft.Compute/virtualMachines/runCommand/action": "resource.change",
    "Microsoft.Resourcehealth/healthevent/Updated/action": "other",
}


def _jsonl(records: Sequence[Mapping[str, object]]) -> bytes:
    return "\n".join(map(json.dumps, records)).encode()


def _actions(source: str, records: list[dict[str, object]]) -> list[str]:
    return [str(row["action"]) for row in normalise(shipped()[source], _jsonl(records))]


def _exported(operation: str) -> dict[str, object]:
    return {
        "time": "2026-01-05T09:00:00Z",
        "level": "Information",
        "operationName": operation,
        "properties": {"eventCategory": "Administrative"},
        "resourceId": "/SUBSCRIPTIONS/S-1",
    }


def _from_api(operation: str) -> dict[str, object]:
    return {
        "eventTimestamp": "2026-01-05T09:00:00Z",
        "level": "Informational",
        "operationName": {"value": operation, "localizedValue": "an act"},
        "eventDataId": operation,
    }


def _from_table(operation: str) -> dict[str, object]:
    return {
        "TimeGenerated": "2026-01-05T09:00:00Z",
        "OperationNameValue": operation,
        "CorrelationId": "c",
        "Caller": "ada@example.com",
    }


@pytest.mark.parametrize("spelled", [str, str.upper, str.lower], ids=["mixed", "upper", "lower"])
@pytest.mark.parametrize(
    ("source", "record"),
    [
        ("azure_activity", _exported),
        ("azure_activity", _from_api),
        ("azure_activity_table", _from_table),
    ],
    ids=["exported", "api", "table"],
)
def test_an_operation_is_one_verb_however_it_is_spelled(
    source: str,
    record: Callable[[str], dict[str, object]],
    spelled: Callable[[str], str],
) -> None:
    found = _actions(source, [record(spelled(one)) for one in OPERATIONS])
    assert dict(zip(OPERATIONS, found, strict=True)) == OPERATIONS


def test_what_is_written_anew_is_told_from_what_is_changed() -> None:
    record = _exported("Microsoft.Compute/virtualMachines/write")
    created = {**record, "resultSignature": "Succeeded.Created"}
    assert _actions("azure_activity", [record, created]) == ["resource.change", "resource.create"]


def test_the_directory_is_read_alike_from_each_of_its_logs() -> None:
    """The audit log, its tables and the unified log, which ends its names in a full stop."""
    catalog = shipped()
    audit, unified = catalog["entra_audit"].actions, catalog["m365_unified_audit"].actions
    for other in ("entra_audit_table", "entra_audit_portal"):
        assert catalog[other].actions == audit
    shared = [name for name in audit if f"{name}." in unified]
    assert len(shared) > 100
    assert {name: unified[f"{name}."] for name in shared} == {name: audit[name] for name in shared}


def test_sign_in_logs_are_read_alike_from_api_and_table() -> None:
    codes = ["0", "50126", "50074", "53003", "50105", "50057"]
    graph = [
        {"id": one, "createdDateTime": "2026-01-05T09:00:00Z", "status": {"errorCode": int(one)}}
        for one in codes
    ]
    table = [
        {
            "TimeGenerated": "2026-01-05T09:00:00Z",
            "OperationName": "Sign-in activity",
            "Category": "SignInLogs",
            "ResultType": one,
        }
        for one in codes
    ]
    wanted = ["success", "failure", "failure", "denied", "denied", "denied"]
    logs = {"entra_signin": _jsonl(graph), "entra_signin_table": _jsonl(table)}
    for source, data in logs.items():
        assert [row["outcome"] for row in normalise(shipped()[source], data)] == wanted


def test_a_risk_whose_state_changed_is_another_event() -> None:
    first = {
        "id": "rd-1",
        "riskLevel": "high",
        "riskState": "atRisk",
        "riskDetail": "none",
        "detectedDateTime": "2026-01-05T09:00:00Z",
    }
    later = {**first, "riskState": "dismissed", "lastUpdatedDateTime": "2026-01-05T10:00:00Z"}
    rows = normalise(shipped()["entra_identity_protection"], _jsonl([first, later]))
    assert len({row["event_uid"] for row in rows}) == 2
    assert [row["action"] for row in rows] == ["case.open", "case.decide"]


def _source(path: Path) -> str | None:
    data = path.read_bytes()
    container = detect(data)
    assert container is not None
    with path.open("rb") as stream:
        batch = next(iter(container.split(stream)))
    return recognise(decode(batch.documents or batch.records), shipped()).source


@needs_real_records
@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("plaso/jsonl/azure_activity_log.jsonl", "azure_activity"),
        ("plaso/jsonl/microsoft_audit_log.jsonl", "m365_unified_audit"),
        ("cado-cloudgrep/azure.json", "azure_activity"),
        ("cado-cloudgrep/azure_singleline.json", "azure_activity"),
        (
            "otrf/compound/GoldenSAMLADFSMailAccess/AADAuditEvents/AADAuditEvents.json",
            "entra_audit_table",
        ),
        (
            "otrf/compound/GoldenSAMLADFSMailAccess/OfficeActivityEvents/OfficeActivityEvents.json",
            "m365_unified_audit",
        ),
        ("tenzir_library/microsoft/tests/inputs/graph/directory-audits.ndjson", "entra_audit"),
        ("tenzir_library/microsoft/tests/inputs/graph/sign-ins.ndjson", "entra_signin"),
        (
            "tenzir_library/microsoft/tests/inputs/graph/risk-detections.ndjson",
            "entra_identity_protection",
        ),
        (
            "tenzir_library/microsoft/tests/inputs/graph/risky-users.ndjson",
            "entra_identity_protection",
        ),
        ("sentinel_sample_data/AADUSerInfo.csv", None),
        ("sentinel_sample_data/AzurePurview_SampleData.csv", None),
    ],
)
def test_a_real_file_is_recognised_as_what_it_is(path: str, source: str | None) -> None:
    assert _source(REAL / path) == source


@needs_real_records
def test_a_tenant_of_the_unified_log_is_told_in_verbs() -> None:
    data = gzip.decompress((REAL / "m365_ual/invictus-o365/auditrecords.csv.gz").read_bytes())
    rows = normalise(shipped()["m365_unified_audit"], data)
    assert all(row["time"] for row in rows)
    directory = [row for row in rows if str(row["operation"]).endswith(".")]
    assert len(directory) > 600
    assert {row["operation"] for row in directory if row["action"] == "other"} == set()
    assert _share(rows, "target") > 0.95
    assert all(ipaddress.ip_address(str(row["src_ip"])) for row in rows if row["src_ip"])
    machines = {row["actor"] for row in rows if str(row["actor"]).startswith("NT AUTHORITY")}
    assert {row["actor_type"] for row in rows if row["actor"] in machines} == {"system"}
    granted = [row for row in rows if row["operation"] == "Add member to role."]
    assert any("Global Administrator" in row["targets"] for row in granted)


def _share(rows: list[Row], column: str) -> float:
    return sum(row[column] is not None for row in rows) / len(rows)


@needs_real_records
def test_deletions_that_were_asked_for_are_not_yet_done() -> None:
    path = REAL / "plaso/jsonl/azure_activity_log.jsonl"
    rows = normalise(shipped()["azure_activity"], path.read_bytes())
    assert [row["outcome"] for row in rows] == ["pending"] * 4
    assert [row["actor_type"] for row in rows] == ["service", "user", "service", "user"]
    assert [row["action"] for row in rows] == [
        "resource.delete", "resource.delete", "resource.change", "resource.change",
    ]  # fmt: skip


@needs_real_records
def test_a_secret_added_to_an_application_is_read_from_the_table() -> None:
    folder = REAL / "otrf/compound/GoldenSAMLADFSMailAccess/AADAuditEvents"
    rows = normalise(shipped()["entra_audit_table"], (folder / "AADAuditEvents.json").read_bytes())
    assert [row["action"] for row in rows] == [
        "credential.create", "credential.create", "config.change", "access.grant",
    ]  # fmt: skip
    assert all(row["actor"] and row["target"] and row["user_agent"] for row in rows)
