"""Drafts: what a few records suggest, and that whatever they hold, the draft loads."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from forensics.errors import DeclarationError, InputError
from forensics.sources.declaration import Declaration, parse, shipped
from forensics.sources.drafting.times import time_format
from forensics.sources.drafting.verbs import outcomes_of, verb_of
from forensics.sources.examples import faults, recognised
from forensics.sources.mapping import compile_mapping
from forensics.sources.normalise import normalise
from forensics.sources.opening import Opened
from forensics.sources.recognise import recognise
from forensics.sources.scaffold import draft

REAL = Path(__file__).parents[3] / "shared" / "real_logs"


def jsonl(*records: Any) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in records)


def drafted(*records: Any, name: str = "door") -> Declaration:
    return parse(draft(name, jsonl(*records)), "draft")


@pytest.mark.parametrize(
    ("stamps", "wanted", "time"),
    [
        (["31.01.2024 10:11"], "%d.%m.%Y %H:%M", (2024, 1, 31, 10, 11)),
        (["02.01.2024 10:11:12.5"], "%d.%m.%Y %H:%M:%S.%f", (2024, 1, 2, 10, 11, 12, 500000)),
        (["31/01/2024"], "%d/%m/%Y", (2024, 1, 31)),
        (["02/01/2024", "13/01/2024"], "%d/%m/%Y", (2024, 1, 2)),
        (["01/02/2024 1:02 PM", "01/31/2024 1:02 AM"], "%m/%d/%Y %I:%M %p", (2024, 1, 2, 13, 2)),
        (["1/31/2024, 13:02:03"], "%m/%d/%Y, %H:%M:%S", (2024, 1, 31, 13, 2, 3)),
    ],
)
def test_days_before_years_are_told_by_numbers_above_twelve(
    stamps: list[str], wanted: str, time: tuple[int, ...]
) -> None:
    records = [{"when": one, "who": "a", "what": "x"} for one in stamps]
    declaration = drafted(*records)
    assert declaration.event["time"].format == (wanted,)
    assert "swap" not in draft("door", jsonl(*records))
    (event,) = normalise(declaration, jsonl(records[0]))
    found = event["time"].astimezone(UTC)
    assert (*found.timetuple()[:6], found.microsecond)[: len(time)] == time


@pytest.mark.parametrize(
    "stamps", [["31/13/2024"], ["13/01/2024", "01/13/2024"], ["1/2/2024", "x"]]
)
def test_what_no_order_of_day_and_month_fits_is_no_time(stamps: list[str]) -> None:
    assert "# check: no time was found" in draft("door", jsonl(*({"when": one} for one in stamps)))


def test_an_order_that_nothing_decides_is_commented_upon() -> None:
    text = draft("door", jsonl({"when": "03/04/2024 10:00", "what": "x"}))
    assert "swap %d and %m?" in text
    assert parse(text, "draft").event["time"].format == ("%d/%m/%Y %H:%M",)


def test_a_plain_log_needs_no_line_but_its_verbs() -> None:
    records = [
        {"created": "2024-01-01T00:00:00Z", "expires": "2025-01-01T00:00:00Z", "who": "a",
         "did": "account.deactivate", "whom": "@headofstate", "ok": True},
        {"created": "2024-01-01T00:00:01Z", "expires": "2025-01-01T00:00:00Z", "who": "b",
         "did": "Frob", "whom": "c", "ok": False},
    ]  # fmt: skip
    declaration = drafted(*records)
    assert declaration.actions == {"account.deactivate": "account.deactivate", "Frob": "other"}
    (event,) = normalise(declaration, jsonl(records[0]))
    assert event["time"] == datetime(2024, 1, 1, tzinfo=UTC)
    wanted = {
        "actor": "a",
        "actor_type": "user",
        "target": "@headofstate",
        "operation": "account.deactivate",
    }
    assert {name: event[name] for name in wanted} == wanted


@pytest.mark.parametrize("word", ["performed_by", "actor_name", "who", "by"])
def test_words_for_an_actor(word: str) -> None:
    assert drafted({"at": "2024-01-01", "did": "x", word: "a"}).event["actor"].path == word


def test_outcomes_that_are_no_text_are_mapped_as_they_are_read() -> None:
    record = {"at": "2024-01-01", "did": "x", "success": True}
    assert normalise(drafted(record), jsonl(record))[0]["outcome"] == "success"


@pytest.mark.parametrize("name", ["2024-audit", "Ünï", "", "a b"])
def test_any_file_name_gives_a_name_that_loads(name: str) -> None:
    assert drafted({"at": "2024-01-01", "did": "x"}, name=name).name


def test_nothing_to_learn_from_is_an_error() -> None:
    for data in (b"", b"{}\n", b"hello\n"):
        with pytest.raises(InputError):
            draft("x", data)


def test_a_time_that_is_missing_is_named_by_its_key() -> None:
    with pytest.raises(DeclarationError, match=r"event\.time"):
        compile_mapping(drafted({"did": "x"}))


@pytest.mark.parametrize(
    ("more", "told"),
    [({}, True), ({"event_id": "7"}, False)],
)
def test_equal_records_without_an_id_may_be_as_many_acts(more: dict[str, str], told: bool) -> None:
    records = [{"at": f"2024-01-01T00:00:0{n % 3}Z", "did": "x", "who": "a"} for n in range(4)]
    records = [{**one, **{k: f"{v}{n}" for k, v in more.items()}} for n, one in enumerate(records)]
    text = draft("door", jsonl(*records))
    assert ("# repeats = true" in text) == told
    assert ("1 of 4 sampled records" in text) == told
    assert not parse(text, "draft").repeats
    plain = parse(text.replace("# repeats = true", "repeats = true"), "draft")
    assert plain.repeats == told


LEAF = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
VALUE = st.recursive(
    LEAF,
    lambda v: st.lists(v, max_size=2) | st.dictionaries(st.text(max_size=4), v, max_size=2),
    max_leaves=5,
)
KEYS = st.sampled_from(["action", "id", "a.b", 'q"', "*", "events", "status", "by"]) | st.text(
    max_size=4
)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.dictionaries(KEYS, VALUE, max_size=4), min_size=1, max_size=3))
def test_a_draft_loads_is_known_before_all_others_and_its_examples_hold(
    records: list[dict[str, Any]],
) -> None:
    # One object around a list under a usual name is an envelope, of records or of none.
    assume(len(records) > 1 or not any(isinstance(v, list) for v in records[0].values()))
    stamped = [{"at": "2024-01-01T00:00:00Z", **one} for one in records]
    text = draft("door", jsonl(*stamped))
    declaration = parse(text, "draft")
    assert text.count("# check:") <= 7
    assert declaration.examples
    if "time" in declaration.event and declaration.event["time"].path:
        assert not any(faults(declaration, declaration.examples))
        assert recognise(stamped, {**shipped(), "door": declaration}).source == "door"


BREAKING = ["'''", '"""', "\n[event]\n", "\x1b[31m", "\u202e", "]\n", "#", "\\", "'", "\x9b", "="]
HOSTILE = st.lists(st.sampled_from(BREAKING) | st.text(max_size=3), max_size=4).map("".join)


