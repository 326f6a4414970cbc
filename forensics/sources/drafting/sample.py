"""The sampled records of a log, taken out of what carries them, and what stands at each path."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Any

from forensics.sources.carriers import unwrapped
from forensics.sources.drafting import pairs, words
from forensics.sources.formats import Hints, detect, matching
from forensics.sources.paths import lookup
from forensics.sources.recognise import decode

_MOST = 2_000
# How deep objects are entered; deeper ones hold details, not columns.
_DEEPEST = 8
_QUOTABLE = re.compile(r'[^"\\\x00-\x1f\x7f]+\Z')
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
ELEMENT = "@."
OUTER = "outer."


def said(value: Any) -> str:
    """A scalar as mappings read it."""
    return value if isinstance(value, str) else json.dumps(value)


def step(key: str, *, first: bool) -> str:
    """A key as paths write it; one that would be read as something else is quoted."""
    return key if _PLAIN.match(key) and not (first and key == "outer") else f'"{key}"'


def members(document: Any, path: str = "", depth: int = _DEEPEST) -> Iterator[tuple[str, Any]]:
    """Paths of all members but null, as declarations write them; lists are entered at their first.

    Objects and lists come before what they hold.
    """
    if path and document is not None:
        yield path, document
    if isinstance(document, dict) and depth:
        for key, value in document.items():
            if key != "*" and _QUOTABLE.match(key):
                below = step(key, first=not path)
                yield from members(value, f"{path}.{below}" if path else below, depth - 1)
    elif isinstance(document, list) and document and path:
        yield from members(document[0], f"{path}[0]", depth - 1)


@dataclass(frozen=True)
class Shape:
    """Where the events of a record are: `[record]` of a declaration."""

    within: str | None = None
    embedded: str | None = None
    explode: str | None = None


@dataclass
class Sample:
    """Records of a log under one shape.

    `documents` are the records as they are recognised, `outers` what carries them, `raws` a small
    file of each alone.
    """

    documents: list[dict[str, Any]]
    raws: list[str]
    shape: Shape = field(default_factory=Shape)
    outers: list[dict[str, Any]] = field(default_factory=list)

    @cached_property
    def origins(self) -> list[tuple[int, int]]:
        """For each event the record it is of and its number there, both from 0."""
        return [
            (number, place)
            for number, document in enumerate(self.documents)
            for place in range(len(self._elements(document)))
        ]

    @cached_property
    def events(self) -> list[dict[str, Any]]:
        """For each event its members by path, those of elements and carriers marked as such."""
        found = []
        for number, document in enumerate(self.documents):
            shared = self._shared(number, document)
            for element in self._elements(document):
                own = {f"{ELEMENT}{path}": value for path, value in members(element)}
                both = shared | own
                told = (pair for path, value in both.items() for pair in pairs.below(path, value))
                found.append(both | dict(told))
        return found

    def _elements(self, document: dict[str, Any]) -> list[Any]:
        listed = lookup(document, self.shape.explode) if self.shape.explode else None
        return listed or [None] if isinstance(listed, list) else [listed]

    def _shared(self, number: int, document: dict[str, Any]) -> dict[str, Any]:
        """What all events of a record share: its members but for the events, and its carrier's."""
        own = dict(members(document))
        if self.shape.explode:
            own = _without(own, self.shape.explode)
        if self.shape.within:
            around = _without(dict(members(self.outers[number])), self.shape.within)
            own |= {f"{OUTER}{path}": value for path, value in around.items()}
        return own

    @cached_property
    def values(self) -> dict[str, list[str]]:
        """What stands at each path that holds scalars, as text; blanks count as nothing."""
        found: dict[str, list[str]] = {}
        mixed = set()
        for event in self.events:
            for path, value in event.items():
                if isinstance(value, (dict, list)):
                    mixed.add(path)
                elif (text := said(value)).strip():
                    found.setdefault(path, []).append(text)
        return {path: texts for path, texts in found.items() if path not in mixed}

    @cached_property
    def lists(self) -> dict[str, list[list[Any]]]:
        """The lists at each path that holds nothing else, those that are empty aside."""
        found: dict[str, list[list[Any]]] = {}
        other = set()
        for event in self.events:
            for path, value in event.items():
                if isinstance(value, list):
                    found.setdefault(path, []).extend([value] if value else [])
                elif not isinstance(value, list):
                    other.add(path)
        return {path: lists for path, lists in found.items() if lists and path not in other}

    def share(self, path: str) -> float:
        """In which part of the events something stands at a path."""
        return len(self.values.get(path, [])) / len(self.events) if self.events else 0.0

    def always(self) -> list[str]:
        """Paths of the records, no list entered, that none of them lacks; in order."""
        if not self.documents:
            return []
        held = [set(dict(members(one))) for one in self.documents]
        return [
            path
            for path, _ in members(self.documents[0])
            if "[" not in path and all(path in one for one in held)
        ]


