"""The outages of one object: bounds, durations, causes and witnesses."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from forensics.engine import Engine
from forensics.errors import UsageError
from forensics.timeline import (
    bulk,
    clocks,
    describing,
    grading,
    holes,
    joint,
    machines,
    objects,
    order,
    probes,
    silences,
)
from forensics.timeline.acts import Record, records
from forensics.timeline.derivation import steps
from forensics.timeline.grading import Trust
from forensics.timeline.identity import OF_ACCOUNT, Account, identify
from forensics.timeline.intervals import state_intervals
from forensics.timeline.lifecycle import trace
from forensics.timeline.machines import ABSENT, ACCOUNT, UNKNOWN, Machine
from forensics.timeline.model import Cause, Duration, Outage, TargetHistory
from forensics.timeline.objects import Named
from forensics.timeline.order import Stamp
from forensics.timeline.runs import Runs, Sighting
from forensics.timeline.silences import Silences
from forensics.timeline.spells import Hold, Lifecycle, Spell
from forensics.timeline.stages import course
from forensics.timeline.told import Told

_IDS = """
SELECT source, list_sort(list(DISTINCT target_id)) AS ids
FROM events
WHERE target_id IS NOT NULL AND list_contains($names, lower(target))
  AND ($tenant::VARCHAR IS NULL OR tenant IS NULL OR lower(tenant) = lower($tenant))
