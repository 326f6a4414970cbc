"""Scans that a case records, and the findings as they stand from scan to scan."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from forensics import __version__
from forensics.errors import UsageError

if TYPE_CHECKING:
    from forensics.evidence.case import CasePaths
    from forensics.evidence.scan_log import ScanLog
    from forensics.evidence.store import Store
    from forensics.findings.document import Finding, ScanReport
    from forensics.findings.standing import (
        FindingHistory,
        FindingList,
        SaidKind,
        ScanRecord,
        Standing,
    )

SCHEMA = 1
_SHORTEST = 6


class Recorded(ABC):
    """What `forensics scan --record`, `scans` and `findings` ask of a case, as methods."""

    paths: CasePaths

    @property
    @abstractmethod
    def store(self) -> Store:
        """The evidence of the case."""

    @abstractmethod
    def close(self) -> None:
        """Forget what was read of the case; the next question reads it again."""

    @property
    def scan_log(self) -> ScanLog:
        """Scans and decisions, each sealed in custody."""
        from forensics.api.case import TOOL
        from forensics.evidence.scan_log import ScanLog

        return ScanLog(self.paths, TOOL, self.close)

    def record(self, scan: Callable[[], ScanReport]) -> tuple[ScanReport, ScanRecord]:
        """Scan and record it: all of it, or, where it dies or another scan comes first, nothing."""
        from forensics.api.case import TOOL
        from forensics.evidence.scan_log import Seen
        from forensics.findings import standing

        log = self.scan_log
        before = log.scans()
        begun = datetime.now(UTC)
        segments = sorted(one.name for one in self.store.segments("events"))
        report = scan()
        seen = [
            Seen(
                one.id,
                standing.substance(one),
                standing.sha256(one),
                standing.encoded(one).decode(),
            )
            for one in report.findings
        ]
        known = set(_told(before[-1].record)["names"]) if before else set()
        record = {
            "tool": TOOL,
            "seconds": (datetime.now(UTC) - begun).total_seconds(),
            "inputs": len(report.coverage.files),
            "evidence": self.store.digest(),
            "segments": len(segments),
            "added": len(set(segments) - known),
            "names": segments,
            "window_start": report.window_start and report.window_start.isoformat(),
            "window_end": report.window_end and report.window_end.isoformat(),
            "evaluated": report.coverage.evaluated,
            "not_evaluated": report.coverage.not_evaluated,
            "incomplete": report.incomplete,
        }
        number = log.record(
            seen,
            complete=not report.incomplete,
            record=record,
            after=before[-1].scan if before else 0,
        )
        return report, next(one for one in self.scans() if one.scan == number)

    def scans(self) -> tuple[ScanRecord, ...]:
        """All recorded scans, oldest first."""
        from forensics.findings.standing import ScanRecord

        counts: dict[int, int] = {}
        new: dict[int, int] = {}
        for seen in self.scan_log.sightings().values():
            new[seen[0].scan] = new.get(seen[0].scan, 0) + 1
            for one in seen:
                counts[one.scan] = counts.get(one.scan, 0) + 1
        found = []
        for row in self.scan_log.scans():
            told = {key: value for key, value in _told(row.record).items() if key != "names"}
            own = {"scan": row.scan, "time": row.time, "complete": row.complete}
            seen_by = {"findings": counts.get(row.scan, 0), "new": new.get(row.scan, 0)}
            found.append(msgspec.convert({**told, **own, **seen_by}, ScanRecord))
        return tuple(found)

    def latest(self, until: datetime) -> Mapping[str, datetime]:
        """The time of the last record of each source, of those not dated after a moment.

        A clock that runs ahead is so no sign that a source is alive.
        """
        rows = self.store.engine.rows(
            "SELECT source, max(time) AS last FROM events WHERE time <= $until GROUP BY source"
            " ORDER BY source",
            {"until": until},
        )
        return {row["source"]: row["last"] for row in rows}

    def findings(self, at: datetime | None = None) -> FindingList:
        """Every finding that scans recorded, as it stands at a moment (now), gravest first."""
        from forensics.findings.standing import FindingList, StandingFinding

        moment = at or datetime.now(UTC)
        states = self._standings(moment)
        last = {name: digest for name, (_, digest) in states.items()}
        texts = self._documents(last)
        scans = self.scans()
        found = [
            StandingFinding(standing=state, finding=texts[name])
            for name, (state, _) in states.items()
        ]
        return FindingList(
            schema=SCHEMA,
            tool_version=__version__,
            at=moment,
            scan=scans[-1] if scans else None,
            findings=tuple(sorted(found, key=lambda one: _gravest(one.finding))),
        )

    def finding(self, beginning: str, at: datetime | None = None) -> FindingHistory:
        """The finding whose id begins so, with all it ever said; `UsageError` for none or many."""
        from forensics.findings.standing import FindingHistory, Reading

        moment = at or datetime.now(UTC)
        name = self._named(beginning)
        state, digest = self._standings(moment)[name]
        seen = self.scan_log.sightings()[name]
        times = {one.scan: one.time for one in self.scans()}
        texts = self._documents({one.sha256: one.sha256 for one in seen})
        readings: list[Reading] = []
        for one in seen:
            said = texts[one.sha256]
            told = (said.level, said.sentences)
            if not readings or (readings[-1].level, readings[-1].sentences) != told:
                readings.append(
                    Reading(
                        scan=one.scan,
                        time=times[one.scan],
                        level=said.level,
                        sentences=said.sentences,
                    )
                )
        return FindingHistory(
            schema=SCHEMA,
            tool_version=__version__,
            at=moment,
            standing=state,
            finding=texts[digest],
            readings=tuple(readings),
        )

    def decide(
        self,
        beginning: str,
        kind: SaidKind,
        *,
        author: str,
        why: str,
        until: datetime | None = None,
    ) -> str:
        """Seal a decision on the finding whose id begins so; returns its whole id.

        A suppression needs an end in the future. Raises `UsageError` for anything else.
        """
        for word, text in (("author", author), ("reason", why)):
            if not text.strip():
                raise UsageError(f"The decision has no {word}.", remedy=f"Give one with --{word}.")
        if (until is not None) != (kind == "suppress"):
            raise UsageError("A suppression, and nothing else, has an end.", remedy="See --until.")
        if until is not None and until <= datetime.now(UTC):
            raise UsageError("The end of the suppression has passed.", remedy="Give a later one.")
        name = self._named(beginning)
        said: dict[str, Any] = {"kind": kind, "author": author.strip(), "why": why.strip()}
        self.scan_log.decide(name, {**said, **({"until": until.isoformat()} if until else {})})
        return name

    def _named(self, beginning: str) -> str:
        known = self.scan_log.sightings()
        fit = [name for name in known if name.startswith(beginning.lower())]
        if len(fit) == 1 and (len(beginning) >= _SHORTEST or fit[0] == beginning.lower()):
            return fit[0]
        if not known:
            raise UsageError(
                "No scan of this case is recorded.", remedy="forensics scan --case DIR --record"
            )
        why = f"{len(fit)} findings begin with it" if len(fit) > 1 else "no finding begins with it"
        if len(fit) == 1:
            why = f"write {_SHORTEST} digits or more"
        raise UsageError(
            f"{beginning!r} names no finding: {why}.", remedy="forensics findings list has them."
        )

    def _standings(self, at: datetime) -> Mapping[str, tuple[Standing, str]]:
        """How each finding stands, and the digest of what it says now."""
        from forensics.findings import standing

        log = self.scan_log
        scans = [
            standing.Scan(one.scan, datetime.fromisoformat(one.time), one.complete)
            for one in log.scans()
        ]
        decisions = log.decisions()
        found = {}
        for name, rows in log.sightings().items():
            seen = [
                standing.Sighting(scan=row.scan, substance=row.substance, sha256=row.sha256)
                for row in rows
            ]
            said = [
                msgspec.convert(
                    {
                        key: value
                        for key, value in {**row.said, "time": row.time}.items()
                        if key != "finding"
                    },
                    standing.Said,
                )
                for row in decisions.get(name, [])
            ]
            found[name] = (standing.standing(name, seen, said, scans, at), rows[-1].sha256)
        return found

    def _documents(self, digests: Mapping[str, str]) -> dict[str, Finding]:
        from forensics.findings.document import Finding

        texts = self.scan_log.documents(list(digests.values()))
        return {
            name: msgspec.json.decode(texts[digest], type=Finding)
            for name, digest in digests.items()
        }


def _told(record: str) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.json.decode(record)
    return told


def _gravest(finding: Finding) -> tuple[int, datetime, str]:
    from forensics.findings.document import LEVELS

    return -LEVELS.index(finding.level), finding.first_time, finding.id