@settings(max_examples=40, deadline=None)
@given(HOSTILE, HOSTILE, HOSTILE)
def test_no_text_of_a_sample_breaks_out_of_its_place(key: str, value: str, name: str) -> None:
    record = {"at": "2024-01-01T00:00:00Z", "what": value, key: value, "who": {key: value}}
    text = draft(name, jsonl(record, record))
    assert all(one.isprintable() for one in text.replace("\n", "").replace("\t", ""))
    assert set(tomllib.loads(text)) <= {
        "name", "title", "product", "refs", "omits", "recognise", "record", "event", "actions",
        "example",
    }  # fmt: skip
    parse(text, "draft")


@pytest.mark.parametrize(
    ("operation", "hint", "verb"),
    [
        ("user.disable", None, "account.deactivate"),
        ("DeactivateAccount", None, "account.deactivate"),
        ("ban", None, "account.suspend"),
        ("Unbanned", None, "account.unsuspend"),
        ("USER_LOCKED", None, "account.lock"),
        ("delete", "account", "account.delete"),
        ("delete", None, "other"),
        ("remove_member_from_group", None, "group.member_remove"),
        ("permission.removed", None, "role.revoke"),
        ("role granted to user", None, "role.grant"),
        ("user.password.reset", None, "credential.reset"),
        ("api_key.created", None, "credential.create"),
        ("mfa disabled", None, "credential.mfa_remove"),
        ("login_failed", None, "session.start"),
        ("LogInAs", None, "session.impersonate"),
        ("ReportExported", None, "data.export"),
        ("takedown_post", None, "content.remove"),
        ("auditLog.disabled", None, "logging.disable"),
        ("group.lock", None, "other"),
        ("Benutzer gesperrt", None, "account.suspend"),
        ("Benutzer entsperrt", None, "account.unsuspend"),
        ("Sperre aufgehoben", None, "account.unsuspend"),
        ("verrouiller compte", None, "account.lock"),
        ("deverrouiller compte", None, "account.unlock"),
        ("Passwort zurückgesetzt", None, "credential.reset"),
        ("Désactivation compte", None, "account.deactivate"),
        ("eliminar usuario", None, "account.delete"),
        ("account.deactivate", None, "account.deactivate"),
        ("Frobnicate", None, "other"),
    ],
)
def test_verbs_by_the_words_of_operations(operation: str, hint: str | None, verb: str) -> None:
    assert verb_of(operation, hint) == verb


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("status", {"200": "success", "403": "denied", "500": "failure"}),
        ("ok", {"true": "success", "false": "failure"}),
        ("failed", {"true": "failure", "false": "success"}),
        ("exit_code", {"0": "success", "2": "failure"}),
        ("success", {"1": "success", "0": "failure"}),
        ("result", {"OK": "success", "ERROR": "failure", "PermissionDenied": "denied"}),
        ("Ergebnis", {"erfolgreich": "success", "verweigert": "denied", "Fehler": "failure"}),
        ("state", {"queued": "pending", "DONE": "success", "blue": "unknown"}),
    ],
)
def test_outcomes_by_the_words_of_values(path: str, values: dict[str, str]) -> None:
    assert outcomes_of(path, values) == values


