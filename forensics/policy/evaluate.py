"""Acts judged by policies: by the version in force when they happened, under both beliefs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlglot import exp

from forensics.engine import Engine, Row
from forensics.policy import (
    explaining,
    judgement,
    lacking,
    narrowing,
    questions,
    recorded,
    relations,
    scope,
)
from forensics.policy.model import Policy
from forensics.policy.narrowing import Turn
from forensics.policy.questions import Answer, Questions
from forensics.policy.statement import statement
from forensics.policy.verdict import Evaluation, Verdict

UNKNOWN_LISTED = 1000
"""So many unknown acts of each policy are told of one by one, the rest are counted."""

_LISTED = "policy_listed"

# Of the acts that are unknown those of protected targets are told of first.
_WORTH_TELLING = """
WITH unsettled AS (
  SELECT turn, event_uid, time,
    row_number() OVER (PARTITION BY turn ORDER BY protected DESC, time, event_uid) AS place
  FROM judged
  WHERE (at_act IS NULL OR now IS NULL) AND coalesce(NOT at_act, TRUE) AND coalesce(NOT now, TRUE)
    AND ($every OR protected OR destructive) AND named
)
SELECT turn, event_uid, time FROM unsettled WHERE coalesce(place <= $most, TRUE)
UNION ALL SELECT turn, event_uid, time FROM judged
  WHERE at_act OR now OR (protected AND at_act IS NOT NULL AND now IS NOT NULL)
"""

_AGAINST_TODAY = """
SELECT turn, event_uid, time FROM policy_notable
WHERE now AND turn = $turn
  AND act_no NOT IN (SELECT act_no FROM notable_before WHERE at_act IS NOT FALSE)
"""

_COUNTS = """
SELECT turn, count(*) FILTER (WHERE at_act) AS violated,
  count(*) FILTER (WHERE at_act IS NULL) AS unknown
