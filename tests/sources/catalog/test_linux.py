"""Linux: what programs say is understood alike wherever it is carried; real audit logs are read."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from forensics.engine import Row
from forensics.sources.declaration import shipped
from forensics.sources.formats import detect
from forensics.sources.normalise import normalise

REAL = Path(__file__).parents[3].parent / "shared" / "real_logs"
real = pytest.mark.skipif(not REAL.is_dir(), reason="the shared records are not here")

# Program and message; operation, verb, outcome, actor, whom it becomes, target, source address.
MESSAGES: list[tuple[str, str, tuple[str | None, ...]]] = [
    (
        "sshd",
        "Failed none for invalid user  from 203.0.113.9 port 22 ssh2",
        ("ssh login", "session.start", "failure", None, None, None, "203.0.113.9"),
    ),
    (
        "sshd",
        "User bob from 203.0.113.9 not allowed because not listed in AllowUsers",
        ("ssh login", "session.start", "denied", "bob", None, None, "203.0.113.9"),
    ),
    (
        "sshd",
        "Invalid user ada from 2001:db8::1 port 50500",
        ("ssh login", "session.start", "failure", "ada", None, None, "2001:db8::1"),
    ),
    (
        "sshd",
        "Connection closed by authenticating user root 203.0.113.9 port 5022 [preauth]",
        ("ssh disconnect", "session.end", "unknown", "root", None, None, "203.0.113.9"),
    ),
    (
        "sshd",
        "pam_unix(sshd:session): session opened for user ada(uid=1000) by (uid=0)",
        ("session opened", "session.start", "success", "ada", None, None, None),
    ),
    (
        "sudo",
        "pam_unix(sudo:session): session closed for user root",
        ("session closed", "session.end", "success", None, "root", None, None),
    ),
    (
        "sudo",
        "ada : 3 incorrect password attempts ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls -l",
        ("sudo", "session.assume_role", "failure", "ada", "root", "/bin/ls -l", None),
    ),
    (
        "su",
        "FAILED SU (to root) ada on pts/0",
        ("su", "session.assume_role", "failure", "ada", "root", None, None),
    ),
    (
        "su",
        (
            "pam_unix(su:auth): authentication failure; logname=ada uid=1000 euid=0 tty=pts/0"
            " ruser=ada rhost=  user=root"
        ),
        ("authentication failure", "session.authenticate", "failure", "ada", None, None, None),
    ),
    (
        "useradd",
        "new user: name=bob, UID=1001, GID=1002, home=/home/bob, shell=/bin/bash",
        ("user added", "account.create", "success", None, None, "bob", None),
    ),
    (
        "useradd",
        "failed adding user 'bob', data deleted",
        ("user added", "account.create", "failure", None, None, "bob", None),
    ),
    (
        "usermod",
        "add 'bob' to shadow group 'wheel'",
        ("member added", "group.member_add", "success", None, None, "bob", None),
    ),
    (
        "userdel",
        "removed group 'bob' owned by 'bob'",
        ("group deleted", "group.delete", "success", None, None, "bob", None),
    ),
    (
        "usermod",
        "unlock user 'bob' password",
        ("user unlocked", "account.unsuspend", "success", None, None, "bob", None),
    ),
    (
        "passwd",
        "password for 'bob' changed by 'root'",
        ("password changed", "credential.reset", "success", "root", None, "bob", None),
    ),
    (
        "passwd",
        "password for 'bob' changed by 'bob'",
        ("password changed", "credential.change", "success", "bob", None, "bob", None),
    ),
    (
        "crontab",
        "(ada) REPLACE (bob)",
        ("crontab changed", "config.change", "success", "ada", None, "bob", None),
    ),
    (
        "login",
        "FAILED LOGIN (1) on '/dev/tty1' FOR 'ada', Authentication failure",
        ("console login", "session.start", "failure", "ada", None, None, None),
    ),
    (
        "pkexec",
        "ada: Executing command [USER=root] [TTY=unknown] [CWD=/] [COMMAND=/usr/bin/id]",
        ("pkexec", "session.assume_role", "success", "ada", "root", "/usr/bin/id", None),
    ),
    (
        "sshd",
        (
            "pam_faillock(sshd:auth): Consecutive login failures for user bob account temporarily"
            " locked"
        ),
        ("account locked", "account.lock", "failure", None, None, "bob", None),
    ),
    (
        "systemd",
        "Stopped System Logging Service.",
        (
            "logging stopped",
            "logging.disable",
            "unknown",
            None,
            None,
            "System Logging Service",
            None,
        ),
    ),
    ("kernel", "usb 1-1: new device", ("kernel", "other", "unknown", None, None, None, None)),
]
TOLD = ("operation", "action", "outcome", "actor", "on_behalf_of", "target", "src_ip")


def carried(source: str, program: str, message: str) -> str:
    """A message as that source carries it."""
    if source == "linux_auth":
        return f"2026-01-05T09:12:44Z web1 {program}[7]: {message}"
    if source == "linux_journald":
        names = {"__REALTIME_TIMESTAMP": "1767604364000000", "_HOSTNAME": "web1"}
        return json.dumps({**names, "SYSLOG_IDENTIFIER": program, "MESSAGE": message})
    names = {"EventTime": "2026-01-05T09:12:44Z", "Facility": "auth", "SeverityLevel": "info"}
    return json.dumps({**names, "ProcessName": program, "SyslogMessage": message})


@pytest.mark.parametrize("source", ["linux_auth", "linux_journald", "azure_syslog"])
def test_a_message_means_the_same_wherever_it_is_carried(source: str) -> None:
    lines = [carried(source, program, message) for program, message, _ in MESSAGES]
    rows = normalise(shipped()[source], ("\n".join(lines) + "\n").encode())
    found = [tuple(row[name] for name in TOLD) for row in rows]
    assert found == [wanted for _, _, wanted in MESSAGES]


@pytest.mark.parametrize(
    ("kind", "body", "action"),
    [
        ("ACCT_LOCK", "msg='op=locked-password id=1002 res=success'", "account.suspend"),
        ("RESP_ACCT_LOCK", "msg='op=pam_faillock suid=1002 res=success'", "account.lock"),
        ("USER_MGMT", 'msg=\'op=add-user-to-group grp="a" acct="b"\'', "group.member_add"),
        ("USER_MGMT", "msg='op=deleting-user-from-group acct=\"b\"'", "group.member_remove"),
        ("USER_MGMT", "msg='op=updating-home-dir-owner id=1002'", "account.update"),
        ("USER_CHAUTHTOK", "uid=0 msg='op=PAM:chauthtok acct=\"b\"'", "credential.reset"),
        ("USER_CHAUTHTOK", "uid=1000 msg='op=PAM:chauthtok acct=\"b\"'", "credential.change"),
        ("USER_CHAUTHTOK", "uid=0 msg='op=changing comment id=1003'", "account.update"),
        (
            "USER_START",
            'msg=\'op=PAM:session_open acct="b" exe="/usr/bin/su"\'',
            "session.assume_role",
        ),
        (
            "USER_START",
            'msg=\'op=PAM:session_open acct="b" exe="/usr/sbin/sshd"\'',
            "session.start",
        ),
        ("CONFIG_CHANGE", 'auid=1000 op="remove_rule" key="a" list=4 res=1', "logging.disable"),
        ("CONFIG_CHANGE", 'auid=1000 op="add_rule" key="a" list=4 res=1', "logging.change"),
        ("SERVICE_STOP", "msg='unit=auditd res=success'", "logging.disable"),
        ("SERVICE_STOP", "msg='unit=cups res=success'", "resource.change"),
        ("MAC_STATUS", "enforcing=0 old_enforcing=1 res=1", "policy.disable"),
        ("1115", "msg='op=delete-user id=1002 res=success'", "account.delete"),
    ],
)
def test_type_and_op_of_an_audit_line_tell_the_verb(kind: str, body: str, action: str) -> None:
    line = f"type={kind} msg=audit(1767604364.123:1): {body}\n"
    (row,) = normalise(shipped()["linux_auditd"], line.encode())
    assert row["action"] == action


def audit_files() -> Iterator[Path]:
    yield from sorted((REAL / "auditd").rglob("*.log"))
    yield from sorted((REAL / "auditd/laurel").rglob("record-*.txt"))
    yield REAL / "plaso/audit_enriched.log"


@real
def test_every_line_of_real_audit_logs_is_kept() -> None:
    files = list(audit_files())
    assert len(files) > 20
    for path in files:
        data = path.read_bytes()
        container = detect(data)
        assert container is not None, path
        assert container.name == "auditd", path
        kept: list[bytes] = []
        for batch in container.split(io.BytesIO(data)):
            kept += [line for record in batch.records for line in record.split(b"\n")]
            kept += [one.data for one in batch.rejects]
        wanted = [line for line in data.split(b"\n") if line.strip() and line != b"----"]
        assert sorted(kept) == sorted(wanted), path


@real
def test_lines_out_of_order_make_the_same_events() -> None:
    folder = REAL / "auditd/go-libaudit/testdata"
    events: list[set[tuple[int, str, str]]] = []
    for name in ("normal.log", "out_of_order.log"):
        rows: list[Row] = normalise(shipped()["linux_auditd"], (folder / name).read_bytes())
        events.append({(row["sequence"], row["actor"], row["operation"]) for row in rows})
    assert events[0] == events[1]


@real
def test_an_enriched_log_names_accounts() -> None:
    data = (REAL / "plaso/audit_enriched.log").read_bytes()
    rows = normalise(shipped()["linux_auditd"], data)
    assert len(rows) == 12
    assert {row["actor"] for row in rows} == {"root"}
    told = [(row["action"], row["outcome"], row["target"]) for row in rows[:2]]
    assert told == [
        ("account.delete", "failure", "specimenuser"),
        ("account.create", "success", "specimenuser"),
    ]
    assert rows[3]["src_ip"] is not None
    assert rows[-1]["session_id"] == "14"
