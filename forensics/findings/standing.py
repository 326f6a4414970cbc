"""How findings stand from scan to scan: new, repeated, taken note of, resolved, open again.

A finding bears the same id on every scan. What a scan saw of it and what people said of it are
facts with a time; how it stands is computed from these and never stored.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Literal, get_args

import msgspec

from forensics.findings.document import Document, Finding, Level

State = Literal[
    "new", "repeated", "acknowledged", "suppressed", "resolved", "re-opened", "no_longer_found"
]
STATES: tuple[State, ...] = get_args(State)
SaidKind = Literal["acknowledge", "suppress", "resolve", "re-open"]
TO_TELL: frozenset[State] = frozenset({"new", "re-opened"})
"""States that a night tells of; the others were told of before, or are somebody's decision."""


_KEPT: dict[str, State] = {
    "acknowledge": "acknowledged",
    "suppress": "suppressed",
    "resolve": "resolved",
}
_WORDS = {
    "acknowledge": "Acknowledged",
    "suppress": "Suppressed",
    "resolve": "Resolved",
    "re-open": "Opened again",
}


class Sighting(Document, frozen=True, kw_only=True):
    """One scan's view of one finding: digests of what it rests on, and of all that it says."""

    scan: int
    substance: str
    sha256: str


class Said(Document, frozen=True, kw_only=True):
    """What somebody decided of a finding after that scan; `until` ends a suppression."""

    kind: SaidKind
    scan: int
    time: datetime
    author: str
    why: str
    until: datetime | None = None


class Standing(Document, frozen=True, kw_only=True):
    """How a finding stands: since which scan, until which, and why in words.

    `changed`: the latest scan rests on other records or says another level than the one before.
    `reworded`: it rests on the same and says something else, as after a corrected roster.
    """

    id: str
    state: State
    first_scan: int
    last_scan: int
    scans: int
    changed: bool
    reworded: bool
    sentence: str
    said: tuple[Said, ...]


@dataclass(frozen=True)
class Scan:
    """A scan that was recorded; absence shows only in a `complete` one, that left nothing out."""

    scan: int
    time: datetime
    complete: bool = True


def substance(finding: Finding) -> str:
    """A digest of what a finding rests on: level, verdict, time span, records and their number.

    What could not be judged is told of once, however many acts more cannot be: each night has some.
    """
    if finding.verdict == "unknown":
        return hashlib.sha256("\x1f".join((finding.level, finding.verdict)).encode()).hexdigest()
    held = [
        finding.level,
        finding.verdict,
        finding.first_time.isoformat(),
        finding.last_time.isoformat(),
        *(str(count.n) for count in finding.counts[:1]),
        *sorted(one.event_uid for one in finding.evidence),
    ]
    return hashlib.sha256("\x1f".join(held).encode()).hexdigest()


def encoded(finding: Finding) -> bytes:
    """All that a finding says, as it is recorded."""
    return msgspec.json.encode(finding)


def sha256(finding: Finding) -> str:
    """A digest of all that a finding says."""
    return hashlib.sha256(encoded(finding)).hexdigest()


def standing(
    finding: str,
    sightings: Sequence[Sighting],
    said: Sequence[Said],
    scans: Sequence[Scan],
    at: datetime,
) -> Standing:
    """How one finding stands, from its sightings (at least one) and decisions, both in order.

    `at` decides whether a suppression has expired. What was resolved, or acknowledged, stays so
    while scans find the same again; other records open it again. A suppression holds whatever is
    found until it ends. What opens a finding again is told by the next scan, and repeated after.
    """
    latest = scans[-1].scan
    last, before = sightings[-1], sightings[-2] if len(sightings) > 1 else None
    fresh = before is not None and last.scan == latest
    changed = fresh and before is not None and before.substance != last.substance
    state, sentence = _state(sightings, said, scans, at)
    return Standing(
        id=finding,
        state=state,
        first_scan=sightings[0].scan,
        last_scan=last.scan,
        scans=len(sightings),
        changed=changed,
        reworded=fresh and not changed and before is not None and before.sha256 != last.sha256,
        sentence=sentence,
        said=tuple(said),
    )


