"""Soundness: what can be mended is, and what cannot is told with its place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.sources.recognise import decode
from forensics.sources.soundness import fault_at, mended_json


@pytest.mark.parametrize(
    ("record", "wanted"),
    [
        (b'{"a": NaN, "b": [Infinity, -Infinity], "c": 1e999}', {"a": None, "b": [None] * 2}),
        (b'{"a": "\\ud800x"}', {"a": "\ufffdx"}),
        (b'{"a": "x\ty"}', {"a": "x\ty"}),
        (b'{"a": 1, "b": [1, 2, ], }', {"a": 1, "b": [1, 2]}),
        (b'{"a": ",}", }', {"a": ",}"}),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        (b'{"a": 1, "a": 2}', {"a": 1}),
    ],
)
def test_what_is_nearly_sound_is_mended(record: bytes, wanted: dict[str, Any]) -> None:
    mended = json.loads(mended_json(record) or b"0")
    assert {key: mended[key] for key in wanted} == wanted
    assert decode([record])


@pytest.mark.parametrize("record", [b"{", b"[1]", b"{'a': 1}", b'{"a": oops}', b'{"a": 1,,}', b""])
def test_what_could_mean_several_things_is_not(record: bytes) -> None:
    assert mended_json(record) is None


@given(st.dictionaries(st.text(), st.none() | st.text() | st.integers() | st.booleans()))
def test_a_sound_record_is_mended_to_itself(document: dict[str, Any]) -> None:
    assert json.loads(mended_json(json.dumps(document).encode()) or b"0") == document


@pytest.mark.parametrize(
    ("text", "record", "told"),
    [
        (b'[{"a": 1, b: 2}]', b'{"a": 1, b: 2}', ("line 1, byte 11:", "b: 2", "mend it there")),
        (b'[\n{"a":\noops}]', b'{"a":\noops}', ("line 3, byte 9:", "oops")),
        ('{"ä": oops}'.encode(), '{"ä": oops}'.encode(), ("line 1, byte 8:",)),
        (b'\n{"a": "x', b'{"a": "x', ("line 2, byte 8:", "cut off", "export it again")),
        (b"{'a': None}", b"{'a': None}", ("line 1, byte 2:", "printed by a program")),
        (b'{"a": "\xfc"}', b'{"a": "\xfc"}', ("line 1, byte 8:", "0xFC", "not UTF-8")),
        (b"\n\n[1]", b"[1]", ("line 3, byte 3:", "not a JSON object but list")),
    ],
)
def test_a_fault_is_told_with_line_byte_cause_and_remedy(
    text: bytes, record: bytes, told: tuple[str, ...]
) -> None:
    assert all(part in fault_at(text, record) for part in told), fault_at(text, record)


@given(st.binary(max_size=60), st.binary(max_size=20))
def test_a_fault_of_any_bytes_has_a_place(record: bytes, before: bytes) -> None:
    assert fault_at(before + record, record).startswith("line ")