def _without(found: dict[str, Any], path: str) -> dict[str, Any]:
    """Members but for one and those below it."""
    below = (f"{path}.", f"{path}[")
    return {one: value for one, value in found.items() if one != path and not one.startswith(below)}


def whole_lines(head: bytes, limit: int) -> bytes:
    """Opening bytes without a last line that is cut off, so that no cut value is learnt."""
    if len(head) < limit or head.startswith(b"PAR1"):
        return head
    return head[: head.rfind(b"\n") + 1] or head


def _split(
    head: bytes, embedded: str | None = None, most: int | None = None
) -> tuple[list[dict[str, Any]], list[str]]:
    """Decoded records of opening bytes and each as a small file of its own.

    `most` is how many of the formats that they may be of are tried.
    """
    for container in islice(matching(head), most):
        kept: list[tuple[dict[str, Any], bytes]] = []
        for batch in container.split(io.BytesIO(head), Hints(embedded)):
            given = batch.documents if batch.documents is not None else batch.records
            for record, document in zip(batch.records, given, strict=True):
                kept += [(one, bytes(record)) for one in decode([bytes(document)])]
            if len(kept) >= _MOST:
                break
        if kept:
            del kept[_MOST:]
            header = _header(head) if container.name == "csv" else b""
            raws = [(header + raw).decode("utf-8", "replace") for _, raw in kept]
            return [one for one, _ in kept], raws
    return [], []


def _header(head: bytes) -> bytes:
    line = re.split(rb"[\r\n]", head.lstrip(), maxsplit=1)[0]
    return line + b"\n"


def _alone(raw: str, document: dict[str, Any], embedded: str | None) -> str:
    """A record as an example: as it stands where alone it is the same record, else as JSON."""
    plain = json.dumps(document, ensure_ascii=False)
    for text in (raw, plain, f"[{plain}]"):
        if "\n" in text and text.lstrip().startswith(("{", "[")):
            continue
        found, _ = _split(text.encode("utf-8", "replace"), embedded, most=1)
        if found == [document]:
            return text
    return f"[{plain}]"


def example_of(sample: Sample, number: int) -> str:
    """The raw text of a record's example."""
    held = sample.outers[number] if sample.shape.within else sample.documents[number]
    return _alone(sample.raws[number], held, sample.shape.embedded)


def shapes(head: bytes) -> Iterator[Sample]:
    """The sample as it stands, then under each shape in which its records could be carried."""
    documents, raws = _split(head)
    if not documents:
        return
    yield Sample(documents, raws)
    table = (container := detect(head)) is not None and container.name == "csv"
    for path in _json_texts(documents):
        if table:
            (name,) = words.parts(path) or ("",)
            inner, rows = _split(head, name)
            yield Sample(inner, rows, Shape(embedded=name))
        else:
            inner = unwrapped(documents, path)
            yield Sample(inner, raws, Shape(within=path), documents)


def _json_texts(documents: Sequence[dict[str, Any]]) -> list[str]:
    """Paths at which most records hold text that is a JSON object."""
    counted: dict[str, int] = {}
    for document in documents:
        for path, value in members(document, depth=3):
            if isinstance(value, str) and value.lstrip().startswith("{") and "[" not in path:
                counted[path] = counted.get(path, 0) + bool(
                    decode([value.encode("utf-8", "replace")])
                )
    return [path for path, count in counted.items() if count * 2 > len(documents)]


def exploded(sample: Sample) -> Iterator[Sample]:
    """The sample with each list of objects that is named like one of events taken apart."""
    named = words.of_section("elements", "paths")
    for path, lists in sample.lists.items():
        if "[" in path or path.startswith(OUTER) or words.flat(words.parts(path)[-1]) not in named:
            continue
        if all(isinstance(one, dict) for listed in lists for one in listed):
            shape = Shape(sample.shape.within, sample.shape.embedded, path)
            yield Sample(sample.documents, sample.raws, shape, sample.outers)
