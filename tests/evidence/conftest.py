"""A small source, and cases made of whatever files a test writes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from forensics.engine import Row
from forensics.evidence import case, ingest
from forensics.evidence.case import CasePaths
from forensics.evidence.store import Store
from forensics.evidence.verify import Verification, verify
from forensics.sources.declaration import Declaration, parse, shipped

DOOR = """
name = "door"
title = "Door log"
[recognise]
required = ["door", "at"]
[record]
explode = "acts"
[event]
native_id = "id"
time = "at"
operation = { first_of = ["@.op", "op"] }
actor = "who"
"""


class Bench:
    """A case below a folder, and the few things tests do with it."""

    def __init__(self, folder: Path, name: str = "case") -> None:
        self.logs = folder / "logs"
        self.logs.mkdir(exist_ok=True)
        self.root = folder / name
        self.paths: CasePaths = case.create(self.root)
        self.sources: dict[str, Declaration] = {**shipped(), "door": parse(DOOR, "door")}

    def write(self, name: str, data: bytes | Iterable[Any]) -> Path:
        path = self.logs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else lines(data))
        return path

    def ingest(self, *names: Path | str, source: str | None = None) -> ingest.IngestReport:
        given = [str(one) for one in names] or [str(self.logs)]
        only = self.sources[source] if source else None
        return ingest.ingest(self.paths, given, self.sources, tool="test 1", source=only)

    def rows(self, sql: str) -> list[Row]:
        store = Store(self.paths)
        try:
            return store.engine.rows(sql)
        finally:
            store.close()

    def column(self, sql: str) -> list[Any]:
        return [next(iter(row.values())) for row in self.rows(sql)]

    def digest(self) -> str:
        store = Store(self.paths)
        try:
            return store.digest()
        finally:
            store.close()

    def verify(self) -> Verification:
        return verify(self.paths)


def entry(number: int, **more: Any) -> dict[str, Any]:
    """A record of the door log."""
    stamp = f"2026-01-05T09:{number // 60 % 60:02}:{number % 60:02}Z"
    return {"door": "north", "id": str(number), "at": stamp, "op": "open", **more}


def lines(records: Iterable[Any]) -> bytes:
    texts = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in records]
    return b"\n".join(texts) + b"\n" if texts else b""


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture
def another(tmp_path: Path) -> Callable[[str], Bench]:
    return lambda name: Bench(tmp_path, name)


@pytest.fixture(name="entry", scope="session")
def entry_fixture() -> Callable[..., dict[str, Any]]:
    return entry


@pytest.fixture(name="lines")
def lines_fixture() -> Callable[[Sequence[Any]], bytes]:
    return lines


@pytest.fixture(scope="session")
def make_bench() -> Callable[[Path], Bench]:
    """For tests that make many cases, each in a folder of its own."""
    return Bench
