"""Which acts a policy speaks of: scope keys, their allowed words, and their SQL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlglot import exp

from forensics import actions, event
from forensics.policy.statement import literal
from forensics.policy.words import as_list, text_fault, word_fault

CLASSES = ("destructive", "privileged")
# An attempt is an act that is known not to have succeeded.
ATTEMPT = ("failure", "denied", "pending")
KEYS = ("action", "action_class", "privileged", "outcome", "target.tier")


def fault(key: str, value: Any) -> str | None:
    """What is wrong with the value of one scope key."""
    if key == "action":
        faults = map(_action_fault, as_list(value))
        return next(filter(None, faults), None) if value != [] else "the list of actions is empty."
    if key == "action_class":
        return word_fault(value, CLASSES, "action class")
    if key == "privileged":
        return None if value is True else f"privileged can only be true, not {value!r}."
    if key == "outcome":
        return word_fault(value, (*event.OUTCOMES, "attempt"), "outcome")
    return text_fault(value, "target.tier")


def _action_fault(pattern: Any) -> str | None:
    verbs = tuple(actions.load())
    if isinstance(pattern, str) and pattern.endswith("*"):
        if any(verb.startswith(pattern[:-1]) for verb in verbs):
            return None
        return f"no action begins with {pattern[:-1]!r}."
    return word_fault([pattern], (*verbs, actions.OTHER), "action")


def condition(scope: Mapping[str, Any]) -> exp.Expr:
    """The scope as a three-valued boolean over an act with its outcome and tiers."""
    return exp.and_(exp.true(), *(_key(key, value) for key, value in scope.items()))


def verbs(scope: Mapping[str, Any]) -> exp.Expr:
    """The part of a scope that the verb alone decides, for narrowing before any join."""
    decided = {key: value for key, value in scope.items() if key in KEYS[:3]}
    return condition(decided)


def missing(scope: Mapping[str, Any]) -> exp.Expr:
    """The facts without which the scope is undecided, as a VARCHAR[] over the same act."""
    cases = [
        exp.case().when(_key(key, scope[key]).is_(exp.null()), _absent_fact(key))
        for key in ("outcome", "target.tier")
        if key in scope
    ]
    facts = exp.func("list_value", *cases) if cases else literal([])
    return exp.cast(facts, "VARCHAR[]", dialect="duckdb")


def _key(key: str, value: Any) -> exp.Expr:
    action = exp.column("action")
    if key == "action":
        return exp.or_(*(_verb(action, pattern) for pattern in as_list(value)))
    if key == "action_class":
        return exp.or_(*(_in(action, _class_verbs(word)) for word in as_list(value)))
    if key == "privileged":
        return _in(action, actions.privileged())
    if key == "outcome":
        return _outcome(as_list(value))
    return _tier(as_list(value))


def _verb(action: exp.Expr, pattern: str) -> exp.Expr:
    if pattern.endswith("*"):
        return exp.func("starts_with", action.copy(), exp.Literal.string(pattern[:-1]))
    return action.copy().eq(exp.Literal.string(pattern))


def _class_verbs(word: str) -> tuple[str, ...]:
    return actions.destructive() if word == "destructive" else actions.privileged()


def _in(column: exp.Expr, words: tuple[str, ...]) -> exp.Expr:
    return column.copy().isin(*(exp.Literal.string(word) for word in words))


def _outcome(words: list[str]) -> exp.Expr:
    wanted = {word for word in words if word != "attempt"}
    wanted.update(ATTEMPT if "attempt" in words else ())
    outcome = exp.column("outcome")
    named = _in(outcome, tuple(sorted(wanted)))
    if "unknown" in wanted:
        return exp.func("coalesce", named, exp.true())
    said = exp.func("nullif", outcome, exp.Literal.string("unknown"))
    return _in(said, tuple(sorted(wanted)))


def _tier(tiers: list[str]) -> exp.Expr:
    def held(column: str) -> exp.Expr:
        return exp.func(
            "list_has_any",
            exp.column(column),
            literal([tier.lower() for tier in tiers]),
            dialect="duckdb",
        )

    undecided = exp.or_(held("tiers_possible"), exp.column("tiers_unknown"))
    return exp.case().when(held("tiers"), exp.true()).when(undecided, exp.null()).else_(exp.false())


def _absent_fact(key: str) -> exp.Expr:
    if key == "outcome":
        return exp.Literal.string("outcome of the act")
    return exp.column("tier_fact")