FROM policy_notable GROUP BY turn
"""

_ANY_LATER = "SELECT count(*) AS acts FROM policy_acts WHERE len(tiers_later) > 0"
_LATER = """
SELECT event_uid, time, tiers_later_of AS target, tiers_later_from AS since
FROM otherwise WHERE in_scope_otherwise AND in_scope IS FALSE AND list_has_any(tiers_later, $tiers)
"""


@dataclass(frozen=True)
class Telling:
    """Which acts are counted, and which of the unknown ones are told of one by one.

    `among` is a relation of the `event_uid` of the acts that are asked about, None where all are;
    they are judged with all others around them. At most `most` unknown acts of each version of a
    policy are told of, all where it is None; those that destroy nothing and have no protected
    target only where `every` is true, those of a policy that ignores them only with `ignored`.
    """

    among: str | None = None
    most: int | None = UNKNOWN_LISTED
    every: bool = False
    ignored: bool = False

    @property
    def asked(self) -> exp.Expr:
        """Whether an act is asked about."""
        if self.among is None:
            return exp.true()
        chosen = exp.select("event_uid").from_(self.among)
        return exp.column("event_uid").isin(query=chosen)


@dataclass
class _Totals:
    verdicts: list[tuple[datetime, Verdict]] = field(default_factory=list)
    compliant: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    unknown: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    facts: dict[str, dict[str, int]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(int))
    )
    not_evaluated: dict[str, str] = field(default_factory=dict)


def evaluate(
    engine: Engine,
    policies: Sequence[Policy],
    *,
    acts: str = "acts",
    telling: Telling | None = None,
) -> Evaluation:
    """Judge the relation `acts` by each policy; read `events` and what people and policy defined.

    Where `acts` has the columns of approvals, it is taken to have all records of approvals.

    Policies of one id are versions: an act is judged by the last one effective when it happened,
    and one that it allowed, or that none judged, also by that of today.
    """
    totals = _Totals()
    for policy in policies:
        totals.compliant[policy.id] += 0
        totals.unknown[policy.id] += 0
    present = engine.relations()
    if absent := [name for name in (acts, "events") if name not in present]:
        totals.not_evaluated = {
            policy.id: f"this case has no {' and no '.join(absent)}" for policy in policies
        }
    elif policies:
        _judge(engine, acts, policies, totals, telling or Telling(most=UNKNOWN_LISTED))
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


def _judge(
    engine: Engine, acts: str, policies: Sequence[Policy], totals: _Totals, telling: Telling
) -> None:
    everything = narrowing.turns(policies)
    narrowing.keep(engine, acts, everything)
    present = engine.relations()
    for turn in everything:
        if absent := judgement.absent_relations(turn.policy, present):
            totals.not_evaluated[turn.policy.id] = f"this case has no {' and no '.join(absent)}"
    totals.verdicts += _protected_later(engine, present, everything, telling)
    covered = _covered(engine, everything, telling)
    # A policy without an act costs its questions, in planning alone, as much as one with many.
    if turns := [turn for turn in everything if covered[turn.number]]:
        _decide(questions.gather(engine, acts, turns), turns, covered, totals, telling)


def _decide(
    asked: Questions,
    turns: Sequence[Turn],
    covered: Mapping[int, int],
    totals: _Totals,
    telling: Telling,
) -> None:
    """Judge the acts by the turns that cover any, and tell of those worth it."""
    asked.keep(turns)
    judgement.keep(asked, turns, telling.asked)
    _keep_listed(asked, turns, telling)
    counts = {row["turn"]: row for row in asked.engine.rows(_COUNTS)}
    undecided: list[Turn] = []
    for turn in turns:
        if turn.of_today:
            continue
        count = counts.get(turn.number, {"violated": 0, "unknown": 0})
        settled = covered[turn.number] - count["violated"] - count["unknown"]
        totals.unknown[turn.policy.id] += count["unknown"]
        totals.compliant[turn.policy.id] += settled
        undecided += [turn] if count["unknown"] else []
    _count_facts(asked, undecided, totals)
    _tell(asked, turns, totals)
    asked.release()


def _order(timed: tuple[datetime, Verdict]) -> tuple[datetime, str, str, str, str]:
    time, verdict = timed
    return time, verdict.event_uid, verdict.policy, verdict.as_known, verdict.version


def _covered(engine: Engine, turns: Sequence[Turn], telling: Telling) -> dict[int, int]:
    """By turn, how many of the acts asked about are in scope, or may be."""
    columns = {
        turn.in_scope.name: exp.Count(this=exp.func("nullif", _possible(turn), exp.false()))
        for turn in turns
    }
    aliased = (exp.alias_(count, name) for name, count in columns.items())
    (row,) = _rows(engine, exp.select(*aliased).from_(narrowing.ACTS).where(telling.asked))
    return {turn.number: row[turn.in_scope.name] for turn in turns}


def _possible(turn: Turn) -> exp.Expr:
    return turn.in_scope.is_(exp.false()).not_()


def _keep_listed(asked: Questions, turns: Sequence[Turn], telling: Telling) -> None:
    """Register the acts that are worth a verdict each, by `turn`."""
    judged = [turn for turn in turns if not turn.of_today]
    named = [turn for turn in judged if telling.ignored or turn.policy.on_unknown != "ignore"]
    source = exp.select("*", exp.alias_(exp.or_(exp.false(), *map(judgement.of, named)), "named"))
    source = source.from_(judgement.NOTABLE).where(exp.or_(exp.false(), *map(judgement.of, judged)))
    told = statement(_WORTH_TELLING, {"most": telling.most, "every": telling.every})
    query = exp.Select().with_("judged", as_=source).with_("told", as_=told)
    queries = [query.select("*").from_("told")]
    queries += [_against_today(turn) for turn in turns if turn.of_today]
    rows = [exp.select("*").from_(query.subquery("told")) for query in queries]
    whole = exp.union(*rows, distinct=False) if len(rows) > 1 else rows[0]
    asked.engine.keep(_LISTED, whole.sql(dialect="duckdb", copy=False))


def _against_today(turn: Turn) -> exp.Select:
    """The acts that the version then in force allowed, if there was any, and today's would not."""
    before = exp.or_(exp.false(), *map(judgement.of, turn.instead_of or ()))
    notable = exp.select("act_no", "at_act").from_(judgement.NOTABLE).where(before)
    query = exp.Select().with_("notable_before", as_=notable)
    against = statement(_AGAINST_TODAY, {"turn": turn.number})
    return query.with_("against", as_=against).select("*").from_("against")


