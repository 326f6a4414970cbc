"""Controls tried on the record: what each would have stopped, delayed and prevented, for whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlglot import exp

from forensics.engine import Engine, Row
from forensics.errors import UsageError
from forensics.policy import (
    backtest_incidents,
    backtest_waits,
    judgement,
    lacking,
    narrowing,
    predicates,
    questions,
    relations,
)
from forensics.policy.backtest_model import (
    ActTried,
    Answers,
    Assumptions,
    Lack,
    Share,
    Trial,
    Tried,
)
from forensics.policy.backtest_waits import Cell
from forensics.policy.model import Policy, Term
from forensics.policy.narrowing import Turn
from forensics.policy.questions import Questions
from forensics.policy.statement import statement
from forensics.policy.words import as_list, duration

LISTED = 500
"""So many acts that a control would not have left alone are named for each, by time."""
_MOST_NAMES = 20

_SPAN = """
SELECT min(time) AS first, max(time) AS last, count(*) FILTER (WHERE
  ($since IS NULL OR time >= $since::TIMESTAMPTZ) AND ($until IS NULL OR time < $until::TIMESTAMPTZ)
) AS acts FROM acts
"""
_INCIDENTS = "SELECT count(*) AS acts FROM backtest_labels WHERE label = 'incident'"
_APPROVALS = "SELECT count(*) AS n FROM events WHERE starts_with(action, 'approval.')"

# One table at a time: a control's acts, with their labels and what it would have done to them.
_TRIED = """
SELECT d.* EXCLUDE (violated, stops, waiting, demands, undecided), l.label,
  CASE WHEN d.violated IS NULL THEN d.undecided ELSE d.demands END AS demands,
  CASE WHEN d.violated IS NULL THEN 'unknown' WHEN NOT d.violated THEN 'left_alone'
    WHEN d.stops THEN 'stopped' WHEN d.asks IS NOT NULL OR d.waiting THEN 'delayed'
    ELSE 'noticed' END AS outcome
FROM decided AS d LEFT JOIN backtest_labels AS l ON l.event_uid = d.event_uid
"""
_TOTALS = """
SELECT count(*) AS acts, count(*) FILTER (WHERE fair) AS legitimate,
  count(*) FILTER (WHERE label = 'benign') AS benign,
  count(*) FILTER (WHERE fair AND outcome = 'left_alone') AS left_alone,
  count(*) FILTER (WHERE fair AND outcome = 'delayed') AS delayed,
  count(*) FILTER (WHERE fair AND outcome = 'stopped') AS stopped,
  count(*) FILTER (WHERE fair AND outcome = 'noticed') AS noticed,
  count(*) FILTER (WHERE fair AND outcome = 'unknown') AS unknown,
  count(*) FILTER (WHERE label = 'benign' AND outcome IN ('delayed', 'stopped'))
    AS benign_hindered
FROM (SELECT *, label IS DISTINCT FROM 'incident' AS fair FROM backtest_tried)
"""
_CELLS = """
SELECT asks, hour, least, assumed, count(*) AS acts FROM (
  SELECT asks, CAST(extract('hour' FROM time) AS INTEGER) AS hour, least, assumed
  FROM backtest_tried WHERE outcome = 'delayed' AND label IS DISTINCT FROM 'incident')
GROUP BY ALL ORDER BY ALL
"""
_SHARES = """
WITH whose AS (
  SELECT t.event_uid, t.time, t.actor, p.person, p.role, t.outcome FROM backtest_tried AS t
  LEFT JOIN act_people AS p ON p.event_uid = t.event_uid AND p.belief = 'at_act'
  WHERE t.label IS DISTINCT FROM 'incident'
), teamed AS (
  SELECT w.*, m.team FROM whose AS w JOIN team_members AS m ON lower(m.member) = lower(w.actor)
    AND coalesce(m.from_latest <= w.time, TRUE) AND coalesce(w.time < m.to_earliest, TRUE)
  UNION SELECT w.*, m.team FROM whose AS w
  JOIN team_members AS m ON lower(m.member) = lower(w.person)
    AND coalesce(m.from_latest <= w.time, TRUE) AND coalesce(w.time < m.to_earliest, TRUE)
), named AS (
  SELECT 'account' AS kind, coalesce(actor, 'account not recorded') AS name, outcome FROM whose
  UNION ALL SELECT 'role', coalesce(role, 'role not known'), outcome FROM whose
  UNION ALL SELECT 'team', team, outcome FROM teamed
)
SELECT kind, name, count(*) AS acts, count(*) FILTER (WHERE outcome = 'delayed') AS delayed,
  count(*) FILTER (WHERE outcome = 'stopped') AS stopped
