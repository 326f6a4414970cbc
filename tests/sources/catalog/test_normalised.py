"""Records that others normalised: OCSF of several producers and versions, and ECS."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from forensics import event
from forensics.sources.declaration import shipped
from forensics.sources.normalise import normalise

REAL = Path(__file__).parents[3].parent / "shared" / "real_logs" / "ocsf_examples"
real = pytest.mark.skipif(not REAL.is_dir(), reason="the shared records are not here")


def ocsf_files() -> list[Path]:
    """Examples in OCSF that are sound JSON."""
    found = []
    for path in sorted(one for one in REAL.rglob("*") if one.is_file()):
        try:
            document = json.loads(path.read_bytes())
        except ValueError:
            continue
        if isinstance(document, dict) and "class_uid" in document:
            found.append(path)
    return found


@real
def test_every_example_has_time_actor_and_verb() -> None:
    files = ocsf_files()
    assert len(files) > 30
    for path in files:
        (row,) = normalise(shipped()["ocsf"], path.read_bytes())
        document = json.loads(path.read_bytes())
        assert row["time"] is not None, path
        assert 2014 < row["time"].year < 2027, path
        if document["category_uid"] == 3 and document["activity_id"] != 99:
            assert row["action"] != "other", path
            assert row["actor"], path
        if document.get("status") in {"Success", "Failure"}:
            assert row["outcome"] == document["status"].lower(), path


@pytest.mark.parametrize(
    ("class_uid", "activity_id", "action"),
    [
        (3001, 1, "account.create"),
        (3001, 2, "account.activate"),
        (3001, 4, "credential.reset"),
        (3001, 5, "account.deactivate"),
        (3001, 6, "account.delete"),
        (3001, 7, "role.grant"),
        (3001, 8, "role.revoke"),
        (3001, 9, "account.lock"),
        (3001, 11, "credential.mfa_reset"),
        (3001, 99, "account.update"),
        (3002, 2, "session.end"),
        (3002, 3, "session.authenticate"),
        (3005, 1, "role.grant"),
        (3006, 4, "group.member_remove"),
        (3006, 5, "group.delete"),
        (3004, 4, "resource.delete"),
        (6003, 2, "access.read"),
        (6003, 4, "resource.delete"),
        (6003, 99, "other"),
        (1007, 1, "other"),
    ],
)
def test_class_and_activity_tell_the_verb(class_uid: int, activity_id: int, action: str) -> None:
    record = {
        "class_uid": class_uid,
        "activity_id": activity_id,
        "time": 1767604364123,
        "metadata": {"version": "1.3.0"},
        "actor": {"user": {"name": "ada"}},
        "user": {"name": "bob"},
    }
    (row,) = normalise(shipped()["ocsf"], json.dumps(record).encode())
    assert row["action"] == action


def test_the_first_version_counted_its_classes_otherwise() -> None:
    record = {
        "class_uid": 3005,
        "class_name": "API Activity",
        "activity_id": 2,
        "time": 1767604364123,
        "metadata": {"version": "1.0.0-rc.2"},
        "api": {"operation": "DescribeTrails"},
    }
    (row,) = normalise(shipped()["ocsf"], json.dumps(record).encode())
    assert (row["action"], row["operation"]) == ("access.read", "DescribeTrails")


ECS: dict[str, object] = {
    "@timestamp": "2026-01-05T09:12:44.123Z",
    "ecs": {"version": "8.11.0"},
    "event": {"action": "added-user-account", "outcome": "success", "category": ["iam"]},
    "user": {"name": "ada", "target": {"name": "bob"}},
    "source": {"ip": "192.0.2.7"},
    "organization": {"id": "o-1"},
}


def dotted(document: dict[str, object], before: str = "") -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in document.items():
        name = f"{before}{key}"
        found |= dotted(value, f"{name}.") if isinstance(value, dict) else {name: value}
    return found


def test_nested_and_dotted_names_say_the_same() -> None:
    rows = [normalise(shipped()["ecs"], json.dumps(one).encode())[0] for one in (ECS, dotted(ECS))]
    own = {"event_uid", "raw"}
    names = [column.name for column in event.COLUMNS if column.name not in own]
    assert [rows[0][name] for name in names] == [rows[1][name] for name in names]
    assert (rows[0]["actor"], rows[0]["target"]) == ("ada", "bob")
    assert rows[0]["action"] == "account.create"
