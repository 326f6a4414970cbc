"""The outages of every object of a case: one pass over the acts, then a walk over each object's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from forensics.engine import Engine
from forensics.timeline import bulk, describing, grading, holes, joint, machines, objects, probes
from forensics.timeline.acts import Record, records
from forensics.timeline.grading import Seen, Trust
from forensics.timeline.lifecycle import trace
from forensics.timeline.machines import Machine
from forensics.timeline.model import Basis, Grade, Outage
from forensics.timeline.objects import Named
from forensics.timeline.order import established
from forensics.timeline.outage import Window, bounded
from forensics.timeline.runs import Runs, Sighting
from forensics.timeline.silences import Silences
from forensics.timeline.spells import Act, Spell

_WINDOW = "SELECT min(time) AS start, max(time) AS stop FROM events"
_NAMELESS = """
SELECT count(*) AS n FROM events AS e
WHERE list_contains($verbs, action) AND time IS NOT NULL AND outcome = 'success'
  AND target IS NULL AND target_id IS NULL AND len(coalesce(targets, [])) = 0
"""


@dataclass(frozen=True)
class Listed:
    """One outage of one object, and who began and ended it; `together` counts other objects.

    `perhaps_started_by` are other accounts that may as well have begun it.
    """

    kind: str
    target: str
    tenant: str | None
    outage: Outage
    started_by: str | None
    ended_by: str | None
    together: int
    grade: Grade
    perhaps_started_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Inventory:
    """All outages, by object; how many objects were walked, and what is to be said of them."""

    listed: tuple[Listed, ...]
    objects: int
    window_start: datetime | None
    window_end: datetime | None
    limits: tuple[str, ...]


def take(
    engine: Engine, kinds: Iterable[str], products: Mapping[str, str | None] | None = None
) -> Inventory:
    """The outages of all objects of those kinds; reads `timed_events` and `clocks`."""
    window = engine.rows(_WINDOW)[0]
    known = grading.trust(engine, products or {})
    silences = Silences(engine, window["start"], window["stop"])
    found: list[Listed] = []
    limits: list[str] = []
    count = 0
    for kind in kinds:
        machine = machines.load()[kind]
        walked = _Kind(engine, machine, known, (window["start"], window["stop"]), silences)
        found += walked.listed()
        limits += walked.limits()
        count += len(walked.named)
    return Inventory(tuple(found), count, window["start"], window["stop"], tuple(limits))


class _Kind:
    """All objects of one kind."""

    def __init__(
        self, engine: Engine, machine: Machine, known: Trust, window: Window, silences: Silences
    ) -> None:
        self.engine, self.machine, self.known, self.window = engine, machine, known, window
        self.silences = silences
        self.named: Sequence[Named] = objects.find(engine, machine)
        self.records: Mapping[int, Record] = {}
        self.runs: Mapping[int, list[Sighting]] = {}
        if self.named:
            objects.register(engine, machine, self.named)
            self.records = records(engine, machine)
            self.runs = probes.sightings(engine, machine)
        self.beside: dict[int, set[str]] = defaultdict(set)
        for number, uid in objects.beside(engine, machine) if self.named else ():
            self.beside[number].add(uid)
        self.together = self._together()

    def listed(self) -> Iterator[Listed]:
        """The outages, object by object."""
        for number, one in enumerate(self.named):
            record, runs = self.records.get(number, Record()), Runs(self.runs.get(number, ()))
            life = joint.settled(
                trace(self.machine, record.acts, runs, record.sign_ins, record.births),
                runs,
                self.known.kept,
            )
            life = holes.cut(life, record.acts, runs, self.silences.holes, self.machine)
            actors = {run.first.event_uid: run.changed_by for run in runs}
            actors |= {act.stamp.event_uid: act.actor for act in record.acts}
            for at, spell in enumerate(life.spells, start=1):
                found = bounded(at, spell, self.machine, one.label, window=self.window, runs=runs)
                bases = self._bases(number, spell, runs)
                yield Listed(
                    kind=self.machine.kind,
                    target=one.label,
                    tenant=one.tenant,
                    outage=replace(
                        found,
                        start_basis=bases[0],
                        end_basis=bases[1],
                        gaps=self.silences.of(spell, runs, self.machine),
                    ),
                    started_by=actors.get(found.started_by_uid or ""),
                    ended_by=actors.get(found.ended_by_uid or ""),
                    together=self.together.get((found.started_by_uid or "", number), 0),
                    grade=grading.weakest(bases),
                    perhaps_started_by=_others(found, actors),
                )

    def limits(self) -> Iterator[str]:
        """Acts that name no object, and objects whose acts are in no established order."""
        kind = self.machine.kind
        verbs = sorted(self.machine.states)
        nameless = self.engine.rows(_NAMELESS, {"verbs": verbs})[0]["n"]
        if nameless and self.machine.identity == "names":
            acts = "1 act names" if nameless == 1 else f"{nameless} acts name"
            yield f"{acts} no object of the kind {kind}: what they did, and to what, is not told."
        unordered = [
            one.label
            for number, one in enumerate(self.named)
            if any(True for _ in describing.unordered(self.records.get(number, Record()).acts))
        ]
        if unordered:
            shown = ", ".join(unordered[:5]) + (", ..." if len(unordered) > 5 else "")
            yield (
                f"The order of some acts is not established, of {len(unordered)} of "
                f"{len(self.named)} objects of the kind {kind}: {shown}."
            )

    def _bases(self, number: int, spell: Spell, runs: Runs) -> tuple[Basis | None, Basis | None]:
        seen_down, seen_up = _seen(spell, runs)
        start = grading.start_basis(spell.holds[0], seen_down, self.known)
        end = grading.end_basis(spell, seen_up, self.known)
        uids = self.beside.get(number, ())
        return grading.beside(start, uids), grading.beside(end, uids)

    def _together(self) -> dict[tuple[str, int], int]:
        """By act and object, how many other objects the same account did the same to in one go."""
        if self.machine.identity != "names":
            return {}
        groups: dict[tuple[str | None, ...], list[tuple[Act, int]]] = defaultdict(list)
        for number, record in self.records.items():
            for act in record.acts:
                key = act.stamp.source, act.verb, act.actor, act.session
                groups[key].append((act, number))
        found: dict[tuple[str, int], int] = {}
        window = timedelta(seconds=bulk.WINDOW_S)
        for acts in groups.values():
            acts.sort(key=lambda pair: (pair[0].stamp.time, pair[1]))
            first = last = 0
            near: dict[int, int] = defaultdict(int)
            for act, number in acts:
                while last < len(acts) and acts[last][0].stamp.time - act.stamp.time <= window:
                    near[acts[last][1]] += 1
                    last += 1
                while act.stamp.time - acts[first][0].stamp.time > window:
                    near[acts[first][1]] -= 1
                    if not near[acts[first][1]]:
                        del near[acts[first][1]]
                    first += 1
                if act.actor is not None:
                    found[act.stamp.event_uid, number] = len(near) - 1
        return found


def _others(outage: Outage, actors: Mapping[str, str | None]) -> tuple[str, ...]:
    """The other accounts whose acts may as well have begun an outage."""
    begun = actors.get(outage.started_by_uid or "")
    named = {actors.get(uid) for uid in outage.perhaps_started_by} - {begun}
    return tuple(sorted(name for name in named if name))


def _seen(spell: Spell, runs: Runs) -> tuple[Seen, Seen]:
    """Which other sources saw a spell begin, and which saw it over: down within, up after."""
    edges = (spell.begun, spell.ended)
    stamps = [one for edge in edges if edge for one in (edge.low, edge.high) if one]
    own = {one.source for one in stamps}
    near = runs.near(spell.begun.high, spell.ended.high if spell.ended else None)
    down = {
        run.source: (run.first.event_uid,)
        for run in near
        if not run.up and run.source not in own and _meets(spell, run)
    }
    up = {
        run.source: (run.first.event_uid,)
        for run in near
        if run.up
        and run.source in down
        and spell.ended is not None
        and established(spell.ended.high, run.first) != "after"
        and established(spell.begun.high, run.first) == "before"
    }
    return down, up


def _meets(spell: Spell, run: Sighting) -> bool:
    if established(run.last, spell.begun.high) == "before":
        return False
    return spell.ended is None or established(spell.ended.high, run.first) != "before"
