"""A policy file read into a frozen model; every fault of the file is listed at once, by line."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from typing import Any

from dateutil.parser import isoparse

from forensics.located import Faults, Located, read, unknown_word
from forensics.policy import predicates, scope
from forensics.policy.verdict import Level
from forensics.policy.words import as_list

# The order is that of severity.
LEVELS: tuple[Level, ...] = ("informational", "low", "medium", "high", "critical")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_KEYS = (
    "id", "title", "level", "effective_from", "scope", "require", "forbid", "raise",
    "on_unknown", "refs",
)  # fmt: skip
_MANDATORY = ("id", "title", "level", "scope", "on_unknown")


@dataclass(frozen=True)
class Term:
    """One predicate with its parameters."""

    predicate: str
    params: Mapping[str, Any]


@dataclass(frozen=True)
class Raise:
    """A level that a violation is lifted to when all of the conditions hold."""

    scope: Mapping[str, Any]
    terms: tuple[Term, ...]
    level: Level


@dataclass(frozen=True)
class Policy:
    """What is demanded of the acts in scope: all of `require`, none of `forbid`.

    `version` is the first 12 hex digits of the SHA-256 of the file; `effective_from` is the
    instant from which acts are judged by it, None for all acts.
    """

    id: str
    title: str
    level: Level
    version: str
    file: str
    effective_from: datetime | None
    scope: Mapping[str, Any]
    require: tuple[Term, ...]
    forbid: tuple[Term, ...]
    raises: tuple[Raise, ...]
    refs: tuple[str, ...]

    def terms(self) -> tuple[Term, ...]:
        """Every predicate asked, in the order written."""
        raised = tuple(term for lift in self.raises for term in lift.terms)
        return (*self.require, *self.forbid, *raised)


def parse(data: bytes, name: str) -> Policy:
    """The policy of one file; raises `DeclarationError` listing all faults with their lines."""
    faults = Faults(name)
    node = read(data, faults)
    entries = faults.keys(node, _KEYS, "the policy") if node else {}
    if node and entries:
        _check_presence(node, entries, faults)
    policy = Policy(
        id=_text(entries, "id", faults),
        title=_text(entries, "title", faults),
        level=_level(entries.get("level"), faults),
        version=hashlib.sha256(data).hexdigest()[:12],
        file=name,
        effective_from=_instant(entries.get("effective_from"), faults),
        scope=_scope(entries.get("scope"), faults, "scope"),
        require=_terms(entries.get("require"), faults, "require"),
        forbid=_terms(entries.get("forbid"), faults, "forbid"),
        raises=_raises(entries, faults),
        refs=_refs(entries.get("refs"), faults),
    )
    if policy.id and not _ID.fullmatch(policy.id):
        faults.add(entries["id"].line, "id must be 1 to 64 letters, digits, dots, dashes.")
    if "on_unknown" in entries and entries["on_unknown"].value != "report":
        faults.add(entries["on_unknown"].line, "on_unknown can only be report.")
    faults.raise_if_any()
    return policy


def shipped() -> tuple[Policy, ...]:
    """The policies that come with the tool, by id."""
    folder = resources.files("forensics.policy").joinpath("packs")
    files = sorted((file for file in folder.iterdir()), key=lambda file: file.name)
    return tuple(
        parse(file.read_bytes(), f"shipped/{file.name}")
        for file in files
        if file.name.endswith(".yml")
    )


def _check_presence(node: Located, entries: Mapping[str, Located], faults: Faults) -> None:
    for key in _MANDATORY:
        if key not in entries:
            faults.add(node.line, f"the key {key!r} is missing.")
    if not {"require", "forbid"} & entries.keys():
        faults.add(node.line, "nothing is demanded: write require or forbid.")


def _text(entries: Mapping[str, Located], key: str, faults: Faults) -> str:
    node = entries.get(key)
    if node is None:
        return ""
    if not isinstance(node.value, str) or not node.value.strip():
        faults.add(node.line, f"{key} must be a text.")
        return ""
    return node.value


def _level(node: Located | None, faults: Faults) -> Level:
    if node is None:
        return LEVELS[0]
    for level in LEVELS:
        if level == node.value:
            return level
    faults.add(node.line, unknown_word("level", node.plain(), LEVELS))
    return LEVELS[0]


def _instant(node: Located | None, faults: Faults) -> datetime | None:
    if node is None:
        return None
    try:
        instant: datetime = isoparse(str(node.value))
    except ValueError:
        faults.add(node.line, "effective_from must be an ISO date or instant as in 2017-02-01.")
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _scope(node: Located | None, faults: Faults, what: str) -> Mapping[str, Any]:
    if node is None:
        return {}
    entries = faults.keys(node, scope.KEYS, what)
    if isinstance(node.value, dict) and not node.value:
        faults.add(node.line, f"{what} is empty; name the acts, as in action: account.deactivate.")
    return {key: _scope_value(key, child, faults) for key, child in entries.items()}


def _scope_value(key: str, node: Located, faults: Faults) -> Any:
    value = node.plain()
    if message := scope.fault(key, value):
        faults.add(node.line, message)
    return value


def _terms(node: Located | None, faults: Faults, what: str) -> tuple[Term, ...]:
    if node is None:
        return ()
    if not isinstance(node.value, list) or not node.value:
        faults.add(node.line, f"{what} must be a list of predicates, as in `- approval: {{...}}`.")
        return ()
    return tuple(term for child in node.value for term in _predicates(child, faults, what))


def _predicates(node: Located, faults: Faults, what: str) -> list[Term]:
    known = predicates.load()
    entries = faults.keys(node, known, what)
    return [_term(name, child, faults) for name, child in entries.items()]


def _term(name: str, node: Located, faults: Faults) -> Term:
    params = node.plain()
    if not isinstance(params, dict):
        faults.add(node.line, f"{name} needs its parameters as a mapping.")
        return Term(name, {})
    for key, message in predicates.load()[name].validate(params).items():
        faults.add(node.line_of(key), f"{name}: {message}")
    return Term(name, params)


def _raises(entries: Mapping[str, Located], faults: Faults) -> tuple[Raise, ...]:
    node = entries.get("raise")
    if node is None:
        return ()
    if not isinstance(node.value, list):
        faults.add(node.line, "raise must be a list of `- {if: {...}, level: ...}`.")
        return ()
    base = _level(entries.get("level"), Faults(faults.name))
    return tuple(_raise(child, base, faults) for child in node.value)


def _raise(node: Located, base: str, faults: Faults) -> Raise:
    entries = faults.keys(node, ("if", "level"), "raise")
    for key in ("if", "level"):
        if entries and key not in entries:
            faults.add(node.line, f"a raise needs the key {key!r}.")
    level = _level(entries.get("level"), faults)
    if "level" in entries and LEVELS.index(level) <= LEVELS.index(base):
        faults.add(entries["level"].line, f"{level} does not raise the policy's own level {base}.")
    conditions = entries.get("if", Located({}, node.line))
    if not isinstance(conditions.value, dict) or ("if" in entries and not conditions.value):
        faults.add(conditions.line, "the condition of a raise must be a mapping.")
        return Raise({}, (), level)
    known = predicates.load()
    asked = faults.keys(conditions, (*scope.KEYS, *known), "the condition of raise")
    narrowed = {k: _scope_value(k, v, faults) for k, v in asked.items() if k in scope.KEYS}
    terms = tuple(_term(name, child, faults) for name, child in asked.items() if name in known)
    return Raise(narrowed, terms, level)


def _refs(node: Located | None, faults: Faults) -> tuple[str, ...]:
    refs = as_list(node.plain()) if node is not None else []
    if node is not None and not all(isinstance(ref, str) for ref in refs):
        faults.add(node.line, "refs must be a list of texts.")
    return tuple(map(str, refs))


def order(policy: Policy) -> tuple[str, datetime, str]:
    """The total order of policies: by id, then from when they are effective, then by version."""
    start = policy.effective_from or datetime.min.replace(tzinfo=UTC)
    return policy.id, start, policy.version
