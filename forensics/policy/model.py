"""What a policy is, once read: scope, demands, exceptions, and how grave a violation is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from forensics.located import Located
from forensics.policy.verdict import Level

OnUnknown = Literal["report", "violation", "ignore"]
Scope = tuple[Mapping[str, Any], ...]
"""Selections of acts, of which one suffices; within a selection every entry must hold."""

# The order is that of severity.
LEVELS: tuple[Level, ...] = ("informational", "low", "medium", "high", "critical")
ON_UNKNOWN: tuple[OnUnknown, ...] = ("report", "violation", "ignore")


@dataclass(frozen=True)
class Term:
    """One predicate with its parameters."""

    predicate: str
    params: Mapping[str, Any]


@dataclass(frozen=True)
class Condition:
    """Something of the act itself and predicates of it, all of which must hold."""

    scope: Scope
    terms: tuple[Term, ...]


@dataclass(frozen=True)
class Raise:
    """A level that a violation is given when the condition holds.

    The highest of those above the policy's own wins; one below it counts where none above holds.
    """

    when: Condition
    level: Level


@dataclass(frozen=True)
class Policy:
    """What is demanded of the acts in scope: all of `require`, none of `forbid` and of `limit`.

    `version` is the first 12 hex digits of the SHA-256 of the file. Acts in
    [effective_from, effective_to) are judged by it; None leaves a side open. A violation becomes
    compliance when one of `exceptions` holds. What is not known counts as `on_unknown` says.
    `annotations` mark verdicts that another belief changes. `innocent` and `misses` tell what may
    explain a breach, and what the policy cannot see. `tests` are the examples of the file, with
    their lines.
    """

    id: str
    title: str
    level: Level
    version: str
    file: str
    scope: Scope
    on_unknown: OnUnknown = "report"
    description: str = ""
    effective_from: datetime | None = None
    effective_to: datetime | None = None
    require: tuple[Term, ...] = ()
    forbid: tuple[Term, ...] = ()
    limit: tuple[Term, ...] = ()
    exceptions: tuple[Condition, ...] = ()
    raises: tuple[Raise, ...] = ()
    annotations: tuple[str, ...] = ()
    refs: tuple[str, ...] = ()
    innocent: tuple[str, ...] = ()
    misses: tuple[str, ...] = ()
    tests: tuple[Located, ...] = ()

    def demands(self) -> tuple[Term, ...]:
        """The predicates that decide compliance, in the order written."""
        return (*self.require, *self.forbid, *self.limit)

    def deciding(self) -> tuple[Term, ...]:
        """The predicates that decide violation: the demands, then those of the exceptions."""
        return (*self.demands(), *(term for one in self.exceptions for term in one.terms))

    def terms(self) -> tuple[Term, ...]:
        """Every predicate asked: those that decide, then those that set the level."""
        return (*self.deciding(), *(term for lift in self.raises for term in lift.when.terms))

    def conditions(self) -> tuple[Condition, ...]:
        """The exceptions, then what sets the level."""
        return (*self.exceptions, *(lift.when for lift in self.raises))


def order(policy: Policy) -> tuple[str, datetime, str]:
    """The total order of policies: by id, then from when they are effective, then by version."""
    start = policy.effective_from or datetime.min.replace(tzinfo=UTC)
    return policy.id, start, policy.version
