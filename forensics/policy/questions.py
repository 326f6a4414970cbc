"""Predicates asked of the acts in scope: each distinct question once, for all that ask it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from forensics.engine import Engine
from forensics.policy import narrowing, predicates, relations
from forensics.policy.model import Term
from forensics.policy.narrowing import Turn
from forensics.policy.statement import statement
from forensics.policy.written import Written, with_, written

_ABSENT = """
SELECT s.event_uid, b.belief, CAST(NULL AS BOOLEAN) AS value,
  'this case has no ' || $relation AS sentence, [$relation] AS missing,
  CAST([] AS VARCHAR[]) AS evidence
FROM scoped AS s CROSS JOIN (VALUES ('at_act'), ('now')) AS b(belief)
"""
_NOTHING = "SELECT 0 AS act_no, TRUE AS at_act, TRUE AS now WHERE FALSE"

# No row says that an act is unknown under both beliefs.
_ALIKE = """
SELECT act_no, value AS at_act, value AS now
FROM numbered WHERE value IS NOT NULL AND belief = 'at_act'
"""
_APART = """
SELECT act_no,
  bool_or(value) FILTER (WHERE belief = 'at_act') AS at_act,
  bool_or(value) FILTER (WHERE belief = 'now') AS now
FROM numbered WHERE value IS NOT NULL GROUP BY act_no
"""
_ALL = "SELECT * FROM answer"
_NUMBERED = """
SELECT a.*, s.act_no FROM answer AS a JOIN policy_acts AS s ON s.event_uid = a.event_uid
"""

_FACTS = "SELECT event_uid, unnest(missing) AS fact FROM answer WHERE value IS NULL"

WHOLE = 20_000
"""Of so many acts in scope the answers are kept with all they say, so that each is asked once.

