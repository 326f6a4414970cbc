"""Policies asked for by themselves: which there are, and what they say of all acts of a case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypedDict, Unpack

from forensics import policy
from forensics.detectors.facts import Facts, as_document
from forensics.detectors.preparing import asked, lacking
from forensics.errors import UsageError
from forensics.findings.document import Count, Verdict
from forensics.findings.policies import PolicyCheck, PolicyEntry, PolicyTally
from forensics.policy import Policy, Telling, grounds
from forensics.timeline import query, when
from forensics.timeline.query import TimelineQuery

SCHEMA = 2
MOST_UNKNOWN = 10_000
"""Of each version of a policy so many unknown acts are listed, unless all are asked for."""

_AMONG = "policy_asked_about"


class Asked(TypedDict, total=False):
    """Which acts are counted and listed; all of the case are judged around them.

    `since` and `until` are times, in `zone` where they name none; `actor` and `target` are names
    in any case. `most` is how many unknown acts of each version of a policy are listed, and none
    of one that ignores them; None lists all, of those too.
    """

    since: str | None
    until: str | None
    zone: str
    actor: str | None
    target: str | None
    most: int | None


def entries(policies: Sequence[Policy], facts: Facts | None = None) -> tuple[PolicyEntry, ...]:
    """The policies as documents, with what the case behind `facts` lacks to judge by each."""
    absent = lacking(facts.engine, policies) if facts else {}
    return tuple(
        PolicyEntry(
            id=one.id,
            title=one.title,
            description=one.description,
            level=one.level,
            version=one.version,
            file=one.file,
            effective_from=one.effective_from,
            effective_to=one.effective_to,
            predicates=tuple(dict.fromkeys(term.predicate for term in one.terms())),
            refs=one.refs,
            tests=len(one.tests),
            not_evaluated=absent.get(one.id),
        )
        for one in policies
    )


def check(
    facts: Facts,
    named: Iterable[str | Path] = (),
    *,
    tool_version: str,
    **wanted: Unpack[Asked],
) -> PolicyCheck:
    """The acts of the case judged by the policies of those ids or files, or by all of the case.

    Raises `UsageError` for an id that is none, a name that no record bears, and an empty time.
    """
    policies = asked(facts.engine, facts.policies.policies, named, facts.policy_faults)
    about = _about(facts, wanted)
    among = _keep(facts, about)
    most = wanted.get("most", MOST_UNKNOWN)
    telling = Telling(among, most, every=True, ignored=most is None)
    found = policy.evaluate(facts.engine, policies, telling=telling)
    absent = grounds.lacking(facts.engine, policies)
    cited = {uid for one in found.verdicts for uid in (one.event_uid, *one.evidence)}
    acts = sorted(facts.evidence(cited).values(), key=lambda one: (one.time, one.event_uid))
    faults = [] if named else facts.policy_faults
    start, end = facts.span()
    tallies = tuple(
        _tally(name, policies, found, absent[name].said if name in absent else None, end)
        for name in dict.fromkeys(one.id for one in policies)
    )
    untold = {
        one.policy: absent[one.policy].of(one.policy, one.unknown, one.violation + one.compliant)
        for one in tallies
        if one.policy in absent
    }
    # What is asked for by name is to be judged, whatever the case has.
    lost = [said for name, said in untold.items() if absent[name].fails or named]
    return PolicyCheck(
        schema=SCHEMA,
        tool_version=tool_version,
        window_start=start,
        window_end=end,
        asked_about=tuple(_in_words(about)),
        policies=tallies,
        verdicts=tuple(as_document(Verdict, one) for one in found.verdicts),
        unlisted=tuple(_unlisted(policies, tallies)),
        acts=tuple(acts),
        not_evaluated=tuple(untold.values()),
        incomplete=(*faults, *lost),
        custody=facts.custody(),
    )


def _about(facts: Facts, wanted: Asked) -> TimelineQuery:
    zone = wanted.get("zone") or "UTC"
    since, until = wanted.get("since"), wanted.get("until")
    first = when.parse(since, zone).earliest if since else None
    last = when.parse(until, zone).latest if until else None
    if first and last and first >= last:
        raise UsageError(f"Nothing lies between since {since!r} and until {until!r}.")
    actor, target = wanted.get("actor"), wanted.get("target")
    names: tuple[tuple[query.Named, str | None], ...] = (("actor", actor), ("target", target))
    for column, name in names:
        if name and not query.is_borne(facts.engine, column, name):
            near = query.near_names(facts.engine, column, name)
            remedy = f"Did you mean: {', '.join(near)}?" if near else "Check the spelling."
            raise UsageError(f"No record names the {column} {name!r}.", remedy=remedy)
    return TimelineQuery(actor=actor, target=target, since=first, until=last)


def _keep(facts: Facts, about: TimelineQuery) -> str | None:
    """The relation of the acts asked about; None where all are, or there is no record."""
    if about == TimelineQuery() or "events" not in facts.engine.relations():
        return None
    chosen, parameters = query.chosen(facts.engine, about)
    acts = chosen.select("events.event_uid", append=False)
    facts.engine.keep(_AMONG, acts.sql(dialect="duckdb"), parameters)
    return _AMONG


def _in_words(about: TimelineQuery) -> Iterator[str]:
    if about.actor:
        yield f"by {about.actor}"
    if about.target:
        yield f"on {about.target}"
    for word, instant in (("since", about.since), ("until", about.until)):
        if instant:
            yield f"{word} {instant:%Y-%m-%d %H:%M:%SZ}"


def _unlisted(policies: Sequence[Policy], tallies: Iterable[PolicyTally]) -> Iterator[str]:
    """What is only counted, in words: compliant acts of all policies, unknown ones of each."""
    tallies = tuple(tallies)
    compliant = sum(one.compliant for one in tallies)
    if left := compliant - sum(one.compliant_listed for one in tallies):
        yield f"{left:,} of {compliant:,} compliant acts, those on no protected target"
    ignoring = {one.id for one in policies if one.on_unknown == "ignore"}
    for one in tallies:
        if left := one.unknown - one.unknown_listed:
            why = ", which the policy ignores" if one.policy in ignoring else ""
            yield f"{left:,} of {one.unknown:,} unknown acts of {one.policy}{why}"


def _tally(
    name: str,
    policies: Sequence[Policy],
    found: policy.Evaluation,
    absent: str | None,
    end: datetime | None,
) -> PolicyTally:
    versions = [one for one in policies if one.id == name]
    told: dict[str, set[str]] = {"violation": set(), "compliant": set(), "unknown": set()}
    for one in found.verdicts:
        if (one.policy, one.as_known) == (name, "at_act") and one.value in told:
            told[one.value].add(one.event_uid)
    broken = {one.version for one in found.verdicts if one.value == "violation"}
    # The words are those of the versions that judged; one yet to come when the records end did not.
    judging = [one for one in versions if one.version in broken] or [
        one for one in versions if not (end and one.effective_from and one.effective_from > end)
    ]
    last = (judging or versions)[-1]
    unknown = found.unknown.get(name, 0)
    facts = found.unknown_counts.get(name, {})
    ranked = sorted(facts.items(), key=lambda one: (-one[1], one[0]))
    return PolicyTally(
        policy=name,
        title=last.title,
        level=last.level,
        versions=tuple(one.version for one in versions),
        violation=len(told["violation"]),
        compliant=found.compliant.get(name, 0),
        unknown=unknown,
        compliant_listed=len(told["compliant"]),
        unknown_listed=len(told["unknown"]),
        missing=tuple(Count(label=fact, n=n, of=unknown) for fact, n in ranked),
        not_evaluated=absent,
        innocent=tuple(dict.fromkeys(text for one in judging for text in one.innocent)),
        misses=last.misses,
    )
