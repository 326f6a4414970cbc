"""Which IANA zones an abbreviation, a Windows name or loose words commonly stand for."""

from __future__ import annotations

import difflib
import functools
import re
import zoneinfo

_MOST = 3
_USUAL = ("Europe/Dublin", "Asia/Manila")

# An abbreviation is no zone: it is of half a year, and several places may share it.
_ABBREVIATIONS: dict[str, str] = {
    "acdt acst": "Australia/Adelaide",
    "adt ast": "America/Halifax",
    "aedt aest": "Australia/Sydney",
    "akdt akst": "America/Anchorage",
    "art": "America/Argentina/Buenos_Aires",
    "awst": "Australia/Perth",
    "brt brst": "America/Sao_Paulo",
    "bst": "Europe/London Asia/Dhaka",
    "cat": "Africa/Maputo",
    "cdt ct": "America/Chicago",
    "cest met mez mesz": "Europe/Berlin Europe/Paris",
    "clt clst": "America/Santiago",
    "cot": "America/Bogota",
    "cst": "America/Chicago Asia/Shanghai America/Havana",
    "eat": "Africa/Nairobi",
    "edt et": "America/New_York",
    "eest": "Europe/Athens Europe/Helsinki",
    "gst": "Asia/Dubai",
    "hkt": "Asia/Hong_Kong",
    "ict": "Asia/Bangkok Asia/Ho_Chi_Minh",
    "idt": "Asia/Jerusalem",
    "ist": "Asia/Kolkata Europe/Dublin Asia/Jerusalem",
    "jst": "Asia/Tokyo",
    "kst": "Asia/Seoul",
    "mdt mt": "America/Denver",
    "msk": "Europe/Moscow",
    "myt": "Asia/Kuala_Lumpur",
    "ndt nst": "America/St_Johns",
    "nzdt nzst": "Pacific/Auckland",
    "pdt pst pt": "America/Los_Angeles",
    "pet": "America/Lima",
    "pht phst": "Asia/Manila",
    "pkt": "Asia/Karachi",
    "sast": "Africa/Johannesburg",
    "sgt": "Asia/Singapore",
    "trt": "Europe/Istanbul",
    "wat": "Africa/Lagos",
    "west": "Europe/Lisbon",
    "wib": "Asia/Jakarta",
}

