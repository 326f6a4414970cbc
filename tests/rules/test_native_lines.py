"""Fields of records that are lines of `key=value`, and of records that stand in other text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from forensics.engine.duckdb import DuckDBEngine
from forensics.rules import load, match
from forensics.rules.logsource import LogSource

AUDIT = LogSource("linux_auditd", "linux", "auditd", lines=True)
LINES = (
    "type=SYSCALL msg=audit(1700000000.000:1): arch=c000003e syscall=59 a0=55fd a1=7f exe=2F622063 "
    'comm="sh" key=(null)\x1dARCH=x86_64 SYSCALL=execve AUID="ada"\n'
    'type=EXECVE msg=audit(1700000000.000:1): argc=3 a0="/bin/sh" a1[0]="-c" a2=636174202F78\n'
    "type=USER_AUTH msg=audit(1700000000.000:1): pid=1 msg='op=PAM:auth acct=\"root\" res=failed'\n"
    'type=PATH msg=audit(1700000000.000:1): item=0 name="/etc/.x"'
)
LAUREL = '{"ID":"1.000:1","EXECVE":{"ARGV":["cat","/x"]},"PATH":[{"name":"/etc/.x"}]}'
NXLOG = '{"type":"PATH","name":"/etc/.x","EventReceivedTime":"2020-01-01"}'


def matched(folder: Path, raws: list[str], selection: Any, source: LogSource) -> str:
    document = {"title": "T", "name": "it", "level": "low"} | {
        "logsource": {"product": source.product, "service": source.service},
        "detection": {"s": selection, "condition": "s"},
    }
    file = folder / "rule.yml"
    file.write_text(yaml.safe_dump(document))
    engine = DuckDBEngine(threads=1)
    rows = [
        {"event_uid": "abcdef"[n], "source": source.name, "raw": raw} for n, raw in enumerate(raws)
    ]
    columns = (("event_uid", "VARCHAR"), ("source", "VARCHAR"), ("raw", "VARCHAR"))
    engine.register_rows("given", columns, rows)
    engine.define("events", "SELECT *, 1 AS file_id, NULL::VARCHAR AS operation FROM given")
    run = match.scan(engine, load.load([file]).faultless().rules, [source])
    assert set(run.evaluated) == {"it"}
    return "".join(run.matches["event_uid"].to_pylist())


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ({"type": "EXECVE", "a0": "/bin/sh"}, "a"),
        ({"type": "EXECVE", "a0": "cat"}, "b"),
        ({"a1": "-c"}, "a"),
        ({"a2": "cat /x"}, "a"),
        ({"a2": "636174202F78"}, "a"),
        ({"exe": "/b c"}, "a"),
        ({"SYSCALL": "execve", "AUID": "Ada"}, "a"),
        ({"syscall": 59}, "a"),
        ({"acct": "root"}, "a"),
        ({"res": "failed"}, "a"),
        ({"op|startswith": "PAM:"}, "a"),
        ({"type": "PATH", "name|contains": "/."}, "abc"),
        ({"nam": "/etc/.x"}, ""),
        ({"comm": None}, "bc"),
        ({"key": "(null)"}, "a"),
        (["/etc/.x"], "abc"),
    ],
)
def test_audit_lines(tmp_path: Path, selection: Any, expected: str) -> None:
    assert matched(tmp_path, [LINES, LAUREL, NXLOG], selection, AUDIT) == expected


TABLE = LogSource("table", "m365", "audit")
CELL = '2021-01-01,"{""Operation"":""New"",""Path"":""C:\\\\x"",""Empty"":""""}",done'


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ({"Operation": "new"}, "a"),
        ({"Path": "c:\\x"}, "a"),
        ({"Empty": ""}, "a"),
        ({"Other": None}, "ab"),
    ],
)
def test_a_record_in_a_cell_of_a_table(tmp_path: Path, selection: Any, expected: str) -> None:
    assert matched(tmp_path, [CELL, "2021-01-02,nothing,done"], selection, TABLE) == expected


CARRIED = LogSource("sent", "azure", "auditlogs", carried=(("properties",), ("message",)))


def test_a_record_carried_in_another(tmp_path: Path) -> None:
    raws = [
        '{"category":"AuditLogs","properties":{"category":"UserManagement"}}',
        '{"message":"<13>Jan  1 00:00:00 host app: {\\"category\\":\\"UserManagement\\"}"}',
        '{"message":"{ not json","properties":3}',
    ]
    assert matched(tmp_path, raws, {"category": "UserManagement"}, CARRIED) == "ab"
    assert matched(tmp_path, raws, {"category": "AuditLogs"}, CARRIED) == "a"
    assert matched(tmp_path, raws, {"category": None}, CARRIED) == "c"
