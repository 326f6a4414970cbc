"""Which source a file is of, how sure, and why; what it came nearest to when it is none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal

import msgspec

from forensics.sources import not_logs
from forensics.sources.carriers import CARRIERS, DEPTH, unwrapped
from forensics.sources.declaration import Declaration
from forensics.sources.paths import lookup, steps
from forensics.sources.soundness import mended_json, why_garbled

Confidence = Literal["high", "medium", "low"]
# A file is of a source when most of its sampled records are; the rest may be odd ones.
_ENOUGH = 0.6
_SURE = 0.95
# A longer record that is not sound says nothing of its file: to mend it would take too long.
_MENDED = 1024 * 1024


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
    """The verdict on one file; `source` is None when no declaration fits well enough.

    `within` are the paths, outermost first, under which the records are carried in other objects.
    `neighbour` says that the file is known to be something else than a log, and why what it is.
    `mixed` says that other records of the sample are of other sources.
    """

    source: str | None
    confidence: Confidence | None
    why: str
    nearest: tuple[Candidate, ...] = ()
    within: tuple[str, ...] = ()
    neighbour: bool = False
    mixed: bool = False


def decode(records: Sequence[bytes]) -> list[dict[str, Any]]:
    """The records of a sample that are JSON objects, or are once mended."""
    found = []
    for record in records:
        try:
            document = msgspec.json.decode(record)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            mended = mended_json(bytes(record)) if len(record) <= _MENDED else None
            document = None if mended is None else msgspec.json.decode(mended)
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

    The best is the one that most records fit; among equals, the one that asks for most. Records
    that no source knows as they stand are looked for inside what may carry them, and sources
    that are `last` are asked when nothing is known inside either. When no source is that of most
    records, most of them may still each be of one that is known.
    """
    found = _of_most(documents, catalog)
    if found is not None and found.nearest[0].share == 1.0:
        return found
    found = _apart(documents, catalog, found) or found
    if found is not None:
        return found
    if known := not_logs.named(documents):
        return Recognition(None, None, known[0], neighbour=known[1])
    told = [why_garbled(one) for one in documents]
    if told and told[0] and all(told):
        return Recognition(None, None, f"none of its first records can be read: {told[0]}")
    judged = _ranked(documents, catalog.values())
    return Recognition(None, None, _why_not(documents, judged), tuple(_nearest(judged)))


def single(document: dict[str, Any], catalog: Mapping[str, Declaration]) -> Recognition | None:
    """The source of one record, or None."""
    return _of_most([document], catalog)


def _of_most(
    documents: Sequence[dict[str, Any]], catalog: Mapping[str, Declaration]
) -> Recognition | None:
    first = {name: one for name, one in catalog.items() if not one.recognise.last}
    for asked in (first, catalog):
        found = _as_it_stands(documents, asked) or _carried(documents, asked, DEPTH)
        if found is not None:
            return found
    return None


def _apart(
    documents: Sequence[dict[str, Any]],
    catalog: Mapping[str, Declaration],
    found: Recognition | None,
) -> Recognition | None:
    """Several sources in one file, if most records are each of one that is known."""
    each = [single(one, catalog) for one in documents]
    kinds = Counter((one.source, one.within) for one in each if one is not None)
    if len(kinds) < 1 + (found is not None) or kinds.total() < _ENOUGH * len(documents):
        return None
    told = ", ".join(f"{n} of {source}" for (source, _), n in kinds.most_common())
    most = found or next(
        one for one in each if one and (one.source, one.within) == kinds.most_common(1)[0][0]
    )
    why = f"the sampled records are of several sources: {told}"
    mixed = len(kinds) > 1
    return replace(most, confidence="medium", why=why, mixed=mixed)


def _ranked(
    documents: Sequence[dict[str, Any]], declarations: Iterable[Declaration]
) -> list[Candidate]:
    """The best first; of equals the one that the catalog names first."""
    return sorted(
        (_judge(documents, one) for one in declarations),
        key=lambda one: (-one.share, -one.weight, len(one.missing)),
    )


def _as_it_stands(
    documents: Sequence[dict[str, Any]], catalog: Mapping[str, Declaration]
) -> Recognition | None:
    """The source of records as they are, or as a source declares that they may be carried."""
    found = _verdict(documents, catalog.values(), ())
    for path in sorted({path for one in catalog.values() for path in one.within}):
        if found is not None:
            break
        wrapped = [one for one in catalog.values() if path in one.within]
        found = _verdict(unwrapped(documents, path), wrapped, (path,))
    return found


def _carried(
    documents: Sequence[dict[str, Any]], catalog: Mapping[str, Declaration], depth: int
) -> Recognition | None:
    """The source of records inside carriers that any source may have."""
    for path in CARRIERS if depth else ():
        inner = unwrapped(documents, path)
        if not inner:
            continue
        found = _as_it_stands(inner, catalog) or _carried(inner, catalog, depth - 1)
        if found is not None:
            why = f"inside {path}: {found.why}"
            return replace(found, within=(path, *found.within), why=why)
    return None


def _verdict(
    documents: Sequence[dict[str, Any]],
    declarations: Iterable[Declaration],
    within: tuple[str, ...],
) -> Recognition | None:
    keys = {key for one in documents for key in one}
    # No record can fit a source whose outermost members none of them has.
    likely = [one for one in declarations if _tops(one.recognise.required) <= keys]
    judged = _ranked(documents, likely)
    best = judged[0] if judged else None
    if best is None or best.share < _ENOUGH:
        return None
    runner = next((one for one in judged[1:] if one.share >= best.share), None)
    clear = runner is None or best.weight > runner.weight
    confidence: Confidence = "high" if best.share >= _SURE and clear else "medium"
    if best.share < _SURE and not clear:
        confidence = "low"
    why = "; ".join((*best.reasons, *(f"carried under {path}" for path in within)))
    return Recognition(best.source, confidence, why, tuple(judged[:3]), within)


@cache
def _tops(required: tuple[str, ...]) -> frozenset[str | int]:
    return frozenset(steps(path)[0] for path in required)


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
