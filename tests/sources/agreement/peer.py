"""Another normaliser's test cases, read in place: raw records and its documents of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

FIXTURES = Path(__file__).resolve().parents[4] / "shared" / "fixtures" / "elastic"
_EXPECTED = "-expected.json"
# Members of an input that are about the record, or are what its shipper made of it.
_BESIDE = frozenset({"@timestamp", "event", "tags", "ecs", "input", "labels", "_conf", "log"})

# A stamp that names no year: the peer gives it that of its test run.
_YEARLESS = re.compile(r"\s*(<\d+>)?[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d ")


@dataclass(frozen=True)
class Record:
    """One raw record and the peer's document of it; None where the peer drops the record.

    `element` is the record as its file holds it; `timed` says that the document's time is the
    record's own and not the test's.
    """

    raw: str
    document: dict[str, Any] | None
    element: str
    timed: bool


@dataclass(frozen=True)
class CaseFile:
    """A file of raw records; `standing` when the records lie in it as they were exported."""

    path: Path
    records: tuple[Record, ...]
    standing: bool


def streams() -> list[str]:
    """The names of all streams that are here."""
    if not FIXTURES.is_dir():
        return []
    found = {path.parent.name for path in FIXTURES.glob(f"*/*{_EXPECTED}")}
    return sorted(found)


def values(document: Any, path: str) -> list[Any]:
    """What a document holds at a dotted path, keys nested or dotted, lists flattened."""
    if isinstance(document, list):
        return [one for element in document for one in values(element, path)]
    if not path:
        return [] if document is None else [document]
    if not isinstance(document, dict):
        return []
    found = []
    keys = path.split(".")
    for size in range(1, len(keys) + 1):
        key = ".".join(keys[:size])
        if key in document:
            found += values(document[key], ".".join(keys[size:]))
    return found


def files(stream: str) -> list[CaseFile]:
    """The test cases of a stream, in order."""
    return [
        _file(path.with_name(path.name.removesuffix(_EXPECTED)))
        for path in sorted((FIXTURES / stream).glob(f"*{_EXPECTED}"))
    ]


def _file(path: Path) -> CaseFile:
    documents = json.loads(path.with_name(path.name + _EXPECTED).read_text("utf-8"))["expected"]
    config = _config(path)
    inputs = list(_inputs(path, config))
    if len(inputs) != len(documents):
        raise ValueError(f"{path}: {len(inputs)} records, {len(documents)} documents")
    records = tuple(
        Record(raw, document, element, _is_timed(raw, document, injected, config))
        for (raw, element, injected), document in zip(inputs, documents, strict=True)
    )
    return CaseFile(path, records, path.suffix != ".json")


def _config(path: Path) -> dict[str, Any]:
    """How a case is run: its own configuration, else the stream's."""
    for name in (f"{path.name}-config.yml", "test-common-config.yml"):
        if (one := path.with_name(name)).exists():
            return dict(yaml.load(one.read_text("utf-8"), Loader=yaml.BaseLoader) or {})
    return {}


def _inputs(path: Path, config: dict[str, Any]) -> Iterator[tuple[str, str, list[str]]]:
    """Each record's text, its text as the file holds it, and the times it came with beside it."""
    given = [str(one) for one in values(config.get("fields"), "@timestamp")]
    text = path.read_text("utf-8")
    if path.suffix == ".json":
        for event in json.loads(text)["events"]:
            beside = [str(one) for one in values(event, "@timestamp")]
            yield _inner(event), json.dumps(event), given + beside
        return
    for line in _lines(text, config):
        yield line, line, given


def _lines(text: str, config: dict[str, Any]) -> Iterator[str]:
    lines = [line.rstrip("\r") for line in text.split("\n")]
    first = values(config, "multiline.first_line_pattern")
    if not first:
        yield from (line for line in lines if line.strip())
        return
    opening, held = re.compile(str(first[0])), list[str]()
    for line in lines:
        if opening.search(line) and held:
            yield "\n".join(held)
            held = []
        held.append(line)
    if rest := "\n".join(held).strip():
        yield rest


def _inner(event: dict[str, Any]) -> str:
    """The vendor's record of an input: its text, or the one object that is not beside it."""
    for path in ("message", "event.original"):
        if texts := [one for one in values(event, path) if isinstance(one, str)]:
            return "\n".join(texts)
    objects = [one for key, one in event.items() if key not in _BESIDE and isinstance(one, dict)]
    return json.dumps(objects[0] if len(objects) == 1 else event)


def _is_timed(raw: str, document: Any, injected: list[str], config: dict[str, Any]) -> bool:
    dynamic = config.get("dynamic_fields") or {}
    if _YEARLESS.match(raw) or any(fnmatchcase("@timestamp", str(name)) for name in dynamic):
        return False
    found = [moment(one) for one in values(document, "@timestamp")]
    return bool(found) and found[0] is not None and found[0] not in map(moment, injected)


def moment(text: object) -> datetime | None:
    """A peer's time, or None when it is none."""
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None
