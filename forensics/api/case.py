"""A case, and the questions that can be asked of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, Unpack

from forensics import __version__
from forensics.api.frames import Frames
from forensics.api.policies import Policies
from forensics.api.recorded import Recorded
from forensics.api.rules import Rules
from forensics.errors import InputError
from forensics.evidence.case import CasePaths
from forensics.evidence.declarations import Outdated, declared, in_order, left_of
from forensics.sources.declaration import Declaration, given
from forensics.sources.expansion import MAX_BYTES, MAX_RATIO, Limits

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from forensics.detectors.facts import Facts
    from forensics.detectors.outage_list import Wanted
    from forensics.evidence.enriching import Enrichment
    from forensics.evidence.ingest import IngestReport
    from forensics.evidence.notebook import Note, Notebook
    from forensics.evidence.progress import Progress
    from forensics.evidence.store import Store
    from forensics.evidence.verify import Verification
    from forensics.findings.clocks import ClockLedger
    from forensics.findings.course import OutageList
    from forensics.findings.document import Reconstruction
    from forensics.findings.explanation import ExplanationLedger
    from forensics.findings.ledger import Ledger
    from forensics.findings.profile import ActorProfile, TargetProfile
    from forensics.findings.review import LeaverReview
    from forensics.timeline.asking import Questions
    from forensics.timeline.query import Named
    from forensics.timeline.statements import Statements
    from forensics.timeline.told import Told

TOOL = f"forensics {__version__}"


class Case(Frames, Policies, Rules, Recorded):
    """A case open for questions. Close it, or use it in a `with` block."""

    def __init__(
        self,
        paths: CasePaths,
        *,
        catalog_folders: Sequence[Path] = (),
        default_zone: str | None = None,
        report: IngestReport | None = None,
    ) -> None:
        self.paths = paths
        self.ingest_report = report
        self._folders = tuple(catalog_folders)
        self._zone = default_zone
        self._told: Sequence[Told] = ()
        self._stores: list[Store] = []

    @cached_property
    def _given(self) -> dict[str, Declaration]:
        return given(self._folders)

    @cached_property
    def kept(self) -> Mapping[str, Declaration]:
        """The user's own declarations that the case keeps from earlier, and none given replaces."""
        return declared(self.paths).own(self._given)

    @cached_property
    def declarations(self) -> Mapping[str, Declaration]:
        """The log sources that are known, by name.

        Those of `$FORENSICS_CATALOG` and the catalog folders come before the user's own that the
        case keeps from earlier, and these before those that come with the tool.
        """
        return in_order(self._given, self.kept)

    @cached_property
    def interpreted(self) -> Mapping[str, Declaration]:
        """The same, but each source as its events in the case were made, where that differs."""
        return declared(self.paths).made_with(self.declarations)

    def outdated(self, *, given_only: bool = False) -> list[Outdated]:
        """Which sources stand in the case as another declaration than the known one made them.

        With `given_only` those of `$FORENSICS_CATALOG` and the catalog folders alone are compared.
        """
        known = self._given if given_only else self.declarations
        return declared(self.paths).outdated(known) if known else []

    @cached_property
    def store(self) -> Store:
        """The case's relations, opened at the first question."""
        return self._open()

    def _open(self) -> Store:
        from forensics.evidence.store import Store

        self._stores.append(Store(self.paths))
        return self._stores[-1]

    @cached_property
    def facts(self) -> Facts:
        """People, policies and clocks, prepared at the first question that needs them."""
        from forensics.detectors.facts import Facts

        self.check()
        return Facts(self.store, self.interpreted, self._zone, self._told)

    @cached_property
    def _locked(self) -> Store:
        """The same relations apart, in an engine that has given up files, network and settings.

        A lock cannot be undone, and questions that derive relations need an engine without one.
        """
        from forensics.detectors.facts import Facts

        store = self._open()
        Facts(store, self.interpreted, self._zone, self._told)
        store.lock()
        return store

    def ingest(
        self,
        *paths: str | Path,
        source: str | None = None,
        progress: Progress | None = None,
        max_ratio: int = MAX_RATIO,
        max_bytes: int = MAX_BYTES,
        reread: bool = False,
        without: Sequence[str] = (),
        geoip: str | Path | None = None,
        ranges: str | Path | None = None,
    ) -> IngestReport:
        """Read files, folders, globs or `-` into the case; the report says what became of them.

        Compressed files and archives are read as far as they expand to `max_ratio` times their
        size, and to `max_bytes` each. With `reread` known files are read anew; then the kept
        declarations `without` which that is done are forgotten. `geoip`, `ranges`: see `enrich`.
        """
        from forensics.conditions.vocabulary import one_of
        from forensics.enrichment.lookups import Lookups
        from forensics.evidence.enriching import enrich, waiting
        from forensics.evidence.ingest import ingest

        kept = left_of(self.kept, without, reread=reread)
        known = in_order(self._given, kept)
        named = one_of("source", source, known) if source is not None else None
        with Lookups(geoip, ranges) as lookups:
            report = ingest(
                self.paths,
                [str(path) for path in paths],
                known,
                tool=TOOL,
                source=named,
                progress=progress,
                limits=Limits(max_ratio, max_bytes),
                reread=reread,
                kept=kept,
                without=without,
            )
            self.close()
            if not report.files and not report.context:
                raise InputError(
                    "There is no log here.",
                    place=", ".join(str(path) for path in paths),
                    remedy="Name files, or folders that hold some.",
                )
            if lookups.asked:
                report.enrichment = enrich(self.paths, lookups, tool=TOOL)
        report.unenriched = waiting(self.paths)
        return report

    def enrich(
        self,
        *,
        geoip: str | Path | None = None,
        ranges: str | Path | None = None,
        replace: bool = False,
    ) -> Enrichment:
        """Look up every source address and client of the case.

        `geoip` is a folder of `.mmdb` databases, `ranges` a CSV list `cidr,label[,note]`. What one
        that is not given found before stays, unless `replace` says to forget it. Raises
        `InputError` or `DeclarationError` when one cannot be used; then the case is as it was.
        """
        from forensics.enrichment.lookups import Lookups
        from forensics.evidence.enriching import enrich

        with Lookups(geoip, ranges) as lookups:
            found = enrich(self.paths, lookups, tool=TOOL, replace=replace)
        self.close()
        return found

    @cached_property
    def questions(self) -> Questions:
        """Questions to the events, with Arrow tables for answers; `Frames` asks these."""
        from forensics.timeline.asking import Questions

        return Questions(self.store.engine, lambda: self.declarations, self._clock)

    def _clock(self) -> None:
        """Date the events, unless that is done: by measured clocks if that takes no long time."""
        from forensics.timeline import clocks

        if "timed_events" not in self.store.engine.relations():
            declared = {name: one.clock_tolerance for name, one in self.interpreted.items()}
            clocks.date(self.store.engine, declared, self._told)

    @property
    def notebook(self) -> Notebook:
        """Notes and saved searches; what is written is sealed in custody."""
        from forensics.evidence.notebook import Notebook

        return Notebook(self.paths, TOOL, self.close)

    def note(self, event: str, text: str = "", *, author: str, tags: Sequence[str] = ()) -> Note:
        """Write a note or tags beside the event whose id begins so."""
        from forensics.timeline import pivot

        uid = pivot.event(self.store.engine, event)["event_uid"]
        return self.notebook.add(uid, text, author=author, tags=tags)

    def sources(self) -> list[str]:
        """The sources that the case holds events of, sorted."""
        from forensics.timeline import query

        return query.sources(self.store.engine)

    def names(self, column: Named, text: str) -> bool:
        """Whether some record bears that actor, target, action, source or tenant, in any case."""
        from forensics.timeline import query

        return query.is_borne(self.store.engine, column, text)

    def near_names(self, column: Named, text: str) -> list[str]:
        """Recorded names that resemble one that nothing matched."""
        from forensics.timeline import query

        return query.near_names(self.store.engine, column, text)

    def outage(
        self,
        target: str,
        tenant: str | None = None,
        statements: Statements | Sequence[str | Path] = (),
        kind: str | None = None,
    ) -> Reconstruction:
        """What happened to an account or another object: states, outages, who, was it allowed.

        Without a `kind` it is an account, or what else of that name has outages if that has none.

        A name that several tenants know needs a `tenant`; `UsageError` says which there are.
        `statements` are files of what witnesses say, or these read by `timeline.statements.load`.
        """
        from forensics.detectors.account_outage import reconstruct
        from forensics.timeline.query import check_tenant
        from forensics.timeline.statements import told

        if not statements:
            check_tenant(self.store.engine, tenant)
        return reconstruct(
            self.facts,
            target,
            tool_version=__version__,
            tenant=tenant,
            statements=told(statements),
            kind=kind,
        )

    def outages(self, **wanted: Unpack[Wanted]) -> OutageList:
        """All outages of the case that are asked for; see `forensics.detectors.outage_list`."""
        from forensics.detectors.outage_list import listed

        return listed(self.facts, tool_version=__version__, **wanted)

    def actor(self, who: str) -> ActorProfile:
        """Who an account is, as known then and now, and what it did."""
        from forensics.detectors.account_profile import profile

        return profile(self.facts, who, tool_version=__version__)

    def review(self, who: str, look_back: timedelta | None = None) -> LeaverReview:
        """What a leaver did, from so long (90 days) before notice on: to look through."""
        from forensics.detectors import leaver_review

        span = leaver_review.LOOK_BACK if look_back is None else look_back
        return leaver_review.review(self.facts, who, tool_version=__version__, look_back=span)

    def target(self, what: str, tenant: str | None = None) -> TargetProfile:
        """What was done to an account or object: by whom, when, its states, approvals and cases."""
        from forensics.detectors.target_profile import profile

        rebuilt = self.outage(what, tenant)
        return profile(self.facts, rebuilt, tool_version=__version__, tenant=tenant)

    def explain(self, target: str, tenant: str | None = None) -> ExplanationLedger:
        """What the records say for and against each explanation of an account's outages."""
        from forensics.detectors.explanations import ledger

        rebuilt = self.outage(target, tenant, kind="account")
        return ledger(self.facts, rebuilt, tool_version=__version__)

    def sql_table(self, statement: str) -> pa.Table:
        """The answer of one SELECT over the case's relations, as an Arrow table.

        Runs locked: no file, network, setting or write is reachable.
        """
        return self._locked.engine.select(statement)

    def sql(self, statement: str) -> pd.DataFrame:
        """The answer of one SELECT over the case's relations, as a DataFrame."""
        frame: pd.DataFrame = self.sql_table(statement).to_pandas()
        return frame

    def assume(self, *offsets: str) -> None:
        """Take clocks to be off as told (`SOURCE=±5s`) in every answer from here on, which says so.

        Raises `UsageError` on an offset that cannot be read and on a source that nothing knows.
        """
        from forensics.timeline import query, told

        self._told = told.parsed(offsets)
        named = [one.source for one in self._told]
        query.check(self.store.engine, None, named, lambda: self.declarations)
        self.close()

    @property
    def assumed(self) -> tuple[str, ...]:
        """What `assume` was told, in sentences."""
        return tuple(one.sentence for one in self._told)

    def clocks(self) -> ClockLedger:
        """Between which bounds the clock of every source is off, and what that rests on."""
        from forensics.detectors.clock_ledger import ledger

        return ledger(self.facts, tool_version=__version__)

    def coverage(self) -> Ledger:
        """The ledger of reading: what each file and each source gave, lost and never showed."""
        from forensics.detectors.reading_ledger import ledger

        self.check()
        outdated = [one.sentence for one in self.outdated()]
        return ledger(self.store, self.interpreted, tool_version=__version__, outdated=outdated)

    def verify(self) -> Verification:
        """Every stored byte against the catalog, the catalog against custody."""
        from forensics.evidence.verify import verify

        return verify(self.paths)

    def check(self) -> None:
        """Raise `EvidenceAlteredError` when the evidence is not what custody recorded."""
        from forensics.evidence.verify import require

        require(self.paths)

    def leavers(self, since: datetime, until: datetime) -> pd.DataFrame:
        """People whose access ends within the span, as known now."""
        import pandas as pd

        from forensics import people

        return pd.DataFrame(people.leavers(self.facts.engine, since, until))

    def interrupt(self) -> None:
        """Stop the question that another thread is asking; there it raises."""
        for store in tuple(self._stores):
            store.engine.interrupt()

    def close(self) -> None:
        """Release the engines and forget what was read; the next question reads it anew."""
        stores, self._stores = self._stores, []
        for store in stores:
            store.close()
        for name in (
            "store", "facts", "questions", "_locked", "kept", "declarations", "interpreted",
        ):  # fmt: skip
            self.__dict__.pop(name, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
