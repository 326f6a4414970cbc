"""What tells explanations of an act apart: one file a question, found by its presence.

Every item looks at the act, says what it found and how, and names its finding. What a finding
means for each explanation is not said here but in `bearings.toml`. No item can see a motive, and
each says in its own words what it can miss.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, cached_property
from typing import Any, cast

from forensics import actions
from forensics.detectors.facts import Facts
from forensics.engine import Row
from forensics.findings.document import Count, Evidence, PersonReading
from forensics.people.peers import Peers, peers

HISTORY = timedelta(days=90)
"""How far back habits are counted."""
ENOUGH = 20
"""Earlier events without which an account has no habit to compare with."""

MOST_NAMED = 5
"""How many records are named in a sentence; the others are cited."""

_NEAR = (
    "SELECT * FROM (",
    ") WHERE moment > $at - $before AND moment < $at + $after ORDER BY moment, event_uid",
)
_FIRST = "SELECT min(time) AS first FROM events WHERE source = $source"
_NAMES = "SELECT target, target_id, target_name FROM events WHERE event_uid = $uid"
_ACCOUNTS = """
SELECT DISTINCT lower(other.account) AS account FROM accounts AS own JOIN accounts AS other
  ON lower(other.person) = lower(own.person) WHERE lower(own.account) = $own ORDER BY 1
"""
# From the history's beginning to a day after the act, with the clocks' errors allowed for.
_OWN = """
SELECT *, time_earliest AS moment FROM timed_events
WHERE list_contains($accounts, lower(actor)) AND time_earliest >= $since
  AND time_earliest <= $until
"""
_ON_TARGET = """
SELECT *, time_earliest AS moment FROM timed_events
WHERE (list_contains($target, lower(target)) OR list_contains($target, lower(target_id)))
  AND time_earliest >= $since AND time_earliest <= $until
"""
_ON_ACCOUNT = """
SELECT *, time_earliest AS moment FROM timed_events
WHERE (list_contains($accounts, lower(target)) OR list_contains($accounts, lower(target_id))
    OR list_contains($accounts, lower(target_name)))
  AND time_earliest >= $since AND time_earliest <= $until
