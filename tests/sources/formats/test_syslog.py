"""Syslog: every line is a record or a reject, its header is told apart from what programs say."""

from __future__ import annotations

import io
import json
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.sources import lines
from forensics.sources.declaration import shipped
from forensics.sources.formats import NOT_UTF8, Batch, Hints, detect
from forensics.sources.formats.syslog import FORMAT
from forensics.sources.normalise import normalise

WRITTEN = date(2026, 3, 1)


def split(data: bytes, written: date | None = WRITTEN) -> list[Batch]:
    return list(FORMAT.split(io.BytesIO(data), Hints(written=written)))


def document(line: str, written: date | None = WRITTEN) -> Any:
    ((found,),) = [batch.documents or [] for batch in split(line.encode() + b"\n", written)]
    return json.loads(found)


@pytest.mark.parametrize(
    ("line", "header", "message"),
    [
        (
            "<34>1 2026-01-05T22:14:15.003Z web1 su 77 ID47 - 'su root' failed for ada",
            {
                "priority": 34, "facility": 4, "severity": 2, "hostname": "web1", "appname": "su",
                "timestamp": "2026-01-05T22:14:15.003Z", "procid": "77", "msgid": "ID47",
            },
            "'su root' failed for ada",
        ),
        (
            "<34>Feb  5 22:14:15 web1 su: 'su root' failed for ada",
            {
                "priority": 34, "facility": 4, "severity": 2, "hostname": "web1", "appname": "su",
                "timestamp": "2026-02-05T22:14:15",
            },
            "'su root' failed for ada",
        ),
        (
            "2026-01-05T22:14:15.003+01:00 web1 sshd[77]: Accepted password for ada",
            {
                "timestamp": "2026-01-05T22:14:15.003+01:00", "hostname": "web1",
                "appname": "sshd", "procid": "77",
            },
            "Accepted password for ada",
        ),
        (
            "Jan  5 2024 22:14:15 web1 CRON[77]: (root) CMD (true)",
            {
                "timestamp": "2024-01-05T22:14:15", "hostname": "web1", "appname": "CRON",
                "procid": "77",
            },
            "(root) CMD (true)",
        ),
        (
            "<13>Feb  5 17:32:18 192.0.2.7 no program is named",
            {
                "priority": 13, "facility": 1, "severity": 5, "hostname": "192.0.2.7",
                "timestamp": "2026-02-05T17:32:18",
            },
            "no program is named",
        ),
        ("<34>1 - - - - - -", {"priority": 34, "facility": 4, "severity": 2}, ""),
    ],
)  # fmt: skip
def test_headers(line: str, header: dict[str, Any], message: str) -> None:
    assert document(line) == {"syslog": header, "message": message}


def test_structured_data_is_read_with_its_escapes() -> None:
    line = r'<34>1 2026-01-05T22:14:15Z h app - - [a@1 x="1" y="\"q\" \]\\"][b z=""] [not data] m'
    found = document(line)
    assert found["syslog"]["structured_data"] == {"a@1": {"x": "1", "y": '"q" ]\\'}, "b": {"z": ""}}
    assert found["message"] == "[not data] m"


@pytest.mark.parametrize("cookie", ["", "@cee:", "@cee: "])
def test_members_of_a_message_that_is_json_are_lifted(cookie: str) -> None:
    line = f'2026-01-05T22:14:15Z h app: {cookie}{{"id": 12345678901234567890, "a": {{"b": 1.10}}}}'
    (batch,) = split(line.encode())
    assert b'"id":12345678901234567890' in (batch.documents or [])[0]
    assert b'{"b": 1.10}' in (batch.documents or [])[0]
    assert document(line)["syslog"]["appname"] == "app"
    assert "message" not in document(line)


def test_a_message_cannot_forge_its_header() -> None:
    line = '2026-01-05T22:14:15Z h app: {"syslog": {"appname": "sudo", "own": 1}, "message": "m"}'
    found = document(line)
    assert found["syslog"]["appname"] == "app"
    assert found["syslog"]["own"] == 1
    assert found["message"] == "m"


@pytest.mark.parametrize("message", ["{broken", "{}", '{"a":1} and more', '["a"]', "@cee: x"])
def test_a_message_that_is_no_object_with_members_is_text(message: str) -> None:
    assert document(f"2026-01-05T22:14:15Z h app: {message}")["message"] == message