FROM named GROUP BY kind, name HAVING count(*) FILTER (WHERE outcome IN ('delayed', 'stopped')) > 0
"""
_HOURS = """
SELECT p.zone IS NULL AS in_utc,
  CAST(extract('hour' FROM timezone(coalesce(p.zone, 'UTC'), t.time)) AS INTEGER) AS hour,
  count(*) AS n
FROM backtest_tried AS t
LEFT JOIN act_people AS p ON p.event_uid = t.event_uid AND p.belief = 'at_act'
WHERE t.outcome IN ('delayed', 'stopped') AND t.label IS DISTINCT FROM 'incident'
GROUP BY ALL
"""
_LISTED = """
SELECT event_uid, time, actor, action, coalesce(target, target_id) AS target, label, outcome,
  demands
FROM backtest_tried WHERE outcome <> 'left_alone' ORDER BY time, event_uid LIMIT $most
"""
_SHOWN = ("event_uid", "time", "actor", "action", "target", "target_id")


def acts_in(engine: Engine, trial: Trial) -> Row:
    """The `first` and `last` act of the case, and how many `acts` are in the window of the trial.

    Raises `UsageError` where there is none: of nothing, nothing can be concluded.
    """
    present = engine.relations()
    if absent := [name for name in ("acts", "events", "act_people") if name not in present]:
        raise UsageError(
            f"This case has no {' and no '.join(absent)} to try a policy on.",
            remedy="Name a case, or logs, with records of administrative acts.",
        )
    bounds = {
        "since": trial.since.isoformat() if trial.since else None,
        "until": trial.until.isoformat() if trial.until else None,
    }
    (found,) = engine.rows(_SPAN, bounds)
    if not found["acts"]:
        span = f"go from {found['first']:%Y-%m-%d %H:%MZ} to {found['last']:%Y-%m-%d %H:%MZ}"
        raise UsageError(
            "No act is on record in this window, so nothing can be tried on it.",
            remedy=f"The acts of this case {span}." if found["first"] else "The case has no act.",
        )
    return found


def backtest(
    engine: Engine, policies: Sequence[Policy], trial: Trial
) -> tuple[tuple[Tried, ...], Answers]:
    """Each policy tried as a control over the acts of the window, in one pass; and the approvers.

    Its effective dates do not count. What was known at the act decides, as it would have then.
    Raises `UsageError` when there is no act, or an entry of the list of incidents is ambiguous.
    """
    if not policies:
        raise UsageError("No policy is named.", remedy="Name a file, or the id of a policy.")
    found = acts_in(engine, trial)
    turns = [Turn(n, one, trial.since, trial.until, n) for n, one in enumerate(policies)]
    narrowing.keep(engine, "acts", turns)
    asked = questions.gather(engine, "acts", turns)
    asked.keep(turns)
    backtest_incidents.keep(engine, trial)
    answers = backtest_waits.observe(engine, trial.since, trial.until)
    silent = trial.assumed.unapproved and not engine.rows(_APPROVALS)[0]["n"]
    (labelled,) = engine.rows(_INCIDENTS)
    fair = found["acts"] - labelled["acts"]
    tried = tuple(_try(asked, turn, trial, fair=fair, silent=silent) for turn in turns)
    asked.release()
    return tried, answers


def _try(asked: Questions, turn: Turn, trial: Trial, *, fair: int, silent: bool) -> Tried:
    engine, policy = asked.engine, turn.policy
    engine.keep("backtest_tried", _tried(asked, turn, trial.assumed, silent=silent))
    (totals,) = engine.rows(_TOTALS)
    hindered = totals["delayed"] + totals["stopped"]
    wait, waits = backtest_waits.waits(engine, _cells(engine, policy), _us(trial.assumed.approval))
    shares = _shares(asked)
    hours, in_utc = _hours(engine)
    incidents = backtest_incidents.tried(engine, trial)
    absent = judgement.absent_relations(policy, asked.present)
    return Tried(
        policy=policy.id,
        title=policy.title,
        version=policy.version,
        file=policy.file,
        level=policy.level,
        demands=tuple(dict.fromkeys(term.predicate for term in policy.demands())),
        **totals,
        per_thousand=1000 * hindered / fair if totals["legitimate"] else None,
        wait=wait,
        waits=waits,
        accounts=shares["account"],
        roles=shares["role"],
        teams=shares["team"],
        hours=hours,
        hours_in_utc=in_utc,
        prevented=sum(one.value == "prevented" for one in incidents),
        could=sum(one.value not in {"outside", "no_record"} for one in incidents),
        incidents=incidents,
        lacking=_lacking(asked, turn),
        listed=tuple(
            ActTried(**{**row, "demands": tuple(row["demands"])})
            for row in engine.rows(_LISTED, {"most": LISTED})
        ),
        not_evaluated=f"this case has no {' and no '.join(absent)}" if absent else None,
    )


def _tried(asked: Questions, turn: Turn, assumed: Assumptions, *, silent: bool) -> str:
    """SQL of the acts in scope, or perhaps in scope, and what the control would have done."""
    terms = turn.policy.deciding()
    values = [_value(n, term, silent=silent) for n, term in enumerate(terms)]
    decided = exp.select(
        *(exp.column(name, "s") for name in _SHOWN),
        exp.alias_(judgement.violated(turn, values), "violated"),
        *_effects(turn.policy, values, assumed),
    ).from_(exp.to_table(narrowing.ACTS, alias="s"))
    for number, term in enumerate(terms):
        relation = exp.to_table(asked.of(turn, term).relation, alias=f"q{number}")
        same = exp.column("act_no", f"q{number}").eq(exp.column("act_no", "s"))
        decided = decided.join(relation, on=same, join_type="left")
    decided = decided.where(turn.in_scope.is_(exp.false()).not_())
    query = relations.with_absent(asked.present, ("accounts",))
    query = query.with_("decided", as_=decided)
    query = query.with_("tried", as_=statement(_TRIED))
    return query.select("*").from_("tried").sql(dialect="duckdb")


def _value(number: int, term: Term, *, silent: bool) -> exp.Expr:
    value = exp.column("at_act", f"q{number}")
    if silent and predicates.enforced(term.predicate) == "asks":
        return exp.func("coalesce", value, exp.false())
    return value


def _effects(policy: Policy, values: Sequence[exp.Expr], assumed: Assumptions) -> list[exp.Expr]:
    """What the demands that are not met would have meant for the act.

    `stops`, `asks` (the number of the first demand that asks another person), `waiting`, `least`
    (microseconds at least), `assumed` (whether these are), `demands` (those not met),
    `undecided` (those of which nothing is told).
    """
    faults = _faults(policy, values)
    stops: list[exp.Expr] = [exp.false()]
    waiting: list[exp.Expr] = [exp.false()]
    guessed: list[exp.Expr] = [exp.false()]
    asks = exp.case()
    least: list[exp.Expr] = [exp.Literal.number(0)]
    for number, (term, fault) in enumerate(zip(policy.demands(), faults, strict=True)):
        how = predicates.enforced(term.predicate)
        if how == "stops":
            stops.append(fault)
        elif how == "asks":
            asks = asks.when(fault, exp.Literal.number(number))
        elif how != "afterwards":
            length = duration(term.params.get("at_least")) if how == "waits" else assumed.paperwork
            waiting.append(fault)
            guessed += [fault] if how == "costs" else []
            wait = exp.Literal.number(_us(length or timedelta()))
            least.append(exp.case().when(fault, wait).else_(exp.Literal.number(0)))
    named = [exp.Literal.string(term.predicate) for term in policy.demands()]
    unmet, open_ = (
        exp.func("list_sort", exp.func("list_distinct", exp.array(*cases)))
        for cases in (
            [exp.case().when(fault, name) for fault, name in zip(faults, named, strict=True)],
            [
                exp.case().when(exp.paren(fault).is_(exp.null()), name)
                for fault, name in zip(faults, named, strict=True)
            ],
        )
    )
    asking = asks if asks.args.get("ifs") else exp.cast(exp.null(), "INTEGER")
    return [
        exp.alias_(exp.func("coalesce", exp.paren(exp.or_(*stops)), exp.false()), "stops"),
        exp.alias_(asking, "asks"),
        exp.alias_(exp.func("coalesce", exp.paren(exp.or_(*waiting)), exp.false()), "waiting"),
        exp.alias_(exp.cast(exp.func("greatest", *least), "BIGINT"), "least"),
        exp.alias_(exp.func("coalesce", exp.paren(exp.or_(*guessed)), exp.false()), "assumed"),
        exp.alias_(unmet, "demands"),
        exp.alias_(open_, "undecided"),
    ]


def _faults(policy: Policy, values: Sequence[exp.Expr]) -> list[exp.Expr]:
    """By demand, whether it is not met; what is unknown is, where the policy says so."""
    required = len(policy.require)
    found = [
        exp.not_(exp.paren(value)) if place < required else value
        for place, value in enumerate(values[: len(policy.demands())])
    ]
    if policy.on_unknown != "violation":
        return found
    return [exp.func("coalesce", fault, exp.true()) for fault in found]


def _cells(engine: Engine, policy: Policy) -> list[Cell]:
    demands = policy.demands()

    def roles(number: int | None) -> tuple[str, ...] | None:
        named = None if number is None else demands[number].params.get("role")
        return None if named is None else tuple(str(role).lower() for role in as_list(named))

    return [
        Cell(
            acts=row["acts"],
            asks=row["asks"] is not None,
            roles=roles(row["asks"]),
            hour=row["hour"],
            least=row["least"],
            assumed=row["assumed"],
        )
        for row in engine.rows(_CELLS)
    ]


def _shares(asked: Questions) -> Mapping[str, tuple[Share, ...]]:
    """By `account`, `role` and `team`, those whose acts are hindered most often first."""
    query = relations.with_absent(asked.present, ("team_members",))
    query = query.with_("shares", as_=statement(_SHARES)).select("*").from_("shares")
    found: dict[str, list[Share]] = {"account": [], "role": [], "team": []}
    for row in asked.engine.rows(query.sql(dialect="duckdb")):
        found[row.pop("kind")].append(Share(**row))
    return {
        kind: tuple(sorted(shares, key=_most_hindered)[:_MOST_NAMES])
        for kind, shares in found.items()
    }


def _most_hindered(one: Share) -> tuple[int, int, str]:
    return -(one.delayed + one.stopped), one.acts, one.name


def _hours(engine: Engine) -> tuple[tuple[int, ...], int]:
    hours, in_utc = [0] * 24, 0
    for row in engine.rows(_HOURS):
        hours[row["hour"]] += row["n"]
        in_utc += row["n"] if row["in_utc"] else 0
    return tuple(hours), in_utc


def _lacking(asked: Questions, turn: Turn) -> tuple[Lack, ...]:
    (row,) = asked.engine.rows("SELECT count(*) AS n FROM backtest_tried WHERE outcome = 'unknown'")
    if not row["n"]:
        return ()
    unknown = exp.select("event_uid").from_("backtest_tried")
    unknown = unknown.where(exp.column("outcome").eq(exp.Literal.string("unknown")))
    facts = lacking.count(asked, [turn], {turn.number: unknown})[turn.number]
    return tuple(
        Lack(fact, n, row["n"])
        for fact, n in sorted(facts.items(), key=lambda one: (-one[1], one[0]))
    )


def _us(length: timedelta) -> int:
    return length // timedelta(microseconds=1)
