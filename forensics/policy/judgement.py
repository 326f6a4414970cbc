"""One policy as one query: acts in scope, its predicates, and three-valued violation of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlglot import exp

from forensics import actions
from forensics.policy import predicates, relations, scope
from forensics.policy.statement import literal, statement
from forensics.policy.terms import LEVELS, Policy, Raise, Term

_ACT_COLUMNS = (
    "event_uid", "time", "time_earliest", "time_latest", "source", "actor", "action", "outcome",
    "target", "target_id", "case_id",
)  # fmt: skip

_TIERS = """
WITH matches AS (
  SELECT a.event_uid, p.tier, p.valid_from, p.valid_to, a.time_earliest, a.time_latest
  FROM narrowed AS a JOIN protected_targets AS p ON lower(p.target) = lower(a.target)
  UNION
  SELECT a.event_uid, p.tier, p.valid_from, p.valid_to, a.time_earliest, a.time_latest
  FROM narrowed AS a JOIN protected_targets AS p ON lower(p.target) = lower(a.target_id)
), placed AS (
  SELECT event_uid, lower(tier) AS tier, valid_from,
    coalesce(valid_from <= time_earliest, TRUE) AND coalesce(time_latest < valid_to, TRUE)
      AS certain,
    coalesce(valid_from <= time_latest, TRUE) AND coalesce(time_earliest < valid_to, TRUE)
      AS possible,
    coalesce(valid_from > time_latest, FALSE) AS later
  FROM matches
)
SELECT event_uid,
  list(DISTINCT tier) FILTER (WHERE certain) AS tiers,
  list(DISTINCT tier) FILTER (WHERE possible) AS tiers_possible,
  list(DISTINCT tier) FILTER (WHERE later) AS tiers_later,
  min(valid_from) FILTER (WHERE later) AS tiers_later_from
FROM placed GROUP BY event_uid
"""

_TIERED = """
SELECT n.*, t.tiers_later_from,
  coalesce(t.tiers, CAST([] AS VARCHAR[])) AS tiers,
  coalesce(t.tiers_possible, CAST([] AS VARCHAR[])) AS tiers_possible,
  coalesce(t.tiers_later, CAST([] AS VARCHAR[])) AS tiers_later,
  $absent OR coalesce(n.target, n.target_id) IS NULL AS tiers_unknown,
  CASE WHEN $absent THEN 'protected_targets'
    WHEN coalesce(n.target, n.target_id) IS NULL THEN 'target of the act'
    ELSE 'tier of ' || coalesce(n.target, n.target_id) || ' at the act' END AS tier_fact
FROM narrowed AS n LEFT JOIN tiered_targets AS t ON t.event_uid = n.event_uid
"""

_SCOPED = """
SELECT w.*, e.actor_type, e.time_precision
FROM within AS w LEFT JOIN events AS e ON e.event_uid = w.event_uid
WHERE w.in_scope IS NOT FALSE
"""

_ABSENT = """
SELECT s.event_uid, b.belief, CAST(NULL AS BOOLEAN) AS value,
  'this case has no ' || $relation AS sentence, [$relation] AS missing,
  CAST([] AS VARCHAR[]) AS evidence
FROM scoped AS s CROSS JOIN (VALUES ('at_act'), ('now')) AS b(belief)
"""

_BELIEFS = """
SELECT s.*, b.belief,
  len(s.tiers_possible) > 0 AS protected, s.action IN (SELECT unnest($destructive)) AS destructive
