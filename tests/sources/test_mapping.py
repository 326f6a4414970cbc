"""Mappings: paths, values, SQL that must stay harmless, and records of several events."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.engine import Row
from forensics.engine.duckdb import DuckDBEngine
from forensics.errors import DeclarationError
from forensics.sources.declaration import Declaration
from forensics.sources.mapping import compile_mapping
from forensics.sources.normalise import prepare
from forensics.sources.paths import json_path, lookup

Run = Callable[..., list[Row]]
Declare = Callable[..., Declaration]


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("a.b", "$.a.b"),
        ("a[0].b[12]", "$.a[0].b[12]"),
        ('a."odd key".c', '$.a."odd key".c'),
        ("@odata.x", '$."@odata".x'),
        ("a-b.ä", '$."a-b"."ä"'),
        ('"a.b"[1]', '$."a.b"[1]'),
    ],
)
def test_paths(path: str, wanted: str) -> None:
    assert json_path(path) == wanted


@pytest.mark.parametrize(
    "path", ["", ".", "a.", ".a", "a..b", "a[x]", "a[0", '"a', "a[*]", "*", '""']
)
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(DeclarationError, match="is not a path"):
        json_path(path)


KEYS = st.text(min_size=1, max_size=8).filter(lambda key: '"' not in key and key != "*")


@given(st.lists(KEYS.filter(lambda key: "\x00" not in key), min_size=1, max_size=3))
def test_sql_and_python_find_the_same_value_at_any_key(keys: list[str]) -> None:
    if any("\\" in key or ord(char) < 32 for key in keys for char in key):
        return
    document: object = "hit"
    for key in reversed(keys):
        document = {key: document}
    path = ".".join(f'"{key}"' for key in keys)
    assert lookup(document, path) == "hit"
    engine = DuckDBEngine(threads=1)
    sql = "SELECT json_extract_string($doc, [$path])[1] AS found"
    rows = engine.rows(sql, {"doc": json.dumps(document), "path": json_path(path)})
    engine.close()
    assert rows == [{"found": "hit"}]


def test_values_are_filled_in_each_way(run: Run) -> None:
    event = """
actor = { first_of = ["who.mail", "who.id"] }
tool = { const = "it's" }
outcome = { path = "ok", map = { yes = "success", no = "failure" }, default = "unknown" }
tenant = { path = "org", default = "main" }
target = { sql = "coalesce(pick(json('on'), 'type', 'User', 'name'), lower(text('other')))" }
sequence = "seq"
"""
    rows = run(
        {"who": {"mail": "", "id": "7"}, "ok": "yes", "org": "", "seq": "12",
         "on": [{"type": "App", "name": "x"}, {"type": "User", "name": "bob"}]},
        {"who": {"mail": "a@example.com"}, "ok": "maybe", "org": "b", "seq": "x", "other": "EVE"},
        event=event,
    )  # fmt: skip
    names = ("actor", "tool", "outcome", "tenant", "target", "sequence", "targets")
    assert [tuple(row[name] for name in names) for row in rows] == [
        ("7", "it's", "success", "main", "bob", 12, ["bob"]),
        ("a@example.com", "it's", "unknown", "b", "eve", None, ["eve"]),
    ]


def test_actions_follow_discriminators_then_the_map_then_other(run: Run) -> None:
    more = """
