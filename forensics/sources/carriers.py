"""Records inside other objects: a member, or text that is JSON, of what a shipper wrote around."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from forensics.sources.paths import lookup

# Where shippers, queues, search engines and exports put the record itself, usual ones first.
CARRIERS = (
    "message", "event.original", "_raw", "_source", "result", "result._raw", "detail", "data",
    "body", "log", "MESSAGE", '"@message"', "jsonPayload", "AuditData", "json", "Message",
)  # fmt: skip
# How deep carriers may stand in one another: a queue's body around a bus's detail around a record.
DEPTH = 3


def _carried(document: dict[str, Any], path: str) -> dict[str, Any] | None:
    found = lookup(document, path)
    if isinstance(found, str) and found.lstrip()[:1] == "{":
        try:
            found = msgspec.json.decode(found)
        except (msgspec.MsgspecError, RecursionError):
            return None
    return found if isinstance(found, dict) and found else None


def unwrapped(documents: Sequence[dict[str, Any]], path: str) -> list[dict[str, Any]]:
    """What the documents carry under a path; empty when none of them carries an object there.

    A document that carries nothing there stands for itself, as it does in a mapping.
    """
    inner = [_carried(one, path) for one in documents]
    if all(one is None for one in inner):
        return []
    return [one if found is None else found for one, found in zip(documents, inner, strict=True)]
