"""The acts that any policy can be about, read once: their columns, tiers, and scope by scope."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from sqlglot import exp

from forensics import actions
from forensics.engine import Engine
from forensics.policy import relations, scope
from forensics.policy.model import Policy, Scope, order
from forensics.policy.statement import statement

ACTS = "policy_acts"
"""The relation that `keep` makes: a row an act that is, or may be, in the scope of some turn."""

COLUMNS = (
    "event_uid", "time", "time_precision", "time_earliest", "time_latest", "source", "actor",
    "actor_type", "action", "operation", "outcome", "target", "target_id", "case_id",
    "reason_code", "session_id", "device_id", "src_ip", "tool",
)  # fmt: skip
RECORDED = (*COLUMNS, "targets")
"""What is read of the record of an act; predicates see the `COLUMNS` among it."""
HELD = tuple(dict.fromkeys((*RECORDED, *relations.OF_APPROVALS)))
"""What the relation of acts has of the record, so that events need not be read again."""
# What is known of an act beside its record.
_PLACED = (
    "tiers", "tiers_possible", "tiers_later", "tiers_later_from", "tiers_unknown",
    "tiers_open_of", "account_kind",
)  # fmt: skip

# Few acts have more than one target, and only those are taken apart.
_TIERS = """
WITH bulk AS (
  SELECT event_uid, time_earliest, time_latest, unnest(targets) AS target
  FROM narrowed WHERE len(targets) > 1
), matches AS (
  SELECT a.event_uid, a.target, p.tier, p.valid_from, p.valid_to, a.time_earliest, a.time_latest
  FROM narrowed AS a JOIN protected_targets AS p ON lower(p.target) = lower(a.target)
  UNION
  SELECT a.event_uid, coalesce(a.target, a.target_id), p.tier, p.valid_from, p.valid_to,
    a.time_earliest, a.time_latest
  FROM narrowed AS a JOIN protected_targets AS p ON lower(p.target) = lower(a.target_id)
  UNION
  SELECT a.event_uid, a.target, p.tier, p.valid_from, p.valid_to, a.time_earliest, a.time_latest
  FROM bulk AS a JOIN protected_targets AS p ON lower(p.target) = lower(a.target)
), placed AS (
  SELECT event_uid, target, lower(tier) AS tier, valid_from,
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
  min(valid_from) FILTER (WHERE later) AS tiers_later_from,
  min_by(target, (valid_from, target)) FILTER (WHERE later) AS tiers_later_of,
  min(target) FILTER (WHERE possible AND NOT certain) AS tiers_open_of
FROM placed GROUP BY event_uid
"""

_TIERED = """
SELECT n.*, t.tiers_later_from, t.tiers_later_of, t.tiers_open_of,
  coalesce(t.tiers, CAST([] AS VARCHAR[])) AS tiers,
  coalesce(t.tiers_possible, CAST([] AS VARCHAR[])) AS tiers_possible,
  coalesce(t.tiers_later, CAST([] AS VARCHAR[])) AS tiers_later,
  $absent OR coalesce(n.target, n.target_id) IS NULL AS tiers_unknown
FROM narrowed AS n LEFT JOIN tiered_targets AS t ON t.event_uid = n.event_uid
"""

_KINDED = """
SELECT t.*, lower(p.account_kind) AS account_kind FROM tiered AS t
LEFT JOIN act_people AS p ON p.event_uid = t.event_uid AND p.belief = 'at_act'
"""

_DESTRUCTIVE = "SELECT action IN (SELECT unnest($verbs))"


@dataclass(frozen=True)
class Turn:
    """A version of a policy and the acts it judges, those in [since, until); None is open.

    `alike` is the number of the first turn with the same scope and time. The version of today has
    a second turn over the acts before it, and `instead_of` then holds the turns of those who judged
    any of these; it is None for every other turn.
    """

    number: int
    policy: Policy
    since: datetime | None
    until: datetime | None
    alike: int
    instead_of: tuple[Turn, ...] | None = None

    @property
    def of_today(self) -> bool:
        """Whether these acts were before the policy, which only notes what it would not allow."""
        return self.instead_of is not None

    @property
    def in_scope(self) -> exp.Column:
        """The column of `ACTS` that says whether an act is in this scope and time."""
        return exp.column(f"scope_{self.alike}")


def turns(policies: Sequence[Policy]) -> tuple[Turn, ...]:
    """Each version of each policy with the time it is in force, and today's over earlier acts."""
    found: list[Turn] = []
    alike: dict[str, int] = {}

    def add(
        policy: Policy,
        since: datetime | None,
        until: datetime | None,
        instead_of: tuple[Turn, ...] | None = None,
    ) -> None:
        number = len(found)
        same = alike.setdefault(json.dumps([policy.scope, str(since), str(until)]), number)
        found.append(Turn(number, policy, since, until, same, instead_of))

    now = _now()
    for _, group in groupby(sorted(policies, key=order), key=lambda policy: policy.id):
        first = len(found)
        in_force = list(_in_force(list(group)))
        for version, until in in_force:
            add(version, version.effective_from, until)
        for place, (version, until) in enumerate(in_force):
            since = version.effective_from
            if since and since <= now and (until is None or now < until):
                add(version, None, since, tuple(found[first : first + place]))
    return tuple(found)


def keep(engine: Engine, acts: str, judging: Sequence[Turn]) -> None:
    """Register `ACTS` from the relation `acts`, once for all turns."""
    present = engine.relations()
    query = relations.with_absent(present, ("act_people", "protected_targets", "accounts"))
    everything = _everything(engine, acts, list(_scopes(judging)))
    verbs = _Verbs(judging)
    query = query.with_("everything", as_=everything, materialized=False, copy=False)
    query = query.with_("verbs", as_=verbs.told(), materialized=True, copy=False)
    query = query.with_("narrowed", as_=verbs.narrowed(), materialized=False, copy=False)
    query = query.with_("tiered_targets", as_=statement(_TIERS), copy=False)
    absent = {"absent": "protected_targets" not in present}
    query = query.with_("tiered", as_=statement(_TIERED, absent), copy=False)
    query = query.with_("placed", as_=_kinds(judging), copy=False)
    columns = {
        name: exp.and_(*_in_force_at(turn), verbs.held(turn.policy.scope))
        for name, turn in {turn.in_scope.name: turn for turn in judging}.items()
    }
    aliased = (exp.alias_(condition, name) for name, condition in columns.items())
    query = query.with_(
        "judged", as_=exp.select(verbs.others(), *aliased).from_("placed"), copy=False
    )
    destructive = statement(_DESTRUCTIVE, {"verbs": actions.destructive()}).selects[0]
    any_scope = [exp.column(name).is_(exp.false()).not_() for name in columns]
    learned = exp.func("len", exp.column("tiers_later")) > exp.Literal.number(0)
    query = (
        query.select(
            "*",
            exp.alias_(exp.cast(exp.Window(this=exp.RowNumber()), "INTEGER"), "act_no"),
            exp.alias_(exp.func("len", exp.column("tiers_possible")) > 0, "protected"),
            exp.alias_(destructive, "destructive"),
        )
        .from_("judged")
        .where(exp.or_(*any_scope, learned))
    )
    engine.keep(ACTS, query.sql(dialect="duckdb", copy=False))


class _Verbs:
    """What the verb alone decides of scopes, found out once a verb: as columns of each act."""

    def __init__(self, judging: Sequence[Turn]) -> None:
        scopes = [turn.policy.scope for turn in judging]
        self.all = not all(scopes)
        asked = (one for selections in scopes for one in scope.of_verb(selections))
        by_text = {json.dumps(one, sort_keys=True): one for one in asked}
        self.columns = {
            text: (f"verb_{number}", one) for number, (text, one) in enumerate(by_text.items())
        }

    def told(self) -> exp.Select:
        """A row a verb: whether it is in each selection, as far as that asks for verbs."""
        verbs = exp.select("action").distinct().from_("everything").subquery("verbs")
        conditions = (
            exp.alias_(scope.condition((one,)), name) for name, one in self.columns.values()
        )
        return exp.select(exp.alias_(exp.column("action"), "verb"), *conditions).from_(verbs)

    def narrowed(self) -> exp.Select:
        """The acts whose verb any selection takes, with what is told of their verb."""
        same = exp.NullSafeEQ(this=exp.column("verb", "v"), expression=exp.column("action", "e"))
        acts = exp.select("e.*", *(exp.column(name, "v") for name, _ in self.columns.values()))
        acts = acts.from_(exp.to_table("everything", alias="e"))
        acts = acts.join(exp.to_table("verbs", alias="v"), on=same)
        taken = [exp.column(name, "v") for name, _ in self.columns.values()]
        return acts if self.all else acts.where(exp.or_(*taken))

    def held(self, selections: Scope) -> exp.Expr:
        """Whether an act of `narrowed` is in a scope; three-valued."""
        if not selections:
            return exp.true()
        return exp.or_(*map(self._held, scope.of_verb(selections), scope.beside_verb(selections)))

    def others(self) -> exp.Star:
        """All columns but those of verbs."""
        return exp.Star(except_=[exp.to_identifier(name) for name, _ in self.columns.values()])

    def _held(self, of_verb: Mapping[str, Any], beside: Mapping[str, Any]) -> exp.Expr:
        name, _ = self.columns[json.dumps(of_verb, sort_keys=True)]
        taken = exp.column(name)
        # The engine finds out all parts of a conjunction, and of a case only what it needs.
        whole = exp.and_(taken.copy(), scope.condition((beside,)))
        return exp.case().when(taken.is_(exp.false()), exp.false()).else_(whole)


def scoped(judging: Iterable[Turn]) -> exp.Select:
    """The acts in the scope of any of the turns, as predicates see them.

    Beside the columns of an act and what is known of its target and account stands `in_scope`:
    TRUE, or NULL where that is not known.
    """
    columns = [exp.column(name) for name in dict.fromkeys(turn.in_scope.name for turn in judging)]
    names = [exp.column(name) for name in ("act_no", *COLUMNS, *_PLACED)]
    return (
        exp.select(*names, exp.alias_(exp.or_(*columns), "in_scope"))
        .from_(ACTS)
        .where(exp.or_(*(column.copy().is_(exp.false()).not_() for column in columns)))
    )


def columns_of(engine: Engine, acts: str) -> Sequence[str]:
    """The columns of a relation."""
    sample = exp.select("*").from_(exp.to_identifier(acts, quoted=True)).limit(0)
    names: Sequence[str] = engine.table(sample.sql(dialect="duckdb")).column_names
    return names


def doubtful(engine: Engine, judging: Sequence[Turn]) -> set[int]:
    """The numbers of the turns of which it is not known whether they cover some act."""
    columns = dict.fromkeys(turn.in_scope for turn in judging)
    if not columns:
        return set()
    doubts = (exp.alias_(exp.func("bool_or", one.is_(exp.null())), one.name) for one in columns)
    (row,) = engine.rows(exp.select(*doubts).from_(ACTS).sql(dialect="duckdb"))
    return {turn.number for turn in judging if row[turn.in_scope.name]}


def within(turn: Turn, selections: Scope) -> exp.Expr:
    """Whether an act is among the selections, in the time of the turn; three-valued."""
    return exp.and_(*_in_force_at(turn), scope.condition(selections))


def _in_force_at(turn: Turn) -> list[exp.Expr]:
    time = exp.column("time")
    bounds: list[exp.Expr] = []
    if turn.since:
        bounds.append(time.copy() >= _instant(turn.since))
    if turn.until:
        bounds.append(time.copy() < _instant(turn.until))
    return bounds


def _in_force(versions: Sequence[Policy]) -> Iterator[tuple[Policy, datetime | None]]:
    """Each version and the instant from which it, or a later one, judges no more."""
    starts = [version.effective_from for version in versions[1:]]
    for version, start in zip(versions, [*starts, None], strict=True):
        ends = [end for end in (version.effective_to, start) if end is not None]
        yield version, min(ends, default=None)


def _now() -> datetime:
    """The present: a version that is yet to come is not that of today."""
    return datetime.now(UTC)


def _everything(engine: Engine, acts: str, scopes: Iterable[Scope]) -> exp.Select:
    """The relation of acts with all columns that are asked for; events tell those it lacks."""
    named = exp.to_identifier(acts, quoted=True)
    held = columns_of(engine, acts)
    asked = dict.fromkeys((*RECORDED, *(name for one in scopes for name in scope.columns(one))))
    lacking = [name for name in asked if name not in held]
    query = exp.select(
        *(exp.column(name, "e" if name in lacking else "a", quoted=True) for name in asked)
    ).from_(exp.Table(this=named, alias=exp.TableAlias(this=exp.to_identifier("a"))))
    if not lacking:
        return query
    same = exp.column("event_uid", "e").eq(exp.column("event_uid", "a"))
    return query.join(exp.to_table("events", alias="e"), on=same, join_type="left")


def _kinds(judging: Sequence[Turn]) -> exp.Query:
    """What the list of accounts calls the acting account, where any scope asks for it."""
    keys = {key for selections in _scopes(judging) for one in selections for key in one}
    if keys & {"actor.kind", "actor.account_class"}:
        return statement(_KINDED)
    return statement("SELECT *, CAST(NULL AS VARCHAR) AS account_kind FROM tiered")


def _scopes(judging: Iterable[Turn]) -> Iterator[Scope]:
    for turn in judging:
        yield turn.policy.scope
        yield from (one.scope for one in turn.policy.conditions())


def _instant(instant: datetime) -> exp.Expr:
    return exp.cast(exp.Literal.string(instant.isoformat()), "TIMESTAMPTZ", dialect="duckdb")