[actions]
shut = "account.deactivate"
open = "account.restore"
[[action_when]]
operation = ["shut"]
condition = "text('for') = 'ever'"
action = "account.delete"
"""
    rows = run(
        {"op": "shut"}, {"op": "shut", "for": "ever"}, {"op": "open"}, {"op": "x"}, {}, more=more
    )
    assert [row["action"] for row in rows] == [
        "account.deactivate", "account.delete", "account.restore", "other", "other",
    ]  # fmt: skip


def test_a_record_becomes_one_event_for_each_element(run: Run) -> None:
    rows = run(
        {"acts": [{"name": "a"}, {"name": "b"}]}, {"acts": {"name": "c"}}, {"acts": []}, {},
        event='operation = "@.name"\nactor = "who"',
        record='explode = "acts"',
    )  # fmt: skip
    assert [(row["record_no"], row["event_no"], row["operation"]) for row in rows] == [
        (0, 0, "a"), (0, 1, "b"), (1, 0, "c"), (2, 0, None), (3, 0, None),
    ]  # fmt: skip
    assert len({row["event_uid"] for row in rows}) == 5


def test_uids_come_from_the_native_id_within_its_tenant_else_from_the_bytes(run: Run) -> None:
    event = 'native_id = "id"\ntenant = "org"'
    rows = run(
        {"id": "1", "org": "a"}, {"id": "1", "org": "a", "x": 2}, {"id": "1", "org": "b"},
        {"x": 1}, {"x": 1}, {"x": 2},
        event=event,
    )  # fmt: skip
    uids = [row["event_uid"] for row in rows]
    assert uids[0] == uids[1]
    assert uids[3] == uids[4]
    assert len(set(uids)) == 4


HOSTILE = [
    "(SELECT 1)", "text('a') || (SELECT max(raw) FROM given)", "EXISTS (SELECT 1)",
    "text('a') IN (SELECT content FROM read_text('/etc/passwd'))", "read_text('/etc/passwd')",
    "read_csv('/etc/passwd')", "getenv('HOME')", "current_setting('temp_directory')",
    "1; DROP TABLE x", "PRAGMA database_list", "ATTACH 'x'", "SET x = 1", "COPY x TO 'y'",
    "INSTALL httpfs", "raw", "given.raw", "*", "COLUMNS('*')", "count(*)", "row_number() OVER ()",
    "unnest([1, 2])", "sum(1)", "?", "$path", "now()", "random()", "uuid()", "current_date",
    "nextval('x')", "sleep_ms(1000)", "write_log('x')", "error('x')", "text()", "text(1)",
    "text('a', 'b')", "json(text('a'))", "text('')", "text('a') AS x", "",
]  # fmt: skip


@pytest.mark.parametrize("sql", HOSTILE)
def test_sql_that_is_more_than_a_value_of_the_record_is_refused(declare: Declare, sql: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        compile_mapping(declare(f"actor = {{ sql = {json.dumps(sql)} }}"))
    assert caught.value.place == "source door"
    with pytest.raises(DeclarationError):
        condition = json.dumps(sql)
        more = f'[[action_when]]\ncondition = {condition}\naction = "account.deactivate"'
        compile_mapping(declare(more=more))


@pytest.mark.parametrize("sql", ["no_such_function(text('a'))", "CAST(text('a') AS NO_SUCH_TYPE)"])
def test_sql_that_duckdb_does_not_know_is_told_before_any_record(
    declare: Declare, sql: str
) -> None:
    engine = DuckDBEngine(threads=1)
    with pytest.raises(DeclarationError):
        prepare(engine, compile_mapping(declare(f"actor = {{ sql = {json.dumps(sql)} }}")))
    engine.close()


def test_a_quote_in_a_path_or_constant_stays_text(run: Run) -> None:
    rows = run(
        {"it's": "x'); DROP TABLE given; --"}, event='actor = "it\'s"\ntool = {const = "a\'b"}'
    )
    assert [(row["actor"], row["tool"]) for row in rows] == [("x'); DROP TABLE given; --", "a'b")]


def test_all_faults_of_a_mapping_are_told_at_once(declare: Declare) -> None:
    event = """time = { path = "at", format = "rfc822" }
actor = "a..b"
target = { sql = "now()" }
tool = { sql = "coalesce(" }
"""
    with pytest.raises(DeclarationError) as caught:
        compile_mapping(declare(event, 'explode = "["'))
    for word in ("rfc822", "a..b", "now", "coalesce(", "'['"):
        assert word in caught.value.message


def test_odd_values_are_kept_as_written(run: Run) -> None:
    rows = run(
        {"a": 10**40},
        {"a": "\x00"},
        {"a": "\u202e\x1b[31m"},
        {"a": [1, {"b": None}]},
        event='actor = "a"',
    )
    assert [row["actor"] for row in rows] == [
        str(10**40),
        "\x00",
        "\u202e\x1b[31m",
        '[1,{"b":null}]',
    ]
