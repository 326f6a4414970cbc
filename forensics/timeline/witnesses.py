"""Records, checks and statements on one outage, weighed together as claims about its instants.

What the records bound by themselves, statements do not move: the bounds that all claims give stand
beside it, each with those who set it and the weakest of their grades. What the records leave open,
statements close.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal

from forensics.errors import UsageError
from forensics.timeline import claims, machines
from forensics.timeline.claims import Cite, Told
from forensics.timeline.model import (
    Basis,
    Duration,
    Outage,
    StateInterval,
    Step,
    TargetHistory,
)
from forensics.timeline.statements import Statement, Statements
from forensics.timeline.testimony import Bound, Testimony
from forensics.timeline.weighing import stated, weigh
from forensics.timeline.when import utc_text


def apply(history: TargetHistory, statements: Statements, cite: Cite) -> TargetHistory:
    """The history with what witnesses say: open bounds closed, conflicts named.

    A target of which the records show no outage has those the statements tell of. Raises UsageError
    where a statement names an outage or an event that is not there or could be of several outages,
    where it contradicts itself, and where nothing bounds the start of one.
    """
    if not statements:
        return history
    named = statements.about((history.target, *history.aliases))
    about = [one for one in named if one.kind == history.kind]
    limits = (*history.limits, *_unweighed(statements, named, history))
    if not about:
        return replace(history, limits=limits)
    events = cite(claims.cited(history.outages))
    told = {one.id: claims.of_statement(one, cite) for one in about}
    if history.outages:
        records = {one.number: claims.of_records(one, events) for one in history.outages}
        numbers = {one.id: _number(one, told[one.id], history, records) for one in about}
        outages = [
            _witnessed(one, records[one.number], _of(told, numbers, one.number))
            for one in history.outages
        ]
    else:
        numbers = {one.id: one.outage or 1 for one in about}
        outages = [
            _stated(history, number, _of(told, numbers, number))
            for number in sorted(set(numbers.values()))
        ]
    return replace(
        history,
        outages=tuple(outages),
        intervals=_intervals(history, outages),
        derivation=(*history.derivation, *(step for one in outages for step in _steps(one))),
        limits=(*limits, *_unseen(history), *read_from(statements)),
    )


def _of(told: Mapping[str, Told], numbers: Mapping[str, int], number: int) -> list[Told]:
    return [one for one in told.values() if numbers[one.id] == number]


def _number(
    statement: Statement, told: Told, history: TargetHistory, records: Mapping[int, list[Told]]
) -> int:
    """Which outage a statement is about: the one it names, the only one, or the only that fits."""
    wanted = statement.outage
    numbers = [one.number for one in history.outages]
    if wanted in numbers or (wanted is None and len(numbers) == 1):
        return wanted or numbers[0]
    fitting = [one for one in numbers if stated([*records[one], told]).conflict() is None]
    if wanted is None and len(fitting) == 1:
        return fitting[0]
    starts = (f"{one.number}, begun by {utc_text(one.start_latest)}" for one in history.outages)
    fits = f"fits {len(fitting) or 'none'} of {len(numbers)} outages."
    raise UsageError(
        f"The statement {statement.id} names outage {wanted}, which is not there."
        if wanted is not None
        else f"The statement {statement.id} {fits}",
        place=statement.place,
        remedy=f"Give it `outage: N`, one of: {'; '.join(starts)}.",
    )


def _witnessed(outage: Outage, records: Sequence[Told], told: Sequence[Told]) -> Outage:
    """A recorded outage with what witnesses say; what the records close stays as it is."""
    if not told:
        return outage
    weighed, reading = weigh([*records, *told])
    open_ends = {
        "start": outage.start_earliest is None,
        "end": outage.end_earliest is None or outage.end_latest is None,
        "duration": outage.duration.longest is None,
    }
    close = tuple(of for of, is_open in open_ends.items() if not is_open)
    said = (*weighed.sentences, *([_kept_by_records(close)] if close else []))
    weighed = replace(weighed, records_close=close, sentences=said)
    changed = replace(outage, testimony=weighed)
    if open_ends["start"]:
        changed = replace(
            changed,
            start_earliest=reading.start_earliest,
            start_latest=reading.start_latest or outage.start_latest,
            start_basis=_basis(weighed, "start") or outage.start_basis,
        )
    if open_ends["end"]:
        changed = replace(
            changed,
            end_earliest=reading.end_earliest,
            end_latest=reading.end_latest,
            end_basis=_basis(weighed, "end") or outage.end_basis,
        )
    if open_ends["duration"]:
        changed = replace(changed, duration=Duration(reading.shortest, reading.longest))
    if open_ends["end"] and reading.end_latest is not None:
        ended = _span(reading.end_earliest, reading.end_latest)
        told_end = f"By what witnesses say, it ended {ended}."
        changed = replace(changed, sentences=(*outage.sentences, told_end))
    return changed


def _kept_by_records(close: Sequence[str]) -> str:
    named = close[0] if len(close) == 1 else f"{', '.join(close[:-1])} and {close[-1]}"
    return (
        f"The records alone bound the {named}: there the outage keeps their bounds, and these are "
        "what follows if the statements hold too."
    )


def _steps(outage: Outage) -> Iterator[Step]:
    """How statements bound both ends, as steps of the derivation."""
    if outage.testimony is None:
        return
    for of, state in (("start", outage.state), ("end", "up")):
        sides: dict[str, Bound] = {one.of: one for one in outage.testimony.bounds}
        claimed = {one.id: one.evidence for one in outage.testimony.claims}
        low, high = sides.get(f"{of}_earliest"), sides.get(f"{of}_latest")
        if high is None or high.time is None:
            continue
        since = f"not before what {' and '.join(low.by)} set, " if low else ""
        yield Step(
            rule="weighed",
            state=state,
            earliest=low.time if low else None,
            latest=high.time,
            evidence=tuple(
                dict.fromkeys(
                    uid for side in (low, high) if side for one in side.by for uid in claimed[one]
                )
            ),
            sentence=(
                f"outage {outage.number}, its {of} with all statements that stand: {since}"
                f"not after what {' and '.join(high.by)} set."
            ),
        )


def _basis(weighed: Testimony, of: Literal["start", "end"]) -> Basis | None:
    """What one end rests on where claims bound it: the weakest of them, and all who set it."""
    setting = [bound for bound in weighed.bounds if bound.of.startswith(of)]
    ids = tuple(dict.fromkeys(one for bound in setting for one in bound.by))
    if not setting:
        return None
    own = [claim for claim in weighed.claims if claim.id in ids]
    return Basis(
        grade=max(bound.grade for bound in setting),
        sources=tuple(sorted({claim.who for claim in own})),
        evidence=tuple(dict.fromkeys(uid for claim in own for uid in claim.evidence)),
        sentence=f"The {of} is what witnesses say: {', '.join(ids)}.",
    )


def _stated(history: TargetHistory, number: int, told: Sequence[Told]) -> Outage:
    """An outage that statements alone tell of, in the state that names no act."""
    target = history.target
    weighed, reading = weigh(told)
    if reading.start_latest is None:
        raise UsageError(
            f"Nothing says when the outage of {target} began at the latest.",
            place=told[0].statement.place if told[0].statement else None,
            remedy="Add a statement of its start, or of its end and its duration.",
        )
    start = _span(reading.start_earliest, reading.start_latest)
    end = _span(reading.end_earliest, reading.end_latest)
    return Outage(
        number=number,
        state=machines.load()[history.kind].unseen,
        start_earliest=reading.start_earliest,
        start_latest=reading.start_latest,
        end_earliest=reading.end_earliest,
        end_latest=reading.end_latest,
        duration=Duration(reading.shortest, reading.longest),
        started_by_uid=None,
        ended_by_uid=None,
        causes=(),
        probe=(),
        inferred=True,
        sentences=(
            f"{target} was {history.away} from {start} until {end}.",
            "No record tells of it; the bounds are what witnesses say.",
        ),
        testimony=weighed,
        start_basis=_basis(weighed, "start"),
        end_basis=_basis(weighed, "end"),
    )


def _span(earliest: datetime | None, latest: datetime | None) -> str:
    if earliest is None or latest is None:
        if earliest is not None:
            return f"{utc_text(earliest)} or later"
        return f"{utc_text(latest)} or earlier" if latest is not None else "a time nobody tells"
    return f"{utc_text(earliest)} to {utc_text(latest)}"


def _intervals(history: TargetHistory, outages: Sequence[Outage]) -> tuple[StateInterval, ...]:
    """The states, with the ends that only statements bound, and those they alone tell of."""
    if not history.outages:
        return (*history.intervals, *(_told_of(history.target, one) for one in outages))
    changed = list(zip(history.outages, outages, strict=True))
    unseen = {was.start_latest: one for was, one in changed if was.start_earliest is None}
    found = [
        _told(replace(state, start_earliest=unseen[state.start_latest].start_earliest), state)
        if state.start_earliest is None and state.start_latest in unseen
        else state
        for state in history.intervals
    ]
    was, one = changed[-1]
    if found and was.end_latest is None:
        last = found[-1]
        ended = replace(last, end_earliest=one.end_earliest, end_latest=one.end_latest)
        found[-1] = _told(ended, last)
        found += [_back(history, one)] if one.end_latest is not None else []
    return tuple(found)


def _told(told: StateInterval, state: StateInterval) -> StateInterval:
    """A state with bounds that witnesses tell, and that it is so; as it was if none does."""
    if told == state:
        return state
    sentence = f"{state.sentence} What no record bounds, witnesses do."
    return replace(told, inferred=True, sentence=sentence)


def _told_of(target: str, one: Outage) -> StateInterval:
    """A state that statements alone tell of."""
    return StateInterval(
        target=target,
        state=one.state,
        start_earliest=one.start_earliest,
        start_latest=one.start_latest,
        end_earliest=one.end_earliest,
        end_latest=one.end_latest,
        begun_by=None,
        ended_by=None,
        inferred=True,
        sentence="By what witnesses say; no record tells of it.",
    )


def _back(history: TargetHistory, one: Outage) -> StateInterval:
    """The state that an outage ended in, where witnesses alone tell that it ended."""
    rest = machines.load()[history.kind].rest
    ended = _span(one.end_earliest, one.end_latest)
    return StateInterval(
        target=history.target,
        state=rest,
        start_earliest=one.end_earliest,
        start_latest=one.end_latest,
        end_earliest=None,
        end_latest=None,
        begun_by=None,
        ended_by=None,
        inferred=True,
        sentence=f"{history.target} was {rest} from {ended}, by what witnesses say.",
    )


def _unseen(history: TargetHistory) -> Iterator[str]:
    if history.aliases and not history.outages:
        yield (
            f"The records that name {history.target} show no outage; the one told here is what "
            "witnesses say, and those records were not weighed against it."
        )


def _unweighed(
    statements: Statements, named: Sequence[Statement], history: TargetHistory
) -> Iterator[str]:
    """Which statements this answer leaves out."""
    count = len(statements.all)
    if left := count - len(named):
        yield f"{left} of {count} statements are about other targets."
    for kind in sorted({one.kind for one in named} - {history.kind}):
        own = sum(one.kind == kind for one in named)
        yield (
            f"{own} of {count} statements are about {history.target} of the kind {kind}, not "
            f"{history.kind}, and are not weighed here."
        )


def read_from(statements: Statements) -> Iterator[str]:
    """Which files of statements were read, so that the answer can be made again."""
    for name, digest in statements.files:
        yield f"Statements were read from {name} (SHA-256 {digest})."
    yield "What a witness says is taken as said: who copied from whom is not known."
