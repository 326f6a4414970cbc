from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.conditions import query
from forensics.engine.duckdb import DuckDBEngine
from forensics.errors import UsageError
from forensics.event import COLUMNS

ARROW = {
    "VARCHAR": pa.string(),
    "VARCHAR[]": pa.list_(pa.string()),
    "BIGINT": pa.int64(),
    "INTEGER": pa.int32(),
    "TIMESTAMPTZ": pa.timestamp("us", tz="UTC"),
}
SCHEMA = pa.schema([(column.name, ARROW[column.type]) for column in COLUMNS])

ROWS: list[dict[str, Any]] = [
    {
        "event_uid": "a",
        "time": datetime(2017, 11, 2, 22, 50, 3, 412000, tzinfo=UTC),
        "actor": "contractor-7",
        "action": "account.deactivate",
        "outcome": "success",
        "target": "@headofstate",
        "targets": ["@headofstate", "acct-1001"],
        "reason": "100% sure_thing",
        "src_ip": "198.51.100.23",
        "sequence": 7,
        "raw": '{"note":"free text here"}',
    },
    {
        "event_uid": "b",
        "time": datetime(2017, 11, 3, 0, 0, tzinfo=UTC),
        "actor": "Lead-SF-1",
        "action": "account.restore",
        "outcome": "failure",
        "target": "@headofstate",
        "reason": 'back\\slash "quoted"',
        "src_ip": "2001:db8::1",
        "sequence": 8,
    },
    {"event_uid": "c", "actor": "intake", "action": "case.open", "reason": "1000 sureXthing"},
]


@pytest.fixture(scope="module")
def engine() -> DuckDBEngine:
    engine = DuckDBEngine(threads=1)
    engine.register("events", pa.Table.from_pylist(ROWS, schema=SCHEMA))
    return engine


