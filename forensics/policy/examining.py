"""Single acts laid open: what every policy asks of each, what the answers are, and why not."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlglot import exp

from forensics.engine import Engine, Row
from forensics.policy import narrowing, predicates, questions, relations, scope
from forensics.policy.explaining import Explainer, act_scopes
from forensics.policy.model import Policy, Term
from forensics.policy.narrowing import Turn
from forensics.policy.questions import Answer, Questions
from forensics.policy.recorded import Told, recorded
from forensics.policy.statement import literal
from forensics.policy.verdict import Belief, Verdict

Clause = Literal["require", "forbid", "limit", "exceptions", "raise"]

_EXAMINED = "policy_examined"
_ONE = "SELECT * FROM acts WHERE event_uid IN (SELECT unnest($uids))"
_NOTHING = Answer(None, None, (), ())


@dataclass(frozen=True)
class Entry:
    """One entry of a scope, and whether it holds of the act; None is unknown."""

    key: str
    wanted: Any
    held: bool | None


@dataclass(frozen=True)
class Asked:
    """One predicate of a policy and its answers about the act under both beliefs."""

    clause: Clause
    term: Term
    at_act: Answer
    now: Answer


@dataclass(frozen=True)
class Examined:
    """What one version of a policy says of one act.

    `in_force` tells whether it judges acts of that time; `today` marks the version of today where
    it does not. `in_scope` is None where that is not known; `selections` then, and where the
    act is out of scope, tell of each entry. The verdicts are None out of scope.
    """

    policy: Policy
    event_uid: str
    in_force: bool
    today: bool
    in_scope: bool | None
    selections: tuple[tuple[Entry, ...], ...]
    at_act: Verdict | None = None
    now: Verdict | None = None
    asked: tuple[Asked, ...] = ()


def examine(
    engine: Engine, policies: Sequence[Policy], uids: Collection[str]
) -> tuple[Examined, ...]:
    """Each policy about each of those acts of the relation `acts`, by act and then by policy.

    Uids that are of no act are left out.
    """
    turns = narrowing.turns(policies)
    if not turns or "acts" not in engine.relations():
        return ()
    engine.keep(_EXAMINED, _ONE, {"uids": sorted(uids)})
    everything = _everything(turns)
    narrowing.keep(engine, _EXAMINED, [*turns, everything])
    present = engine.relations()
    found = _scopes(engine, present, turns)
    covering = [turn for turn in turns if any(_covers(row, turn) for row in found)]
    told = _told(engine, covering, [row["event_uid"] for row in found])
    return tuple(
        _examined(row, turn, told.get((turn.number, row["event_uid"])))
        for row in found
        for turn in turns
    )


def _everything(turns: Sequence[Turn]) -> Turn:
    """A turn that covers every act, so that those out of scope can be told of as well."""
    policy = replace(turns[0].policy, scope=())
    number = len(turns)
    return Turn(number=number, policy=policy, since=None, until=None, alike=number)


def _covers(row: Row, turn: Turn) -> bool:
    return row[turn.in_scope.name] is not False


def _scopes(engine: Engine, present: Sequence[str], turns: Sequence[Turn]) -> list[Row]:
    """A row an act: whether each turn covers it, and each entry of each scope holds."""
    columns: dict[str, exp.Expr] = {}
    for turn in turns:
        columns[turn.in_scope.name] = turn.in_scope
        columns[_dated(turn)] = narrowing.within(turn, ())
        for place, selection in enumerate(turn.policy.scope):
            for key, wanted in selection.items():
                columns[_held(turn, place, key)] = scope.condition(({key: wanted},))
    query = relations.with_absent(present, ("accounts",))
    aliased = (exp.alias_(condition, name, quoted=True) for name, condition in columns.items())
    query = query.select("event_uid", *aliased).from_(narrowing.ACTS).order_by("time", "event_uid")
    return engine.rows(query.sql(dialect="duckdb"))


def _dated(turn: Turn) -> str:
    return f"dated_{turn.number}"


def _held(turn: Turn, place: int, key: str) -> str:
    return f"held_{turn.number}_{place}_{key}"


@dataclass(frozen=True)
class _Said:
    verdicts: Mapping[Belief, Verdict]
    asked: tuple[Asked, ...]


def _told(
    engine: Engine, turns: Sequence[Turn], uids: Sequence[str]
) -> dict[tuple[int, str], _Said]:
    """What the turns that cover an act say of it, by turn and act."""
    if not turns:
        return {}
    terms = [term for turn in turns for term in turn.policy.terms()]
    if any(predicates.per_scope(term.predicate) for term in terms):
        # How many acts there are around this one takes all of them.
        narrowing.keep(engine, "acts", turns)
    asked = questions.gather(engine, "acts", turns)
    chosen = exp.select(exp.func("unnest", literal(uids)))
    told: Told = {
        question.number: asked.tell(question, chosen) for question in asked.by_key.values()
    }
    known = recorded(asked, told, uids)
    said: dict[tuple[int, str], _Said] = {}
    for turn in turns:
        # The version of today is asked as any other here; what that means is the reader's to say.
        explainer = Explainer(replace(turn, instead_of=None), asked, told, known)
        query = relations.with_absent(asked.present, ("accounts",))
        query = query.with_("listed", as_=act_scopes(turn, chosen)).select("*").from_("listed")
        for row in engine.rows(query.sql(dialect="duckdb")):
            verdicts: dict[Belief, Verdict] = {one.as_known: one for one in explainer.verdicts(row)}
            answers = tuple(_asked(turn, asked, told, row["event_uid"]))
            said[turn.number, row["event_uid"]] = _Said(verdicts, answers)
    return said


def _asked(turn: Turn, asked: Questions, told: Told, uid: str) -> Iterator[Asked]:
    policy = turn.policy
    clauses: list[tuple[Clause, Sequence[Term]]] = [
        ("require", policy.require),
        ("forbid", policy.forbid),
        ("limit", policy.limit),
        *(("exceptions", one.terms) for one in policy.exceptions),
        *(("raise", one.when.terms) for one in policy.raises),
    ]
    for clause, terms in clauses:
        for term in terms:
            answers = told[asked.of(turn, term).number]
            yield Asked(
                clause,
                term,
                answers.get((uid, "at_act"), _NOTHING),
                answers.get((uid, "now"), _NOTHING),
            )


def _now(verdicts: Mapping[Belief, Verdict]) -> Verdict:
    """The verdict as known now, which is told only where it differs."""
    return verdicts.get("now") or replace(verdicts["at_act"], as_known="now")


def _examined(row: Row, turn: Turn, said: _Said | None) -> Examined:
    covered: bool | None = row[turn.in_scope.name]
    entries = tuple(
        tuple(Entry(key, wanted, row[_held(turn, place, key)]) for key, wanted in selection.items())
        for place, selection in enumerate(turn.policy.scope)
    )
    at_act = said.verdicts["at_act"] if said and covered is not False else None
    return Examined(
        policy=turn.policy,
        event_uid=row["event_uid"],
        in_force=row[_dated(turn)] is not False and not turn.of_today,
        today=turn.of_today,
        in_scope=covered,
        selections=() if covered else entries,
        at_act=at_act,
        now=_now(said.verdicts) if said and at_act else None,
        asked=said.asked if said and at_act else (),
    )
