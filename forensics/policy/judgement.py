"""Which acts in scope breach a policy: the values of its predicates as one three-valued boolean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlglot import exp

from forensics.policy import narrowing, predicates, relations, scope
from forensics.policy.model import Policy
from forensics.policy.narrowing import Turn
from forensics.policy.questions import Question, Questions

NOTABLE = "policy_notable"
"""The relation that `keep` makes: a row a turn and act that is not simply compliant."""

BELIEFS = ("at_act", "now")

_DECIDED = "policy_decided"
_NOTABLE = "protected OR at_act IS NOT FALSE OR now IS NOT FALSE"
_SHOWN = ("act_no", "event_uid", "time", "protected", "destructive")


def absent_relations(policy: Policy, present: Sequence[str]) -> tuple[str, ...]:
    """Relations without which the policy cannot be decided and which are not there, sorted."""
    needed = {name for term in policy.demands() for name in predicates.load()[term.predicate].needs}
    return tuple(sorted((needed | set(scope.needs(policy.scope))) - set(present)))


def keep(questions: Questions, turns: Sequence[Turn], among: exp.Expr) -> None:
    """Register the acts in scope that violate, may violate, or have a protected target, by `turn`.

    Only those that are `among` the acts asked about. `at_act` and `now` say whether the policy is
    violated. Unknown counts as the policy says, but never where the scope itself is unknown.
    """
    questions.engine.keep(_DECIDED, _decided(questions, turns))
    branches: list[exp.Query] = [
        _notable(questions, turn).where(among.copy(), copy=False) for turn in turns
    ]
    whole = branches[0]
    if len(branches) > 1:
        whole = exp.union(*branches, distinct=False, copy=False)
    questions.engine.keep(NOTABLE, whole.sql(dialect="duckdb", copy=False))


def of(turn: Turn) -> exp.Condition:
    """Whether a row of `NOTABLE` is of the turn."""
    return exp.column("turn").eq(exp.Literal.number(turn.number))


def violated(
    turn: Turn, values: Sequence[exp.Expr], held: Sequence[exp.Expr] | None = None
) -> exp.Expr:
    """Whether an act of `narrowing.ACTS` violates the policy, by the values of what decides it.

    `held` are the scopes of its exceptions, where they are known already.
    """
    policy = turn.policy
    required = [exp.not_(value) for value in values[: len(policy.require)]]
    barred = values[len(policy.require) : len(policy.demands())]
    breached = exp.and_(turn.in_scope, exp.paren(exp.or_(*required, *barred)))
    place = len(policy.demands())
    for number, one in enumerate(policy.exceptions):
        of_act = held[number] if held else scope.condition(one.scope)
        excepted = exp.and_(exp.paren(of_act), *values[place : place + len(one.terms)])
        breached = exp.and_(breached, exp.not_(exp.paren(excepted)))
        place += len(one.terms)
    if policy.on_unknown != "violation":
        return breached
    covered = exp.func("nullif", turn.in_scope, exp.false())
    return exp.func("coalesce", breached, covered)


def _decided(questions: Questions, turns: Iterable[Turn]) -> str:
    """SQL of all that the turns decide by, a row an act."""
    asked = {
        question.number: question
        for turn in turns
        for term in turn.policy.deciding()
        for question in [questions.of(turn, term)]
    }
    columns: list[exp.Expr] = [exp.column(name, "s") for name in _SHOWN]
    columns += dict.fromkeys(turn.in_scope for turn in turns)
    columns += [
        exp.alias_(scope.condition(one.scope), _held(turn, number).name)
        for turn in turns
        for number, one in enumerate(turn.policy.exceptions)
    ]
    query = relations.with_absent(questions.present, ("accounts",))
    query.from_(exp.to_table(narrowing.ACTS, alias="s"), copy=False)
    for number, question in sorted(asked.items()):
        columns += [
            exp.alias_(exp.column(belief, f"q{number}"), _value(question, belief).name)
            for belief in BELIEFS
        ]
        same = exp.column("act_no", f"q{number}").eq(exp.column("act_no", "s"))
        relation = exp.to_table(question.relation, alias=f"q{number}")
        query.join(relation, on=same, join_type="left", copy=False)
    return query.select(*columns, copy=False).sql(dialect="duckdb", copy=False)


def _notable(questions: Questions, turn: Turn) -> exp.Select:
    asked = [questions.of(turn, term) for term in turn.policy.deciding()]
    held = [_held(turn, number) for number, _ in enumerate(turn.policy.exceptions)]
    beliefs = [
        exp.alias_(violated(turn, [_value(one, belief) for one in asked], held), belief)
        for belief in BELIEFS
    ]
    judged = exp.select(*map(exp.column, _SHOWN), *beliefs).from_(_DECIDED)
    judged.where(turn.in_scope.is_(exp.false()).not_(), copy=False)
    number = exp.alias_(exp.Literal.number(turn.number), "turn")
    notable = exp.select(number, "*").from_(judged.subquery("judged", copy=False), copy=False)
    return notable.where(_NOTABLE, copy=False)


def _value(question: Question, belief: str) -> exp.Column:
    return exp.column(f"{belief}_{question.number}")


def _held(turn: Turn, number: int) -> exp.Column:
    return exp.column(f"excepted_{turn.number}_{number}")
