"""What witnesses say, in the words that every rendering shares."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo

from forensics.findings.document import Outage
from forensics.findings.testimony import Bound, Claim, Reading, Said, Testimony
from forensics.reports.times import offset

MOST_READINGS = 4
"""How many readings are shown beyond the best; the document has more."""

FORMS = {
    "start_earliest": "start",
    "start_latest": "start",
    "end_earliest": "end",
    "end_latest": "end",
    "shortest": "duration",
    "longest": "duration",
}
STANDINGS = {
    "kept": "stands",
    "disputed": "in dispute",
    "dropped": "inconsistent",
}
_SAID = {
    "start": "began",
    "end": "ended",
    "duration": "lasted",
    "still_up_at": "still up at",
    "down_at": "down at",
    "up_again_at": "up again at",
}


def is_told(outage: Outage) -> bool:
    """Whether an end of the outage stands where a statement puts it, not records alone."""
    found = outage.testimony
    if found is None:
        return False
    told = {claim.id for claim in found.claims if claim.kind == "statement"}
    left_open = {"start", "end"} - set(found.records_close)
    return any(FORMS[one.of] in left_open and told & set(one.by) for one in found.bounds)


def span(earliest: datetime | None, latest: datetime | None, zone: tzinfo | None) -> str:
    """Bounds of an instant in UTC, and as clocks in the zone showed them; None is open."""
    if earliest is None or latest is None:
        time, word = (latest, "or earlier") if earliest is None else (earliest, "or later")
        return f"{moment(time, zone)} {word}" if time else "open"
    if earliest == latest:
        return moment(earliest, zone)
    shown = _both(earliest.astimezone(UTC), latest.astimezone(UTC)) + " UTC"
    if zone is None:
        return shown
    first, last = earliest.astimezone(zone), latest.astimezone(zone)
    if first.utcoffset() != last.utcoffset():
        return f"{shown} ({_clock(first)} {offset(first)} – {_clock(last)} {offset(last)})"
    local = _both(first, last)
    same_day = first.date() == earliest.astimezone(UTC).date()
    return f"{shown} ({local[11 if same_day else 0 :]} {offset(first)})"


def moment(time: datetime, zone: tzinfo | None) -> str:
    """An instant in UTC, to the second or as fine as it is, and as clocks in the zone showed it."""
    utc = time.astimezone(UTC)
    if zone is None:
        return f"{_clock(utc)} UTC"
    there = time.astimezone(zone)
    local = _clock(there)[11 if there.date() == utc.date() else 0 :]
    return f"{_clock(utc)} UTC ({local} {offset(there)})"


def _both(first: datetime, last: datetime) -> str:
    """Two instants on one clock; the date once where it is the same."""
    return f"{_clock(first)} – {_clock(last)[11 if first.date() == last.date() else 0 :]}"


def _clock(time: datetime) -> str:
    spec = "auto" if time.microsecond % 1000 else "milliseconds" if time.microsecond else "seconds"
    return time.replace(tzinfo=None).isoformat(" ", spec)


def length(shortest: float | None, longest: float | None) -> str:
    """Bounds of a length of time in seconds; None is open."""
    least = _seconds(shortest or 0.0)
    if longest is None:
        return f"at least {least}" if shortest else "any length"
    most = _seconds(longest)
    if least == most:
        return most
    return f"{least} – {most}" if shortest else f"at most {most}"


def _seconds(seconds: float) -> str:
    """A length in minutes and seconds, exactly: `10 min 30 s`, `11 min 0.001 s`."""
    minutes, rest = divmod(round(seconds * 1_000_000), 60_000_000)
    shown = f"{rest / 1e6:.6f}".rstrip("0").rstrip(".") + " s"
    if not minutes:
        return shown
    return f"{minutes} min" if not rest else f"{minutes} min {shown}"


def bound_in_words(bound: Bound, zone: tzinfo | None) -> str:
    """`not before 2017-11-02 22:45:00 UTC`, `not after …`, `at least 10 min 30 s`."""
    least = bound.of in ("start_earliest", "end_earliest", "shortest")
    if bound.time is not None:
        return f"{'not before' if least else 'not after'} {moment(bound.time, zone)}"
    return f"{'at least' if least else 'at most'} {_seconds(bound.seconds or 0.0)}"


def set_by(bound: Bound) -> str:
    """Which claims set a bound, with the weakest grade of these and how many say so."""
    sources = "1 source" if bound.sources == 1 else f"{bound.sources} sources"
    return f"by {' + '.join(bound.by)} · grade {bound.grade} · {sources}"


def said_in_words(said: Said, zone: tzinfo | None) -> str:
    """What a claim says, in its own words and as bounds."""
    bounds = (
        length(said.shortest, said.longest)
        if said.form == "duration"
        else span(said.earliest, said.latest, zone)
    )
    words = f"{_SAID.get(said.form, said.form)} {said.text}".strip()
    return f"{words}: {bounds}"


def against(claim: Claim, conflicts: Sequence[tuple[str, ...]]) -> list[str]:
    """Whom a claim contradicts: others by themselves, and those that rule it out together."""
    said = [f"contradicts {', '.join(claim.contradicts)}"] if claim.contradicts else []
    for one in conflicts:
        if one == (claim.id,):
            said.append("contradicts itself")
        elif claim.id in one and len(one) > 2:
            others = " and ".join(other for other in one if other != claim.id)
            said.append(f"cannot stand beside {others} together")
    return said


def reading_name(reading: Reading) -> str:
    """What a reading gives up."""
    if not reading.dropped:
        return "gives up nothing"
    best = "loses least; " if reading.best else ""
    return f"{best}gives up {', '.join(reading.dropped)}"


def shown_readings(found: Testimony) -> tuple[tuple[Reading, ...], int]:
    """The best readings and the next few, and how many more there are."""
    best = sum(reading.best for reading in found.readings)
    shown = found.readings[: best + MOST_READINGS]
    return shown, len(found.readings) - len(shown)
