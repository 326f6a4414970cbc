"""The frozen documents that every rendering is developed against."""

from __future__ import annotations

from pathlib import Path

import pytest

from forensics.findings.document import ActorProfile, Reconstruction, ScanReport, decode

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture(scope="session")
def eleven_minutes() -> Reconstruction:
    return decode((FIXTURES / "eleven_minutes.json").read_bytes(), Reconstruction)


@pytest.fixture(scope="session")
def eleven_minutes_scan() -> ScanReport:
    return decode((FIXTURES / "eleven_minutes_scan.json").read_bytes(), ScanReport)


@pytest.fixture(scope="session")
def eleven_minutes_actor() -> ActorProfile:
    return decode((FIXTURES / "eleven_minutes_actor.json").read_bytes(), ActorProfile)
