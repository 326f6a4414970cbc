"""Who is this account, and what did it do?

Not asked by a scan: it answers about one named account or person. It can miss what the person
did under accounts that accounts.csv does not link.
"""

from __future__ import annotations

import shlex

from forensics.detectors import tallies
from forensics.detectors.facts import Facts
from forensics.engine import Engine, Row
from forensics.errors import UsageError
from forensics.findings.document import Count, PersonReading
from forensics.findings.profile import ActorProfile, EmploymentSpan, PeerComparison, PeerShare
from forensics.people.course import course
from forensics.people.peers import peers
from forensics.timeline import query

SCHEMA = 2
_MOST_SHARES = 12
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
_DESTRUCTIVE = """
SELECT event_uid FROM summarised JOIN (SELECT event_uid FROM acts) USING (event_uid)
WHERE list_contains($verbs, action) ORDER BY time DESC, event_uid LIMIT 20
"""
_LAST = """
SELECT max_by(event_uid, (time, event_uid)) AS uid
FROM summarised SEMI JOIN acts USING (event_uid)
"""
_SHARES = """
WITH own AS (SELECT coalesce(action, 'other') AS action, count(*) AS n FROM summarised GROUP BY 1),
theirs AS (
  SELECT coalesce(e.action, 'other') AS action, count(*) AS n
  FROM events AS e JOIN peers AS p ON p.actor = lower(e.actor) GROUP BY 1
)
SELECT o.action, o.n, coalesce(t.n, 0) AS theirs, (SELECT sum(n) FROM own)::BIGINT AS of_own,
  coalesce((SELECT sum(n) FROM theirs), 0)::BIGINT AS of_theirs
FROM own AS o LEFT JOIN theirs AS t USING (action) ORDER BY o.n DESC, o.action LIMIT $most
"""


def _nobody(engine: Engine, who: str) -> UsageError:
    """Why there is no profile: nobody bears that name, or what bears it did nothing itself."""
    near = query.near_names(engine, "actor", who)
    remedy = "Did you mean: " + ", ".join(near) + "?" if near else "Check the spelling."
    if query.run(engine, query.TimelineQuery(target=who, limit=1)).num_rows:
        remedy = f"There are acts on it: forensics target {shlex.quote(who.strip())}"
    return UsageError(f"No record in this case is an act of {who!r}.", remedy=remedy)


def profile(facts: Facts, who: str, *, tool_version: str) -> ActorProfile:
    """The profile of one account or person; raises `UsageError` with near names if unknown."""
    from forensics import actions

    engine = facts.engine
    accounts = _accounts(facts, who)
    engine.keep("summarised", _MINE, {"names": [one.lower() for one in accounts]})
    span = tallies.span(engine)
    if not span["n"]:
        raise _nobody(engine, who)
    uids = [
        row["event_uid"]
        for row in engine.rows(_DESTRUCTIVE, {"verbs": list(actions.destructive())})
    ]
    cited = facts.evidence(uids)
    person = _person(facts)
    employment, zone, basis = _employment(facts, who, person, span)
    return ActorProfile(
        schema=SCHEMA,
        tool_version=tool_version,
        account=who,
        accounts=tuple(accounts),
        person=person,
        employment=employment,
        first_seen=span["lo"],
        last_seen=span["hi"],
        events=span["n"],
        operations=tallies.operations(engine),
        sources=tallies.tally(engine, "sources"),
        targets=tallies.tally(engine, "targets"),
        addresses=tallies.addresses(engine),
        devices=tallies.tally(engine, "devices"),
        agents=tallies.tally(engine, "agents"),
        tools=tallies.tally(engine, "tools"),
        sessions=span["sessions"],
        latest_sessions=tallies.latest_sessions(engine),
        hours=tallies.hours(engine, zone, basis),
        peers=_peers(facts, accounts),
        destructive=tuple(cited[uid] for uid in uids if uid in cited),
        coverage=facts.coverage(),
        custody=facts.custody(),
        limits=_limits(facts, accounts),
    )


def _accounts(facts: Facts, who: str) -> list[str]:
    found: list[str] = []
    if "accounts" in facts.engine.relations():
        rows = facts.engine.rows(_ACCOUNTS, {"who": who.strip().lower()})
        found = [row["account"] for row in rows]
    return sorted({who.strip(), *found}, key=str.lower)


def _person(facts: Facts) -> PersonReading | None:
    """The reading at the account's last judged act."""
    uid = facts.engine.rows(_LAST)[0]["uid"]
    return facts.persons([uid]).get(uid) if uid else None


def _employment(
    facts: Facts, who: str, person: PersonReading | None, span: Row
) -> tuple[tuple[EmploymentSpan, ...], str | None, str | None]:
    """Phases over the time the account was seen, and the zone they are judged in with its basis."""
    name = person.person if person else _named(facts, who)
    if name is None or span["lo"] is None:
        return (), None, None
    rows = course(facts.engine, name, span["lo"], span["hi"])
    zone, basis = rows[-1]["zone"], rows[-1]["zone_basis"]
    return (
        tuple(
            EmploymentSpan(
                since=row["since"],
                until=row["until"],
                phases=tuple(row["phases"]),
                sentence=row["sentence"],
            )
            for row in rows
        ),
        zone,
        basis,
    )


def _named(facts: Facts, who: str) -> str | None:
    """The one person that the account list or a roster gives for an account that never acted."""
    from forensics import people

    found = people.persons(facts.engine, who)
    return found[0] if len(found) == 1 else None


def _peers(facts: Facts, accounts: list[str]) -> PeerComparison | None:
    found = peers(facts.engine, accounts)
    if not found.people:
        return None
    rows = facts.engine.rows(_SHARES, {"most": _MOST_SHARES})
    return PeerComparison(
        role=found.role,
        people=found.people,
        sentence=f"Shares of all records, beside those of {found.words}.",
        shares=tuple(
            PeerShare(
                action=row["action"],
                own=Count(label="own records", n=row["n"], of=row["of_own"]),
                peers=Count(label="peers' records", n=row["theirs"], of=row["of_theirs"]),
            )
            for row in rows
        ),
    )


def _limits(facts: Facts, accounts: list[str]) -> tuple[str, ...]:
    if "accounts" not in facts.engine.relations():
        return ("No accounts.csv is in this case, so other accounts of this person are not known.",)
    if len(accounts) == 1:
        return ("accounts.csv links no other account to this one.",)
    return ()