@pytest.mark.parametrize(
    ("stamp", "wanted"),
    [
        ("2024-01-02T03:04:05,123+01", "iso"),
        ("1704164645", "epoch_s"),
        ("1704164645123", "epoch_ms"),
        ("1704164645123456", "epoch_us"),
        ("02/Jan/2024:03:04:05 +0100", "%d/%b/%Y:%H:%M:%S %z"),
        ("Tue, 2 Jan 2024 03:04:05 +0000", "%a, %d %b %Y %H:%M:%S %z"),
        ("2024/01/02 03:04:05", "%Y/%m/%d %H:%M:%S"),
        ("02.01.24 03:04", "%d.%m.%y %H:%M"),
        ("yesterday", None),
    ],
)
def test_forms_of_stamps(stamp: str, wanted: str | None) -> None:
    assert time_format([stamp]) == wanted
    if wanted:
        record = {"at": stamp, "who": "a", "what": "x"}
        assert normalise(drafted(record), jsonl(record))[0]["time"].year == 2024


def test_actors_and_targets_are_told_apart_and_split() -> None:
    record = {
        "at": "2024-01-01T00:00:00Z",
        "action": "ban",
        "actor": {"id": "u-1", "login": "ada", "email": "ada@example.com", "type": "human"},
        "target": {"id": "u-2", "name": "Person Two", "type": "account"},
        "client": {"ip": "192.0.2.1", "user_agent": "curl/8"},
        "session": {"id": "s-1"},
        "request_id": "r-1",
    }
    (event,) = normalise(drafted(record), jsonl(record))
    wanted = {
        "actor": "ada", "actor_id": "u-1", "actor_email": "ada@example.com", "actor_type": "user",
        "target": "u-2", "target_name": "Person Two", "target_type": "account",
        "src_ip": "192.0.2.1", "user_agent": "curl/8", "session_id": "s-1", "request_id": "r-1",
    }  # fmt: skip
    assert {name: event[name] for name in wanted} == wanted


def test_a_user_beside_an_admin_is_whom_it_was_done_to() -> None:
    record = {"at": "2024-01-01T00:00:00Z", "admin": "ada", "user": "bob", "action": "disable"}
    (event,) = normalise(drafted(record), jsonl(record))
    assert (event["actor"], event["target"]) == ("ada", "bob")
    assert event["action"] == "account.deactivate"
    assert "# check: taken for the account acted on" in draft("door", jsonl(record))


def test_all_targets_of_a_list() -> None:
    targets = [{"id": "g-1", "login": "staff"}, {"id": "u-2", "login": "bob"}]
    record = {"at": "2024-01-01T00:00:00Z", "by": "ada", "did": "add_member", "targets": targets}
    events = normalise(drafted(record, record), jsonl(record, record))
    assert events[0]["target"] == "staff"
    assert set(events[0]["targets"]) == {"staff", "bob", "g-1", "u-2"}


def test_operations_stand_by_how_often_they_were_seen() -> None:
    acts = ["ban"] * 3 + ["unban"] + ["frob"] * 2
    text = draft("door", jsonl(*({"at": "2024-01-01", "who": "a", "did": one} for one in acts)))
    listed = [line for line in text.splitlines() if "  # " in line and line.startswith('"')]
    assert listed == [
        '"ban" = "account.suspend"  # 3',
        '"frob" = "other"  # 2',
        '"unban" = "account.unsuspend"  # 1',
    ]


