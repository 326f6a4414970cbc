"""What a drafted source is recognised by: what its records always have and others do not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from forensics.sources.declaration import Declaration, Recognise
from forensics.sources.drafting import words
from forensics.sources.drafting.draft import Draft
from forensics.sources.drafting.roles import role_of
from forensics.sources.drafting.sample import ELEMENT, OUTER, Sample
from forensics.sources.paths import lookup
from forensics.sources.recognise import recognise

_MOST = 6
# So many records of one value make a constant.
_ENOUGH = 3
_LONGEST = 60


@dataclass(frozen=True)
class Known:
    """The lines of `[recognise]`; `sure` is whether all records of the sample fit them."""

    required: list[str]
    optional: list[str]
    equals: dict[str, str]
    sure: bool


def known_by(draft: Draft, known: Mapping[str, Declaration]) -> Known:
    """What tells the sampled records from those of all known sources."""
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
        if path not in required and not path.startswith((ELEMENT, OUTER)) and "[" not in path
    ][:3]
    found = Known(required, optional, equals, sure=True)
    if not _wins(found, sample, known):
        more = [path for path in always if path not in required]
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


def _wins(found: Known, sample: Sample, known: Mapping[str, Declaration]) -> bool:
    """Whether a source known by these would be chosen for the sample before all known ones."""
    if not known:
        return True
    like = next(iter(known.values()))
    wanted = Recognise(
        tuple(found.required),
        (),
        tuple(found.optional),
        tuple((path, (value,)) for path, value in found.equals.items()),
    )
    own = replace(
        like, name="drafted source", recognise=wanted, within=(), explode=None, embedded=None
    )
    return recognise(sample.documents, {**known, own.name: own}).source == own.name
