"""What policies say of acts: verdicts, their totals, and the path of approval of one act."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Level = Literal["informational", "low", "medium", "high", "critical"]
Belief = Literal["at_act", "now"]
Value = Literal["violation", "compliant", "unknown", "not_applicable"]


@dataclass(frozen=True)
class Verdict:
    """What one policy says of one act: three-valued, with the missing facts named.

    `as_known` tells which belief was used: at the act, or now. An act on which both agree has one
    verdict, `at_act`; where they differ it has two. `not_applicable` is a note beside the verdicts:
    the target was protected only after the act, or the policy of today would not allow what the
    one then in force allowed. `level` is that of a violation, informational when there is none.
    """

    policy: str
    title: str
    version: str
    level: Level
    value: Value
    as_known: Belief
    event_uid: str
    sentences: tuple[str, ...]
    missing: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    refs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Evaluation:
    """Verdicts worth naming, by time of the act, and how many others there are.

    `verdicts` holds every violation, every compliant act on a protected target, and the unknown
    acts that are destructive or on a protected target, at most `UNKNOWN_LISTED` a version of a
    policy and none of one that ignores them.
    `compliant` and `unknown` count all acts in scope by policy, as known at the act, named above
    or not; `unknown_counts` counts the unknown ones by policy and missing fact. `not_evaluated`
    says, by policy, which relation is absent.
    """

    verdicts: tuple[Verdict, ...]
    compliant: Mapping[str, int]
    unknown: Mapping[str, int]
    unknown_counts: Mapping[str, Mapping[str, int]]
    not_evaluated: Mapping[str, str]


@dataclass(frozen=True)
class ApprovalReading:
    """The path of approval of one act: who asked, who granted, when, what was missing."""

    requested: tuple[str, ...]
    granted: tuple[str, ...]
    denied: tuple[str, ...]
    sentence: str
    evidence: tuple[str, ...] = ()
