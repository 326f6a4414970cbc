"""Records inside other objects: a member, or text that holds an object, of what is around it."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from contextlib import suppress
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
# What base64 may be broken into lines with.
_FOLDED = r"[ \t\r\n]+"
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
            return _unfolded(text).decode("utf-8")
        except ValueError:
            return None
    found = re.search(_SYSLOG, text)
    return found[1] if found else None


def _unfolded(text: str) -> bytes:
    """Bytes of base64, also of lines of it; raises `ValueError` when it is none."""
    return base64.b64decode(re.sub(_FOLDED, "", text), validate=True)


def garbled(document: dict[str, Any], depth: int = DEPTH) -> str | None:
    """The path under which a document carries base64 of what is not UTF-8; None if there is none.

    Its record cannot be read, and what stands around it is seldom one.
    """
    for path in CARRIERS:
        found = lookup(document, path)
        if isinstance(found, dict) and depth > 1 and (below := garbled(found, depth - 1)):
            return f"{path}.{below}"
        if not isinstance(found, str) or not re.search(_BASE64, found):
            continue
        with suppress(ValueError):
            data = _unfolded(found)
            try:
                data.decode("utf-8")
            except UnicodeDecodeError:
                return path
    return None


def inner(document: str, path: str) -> str:
    """SQL of the object that a document carries at a path, as text, or of the document itself.

    Text that is neither JSON nor base64 of it never fails: the document then stands for itself.
    """
    place = _literal(json_path(path))
    text = f"json_extract_string({document}, {place})"
    unfolded = f"regexp_replace({text}, {_literal(_FOLDED)}, '', 'g')"
    decoded = f"TRY(decode(from_base64({unfolded})))"
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
