"""A policy file read into a frozen model; every fault of the file is listed at once, by line."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from importlib import resources

from dateutil.parser import isoparse

from forensics.located import Faults, Located, read, unknown_word
from forensics.policy import clauses
from forensics.policy.model import (
    LEVELS,
    ON_UNKNOWN,
    Condition,
    OnUnknown,
    Policy,
    Raise,
    Scope,
    Term,
    order,
)

__all__ = [
    "LEVELS",
    "ON_UNKNOWN",
    "Condition",
    "Policy",
    "Raise",
    "Scope",
    "Term",
    "order",
    "parse",
    "shipped",
]

KEYS = (
    "id", "title", "description", "level", "effective", "scope", "require", "forbid", "limit",
    "exceptions", "raise", "annotate", "on_unknown", "refs", "innocent", "misses", "tests",
)  # fmt: skip
_MANDATORY = ("id", "title", "level", "scope", "on_unknown")
_DEMANDS = ("require", "forbid", "limit")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def parse(data: bytes, name: str) -> Policy:
    """The policy of one file; raises `DeclarationError` listing all faults with their lines."""
    faults = Faults(name)
    node = read(data, faults)
    entries = _entries(node, faults) if node else {}
    level = clauses.read_level(entries.get("level"), faults)
    start, end = _effective(entries.get("effective"), faults)
    policy = Policy(
        id=_id(entries.get("id"), faults),
        title=_text(entries.get("title"), "title", faults),
        description=_text(entries.get("description"), "description", faults),
        level=level or LEVELS[0],
        version=hashlib.sha256(data).hexdigest()[:12],
        file=name,
        effective_from=start,
        effective_to=end,
        scope=clauses.read_scope(entries.get("scope"), faults),
        require=clauses.read_terms(entries.get("require"), faults, "require"),
        forbid=clauses.read_terms(entries.get("forbid"), faults, "forbid"),
        limit=clauses.read_terms(entries.get("limit"), faults, "limit"),
        exceptions=clauses.read_exceptions(entries.get("exceptions"), faults),
        raises=clauses.read_raises(entries.get("raise"), level, faults),
        annotations=clauses.read_annotations(entries.get("annotate"), faults),
        on_unknown=_on_unknown(entries.get("on_unknown"), faults),
        refs=_texts(entries.get("refs"), "refs", faults),
        innocent=_texts(entries.get("innocent"), "innocent", faults),
        misses=_texts(entries.get("misses"), "misses", faults),
        tests=_tests(entries.get("tests"), faults),
    )
    faults.raise_if_any()
    return policy


@cache
def shipped() -> tuple[Policy, ...]:
    """The policies that come with the tool, by id."""
    folder = resources.files("forensics.policy").joinpath("packs")
    files = sorted((file for file in folder.iterdir()), key=lambda file: file.name)
    return tuple(
        parse(file.read_bytes(), f"shipped/{file.name}")
        for file in files
        if file.name.endswith(".yml")
    )


def _entries(node: Located, faults: Faults) -> Mapping[str, Located]:
    if isinstance(node.value, dict) and (old := node.value.pop("effective_from", None)):
        faults.add(old.line, "effective_from is now written as effective: {from: 2017-02-01}.")
    entries = faults.keys(node, KEYS, "the policy")
    if entries:
        for fault in _absent(entries):
            faults.add(node.line, fault)
    return entries


def _absent(entries: Mapping[str, Located]) -> Iterator[str]:
    for key in _MANDATORY:
        if key not in entries:
            yield f"the key {key!r} is missing."
    if not set(_DEMANDS) & entries.keys():
        yield "nothing is demanded: write require, forbid or limit."


def _id(node: Located | None, faults: Faults) -> str:
    found = _text(node, "id", faults)
    if node and found and not _ID.fullmatch(found):
        faults.add(node.line, "id must be 1 to 64 letters, digits, dots, dashes.")
    return found


def _text(node: Located | None, key: str, faults: Faults) -> str:
    if node is None:
        return ""
    if not isinstance(node.value, str) or not node.value.strip():
        faults.add(node.line, f"{key} must be a text.")
        return ""
    return node.value.strip()


def _texts(node: Located | None, key: str, faults: Faults) -> tuple[str, ...]:
    if node is None:
        return ()
    listed = node.value if isinstance(node.value, list) else [node]
    for one in listed:
        if not isinstance(one.value, str) or not one.value.strip():
            faults.add(one.line, f"{key} must be a list of texts.")
    return tuple(" ".join(str(one.value).split()) for one in listed)


def _effective(node: Located | None, faults: Faults) -> tuple[datetime | None, datetime | None]:
    if node is None:
        return None, None
    entries = faults.keys(node, ("from", "to"), "effective")
    if isinstance(node.value, dict) and not node.value:
        faults.add(node.line, "effective is empty; write {from: 2017-02-01}, or leave it out.")
    start, end = (_instant(entries.get(key), f"effective.{key}", faults) for key in ("from", "to"))
    if start and end and start >= end:
        faults.add(node.line, "effective.to does not lie after effective.from.")
    return start, end


def _instant(node: Located | None, key: str, faults: Faults) -> datetime | None:
    if node is None:
        return None
    try:
        instant: datetime = isoparse(str(node.value))
        # An offset can carry the first and the last days beyond the calendar.
        instant = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
        instant.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        shape = "an ISO date or instant as in 2017-02-01"
        faults.add(node.line, f"{key} must be {shape}, not {node.plain()!r}: {error}.")
        return None
    return instant


def _on_unknown(node: Located | None, faults: Faults) -> OnUnknown:
    if node is None:
        return "report"
    for word in ON_UNKNOWN:
        if word == node.value:
            return word
    if isinstance(node.value, str):
        faults.add(node.line, unknown_word("word for on_unknown", node.value, ON_UNKNOWN))
    else:
        faults.add(node.line, f"on_unknown must be one of the words {', '.join(ON_UNKNOWN)}.")
    return "report"


def _tests(node: Located | None, faults: Faults) -> tuple[Located, ...]:
    if node is None:
        return ()
    if not isinstance(node.value, list) or not all(
        isinstance(one.value, dict) for one in node.value
    ):
        faults.add(node.line, "tests must be a list of mappings.")
        return ()
    return tuple(node.value)