"""


@dataclass(frozen=True)
class Known:
    """What an item found: `outcome` names a row of `bearings.toml`, `value` says it in words."""

    outcome: str
    value: str
    counts: tuple[Count, ...] = ()
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class NotKnown:
    """What an item could not find out; `lacking` completes "the logs do not hold …"."""

    lacking: str
    counts: tuple[Count, ...] = ()


@dataclass(frozen=True)
class Item:
    """One question about an act.

    `method` says how the answer is computed, `query` gives the terms that list the events it
    looks at, for `forensics timeline`; `settles` is what outside these logs would decide.
    """

    id: str
    question: str
    method: str
    outcomes: tuple[str, ...]
    settles: tuple[str, ...]
    answer: Callable[[Act], Known | NotKnown]
    query: Callable[[Act], str]
    nearly_silent: bool = False


@dataclass(frozen=True)
class Act:
    """The act that is to be explained, and the events that questions about it start from.

    Defines the relations `item_own` (acts of the account, and of others of the same person),
    `item_target` (events on the target) and `item_account` (events on the account), each with
    `at`, an instant that is comparable between sources. `effect_from` is when the outage began at
    the earliest, where that is known apart from the act. `rivals` are later acts that may as well
    have begun it.
    """

    facts: Facts
    evidence: Evidence
    person: PersonReading | None
    effect_from: datetime | None = None
    rivals: tuple[Evidence, ...] = ()

    def __post_init__(self) -> None:
        shared = {"since": self.at - HISTORY, "until": self.at + timedelta(days=1)}
        for name, sql, key, names in (
            ("item_own", _OWN, "accounts", self.accounts),
            ("item_target", _ON_TARGET, "target", self.target),
            ("item_account", _ON_ACCOUNT, "accounts", self.accounts),
        ):
            self.facts.engine.keep(name, sql, {key: names, **shared})

    @property
    def at(self) -> datetime:
        """The act's instant on the scale of `at`."""
        return self.evidence.earliest

    @cached_property
    def accounts(self) -> list[str]:
        """The acting account and every other of the same person, in lower case."""
        own = (self.evidence.actor or "").lower()
        found: list[Row] = []
        if "accounts" in self.facts.engine.relations():
            found = self.facts.engine.rows(_ACCOUNTS, {"own": own})
        return sorted({own, *(row["account"] for row in found)} - {""})

    @cached_property
    def target(self) -> list[str]:
        """The names the act's record gives its target, in lower case."""
        (row,) = self.facts.engine.rows(_NAMES, {"uid": self.evidence.event_uid})
        return sorted({str(name).lower() for name in row.values() if name})

    @cached_property
    def peers(self) -> Peers:
        """The account's peers; defines the relation `peers`."""
        return peers(self.facts.engine, self.accounts)

    @cached_property
    def automatic(self) -> bool:
        """Whether the account list says that no person works with the account."""
        return self.person is not None and self.person.account_kind == "service"

    def rows(self, sql: str, **more: Any) -> list[Row]:
        """The answer of a query; the act's own values stand in for those of its parameters."""
        own = self.evidence
        known: dict[str, Any] = {
            "accounts": self.accounts,
            "action": own.action,
            "at": self.at,
            "case_id": own.case_id,
            "day": self.at.replace(hour=0, minute=0, second=0, microsecond=0),
            "destructive": list(actions.destructive()),
            "device": own.device_id,
            "own": (own.actor or "").lower(),
            "privileged": list(actions.privileged()),
            "session": own.session_id,
            "source": own.source,
            "target": self.target,
            "uid": own.event_uid,
            **more,
        }
        named = set(re.findall(r"\$([a-z_]+)", sql))
        return self.facts.engine.rows(sql, {name: known[name] for name in named})

    def row(self, sql: str, **more: Any) -> Row:
        """The one row of such a query."""
        (found,) = self.rows(sql, **more)
        return found

    def terms(
        self, *terms: str, before: timedelta = HISTORY, after: timedelta = timedelta()
    ) -> str:
        """A query of the timeline: `terms` within a stretch of time around the act."""
        since, until = self.evidence.time - before, self.evidence.time + after
        span = f"time:[{_stamp(since)} TO {_stamp(until)}]"
        return " AND ".join((*(term for term in terms if term), span))

    def near(
        self, found: str, when: str, *, before: timedelta, after: timedelta = timedelta()
    ) -> tuple[str, tuple[str, ...]] | None:
        """What a query finds around the act, in words that begin with `when`, and its uids.

        `found` gives `event_uid`, `time`, `moment` and, in words, `what`; None where there is none.
        """
        rows = self.rows(found.join(_NEAR), before=before, after=after)
        if not rows:
            return None
        told = "; ".join(f"{row['what']} at {clock(row['time'])}" for row in rows[:MOST_NAMED])
        left = f"; and {len(rows) - MOST_NAMED} more" if len(rows) > MOST_NAMED else ""
        return f"{when}: {told}{left}.", tuple(row["event_uid"] for row in rows)

    @cached_property
    def looked_back(self) -> str:
        """How far back habits could be counted: 90 days, or as far as the act's source goes."""
        first: datetime = self.row(_FIRST)["first"]
        if first <= self.evidence.time - HISTORY:
            return f"in {HISTORY.days} days"
        days = n_of((self.evidence.time - first).days + 1, "day")
        return f"in the {days} on record"

    @property
    def by_account(self) -> str:
        """The query term for acts of the account."""
        return any_of("actor", [self.evidence.actor or "", *self.accounts])

    @property
    def on_target(self) -> str:
        """The query term for events on the target."""
        return any_of("target", [self.evidence.target or "", *self.target])


@cache
def load() -> tuple[Item, ...]:
    """Every item in this folder, in the order of its number."""
    modules = (
        importlib.import_module(f"{__name__}.{info.name}")
        for info in pkgutil.iter_modules(__path__)
    )
    found = [cast("Item", one.ITEM) for one in modules]
    return tuple(sorted(found, key=lambda item: int(item.id.removeprefix("E"))))


def answers(act: Act) -> list[tuple[Item, Known | NotKnown]]:
    """What every item says of an act, in order."""
    named = act.evidence.actor is not None and act.evidence.target is not None
    nameless = NotKnown("which account did it to which target")
    return [(item, item.answer(act) if named else nameless) for item in load()]


def any_of(field: str, values: list[str]) -> str:
    """A query term: the field is one of the values."""
    distinct = {value.lower(): value for value in reversed(values) if value}
    terms = [f'{field}:"{_escaped(value)}"' for value in reversed(distinct.values())]
    return terms[0] if len(terms) == 1 else f"({' OR '.join(terms)})"


def n_of(n: int, what: str) -> str:
    """`1 report`, `3 reports`."""
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def minutes(seconds: float) -> str:
    """A short stretch of time in words: `11 s`, `4 min`, `2.5 h`."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def stamped(row: Row) -> str:
    """When a record of `item_target` was made: said to be a stamp where its bounds exclude that."""
    known = row["time_earliest"] <= row["time"] < row["time_latest"]
    return clock(row["time"]) if known else f"{clock(row['time'])} as stamped"


def clock(time: datetime) -> str:
    """An instant in UTC to the second."""
    return f"{time:%Y-%m-%d %H:%M:%S}Z"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _stamp(time: datetime) -> str:
    return f'"{time:%Y-%m-%dT%H:%M:%S}.{time.microsecond:06d}Z"'
