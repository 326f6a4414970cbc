"""What a drafted source is recognised by: what its records always have and others do not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from forensics.sources.declaration import Declaration, Recognise
from forensics.sources.drafting import pairs, words
from forensics.sources.drafting.draft import Draft
from forensics.sources.drafting.roles import role_of
from forensics.sources.drafting.sample import ELEMENT, OUTER, Sample, members
from forensics.sources.paths import lookup
from forensics.sources.recognise import recognise

_MOST = 6
# So many records of one value make a constant.
_ENOUGH = 3
_LONGEST = 60
# Sorts after every name: what wins under it wins under any.
_LAST = "~"


@dataclass(frozen=True)
class Known:
    """The lines of `[recognise]`; `sure` is whether all records of the sample fit them."""

    required: list[str]
    optional: list[str]
    equals: dict[str, str]
    sure: bool


def known_by(draft: Draft, known: Mapping[str, Declaration], alone: Iterable[int]) -> Known:
    """What tells the sampled records from those of all known sources, also some of them alone.

    `alone` are numbers of records of the sample.
    """
    sample = draft.sample
    always = sample.always()
    if not always:
        return Known(_usual(sample), [], {}, sure=False)
    leaves = [path for path in always if path in sample.values or path in sample.lists]
    required = _required(draft, leaves or always)
    equals = dict(_constants(draft, always))
    optional = [
        path
        for path in dict.fromkeys(draft.paths.values())
        if path not in required
        and not path.startswith((ELEMENT, OUTER))
        and "[" not in path
        and pairs.split(path) is None
    ][:3]
    found = Known(required, optional, equals, sure=True)
    few = [sample.documents[one] for one in alone]
    if not all(_wins(found, one, known) for one in (sample.documents, *([one] for one in few))):
        # A source that is known already asks for much: whatever these records have is named.
        held = [path for document in few for path, _ in members(document)]
        more = [path for path in [*always, *held] if path not in required and "[" not in path]
        found = Known(required, list(dict.fromkeys([*optional, *more])), equals, sure=True)
    return found


def _required(draft: Draft, always: list[str]) -> list[str]:
    """The paths that feed columns, and those whose names few logs use."""
    feeding = [path for path in always if path in draft.taken]
    generic = words.of_section("generic", "paths")
    common = {path for path in always if words.flat(words.parts(path)[-1]) in generic}
    main = [draft.paths[name] for name in ("time", "operation", "actor") if name in draft.paths]
    listed = [draft.sample.shape.explode] if draft.sample.shape.explode else []
    order = [*listed, *(one for one in main if one in always)]
    order += [path for path in feeding if path not in common]
    order += [path for path in always if path not in common] + feeding + always
    return sorted(list(dict.fromkeys(order))[:_MOST], key=[*listed, *always].index)


def _usual(sample: Sample) -> list[str]:
    """The path that most records have, when none is in all."""
    counts = {path: len(values) for path, values in sample.values.items()}
    inside = [path for path in counts if "[" not in path and not path.startswith((ELEMENT, OUTER))]
    return [min(inside or counts, key=lambda path: (-counts[path], path))]


def _constants(draft: Draft, always: list[str]) -> Iterator[tuple[str, str]]:
    """Members named like a discriminator that are the same text in all of enough records."""
    named = words.of_section("constants", "paths")
    feeding = set(draft.paths.values())
    for path in always:
        if path in feeding or role_of(path) or words.flat(words.parts(path)[-1]) not in named:
            continue
        found = {repr(one): one for one in (lookup(d, path) for d in draft.sample.documents)}
        (value, *others) = found.values()
        plain = isinstance(value, str) and 0 < len(value) <= _LONGEST and value.isprintable()
        if plain and not others and len(draft.sample.documents) >= _ENOUGH:
            yield path, str(value)


def _wins(
    found: Known, documents: Sequence[dict[str, Any]], known: Mapping[str, Declaration]
) -> bool:
    """Whether a source known by these would be chosen for records before all known ones."""
    if not known:
        return True
    like = next(iter(known.values()))
    wanted = Recognise(
        tuple(found.required),
        (),
        tuple(found.optional),
        tuple((path, (value,)) for path, value in found.equals.items()),
    )
    own = replace(like, name=_LAST, recognise=wanted, within=(), explode=None, embedded=None)
    return recognise(documents, {**known, own.name: own}).source == own.name
