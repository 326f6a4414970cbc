"""JSON Lines: every line is a record with its exact bytes, whatever stands around it."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.sources.formats import NOT_UTF8, Batch, detect
from forensics.sources.formats import jsonl as module
from forensics.sources.formats.jsonl import FORMAT


def split(data: bytes) -> list[Batch]:
    return list(FORMAT.split(io.BytesIO(data)))


def records(data: bytes) -> list[bytes]:
    return [record for batch in split(data) for record in batch.records]


def test_records_keep_their_bytes_between_any_line_ends() -> None:
    assert records(b'{"a": 1 }\r\n\r\n  {"b":2}\n\t\n{"c":"\xc3\xa4"}') == [
        b'{"a": 1 }',
        b'{"b":2}',
        '{"c":"ä"}'.encode(),
    ]


def test_numbers_count_lines_that_are_not_blank_over_chunks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_CHUNK", 7)
    batches = split(b'{"a":1}\n\n{"b":"long enough for many chunks"}\n{"c":3}\n')
    assert [n for batch in batches for n in batch.numbers] == [0, 1, 2]


def test_only_the_line_that_is_not_utf8_is_rejected() -> None:
    (batch,) = split(b'{"a":1}\n{"b":"\xff"}\n{"c":3}\n')
    assert batch.numbers == [0, 2]
    assert [(one.record_no, one.reason, one.data) for one in batch.rejects] == [
        (1, NOT_UTF8, b'{"b":"\xff"}')
    ]


def test_one_line_of_many_megabytes_is_one_record() -> None:
    line = b'{"a":"' + b"x" * (9 * 1024 * 1024) + b'"}'
    assert records(b'{"first":1}\n' + line + b"\n") == [b'{"first":1}', line]


@given(
    st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=20), min_size=1), max_size=12),
    st.integers(1, 40),
    st.sampled_from([b"\n", b"\r\n", b"\n\n"]),
)
def test_nothing_is_lost_wherever_chunks_end(
    documents: list[dict[str, str]], chunk: int, end: bytes
) -> None:
    lines = [json.dumps(one).encode() for one in documents]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_CHUNK", chunk)
        assert records(end.join(lines)) == lines


@pytest.mark.parametrize(
    "head",
    [
        b'{"a":1}\n{"b":2}\n',
        b'{"a":1}\n',
        b'broken\n{"a":1}\n',
        b'{\n{"a":1}\n{"b":2}\n',
        b'{"a": 1, "b": [\n{"a":1}\n{"b":2}\n',
        b'{"broken": {"x": 1}\n{"a":1}\n',
        b'{"at":"2026-01-05","events":[{"x":1}]}\n{"at":"2026-01-05","events":[{"x":1}]}\n',
    ],
)
def test_lines_of_objects_are_json_lines(head: bytes) -> None:
    found = detect(head)
    assert found is not None
    assert found.name == "jsonl"