@given(st.dates(date(1990, 1, 1), date(2100, 12, 31)), st.integers(-1, 360))
def test_the_year_is_that_in_which_the_stamp_is_not_after_the_last_writing(
    day: date, age: int
) -> None:
    if (day.month, day.day) == (2, 29):
        return
    line = f"{day:%b} {day.day:2} 09:00:00 h app: m"
    found = document(line, day + timedelta(days=age))
    assert found["syslog"]["timestamp"] == f"{day:%Y-%m-%d}T09:00:00"


def test_a_leap_day_is_of_the_last_leap_year() -> None:
    assert document("Feb 29 09:00:00 h app: m")["syslog"]["timestamp"] == "2024-02-29T09:00:00"
    assert "timestamp" not in document("Feb 30 09:00:00 h app: m")["syslog"]


def test_december_turns_into_january_within_a_file() -> None:
    data = b"Dec 31 23:59:59 h app: a\nJan  1 00:00:01 h app: b\n"
    (batch,) = split(data, date(2026, 1, 2))
    stamps = [json.loads(one)["syslog"]["timestamp"] for one in batch.documents or []]
    assert stamps == ["2025-12-31T23:59:59", "2026-01-01T00:00:01"]


def test_a_stamp_without_a_year_is_no_time_when_nothing_tells_it() -> None:
    assert "timestamp" not in document("Jan  5 09:00:00 h sshd: m", None)["syslog"]
    (row,) = normalise(shipped()["linux_auth"], b"Jan  5 09:00:00 h sshd: m\n")
    assert row["time"] is None


def test_what_is_no_syslog_line_is_rejected_with_its_bytes() -> None:
    data = (
        b'2026-01-05T22:14:15Z h a: m\r\n\n  continued \n{"a": 1}\n2026-01-05T22:14:15Z h a: \xff\n'
    )
    (batch,) = split(data)
    assert batch.numbers == [0, 2]
    assert batch.records == [b"2026-01-05T22:14:15Z h a: m", b'{"a": 1}']
    assert [(one.record_no, one.data) for one in batch.rejects] == [
        (1, b"  continued "),
        (3, b"2026-01-05T22:14:15Z h a: \xff"),
    ]
    assert batch.rejects[1].reason == NOT_UTF8


LINES = st.one_of(
    st.binary(max_size=60),
    st.builds(
        lambda pri, stamp, rest: f"{pri}{stamp} {rest}".encode(),
        st.sampled_from(["", "<34>", "<34>1 ", "<999>"]),
        st.sampled_from(["Feb 29 09:00:00", "Jan  5 09:00:00", "2026-01-05T09:00:00Z", "-"]),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    ),
    st.just(b'2026-01-05T09:00:00Z h app: {"a": [1, {"syslog": null}]}'),
)


@given(st.lists(LINES, max_size=12), st.integers(1, 50), st.sampled_from([b"\n", b"\r\n"]))
def test_nothing_is_lost(data: list[bytes], chunk: int, end: bytes) -> None:
    whole = end.join(data)
    wanted = [one.rstrip(b"\r") for one in whole.split(b"\n") if one.strip()]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "_CHUNK", chunk)
        batches = split(whole)
    kept = {n: r for batch in batches for n, r in zip(batch.numbers, batch.records, strict=True)}
    kept |= {one.record_no: one.data for batch in batches for one in batch.rejects}
    assert [kept[n] for n in range(len(kept))] == wanted
    assert all(json.loads(one) for batch in batches for one in batch.documents or [])


@pytest.mark.parametrize(
    "head",
    [
        b'{"a":1}\n{"b":2}\n',
        b"time,actor,operation\n2026-01-05T09:00:00Z,ada,login\n",
        b"2026-01-05 09:00:00 INFO service: started, listening\n" * 3,
        b"an unrelated text, with commas\nand lines\n",
        b"",
    ],
)
def test_other_text_is_no_syslog(head: bytes) -> None:
    assert not FORMAT.matches(head)


def test_a_syslog_file_is_detected_though_it_begins_in_the_middle_of_a_line() -> None:
    found = detect(b"d of a line, cut\n" + b"Jan  5 09:00:00 h sudo: a, b : c\n" * 3)
    assert found is not None
    assert found.name == "syslog"
