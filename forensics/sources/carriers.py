"""Records inside other objects: a member, or text that holds an object, of what is around it."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlglot import exp

from forensics.sources.paths import json_path, lookup

# Where shippers, queues, search engines and exports put the record itself, usual ones first.
CARRIERS = (
    "message", "event.original", "_raw", "_source", "result", "result._raw", "detail", "data",
    "body", "log", "MESSAGE", '"@message"', "jsonPayload", "AuditData", "json", "Message",
    "kinesis.data", "data_base64",
)  # fmt: skip
# How deep carriers may stand in one another: a queue's body around a bus's detail around a record.
DEPTH = 3

# What text that holds an object begins with: the object, base64 of one, or the header of a syslog
# line before one. Python and RE2 read these alike.
_PLAIN = r"^[ \t\r\n]*\{"
_BASE64 = r"^e[w-z0-9+/]"
_SYSLOG = (
    r"(?s)^(?:<[0-9]{1,3}>|[A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8} "
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}T[^ ]{1,40} )[^{]{0,300}(\{.*)"
)


def held(text: str) -> str | None:
    """The text of the object that a text may hold; None where it can hold none."""
    if re.search(_PLAIN, text):
        return text
    if re.search(_BASE64, text):
        try:
            return base64.b64decode(text, validate=True).decode("utf-8")
        except (binascii.Error, ValueError):
            return None
    found = re.search(_SYSLOG, text)
    return found[1] if found else None


def inner(document: str, path: str) -> str:
    """SQL of the object that a document carries at a path, as text, or of the document itself.

    Text that is neither JSON nor base64 of it never fails: the document then stands for itself.
    """
    place = _literal(json_path(path))
    text = f"json_extract_string({document}, {place})"
    decoded = f"TRY(decode(from_base64({text})))"
    after = f"regexp_extract({text}, {_literal(_SYSLOG)}, 1)"
    found = f"""CASE WHEN regexp_matches({text}, {_literal(_PLAIN)}) THEN {text}
      WHEN regexp_matches({text}, {_literal(_BASE64)}) THEN {decoded} ELSE {after} END"""
    return f"""coalesce(CASE json_type({document}, {place}) WHEN 'OBJECT' THEN {text}
      WHEN 'VARCHAR' THEN CASE WHEN json_valid({found}) THEN {found} END END, {document})"""


def _literal(text: str) -> str:
    return exp.Literal.string(text).sql(dialect="duckdb")


def _carried(document: dict[str, Any], path: str) -> dict[str, Any] | None:
    found = lookup(document, path)
    if isinstance(found, str) and (text := held(found)) is not None:
        try:
            found = msgspec.json.decode(text)
        except (msgspec.MsgspecError, RecursionError):
            return None
    return found if isinstance(found, dict) and found else None


def unwrapped(documents: Sequence[dict[str, Any]], path: str) -> list[dict[str, Any]]:
    """What the documents carry under a path; empty when none of them carries an object there.

    A document that carries nothing there stands for itself, as it does in a mapping.
    """
    carried = [_carried(one, path) for one in documents]
    if all(one is None for one in carried):
        return []
    return [one if found is None else found for one, found in zip(documents, carried, strict=True)]
