from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from forensics.cli import signs
from forensics.reports import times


def test_a_zone_west_of_utc_keeps_its_sign_in_any_encoding() -> None:
    there = datetime(2017, 11, 2, 15, 49, tzinfo=ZoneInfo("America/Los_Angeles"))
    shown = times.offset(there).encode("ascii", signs.register())
    assert shown == b"-07:00"
    assert "±7 s – now ☃".encode("ascii", signs.register()) == b"~7 s - now ?"
    assert "±−".encode("latin-1", signs.register()) == "±-".encode("latin-1")