GROUP BY source HAVING count(DISTINCT target_id) > 1
ORDER BY source
"""
# Whether a record of any source shows that an object was there before its creation.
_OLDER = " ".join(
    (
        "SELECT count(*) AS n FROM timed_events WHERE time_latest <= $before",
        "AND coalesce(outcome, 'success') = 'success' AND (list_contains($names, lower(actor))",
        "OR (",
        OF_ACCOUNT,
        "))",
    )
)
Window = tuple[datetime | None, datetime | None]
"""The first and the last time on record."""

_WINDOW = "SELECT min(time) AS start, max(time) AS stop FROM events"


def reconstruct(
    engine: Engine,
    target: str,
    tolerances: Mapping[str, float],
    *,
    tenant: str | None = None,
    kind: str = ACCOUNT,
    told: Iterable[Told] = (),
) -> TargetHistory:
    """As `rebuild`, over clocks known by their `tolerances` and what is `told` of them.

    See `clocks.register`, whose relations this derives.
    """
    clocks.register(engine, tolerances, told)
    return rebuild(engine, target, tenant=tenant, kind=kind)


def rebuild(
    engine: Engine,
    target: str,
    *,
    tenant: str | None = None,
    kind: str = ACCOUNT,
    products: Mapping[str, str | None] | None = None,
) -> TargetHistory:
    """What the events say of one object's state, an account if no other `kind` is asked for.

    Reads `timed_events` and `clocks`. `target` is a handle, id or e-mail in any case; of a role
    also its member or what it is. `products` gives, by source, the product that wrote it. With a
    `tenant` only records of it or of none count. An object nobody acted on has no aliases and no
    intervals; `query.near_names` then has proposals. Raises UsageError where the name is borne in
    several tenants, or by several objects, and none is chosen.
    """
    machine = machines.load()[kind]
    account = _account(engine, machine, target, tenant)
    named = Named(kind, account.target, account.aliases, account.names, account.tenant)
    objects.register(engine, machine, [named])
    record = records(engine, machine).get(0, Record())
    runs = Runs(probes.sightings(engine, machine).get(0, []))
    known = grading.trust(engine, products or {})
    traced = trace(machine, record.acts, runs, record.sign_ins, record.births)
    life = joint.settled(traced, runs, known.kept)
    window = engine.rows(_WINDOW)[0]
    known_gaps = Silences(engine, window["start"], window["stop"])
    life = holes.cut(life, record.acts, runs, known_gaps.holes, machine)
    return _Asked(
        engine,
        machine,
        account,
        record,
        runs,
        known,
        known_gaps,
        (window["start"], window["stop"]),
        frozenset(uid for _, uid in objects.beside(engine, machine)),
    ).history(life, tenant)


def _account(engine: Engine, machine: Machine, target: str, tenant: str | None) -> Account:
    """The names of the one object that is meant."""
    if machine.kind == ACCOUNT:
        return identify(engine, target, tenant)
    found = [
        one
        for one in objects.find(engine, machine)
        if one.answers_to(target)
        and (tenant is None or one.tenant is None or one.tenant == tenant.lower())
    ]
    exact = [one for one in found if target.strip().lower() in one.names] or found
    if len(exact) > 1:
        shown = [f"{one.label!r}" + (f" of {one.tenant}" if one.tenant else "") for one in exact]
        raise UsageError(
            f"{target!r} names {len(exact)} objects of the kind {machine.kind}.",
            remedy=f"Name one, or give --tenant: {', '.join(shown[:12])}.",
        )
    if not exact:
        return Account(target.strip(), (), (target.strip().lower(),), tenant)
    one = exact[0]
    return Account(one.label, one.aliases, one.names, one.tenant)


@dataclass(frozen=True)
class _Asked:
    """What one answer is made of."""

    engine: Engine
    machine: Machine
    account: Account
    record: Record
    runs: Runs
    known: Trust
    silences: Silences
    window: Window
    beside: Collection[str]

    def history(self, life: Lifecycle, tenant: str | None) -> TargetHistory:
        target, machine = self.account.target, self.machine
        outages = tuple(self._outages(life))
        initiated = {one.decided_by_uid for one in outages}
        undecided = tuple(uid for uid in self.record.undecided if uid not in initiated)
        limits = [
            *([f"Only records of the tenant {tenant}, or of none, are counted."] if tenant else []),
            *self._shared_names(),
            *describing.unseen_beginning(target, machine, life, self.record.acts, self.runs),
            *describing.undecided(target, undecided),
            *describing.unordered(self.record.acts),
            *describing.joined_by_name(target, self.record.acts, machine.kind),
            *describing.beside(target, self.record.acts, self.beside),
            *self._gaps(outages),
        ]
        return TargetHistory(
            target=target,
            aliases=self.account.aliases,
            window_start=self.window[0],
            window_end=self.window[1],
            intervals=state_intervals(target, machine, self._known_new(life)),
            outages=outages,
            undecided=undecided,
            limits=tuple(limits),
            kind=machine.kind,
            away=machine.away,
            derivation=(
                *steps(machine, life.moves),
                *(
                    step
                    for number, spell in enumerate(life.spells, start=1)
                    for step in joint.steps(number, spell, machine.rest)
                ),
            ),
        )

    def _known_new(self, life: Lifecycle) -> Lifecycle:
        """The lifecycle, its creation left out where a record shows the object before that."""
        new = life.known_from if life.prior == ABSENT else None
        created = life.born or (new.high if new else None)
        if created is None:
            return life
        asked = {**self.account.parameters, "before": created.earliest}
        if not self.engine.rows(_OLDER, asked)[0]["n"]:
            return life
        return replace(life, born=None, prior=UNKNOWN if life.prior == ABSENT else life.prior)

    def _outages(self, life: Lifecycle) -> Iterator[Outage]:
        uids = [spell.begun.event_uid for spell in life.spells if spell.begun.event_uid]
        together = bulk.together(self.engine, self.machine, uids, self.account.names)
        after: Stamp | None = None
        for number, spell in enumerate(life.spells, start=1):
            found = bounded(
                number, spell, self.machine, self.account.target, window=self.window, runs=self.runs
            )
            others = together.get(spell.begun.event_uid or "", ())
            yield self._witnessed(found, spell, after, others)
            after = spell.ended.high if spell.ended else None

    def _witnessed(
        self, found: Outage, spell: Spell, after: Stamp | None, together: tuple[str, ...]
    ) -> Outage:
        """The outage with what else bears on it: checks, stages, other objects, grades."""
        start = spell.begun.low, spell.begun.high
        end = (spell.ended.low, spell.ended.high) if spell.ended else None
        probe = probes.readings(
            self.engine, self.machine, self.account, self.runs, start=start, end=end
        )
        taken = course(
            self.engine,
            spell,
            self.runs,
            number=0,
            names=self.account.names,
            verb=spell.holds[0].verb or self._awaited(spell),
            after=after,
            actors={act.stamp.event_uid: act.actor for act in self.record.acts},
        )
        return replace(
            found,
            probe=probe,
            start_basis=grading.beside(
                grading.start_basis(spell.holds[0], grading.seen_begin(probe), self.known),
                self.beside,
            ),
            end_basis=grading.beside(
                grading.end_basis(spell, grading.seen_end(probe), self.known), self.beside
            ),
            stages=taken.stages,
            decided_by_uid=taken.decided_by,
            together=together,
            gaps=self.silences.of(spell, self.runs, self.machine),
            sentences=(*found.sentences, *describing.together(together)),
        )

    def _gaps(self, outages: Sequence[Outage]) -> Iterator[str]:
        """The gaps that the outages fall into, or that one may have been lost in."""
        for one in outages:
            yield from silences.limits(one.number, len(outages), one.gaps)
        if not outages:
            sources = {act.stamp.source for act in self.record.acts}
            yield from self.silences.unrecorded(sources, self.account.target)

    def _awaited(self, spell: Spell) -> str:
        """The verb of an act that was called and whose success no record tells, if there is one."""
        until = spell.begun.high.rank
        calls = [call for call in self.record.pending if call.stamp.rank < until]
        return calls[-1].verb if calls else ""

    def _shared_names(self) -> Iterator[str]:
        if self.machine.kind != ACCOUNT:
            return
        for row in self.engine.rows(_IDS, self.account.parameters):
            yield (
                f"{row['source']} gives {self.account.target} {len(row['ids'])} ids; "
                "they are treated as one account."
            )


def bounded(
    number: int,
    spell: Spell,
    machine: Machine,
    target: str,
    *,
    window: Window,
    runs: Sequence[Sighting],
) -> Outage:
    """A spell as an outage with its bounds, before witnesses are heard."""
    start, end = spell.begun, spell.ended
    duration = _duration(spell, runs, window)
    start_earliest = start.earliest
    end_earliest = end.earliest if end else _last_down(spell, runs)
    if spell.cut is not None and end_earliest is not None:
        end_earliest = min(end_earliest, spell.cut.since.earliest)
    perhaps = spell.perhaps
    if perhaps is not None:
        end_earliest = min(end_earliest or perhaps.stamp.earliest, perhaps.stamp.earliest)
    end_latest = end.latest if end else None
    # It began before it ended, also where a clock that was set back leaves more than that open.
    if end_latest is not None and start_earliest is not None:
        start_earliest = min(start_earliest, end_latest)
    if end_earliest is not None and start_earliest is not None:
        end_earliest = max(end_earliest, start_earliest)
    if end_earliest is not None and end_latest is not None:
        end_earliest = min(end_earliest, end_latest)
    return Outage(
        number=number,
        state=spell.holds[0].state,
        start_earliest=start_earliest,
        start_latest=min(start.latest, end_latest or start.latest),
        end_earliest=end_earliest,
        end_latest=end_latest,
        duration=duration,
        started_by_uid=start.event_uid,
        ended_by_uid=end.event_uid if end else None,
        causes=tuple(_cause(hold) for hold in spell.holds),
        probe=(),
        inferred=start.event_uid is None or (end is not None and end.event_uid is None),
        sentences=(
            *describing.sentences(target, machine, spell, duration, window[1]),
            *joint.sentences(spell),
        ),
        perhaps_started_by=start.rivals,
        perhaps_ended_by=(perhaps.stamp.event_uid,) if perhaps else end.rivals if end else (),
    )


def _last_down(spell: Spell, runs: Sequence[Sighting]) -> datetime | None:
    """Until when checks saw an outage last whose end nothing shows."""
    down = [run.last for run in runs if not run.up]
    found = [one.earliest for one in down if order.established(spell.begun.high, one) == "before"]
    return max(found, default=None)


def _cause(hold: Hold) -> Cause:
    return Cause(
        state=hold.state,
        source=hold.source,
        begun_by=hold.begun.event_uid,
        ended_by=hold.ended.event_uid if hold.ended else None,
        repeated_by=tuple(hold.repeated_by),
        also_recorded_by=tuple(one.event_uid for _, one in sorted(hold.mirrored_in.items())),
    )


def _duration(spell: Spell, runs: Sequence[Sighting], window: Window) -> Duration:
    """Bounds in seconds; within one source the constant error of its clock cancels."""
    if spell.length is not None and spell.length[1] is not None:
        return Duration(*spell.length)
    if spell.ended is not None and spell.ended.low is not None:
        low = spell.begun.low
        shortest = order.shortest_s(spell.begun.high, spell.ended.low)
        if low is not None:
            return Duration(shortest, order.longest_s(low, spell.ended.high))
        return Duration(shortest, None, _apart(window[0], spell.ended.low.earliest, shortest))
    seen_down = [order.shortest_s(spell.begun.high, run.last) for run in runs if not run.up]
    if spell.perhaps is not None:
        return Duration(0.0, None)
    shortest = max(seen_down, default=0.0)
    if spell.cut is not None:
        shortest = min(shortest, order.shortest_s(spell.begun.high, spell.cut.since))
    return Duration(shortest, None, _apart(spell.begun.high.latest, window[1], shortest))


def _apart(start: datetime | None, stop: datetime | None, least: float) -> float | None:
    """The seconds between two instants, at least those known anyway."""
    if start is None or stop is None:
        return None
    return round(max(least, (stop - start).total_seconds()), 6)
