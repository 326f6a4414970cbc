"""What policies say, as documents: which there are, a check of all acts, one act laid open."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from forensics.findings.document import (
    Count,
    CustodyHead,
    Document,
    Evidence,
    Level,
    PersonReading,
    Verdict,
)


class PolicyEntry(Document, frozen=True, kw_only=True):
    """One version of a policy: acts in [effective_from, effective_to) are judged by it.

    `version` is the beginning of the SHA-256 of its file. `not_evaluated` says what the case lacks
    to judge by it, None where it lacks nothing or no case is asked; `tests` are those in the file.
    """

    id: str
    title: str
    description: str
    level: Level
    version: str
    file: str
    effective_from: datetime | None
    effective_to: datetime | None
    predicates: tuple[str, ...]
    refs: tuple[str, ...]
    tests: int
    not_evaluated: str | None


class PolicyTally(Document, frozen=True, kw_only=True):
    """How the acts in scope of one policy were judged, all its versions together.

    Counted is what was known at the act; `compliant_listed` and `unknown_listed` say of how many
    of these acts the verdict stands in the document. `missing` counts the unknown acts by missing
    fact; one act may lack several. `not_evaluated` says what the case lacks, so that most acts are
    unknown.
    """

    policy: str
    title: str
    level: Level
    versions: tuple[str, ...]
    violation: int
    compliant: int
    unknown: int
    compliant_listed: int
    unknown_listed: int
    missing: tuple[Count, ...]
    not_evaluated: str | None
    innocent: tuple[str, ...]
    misses: tuple[str, ...]


class PolicyCheck(Document, frozen=True, kw_only=True):
    """The acts of a case, or those `asked_about`, judged by policies.

    `verdicts` are all that are not compliant, and of the compliant ones those on protected
    targets, in the order of time; `unlisted` says what is only counted. `acts` are the records
    they speak of and rest on. `not_evaluated` names the policies that the case lacks something
    for, `incomplete` of these the ones that should have been evaluated, and policies that cannot
    be read.
    """

    schema: int
    tool_version: str
    window_start: datetime | None
    window_end: datetime | None
    asked_about: tuple[str, ...]
    policies: tuple[PolicyTally, ...]
    verdicts: tuple[Verdict, ...]
    unlisted: tuple[str, ...]
    acts: tuple[Evidence, ...]
    not_evaluated: tuple[str, ...]
    incomplete: tuple[str, ...]
    custody: CustodyHead


class ScopeEntry(Document, frozen=True, kw_only=True):
    """One entry of a scope, and whether it holds of the act; None is unknown."""

    key: str
    wanted: str
    held: bool | None


class PredicateAnswer(Document, frozen=True, kw_only=True):
    """What one predicate of a policy says of the act, as known then and as known now."""

    clause: Literal["require", "forbid", "limit", "exceptions", "raise"]
    predicate: str
    parameters: str
    at_act: bool | None
    now: bool | None
    sentence: str | None
    sentence_now: str | None
    missing: tuple[str, ...]
    missing_now: tuple[str, ...]
    evidence: tuple[str, ...]


class PolicyOnAct(Document, frozen=True, kw_only=True):
    """What one version of a policy says of one act; the verdicts are None out of its scope.

    `today` marks the version of today about an act of before it. `selections` tell of
    each entry of the scope where the act is not, or not certainly, in it; one selection suffices.
    """

    policy: str
    title: str
    version: str
    level: Level
    file: str
    in_force: bool
    today: bool
    in_scope: bool | None
    selections: tuple[tuple[ScopeEntry, ...], ...]
    not_evaluated: str | None
    at_act: Verdict | None
    now: Verdict | None
    answers: tuple[PredicateAnswer, ...]


class PolicyExplanation(Document, frozen=True, kw_only=True):
    """Every policy about one act: in scope or why not, each predicate's answer, the evidence.

    `judged` is false where no policy judges acts of its verb.
    """

    schema: int
    tool_version: str
    act: Evidence
    person: PersonReading | None
    judged: bool
    policies: tuple[PolicyOnAct, ...]
    evidence: tuple[Evidence, ...]
    incomplete: tuple[str, ...]
    custody: CustodyHead