def test_bare_acts_are_told_with_the_kind_of_their_object() -> None:
    kinds = [("user", "delete"), ("role", "create"), ("user", "update")]
    records = [
        {"at": "2024-01-01T00:00:00Z", "by": "a", "object_type": kind, "action": act}
        for kind, act in kinds
    ]
    assert drafted(*records).actions == {
        "user delete": "account.delete",
        "role create": "role.create",
        "user update": "account.update",
    }


def test_an_ordinary_a_failed_and_a_destructive_example() -> None:
    acts = [("view", True), ("ban", True), ("ban", False), ("view", False)]
    records = [
        {"at": f"2024-01-01T00:00:0{n}Z", "by": "a", "user": "b", "act": act, "ok": ok}
        for n, (act, ok) in enumerate(acts)
    ]
    found = [one.expect for one in drafted(*records).examples]
    assert [(one["operation"], one["outcome"]) for one in found] == [
        ("view", "success"),
        ("view", "failure"),
        ("ban", "success"),
    ]


def test_events_in_a_list_are_taken_apart() -> None:
    acts = [{"name": "ban", "target": "b"}, {"name": "unban", "target": "c"}]
    record = {"at": "2024-01-01T00:00:00Z", "actor": {"id": "a"}, "actions": acts}
    declaration = drafted(record, record)
    assert declaration.explode == "actions"
    events = normalise(declaration, jsonl(record, record))
    assert [(one["actor"], one["action"], one["target"]) for one in events[:2]] == [
        ("a", "account.suspend", "b"),
        ("a", "account.unsuspend", "c"),
    ]


def test_records_carried_as_text_are_read_where_they_are() -> None:
    inner = {"who": "ada", "what": "user.disable", "whom": "bob"}
    record = {"ts": "2024-01-01T00:00:00Z", "stream": "out", "payload": json.dumps(inner)}
    declaration = drafted(record, record)
    assert declaration.within == ("payload",)
    (event,) = normalise(declaration, jsonl(record))
    assert (event["actor"], event["time"]) == ("ada", datetime(2024, 1, 1, tzinfo=UTC))


def test_details_that_are_json_are_left_where_the_columns_are_beside_them() -> None:
    details = json.dumps({"at": "x", "note": "y"})
    record = {"at": "2024-01-01T00:00:00Z", "who": "a", "what": "ban", "details": details}
    assert drafted(record).within == ()


def test_a_column_of_a_table_that_holds_the_records() -> None:
    inner = json.dumps({"time": "2024-01-01T00:00:00Z", "user": "a", "action": "ban"})
    row = '"' + inner.replace('"', '""') + '"'
    declaration = parse(draft("door", f"nr,AuditData\n1,{row}\n2,{row}\n".encode()), "draft")
    assert declaration.embedded == "AuditData"
    assert faults(declaration, declaration.examples[:1]) == [[]]


TABLE = (
    "Datum;Uhrzeit;Bearbeiter;Vorgang;Betroffener;Ergebnis\n"
    "13.01.2024;09:00:01;ada;Benutzer gesperrt;bob;erfolgreich\n"
    "14.01.2024;09:00:02;ada;Anmeldung;;verweigert\n"
)


def test_a_table_with_day_and_hour_apart() -> None:
    text = draft("door", TABLE.encode())
    assert "# check: no stamp names its zone" in text
    rows = normalise(parse(text, "draft"), TABLE.encode())
    assert [(one["time"], one["action"], one["outcome"], one["target"]) for one in rows] == [
        (datetime(2024, 1, 13, 9, 0, 1, tzinfo=UTC), "account.suspend", "success", "bob"),
        (datetime(2024, 1, 14, 9, 0, 2, tzinfo=UTC), "session.start", "denied", None),
    ]


def test_syslog_around_json() -> None:
    line = '<13>1 2024-01-01T00:00:00Z app modtool 7 - - {"moderator":"a","action":"ban"}\n'
    declaration = parse(draft("door", line.encode() * 3), "draft")
    assert ("syslog.appname", ("modtool",)) in declaration.recognise.equals
    assert declaration.examples[0].expect["actor"] == "a"
    assert faults(declaration, declaration.examples[:1]) == [[]]


PAIRS = (
    b'<13>Jan  5 10:12:44 host1 modtool[7]: old-user=x user="c 2" admin=ada'
    b' action="user.disable", src=192.0.2.1 result=ok pid=7\n'
    b"<13>Jan  5 10:13:44 host1 modtool[7]: user=c-3 admin=bob action=user.enable result=denied\n"
)


