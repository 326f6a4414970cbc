"""What is asked once for many: beginnings of queries, and acts that both beliefs see alike."""

from __future__ import annotations

from typing import Any

import pytest
from sqlglot import exp

from forensics.policy import narrowing, predicates, questions, terms
from forensics.policy.model import Term
from forensics.policy.written import written

POLICY = """
id: {id}
title: one of two
level: high
scope: {{action: account.deactivate}}
{demand}
on_unknown: report
"""


@pytest.fixture(autouse=True)
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers are not kept whole, as where there are many acts."""
    monkeypatch.setattr(questions, "WHOLE", -1)


def parsed(*demands: str) -> list[terms.Policy]:
    texts = [POLICY.format(id=f"W{n}", demand=demand) for n, demand in enumerate(demands)]
    return [terms.parse(text.encode(), f"w{n}.yml") for n, text in enumerate(texts)]


def asked(world: Any, *demands: str) -> tuple[questions.Questions, dict[str, Any]]:
    engine = world.engine()
    turns = narrowing.turns(parsed(*demands))
    narrowing.keep(engine, "acts", turns)
    found = questions.gather(engine, "acts", turns)
    found.keep(turns)
    values = {
        question.term.predicate: engine.rows(
            f"SELECT event_uid, at_act, now FROM {question.relation}"
            " JOIN policy_acts USING (act_no) ORDER BY event_uid"
        )
        for question in found.by_key.values()
    }
    return found, values


def test_a_beginning_tells_of_no_belief_and_knows_the_act() -> None:
    query = written(Term("approval", {"min": 2, "max_age": "24h"}), predicates.BELIEFS)
    assert [query.ctes[place].name for place in query.begins] == [
        "records",
        "acting",
        "watched",
        "met",
    ]
    assert not any("belief" in text for text in query.beginnings)
    last: exp.Query = exp.maybe_parse(query.ctes[query.begins[-1]].sql, dialect="duckdb")
    assert "act_no" in last.named_selects
    kept = [f"SELECT * FROM kept_{number}" for number in range(4)]
    for name, number in (("records", 0), ("met", 3)):
        asked = f" {name} AS NOT MATERIALIZED (SELECT * FROM kept_{number})"
        assert query.whole(kept).count(asked) == 1
    assert query.beginning(1, kept[:1]).count("kept_0") == 1


def test_questions_that_begin_alike_begin_once(world: Any) -> None:
    world.approve()
    world.act()
    found, _ = asked(
        world,
        "require: [{approval: {min: 1, max_age: 24h}}]",
        "require: [{approval: {min: 2, role: ts_lead}}]",
    )
    begun = [name for name in found.engine.relations() if name.startswith("policy_begun_")]
    assert len(begun) == len(found.kept) == 4
    found.release()
    assert not any(found.engine.rows(f"SELECT * FROM {name}") for name in begun)


def test_only_acts_whose_actor_is_seen_otherwise_now_are_asked_about_twice(world: Any) -> None:
    for minute, uid in enumerate(("same", "later", "unsure")):
        world.act(minute, uid=uid)
    world.person("later", belief="now", phases=["ended"])
    world.person("unsure", belief="at_act", phases=["unknown"])
    found, values = asked(world, "forbid: [{employment: {phase: ended}}]")
    learned = found.engine.rows("SELECT event_uid FROM policy_learned ORDER BY event_uid")
    assert [row["event_uid"] for row in learned] == ["later", "unsure"]
    assert [(row["event_uid"], row["at_act"], row["now"]) for row in values["employment"]] == [
        ("later", False, True),
        ("same", False, False),
        ("unsure", None, False),
    ]
