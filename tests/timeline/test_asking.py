"""Questions in people's words: pivots from an event, context, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from forensics.errors import UsageError
from forensics.timeline.asking import Questions
from forensics.timeline.paths import astray

T0 = datetime(2017, 11, 2, 22, 50, tzinfo=UTC)
IDS = [f"{letter}{number:031x}" for number, letter in enumerate("abcdef")]


def row(number: int, minutes: float, **fields: Any) -> dict[str, Any]:
    return {"event_uid": IDS[number], "time": T0 + timedelta(minutes=minutes)} | fields


ROWS = [
    row(0, 0, actor="contractor-7", actor_id="u-7", session_id="S-1", src_ip="10.0.0.1",
        case_id="C-1", action="account.deactivate"),
    row(1, 1, actor="u-7", session_id="s-1", action="case.close", target="x", source="okta"),
    row(2, 30, actor="employee-1", session_id="S-2", src_ip="10.0.0.1", case_id="C-1",
        action="account.restore"),
    row(3, 300, actor="Contractor-7", session_id="S-3", action="session.end", target="x"),
    row(4, 301, actor="employee-2", action="case.view", target="y",
        raw='{"userIdentity": {"arn": "arn:x", "ip": "192.0.2.9"}, "n": 7}'),
]  # fmt: skip


@pytest.fixture
def ask(load: Any) -> Questions:
    return Questions(load(ROWS), lambda: {"console", "okta"})


def found(table: pa.Table) -> str:
    return "".join(uid[0] for uid in table.column("event_uid").to_pylist())


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"around": "a"}, None),
        ({"around": IDS[0]}, "ab"),
        ({"around": IDS[0][:12], "window": "1h"}, "abc"),
        ({"around": "A000", "window": "30s"}, "a"),
        ({"around": IDS[0], "same": ["session"]}, "ab"),
        ({"around": IDS[0], "same": ["actor"]}, "abd"),
        ({"around": IDS[0], "same": ["actor"], "window": "5m"}, "ab"),
        ({"around": IDS[0], "same": ["ip"]}, "ac"),
        ({"around": IDS[0], "same": ["case"]}, "ac"),
        ({"around": IDS[1], "same": ["target"]}, "bd"),
        ({"around": IDS[0], "same": ["actor", "session"]}, "ab"),
        ({"around": IDS[0], "same": ["actor"], "actor": "u-7"}, "ab"),
        ({"around": IDS[0], "same": "session"}, "ab"),
        ({"around": IDS[3], "same": "actor", "limit": 1}, "d"),
        ({"around": IDS[3], "same": "actor", "limit": 2}, "ad"),
        ({"around": IDS[2], "window": "1d", "limit": 3}, "abc"),
        ({"around": "2017-11-02 23:20", "window": "1d", "limit": 1}, "c"),
        ({"query": "actor:employee-1"}, "c"),
        ({"around": "2017-11-02 22:51", "window": "1m"}, "ab"),
        ({"around": T0 + timedelta(minutes=1), "window": timedelta(minutes=1)}, "ab"),
        ({"since": T0 + timedelta(minutes=30), "until": T0 + timedelta(minutes=301)}, "cd"),
    ],
)
def test_an_event_is_a_place_to_ask_from(
    ask: Questions, filters: dict[str, Any], expected: str | None
) -> None:
    if expected is None:
        with pytest.raises(UsageError):
            ask.timeline(**filters)
    else:
        assert found(ask.timeline(**filters)) == expected


@pytest.mark.parametrize(
    ("filters", "words"),
    [
        ({"around": "dead1", "same": ["actor"]}, "no event 'dead1'"),
        ({"around": "dead1"}, "no event 'dead1'"),
        ({"around": IDS[1], "same": ["case"]}, "names no case"),
        ({"same": ["actor"]}, "no event to share"),
        ({"around": "2017-11-02 22:50", "same": ["session"]}, "is a time; what is shared"),
        ({"around": T0, "same": ["session"]}, "is a time; what is shared"),
        ({"around": "nonsense", "same": ["session"]}, "no event 'nonsense'"),
        ({"around": IDS[0], "same": ["sesion"]}, "Did you mean session"),
        ({"since": T0.replace(tzinfo=None)}, "names no zone"),
        ({"actr": "contractor-7"}, "Did you mean actor"),
        ({"around": IDS[0], "window": "soon"}, "length of time"),
        ({"since": "2017-11-03", "until": "2017-11-01"}, "Nothing lies between"),
        ({"context": -1}, "below 0"),
    ],
)
def test_what_cannot_be_asked_is_said(ask: Questions, filters: Any, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        ask.timeline(**filters)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("raw.userIdentity.arn", None),
        ("raw.useridentity.arn", "No record has raw.useridentity; there is raw.userIdentity."),
        (
            "raw.userIdentity.ARN",
            "No record has raw.userIdentity.ARN; there is raw.userIdentity.arn.",
        ),
        ("raw.list.key", None),
        ("raw.n.deeper", "No record has raw.n.deeper."),
    ],
)
def test_where_a_path_goes_astray_is_said(load: Any, name: str, said: str | None) -> None:
    listing = row(5, 9) | {"raw": '{"list": [{"key": 1}]}'}
    plain = row(3, 8) | {"raw": "no JSON"}
    assert astray(load([ROWS[4], plain, listing]), name) == said


def test_nothing_lies_around_an_event_without_a_time(load: Any) -> None:
    ask = Questions(load([*ROWS, row(5, 0, actor="contractor-7") | {"time": None}]), set)
    assert found(ask.timeline(around=IDS[5], same="actor")) == "adf"
    with pytest.raises(UsageError, match="no time to look around"):
        ask.timeline(around=IDS[5])


def test_a_beginning_of_several_ids_names_them(load: Any) -> None:
    rows = [{**ROWS[0], "event_uid": "abcd" + str(n) * 28} for n in (1, 2)]
    ask = Questions(load(rows), set)
    with pytest.raises(UsageError, match="Several") as caught:
        ask.timeline(around="abcd")
    assert "abcd1111" in str(caught.value)
    assert found(ask.timeline(around="abcd1")) == "aa"


@pytest.mark.parametrize(
    ("filters", "expected", "marks"),
    [
        ({"target": "x", "context": 1}, "abcde", "·▸·▸·"),
        ({"target": "x", "context": 1, "limit": 1}, "abc", "·▸·"),
        ({"actor": "employee-2", "context": 1}, "de", "·▸"),
        ({"actor": "employee-2", "context": 9}, "abcde", "····▸"),
        ({"actor": "nobody", "context": 3}, "", ""),
    ],
)
def test_context_is_told_apart(ask: Questions, filters: Any, expected: str, marks: str) -> None:
    table = ask.timeline(**filters)
    assert found(table) == expected
    assert "".join("▸" if one else "·" for one in table["matched"].to_pylist()) == marks


def test_without_context_nothing_is_marked(ask: Questions) -> None:
    assert "matched" not in ask.timeline().column_names


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("raw.userIdentity.arn:ARN:X", None),
        ('raw.userIdentity.arn:"ARN:X"', "e"),
        ("raw.userIdentity.arn:arn*", "e"),
        ("raw.userIdentity.ip:192.0.2.0/24", "e"),
        ("raw.n:[5 TO 7]", "e"),
        ("raw.n:[5 TO 7}", ""),
        ("_exists_:case_id", "ac"),
        ("NOT _exists_:case_id", "bde"),
        ("_exists_:raw.userIdentity.ip", "e"),
        ("src_ip:10.0.0.0/8 AND NOT actor:employee-1", "a"),
        ("tag:key", ""),
        ("actor:contractor-7 AND action:account.* AND time:[2017-11-02 TO 2017-11-03]", "a"),
    ],
)
def test_a_query_and_its_values_reach_the_engine_apart(
    ask: Questions, text: str, expected: str | None
) -> None:
    if expected is None:
        with pytest.raises(UsageError, match="names a field inside"):
            ask.timeline(text)
    else:
        assert found(ask.timeline(text)) == expected