def found(engine: DuckDBEngine, text: str) -> str:
    where = query.compile(text).sql(dialect="duckdb")
    rows = engine.rows(" ".join(("SELECT event_uid FROM events WHERE", where, "ORDER BY 1")))
    return "".join(row["event_uid"] for row in rows)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "abc"),
        ("actor:contractor-7", "a"),
        ("actor:CONTRACTOR-7", "a"),
        ("actor:contractor", ""),
        ("actor:contractor*", "a"),
        ("actor:contractor-?", "a"),
        ("actor:(intake OR lead-sf-1)", "bc"),
        ("action:account.* NOT outcome:failure", "a"),
        ("action:account.* -outcome:failure", "a"),
        ("NOT outcome:failure", "ac"),
        ("NOT (outcome:failure OR action:case.open)", "a"),
        ("actor:intake OR actor:lead-sf-1 AND outcome:failure", "bc"),
        ("+actor:intake", "c"),
        ("target:@headofstate", "ab"),
        ("targets:ACCT-1001", "a"),
        ("targets:acct*", "a"),
        ("targets:*", "a"),
        ("NOT targets:*", "bc"),
        ("outcome:*", "ab"),
        ('outcome:""', "c"),
        ('"free text"', "a"),
        ("headofstate", "ab"),
        ("acct-1001", "a"),
        ("reason:100%*", "a"),
        ("reason:*sure_thing", "a"),
        ('reason:"*sure_thing"', ""),
        (r'reason:"back\\slash \"quoted\""', "b"),
        (r"reason:back\\slash*", "b"),
        ("reason:/(?i)[0-9]+%/", ""),
        ("reason:/(?i)[0-9]+% SURE.*/", "a"),
        ("/free.*here/", "a"),
        ("time:2017-11-02", "a"),
        ("time:2017-11", "ab"),
        ("time:2017-11-02T22:50", "a"),
        ("time:2017-11-02T22:50:03.412Z", "a"),
        ("time:[2017-11-02 TO 2017-11-03]", "ab"),
        ("time:[2017-11-02 TO 2017-11-03}", "a"),
        ("time:{2017-11-02 TO *]", "b"),
        ("time:>=2017-11-03", "b"),
        ("time:>2017-11-02", "b"),
        ("time:<=2017-11-02", "a"),
        ("time:<2017-11-03", "a"),
        ('time:>="2017-11-03T01:00:00+01:00"', "b"),
        ("time:[* TO *]", "ab"),
        # What is after a minute begins with the next; what is up to it has all of it.
        ("time:>2017-11-02T22:49", "ab"),
        ("time:>2017-11-02T22:50", "b"),
        ("time:>=2017-11-02T22:50", "ab"),
        ("time:<2017-11-02T22:50", ""),
        ("time:<=2017-11-02T22:50", "a"),
        ("time:(>=2017-11-02 <2017-11-03)", "a"),
        ("sequence:(>7 <9)", "b"),
        ("*:*", "abc"),
        ("sequence:7", "a"),
        ("sequence:[-1 TO 8}", "a"),
        ("sequence:>7", "b"),
        ("src_ip:198.51.100.0/24", "a"),
        ("src_ip:10.0.0.0/8", ""),
        ('src_ip:"2001:db8::/32"', "b"),
        ("NOT src_ip:198.51.100.0/24", "bc"),
    ],
)
def test_matches(engine: DuckDBEngine, text: str, expected: str) -> None:
    assert found(engine, text) == expected


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("actr:x", 1, "actor"),
        ("outcome:failure AND ip:x", 21, "src_ip"),
        ("(actor:x", 9, "parenthesis"),
        ("actor:x)", 8, "one ) too many"),
        ("src_ip:2001:db8::1", 17, "Quote"),
        ('actor:"open', 7, "Close the quote"),
        ("actor:x and action:y", 9, "AND"),
        ("actor:[a TO b]", 7, "order"),
        ("[a TO b]", 1, "field"),
        ("time:yesterdayish", 6, "2017-11-02"),
        ("time:2017-13-01", 6, "not a time"),
        ("sequence:x", 10, "whole number"),
        ("actor:a:b", 7, "Quote"),
        ("actr~2", 1, "Fuzzy"),
        ("actor^.", 6, "boost"),
        ("actor:/(?=x)/", 7, "RE2"),
        ("src_ip:10.0.0.0/99", 8, "192.0.2.0/24"),
        ("(" * 100 + "a" + ")" * 100, None, "nested"),
        # What people write who are used to another language, or to another tool's names.
        ("actor:x && action:y", 9, "Write AND"),
        ("actor:x || actor:y", 9, "Write OR"),
        ("!actor:x", 1, "Write NOT actor:"),
        ("actor=x", 1, "Write actor:x"),
        ("outcome!=failure", 1, "Write NOT outcome:failure"),
        ("actor == x", 7, "Write actor:ada"),
        ("actor:x AND AND actor:y", 13, "'AND' does not fit"),
        ("actor:'x'", 7, "double"),
        ("actor:/x/i", 10, "/(?i)x/"),
        ("actor:/^x/", 7, "whole value"),
        ("actor:x AND time>2017", 13, "time:>2017"),
        ("_missing_:reason", 1, "NOT _exists_:reason"),
        ("user:x", 1, "Did you mean actor, user_agent"),
        ("c:x", 1, 'quoted: "c:'),
        ("record_no:5-7", 11, "[5 TO 7]"),
        ("src_ip:[10.0.0.0 TO 10.0.0.9]", 8, "src_ip:10.0.0.0/8"),
        ("time:>22:50", 9, "A time has its date"),
        ("time:[2017-11-02 22:50 TO 2017-11-03]", 18, "quotes"),
        ("time:2017-11-02 22:50", 17, "A time has its date"),
        ("time:yesterday", 6, "--since"),
    ],
)
def test_faults_name_column_and_remedy(text: str, column: int | None, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        query.compile(text)
    assert words in str(caught.value)
    assert caught.value.remedy
    if column:
        assert caught.value.place == f"query, column {column}"


def test_many_alternatives_do_not_nest(engine: DuckDBEngine) -> None:
    assert (
        found(engine, " OR ".join(f"actor:x{n}" for n in range(3000)) + " OR actor:intake") == "c"
    )


PRINTABLE = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


@given(value=PRINTABLE, other=PRINTABLE)
def test_quoted_text_matches_itself_and_nothing_else(value: str, other: str) -> None:
    engine = DuckDBEngine(threads=1)
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    rows = [{"event_uid": "a", "actor": value}, {"event_uid": "b", "actor": other}]
    engine.register("events", pa.Table.from_pylist(rows, schema=SCHEMA))
    expected = "ab" if _folded(engine, value) == _folded(engine, other) else "a"
    assert found(engine, f'actor:"{quoted}"') == expected


def _folded(engine: DuckDBEngine, text: str) -> Any:
    return engine.rows("SELECT lower($text) AS folded", {"text": text})[0]["folded"]


ENGINE = DuckDBEngine(threads=1)
EMPTY = "".join(
    ("(SELECT ", ", ".join(f"NULL::{c.type} AS {c.name}" for c in COLUMNS), ") AS events")
)
WORDS = ["actor", "time", "src_ip", "targets", "not", "x", "7", "2017-11-02", "10.0.0.0/8", "$x"]
OPERATORS = [" AND ", " OR ", " NOT ", " TO "]
PIECES = st.sampled_from([*WORDS, *OPERATORS, *"()[]{}:\"'\\/~^+-*?% <>="])


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(max_size=40), st.lists(PIECES, max_size=14).map("".join)))
def test_any_text_compiles_or_is_refused_with_a_remedy(text: str) -> None:
    try:
        where = query.compile(text)
    except UsageError as error:
        assert error.remedy
        assert error.place
    else:
        ENGINE.rows(" ".join(("SELECT 1 FROM", EMPTY, "WHERE", where.sql(dialect="duckdb"))))


def test_words_in_the_parentheses_of_a_field_are_alternatives() -> None:
    def sql(text: str) -> str:
        return query.compile(text).sql(dialect="duckdb")

    assert sql("actor:(ada bob)") == sql("actor:(ada OR bob)")
    assert sql("actor:(ada AND bob)") != sql("actor:(ada bob)")
    excluding = sql("action:(account.* -account.create)")
    assert excluding == sql("action:(account.* AND -account.create)")


def test_a_range_that_ends_before_it_begins() -> None:
    with pytest.raises(UsageError, match="ends before it begins"):
        query.compile("time:[2017-11-03 TO 2017-11-02]")
    query.compile("time:[2017-11-02 TO 2017-11-02]")


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("time:>2017-11-02T22:50", "from 2017-11-02 22:51:00 UTC"),
        ("time:<=2017-11", "before 2017-12-01 00:00:00 UTC"),
        ("time:[2017 TO 2018}", "from 2017-01-01 00:00:00 and before 2018-01-01 00:00:00 UTC"),
        ('logged_time:<"2017-11-02T22:50:03.4+01:00"', "before 2017-11-02 21:50:03.400000 UTC"),
    ],
)
def test_how_times_are_read_is_said(text: str, meaning: str) -> None:
    asked = f"actor:x NOT {text}"
    query.compile(asked)
    assert query.understood(asked) == [f"{text} means {meaning}."]


@pytest.mark.parametrize(
    "text", ["time:* AND time:[* TO *] OR time:/x/ _exists_:time", "sequence:>5 2017-11-02", ""]
)
def test_nothing_is_said_where_no_time_is_named(text: str) -> None:
    query.compile(text)
    assert query.understood(text) == []
