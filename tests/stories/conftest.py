"""Each sample story, ingested once: its case, its answers, and what is true."""

from __future__ import annotations

import gzip
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from forensics import api
from forensics.findings.document import Outage, Reconstruction, ScanReport

SAMPLES = Path(__file__).parents[2] / "sample_logs"
STORIES = ("eleven-minutes", "approved-enforcement", "stolen-session")


@dataclass
class Told:
    """A story as the tool tells it, and as it truly was."""

    folder: Path
    case: api.Case

    @cached_property
    def truth(self) -> dict[str, Any]:
        return tomllib.loads((self.folder / "truth.toml").read_text(encoding="utf-8"))

    @cached_property
    def rebuilt(self) -> Reconstruction:
        return self.case.outage(self.truth["outage"]["target"])

    @cached_property
    def outage(self) -> Outage:
        (only,) = self.rebuilt.outages
        return only

    @cached_property
    def scan(self) -> ScanReport:
        return self.case.scan()

    @cached_property
    def uids(self) -> dict[str, str]:
        """Event uids by the console's own record ids."""
        found = self.case.store.engine.rows(
            """SELECT raw ->> '$.id' AS id, event_uid FROM events
               WHERE source = 'moderation_console'"""
        )
        return {row["id"]: row["event_uid"] for row in found}

    def lines(self, name: str) -> list[str]:
        """The records of a log file as they stand in it, by record number."""
        data = (self.folder / name).read_bytes()
        text = gzip.decompress(data) if name.endswith(".gz") else data
        lines = text.decode("utf-8").splitlines()
        return lines[1:] if name.endswith(".csv") else lines


@pytest.fixture(scope="session")
def tell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Told]]:
    """All stories by name."""
    told = {}
    for name in STORIES:
        case = api.create_case(tmp_path_factory.mktemp("stories") / "case")
        case.ingest(SAMPLES / name)
        told[name] = Told(SAMPLES / name, case)
    yield told
    for one in told.values():
        one.case.close()


@pytest.fixture(params=STORIES)
def story(request: pytest.FixtureRequest, tell: dict[str, Told]) -> Told:
    """Each story in turn."""
    return tell[request.param]


@pytest.fixture
def eleven_minutes(tell: dict[str, Told]) -> Told:
    return tell["eleven-minutes"]


@pytest.fixture
def approved_enforcement(tell: dict[str, Told]) -> Told:
    return tell["approved-enforcement"]


@pytest.fixture
def stolen_session(tell: dict[str, Told]) -> Told:
    return tell["stolen-session"]
