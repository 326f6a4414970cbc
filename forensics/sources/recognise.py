"""Which source a file is of, how sure, and why; what it came nearest to when it is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import msgspec

from forensics.sources.declaration import Declaration
from forensics.sources.mapping import json_path

Confidence = Literal["high", "medium", "low"]
# A file is of a source when most of its sampled records are; the rest may be odd ones.
_ENOUGH = 0.6
_SURE = 0.95


@dataclass(frozen=True)
class Candidate:
    """How well a sample fits one source: share of records that fit, and the reasons in words."""

    source: str
    share: float
    weight: int
    required: int
    reasons: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Recognition:
    """The verdict on one file; `source` is None when no declaration fits well enough."""

    source: str | None
    confidence: Confidence | None
    why: str
    nearest: tuple[Candidate, ...]


@cache
def _steps(path: str) -> tuple[str | int, ...]:
    parts = _split(json_path(path).removeprefix("$"))
    return tuple(
        int(part[1:-1]) if part.startswith("[") else part.lstrip(".").strip('"') for part in parts
    )


def _split(text: str) -> list[str]:
    parts: list[str] = []
    quoted = False
    for char in text:
        if char == '"':
            quoted = not quoted
        if char in ".[" and not quoted:
            parts.append(char)
        else:
            parts[-1] += char
    return parts


def lookup(document: Any, path: str) -> Any:
    """The value at a path of a decoded record, or None."""
    for step in _steps(path):
        if isinstance(document, dict) and isinstance(step, str):
            document = document.get(step)
        elif isinstance(document, list) and isinstance(step, int) and step < len(document):
            document = document[step]
        else:
            return None
    return document


def decode(records: Sequence[bytes]) -> list[dict[str, Any]]:
    """The records of a sample that are JSON objects."""
    found = []
    for record in records:
        try:
            document = msgspec.json.decode(record)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            continue
        if isinstance(document, dict):
            found.append(document)
    return found


def _fits(document: dict[str, Any], declaration: Declaration) -> bool:
    wanted = declaration.recognise
    if any(lookup(document, path) is None for path in wanted.required):
        return False
    return all(str(lookup(document, path)) in values for path, values in wanted.equals)


def _judge(documents: Sequence[dict[str, Any]], declaration: Declaration) -> Candidate:
    wanted = declaration.recognise
    fitting = [one for one in documents if _fits(one, declaration)]
    seen = [
        path
        for path in (*wanted.any_of, *wanted.optional)
        if any(lookup(one, path) is not None for one in fitting)
    ]
    missing = tuple(
        path for path in wanted.required if not any(lookup(d, path) is not None for d in documents)
    )
    share = len(fitting) / len(documents) if documents else 0.0
    if wanted.any_of and not set(wanted.any_of) & set(seen):
        share = 0.0
    reasons = tuple(
        [f"{len(fitting)} of {len(documents)} sampled records have {', '.join(wanted.required)}"]
        + [f"{path} is {' or '.join(values)}" for path, values in wanted.equals]
        + ([f"also seen: {', '.join(seen)}"] if seen else [])
    )
    weight = len(wanted.required) + 2 * len(wanted.equals) + len(seen)
    return Candidate(declaration.name, share, weight, len(wanted.required), reasons, missing)


def recognise(
    documents: Sequence[dict[str, Any]], catalog: Mapping[str, Declaration]
) -> Recognition:
    """The source that a sample of decoded records is of.

    The best is the one that most records fit; among equals, the one that asks for most.
    """
    judged = sorted(
        (_judge(documents, one) for one in catalog.values()),
        key=lambda one: (-one.share, -one.weight, len(one.missing), one.source),
    )
    best = judged[0] if judged else None
    if best is None or best.share < _ENOUGH:
        return Recognition(None, None, _why_not(documents, judged), tuple(_nearest(judged)))
    runner = next((one for one in judged[1:] if one.share >= best.share), None)
    clear = runner is None or best.weight > runner.weight
    confidence: Confidence = "high" if best.share >= _SURE and clear else "medium"
    if best.share < _SURE and not clear:
        confidence = "low"
    return Recognition(best.source, confidence, "; ".join(best.reasons), tuple(judged[:3]))


def _nearest(judged: Sequence[Candidate]) -> list[Candidate]:
    """Sources that a sample shares at least one required path with, closest first."""
    shares = [one for one in judged if len(one.missing) < one.required]
    return sorted(shares, key=lambda one: (len(one.missing) / one.required, one.source))[:3]


def _why_not(documents: Sequence[dict[str, Any]], judged: Sequence[Candidate]) -> str:
    if not documents:
        return "it holds no records that are JSON objects or table rows"
    near = [
        f"{one.source} (lacks {', '.join(one.missing) or 'its exact values'})"
        for one in _nearest(judged)
    ]
    if not near:
        return "it has nothing in common with any known source"
    return f"no known source fits; nearest: {'; '.join(near)}"
