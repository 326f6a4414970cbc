"""Audit events: their lines come together, whatever stands between them, and none is lost."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.sources import lines
from forensics.sources.formats import Batch, detect
from forensics.sources.formats import auditd as module
from forensics.sources.formats.auditd import FORMAT


def split(data: bytes) -> list[Batch]:
    return list(FORMAT.split(io.BytesIO(data)))


def numbered(data: bytes) -> dict[int, bytes]:
    """Records by their numbers."""
    pairs = [zip(batch.numbers, batch.records, strict=True) for batch in split(data)]
    return dict(one for found in pairs for one in found)


def documents(data: bytes) -> list[Any]:
    return [json.loads(one) for batch in split(data) for one in batch.documents or []]


def line(kind: str, serial: int, rest: str = "a=1", node: str = "") -> bytes:
    before = f"node={node} " if node else ""
    return f"{before}type={kind} msg=audit(1767604364.123:{serial}): {rest}".encode()


def test_lines_of_an_event_come_together_though_others_stand_between() -> None:
    one = [line("SYSCALL", 1, "auid=1000"), line("PATH", 1, 'name="x"'), line("EOE", 1, "")]
    two = [line("USER_CMD", 2, "msg='cmd=\"ls\"'")]
    (batch,) = split(b"\n".join([one[0], two[0], one[1], one[2]]) + b"\n")
    assert batch.numbers == [0, 1]
    assert batch.records == [b"\n".join(one), two[0]]
    first, second = (json.loads(text) for text in batch.documents or [])
    assert first["timestamp"] == "2026-01-05T09:12:44.123Z"
    assert (first["serial"], first["type"]) == (1, "SYSCALL")
    assert first["records"]["PATH"] == [{"name": "x"}]
    assert second["main"]["msg"]["cmd"] == "ls"


def test_the_line_that_tells_what_happened_is_the_main_one() -> None:
    for kinds, main in (
        (["SYSCALL", "PATH", "PROCTITLE"], "SYSCALL"),
        (["SYSCALL", "AVC"], "AVC"),
        (["PROCTITLE", "CONFIG_CHANGE", "SYSCALL"], "CONFIG_CHANGE"),
        (["CWD", "PATH"], "CWD"),
    ):
        (found,) = documents(b"\n".join(line(kind, 1, f"kind={kind}") for kind in kinds))
        assert found["type"] == main
        assert found["main"]["kind"] == main


def test_a_command_line_of_several_lines_is_one() -> None:
    data = [line("EXECVE", 1, 'argc=3 a0="a" a1="b"'), line("EXECVE", 1, 'a2="c"')]
    (found,) = documents(b"\n".join(data))
    assert found["main"] == {"argc": "3", "argv": ["a", "b", "c"]}


def test_events_of_two_nodes_with_one_serial_are_two() -> None:
    data = [line("SYSCALL", 1, node="a"), line("SYSCALL", 1, node="b"), line("EOE", 1, node="a")]
    assert [one["node"] for one in documents(b"\n".join(data))] == ["a", "b"]


def test_what_ausearch_writes_between_events_is_no_record() -> None:
    data = b"----\ntime->Mon Jan  5 09:12:44 2026\n" + line("SYSCALL", 1) + b"\n"
    (batch,) = split(data)
    assert (batch.numbers, batch.rejects) == ([0], [])
    found = detect(data)
    assert found is not None
    assert found.name == "auditd"


def test_other_lines_are_rejected_with_their_bytes() -> None:
    data = (
        b"# a remark\n" + line("SYSCALL", 1) + b"\ntype=UNKNOWN[1] msg=?\n\xff\n" + line("EOE", 1)
    )
    assert list(numbered(data)) == [1]
    assert [(one.record_no, one.data) for batch in split(data) for one in batch.rejects] == [
        (0, b"# a remark"),
        (2, b"type=UNKNOWN[1] msg=?"),
        (3, b"\xff"),
    ]


def test_a_line_that_comes_too_late_is_a_record_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_OPEN", 2)
    data = [line("SYSCALL", n) for n in (1, 2, 3)] + [line("EOE", 1, "")]
    assert numbered(b"\n".join(data)) == dict(enumerate(data))


def test_what_waits_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_HELD", 200)
    monkeypatch.setattr(lines, "_CHUNK", 100)
    endless = [line("EXECVE", 1, f'a{n}="x"') for n in range(50)]
    batches = split(b"\n".join(endless))
    assert max(len(one) for batch in batches for one in batch.records) < 500
    assert b"\n".join(one for batch in batches for one in batch.records) == b"\n".join(endless)


EVENTS = st.lists(
    st.builds(line, st.sampled_from(["SYSCALL", "PATH", "EOE", "USER_CMD"]), st.integers(1, 5)),
    max_size=30,
)
NOISE = st.lists(
    st.binary(max_size=30).filter(lambda one: b"\n" not in one and one.strip() != b"----"),
    max_size=4,
)


@given(EVENTS, NOISE, st.randoms(), st.integers(1, 90), st.integers(1, 4))
def test_nothing_is_lost_and_lines_keep_their_order(
    events: list[bytes], noise: list[bytes], chance: Any, chunk: int, held: int
) -> None:
    data = events + noise
    chance.shuffle(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "_CHUNK", chunk)
        patch.setattr(module, "_OPEN", held)
        batches = split(b"\n".join(data))
    records = [one for batch in batches for one in batch.records]
    rejects = [one.data for batch in batches for one in batch.rejects]
    kept = [part for one in records for part in one.split(b"\n")] + rejects
    wanted = [one.rstrip(b"\r") for one in data if one.strip()]
    assert sorted(kept) == sorted(wanted)
    numbers = [n for batch in batches for n in batch.numbers]
    numbers += [one.record_no for batch in batches for one in batch.rejects]
    assert sorted(numbers) == list(range(len(numbers)))
    for record in records:
        assert len({part.split(b":")[1] for part in record.split(b"\n")}) == 1
