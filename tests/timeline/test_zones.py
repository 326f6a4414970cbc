from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from forensics.errors import UsageError
from forensics.timeline.zones import zone

WINTER = datetime(2017, 11, 2, 12)  # noqa: DTZ001 - local time of the zone under test


@pytest.mark.parametrize(
    ("name", "hours"),
    [
        ("UTC", 0),
        ("z", 0),
        ("EDT", -4),
        ("est", -5),
        ("PST", -8),
        ("CET", 1),
        ("CEST", 2),
        ("ET", -4),
        ("PT", -7),
        ("Europe/Paris", 1),
        ("EUROPE/paris", 1),
        ("UTC+2", 2),
        ("GMT-3", -3),
        ("-04:30", -4.5),
    ],
)
def test_a_zone_by_its_name(name: str, hours: float) -> None:
    assert zone(name).utcoffset(WINTER) == timedelta(hours=hours)


def test_utc_is_utc() -> None:
    assert zone("UTC") is UTC


@pytest.mark.parametrize(
    ("name", "choice"),
    [("CST", "Asia/Shanghai"), ("IST", "Europe/Dublin"), ("BST", "Europe/London")],
)
def test_an_abbreviation_of_several_zones_names_them(name: str, choice: str) -> None:
    with pytest.raises(UsageError, match="several zones") as refused:
        zone(name)
    assert choice in (refused.value.remedy or "")


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("Europe/Pariss", "Europe/Paris"),
        ("Paris", "Europe/Paris"),
        ("Los Angeles", "America/Los_Angeles"),
        ("CESST", "CEST"),
    ],
)
def test_an_unknown_zone_names_near_ones(name: str, near: str) -> None:
    with pytest.raises(UsageError, match="unknown") as refused:
        zone(name)
    assert near in (refused.value.remedy or "")


def test_an_offset_no_zone_has_is_refused() -> None:
    with pytest.raises(UsageError, match="larger than any"):
        zone("UTC+15")
