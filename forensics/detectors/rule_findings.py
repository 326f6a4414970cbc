"""What rules found, as findings: one for each group of a correlation, and what is still open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from sigma.correlations import SigmaCorrelationRule

from forensics.detectors import rule_order
from forensics.detectors.facts import Facts, stable_id
from forensics.engine import Row
from forensics.findings.correlation import Correlation, GroupValue, Part
from forensics.findings.document import LEVELS, Count, Evidence, Finding
from forensics.rules import correlate, correlate_words
from forensics.rules.load import Rule
from forensics.rules.match import RuleRun

# Of each rule that a correlation is built of; the others are counted.
_MOST_EVIDENCE = 20
_FEW_NAMES = 5
_PARTS = """
SELECT rule_id, group_no, leaf, count(*) AS n,
  min_by(event_uid, place, $most) AS uids, max_by(event_uid, place) AS last
FROM (
  SELECT *, (time, source, sequence, file_id, record_no, event_no, event_uid) AS place
  FROM (SELECT rule_id, group_no, event_uid, unnest(leaves) AS leaf FROM rule_members)
  JOIN events USING (event_uid)
)
GROUP BY rule_id, group_no, leaf ORDER BY rule_id, group_no, leaf
"""
# A group is told as long as one of its matches is not ignored.
_GROUPS = """
SELECT g.*, who.* EXCLUDE (rule_id, group_no)
FROM rule_groups AS g JOIN (
  SELECT rule_id, group_no, count(DISTINCT lower(actor)) AS accounts, min(actor) AS actor,
    count(*) FILTER (WHERE actor IS NULL) AS nobody, count(DISTINCT lower(target)) AS targets,
    min(target) AS target, count(*) FILTER (WHERE target IS NULL) AS nothing,
    list_sort(list(DISTINCT lower(actor))) AS actors,
    min_by(event_uid, (time, event_uid)) AS named_by
  FROM rule_members JOIN events USING (event_uid)
  LEFT JOIN rule_matches AS kept USING (rule_id, event_uid)
  GROUP BY rule_id, group_no HAVING count(kept.event_uid) > 0
) AS who USING (rule_id, group_no)
ORDER BY rule_id, group_no
"""


def quoted(rule: Rule, actor: str | None, target: str | None, first: datetime) -> dict[str, Any]:
    """The fields of a finding that are the rule's, about the acts of one, on one, from a moment."""
    by = f"by {actor}" if actor else "by these accounts"
    on = f" on {target}" if target else ""
    before = f"{first.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}"
    order = f"A ticket, change or approval of before {before} that asks for these acts {by}{on}."
    sigma = rule.sigma
    together = correlate_words.refuting(sigma) if isinstance(sigma, SigmaCorrelationRule) else []
    return {
        "detector": "sigma_matches",
        "rule": rule.id,
        "rule_version": rule.version,
        "title": rule.title,
        "level": rule.level if rule.level in LEVELS else "medium",
        "verdict": "match",
        "person": None,
        "innocent": tuple(rule.falsepositives),
        "refutes": (order, *together),
        "refs": (*rule.references, *rule.tags),
    }


def opening(rule: Rule) -> str:
    """What the rule says it finds."""
    return " ".join(rule.description.split()) or rule.title


def of_groups(
    facts: Facts, by_id: Mapping[str, Rule], run: RuleRun, totals: Mapping[str, int]
) -> list[Finding]:
    """One finding for each group of each correlation; `totals` are the acts of each account."""
    if not run.groups.num_rows:
        return []
    facts.engine.register("rule_groups", run.groups)
    facts.engine.register("rule_members", run.members)
    parts: dict[tuple[str, int], list[Row]] = {}
    for row in facts.engine.rows(_PARTS, {"most": _MOST_EVIDENCE}):
        parts.setdefault((row["rule_id"], row["group_no"]), []).append(row)
    uids = (uid for rows in parts.values() for row in rows for uid in (*row["uids"], row["last"]))
    evidence = facts.evidence(uids)
    places = {uid: place for place, uid in enumerate(evidence)}
    return [
        _finding(
            by_id[group["rule_id"]],
            group,
            parts[group["rule_id"], group["group_no"]],
            evidence=evidence,
            places=places,
            totals=totals,
        )
        for group in facts.engine.rows(_GROUPS)
    ]


def _finding(
    rule: Rule,
    group: Row,
    parts: Sequence[Row],
    *,
    evidence: Mapping[str, Evidence],
    places: Mapping[str, int],
    totals: Mapping[str, int],
) -> Finding:
    sigma = cast("SigmaCorrelationRule", rule.sigma)
    cited = {uid for part in parts for uid in (*part["uids"], part["last"])}
    acts = [evidence[uid] for uid in sorted(cited, key=places.__getitem__)]
    told = _correlation(sigma, group, parts, acts)
    alone = group["accounts"] == 1 and not group["nobody"]
    on_one = group["targets"] == 1 and not group["nothing"]
    total = totals[group["actor"].lower()] if alone else sum(totals.values())
    whose = "this account" if alone else "accounts with a name"
    named = group["events"] - group["nobody"]
    actor = group["actor"] if alone else None
    target = group["target"] if on_one else None
    return Finding(
        **quoted(rule, actor, target, group["first_time"]),
        id=stable_id("sigma_matches", rule.id, *group["keys"], group["named_by"]),
        actor=actor,
        target=target,
        first_time=group["first_time"],
        last_time=group["last_time"],
        sentences=(opening(rule), *_sentences(told, group["actors"], len(acts))),
        missing=tuple(rule_order.doubted(sigma, parts, evidence)),
        evidence=tuple(acts),
        counts=(
            *(Count(label=f"events of: {one.title}", n=one.events, of=told.events)
              for one in told.parts if len(told.parts) > 1),
            Count(label=f"events of the group, of all acts of {whose}", n=named, of=total),
        ),
        correlation=told,
    )  # fmt: skip


def _correlation(
    sigma: SigmaCorrelationRule, group: Row, parts: Sequence[Row], acts: Sequence[Evidence]
) -> Correlation:
    bases = correlate.bases(sigma)
    return Correlation(
        group=tuple(
            GroupValue(field=field, value=value)
            for field, value in zip(sigma.group_by or [], group["keys"], strict=True)
        ),
        parts=tuple(
            Part(
                rule=bases[part["leaf"]].name or str(bases[part["leaf"]].id),
                title=bases[part["leaf"]].title,
                events=part["n"],
            )
            for part in parts
        ),
        condition=correlate_words.condition(sigma),
        timespan=sigma.timespan.seconds,
        counted=correlate_words.number(sigma),
        reached=group["reached"],
        events=group["events"],
        accounts=group["accounts"],
        united=group["last_time"] - group["first_time"] > timedelta(seconds=sigma.timespan.seconds),
        first_earliest=acts[0].earliest,
        first_latest=acts[0].latest,
        last_earliest=acts[-1].earliest,
        last_latest=acts[-1].latest,
    )


def _sentences(told: Correlation, actors: Sequence[str], listed: int) -> Iterator[str]:
    if told.accounts > 1:
        more = f" and {told.accounts - _FEW_NAMES} more" if told.accounts > _FEW_NAMES else ""
        yield f"By {told.accounts} accounts: {', '.join(actors[:_FEW_NAMES])}{more}."
    if listed < told.events:
        yield f"Of {told.events:,} events, the first of each rule and the last are listed."
