"""Laurel's events: one document each as the lines of auditd would have, and none is lost."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.sources.formats import NOT_UTF8, Batch, auditd, detect
from forensics.sources.formats.laurel import FORMAT

EVENT: dict[str, Any] = {
    "ID": "1767604364.123:7",
    "NODE": "web1",
    "SYSCALL": {"auid": 1000, "success": "yes", "key": None},
    "EXECVE": {"argc": 2, "ARGV": ["rm", "x"]},
    "PATH": [{"name": "x", "nametype": "DELETE"}],
}


def split(*records: Any) -> list[Batch]:
    lines = (one if isinstance(one, bytes) else json.dumps(one, separators=(",", ":")).encode()
             for one in records)  # fmt: skip
    return list(FORMAT.split(io.BytesIO(b"".join(one + b"\n" for one in lines))))


def documents(*records: Any) -> list[Any]:
    return [json.loads(one) for batch in split(*records) for one in batch.documents or []]


def test_it_is_told_from_other_json() -> None:
    line = json.dumps(EVENT, separators=(",", ":")).encode()
    assert detect(line) is FORMAT
    assert detect(b'{"ID":"17","x":1}\n{"ID":"18"}') is not FORMAT


def test_an_event_has_the_document_of_its_lines() -> None:
    (ours,) = documents(EVENT)
    lines = (
        b"node=web1 type=SYSCALL msg=audit(1767604364.123:7): success=yes auid=1000\n"
        b'node=web1 type=EXECVE msg=audit(1767604364.123:7): argc=2 a0="rm" a1="x"\n'
        b'node=web1 type=PATH msg=audit(1767604364.123:7): name="x" nametype=DELETE\n'
    )
    (batch,) = auditd.FORMAT.split(io.BytesIO(lines))
    theirs = json.loads((batch.documents or [])[0])
    for key in ("serial", "timestamp", "node", "type"):
        assert ours[key] == theirs[key]
    assert ours["records"]["PATH"] == theirs["records"]["PATH"]
    assert ours["records"]["EXECVE"]["argv"] == theirs["records"]["EXECVE"]["argv"]


def test_what_tells_of_the_event_is_the_main_record_and_parents_are_none() -> None:
    login = {"auid": 0, "old-auid": 4294967295, "res": 1}
    found, other = documents(
        {**EVENT, "LOGIN": [login], "PARENT_INFO": {"comm": "bash"}},
        {"ID": "1767604364.123:8", "AVC": [{"seresult": "denied"}, {"seresult": "granted"}]},
    )
    assert (found["type"], found["main"]["res"], found["main"]["msg"]["res"]) == ("LOGIN", 1, 1)
    assert (other["type"], other["main"]["seresult"]) == ("AVC", "denied")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"no json", "not JSON of an audit event: "),
        (b"[]", "not JSON of an audit event: "),
        (b"\xff", NOT_UTF8),
        (b'{"ID":"x","SYSCALL":{}}', "not an audit event: it has no ID"),
        (b'{"SYSCALL":{"a":1}}', "not an audit event: it has no ID"),
        (b'{"ID":null,"SYSCALL":{"a":1}}', "not an audit event: it has no ID"),
        (b'{"ID":"1767604364.123:7"}', "an audit event without fields"),
        (b'{"ID":"1767604364.123:7","PATH":[]}', "an audit event without fields"),
        (b'{"ID":"1767604364.123:7","USER_CMD":"text"}', "an audit event without fields"),
    ],
)
def test_what_is_no_event_is_rejected_as_it_stands(line: bytes, told: str) -> None:
    (batch,) = split(EVENT, line, EVENT)
    assert batch.numbers == [0, 2]
    assert [(one.record_no, one.data) for one in batch.rejects] == [(1, line)]
    assert batch.rejects[0].reason.startswith(told)


@given(st.lists(st.one_of(st.just(EVENT), st.binary().map(lambda one: one.replace(b"\n", b"")))))
def test_nothing_is_lost(records: list[Any]) -> None:
    batches = split(*records)
    given = sum(1 for one in records if not isinstance(one, bytes) or one.strip(b"\r").strip())
    numbers = [number for one in batches for number in one.numbers]
    rejected = [reject.record_no for one in batches for reject in one.rejects]
    assert sorted(numbers + rejected) == list(range(given))
