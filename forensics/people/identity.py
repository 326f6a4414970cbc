"""Accounts and the persons behind them, as stated by the account list or else by a roster."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, tzinfo

import pyarrow as pa

from forensics.engine import Engine
from forensics.people import dates
from forensics.people.roster import SCHEMA as EMPLOYMENT
from forensics.people.sheet import Problem, SheetRow, quoted, read
from forensics.sources.context import ContextFile

KINDS = frozenset({"personal", "admin", "service", "shared", "break_glass"})
# Accounts behind which no one person needs to stand.
IMPERSONAL = frozenset({"service", "shared", "break_glass"})

_COLUMNS = frozenset({"account", "source", "person", "kind", "valid_from", "valid_to"})
_REQUIRED = frozenset({"account", "person", "kind"})


@dataclass(frozen=True)
class Account:
    """Whose account a login is: in one log source or any (None), within [valid_from, valid_to)."""

    account: str
    source: str | None
    person: str | None
    kind: str | None
    valid_from: datetime | None
    valid_to: datetime | None


_TIME = pa.timestamp("us", tz="UTC")
_NOT_TEXT = {"valid_from": _TIME, "valid_to": _TIME}
SCHEMA = pa.schema([(f.name, _NOT_TEXT.get(f.name, pa.string())) for f in fields(Account)])


def table(accounts: Sequence[Account]) -> pa.Table:
    """The accounts as the relation `accounts`."""
    columns = {name: [getattr(account, name) for account in accounts] for name in SCHEMA.names}
    return pa.table(columns, schema=SCHEMA)


def read_accounts(
    files: Iterable[ContextFile], *, default_zone: tzinfo | None = None
) -> tuple[list[Account], list[Problem]]:
    """All accounts listed, and every problem; days begin in `default_zone`, else in UTC."""
    accounts: list[Account] = []
    problems: list[Problem] = []
    for file in files:
        rows, found = read(file, _COLUMNS, _REQUIRED)
        problems += found
        for row in rows:
            account, found = _account(row, default_zone or UTC)
            problems += found
            if account:
                accounts.append(account)
    return accounts, problems


def _account(row: SheetRow, zone: tzinfo) -> tuple[Account | None, list[Problem]]:
    cells = row.cells
    if "account" not in cells:
        return None, [row.problem("The row names no account; it is not read.", "Fill account.")]
    problems = []
    kind: str | None = cells.get("kind", "").lower()
    if kind not in KINDS:
        message = f"The kind {quoted(cells.get('kind', ''))} is unknown; taken for not said."
        problems.append(row.problem(message, f"Write one of {', '.join(sorted(KINDS))}."))
        kind = None
    if "person" not in cells and kind not in IMPERSONAL:
        message = f"The account {quoted(cells['account'])} is listed without a person."
        problems.append(
            row.problem(message, "Fill person, or say kind service, shared or break_glass.")
        )
    valid: dict[str, datetime] = {}
    for name in ("valid_from", "valid_to"):
        try:
            written = dates.read(cells[name]) if name in cells else None
        except ValueError as error:
            message = f"{name} {quoted(cells[name])} cannot be read: {error}; the row is not read."
            problems.append(row.problem(message, "Write dates as 2017-11-02."))
            return None, problems
        if written:
            valid[name] = dates.instant(written, zone)[0]
    account = Account(
        account=cells["account"],
        source=cells.get("source"),
        person=cells.get("person"),
        kind=kind,
        valid_from=valid.get("valid_from"),
        valid_to=valid.get("valid_to"),
    )
    if account.valid_from and account.valid_to and account.valid_from >= account.valid_to:
        message = "valid_to does not lie after valid_from; the row is not read."
        problems.append(row.problem(message, "Write the first day on which it no longer holds."))
        return None, problems
    return account, problems


class Holders(Mapping[str, str]):
    """Whose each lower-case account name is; as a mapping, of those whose entry has not run out."""

    def __init__(self, accounts: Iterable[Account]) -> None:
        self._entries: dict[str, list[Account]] = defaultdict(list)
        for account in accounts:
            self._entries[account.account.lower()].append(account)
        named = {name: self._agreed(self._open(name)) for name in self._entries}
        self._lasting = {name: person for name, person in named.items() if person}

    def at(self, name: str, when: datetime) -> str | None:
        """The one person a name was of at a time, or None where none or several were."""
        return self._agreed(
            one
            for one in self._entries.get(name.lower(), ())
            if (one.valid_from is None or one.valid_from <= when)
            and (one.valid_to is None or when < one.valid_to)
        )

    def _open(self, name: str) -> list[Account]:
        return [one for one in self._entries[name] if one.valid_to is None]

    @staticmethod
    def _agreed(entries: Iterable[Account]) -> str | None:
        """What entries for any log source say, else what those for one source agree on."""
        found = list(entries)
        general = [one for one in found if one.source is None]
        persons = {one.person.lower(): one.person for one in general or found if one.person}
        return persons.popitem()[1] if len(persons) == 1 else None

    def __getitem__(self, name: str) -> str:
        return self._lasting[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._lasting)

    def __len__(self) -> int:
        return len(self._lasting)


def persons_by_account(accounts: Iterable[Account]) -> Holders:
    """The one person behind each account name, at a time or as listed now."""
    return Holders(accounts)


# Whatever a name resolves to is fixed by (name, source, stretch of time), so the many acts meet
# one small table. A name that the account list knows is never looked up in rosters: outside its
# validity it is nobody's.
_RESOLUTIONS = """
WITH pairs AS (
  SELECT DISTINCT actor, source FROM people_acts WHERE actor IS NOT NULL
), roster AS (
  SELECT lower(email) AS name, lower(split_part(email, '@', 1)) AS local, person
  FROM people_facts WHERE email IS NOT NULL
), candidates AS (
  SELECT lower(account) AS name, lower(source) AS source, person, kind, valid_from, valid_to,
         CASE WHEN source IS NULL THEN 1 ELSE 0 END AS rank, 'account' AS matched_by
  FROM people_accounts
  UNION ALL
  SELECT name, NULL, min(person), NULL, NULL, NULL, 2, 'email'
  FROM roster GROUP BY name HAVING count(DISTINCT lower(person)) = 1
  UNION ALL
  SELECT local, NULL, min(person), NULL, NULL, NULL, 3, 'local_part'
  FROM roster GROUP BY local HAVING count(DISTINCT lower(person)) = 1
), matched AS (
  SELECT p.actor, p.source, c.person, c.kind, c.rank, c.matched_by,
         coalesce(c.valid_from, TIMESTAMPTZ '0001-01-01 00:00:00+00') AS valid_from,
         coalesce(c.valid_to, TIMESTAMPTZ '9999-12-31 00:00:00+00') AS valid_to,
         min(c.rank) OVER (PARTITION BY p.actor, p.source) AS best
  FROM pairs p
  JOIN candidates c ON c.name = lower(p.actor) AND (c.source IS NULL OR c.source = lower(p.source))
), eligible AS (
  SELECT * FROM matched WHERE rank <= 1 OR rank = best
), edges AS (
  SELECT actor, source, valid_from AS edge FROM eligible
  UNION
  SELECT actor, source, valid_to FROM eligible
), stretches AS (
  SELECT actor, source, edge AS since,
         lead(edge) OVER (PARTITION BY actor, source ORDER BY edge) AS until
  FROM edges
), holding AS (
  SELECT s.actor, s.source, s.since, s.until, e.person, e.kind, e.matched_by, e.rank,
         min(e.rank) OVER (PARTITION BY s.actor, s.source, s.since) AS best
  FROM stretches s
  JOIN eligible e ON e.actor = s.actor AND e.source IS NOT DISTINCT FROM s.source
    AND e.valid_from <= s.since AND e.valid_to > s.since
)
SELECT actor, source, since, until,
       CASE WHEN count(DISTINCT lower(person)) = 1 THEN min(person) END AS person,
       CASE WHEN count(DISTINCT lower(person)) > 1 THEN 'shared'
            WHEN count(DISTINCT kind) = 1 THEN min(kind) END AS account_kind,
       min(matched_by) AS matched_by
