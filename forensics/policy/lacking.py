"""Which facts would decide acts that are unknown, and for how many acts each of them would."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from sqlglot import exp

from forensics.policy import narrowing, relations, scope
from forensics.policy.narrowing import Turn
from forensics.policy.questions import Questions
from forensics.policy.statement import statement

_FACTS = """
SELECT turn, fact, count(*) AS acts FROM (
  SELECT DISTINCT turn, event_uid, split_part(fact, ' as of ', 1) AS fact FROM lacking)
GROUP BY turn, fact ORDER BY turn, fact
"""


def count(
    asked: Questions, turns: Sequence[Turn], unknown: Mapping[int, exp.Query]
) -> dict[int, dict[str, int]]:
    """By number of the turn and by fact, how many of its `unknown` acts lack that fact at the act.

    Each query of `unknown` gives the `event_uid` of acts; every question is asked once for all.
    """
    asking: dict[int, list[Turn]] = defaultdict(list)
    by_number = {question.number: question for question in asked.by_key.values()}
    for turn in turns:
        for number in {asked.of(turn, term).number for term in turn.policy.deciding()}:
            asking[number].append(turn)
    for number, those in sorted(asking.items()):
        asked.keep_facts(by_number[number], _united([unknown[one.number].copy() for one in those]))
    found: dict[int, dict[str, int]] = {turn.number: {} for turn in turns}
    if turns:
        doubtful = narrowing.doubtful(asked.engine, turns)
        queries = [
            exp.select(exp.alias_(exp.Literal.number(turn.number), "turn"), "event_uid", fact)
            .from_(relation)
            .where(exp.column("event_uid").isin(query=unknown[turn.number].copy()))
            for turn in turns
            for relation, fact in _told(asked, turn, of_scope=turn.number in doubtful)
        ]
        query = relations.with_absent(asked.present, ("accounts",))
        query = query.with_("lacking", as_=_united(queries))
        query = query.with_("facts", as_=statement(_FACTS)).select("*").from_("facts")
        for row in asked.engine.rows(query.sql(dialect="duckdb")):
            found[row["turn"]][row["fact"]] = row["acts"]
    return found


def _told(asked: Questions, turn: Turn, *, of_scope: bool) -> Iterator[tuple[str, exp.Expr]]:
    """Relations of acts, and what of each names the facts that they lack."""
    if of_scope:
        facts = exp.func("unnest", scope.missing(turn.policy.scope))
        yield narrowing.ACTS, exp.alias_(facts, "fact")
    asking = {asked.of(turn, term).number: asked.of(turn, term) for term in turn.policy.deciding()}
    for _, question in sorted(asking.items()):
        yield question.facts, exp.column("fact")


def _united(queries: Sequence[exp.Query]) -> exp.Query:
    return exp.union(*queries, distinct=False) if len(queries) > 1 else queries[0]
