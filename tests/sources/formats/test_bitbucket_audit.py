"""Bitbucket's older audit file: eight columns, details that may hold bars, and no line lost."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.sources.formats import detect
from forensics.sources.formats.bitbucket_audit import FORMAT

LINE = b'192.0.2.1 | UserDeletedEvent | ada | 1767604364906 | B/b | {"a":"x | y"} | @1 | s'


def test_it_is_told_from_a_table_with_bars() -> None:
    assert detect(LINE + b"\n" + LINE) is FORMAT
    assert detect(b"address | event | user\n1 | x | y\n") is not FORMAT


def test_columns_that_are_filled() -> None:
    (batch,) = FORMAT.split(io.BytesIO(LINE + b"\r\n- | E | - | 1767604364906 | - | - | - | -\n"))
    first, second = (json.loads(one)["bitbucket_audit"] for one in batch.documents or [])
    assert first == {
        "address": "192.0.2.1", "event": "UserDeletedEvent", "user": "ada",
        "time": "1767604364906", "entity": "B/b", "details": {"a": "x | y"}, "request": "@1",
        "session": "s",
    }  # fmt: skip
    assert second == {"event": "E", "time": "1767604364906"}
    assert batch.records[0] == LINE


def test_details_that_are_no_json_stay_text() -> None:
    (batch,) = FORMAT.split(io.BytesIO(LINE.replace(b'"x', b"x")))
    assert json.loads((batch.documents or [])[0])["bitbucket_audit"]["details"] == '{"a":x | y"}'


@pytest.mark.parametrize("line", [b"x", b"\xff" + LINE, LINE.replace(b"1767604364906", b"now")])
def test_a_line_of_something_else_is_rejected_as_it_stands(line: bytes) -> None:
    (batch,) = FORMAT.split(io.BytesIO(b"\n".join((LINE, line, LINE, b""))))
    assert batch.numbers == [0, 2]
    assert [(one.record_no, one.data) for one in batch.rejects] == [(1, line)]


@given(st.lists(st.one_of(st.just(LINE), st.binary().map(lambda one: one.replace(b"\n", b"")))))
def test_nothing_is_lost(given: list[bytes]) -> None:
    wanted = [line for one in given if (line := one.rstrip(b"\r")).strip()]
    found: dict[int, bytes] = {}
    for batch in FORMAT.split(io.BytesIO(b"\n".join(given))):
        found |= dict(zip(batch.numbers, batch.records, strict=True))
        found |= {one.record_no: one.data for one in batch.rejects}
    assert [found[number] for number in sorted(found)] == wanted
    assert sorted(found) == list(range(len(wanted)))
