"""Acts judged by policies: by the version in force when they happened, under both beliefs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlglot import exp

from forensics.engine import Engine, Row
from forensics.policy import judgement, scope
from forensics.policy.statement import statement
from forensics.policy.terms import LEVELS, Policy, order
from forensics.policy.verdict import Evaluation, Value, Verdict
from forensics.policy.words import as_list

# So many unknown acts are named one by one for each policy, the rest are counted.
UNKNOWN_LISTED = 1000

_VALUES: dict[bool | None, Value] = {True: "violation", False: "compliant", None: "unknown"}

_PAIRED = """
SELECT event_uid, any_value(time) AS time, any_value(protected) AS protected,
  any_value(destructive) AS destructive,
  bool_or(violated) AS violated, bool_or(violated IS NULL) AS undecided,
  any_value(CASE WHEN violated THEN 1 WHEN violated IS NULL THEN 0 ELSE -1 END)
    FILTER (WHERE belief = 'at_act') AS at_act
FROM judged GROUP BY event_uid
"""

_RANKED = """
SELECT *, row_number() OVER (ORDER BY protected DESC, time, event_uid) AS place
FROM paired
WHERE undecided AND coalesce(NOT violated, TRUE) AND (protected OR destructive)
"""

_TALLY = """
SELECT 'listed' AS kind, event_uid AS name, 1 AS acts FROM ranked WHERE place <= $limit
UNION ALL SELECT 'listed', event_uid, 1 FROM paired WHERE violated OR (protected AND NOT undecided)
UNION ALL SELECT 'compliant', NULL, count(*) FROM paired WHERE at_act = -1
UNION ALL SELECT 'unknown', NULL, count(*) FROM paired WHERE at_act = 0
"""

# Asked apart from the tally, which stays small by not carrying the facts of every act.
_FACTS = """
SELECT split_part(fact, ' as of ', 1) AS fact, count(*) AS acts
FROM (SELECT unnest(missing) AS fact FROM judged WHERE belief = 'at_act' AND violated IS NULL)
GROUP BY 1 ORDER BY 1
"""

_LATER = """
SELECT event_uid, time, coalesce(target, target_id) AS target, tiers_later_from AS since
FROM otherwise WHERE in_scope_otherwise AND in_scope IS FALSE AND list_has_any(tiers_later, $tiers)
"""


@dataclass(frozen=True)
class _Case:
    engine: Engine
    acts: str
    present: Sequence[str]

    def ask(self, query: exp.Query, parameters: dict[str, Any] | None = None) -> list[Row]:
        return self.engine.rows(query.sql(dialect="duckdb"), parameters)


@dataclass
class _Totals:
    verdicts: list[tuple[datetime, Verdict]] = field(default_factory=list)
    compliant: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    unknown: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    facts: dict[str, dict[str, int]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(int))
    )
    not_evaluated: dict[str, str] = field(default_factory=dict)


def evaluate(engine: Engine, policies: Sequence[Policy], *, acts: str = "acts") -> Evaluation:
    """Judge the relation `acts` by each policy; read `events` and what people and policy defined.

    Policies of one id are versions: an act is judged by the last one effective when it happened.
    """
    present = engine.relations()
    totals = _Totals()
    for policy, until in _in_force(policies):
        totals.compliant[policy.id] += 0
        totals.unknown[policy.id] += 0
        absent = [name for name in (acts, "events") if name not in present]
        if absent:
            totals.not_evaluated[policy.id] = f"this case has no {' and no '.join(absent)}"
            continue
        if lacking := judgement.absent_relations(policy, present):
            totals.not_evaluated[policy.id] = f"this case has no {' and no '.join(lacking)}"
        _judge(_Case(engine, acts, present), policy, until, totals)
    ordered = sorted(totals.verdicts, key=_order)
    return Evaluation(
        verdicts=tuple(verdict for _, verdict in ordered),
        compliant=dict(sorted(totals.compliant.items())),
        unknown=dict(sorted(totals.unknown.items())),
        unknown_counts={
            policy: dict(sorted(facts.items())) for policy, facts in sorted(totals.facts.items())
        },
        not_evaluated=dict(sorted(totals.not_evaluated.items())),
    )


def _in_force(policies: Sequence[Policy]) -> Iterator[tuple[Policy, datetime | None]]:
    """Each policy and the instant from which a later version of it takes over."""
    ordered = sorted(policies, key=order)
    for _, group in groupby(ordered, key=lambda policy: policy.id):
        versions = list(group)
        ends = [version.effective_from for version in versions[1:]]
        yield from zip(versions, [*ends, None], strict=True)


def _judge(case: _Case, policy: Policy, until: datetime | None, totals: _Totals) -> None:
    def within(*, listed: bool) -> exp.Select:
        return judgement.within(
            policy, acts=case.acts, present=case.present, until=until, listed=listed
        )

    if "target.tier" in policy.scope:
        totals.verdicts += _protected_later(case, policy, within(listed=False))
    listed = []
    values = judgement.judged(within(listed=False), policy, case.present, full=False)
    for row in case.ask(_tally(values)):
        if row["kind"] == "listed":
            listed.append(row["name"])
        else:
            counts = totals.compliant if row["kind"] == "compliant" else totals.unknown
            counts[policy.id] += row["acts"]
    if totals.unknown[policy.id]:
        facts = values.with_("facts", as_=statement(_FACTS)).select("*").from_("facts")
        for row in case.ask(facts):
            totals.facts[policy.id][row["fact"]] += row["acts"]
    if not listed:
        return
    told = judgement.judged(within(listed=True), policy, case.present, full=True)
    told = told.select("*").from_("judged").order_by("time", "event_uid", "belief")
    for _, pair in groupby(case.ask(told, {"uids": listed}), key=lambda row: row["event_uid"]):
        # at_act sorts before now
        then, now = pair
        totals.verdicts += [(then["time"], verdict) for verdict in _verdicts(policy, then, now)]


def _order(timed: tuple[datetime, Verdict]) -> tuple[datetime, str, str, str]:
    time, verdict = timed
    return time, verdict.event_uid, verdict.policy, verdict.as_known


def _tally(query: exp.Select) -> exp.Query:
    query = query.with_("paired", as_=statement(_PAIRED), materialized=True)
    query = query.with_("ranked", as_=statement(_RANKED))
    query = query.with_("tallied", as_=statement(_TALLY, {"limit": UNKNOWN_LISTED}))
    return query.select("*").from_("tallied")


def _verdicts(policy: Policy, then: Row, now: Row) -> list[Verdict]:
    """One verdict when both beliefs agree in value and level, else two."""
    first, second = _verdict(policy, then), _verdict(policy, now)
    if (first.value, first.level) == (second.value, second.level):
        return [first]
    note = f"learned later: as known at the act the verdict was {first.value} ({first.level})"
    return [first, replace(second, sentences=(*second.sentences, note))]


def _verdict(policy: Policy, row: Row) -> Verdict:
    value = _VALUES[row["violated"]]
    sentences = [sentence for sentence in row["sentences"] if sentence]
    if value != "compliant" and row["rank_possible"] > row["rank"]:
        sentences.append(
            f"the level may be {LEVELS[row['rank_possible']]}; not known: "
            + ", ".join(row["rank_missing"])
        )
    return Verdict(
        policy=policy.id,
        title=policy.title,
        version=policy.version,
        level="informational" if value == "compliant" else LEVELS[row["rank"]],
        value=value,
        as_known=row["belief"],
        event_uid=row["event_uid"],
        sentences=tuple(sentences),
        missing=tuple(row["missing"]) if value == "unknown" else (),
        evidence=tuple(row["evidence"]),
        refs=policy.refs,
    )


def _protected_later(
    case: _Case, policy: Policy, query: exp.Select
) -> list[tuple[datetime, Verdict]]:
    """Acts out of scope only because their target was put into the tier after the act."""
    otherwise = {key: value for key, value in policy.scope.items() if key != "target.tier"}
    source = exp.select("*", exp.alias_(scope.condition(otherwise), "in_scope_otherwise"))
    tiers = [str(tier).lower() for tier in as_list(policy.scope["target.tier"])]
    query = query.with_("otherwise", as_=source.from_("within"))
    query = query.with_("later", as_=statement(_LATER, {"tiers": tiers}))
    rows = case.ask(query.select("*").from_("later"))
    return [(row["time"], _not_yet(policy, row)) for row in rows]


def _not_yet(policy: Policy, row: Row) -> Verdict:
    since = row["since"].strftime("%Y-%m-%d")
    return Verdict(
        policy=policy.id,
        title=policy.title,
        version=policy.version,
        level="informational",
        value="not_applicable",
        as_known="now",
        event_uid=row["event_uid"],
        sentences=(f"learned later: {row['target']} is protected since {since}, after the act",),
        refs=policy.refs,
    )
