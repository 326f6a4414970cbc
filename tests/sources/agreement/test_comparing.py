"""What counts as agreement, on documents made up for it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import reasons
from comparing import FIELDS, address
from peer import Record, values
from reasons import Reason
from scores import Difference, Score

BY_NAME = {one.name: one for one in FIELDS}
COLUMNS = [
    "time", "outcome", "src_ip", "operation", "target", "target_id", "target_name", "targets",
    "actor", "actor_id", "actor_email", "actor_name", "actor_type",
]  # fmt: skip


def event(**columns: Any) -> dict[str, Any]:
    return {**dict.fromkeys(COLUMNS), **columns}


def agree(name: str, row: dict[str, Any], document: dict[str, Any]) -> bool | None:
    """Whether both sides say the same; None where one says nothing."""
    one = BY_NAME[name]
    ours, theirs = one.ours(row), one.theirs(Record("", document, "", timed=True))
    return one.same(ours, theirs) if ours and theirs else None


def test_values_are_found_under_nested_and_dotted_keys_and_in_lists() -> None:
    document = {"user": {"name": "ada"}, "user.name": "bob", "group": [{"id": 1}, {"id": [2, 3]}]}
    assert values(document, "user.name") == ["ada", "bob"]
    assert values(document, "group.id") == [1, 2, 3]
    assert values(document, "user.email") == []


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1:443", "192.0.2.1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("2001:0DB8:0::1", "2001:db8::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::1"),
        ("host.example.com", None),
    ],
)
def test_addresses_are_compared_as_addresses(written: str, wanted: str | None) -> None:
    assert address(written) == wanted


@pytest.mark.parametrize(
    ("name", "row", "document", "wanted"),
    [
        ("outcome", event(outcome="denied"), {"event": {"outcome": "failure"}}, True),
        ("outcome", event(outcome="success"), {"event": {"outcome": ["failure"]}}, False),
        ("outcome", event(outcome="unknown"), {"event": {"outcome": "success"}}, None),
        ("source address", event(src_ip="192.0.2.1:80"), {"source.ip": "192.0.2.1"}, True),
        ("source address", event(src_ip="192.0.2.1"), {"client": {"ip": "192.0.2.2"}}, False),
        ("source address", event(src_ip="192.0.2.1"), {"source": {"address": "a.example"}}, None),
        ("actor", event(actor="Ada@example.com"), {"user": {"email": "ada@example.com"}}, True),
        ("actor", event(actor="ada@example.com"), {"user": {"name": "bob"}}, False),
        ("actor", event(actor="x", actor_id="7"), {"client": {"user": {"id": 7}}}, True),
        ("actor (strict)", event(actor="x", actor_id="7"), {"user": {"id": 7}}, False),
        (
            "actor (strict)",
            event(actor="ada@example.com"),
            {"user": {"name": "ada", "domain": "example.com"}},
            True,
        ),
        ("target", event(targets=["a", "B"]), {"user": {"target": {"name": "b"}}}, True),
        ("target", event(target="a"), {"user": {"changes": {"email": "b@example.com"}}}, False),
        ("operation", event(operation="Update user."), {"event.action": "update-user"}, True),
    ],
)
def test_what_agrees(
    name: str, row: dict[str, Any], document: dict[str, Any], wanted: bool | None
) -> None:
    assert agree(name, row, document) is wanted


def test_times_agree_within_the_millisecond_that_the_peer_keeps() -> None:
    row = event(time=datetime(2026, 1, 5, 9, 0, 0, 123456, tzinfo=UTC))
    assert agree("time", row, {"@timestamp": "2026-01-05T09:00:00.123Z"})
    assert not agree("time", row, {"@timestamp": "2026-01-05T09:00:00.125Z"})


def test_a_reason_explains_its_kind_of_record_only() -> None:
    row = event(operation="repo.transfer", actor_type="service")
    record = Record("", {"user": {"target": {"name": "ada"}}}, "", timed=True)
    score = Score("door", (), differences=[Difference("target", "", record, row)])

    def explained(**kind: Any) -> bool:
        written = {"stream": "door", "field": "target", "why": "", **kind}
        return not reasons.explain(score, [Reason(**written)]).open

    assert explained()
    assert explained(operation=("repo.*",), ours={"actor_type": ["service"]})
    assert explained(theirs={"user.target.name": ["a*"], "user.name": [""]})
    assert not explained(operation=("team.*",))
    assert not explained(ours={"actor_type": ["user"]})
    assert not explained(theirs={"user.name": ["?*"]})
    assert not explained(field="actor")
    assert not explained(contained=True)