def _state(
    sightings: Sequence[Sighting], said: Sequence[Said], scans: Sequence[Scan], at: datetime
) -> tuple[State, str]:
    decided = said[-1] if said else None
    opened, told = sightings[0].scan, f"Found since scan {sightings[0].scan}."
    if decided is not None:
        told = f"{_WORDS[decided.kind]}{_until(decided)} by {decided.author} on"
        told = f"{told} {decided.time:%Y-%m-%d}: {decided.why}"
        since = _opened(sightings, decided, scans, at)
        if since is None:
            return _KEPT[decided.kind], told
        opened, why = since
        told = f"{told} {why}".rstrip()
    if absent := _absent(sightings, scans):
        return absent
    latest = scans[-1].scan
    if len(sightings) > 1 and (again := _found_again(sightings, scans)):
        opened, told = sightings[-1].scan, again
    if (further := _further(sightings)) > opened:
        opened, told = further, f"{told} Scan {further} found other records, or judged otherwise."
    if opened < latest:
        return "repeated", told
    return ("new", told) if len(sightings) == 1 and decided is None else ("re-opened", told)


def _found_again(sightings: Sequence[Sighting], scans: Sequence[Scan]) -> str | None:
    """A sentence where a scan before the last sighting looked and did not find it."""
    before, last = sightings[-2].scan, sightings[-1].scan
    missed = [one.scan for one in scans if one.complete and before < one.scan < last]
    return f"Scan {missed[-1]} did not find it, scan {last} did again." if missed else None


def _further(sightings: Sequence[Sighting]) -> int:
    """The last scan that found it to rest on something else than the scan before; 0 for none."""
    pairs = pairwise(sightings)
    return max((b.scan for a, b in pairs if a.substance != b.substance), default=0)


def _absent(sightings: Sequence[Sighting], scans: Sequence[Scan]) -> tuple[State, str] | None:
    """The state of what a later scan looked for and did not find."""
    last = sightings[-1].scan
    looked = next((one.scan for one in scans if one.complete and one.scan > last), None)
    if looked is None:
        return None
    return "no_longer_found", f"Last found by scan {last}; scan {looked} did not find it."


def _opened(
    sightings: Sequence[Sighting], decided: Said, scans: Sequence[Scan], at: datetime
) -> tuple[int, str] | None:
    """From which scan on a finding is open in spite of a decision, and why; None while closed."""
    if decided.kind == "re-open":
        return decided.scan, ""
    if decided.kind == "suppress":
        if decided.until is None or at < decided.until:
            return None
        after = [one.scan for one in scans if one.time >= decided.until]
        return (after or [scans[-1].scan])[0], "Since then the time is over."
    known = [one for one in sightings if one.scan <= decided.scan]
    later = (one for one in sightings if one.scan > decided.scan)
    other = next((one for one in later if one.substance != known[-1].substance), None)
    return (
        None
        if other is None
        else (other.scan, f"Since then scan {other.scan} found other records.")
    )


def _until(said: Said) -> str:
    return f" until {said.until:%Y-%m-%d %H:%MZ}" if said.until else ""


class ScanRecord(Document, frozen=True, kw_only=True):
    """One recorded scan: what it looked at, what it could not, and how many findings it saw.

    `evidence` digests the segments it stood on; `added` of them were new since the scan before.
    `complete`: nothing that it was asked to look at was left out. `new` findings were seen first.
    """

    scan: int
    time: datetime
    tool: str
    complete: bool
    seconds: float
    inputs: int
    evidence: str
    segments: int
    added: int
    window_start: datetime | None
    window_end: datetime | None
    evaluated: tuple[str, ...]
    not_evaluated: tuple[str, ...]
    incomplete: tuple[str, ...]
    findings: int
    new: int


class Reading(Document, frozen=True, kw_only=True):
    """What a finding said from one scan on, where it said something else before."""

    scan: int
    time: datetime
    level: Level
    sentences: tuple[str, ...]


class StandingFinding(Document, frozen=True, kw_only=True):
    """A finding as the last scan that saw it tells it, and how it stands."""

    standing: Standing
    finding: Finding


class FindingList(Document, frozen=True, kw_only=True):
    """The findings of a case as they stand `at` a moment, gravest first; None before any scan."""

    schema: int
    tool_version: str
    at: datetime
    scan: ScanRecord | None
    findings: tuple[StandingFinding, ...]


class FindingHistory(Document, frozen=True, kw_only=True):
    """One finding with all that it ever said and all that was decided of it."""

    schema: int
    tool_version: str
    at: datetime
    standing: Standing
    finding: Finding
    readings: tuple[Reading, ...]
