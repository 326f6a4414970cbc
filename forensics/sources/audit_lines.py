"""Fields of one line of a Linux audit log, with what is written in hexadecimal made readable."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

# Lengths are bounded so that a line of any kind is read in time that grows with its length alone.
LINE = re.compile(
    r"(?:.{0,300}? )??(?:node=(?P<node>\S{1,255}) )?type=(?P<type>\S{1,64}) (?:msg=)?"
    r"audit\((?P<seconds>\d{1,11})\.(?P<millis>\d{3}):(?P<serial>\d{1,20})\):? ?(?P<body>.*)\Z",
    re.DOTALL,
)
"""An audit line: its parts by name. A syslog header or the like may stand before it."""

_NAME = r"[A-Za-z_][\w-]{0,63}"
_PAIR = re.compile(
    r"(?P<key>(?:(?:old|new) )?" + _NAME + r"(?:\[\d+\])?)="
    r"(?:\"(?P<quoted>[^\"]*)\"|\{(?P<group>[^}]{0,4096})\}|(?P<plain>\S*))"
)
# Values of user-space messages may hold blanks: they end where the next key begins.
_SPACED = re.compile(
    r"(?P<key>" + _NAME + r")=(?:\"(?P<quoted>[^\"]*)\"|(?P<plain>.*?))"
    r"(?= {1,2}(?:: )?" + _NAME + r"=|\Z)",
    re.DOTALL,
)
_OLD_ENDING = re.compile(r" \((hostname=[^()]*)\)\Z")
_ARGUMENT = re.compile(r"a(?P<number>\d{1,9})(?:\[\d+\])?\Z")
_AVC = re.compile(r"avc: {1,9}(?P<verdict>denied|granted) {1,9}\{(?P<permissions>[^}]{0,512})\}")
_HEX = re.compile(r"(?:[0-9A-F]{2})+\Z")
# Fields that are written in hexadecimal when they hold blanks, quotes or control characters.
_HEXED = """
acct apparmor cgroup cmd comm cwd data device dir exe file grp info invalid_context key name
new-disk new-fs new_group ocomm old-disk old-fs operation path proctitle profile root_dir sw unit
vm watch
"""
_UNTRUSTED = frozenset(_HEXED.split())
_UNIT = "\x1d"
# What the kernel log and old tools write in place of a name.
_NUMBERED = """
1006 LOGIN 1100 USER_AUTH 1101 USER_ACCT 1102 USER_MGMT 1103 CRED_ACQ 1104 CRED_DISP
1105 USER_START 1106 USER_END 1107 USER_AVC 1108 USER_CHAUTHTOK 1109 USER_ERR 1110 CRED_REFR
1111 USYS_CONFIG 1112 USER_LOGIN 1113 USER_LOGOUT 1114 ADD_USER 1115 DEL_USER 1116 ADD_GROUP
1117 DEL_GROUP 1123 USER_CMD 1130 SERVICE_START 1131 SERVICE_STOP 1132 GRP_MGMT 1134 ACCT_LOCK
1135 ACCT_UNLOCK 1300 SYSCALL 1302 PATH 1305 CONFIG_CHANGE 1306 SOCKADDR 1307 CWD 1309 EXECVE
1320 EOE 1325 NETFILTER_CFG 1326 SECCOMP 1327 PROCTITLE 1334 BPF 1400 AVC 1403 MAC_POLICY_LOAD
1404 MAC_STATUS 1405 MAC_CONFIG_CHANGE
"""
_NAMES = dict(zip(_NUMBERED.split()[::2], _NUMBERED.split()[1::2], strict=True))
# Types that describe what another line of their event tells of.
_BESIDE = """
BPRM_FCAPS CAPSET CWD EOE EXECVE FD_PAIR IPC IPC_SET_PERM MMAP MQ_GETSETATTR MQ_NOTIFY MQ_OPEN
MQ_SENDRECV OBJ_PID OPENAT2 PATH PROCTITLE SOCKADDR SOCKETCALL SYSCALL URINGOP
"""
_NEVER_MAIN = frozenset(_BESIDE.split())
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBER = re.compile(r"(?:UNKNOWN\[)?(\d+)\]?\Z")


def name_of(kind: str) -> str:
    """The name of a line's type, which may be written as its number."""
    found = _NUMBER.match(kind)
    return _NAMES.get(found[1], kind) if found else kind


def document(identity: tuple[str, str, str], node: str | None, records: Mapping[str, Any]) -> bytes:
    """An event as JSON, from its seconds, milliseconds and serial number and what it tells by type.

    `main` repeats the record that tells what happened, of type `type`; the others describe it.
    """
    seconds, millis, serial = identity
    main = next((one for one in records if one not in _NEVER_MAIN), None)
    main = main or ("SYSCALL" if "SYSCALL" in records else next(iter(records)))
    told = records[main]
    moment = _EPOCH + timedelta(seconds=int(seconds))
    found = {
        "serial": int(serial),
        "timestamp": f"{moment:%Y-%m-%dT%H:%M:%S}.{millis}Z",
        "node": node,
        "type": main,
        "main": told[0] if isinstance(told, list) else told,
        "records": records,
    }
    return msgspec.json.encode({name: one for name, one in found.items() if one is not None})


def fields(kind: str, body: str) -> dict[str, Any]:
    """The fields of a line of that type; those that auditd put in words are in upper case.

    A user-space message is a table under `msg`; the arguments of EXECVE are a list, `argv`.
    """
    body, _, words = body.partition(_UNIT)
    found: dict[str, Any] = {}
    start, end = body.find("msg='"), body.rfind("'")
    if 0 <= start < end - 4:
        found["msg"] = _message(body[start + 5 : end])
        body = f"{body[:start]} {body[end + 1 :]}"
    if avc := _AVC.search(body):
        found |= {"verdict": avc["verdict"], "permissions": avc["permissions"].split()}
    arguments: dict[int, str] = {}
    for pair in (*_PAIR.finditer(body), *_PAIR.finditer(words)):
        key = pair["key"].replace(" ", "-")
        if kind == "EXECVE" and (argument := _ARGUMENT.match(key)):
            place = int(argument["number"])
            arguments[place] = arguments.get(place, "") + _value("cmd", pair)
        else:
            found.setdefault(key, _value(key, pair))
    if arguments:
        found["argv"] = [text for _, text in sorted(arguments.items())]
    return found


def _message(inner: str) -> dict[str, str]:
    """The fields of a user-space message; words before the first are its `op`."""
    inner = _OLD_ENDING.sub(r" \1", inner.strip())
    found: dict[str, str] = {}
    before = None
    for pair in _SPACED.finditer(inner):
        before = inner[: pair.start()] if before is None else before
        found.setdefault(pair["key"], _value(pair["key"], pair))
    if words := (inner if before is None else before).strip(" :"):
        found.setdefault("op", words)
    return found


def _value(key: str, pair: re.Match[str]) -> str:
    groups = pair.groupdict()
    if groups["quoted"] is not None:
        return str(groups["quoted"])
    if groups.get("group") is not None:
        return str(groups["group"]).strip()
    plain = str(groups["plain"]).rstrip(" :,;")
    return _decoded(plain) if key in _UNTRUSTED and _HEX.match(plain) else plain


def _decoded(text: str) -> str:
    """Text that was written in hexadecimal, unless it had no need to be."""
    data = bytes.fromhex(text)
    if all(0x20 < one < 0x7F and one != 0x22 for one in data):
        return text
    return data.rstrip(b"\x00").decode("utf-8", "backslashreplace").replace("\x00", " ")
