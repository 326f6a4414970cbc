"""What is said of one act by one policy: value, level, sentences, missing facts and evidence."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from sqlglot import exp

from forensics.engine import Row
from forensics.policy import narrowing, scope
from forensics.policy.grading import Grade, Part, graded
from forensics.policy.model import Condition, Policy, Scope, Term
from forensics.policy.narrowing import Turn
from forensics.policy.questions import Answer, Questions
from forensics.policy.recorded import Recorded, Told, rests_on
from forensics.policy.threefold import all_of, any_of, negated
from forensics.policy.verdict import Belief, Value, Verdict
from forensics.policy.words import as_list

_VALUES: dict[bool | None, Value] = {True: "violation", False: "compliant", None: "unknown"}
_SILENT = Answer(None, None, (), ())


@dataclass(frozen=True)
class _Demand:
    """One demand and its answer; `fault` says whether it is not met."""

    term: Term
    fault: bool | None
    answer: Answer


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
    """Turns the answers about the acts of one turn, and what is recorded of them, into verdicts."""

    turn: Turn
    questions: Questions
    told: Told
    recorded: Recorded

    @cached_property
    def by_term(self) -> Mapping[int, Mapping[tuple[str, str], Answer]]:
        """The answers to each term of the policy, by the identity of the term."""
        return {
            id(term): self.told[self.questions.of(self.turn, term).number]
            for term in self.turn.policy.terms()
        }

    @cached_property
    def asks_of_employment(self) -> bool:
        """Whether any term of the policy does, so that verdicts cite the roster."""
        return any(term.predicate == "employment" for term in self.turn.policy.terms())

    def verdicts(self, row: Row) -> list[Verdict]:
        """One verdict when both beliefs agree in value and level, else two."""
        if self.turn.of_today:
            return [self._of_today(row)]
        then = self._verdict(row, "at_act")
        resting = [rests_on(answers, row["event_uid"]) for answers in self.by_term.values()]
        if not any(resting):
            return [then]
        now = self._verdict(row, "now")
        if (then.value, then.level) == (now.value, now.level):
            return [then]
        note = f"as known at the act the verdict was {then.value} ({then.level})"
        if any(uid in self.recorded.later for uids in resting for uid in uids):
            turned = now.value == "violation" != then.value
            tags = self.turn.policy.annotations if turned else ()
            note = f"learned later{''.join(f' ({tag})' for tag in tags)}: {note}"
        else:
            note = f"{note}; whether what decides was recorded only after it is not known"
        return [then, replace(now, sentences=(*now.sentences, note))]

    def _of_today(self, row: Row) -> Verdict:
        policy = self.turn.policy
        now = self._verdict(row, "now")
        note = (
            f"would violate today's policy (version {policy.version},"
            f" in force since {policy.effective_from:%Y-%m-%d})"
        )
        said = (note, *now.sentences)
        return replace(now, value="not_applicable", level="informational", sentences=said)

    def _verdict(self, row: Row, belief: Belief) -> Verdict:
        policy = self.turn.policy
        act = _Act(row, belief, self)
        demands = act.demands()
        conditions = [act.held(n, one) for n, one in enumerate(policy.conditions(), start=1)]
        exceptions = conditions[: len(policy.exceptions)]
        in_scope: bool | None = row.get("held_0", True)
        faulty = all_of([in_scope, any_of(one.fault for one in demands)])
        excepted = any_of(_holds(one) for one in exceptions)
        breached = all_of([faulty, negated(excepted)])
        counted = breached is None and policy.on_unknown == "violation" and in_scope is True
        value: Value = "violation" if counted else _VALUES[breached]
        sentences = [*_of_demands(demands, faulty), *_of_exceptions(exceptions, faulty)]
        if breached is None and in_scope is None:
            sentences.append("it is not known whether the policy covers the act")
        if counted:
            sentences.append("what is not known counts as a violation of this policy")
        levels = [one.level for one in policy.raises]
        grade = graded(policy.level, list(zip(levels, conditions[len(exceptions) :], strict=True)))
        cited = [one.answer.evidence for one in demands]
        cited += [part.evidence for one in exceptions for part in one]
        if value != "compliant":
            sentences += _of_level(grade, sentences)
            sentences += act.roster()
            cited += [part.evidence for part in grade.reasons]
        return Verdict(
            policy=policy.id,
            title=policy.title,
            version=policy.version,
            level="informational" if value == "compliant" else grade.level,
            value=value,
            as_known=belief,
            event_uid=row["event_uid"],
            sentences=tuple(sentences),
            missing=_missing(row, demands, exceptions) if breached is None else (),
            evidence=tuple(sorted({uid for uids in cited for uid in uids})),
            refs=policy.refs,
        )


def not_yet(policy: Policy, row: Row) -> Verdict:
    """The note that a target was protected only after the act."""
    since = f"{row['target']} is protected only since {row['since']:%Y-%m-%d}"
    return Verdict(
        policy=policy.id,
        title=policy.title,
        version=policy.version,
        level="informational",
        value="not_applicable",
        as_known="now",
        event_uid=row["event_uid"],
        sentences=(f"{since}, after the act, which the policy therefore does not cover",),
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

    def demands(self) -> list[_Demand]:
        policy = self.explainer.turn.policy
        found = []
        for required, terms in ((True, policy.require), (False, (*policy.forbid, *policy.limit))):
            for term in terms:
                answer = self.answer(term)
                fault = negated(answer.value) if required else answer.value
                found.append(_Demand(term, fault, answer))
        return found

    def held(self, number: int, condition: Condition) -> list[Part]:
        """What a condition asks, part by part; none where it asks for nothing."""
        parts = []
        if condition.scope:
            said = tuple(
                text
                for one in condition.scope
                for key, wanted in one.items()
                for text in self._of_entry(key, wanted)
            )
            key = json.dumps(condition.scope, sort_keys=True)
            held: bool | None = self.row[f"held_{number}"]
            parts.append(Part(key, held, said, tuple(self.row[f"lacking_{number}"]), ()))
        for term in condition.terms:
            answer = self.answer(term)
            key = json.dumps([term.predicate, term.params], sort_keys=True)
            sentences = (answer.sentence,) if answer.sentence else ()
            missing = answer.missing if answer.value is None else ()
            parts.append(Part(key, answer.value, sentences, missing, answer.evidence))
        return parts

    def roster(self) -> list[str]:
        """The row that tells of the person, where the policy asks for that."""
        if not self.explainer.asks_of_employment:
            return []
        place = self.explainer.recorded.rosters.get((self.row["event_uid"], self.belief))
        return [f"the roster's row is {place}"] if place else []

    def _of_entry(self, key: str, wanted: Any) -> Iterable[str]:
        if key != "target.tier":
            return [f"{key} is {' or '.join(map(str, as_list(wanted)))}"]
        tiers = self.explainer.recorded.tiers.get(self.row["event_uid"], {})
        return [said for tier in as_list(wanted) for said in tiers.get(str(tier).lower(), ())]


def _holds(parts: Iterable[Part]) -> bool | None:
    return all_of(part.value for part in parts)


def _of_demands(demands: Iterable[_Demand], faulty: bool | None) -> list[str]:
    """Where all is well every demand is told of, else those that are not met."""
    told = [
        one.answer.sentence
        for one in demands
        if one.answer.sentence and (faulty is False or one.fault is not False)
    ]
    return list(dict.fromkeys(told))


def _of_exceptions(exceptions: Iterable[Sequence[Part]], faulty: bool | None) -> list[str]:
    """Which exceptions hold or may, and those that were claimed on record and do not hold."""
    if faulty is False:
        return []
    told = []
    for parts in exceptions:
        held = _holds(parts)
        if held is False:
            claimed = [one for one in parts if one.value is False and one.evidence]
            said = [text for one in claimed for text in one.said]
            told += [f"not excepted: {'; '.join(said)}"] if said else []
        else:
            said = [text for one in parts for text in one.said]
            word = "excepted" if held else "perhaps excepted"
            told.append(f"{word}: {'; '.join(said) or 'by the act itself'}")
    return told


def _of_level(grade: Grade, before: Iterable[str]) -> list[str]:
    """For what reason the level is not the policy's own, and what else it may be."""
    told = []
    if grade.reasons:
        earlier = set(before)
        said = [text for part in grade.reasons for text in part.said]
        fresh = [text for text in said if text not in earlier]
        if fresh and len(fresh) < len(said):
            fresh.append("what is said above")
        reason = f": {', and '.join(fresh)}" if fresh else " for what is said above"
        told.append(f"the level is {grade.level}{reason}")
    told += [
        f"the level may be {level}; not known: {', '.join(facts)}" for level, facts in grade.doubts
    ]
    return told


def _missing(
    row: Row, demands: Iterable[_Demand], exceptions: Iterable[Sequence[Part]]
) -> tuple[str, ...]:
    facts = set(row.get("lacking_0", ()))
    facts.update(fact for one in demands if one.fault is None for fact in one.answer.missing)
    open_ = (parts for parts in exceptions if _holds(parts) is None)
    facts.update(fact for parts in open_ for one in parts for fact in one.missing)
    return tuple(sorted(fact for fact in facts if fact))
