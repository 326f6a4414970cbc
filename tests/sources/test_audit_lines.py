"""Audit lines: quoted, hexadecimal and nested values, of old versions and new ones."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.sources.audit_lines import LINE, fields, name_of


def parsed(line: str) -> dict[str, Any]:
    found = LINE.match(line)
    assert found is not None, line
    return fields(found["type"], found["body"])


CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "a message with blanks in a value": (
        ("""type=USER_MGMT msg=audit(1.000:1): pid=7 uid=0 msg='op=adding user id=1002 """
        """exe="/usr/sbin/usermod" hostname=? addr=192.0.2.7 terminal=pts/0 res=success'"""),
        {
            "pid": "7",
            "uid": "0",
            "msg": {
                "op": "adding user", "id": "1002", "exe": "/usr/sbin/usermod", "hostname": "?",
                "addr": "192.0.2.7", "terminal": "pts/0", "res": "success",
            },
        },
    ),
    "a message as it was written before": (
        ("""type=USER_ACCT msg=audit(1.000:1): user pid=7 uid=0 msg='PAM: accounting acct=root : """
        """exe="/usr/sbin/crond" (hostname=?, addr=?, terminal=cron res=success)'"""),
        {
            "pid": "7",
            "uid": "0",
            "msg": {
                "op": "PAM: accounting", "acct": "root", "exe": "/usr/sbin/crond",
                "hostname": "?", "addr": "?", "terminal": "cron", "res": "success",
            },
        },
    ),
    "an enriched message": (
        ("""type=USER_CMD msg=audit(1.000:1): pid=7 msg='cwd="/" cmd=6C73202D6C res=success'"""
        """\x1dUID="root" AUID="ada\""""),
        {
            "pid": "7",
            "msg": {"cwd": "/", "cmd": "ls -l", "res": "success"},
            "UID": "root",
            "AUID": "ada",
        },
    ),
    "keys of two words": (
        "type=LOGIN msg=audit(1.000:1): login pid=7 uid=0 old auid=4294967295 new auid=0",
        {"pid": "7", "uid": "0", "old-auid": "4294967295", "new-auid": "0"},
    ),
    "a denial": (
        'type=AVC msg=audit(1.000:1): avc:  denied  { read open } for  pid=7 comm="a" dev=sda1',
        {
            "verdict": "denied", "permissions": ["read", "open"], "pid": "7", "comm": "a",
            "dev": "sda1",
        },
    ),
    "braces": (
        "type=SOCKADDR msg=audit(1.000:1): saddr=0200\x1dSADDR={ saddr_fam=inet lport=0 }",
        {"saddr": "0200", "SADDR": "saddr_fam=inet lport=0"},
    ),
    "zero bytes between arguments": (
        "type=PROCTITLE msg=audit(1.000:1): proctitle=636174002F6574632F6D6F7464",
        {"proctitle": "cat /etc/motd"},
    ),
    "arguments in parts and out of order": (
        'type=EXECVE msg=audit(1.000:1): argc=4 a0="sh" a2[0]=6120 a2[1]=62 a3=1 a1="-c"',
        {"argc": "4", "argv": ["sh", "-c", "a 62", "1"]},
    ),
    "words before the first key": (
        "type=DAEMON_END msg=audit(1.000:1): auditd normal halt, sending auid=0 res=success",
        {"auid": "0", "res": "success"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_fields(name: str) -> None:
    line, wanted = CASES[name]
    assert parsed(line) == wanted


def test_addresses_of_system_calls_are_not_text() -> None:
    assert parsed("type=SYSCALL msg=audit(1.000:1): a0=6120 a1=0A20")["a0"] == "6120"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2F746D702F6120", "/tmp/a "),
        ("ABBA", "\\xab\\xba"),
        ("41424344", "41424344"),
        ("4142434", "4142434"),
        ("(null)", "(null)"),
    ],
)
def test_only_what_needs_it_is_read_as_hexadecimal(written: str, read: str) -> None:
    assert parsed(f"type=PATH msg=audit(1.000:1): name={written} inode=1")["name"] == read


@pytest.mark.parametrize(
    "line",
    [
        "node=web1 type=SYSCALL msg=audit(1.000:1): a=1",
        "Jan  5 09:00:00 web1 audispd: node=web1 type=SYSCALL msg=audit(1.000:1): a=1",
        "type=AUOMS_SYSCALL audit(1.000:1): node=web1 a=1",
        "type=UNKNOWN[1420] msg=audit(1.000:1):",
    ],
)
def test_lines_are_known_by_type_time_and_serial(line: str) -> None:
    found = LINE.match(line)
    assert found is not None
    assert (found["seconds"], found["millis"], found["serial"]) == ("1", "000", "1")


@pytest.mark.parametrize("line", ["type=UNKNOWN[1329] msg=?", "msg=audit(1.000:1): a=1", "----"])
def test_other_lines_are_none(line: str) -> None:
    assert LINE.match(line) is None


@pytest.mark.parametrize(
    ("written", "name"),
    [("1400", "AVC"), ("UNKNOWN[1300]", "SYSCALL"), ("UNKNOWN[9]", "UNKNOWN[9]"), ("EOE", "EOE")],
)
def test_a_type_may_be_its_number(written: str, name: str) -> None:
    assert name_of(written) == name


@given(st.text(max_size=200), st.sampled_from(["EXECVE", "AVC", "USER_CMD", "PATH"]))
def test_any_body_is_read(body: str, kind: str) -> None:
    assert isinstance(fields(kind, body), dict)


@pytest.mark.parametrize("piece", ["a={", 'k="', "msg='", " ", "x", "type=", "avc: denied {"])
def test_a_long_line_is_read_in_time_that_grows_with_it(piece: str) -> None:
    line = "type=EXECVE msg=audit(1.000:1): " + piece * 30_000
    assert isinstance(parsed(line), dict)
    assert isinstance(fields("USER_CMD", "msg='" + piece * 30_000 + "'"), dict)
    LINE.match(piece * 30_000)