def _count_facts(asked: Questions, turns: Sequence[Turn], totals: _Totals) -> None:
    """Count the acts that are unknown at the act, by policy and by the fact that would decide."""
    open_ = exp.column("at_act").is_(exp.null())
    unknown = {
        turn.number: exp.select("event_uid")
        .from_(judgement.NOTABLE)
        .where(exp.and_(judgement.of(turn), open_))
        for turn in turns
    }
    for number, facts in lacking.count(asked, turns, unknown).items():
        policy = next(turn.policy.id for turn in turns if turn.number == number)
        for fact, acts in facts.items():
            totals.facts[policy][fact] += acts


def _protected_later(
    engine: Engine, present: Sequence[str], turns: Sequence[Turn], telling: Telling
) -> list[tuple[datetime, Verdict]]:
    """Acts out of scope only because their target was put into the tier after the act."""
    found: list[tuple[datetime, Verdict]] = []
    (row,) = engine.rows(_ANY_LATER)
    for turn in turns if row["acts"] else ():
        tiers = scope.values(turn.policy.scope, "target.tier")
        if not tiers or turn.of_today:
            continue
        otherwise = narrowing.within(turn, scope.without(turn.policy.scope, "target.tier"))
        source = exp.select("*", exp.alias_(otherwise, "in_scope_otherwise"))
        source = source.select(exp.alias_(turn.in_scope, "in_scope"))
        source = source.from_(narrowing.ACTS).where(telling.asked)
        query = relations.with_absent(present, ("accounts",)).with_("otherwise", as_=source)
        query = query.with_("later", as_=statement(_LATER, {"tiers": tiers}))
        rows = _rows(engine, query.select("*").from_("later"))
        found += [(row["time"], explaining.not_yet(turn.policy, row)) for row in rows]
    return found


def _tell(asked: Questions, turns: Sequence[Turn], totals: _Totals) -> None:
    """Make verdicts of the listed acts; every question is answered once for all of its turns."""
    listed: dict[int, list[Row]] = defaultdict(list)
    everything = exp.select("*").from_(_LISTED).order_by("turn", "time", "event_uid")
    for row in _rows(asked.engine, everything):
        listed[row["turn"]].append(row)
    telling = [turn for turn in turns if listed[turn.number]]
    told: dict[int, Mapping[tuple[str, str], Answer]] = {}
    for question in asked.by_key.values():
        asking = [turn.number for turn in telling if turn in question.turns]
        if asking:
            told[question.number] = asked.tell(question, _listed(asking))
    doubtful = narrowing.doubtful(asked.engine, telling)
    uids = {row["event_uid"] for turn in telling for row in listed[turn.number]}
    known = recorded.recorded(asked, told, uids)
    for turn in telling:
        explainer = explaining.Explainer(turn, asked, told, known)
        rows = listed[turn.number]
        if turn.number in doubtful or turn.policy.conditions():
            query = relations.with_absent(asked.present, ("accounts",))
            scopes = explaining.act_scopes(turn, _listed([turn.number]))
            query = query.with_("listed", as_=scopes).select("*").from_("listed")
            rows = _rows(asked.engine, query.order_by("time", "event_uid"))
        totals.verdicts += [
            (row["time"], verdict) for row in rows for verdict in explainer.verdicts(row)
        ]


def _listed(turns: Sequence[int]) -> exp.Select:
    among = exp.column("turn").isin(*map(exp.Literal.number, turns))
    return exp.select("event_uid").from_(_LISTED).where(among)


def _rows(engine: Engine, query: exp.Select) -> list[Row]:
    return engine.rows(query.sql(dialect="duckdb", copy=False))
