"""Whether the worker was to work at that time: by the roster of shifts, or by business hours."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from importlib import resources
from typing import Any

from sqlglot import exp

from forensics.located import unknown_word
from forensics.policy.predicates import Learns
from forensics.policy.statement import statement
from forensics.policy.words import as_list, duration, duration_fault, microseconds, word_fault

needs = ("act_people",)
uses = ("shifts", "holidays")

MEANING = (
    "The act lies within a shift of the person behind its account, or within `slack` of one. Whom"
    " the roster of shifts does not name, and when it has not begun or is over, counts by business"
    " hours where `else` says so: hours of certain days on the clock of the worker's own zone, also"
    " on the nights when clocks change. Without a zone every one is tried, and the value is unknown"
    " unless all agree. A service has no hours and is always within them."
)
PARAMS = {
    "source": "roster (the relation shifts), or business_hours alone",
    "else": "only business_hours: where the roster does not tell",
    "timezone": "only actor.work_timezone: the zone in which business hours are read",
    "slack": "how long before and after a shift or the hours still counts, at most 24h (0m)",
    "hours": 'from and to on the clock, as in "22:00-06:00" ("09:00-17:00")',
    "days": "the days on which business hours begin, of mon tue wed thu fri sat sun (mon to fri)",
    "holidays": "true: days that the list of holidays names for the site or zone have no hours",
}
EXAMPLE = """\
require:
  - schedule: {source: roster, timezone: actor.work_timezone, slack: 60m, else: business_hours}
"""
MISSES = (
    "Shifts that were swapped, and work on call, that no roster names.",
    "A worker who travels: the zone is that of the roster of people.",
    "Work that follows the sun, where business hours stand for no person's day.",
)

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SOURCES = ("roster", "business_hours")
_FIXED = {"else": "business_hours", "timezone": "actor.work_timezone"}
_KEYS = ("source", "else", "timezone", "slack", "hours", "days", "holidays")
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]|24(?=:00)):([0-5]\d)")
_OFFICE = "09:00-17:00"
_MOST_SLACK = timedelta(hours=24)


def validate(params: Mapping[str, Any]) -> dict[str, str]:
    """Faults of `source` (mandatory) and of what says when business hours are."""
    faults: dict[str, str | None] = {
        key: unknown_word("parameter", key, _KEYS) for key in params if key not in _KEYS
    }
    if "source" not in params:
        faults[""] = "the parameter 'source' is missing."
    else:
        faults["source"] = word_fault([params["source"]], _SOURCES, "source")
    for key, only in _FIXED.items():
        if params.get(key, only) != only:
            faults[key] = f"{key} can only be {only}."
    if "slack" in params:
        long = (duration(params["slack"]) or _MOST_SLACK) > _MOST_SLACK
        faults["slack"] = (
            "slack can be 24h at most." if long else duration_fault(params["slack"], "slack")
        )
    hours = params.get("hours", _OFFICE)
    if not isinstance(hours, str) or not _HOURS.fullmatch(hours):
        faults["hours"] = f'hours must be a text such as "09:00-17:00", not {hours!r}.'
    if "days" in params:
        faults["days"] = word_fault(params["days"], _DAYS, "day")
    if not isinstance(params.get("holidays", False), bool):
        faults["holidays"] = f"holidays must be true or false, not {params['holidays']!r}."
    if params.get("source") == "roster" and "else" not in params:
        for key in {"hours", "days", "holidays"} & set(params):
            faults[key] = f"{key} is of business hours; add else: business_hours."
    return {key: fault for key, fault in faults.items() if fault}


def grounds(params: Mapping[str, Any]) -> tuple[str, ...]:
    """Whose zone it is, and the shifts where nothing stands in for them."""
    return (*needs, "shifts") if params["source"] == "roster" and "else" not in params else needs


def learns(_: Mapping[str, Any]) -> Learns:
    """What was recorded of the worker."""
    return "of_actor"


def sql(params: Mapping[str, Any]) -> exp.Query:
    """True when the act certainly lies within; false when it certainly lies outside."""
    hours = params.get("hours", _OFFICE)
    begin, end = (_minutes(one) for one in hours.split("-"))
    slack = params.get("slack", "0m")
    text = resources.files("forensics.policy").joinpath("predicates/schedule.sql")
    return statement(
        text.read_text(encoding="utf-8"),
        {
            "roster": params["source"] == "roster",
            "business": params["source"] == "business_hours" or "else" in params,
            "slack": microseconds(slack),
            "slack_text": f", give or take {slack}" if microseconds(slack) else "",
            "begin": begin,
            "end": end if end > begin else end + 24 * 60,
            "hours_text": hours,
            "days": [str(day) for day in as_list(params.get("days", list(_DAYS[:5])))],
            "free": params.get("holidays", False),
        },
    )


def _minutes(clock: str) -> int:
    hour, minute = clock.split(":")
    return 60 * int(hour) + int(minute)