Of more only the values are, and what is said of the few that are told of is asked for again.
"""
_ANY_MORE = "SELECT count(*) AS acts FROM policy_acts"

_PEOPLE = """
SELECT * FROM act_people WHERE event_uid IN (SELECT event_uid FROM policy_acts)
"""
# What both beliefs say alike is there twice.
_LEARNED = """
SELECT DISTINCT s.event_uid, s.act_no FROM policy_acts AS s
JOIN (
  SELECT * EXCLUDE (belief), count(*) AS beliefs FROM policy_people
  GROUP BY ALL HAVING count(*) = 1
) AS apart ON apart.event_uid = s.event_uid
"""
_ANY_LEARNED = "SELECT count(*) AS acts FROM policy_learned"


@dataclass(frozen=True)
class Answer:
    """What a predicate says of one act under one belief; a value of None is unknown."""

    value: bool | None
    sentence: str | None
    missing: tuple[str, ...]
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """One predicate with its parameters, and the turns that ask it."""

    number: int
    term: Term
    turns: tuple[Turn, ...]

    @property
    def relation(self) -> str:
        """The relation of its answers by `act_no`, as `keep` makes it."""
        return f"policy_answers_{self.number}"

    @property
    def whole(self) -> str:
        """The relation of its answers with all that they say, where there are few acts."""
        return f"policy_whole_{self.number}"

    @property
    def facts(self) -> str:
        """The relation of the facts that `keep_facts` found missing."""
        return f"policy_facts_{self.number}"

    @property
    def predicate(self) -> predicates.Predicate:
        """The module that answers."""
        return predicates.load()[self.term.predicate]

    @property
    def learns(self) -> predicates.Learns:
        """Whose facts can make the answers under the two beliefs differ."""
        return predicates.learns(self.term.predicate, self.term.params)

    @property
    def needs(self) -> tuple[str, ...]:
        """The relations without which nothing can be answered."""
        return self.predicate.needs


@dataclass(frozen=True)
class Questions:
    """The questions of all turns, to be found by turn and term."""

    engine: Engine
    acts: str
    present: Sequence[str]
    by_key: Mapping[str, Question]
    # Whether the relation of acts has all that there is to know of approvals.
    tells_approvals: bool
    # By the SQL of what questions begin with, or the name of what they read, where it is kept.
    kept: dict[str, str] = field(default_factory=dict)
    # The relations of whole answers that are kept.
    whole: set[str] = field(default_factory=set)

    def of(self, turn: Turn, term: Term) -> Question:
        """The question that a term of the turn's policy is."""
        return self.by_key[_key(turn, term)]

    def keep(self, turns: Iterable[Turn]) -> None:
        """Answer what decides compliance, demands and exceptions, for all acts in scope."""
        asked = {
            question.number: question
            for turn in turns
            for term in turn.policy.deciding()
            for question in [self.of(turn, term)]
        }
        answerable = []
        for _, question in sorted(asked.items()):
            if set(question.needs) - set(self.present):
                self.engine.keep(question.relation, _NOTHING)
            else:
                answerable.append(question)
        (row,) = self.engine.rows(_ANY_MORE)
        few = row["acts"] <= WHOLE
        learned = not few and self._keep_learned(answerable)
        for question in answerable:
            if few:
                everything = self._answering(question, exp.select("*").from_("answer"))
                self.engine.keep(question.whole, everything)
                self.whole.add(question.whole)
            self.engine.keep(question.relation, self._values(question, learned=learned))

    def tell(self, question: Question, chosen: exp.Query) -> dict[tuple[str, str], Answer]:
        """The whole answers for the acts that a query of `event_uid` gives, by act and belief."""
        among = exp.column("event_uid").isin(query=chosen)
        answers = exp.select("*").from_("answer").where(among)
        sql = self._answering(question, answers, among, few=True)
        return {
            (row["event_uid"], row["belief"]): Answer(
                row["value"],
                row["sentence"],
                tuple(row["missing"] or ()),
                tuple(row["evidence"] or ()),
            )
            for row in self.engine.rows(sql)
        }

    def keep_facts(self, question: Question, chosen: exp.Query) -> None:
        """Register what leaves the chosen acts unknown at the act: rows (event_uid, fact)."""
        among = exp.column("event_uid").isin(query=chosen)
        query = statement(_FACTS).where(among)
        sql = self._answering(question, query, among, beliefs=("at_act",), few=True)
        self.engine.keep(question.facts, sql)

    def release(self) -> None:
        """Let go of what was kept for several questions; they can still be asked."""
        for relation in (*self.kept.values(), *self.whole):
            self.engine.keep(relation, _NOTHING)
        self.kept.clear()
        self.whole.clear()

    def _keep_learned(self, asked: Iterable[Question]) -> bool:
        """Whether any act's actor, if that is asked for, is seen otherwise now; keep which are."""
        if "act_people" not in self.present:
            return False
        if all(question.learns != "of_actor" for question in asked):
            return False
        self._people()
        self.engine.keep("policy_learned", _LEARNED)
        (row,) = self.engine.rows(_ANY_LEARNED)
        return bool(row["acts"])

    def _people(self) -> str:
        """SQL of what `act_people` tells of the acts in scope, kept once."""
        if "act_people" not in self.kept:
            self.kept["act_people"] = "policy_people"
            self.engine.keep("policy_people", _PEOPLE)
        return exp.select("*").from_(self.kept["act_people"]).sql(dialect="duckdb")

    def _values(self, question: Question, *, learned: bool) -> str:
        """SQL of the values alone, asked once where both beliefs say the same."""
        if question.learns == "of_all" or question.whole in self.whole:
            return self._answering(question, statement(_APART))
        if question.learns == "nothing" or not learned:
            return self._answering(question, statement(_ALIKE), beliefs=("at_act",))
        otherwise = exp.select("act_no").from_("policy_learned")
        apart = exp.column("act_no").isin(query=otherwise)
        alike = exp.not_(apart)
        return (
            f"({self._answering(question, statement(_ALIKE), alike, beliefs=('at_act',))})"
            f" UNION ALL ({self._answering(question, statement(_APART), apart)})"
        )

    def _answering(
        self,
        question: Question,
        final: exp.Query,
        among: exp.Expr | None = None,
        beliefs: tuple[str, ...] = predicates.BELIEFS,
        *,
        few: bool = False,
    ) -> str:
        """SQL of a query over `answer`, or `numbered` (with `act_no`), for those acts in scope.

        Where they are `few` they are looked up once, however often the predicate reads them.
        """
        query = written(question.term, beliefs)
        numbered = _ALL if query.numbered else _NUMBERED
        told = f"numbered AS ({numbered}) {final.sql(dialect='duckdb')}"
        if question.whole in self.whole:
            among = exp.column("belief").isin(*map(exp.Literal.string, beliefs))
            kept = exp.select("*").from_(question.whole).where(among)
            return f"WITH answer AS ({kept.sql(dialect='duckdb')}), {told}"
        # What depends on the other acts in scope must see them all.
        among = None if predicates.per_scope(question.term.predicate) else among
        if absent := sorted(set(question.needs) - set(self.present)):
            answer = statement(_ABSENT, {"relation": absent[0]}).sql(dialect="duckdb")
        else:
            answer = query.whole(self._begun(question, query, narrowed=among is not None))
        before = self._over(question, question.turns, among, few=few and among is not None)
        return f"{with_([*before, f'answer AS ({answer})'])}, {told}"

    def _over(
        self,
        question: Question,
        turns: Iterable[Turn],
        among: exp.Expr | None = None,
        *,
        few: bool = False,
    ) -> list[str]:
        """The CTEs that the predicate may read beside relations."""
        scoped = narrowing.scoped(turns)
        if among is not None:
            scoped = scoped.where(among)
        acts = exp.select("*").from_(exp.to_identifier(self.acts, quoted=True))
        lacking = sorted(set(question.predicate.uses) & set(relations.EMPTY) - set(self.present))
        ctes = [f"{name} AS ({relations.EMPTY[name]})" for name in lacking]
        if "approvals" in question.needs:
            of_acts, of_events = relations.APPROVALS_OF_ACTS, relations.APPROVALS_OF_EVENTS
            ctes.append(f"approval_records AS ({of_acts if self.tells_approvals else of_events})")
        if question.learns == "of_actor" and "act_people" in self.present:
            ctes.append(f"act_people AS NOT MATERIALIZED ({self._people()})")
        return [
            f"all_acts AS NOT MATERIALIZED ({acts.sql(dialect='duckdb')})",
            *ctes,
            f"scoped AS {'' if few else 'NOT '}MATERIALIZED ({scoped.sql(dialect='duckdb')})",
        ]

    def _begun(self, question: Question, query: Written, *, narrowed: bool) -> list[str]:
        """SQL of what is kept of the beginning of the query, of the last for the acts in scope."""
        found: list[str] = []
        for number, text in enumerate(query.beginnings):
            if text not in self.kept:
                before = self._over(question, self._alike(question, text))
                begun = f"begun AS ({query.beginning(number, found)})"
                everything = exp.select("*").from_("begun").sql(dialect="duckdb")
                self.kept[text] = f"policy_begun_{len(self.kept)}"
                self.engine.keep(self.kept[text], f"{with_([*before, begun])} {everything}")
            found.append(exp.select("*").from_(self.kept[text]).sql(dialect="duckdb"))
        if found and narrowed:
            found[-1] += " WHERE act_no IN (SELECT act_no FROM scoped)"
        return found

    def _alike(self, question: Question, beginning: str) -> list[Turn]:
        """The turns that ask something that begins so."""
        turns = {
            turn.number: turn
            for one in self.by_key.values()
            if one.term.predicate == question.term.predicate
            and beginning in written(one.term, predicates.BELIEFS).beginnings
            for turn in one.turns
        }
        return list(turns.values())


def gather(engine: Engine, acts: str, turns: Iterable[Turn]) -> Questions:
    """All questions that the turns ask; those of one predicate and parameters are one."""
    terms: dict[str, Term] = {}
    asking: dict[str, dict[int, Turn]] = {}
    for turn in turns:
        for term in turn.policy.terms():
            key = _key(turn, term)
            terms.setdefault(key, term)
            asking.setdefault(key, {})[turn.number] = turn
    by_key = {
        key: Question(number, term, tuple(asking[key].values()))
        for number, (key, term) in enumerate(terms.items())
    }
    told = set(relations.OF_APPROVALS) <= set(narrowing.columns_of(engine, acts))
    return Questions(engine, acts, engine.relations(), by_key, told)


def _key(turn: Turn, term: Term) -> str:
    whose = turn.number if predicates.per_scope(term.predicate) else None
    return json.dumps([term.predicate, term.params, whose], sort_keys=True)