def test_pairs_in_the_message_of_syslog() -> None:
    text = draft("door", PAIRS)
    declaration = parse(text, "draft")
    assert declaration.event["time"].path == "syslog.timestamp"
    assert "# check: no stamp names its zone" in text
    assert 'pid in message = "7"' in text
    rows = normalise(declaration, PAIRS)
    wanted = ("actor", "action", "target", "src_ip", "outcome")
    assert [tuple(row[name] for name in wanted) for row in rows] == [
        ("ada", "account.deactivate", "c 2", "192.0.2.1", "success"),
        ("bob", "account.activate", "c-3", None, "denied"),
    ]
    assert len(declaration.examples) == 2
    for one in declaration.examples:
        assert "2024" in one.raw
        assert one.expect["time"] is not None
        assert faults(declaration, [one]) == [[]]


def test_what_no_path_was_found_for_is_not_said_to_be_left_out() -> None:
    hostile = "\x1b[31m'''\n[event]"
    record = {"at": "2024-01-01T00:00:00Z", "what": "ban", "by": "a", "zz": {"q": hostile}}
    more = {f"k{number}": "v" * 500 for number in range(20)}
    text = draft("door", jsonl({**record, **more}))
    (told,) = parse(text, "draft").omits
    assert told.startswith("To fill in")
    assert "# check: no path found for the target, the outcome, the source address\n" in text
    unused = [line for line in text.splitlines() if line.startswith("# unused:")]
    assert sum(line.count(" = ") for line in unused) == 12
    assert unused[-1] == "# unused: 9 more"
    assert max(map(len, unused)) < 200
    assert "\x1b" not in text


def test_values_that_do_not_repeat_are_of_the_record() -> None:
    acts = [
        {"at": f"2024-01-01T00:00:0{n}Z", "by": "a", "did": "ban", "ticket": f"T-{n * 7 % 5}"}
        for n in range(5)
    ]
    alone = drafted(*acts)
    assert "case_id" not in alone.event
    assert alone.event["native_id"].path == "ticket"
    shared = drafted(*acts, {**acts[0], "at": "2024-01-01T00:00:09Z"}, *acts[:3])
    assert shared.event["case_id"].path == "ticket"


def test_an_object_that_rises_with_every_record_is_no_target() -> None:
    acts = [
        {"at": f"2024-01-01T00:00:0{n}Z", "by": "a", "did": "ban", "object_id": f"r{n + 8}"}
        for n in range(5)
    ]
    declaration = drafted(*acts)
    assert declaration.event["native_id"].path == "object_id"
    assert "target" not in declaration.event
    acts[3]["object_id"] = "r8"
    assert drafted(*acts).event["target"].path == "object_id"


def test_an_example_without_a_time_fails() -> None:
    declaration = drafted({"at": "2024-01-01T00:00:00Z", "who": "a", "what": "ban"})
    (example,) = declaration.examples
    bare = replace(example, raw=example.raw.replace("2024-01-01T00:00:00Z", "soon"), expect={})
    assert faults(declaration, [bare]) == [["time: nothing was read"]]


def test_parquet(tmp_path: Path) -> None:
    rows = [{"when": datetime(2024, 1, 1, tzinfo=UTC), "who": "a", "what": "ban"}] * 3
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "x.parquet")
    with Opened(tmp_path / "x.parquet") as opened:
        declaration = parse(draft("door", opened.head), "draft")
    assert declaration.actions == {"ban": "account.suspend"}
    assert faults(declaration, declaration.examples[:1]) == [[]]


def test_a_value_that_the_end_of_the_sample_cuts_is_not_learnt() -> None:
    row = b"2024-01-01T00:00:00Z,ada,user.disable\n"
    head = (b"time,user,action\n" + row * 10_000)[: 256 * 1024]
    assert not head.endswith(b"\n")
    assert set(parse(draft("door", head), "draft").actions) == {"user.disable"}


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("streamalert/rules/classifier/aliyun/aliyun_actiontrail.json", "data.eventName"),
        ("mozdef/sample_events/events-logins-failure.json", "details.type"),
        ("streamalert/rules/classifier/slack/slack_access.json", None),
    ],
)
def test_real_logs_of_no_source(name: str, wanted: str | None) -> None:
    path = REAL / name
    if not path.exists():
        pytest.skip("the records are not here")
    with Opened(path) as opened:
        declaration = parse(draft("door", opened.head), "draft")
    assert declaration.event["operation"].path == wanted
    for one in declaration.examples:
        assert faults(declaration, [one]) == [[]]
        assert recognised(declaration, one, shipped()).source == "door"
