"""Which acts a policy speaks of: Sigma selections over event fields, and what policies add to them.

A scope is three-valued: where the record does not say what it asks, it is NULL.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from forensics import actions, event
from forensics.conditions import selection
from forensics.errors import UsageError
from forensics.located import unknown_word
from forensics.policy.model import Scope
from forensics.policy.statement import literal, statement
from forensics.policy.words import as_list, text_fault, word_fault

CLASSES = ("destructive", "privileged")
KINDS = ("human", "service", "system")
ACCOUNT_CLASSES = ("personal", "admin", "service", "shared", "break_glass")
# An attempt is an act that is known not to have succeeded.
ATTEMPT = ("failure", "denied", "pending")

_VERBS = ("action", "action_class", "privileged")

# An account that a list calls a service and a record a user is neither for certain.
_KIND = """
SELECT list_contains($words, CASE
  WHEN account_kind = 'service' AND actor_type IS DISTINCT FROM 'user' THEN 'service'
  WHEN account_kind = 'service' THEN NULL
  WHEN actor_type IN ('service', 'system') THEN actor_type
  WHEN actor_type = 'user' OR account_kind IS NOT NULL THEN 'human' END)
"""
# Whoever lists any account of a class is taken to list all of it.
_CLASS = """
SELECT CASE WHEN account_kind IS NOT NULL THEN list_contains($words, account_kind)
  WHEN EXISTS (SELECT 1 FROM accounts WHERE list_contains($words, lower(kind))) THEN FALSE END
"""
_TIER_FACT = """
SELECT CASE WHEN tiers_open_of IS NOT NULL THEN 'tier of ' || tiers_open_of || ' at the act'
  WHEN coalesce(target, target_id) IS NULL THEN 'target of the act'
  ELSE 'list of protected targets' END
