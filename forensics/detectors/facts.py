"""A case prepared for questions: clocks, people, policies and the acts that they judge."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from forensics import people
from forensics.baselines import rare_combination
from forensics.baselines.combine import BUDGET
from forensics.detectors.custody import coverage_file, custody_head
from forensics.detectors.preparing import prepare
from forensics.engine.duckdb import DuckDBEngine
from forensics.errors import DeclarationError, ForensicsError
from forensics.evidence.store import Store
from forensics.findings.document import (
    Count,
    Coverage,
    CustodyHead,
    Document,
    Evidence,
    PersonReading,
)
from forensics.rules.settings import NONE, Settings
from forensics.sources.declaration import Declaration
from forensics.timeline import gaps
from forensics.timeline.clock_model import ClockReading
from forensics.timeline.evidence import evidence as cited
from forensics.timeline.told import Told

D = TypeVar("D", bound=Document)

# More pairs of clocks that nothing ties together are counted, not named.
_FEW_PAIRS = 3


def as_document(kind: type[D], value: Any) -> D:
    """A domain room's own frozen value as the document of the same shape."""
    return msgspec.convert(asdict(value), kind)


def stable_id(*parts: str | None) -> str:
    """An id that is the same for the same thing on every scan: 16 hex digits."""
    text = "\x1f".join(part or "" for part in parts)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]


def _problem(one: people.Problem | ForensicsError) -> str:
    return f"{one.place}: {one.message} {one.remedy or ''}".rstrip()


@dataclass
class Facts:
    """The relations of a case that questions of policy and people stand on.

    Defines `anchors`, `clocks`, `timed_events`, `employment`, `accounts`, `protected_targets`,
    `approvals`, `cases`, `acts`, `act_people` and `act_doubts`, each only where the case can tell.
    """

    store: Store
    declarations: Mapping[str, Declaration]
    default_zone: str | None = None
    told: Sequence[Told] = ()
    # Sigma rules beside the tool's own, and what placeholders in them stand for.
    rules: Sequence[Path] = ()
    values: Path | None = None
    # What a team says of rules, and the moment at which its list of ignored matches is read.
    rule_settings: Settings = NONE
    as_of: datetime | None = None
    # How many unusual nights of people a scan tells of each night.
    budget: int = BUDGET

    def __post_init__(self) -> None:
        prepared = prepare(
            self.engine,
            self.store.context(),
            tolerances=self.tolerances,
            default_zone=self.default_zone,
            told=self.told,
            case_paths={name: one.case for name, one in self.declarations.items() if one.case},
        )
        self.clocks, self.people = prepared.clocks, prepared.people
        self.policies = prepared.policies

    @property
    def engine(self) -> DuckDBEngine:
        """The engine of the case."""
        return self.store.engine

    @property
    def tolerances(self) -> dict[str, float]:
        """By source, how far its clock may be off when nothing measures it, in seconds."""
        return {name: one.clock_tolerance for name, one in self.declarations.items()}

    @property
    def products(self) -> dict[str, str | None]:
        """By source, the product that wrote it: two sources of one are not independent."""
        return {name: one.product for name, one in self.declarations.items()}

    @property
    def clock_readings(self) -> tuple[ClockReading, ...]:
        """By how much the clocks of every two sources differ."""
        return self.clocks.pairs

    @property
    def clock_sentences(self) -> tuple[str, ...]:
        """What is told, measured and contradictory of the clocks, in words."""
        own = (sentence for one in self.clocks.sources for sentence in one.sentences)
        tied = [one for one in self.clocks.pairs if one.anchors]
        untied = [one.sentence for one in self.clocks.pairs if not one.anchors]
        if len(untied) > _FEW_PAIRS:
            untied = [f"{len(untied)} pairs of sources have no anchor: clocks not measured."]
        return tuple(dict.fromkeys((*own, *(one.sentence for one in tied), *untied)))

    @cached_property
    def doubts(self) -> dict[str, str]:
        """Acts whose account somebody else may have used, and why, by event uid."""
        rows = self.engine.rows("SELECT event_uid, sentence FROM act_doubts ORDER BY event_uid")
        return {row["event_uid"]: row["sentence"] for row in rows}

    def evidence(self, uids: Iterable[str]) -> dict[str, Evidence]:
        """The events of those uids, as documents."""
        found = cited(self.engine, uids)
        return {uid: as_document(Evidence, one) for uid, one in found.items()}

    def persons(self, uids: Sequence[str]) -> dict[str, PersonReading]:
        """Who stands behind the accounts of those acts; doubtful ones are graded down, in words."""
        found = people.readings(self.engine, uids)
        return {
            uid: self._doubted(uid, as_document(PersonReading, one)) for uid, one in found.items()
        }

    def _doubted(self, uid: str, reading: PersonReading) -> PersonReading:
        doubt = self.doubts.get(uid)
        if doubt is None:
            return reading
        sentence = (
            f"The account is {reading.account}; who used it is not established: {doubt}. "
            f"{reading.sentence}"
        )
        return msgspec.structs.replace(reading, grade="E", sentence=sentence)

    @property
    def problems(self) -> list[str]:
        """Faults of rosters, account lists, protected targets and policies, each with its place."""
        return [*map(_problem, self.people.problems), *map(_problem, self.policies.problems)]

    @property
    def policy_faults(self) -> list[str]:
        """Policy files that could not be read, so that nothing was judged by them."""
        faulty = (one for one in self.policies.problems if isinstance(one, DeclarationError))
        return [_problem(one) for one in faulty]

    def rareness(self, uid: str) -> tuple[tuple[Count, ...], tuple[str, ...]]:
        """How rare an act was for its account and its peers: the counts, and a sentence."""
        reading = rare_combination.profile(self.engine, uid)
        if reading is None:
            return (), ()
        counts = (
            Count(label="own acts of this kind before", n=reading.n_own, of=reading.of_own),
            Count(label="peers' acts of this kind before", n=reading.n_peers, of=reading.of_peers),
        )
        return counts, (reading.sentence,)

    def span(self) -> tuple[datetime | None, datetime | None]:
        """First and last event of the case."""
        row = self.engine.rows("SELECT min(time) AS lo, max(time) AS hi FROM events")[0]
        return row["lo"], row["hi"]

    def coverage(
        self, evaluated: Sequence[str] = (), not_evaluated: Sequence[str] = ()
    ) -> Coverage:
        """The ledger of what was read, skipped, evaluated and not."""
        start, end = self.span()
        found = gaps.gaps(self.engine, start, end) if start and end else []
        unjudged = gaps.unjudged(self.engine)
        return Coverage(
            files=tuple(coverage_file(row) for row in self.store.files),
            context=tuple(f"{one.kind}: {one.name}" for one in self.store.context()),
            evaluated=tuple(evaluated),
            not_evaluated=tuple(dict.fromkeys((*not_evaluated, *self.problems))),
            gaps=(
                *(one.sentence for one in found),
                *(f"{source}: {lacking}" for source, lacking in unjudged.items()),
            ),
        )

    def custody(self) -> CustodyHead:
        """The digest of all that the answer rests on, and what it was told beside the records."""
        assumed = tuple(one.sentence for one in self.told)
        return msgspec.structs.replace(custody_head(self.store), assumed=assumed)
