"""The clauses of a policy file: scope, predicates, exceptions, and what sets the level."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from forensics.located import Faults, Located, unknown_word
from forensics.policy import predicates, scope
from forensics.policy.model import LEVELS, Condition, Raise, Scope, Term
from forensics.policy.verdict import Level
from forensics.policy.words import duration

_LATER = "if_known_later"
# Parameters of predicates that are spans to look in, or to last.
_LENGTHS = frozenset({"window", "within", "max_age", "max_duration", "review_within"})


def read_scope(node: Located | None, faults: Faults) -> Scope:
    """The selections of a scope: one mapping, or a list of them, of which one suffices."""
    if node is None:
        return ()
    if not node.value:
        faults.add(node.line, "scope is empty; name the acts, as in action: account.deactivate.")
        return ()
    selections = node.value if isinstance(node.value, list) else [node]
    return tuple(_selection(one, faults) for one in selections)


def read_terms(node: Located | None, faults: Faults, what: str) -> tuple[Term, ...]:
    """The predicates of `require`, `forbid` or `limit`."""
    if node is None:
        return ()
    if not isinstance(node.value, list) or not node.value:
        shape = "a list of predicates, as in `- approval: {...}`"
        faults.add(node.line, f"{what} must be {_not_empty(node)}{shape}.")
        return ()
    return tuple(term for child in node.value for term in _predicates(child, faults, what))


def read_exceptions(node: Located | None, faults: Faults) -> tuple[Condition, ...]:
    """Conditions of which one makes a violation compliant."""
    if node is None:
        return ()
    if not isinstance(node.value, list) or not node.value:
        shape = "a list, as in `- break_glass: {...}`"
        faults.add(node.line, f"exceptions must be {_not_empty(node)}{shape}.")
        return ()
    return tuple(_condition(child, faults, "an exception") for child in node.value)


def read_raises(node: Located | None, base: Level | None, faults: Faults) -> tuple[Raise, ...]:
    """Conditions that change the level; `base` is the policy's own, None when it is faulty."""
    if node is None:
        return ()
    if not isinstance(node.value, list) or not node.value:
        shape = "a list of `- {if: {...}, level: ...}`"
        faults.add(node.line, f"raise must be {_not_empty(node)}{shape}.")
        return ()
    return tuple(_raise(child, base, faults) for child in node.value)


def read_annotations(node: Located | None, faults: Faults) -> tuple[str, ...]:
    """Words that mark a verdict which what was recorded later has changed."""
    if node is None:
        return ()
    entries = (
        [_annotation(child, faults) for child in node.value] if isinstance(node.value, list) else []
    )
    if not entries:
        faults.add(node.line, "annotate must be a list, as in `- if_known_later: a_word`.")
    return tuple(entry for entry in entries if entry)


def read_level(node: Located | None, faults: Faults) -> Level | None:
    """One of the words for a level."""
    if node is None:
        return None
    for level in LEVELS:
        if level == node.value:
            return level
    if isinstance(node.value, str):
        faults.add(node.line, unknown_word("level", node.value, LEVELS))
    else:
        # YAML reads no, off, yes and on as truth values; what was written is lost.
        faults.add(node.line, f"level must be one of the words {', '.join(LEVELS)}.")
    return None


def _not_empty(node: Located) -> str:
    return "left out, or " if node.value == [] else ""


def _selection(node: Located, faults: Faults) -> Mapping[str, Any]:
    if not isinstance(node.value, dict) or not node.value:
        faults.add(node.line, "a scope must be a mapping, as in {action: account.deactivate}.")
        return {}
    return {key: _entry(key, child, faults) for key, child in node.value.items()}


def _entry(key: str, node: Located, faults: Faults) -> Any:
    value = node.plain()
    if message := scope.fault(key, value):
        faults.add(node.line, message)
    return value


def _predicates(node: Located, faults: Faults, what: str) -> list[Term]:
    entries = faults.keys(node, predicates.load(), what)
    if isinstance(node.value, dict) and not node.value:
        faults.add(node.line, f"{what} has an empty predicate.")
    return [_term(name, child, faults) for name, child in entries.items()]


def _term(name: str, node: Located, faults: Faults) -> Term:
    params = node.plain()
    if not isinstance(params, dict):
        faults.add(node.line, f"{name} needs its parameters as a mapping.")
        return Term(name, {})
    found = {key: _length_fault(key, params[key]) for key in _LENGTHS & params.keys()}
    found.update(predicates.load()[name].validate(params))
    for key, message in found.items():
        if message:
            faults.add(node.line_of(key), f"{name}: {message}")
    return Term(name, params)


def _length_fault(key: str, value: Any) -> str | None:
    """A span in which nothing can lie; whoever wants it can leave the predicate out."""
    written = list(value.values()) if isinstance(value, dict) else [value]
    if any(duration(one) == timedelta() for one in written):
        return f"{key} must be longer than nothing."
    return None


def _condition(node: Located, faults: Faults, what: str) -> Condition:
    """Entries of a scope and predicates together; what has parameters is a predicate."""
    if not isinstance(node.value, dict) or not node.value:
        faults.add(node.line, f"{what} must be a mapping of scope keys and predicates.")
        return Condition((), ())
    known = predicates.load()
    narrowed: dict[str, Any] = {}
    terms: list[Term] = []
    for key, child in node.value.items():
        if isinstance(child.value, dict) or (key in known and key not in scope.KEYS):
            terms += _predicates(Located({key: child}, node.line), faults, what)
        else:
            narrowed[key] = _entry(key, child, faults)
    return Condition((narrowed,) if narrowed else (), tuple(terms))


def _raise(node: Located, base: Level | None, faults: Faults) -> Raise:
    entries = faults.keys(node, ("if", "level"), "raise")
    for key in ("if", "level"):
        if entries and key not in entries:
            faults.add(node.line, f"a raise needs the key {key!r}.")
    level = read_level(entries.get("level"), faults)
    if level and level == base:
        faults.add(entries["level"].line, f"{level} is the policy's own level already.")
    when = Condition((), ())
    if "if" in entries:
        when = _condition(entries["if"], faults, "the condition of a raise")
    return Raise(when, level or LEVELS[0])


def _annotation(node: Located, faults: Faults) -> str | None:
    entry = faults.keys(node, (_LATER,), "annotate").get(_LATER)
    if entry is None:
        return None
    if not isinstance(entry.value, str) or not entry.value.strip():
        faults.add(entry.line, f"{_LATER} must be a word, as in backdated_termination.")
        return None
    return entry.value