"""
_WHOSE = "SELECT coalesce('kind of account ' || actor, 'actor of the act')"


@dataclass(frozen=True)
class _Key:
    """A key that is more than an event field: its fault, its condition, and what may be missing."""

    fault: Callable[[Any], str | None]
    condition: Callable[[list[Any]], exp.Expr]
    fact: exp.Expr
    needs: tuple[str, ...] = ()


def fault(key: str, value: Any) -> str | None:
    """What is wrong with one entry of a scope."""
    if special := _SPECIAL.get(key):
        return special.fault(value)
    name, _, modifiers = key.partition("|")
    if name in _SPECIAL and name not in event.BY_NAME:
        return f"{name} takes no modifier, as |{modifiers}."
    if name not in event.BY_NAME:
        own = ", ".join(key for key in _SPECIAL if key not in event.BY_NAME)
        said = unknown_word("key in a scope", name, KEYS)
        return f"{said} A key is a field of events or one of {own}."
    try:
        selection.three_valued(key, value)
    except UsageError as error:
        return f"{error.message} {error.remedy or ''}".rstrip()
    return None


def condition(scope: Scope) -> exp.Expr:
    """The scope as a three-valued boolean over `scoped`; true when it asks for nothing."""
    if not scope:
        return exp.true()
    return exp.or_(*(_all(one, list(one)) for one in scope))


def of_verb(scope: Scope) -> Scope:
    """The selections with what the verb alone decides of each, in their order."""
    return tuple({key: one[key] for key in one if _is_of_verb(key)} for one in scope)


def beside_verb(scope: Scope) -> Scope:
    """The selections with all but what the verb alone decides, in their order."""
    return tuple({key: one[key] for key in one if not _is_of_verb(key)} for one in scope)


def missing(scope: Scope) -> exp.Expr:
    """The facts without which the scope is undecided, as a VARCHAR[]; none when it is decided."""
    cases = [
        exp.case().when(
            exp.and_(
                exp.paren(_all(one, list(one))).is_(exp.null()),
                exp.paren(_entry(key, value)).is_(exp.null()),
            ),
            _fact(key),
        )
        for one in scope
        for key, value in one.items()
        if not _is_of_verb(key)
    ]
    if not cases:
        return literal([])
    # Distinct, which also drops NULLs.
    facts = exp.func("list_distinct", exp.func("list_value", *cases))
    return exp.case().when(exp.paren(condition(scope)).is_(exp.null()), facts).else_(literal([]))


def columns(scope: Scope) -> tuple[str, ...]:
    """The event columns that the scope reads."""
    found = (
        selection.field_names(key, value)
        for one in scope
        for key, value in one.items()
        if key not in _SPECIAL
    )
    return tuple(dict.fromkeys(name for names in found for name in names))


def needs(scope: Scope) -> tuple[str, ...]:
    """The relations beside acts without which the scope is unknown."""
    asked = (key for one in scope for key in one)
    found = (_SPECIAL[key].needs for key in asked if key in _SPECIAL)
    return tuple(sorted({name for names in found for name in names}))


def values(scope: Scope, key: str) -> tuple[str, ...]:
    """Every word that a key is asked for, in lower case, whichever selection asks."""
    found = (as_list(one[key]) for one in scope if key in one)
    return tuple(dict.fromkeys(str(word).lower() for words in found for word in words))


def actions_named(scope: Scope) -> tuple[str, ...]:
    """The verbs that the key `action` names, by themselves or by a pattern, sorted."""
    found = (_matching(pattern) for pattern in values(scope, "action"))
    return tuple(sorted({verb for verbs in found for verb in verbs}))


def without(scope: Scope, key: str) -> Scope:
    """The selections that have the key, without it."""
    return tuple({k: v for k, v in one.items() if k != key} for one in scope if key in one)


def _is_of_verb(key: str) -> bool:
    return key.partition("|")[0] in _VERBS


def _all(entries: Mapping[str, Any], chosen: Iterable[str]) -> exp.Expr:
    return exp.and_(exp.true(), *(_entry(key, entries[key]) for key in chosen))


def _entry(key: str, value: Any) -> exp.Expr:
    if special := _SPECIAL.get(key):
        return special.condition(as_list(value))
    return selection.three_valued(key, value)


def _fact(key: str) -> exp.Expr:
    if special := _SPECIAL.get(key):
        return special.fact.copy()
    return exp.Literal.string(f"{key.partition('|')[0]} of the act")


def _action_fault(value: Any) -> str | None:
    patterns = as_list(value)
    if not patterns:
        return "the list of actions is empty."
    for pattern in patterns:
        if isinstance(pattern, str) and _matching(pattern):
            continue
        if isinstance(pattern, str) and pattern.endswith("*"):
            return f"no action begins with {pattern[:-1]!r}."
        return word_fault([pattern], (*actions.load(), actions.OTHER), "action")
    return None


def _matching(pattern: str) -> list[str]:
    verbs = (*actions.load(), actions.OTHER)
    return [verb for verb in verbs if fnmatch.fnmatchcase(verb, pattern.lower())]


def _action(patterns: list[Any]) -> exp.Expr:
    found = {verb for pattern in patterns for verb in _matching(str(pattern))}
    return _in(exp.column("action"), sorted(found))


def _class(words: list[Any]) -> exp.Expr:
    verbs = {"destructive": actions.destructive, "privileged": actions.privileged}
    return _in(exp.column("action"), sorted({verb for word in words for verb in verbs[word]()}))


def _in(column: exp.Expr, words: Iterable[str]) -> exp.Expr:
    return column.copy().isin(*(exp.Literal.string(word) for word in words))


def _outcome(words: list[Any]) -> exp.Expr:
    wanted = {word for word in words if word != "attempt"}
    wanted.update(ATTEMPT if "attempt" in words else ())
    outcome = exp.column("outcome")
    if wanted >= {"success", *ATTEMPT}:
        # Whatever became of an act is one or the other.
        return exp.true()
    if "unknown" in wanted:
        return exp.func("coalesce", _in(outcome, sorted(wanted)), exp.true())
    return _in(exp.func("nullif", outcome, exp.Literal.string("unknown")), sorted(wanted))


def _tier(words: list[Any]) -> exp.Expr:
    tiers = literal([str(word).lower() for word in words])

    def held(column: str) -> exp.Expr:
        return exp.func("list_has_any", exp.column(column), tiers.copy(), dialect="duckdb")

    undecided = exp.or_(held("tiers_possible"), exp.column("tiers_unknown"))
    return exp.case().when(held("tiers"), exp.true()).when(undecided, exp.null()).else_(exp.false())


def _written(text: str, words: list[Any]) -> exp.Expr:
    return statement(text, {"words": [str(word) for word in words]}).selects[0]


_SPECIAL: dict[str, _Key] = {
    "action": _Key(_action_fault, _action, literal("action of the act")),
    "action_class": _Key(
        lambda value: word_fault(value, CLASSES, "action class"),
        _class,
        literal("action of the act"),
    ),
    "privileged": _Key(
        lambda value: None if value is True else f"privileged can only be true, not {value!r}.",
        lambda _: _in(exp.column("action"), actions.privileged()),
        literal("action of the act"),
    ),
    "outcome": _Key(
        lambda value: word_fault(value, (*event.OUTCOMES, "attempt"), "outcome"),
        _outcome,
        literal("outcome of the act"),
    ),
    "target.tier": _Key(
        lambda value: text_fault(value, "target.tier"),
        _tier,
        statement(_TIER_FACT).selects[0],
        ("protected_targets",),
    ),
    "actor.kind": _Key(
        lambda value: word_fault(value, KINDS, "kind of actor"),
        lambda words: _written(_KIND, words),
        statement(_WHOSE).selects[0],
    ),
    "actor.account_class": _Key(
        lambda value: word_fault(value, ACCOUNT_CLASSES, "account class"),
        lambda words: _written(_CLASS, words),
        statement(_WHOSE).selects[0],
        ("accounts",),
    ),
}

KEYS = (*_SPECIAL, *(name for name in event.BY_NAME if name not in _SPECIAL))
"""Every key that a scope may have, without modifiers."""
