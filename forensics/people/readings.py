"""Who stood behind an act's account and what their employment was, as a graded claim in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from forensics.engine import Engine, Row
from forensics.people import dates
from forensics.people.identity import IMPERSONAL
from forensics.sources.context import CONTRACTORS

Grade = Literal["A", "B", "C", "D", "E"]
Phase = Literal["employed", "notice", "last_day", "ended", "leave", "unknown"]


@dataclass(frozen=True)
class EmploymentBelief:
    """What was believed of a person's employment, as known at `known_at` (None: as known now).

    `phases` holds every phase the facts allow; more than one means undetermined. `source` names all
    rosters that dispute the end, and then no one time at which it was recorded.
    """

    known_at: datetime | None
    phases: tuple[Phase, ...]
    kind: str | None
    last_working_day: str | None
    access_end_earliest: datetime | None
    access_end_latest: datetime | None
    hours_to_access_end: float | None
    zone: str | None
    zone_basis: str | None
    source: str | None
    recorded_at: datetime | None
    sentence: str


@dataclass(frozen=True)
class PersonReading:
    """Who stands behind an account, as a separate and graded claim."""

    account: str
    person: str | None
    account_kind: str | None
    role: str | None
    site: str | None
    grade: Grade
    at_act: EmploymentBelief
    now: EmploymentBelief
    learned_later: bool
    sentence: str


def readings(engine: Engine, event_uids: Sequence[str]) -> dict[str, PersonReading]:
    """The reading of each judged act among `event_uids`; acts that were not judged are left out."""
    rows = engine.rows(
        "SELECT * FROM act_people WHERE event_uid IN (SELECT unnest($event_uids))"
        " ORDER BY event_uid, belief",
        {"event_uids": list(event_uids)},
    )
    pairs: dict[str, dict[str, Row]] = {}
    for row in rows:
        pairs.setdefault(row["event_uid"], {})[row["belief"]] = row
    return {uid: reading(pair["at_act"], pair["now"]) for uid, pair in pairs.items()}


def reading(at_act: Row, now: Row) -> PersonReading:
    """The two rows of `act_people` about one act as a reading."""
    later = bool(now["learned_later"])
    sentence = _identity_sentence(now)
    if later:
        sentence += " What the roster says now was written only after the act."
    return PersonReading(
        account=now["account"] or "unknown",
        person=now["person"],
        account_kind=now["account_kind"],
        role=now["role"],
        site=now["site"],
        grade=_grade(now),
        at_act=_belief(at_act),
        now=_belief(now),
        learned_later=later,
        sentence=sentence,
    )


def _belief(row: Row) -> EmploymentBelief:
    last_day: date | None = row["last_working_day"]
    disputed = [end["source"] for end in row["ends"] or ()]
    return EmploymentBelief(
        known_at=row["known_at"],
        phases=tuple(row["phases"]),
        kind=row["kind"],
        last_working_day=last_day.isoformat() if last_day else None,
        access_end_earliest=row["access_end_earliest"],
        access_end_latest=row["access_end_latest"],
        hours_to_access_end=row["hours_to_access_end"],
        zone=row["zone"],
        zone_basis=row["zone_basis"],
        source=" and ".join(dict.fromkeys(disputed)) or row["source"],
        recorded_at=None if disputed else row["recorded_at"],
        sentence=belief_sentence(row),
    )


def _grade(row: Row) -> Grade:
    if row["person"] is None:
        return "E"
    if row["matched_by"] == "local_part" or row["account_kind"] in IMPERSONAL:
        return "D"
    if row["matched_by"] == "account" and row["account_kind"] is not None:
        return "B"
    return "C"


def _identity_sentence(row: Row) -> str:
    account, person, kind = row["account"], row["person"], row["account_kind"]
    if account is None:
        return "The record names no account."
    if person is None:
        return _nobody_said(row)
    what = ", ".join(part for part in (row["role"], row["site"]) if part)
    whom = f"{person} ({what})" if what else str(person)
    if row["matched_by"] == "account":
        return f"The account list gives {account} as {_a(kind)} of {whom}."
    if row["matched_by"] == "email":
        return f"The roster gives {account} as the e-mail of {whom}; the account list is silent."
    return (
        f"{account} is the part before the @ of the e-mail of {whom} and of nobody else in the "
        "rosters; the account list is silent."
    )


def _nobody_said(row: Row) -> str:
    account, kind = row["account"], row["account_kind"]
    if row["matched_by"] == "hand_over":
        return f"{account} changed hands within the bounds of the act's time; whose it was is open."
    if kind is None:
        return f"Neither account list nor roster says whose account {account} was at that time."
    return f"{account} is {_a(kind)}; no one person stands behind it."


def _a(kind: str | None) -> str:
    if kind is None:
        return "an account"
    named = kind.replace("_", "-")
    return f"an {named} account" if kind == "admin" else f"a {named} account"


def belief_sentence(row: Row) -> str:
    """One row of `act_people` in plain English: phase, zone, end of access, who recorded it."""
    person = row["person"]
    if row["matched_by"] == "hand_over":
        return "Whose account it was is not established, so no employment can be judged."
    if person is None:
        return "No person is known behind the account, so no employment can be judged."
    at_act = row["belief"] == "at_act"
    if row["source"] is None:
        if at_act:
            return f"No roster is known to have said anything about {person} by then."
        return f"No roster says anything about {person}."
    said = [_phases_said(row) + _zone_said(row)]
    if row["status"] == "rescinded":
        said.append("the departure was rescinded")
    if row["ends"]:
        said.append(_ends_said(row["ends"]))
    else:
        if row["access_end_latest"] is not None:
            said.append(_end_said(row))
        said.append(_recorded_said(row))
    text = "; ".join(said) + "."
    return text if at_act else f"As known now, {text}"


def _phases_said(row: Row) -> str:
    phases = [_phase_said(phase, row) for phase in row["phases"]]
    if len(phases) == 1:
        return f"{row['person']} {phases[0]}"
    return f"it is undetermined whether {row['person']} {', '.join(phases[:-1])} or {phases[-1]}"


def _phase_said(phase: Phase, row: Row) -> str:
    day: date | None = row["last_working_day"]
    garden = row["status"] == "garden_leave"
    if phase == "last_day":
        said = f"was on the last working day{f' ({_day(day)})' if day else ''}"
        return f"{said}, on garden leave, with access to be off" if garden else said
    if phase == "unknown":
        return " or ".join(_UNKNOWN[what] for what in row["unknown_for"])
    if phase == "leave" and garden:
        return "was on garden leave, with access to be off"
    if phase == "notice" and day and _past(day, row):
        return f"was in notice, the last working day ({_day(day)}) being over and access not"
    return {
        "employed": "was in ordinary employment",
        "notice": "was in notice",
        "ended": "was past the end of access",
        "leave": "was on leave",
    }[phase]


_UNKNOWN = {
    "end": "was under a contract whose end is not recorded",
    "record": "was not yet on record",
    "start": "had not yet started",
}


def _past(day: date, row: Row) -> bool:
    """Whether the act lies after a local day, where the zone is known."""
    if row["zone"] is None or row["access_end_latest"] is None:
        return False
    time = row["access_end_latest"] - timedelta(hours=row["hours_to_access_end"])
    local: datetime = time.astimezone(dates.zone(row["zone"]))
    return local.date() > day


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _day(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _zone_said(row: Row) -> str:
    if row["access_end_latest"] is None or len({end["zone"] for end in row["ends"] or ()}) > 1:
        return ""
    zone = row["zone"]
    return {
        "worker": f", judged in the worker's zone {zone}",
        "offset": f", judged at the offset written in the roster, {zone}",
        "site": f", judged in the zone of the worker's site, {zone}",
        "provider": f", judged in the zone of the provider's other workers, {zone}",
        "default": f", judged in the default zone {zone}",
    }.get(row["zone_basis"], ", judged in every zone, since none is recorded")


_END_SAID = {
    "last_shift": "access was due to end with the last shift,",
    "provider_notice": "access was due to end, by the provider's notice,",
    "badge_expiry": "access was due to end with the badge,",
    "credential_expiry": "access was due to end with the credential,",
    "termination": "access was due to end with the employment, no last working day being recorded,",
}


def _end_said(row: Row) -> str:
    earliest, latest = row["access_end_earliest"], row["access_end_latest"]
    what = _END_SAID.get(row["end_basis"], "access was due to end")
    if earliest != latest:
        return f"{what} between {_utc(earliest)} and {_utc(latest)}"
    hours: float = row["hours_to_access_end"]
    if not hours:
        return f"{what} at {_utc(latest)}, that very moment"
    return f"{what} at {_utc(latest)}, {_span(abs(hours))} {'earlier' if hours < 0 else 'later'}"


def _ends_said(ends: Sequence[Row]) -> str:
    """Ends that rosters dispute, each with the row that tells it."""
    told = [
        f"{end['source']}:{end['source_row']} {_end_told(end)}, and {_recorded_said(end)}"
        for end in ends
    ]
    return f"the rosters differ, and nothing says which is right: {'; '.join(told)}"


def _end_told(end: Row) -> str:
    day: date | None = end["last_working_day"]
    earliest, latest = end["access_end_earliest"], end["access_end_latest"]
    if latest is None:
        return "takes the departure back" if end["taken_back"] else "has no end"
    over = _utc(latest) if earliest == latest else f"between {_utc(earliest)} and {_utc(latest)}"
    return f"has {f'the last working day {_day(day)} and ' if day else ''}the end of access {over}"


def _span(hours: float) -> str:
    if hours >= 72:
        return f"{hours / 24:.0f} days"
    if hours >= 1:
        return f"{hours:.1f} h"
    seconds = hours * 3600
    return f"{seconds / 60:.0f} min" if seconds >= 60 else f"{max(seconds, 0.001):.3g} s"


def _recorded_said(row: Row) -> str:
    recorder = "the provider" if row["feed"] == CONTRACTORS else "the employer"
    recorded: datetime | None = row["recorded_at"]
    if recorded is None:
        return f"when {recorder} recorded this is not said, only that it was before the import"
    zone = dates.zone(row["zone"]) if row["zone"] else UTC
    day = recorded.astimezone(zone).date().isoformat()
    by_file = {
        "snapshot": f"when {recorder} recorded this is not said, the roster as of {day} has it",
        "import": f"when {recorder} recorded this is not said, the roster imported on {day} has it",
    }
    return by_file.get(row["recorded_basis"], f"{recorder} recorded this on {day}")


def _utc(time: datetime) -> str:
    plain = time.astimezone(UTC).replace(tzinfo=None)
    precise = "minutes" if not (plain.second or plain.microsecond) else "milliseconds"
    return f"{plain.isoformat(timespec=precise)}Z"
