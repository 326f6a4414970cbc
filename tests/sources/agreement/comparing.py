"""Field by field, what an event says against what the peer's document says."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from peer import Record, moment, values

from forensics.engine import Row

_NAMES = ("name", "email", "id", "full_name")
_ACTORS = [f"{who}.{what}" for who in ("user", "client.user", "source.user") for what in _NAMES]
_TARGETS = [
    *(f"user.target.{what}" for what in _NAMES),
    *(f"user.target.group.{what}" for what in ("name", "id")),
    *(f"user.changes.{what}" for what in _NAMES),
]
_PORT = re.compile(r"\[?(?P<v6>[0-9A-Fa-f:.]+)\]:\d+|(?P<v4>\d+\.\d+\.\d+\.\d+):\d+")
# The peer keeps milliseconds where a source writes more.
_SAME_MOMENT = timedelta(milliseconds=1)
# What a record writes where it has nothing to say.
_NOTHING = frozenset({"", "none", "null", "(null)", "-", "?", "n/a", "unknown", "not available"})

Stated = Set[str]
"""What one side says of a field: any number of names for one thing, in lower case."""


@dataclass(frozen=True)
class Field:
    """A comparison: what either side states of it, and when these say the same.

    `threshold` is the share of agreement that is asked for, None where it is only told.
    """

    name: str
    threshold: float | None
    ours: Callable[[Row], Stated]
    theirs: Callable[[Record], Stated]
    same: Callable[[Stated, Stated], bool] = lambda ours, theirs: bool(ours & theirs)


def _texts(found: list[Any]) -> Stated:
    return {str(one).strip().lower() for one in found} - _NOTHING


def _time_ours(row: Row) -> Stated:
    return set() if row["time"] is None else {row["time"].isoformat()}


def _time_theirs(record: Record) -> Stated:
    found = [moment(one) for one in values(record.document, "@timestamp")] if record.timed else []
    return {one.isoformat() for one in found if one is not None}


def _same_time(ours: Stated, theirs: Stated) -> bool:
    apart = datetime.fromisoformat(min(ours)) - datetime.fromisoformat(min(theirs))
    return abs(apart) < _SAME_MOMENT


def _outcome_ours(row: Row) -> Stated:
    word = {"denied": "failure"}.get(row["outcome"], row["outcome"])
    return _texts([word])


def _outcome_theirs(record: Record) -> Stated:
    return _texts(values(record.document, "event.outcome"))


def address(text: object) -> str | None:
    """An address in its canonical form, without port, zone or IPv6 clothes; None if it is none."""
    found = str(text).strip()
    if port := _PORT.fullmatch(found):
        found = port["v6"] or port["v4"]
    try:
        one = ipaddress.ip_address(found.strip("[]").split("%")[0])
    except ValueError:
        return None
    mapped = one.ipv4_mapped if isinstance(one, ipaddress.IPv6Address) else None
    return str(mapped or one)


def _address_ours(row: Row) -> Stated:
    text = row["src_ip"]
    return set() if text is None else {address(text) or str(text)}


def _address_theirs(record: Record) -> Stated:
    for path in ("source.ip", "source.address", "client.ip"):
        found = {one for text in values(record.document, path) if (one := address(text))}
        if found:
            return found
    return set()


def _people(record: Record, paths: Sequence[str]) -> Stated:
    """Names at some paths, also an account's name and domain put together as they are typed."""
    found = [one for path in paths for one in values(record.document, path)]
    for who in [path.removesuffix(".name") for path in paths if path.endswith(".name")]:
        for domain in values(record.document, f"{who}.domain"):
            for name in values(record.document, f"{who}.name"):
                found += [f"{name}@{domain}", f"{domain}\\{name}"]
    return _texts(found)


def _actor_theirs(record: Record) -> Stated:
    return _people(record, _ACTORS)


def _is_of_group(record: Record) -> bool:
    """Whether the act is on a group; otherwise `group` is the actor's, or a name space."""
    return "group" in values(record.document, "event.type")


def _target_theirs(record: Record) -> Stated:
    groups = ["group.name", "group.id"] if _is_of_group(record) else []
    return _people(record, [*_TARGETS, *groups])


def _columns(*names: str) -> Callable[[Row], Stated]:
    def stated(row: Row) -> Stated:
        found: list[Any] = []
        for name in names:
            value = row[name]
            found += value if isinstance(value, list) else [value]
        return _texts([one for one in found if one is not None])

    return stated


def plain(text: object) -> str:
    """A name of an operation without what normalisers change in it: case and punctuation."""
    return re.sub(r"[\W_]", "", str(text).lower())


def _operation_ours(row: Row) -> Stated:
    return {plain(row["operation"])} - {""} if row["operation"] is not None else set()


def operation_theirs(record: Record) -> Stated:
    """The peer's names of the act."""
    return {plain(one) for one in values(record.document, "event.action")} - {""}


_ANY_ACTOR = _columns("actor", "actor_id", "actor_email", "actor_name")
_ANY_TARGET = _columns("target", "target_id", "target_name", "targets")
FIELDS = (
    Field("time", 0.97, _time_ours, _time_theirs, _same_time),
    Field("outcome", 0.97, _outcome_ours, _outcome_theirs),
    Field("source address", 0.97, _address_ours, _address_theirs),
    Field("actor", 0.95, _ANY_ACTOR, _actor_theirs),
    Field("actor (strict)", None, _columns("actor"), _actor_theirs),
    Field("target", 0.95, _ANY_TARGET, _target_theirs),
    Field("operation", None, _operation_ours, operation_theirs),
)