# Windows' names, in lower case and without "standard time" or "daylight time" at their end.
_WINDOWS: dict[str, str] = {
    "afghanistan": "Asia/Kabul",
    "alaskan": "America/Anchorage",
    "arab": "Asia/Riyadh",
    "arabian": "Asia/Dubai",
    "arabic": "Asia/Baghdad",
    "argentina": "America/Argentina/Buenos_Aires",
    "atlantic": "America/Halifax",
    "aus central": "Australia/Darwin",
    "aus eastern": "Australia/Sydney",
    "azerbaijan": "Asia/Baku",
    "bangladesh": "Asia/Dhaka",
    "belarus": "Europe/Minsk",
    "canada central": "America/Regina",
    "caucasus": "Asia/Yerevan",
    "cen. australia": "Australia/Adelaide",
    "central": "America/Chicago",
    "central america": "America/Guatemala",
    "central asia": "Asia/Almaty",
    "central brazilian": "America/Cuiaba",
    "central europe": "Europe/Budapest",
    "central european": "Europe/Warsaw",
    "central pacific": "Pacific/Guadalcanal",
    "china": "Asia/Shanghai",
    "e. africa": "Africa/Nairobi",
    "e. australia": "Australia/Brisbane",
    "e. europe": "Europe/Chisinau",
    "e. south america": "America/Sao_Paulo",
    "eastern": "America/New_York",
    "egypt": "Africa/Cairo",
    "ekaterinburg": "Asia/Yekaterinburg",
    "fiji": "Pacific/Fiji",
    "fle": "Europe/Kyiv Europe/Helsinki",
    "georgian": "Asia/Tbilisi",
    "greenwich": "Atlantic/Reykjavik",
    "gtb": "Europe/Bucharest Europe/Athens",
    "hawaiian": "Pacific/Honolulu",
    "india": "Asia/Kolkata",
    "iran": "Asia/Tehran",
    "israel": "Asia/Jerusalem",
    "jordan": "Asia/Amman",
    "kaliningrad": "Europe/Kaliningrad",
    "korea": "Asia/Seoul",
    "mauritius": "Indian/Mauritius",
    "middle east": "Asia/Beirut",
    "montevideo": "America/Montevideo",
    "morocco": "Africa/Casablanca",
    "mountain": "America/Denver",
    "myanmar": "Asia/Yangon",
    "n. central asia": "Asia/Novosibirsk",
    "namibia": "Africa/Windhoek",
    "nepal": "Asia/Kathmandu",
    "new zealand": "Pacific/Auckland",
    "newfoundland": "America/St_Johns",
    "north asia": "Asia/Krasnoyarsk",
    "north asia east": "Asia/Irkutsk",
    "pacific": "America/Los_Angeles",
    "pacific sa": "America/Santiago",
    "pakistan": "Asia/Karachi",
    "paraguay": "America/Asuncion",
    "romance": "Europe/Paris Europe/Madrid",
    "russian": "Europe/Moscow",
    "sa eastern": "America/Cayenne",
    "sa pacific": "America/Bogota America/Lima",
    "sa western": "America/La_Paz",
    "samoa": "Pacific/Apia",
    "se asia": "Asia/Bangkok Asia/Jakarta",
    "singapore": "Asia/Singapore Asia/Kuala_Lumpur",
    "south africa": "Africa/Johannesburg",
    "sri lanka": "Asia/Colombo",
    "syria": "Asia/Damascus",
    "taipei": "Asia/Taipei",
    "tasmania": "Australia/Hobart",
    "tokyo": "Asia/Tokyo",
    "turkey": "Europe/Istanbul",
    "ulaanbaatar": "Asia/Ulaanbaatar",
    "us eastern": "America/Indiana/Indianapolis",
    "us mountain": "America/Phoenix",
    "venezuela": "America/Caracas",
    "vladivostok": "Asia/Vladivostok",
    "w. australia": "Australia/Perth",
    "w. central africa": "Africa/Lagos",
    "w. europe": "Europe/Berlin Europe/Rome",
    "west asia": "Asia/Tashkent",
    "west pacific": "Pacific/Port_Moresby",
    "yakutsk": "Asia/Yakutsk",
}
_SEASON = re.compile(r"\s+(?:standard\s+|daylight\s+|summer\s+)?time\s*$")
_PLACED = re.compile(r"[^a-z]+")


def proposed(name: str) -> str:
    """Names of zones, comma-separated, that `name` may be meant for; usual ones where none is."""
    lower = " ".join(name.lower().split())
    found = _abbreviated().get(lower) or _WINDOWS.get(_SEASON.sub("", lower))
    zones = found.split() if found else _by_words(lower) or _near(lower) or _USUAL
    return ", ".join(zones[:_MOST])


@functools.cache
def _abbreviated() -> dict[str, str]:
    return {one: zones for names, zones in _ABBREVIATIONS.items() for one in names.split()}


@functools.cache
def _names() -> dict[str, str]:
    return {name.lower(): name for name in sorted(zoneinfo.available_timezones())}


def _by_words(name: str) -> list[str]:
    """Zones whose place `name` names in full, as "(UTC-08:00) Los Angeles" does."""
    said = f" {_PLACED.sub(' ', name).strip()} "
    places = ((zone.rpartition("/")[2].replace("_", " "), zone) for zone in _names() if "/" in zone)
    found = [zone for place, zone in places if len(place) > 3 and f" {place} " in said]
    kept = [zone for zone in found if not zone.startswith(("us/", "etc/", "brazil/", "canada/"))]
    return [_names()[zone] for zone in kept]


def _near(name: str) -> list[str]:
    near = difflib.get_close_matches(name, sorted(_names()), n=_MOST, cutoff=0.6)
    return [_names()[one] for one in near]
