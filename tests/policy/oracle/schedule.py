"""Slow and obvious: whether an act lies within its person's shifts, or office hours of a zone."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

from histories import NOON, SECOND, bounds
from judged import BELIEFS, Judged, instant, micros

ZONES = ("America/Los_Angeles", "Europe/Paris", "Australia/Lord_Howe", "UTC+05:30", "UTC-07:00")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOUR = 3600
# Stretches as (first low, first high, last low, last high), in microseconds from noon.
Stretch = tuple[int, int, int, int]


def evaluate(
    made: Sequence[Judged], params: Mapping[str, Any]
) -> dict[tuple[str, str], bool | None]:
    rostered = [row for story in made for row in story.of("shifts")]
    span = (
        max(micros(min(row["starts_latest"] for row in rostered)), -(10**18)),
        micros(max(row["ends_at"] for row in rostered)),
    )
    found = {}
    for story in made:
        for row in story.events:
            if row["event_uid"] in story.acts:
                for belief in BELIEFS:
                    found[row["event_uid"], belief] = _value(story, row, belief, params, span)
    return found


def _value(
    story: Judged,
    row: Mapping[str, Any],
    belief: str,
    params: Mapping[str, Any],
    span: tuple[int, int],
) -> bool | None:
    told = story.judgement(row["event_uid"], belief)
    person = told["person"] if told else None
    kind = told["account_kind"] if told else None
    if row["actor_type"] == "service" and person is None:
        return True
    if kind == "service" and (person is None or row["actor_type"] in ("service", "system")):
        return True
    if told is None or person is None or kind in ("service", "shared"):
        return None
    act, slack = bounds(row), _seconds(params.get("slack", "0m"))
    shifts = [one for one in story.of("shifts") if one["person"].lower() == person.lower()]
    by_shift = _within(
        act,
        [
            _widened(
                (
                    micros(one["starts_at"]),
                    micros(one["starts_latest"]),
                    micros(one["ends_at"]),
                    micros(one["ends_latest"]),
                ),
                slack,
            )
            for one in shifts
        ],
    )
    roster: bool | None = None
    if params["source"] != "roster" or not shifts:
        roster = False
    elif by_shift or (span[0] - slack <= act[0] and act[1] <= span[1] + slack):
        roster = True
    elif act[0] >= span[1] + slack or act[1] <= span[0] - slack:
        roster = False
    if roster:
        return by_shift
    asked = params["source"] == "business_hours" or "else" in params
    by_hours = _office(story, row, told, params) if asked else None
    if roster is False:
        return by_hours
    return by_shift if by_shift == by_hours and asked else None


def _office(
    story: Judged, row: Mapping[str, Any], told: Mapping[str, Any], params: Mapping[str, Any]
) -> bool | None:
    act, slack = bounds(row), _seconds(params.get("slack", "0m"))
    begin, end = (_minutes(one) for one in params.get("hours", "09:00-17:00").split("-"))
    if end <= begin:
        end += 24 * 60
    first = (NOON + timedelta(microseconds=act[0])).date() - timedelta(days=3)
    surely: list[Stretch] = []
    perhaps: list[Stretch] = []
    for away in range(9):
        day = first + timedelta(days=away)
        if DAYS[day.weekday()] not in params.get("days", DAYS[:5]):
            continue
        off = _off(story, day, told) if params.get("holidays") else False
        if off:
            continue
        midnight = datetime.combine(day, time())
        edges = [
            _readings(midnight + timedelta(minutes=minutes), told["zone"])
            for minutes in (begin, end)
        ]
        stretch = _widened((*edges[0], *edges[1]), slack)
        (surely if off is False else perhaps).append(stretch)
    certain = _within(act, surely)
    if certain is not False:
        return certain
    return None if _within(act, perhaps) is not False else False


def _off(story: Judged, day: date, told: Mapping[str, Any]) -> bool | None:
    """Holidays are those of all histories: sites name the history."""
    doubt = False
    for one in HOLIDAYS:
        if one["day"] != day:
            continue
        kind, place = one["place_kind"], one["place"]
        if kind is None:
            return True
        whose = told["zone"] if kind == "zone" else told["site"]
        if whose is not None and place == whose.lower():
            return True
        doubt = doubt or kind == "country" or whose is None
    return None if doubt else False


HOLIDAYS: list[dict[str, Any]] = [
    {"day": date(2017, 11, 3), "place_kind": "site", "place": "sf", "name": "founders"},
    {"day": date(2017, 11, 6), "place_kind": "zone", "place": "europe/paris", "name": "a"},
    {"day": date(2017, 11, 7), "place_kind": "country", "place": "fr", "name": "b"},
    {"day": date(2017, 11, 8), "place_kind": None, "place": None, "name": "c"},
]


def _readings(naive: datetime, zone: str | None) -> tuple[int, int]:
    """Bounds of a local time in microseconds from noon."""
    if zone is None:
        ends = (timezone(timedelta(hours=14)), timezone(timedelta(hours=-12)))
        low, high = (micros(naive.replace(tzinfo=one).astimezone(UTC)) for one in ends)
        return low, high
    if zone.startswith("UTC"):
        hours, minutes = int(zone[3:6]), int(zone[7:])
        ahead = timedelta(hours=hours, minutes=minutes if hours >= 0 else -minutes)
        moment = micros(naive.replace(tzinfo=timezone(ahead)))
        return moment, moment
    place = ZoneInfo(zone)
    both = sorted(micros(naive.replace(tzinfo=place, fold=fold).astimezone(UTC)) for fold in (0, 1))
    return both[0], both[1]


def _widened(stretch: Stretch, slack: int) -> Stretch:
    a, b, c, d = stretch
    return a - slack, b - slack, c + slack, d + slack


def _within(act: tuple[int, int], stretches: Sequence[Stretch]) -> bool | None:
    """Whether the act lies in the union of stretches; two that touch are one, wherever they do."""
    joined: list[Stretch] = []
    for one in sorted(stretches):
        last = joined[-1] if joined else None
        if last and (one[1] <= last[2] or one[:2] == last[2:]):
            joined[-1] = (last[0], min(last[1], one[1]), max(last[2], one[2]), max(last[3], one[3]))
        else:
            joined.append(one)
    if any(one[1] <= act[0] and act[1] <= one[2] for one in joined):
        return True
    return None if any(one[0] < act[1] and one[3] > act[0] for one in joined) else False


def _minutes(clock: str) -> int:
    return 60 * int(clock[:2]) + int(clock[3:])


def _seconds(length: str) -> int:
    return int(length[:-1]) * {"m": 60, "h": HOUR}[length[-1]] * SECOND


def generate(draw: random.Random, count: int) -> list[Judged]:
    """Acts around the edges of shifts and hours, in several zones, also when clocks change."""
    made = []
    for number in range(count):
        story = Judged(number)
        zone = draw.choice([*ZONES, *ZONES, None])
        person = story.own("ann")
        assert person
        if draw.random() < 0.6:
            _roster(draw, story, person)
        for _ in range(2):
            base = draw.choice([0, 0, 24 * HOUR, 72 * HOUR, 3 * HOUR, 129 * 24 * HOUR])
            hours = draw.choice([-3, -2, 0, 1, 2, 3.5, 4, 5, 8, 10, 12, 17, 20, 21, 22])
            uid = story.event(
                base + hours * HOUR + draw.choice([-HOUR, 0, 0, -1, 1, 5, -5, 60, 1800, HOUR]),
                "account.delete",
                act=True,
                source=draw.choice(["console", "idp", "idp"]),
                time_precision=draw.choice(["ms", "s", "min"]),
                actor=person,
                actor_type=draw.choice(["user", "user", "user", "service", None]),
            )
            for belief in BELIEFS:
                if draw.random() < 0.95:
                    story.person(
                        uid,
                        draw.choice([person.upper(), person, person, person, None]),
                        belief=belief,
                        account_kind=draw.choice(["personal"] * 6 + ["shared", "service", None]),
                        zone=zone,
                        site=draw.choice(["SF", "berlin", "FR", None]),
                    )
        made.append(story)
    made[0].rows["holidays"] = HOLIDAYS
    return made


def _roster(draw: random.Random, story: Judged, person: str) -> None:
    begin = draw.choice([0, 0, 2, -3, 8]) * HOUR
    for _ in range(draw.randint(1, 3)):
        end = begin + draw.choice([1, 2, 8]) * HOUR
        loose = draw.choice([0, 0, 0, HOUR])
        story.row(
            "shifts",
            person=person,
            starts_at=instant(begin),
            starts_latest=instant(begin + loose),
            ends_at=instant(end),
            ends_latest=instant(end + loose),
        )
        begin = end + draw.choice([0, 0, HOUR, 16 * HOUR, loose])