FROM holding WHERE rank = best
GROUP BY actor, source, since, until
ORDER BY actor, source, since
"""

# Stretches of time through which a name was one person's, gaps ending them. An act whose bounds
# reach from one into another, or beyond the last, is nobody's for certain.
_HOLDERS = """
WITH turned AS (
  SELECT *, lower(person) IS DISTINCT FROM lag(lower(person)) OVER names
            OR since IS DISTINCT FROM lag(until) OVER names AS fresh
  FROM people_resolutions
  WINDOW names AS (PARTITION BY actor, source ORDER BY since)
)
SELECT * EXCLUDE (fresh),
       count(*) FILTER (fresh) OVER (PARTITION BY actor, source ORDER BY since) AS holder
FROM turned
"""

_MOMENTS = """
WITH bounded AS (
  SELECT event_uid, actor, source, time, coalesce(time_earliest, time) AS time_earliest,
         coalesce(time_latest, time) AS time_latest
  FROM people_acts
)
SELECT a.event_uid, a.actor AS account, r.holder IS NOT DISTINCT FROM l.holder AS held,
       CASE WHEN held THEN r.person END AS person,
       CASE WHEN held THEN r.account_kind END AS account_kind,
       CASE WHEN held THEN r.matched_by ELSE 'hand_over' END AS matched_by,
       a.time, a.time_earliest, a.time_latest,
       a.time_earliest AS known_at, a.time_latest AS known_latest
FROM bounded a
LEFT JOIN people_holders r
  ON r.actor = a.actor AND r.source IS NOT DISTINCT FROM a.source
 AND a.time_earliest >= r.since AND a.time_earliest < r.until
LEFT JOIN people_holders l
  ON l.actor = a.actor AND l.source IS NOT DISTINCT FROM a.source
 AND a.time_latest >= l.since AND a.time_latest < l.until
"""


def resolve(engine: Engine, acts: str) -> None:
    """Read `acts` as `people_moments`: who stood behind each act's account at its time.

    `acts` is a query giving event_uid, source, actor, time, time_earliest and time_latest.
    """
    define_inputs(engine)
    engine.define("people_acts", acts)
    engine.register("people_resolutions", engine.table(_RESOLUTIONS))
    engine.register("people_holders", engine.table(_HOLDERS))
    engine.define("people_moments", _MOMENTS)


def define_inputs(engine: Engine) -> None:
    """Read rosters and accounts as `people_facts` and `people_accounts`, empty where none exist."""
    known = set(engine.relations())
    inputs = (
        ("employment", "people_facts", "SELECT * FROM employment", EMPLOYMENT),
        ("accounts", "people_accounts", "SELECT * FROM accounts", SCHEMA),
    )
    for relation, name, query, schema in inputs:
        engine.register(name, engine.table(query) if relation in known else schema.empty_table())
