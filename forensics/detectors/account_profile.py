"""Who is this account, and what did it do?

Not asked by a scan: it answers about one named account or person. It can miss what the person
did under accounts that accounts.csv does not link.
"""

from __future__ import annotations

from forensics.detectors.facts import Facts
from forensics.engine import Row
from forensics.errors import UsageError
from forensics.findings.document import ActorProfile, PersonReading, Tally
from forensics.timeline import query

SCHEMA = 1
_MOST = 10
_MINE = """
SELECT * FROM events
WHERE list_contains($names, lower(actor)) OR list_contains($names, lower(actor_id))
  OR list_contains($names, lower(actor_email))
"""
_ACCOUNTS = """
SELECT DISTINCT other.account FROM accounts AS own JOIN accounts AS other
  ON other.person = own.person
WHERE lower(own.account) = $who OR lower(own.person) = $who ORDER BY 1
"""
_SPAN = """
SELECT count(*) AS n, min(time) AS lo, max(time) AS hi, count(DISTINCT session_id) AS sessions
FROM mine
"""
_TALLIES = {
    name: f"""SELECT {column} AS name, count(*) AS n, min(time) AS first_time,
      max(time) AS last_time FROM mine WHERE {column} IS NOT NULL
      GROUP BY 1 ORDER BY n DESC, name LIMIT {_MOST}"""  # noqa: S608 - our own column names
    for name, column in (
        ("sources", "source"),
        ("actions", "action"),
        ("targets", "target"),
        ("addresses", "src_ip"),
        ("devices", "device_id"),
    )
}
_DESTRUCTIVE = """
SELECT event_uid FROM mine JOIN (SELECT event_uid FROM acts) USING (event_uid)
WHERE list_contains($verbs, action) ORDER BY time DESC, event_uid LIMIT 20
"""
_LAST = (
    "SELECT max_by(event_uid, (time, event_uid)) AS uid FROM mine SEMI JOIN acts USING (event_uid)"
)


def profile(facts: Facts, who: str, *, tool_version: str) -> ActorProfile:
    """The profile of one account or person; raises `UsageError` with near names if unknown."""
    from forensics import actions

    engine = facts.engine
    accounts = _accounts(facts, who)
    engine.keep("mine", _MINE, {"names": [one.lower() for one in accounts]})
    span = engine.rows(_SPAN)[0]
    if not span["n"]:
        near = query.near_names(engine, "actor", who)
        raise UsageError(
            f"No record in this case is an act of {who!r}.",
            remedy="Did you mean: " + ", ".join(near) + "?" if near else "Check the spelling.",
        )
    tallies = {name: _tallies(engine.rows(sql)) for name, sql in _TALLIES.items()}
    verbs = list(actions.destructive())
    uids = [row["event_uid"] for row in engine.rows(_DESTRUCTIVE, {"verbs": verbs})]
    cited = facts.evidence(uids)
    return ActorProfile(
        schema=SCHEMA,
        tool_version=tool_version,
        account=who,
        accounts=tuple(accounts),
        person=_person(facts),
        first_seen=span["lo"],
        last_seen=span["hi"],
        events=span["n"],
        sessions=span["sessions"],
        destructive=tuple(cited[uid] for uid in uids if uid in cited),
        coverage=facts.coverage(),
        custody=facts.custody(),
        limits=_limits(facts, accounts),
        **tallies,
    )


def _accounts(facts: Facts, who: str) -> list[str]:
    found: list[str] = []
    if "accounts" in facts.engine.relations():
        rows = facts.engine.rows(_ACCOUNTS, {"who": who.strip().lower()})
        found = [row["account"] for row in rows]
    return sorted({who.strip(), *found}, key=str.lower)


def _tallies(rows: list[Row]) -> tuple[Tally, ...]:
    return tuple(Tally(**row) for row in rows)


def _person(facts: Facts) -> PersonReading | None:
    """The reading at the account's last judged act."""
    uid = facts.engine.rows(_LAST)[0]["uid"]
    return facts.persons([uid]).get(uid) if uid else None


def _limits(facts: Facts, accounts: list[str]) -> tuple[str, ...]:
    if "accounts" not in facts.engine.relations():
        return ("No accounts.csv is in this case, so other accounts of this person are not known.",)
    if len(accounts) == 1:
        return ("accounts.csv links no other account to this one.",)
    return ()