FROM scoped AS s CROSS JOIN (VALUES ('at_act'), ('now')) AS b(belief)
"""


def absent_relations(policy: Policy, present: Sequence[str]) -> tuple[str, ...]:
    """Relations without which the policy cannot be decided and which are not there, sorted."""
    asked = (*policy.require, *policy.forbid)
    needed = {name for term in asked for name in predicates.load()[term.predicate].needs}
    if "target.tier" in policy.scope:
        needed.add("protected_targets")
    return tuple(sorted(needed - set(present)))


def within(
    policy: Policy, *, acts: str, present: Sequence[str], until: datetime | None, listed: bool
) -> exp.Select:
    """A `SELECT` to complete, over the CTE `within`: the acts whose verb the policy names.

    With `listed` only acts of the bound parameter `$uids` are read.
    """
    columns = [exp.column(name) for name in _ACT_COLUMNS]
    everything = exp.select(*columns).from_(exp.to_identifier(acts, quoted=True))
    narrowed = exp.select("*").from_("all_acts").where(scope.verbs(policy.scope))
    time = exp.column("time")
    if policy.effective_from:
        narrowed = narrowed.where(time.copy() >= _instant(policy.effective_from))
    if until:
        narrowed = narrowed.where(time.copy() < _instant(until))
    if listed:
        chosen = exp.select(exp.func("unnest", exp.Placeholder(this="uids")))
        narrowed = narrowed.where(exp.column("event_uid").isin(query=chosen))
    in_scope = exp.select(
        "*",
        exp.alias_(scope.condition(policy.scope), "in_scope"),
        exp.alias_(scope.missing(policy.scope), "scope_missing"),
    ).from_("tiered")
    query = exp.Select()
    for name, text in relations.EMPTY.items():
        if name not in present:
            query = query.with_(name, as_=statement(text))
    absent = "protected_targets" not in present
    query = query.with_("all_acts", as_=everything, materialized=False)
    query = query.with_("narrowed", as_=narrowed, materialized=False)
    query = query.with_("tiered_targets", as_=statement(_TIERS))
    query = query.with_("tiered", as_=statement(_TIERED, {"absent": absent}))
    return query.with_("within", as_=in_scope)


def judged(query: exp.Select, policy: Policy, present: Sequence[str], *, full: bool) -> exp.Select:
    """The query with a CTE `judged`: a row per act in scope and belief, `violated` three-valued.

    `full` adds what is to be said of it: level, sentences and evidence. Without it no predicate is
    asked for more than its value, which is what makes a pass over a million acts cheap.
    """
    query = query.with_("scoped", as_=statement(_SCOPED))
    terms = policy.terms() if full else (*policy.require, *policy.forbid)
    for number, term in enumerate(terms):
        query = query.with_(f"asked_{number}", as_=_asked(term, present))
    destructive = {"destructive": actions.destructive()}
    query = query.with_("believed", as_=statement(_BELIEFS, destructive))
    demanded = len(policy.require) + len(policy.forbid)
    columns: list[exp.Expr] = [
        exp.column(name, "s")
        for name in ("event_uid", "belief", "time", "protected", "destructive")
    ]
    columns += [
        exp.alias_(_violated(policy), "violated"),
        exp.alias_(_missing(demanded), "missing"),
    ]
    if full:
        columns += _told(policy, demanded)
    row = exp.select(*columns).from_(exp.to_table("believed", alias="s"))
    for number in range(len(terms)):
        name = f"asked_{number}"
        same = [exp.column(key, name).eq(exp.column(key, "s")) for key in ("event_uid", "belief")]
        row = row.join(exp.to_table(name), on=exp.and_(*same), join_type="left")
    return query.with_("judged", as_=row)


def _asked(term: Term, present: Sequence[str]) -> exp.Query:
    predicate = predicates.load()[term.predicate]
    for relation in predicate.needs:
        if relation not in present:
            return statement(_ABSENT, {"relation": relation})
    return predicate.sql(term.params)


def _instant(instant: datetime) -> exp.Expr:
    return exp.cast(exp.Literal.string(instant.isoformat()), "TIMESTAMPTZ", dialect="duckdb")


def _value(number: int) -> exp.Expr:
    return exp.column("value", f"asked_{number}")


def _violated(policy: Policy) -> exp.Expr:
    required = [exp.not_(_value(n)) for n in range(len(policy.require))]
    forbidden = [_value(len(required) + n) for n in range(len(policy.forbid))]
    return exp.and_(exp.column("in_scope", "s"), exp.or_(*required, *forbidden))


def _missing(demanded: int) -> exp.Expr:
    """The facts named by the scope and by the predicates that could not be decided."""
    nothing = literal([])
    parts: list[exp.Expr] = [exp.column("scope_missing", "s")]
    for number in range(demanded):
        facts = exp.func("coalesce", exp.column("missing", f"asked_{number}"), nothing.copy())
        parts.append(exp.case().when(_value(number).is_(exp.null()), facts).else_(nothing.copy()))
    return _joined(parts)


def _told(policy: Policy, demanded: int) -> list[exp.Expr]:
    evidence: list[exp.Expr] = [
        exp.column("evidence", f"asked_{number}") for number in range(demanded)
    ]
    sentences = [exp.column("sentence", f"asked_{number}") for number in range(demanded)]
    base = exp.Literal.number(LEVELS.index(policy.level))
    certain: list[exp.Expr] = [base]
    possible: list[exp.Expr] = [base]
    doubts = [literal([])]
    first = demanded
    for lift in policy.raises:
        holds, facts = _lift(lift, first)
        rank = exp.Literal.number(LEVELS.index(lift.level))
        certain.append(exp.case().when(holds, rank.copy()).else_(base.copy()))
        decided = exp.func("coalesce", holds.copy(), exp.true())
        possible.append(exp.case().when(decided, rank.copy()).else_(base.copy()))
        doubts.append(exp.case().when(holds.copy().is_(exp.null()), facts).else_(literal([])))
        first += len(lift.terms)
    return [
        exp.alias_(exp.func("greatest", *certain), "rank"),
        exp.alias_(exp.func("greatest", *possible), "rank_possible"),
        exp.alias_(_joined(doubts), "rank_missing"),
        exp.alias_(_joined(evidence), "evidence"),
        exp.alias_(exp.func("list_value", *sentences), "sentences"),
    ]


def _lift(lift: Raise, first: int) -> tuple[exp.Expr, exp.Expr]:
    """Whether a raise applies, and the facts that would decide it."""
    values = [_value(first + number) for number in range(len(lift.terms))]
    facts: list[exp.Expr] = [
        exp.func("coalesce", exp.column("missing", f"asked_{first + number}"), literal([]))
        for number in range(len(lift.terms))
    ]
    return exp.and_(scope.condition(lift.scope), *values), _joined(
        [scope.missing(lift.scope), *facts]
    )


def _joined(lists: Sequence[exp.Expr]) -> exp.Expr:
    """Several lists of texts as one, without NULLs and repetition, sorted."""
    whole = exp.func("flatten", exp.func("list_value", *lists))
    return exp.func("list_sort", exp.func("list_distinct", whole))
