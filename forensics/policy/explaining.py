"""What is said of one act by one policy: value, level, sentences, missing facts and evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from sqlglot import exp

from forensics.engine import Row
from forensics.policy import narrowing, scope
from forensics.policy.model import LEVELS, Condition, Policy, Scope, Term
from forensics.policy.narrowing import Turn
from forensics.policy.questions import Answer, Questions
from forensics.policy.verdict import Belief, Value, Verdict

Told = Mapping[int, Mapping[tuple[str, str], Answer]]
"""Whole answers by the number of the question, then by act and belief."""

_VALUES: dict[bool | None, Value] = {True: "violation", False: "compliant", None: "unknown"}
_SILENT = Answer(None, None, (), ())


@dataclass(frozen=True)
class _Demand:
    """One demand and its answer; `fault` says whether it is not met."""

    fault: bool | None
    answer: Answer


@dataclass(frozen=True)
class _Held:
    """Whether a condition of the policy holds, what its predicates say, and what is missing."""

    value: bool | None
    sentences: tuple[str, ...]
    missing: tuple[str, ...]
    evidence: tuple[str, ...]


def act_scopes(turn: Turn, chosen: exp.Query) -> exp.Select:
    """A query of the acts of those uids and what holds of each by itself; may read `accounts`.

    `held_0` and `lacking_0` are of the scope, those that follow of the policy's conditions.
    """
    policy = turn.policy
    scopes: list[tuple[exp.Expr, Scope]] = [(turn.in_scope, policy.scope)]
    scopes += [(scope.condition(one.scope), one.scope) for one in policy.conditions()]
    columns = []
    for number, (held, asked) in enumerate(scopes):
        columns.append(exp.alias_(held, f"held_{number}"))
        columns.append(exp.alias_(scope.missing(asked), f"lacking_{number}"))
    return (
        exp.select("event_uid", "time", *columns)
        .from_(narrowing.ACTS)
        .where(exp.column("event_uid").isin(query=chosen))
    )


@dataclass(frozen=True)
class Explainer:
    """Turns the answers about the acts of one turn into verdicts."""

    turn: Turn
    questions: Questions
    told: Told

    @cached_property
    def by_term(self) -> Mapping[int, Mapping[tuple[str, str], Answer]]:
        """The answers to each term of the policy, by the identity of the term."""
        return {
            id(term): self.told[self.questions.of(self.turn, term).number]
            for term in self.turn.policy.terms()
        }

    def verdicts(self, row: Row) -> list[Verdict]:
        """One verdict when both beliefs agree in value and level, else two."""
        if self.turn.instead_of:
            return [self._of_today(row)]
        then = self._verdict(row, "at_act")
        if self._nothing_learned(row["event_uid"]):
            return [then]
        now = self._verdict(row, "now")
        if (then.value, then.level) == (now.value, now.level):
            return [then]
        tags = "".join(f" ({tag})" for tag in self.turn.policy.annotations)
        note = (
            f"learned later{tags}: as known at the act the verdict was {then.value} ({then.level})"
        )
        return [then, replace(now, sentences=(*now.sentences, note))]

    def _nothing_learned(self, uid: str) -> bool:
        told = self.by_term.values()
        return all(one.get((uid, "at_act")) == one.get((uid, "now")) for one in told)

    def _of_today(self, row: Row) -> Verdict:
        policy = self.turn.policy
        now = self._verdict(row, "now")
        since = f" since {policy.effective_from:%Y-%m-%d}" if policy.effective_from else ""
        note = f"would violate today's policy (version {policy.version}, in force{since})"
        said = (note, *now.sentences)
        return replace(now, value="not_applicable", level="informational", sentences=said)

    def _verdict(self, row: Row, belief: Belief) -> Verdict:
        policy = self.turn.policy
        act = _Act(row, belief, self)
        demands = [
            _Demand(_not(answer.value) if required else answer.value, answer)
            for required, terms in (
                (True, policy.require),
                (False, (*policy.forbid, *policy.limit)),
            )
            for answer in map(act.answer, terms)
        ]
        conditions = [act.held(n, one) for n, one in enumerate(policy.conditions(), start=1)]
        exceptions = conditions[: len(policy.exceptions)]
        in_scope: bool | None = row.get("held_0", True)
        faulty = _all([in_scope, _any(one.fault for one in demands)])
        breached = _all([faulty, _not(_any(one.value for one in exceptions))])
        counted = breached is None and policy.on_unknown == "violation" and in_scope is True
        value: Value = "violation" if counted else _VALUES[breached]
        sentences = [*_of_demands(demands, faulty), *_of_exceptions(exceptions, faulty)]
        if breached is None and in_scope is None:
            sentences.append("it is not known whether the policy covers the act")
        if counted:
            sentences.append("what is not known counts as a violation of this policy")
        level, doubts = self._level(conditions[len(policy.exceptions) :])
        if value != "compliant":
            sentences += doubts
        asked = [one.answer.evidence for one in demands] + [one.evidence for one in exceptions]
        return Verdict(
            policy=policy.id,
            title=policy.title,
            version=policy.version,
            level="informational" if value == "compliant" else LEVELS[level],
            value=value,
            as_known=belief,
            event_uid=row["event_uid"],
            sentences=tuple(sentences),
            missing=_missing(row, demands, exceptions) if breached is None else (),
            evidence=tuple(sorted({uid for uids in asked for uid in uids})),
            refs=policy.refs,
        )

    def _level(self, held: list[_Held]) -> tuple[int, list[str]]:
        """The place of the level in `LEVELS`, and what levels it may have, in words."""
        policy = self.turn.policy
        own = LEVELS.index(policy.level)
        ranks = [LEVELS.index(lift.level) for lift in policy.raises]
        certain = [one.value is True for one in held]
        found = _rank(own, ranks, certain)
        doubts: dict[int, set[str]] = {}
        for number, one in enumerate(held):
            if one.value is None:
                supposed = [*certain]
                supposed[number] = True
                other = _rank(own, ranks, supposed)
                if other != found:
                    doubts.setdefault(other, set()).update(one.missing)
        return found, [
            f"the level may be {LEVELS[rank]}; not known: {', '.join(sorted(facts))}"
            for rank, facts in sorted(doubts.items(), reverse=True)
        ]


def not_yet(policy: Policy, row: Row) -> Verdict:
    """The note that a target was protected only after the act."""
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


@dataclass(frozen=True)
class _Act:
    """One act under one belief, with what the predicates of the policy say of it."""

    row: Row
    belief: Belief
    explainer: Explainer

    def answer(self, term: Term) -> Answer:
        answers = self.explainer.by_term[id(term)]
        return answers.get((self.row["event_uid"], self.belief), _SILENT)

    def held(self, number: int, condition: Condition) -> _Held:
        answers = [self.answer(term) for term in condition.terms]
        of_act: bool | None = self.row[f"held_{number}"]
        open_facts = [fact for one in answers if one.value is None for fact in one.missing]
        return _Held(
            value=_all([of_act, *(one.value for one in answers)]),
            sentences=tuple(one.sentence for one in answers if one.sentence),
            missing=(*self.row[f"lacking_{number}"], *open_facts),
            evidence=tuple(uid for one in answers for uid in one.evidence),
        )


def _of_demands(demands: Iterable[_Demand], faulty: bool | None) -> list[str]:
    """Where all is well every demand is told of, else those that are not met."""
    return [
        one.answer.sentence
        for one in demands
        if one.answer.sentence and (faulty is False or one.fault is not False)
    ]


def _of_exceptions(exceptions: Iterable[_Held], faulty: bool | None) -> list[str]:
    if faulty is False:
        return []
    words = {True: "excepted", None: "perhaps excepted"}
    return [
        f"{words[one.value]}: {'; '.join(one.sentences) or 'by the act itself'}"
        for one in exceptions
        if one.value is not False
    ]


def _missing(row: Row, demands: Iterable[_Demand], exceptions: Iterable[_Held]) -> tuple[str, ...]:
    facts = set(row.get("lacking_0", ()))
    facts.update(fact for one in demands if one.fault is None for fact in one.answer.missing)
    facts.update(fact for one in exceptions if one.value is None for fact in one.missing)
    return tuple(sorted(fact for fact in facts if fact))


def _rank(own: int, ranks: list[int], held: list[bool]) -> int:
    """The highest that is above the own; where none is, the lowest that is below it."""
    chosen = [rank for rank, holds in zip(ranks, held, strict=True) if holds]
    above = [rank for rank in chosen if rank > own]
    return max(above) if above else min([own, *chosen])


def _not(value: bool | None) -> bool | None:
    return None if value is None else not value


def _all(values: Iterable[bool | None]) -> bool | None:
    """Three-valued conjunction: false where any is false, else unknown where any is unknown."""
    found = set(values)
    return False if False in found else None if None in found else True


def _any(values: Iterable[bool | None]) -> bool | None:
    """Three-valued disjunction."""
    return _not(_all(_not(value) for value in values))
