"""The public Python API: a case, and the questions that can be asked of it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

from forensics import __version__
from forensics.errors import EvidenceAlteredError, InputError, UsageError
from forensics.evidence import case as cases
from forensics.evidence.case import CasePaths
from forensics.evidence.declarations import Outdated, declared
from forensics.evidence.throwaway import cache_folder, kept, key
from forensics.sources.declaration import Declaration, given, shipped
from forensics.sources.expansion import MAX_BYTES, MAX_RATIO, Limits

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from forensics.detectors.facts import Facts
    from forensics.evidence.enriching import Enrichment
    from forensics.evidence.ingest import IngestReport
    from forensics.evidence.progress import Progress
    from forensics.evidence.store import Store
    from forensics.evidence.verify import Verification
    from forensics.findings.document import ActorProfile, Reconstruction, ScanReport
    from forensics.findings.ledger import Ledger

TOOL = f"forensics {__version__}"


class Case:
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
        self._stores: list[Store] = []

    @cached_property
    def _given(self) -> dict[str, Declaration]:
        return given(self._folders)

    @cached_property
    def declarations(self) -> Mapping[str, Declaration]:
        """The log sources that are known, by name.

        Those of `$FORENSICS_CATALOG` and the catalog folders come before the user's own that the
        case keeps from earlier, and these before those that come with the tool.
        """
        return shipped() | declared(self.paths).own(self._given) | self._given

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
        return Facts(self.store, self.interpreted, self._zone)

    @cached_property
    def _locked(self) -> Store:
        """The same relations apart, in an engine that has given up files, network and settings.

        A lock cannot be undone, and questions that derive relations need an engine without one.
        """
        from forensics.detectors.facts import Facts

        store = self._open()
        Facts(store, self.interpreted, self._zone)
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
        geoip: str | Path | None = None,
        ranges: str | Path | None = None,
    ) -> IngestReport:
        """Read files, folders, globs or `-` into the case; the report says what became of them.

        Compressed files and archives are read as far as they expand to `max_ratio` times their
        size, and to `max_bytes` each. With `reread` files that the case knows are read anew, with
        the declarations of now, in place of what was made of them. With `geoip` or `ranges` the
        case is then enriched, as by `enrich`; what is wrong with these is told before anything is
        read.
        """
        from forensics.conditions.vocabulary import one_of
        from forensics.enrichment.lookups import Lookups
        from forensics.evidence.enriching import enrich, waiting
        from forensics.evidence.ingest import ingest

        declaration = one_of("source", source, self.declarations) if source is not None else None
        with Lookups(geoip, ranges) as lookups:
            report = ingest(
                self.paths,
                [str(path) for path in paths],
                self.declarations,
                tool=TOOL,
                source=declaration,
                progress=progress,
                limits=Limits(max_ratio, max_bytes),
                reread=reread,
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

    def timeline_table(
        self,
        text: str | None = None,
        *,
        actor: str | None = None,
        target: str | None = None,
        action: str | None = None,
        source: str | None = None,
        since: str | None = None,
        until: str | None = None,
        around: str | None = None,
        window: str | timedelta = "15m",
        limit: int | None = None,
        raw: bool = False,
        zone: str = "UTC",
    ) -> pa.Table:
        """Events as an Arrow table, in total order, each with its file and record.

        Times are human (`2017-11-02 18:50 EDT`, `3 days ago`); without a zone of their own they
        are read in `zone`. Raises `UsageError` on a time or query that cannot be read, and on an
        action or source that nothing can be of.
        """
        from forensics.conditions import query as conditions
        from forensics.timeline import query, when

        condition = conditions.compile(text) if text else None
        named = [source, *conditions.asked_of(text or "", "source")]
        query.check(self.store.engine, action, named, lambda: self.declarations)
        span = when.window(window) if isinstance(window, str) else window
        asked = query.TimelineQuery(
            condition=condition,
            actor=actor,
            target=target,
            action=action,
            source=source,
            since=when.parse(since, zone).earliest if since else None,
            until=when.parse(until, zone).latest if until else None,
            around=when.parse(around, zone) if around else None,
            window=span,
            limit=limit,
            raw=raw,
        )
        if asked.since and asked.until and asked.since >= asked.until:
            raise UsageError(f"Nothing lies between since {since!r} and until {until!r}.")
        return query.run(self.store.engine, asked)

    def timeline(self, text: str | None = None, **filters: Any) -> pd.DataFrame:
        """Events as a DataFrame; takes what `timeline_table` takes."""
        frame: pd.DataFrame = self.timeline_table(text, **filters).to_pandas()
        return frame

    def sources(self) -> list[str]:
        """The sources that the case holds events of, sorted."""
        from forensics.timeline import query

        return query.sources(self.store.engine)

    def near_names(
        self, column: Literal["actor", "target", "action", "source"], text: str
    ) -> list[str]:
        """Recorded names that resemble one that nothing matched."""
        from forensics.timeline import query

        return query.near_names(self.store.engine, column, text)

    def outage(self, target: str, tenant: str | None = None) -> Reconstruction:
        """What happened to an account: state intervals, outages, who, and was it allowed.

        A name that several tenants know needs a `tenant`; `UsageError` says which there are.
        """
        from forensics.detectors.account_outage import reconstruct

        return reconstruct(self.facts, target, tool_version=__version__, tenant=tenant)

    def actor(self, who: str) -> ActorProfile:
        """Who an account is, as known then and now, and what it did."""
        from forensics.detectors.account_profile import profile

        return profile(self.facts, who, tool_version=__version__)

    def scan(self) -> ScanReport:
        """All detectors over the whole case: findings, and what could not be evaluated."""
        from forensics.detectors.scanning import scan

        return scan(self.facts, tool_version=__version__)

    def sql_table(self, statement: str) -> pa.Table:
        """The answer of one SELECT over the case's relations, as an Arrow table.

        Runs locked: no file, network, setting or write is reachable.
        """
        return self._locked.engine.select(statement)

    def sql(self, statement: str) -> pd.DataFrame:
        """The answer of one SELECT over the case's relations, as a DataFrame."""
        frame: pd.DataFrame = self.sql_table(statement).to_pandas()
        return frame

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
        faults = self.verify().faults
        if faults:
            more = f" ({len(faults) - 1} more)" if len(faults) > 1 else ""
            raise EvidenceAlteredError(
                f"The evidence is not what custody recorded: {faults[0]}{more}.",
                place=str(self.paths.root),
                remedy="Nothing was answered. forensics verify --case DIR names every change.",
            )

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
        for name in ("store", "facts", "_locked", "declarations", "interpreted"):
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


def open_case(
    path: str | Path, *, catalog_folders: Sequence[Path] = (), default_zone: str | None = None
) -> Case:
    """An existing case; raises `CaseError` when there is none, or a newer tool made it."""
    return Case(
        cases.locate(Path(path)), catalog_folders=catalog_folders, default_zone=default_zone
    )


def create_case(
    path: str | Path, *, catalog_folders: Sequence[Path] = (), default_zone: str | None = None
) -> Case:
    """A new, empty case in a new or empty folder."""
    return Case(
        cases.create(Path(path)), catalog_folders=catalog_folders, default_zone=default_zone
    )


def open_logs(
    *paths: str | Path,
    catalog_folders: Sequence[Path] = (),
    default_zone: str | None = None,
    progress: Progress | None = None,
    max_ratio: int = MAX_RATIO,
    max_bytes: int = MAX_BYTES,
    geoip: str | Path | None = None,
    ranges: str | Path | None = None,
) -> Case:
    """A throwaway case over files and folders, kept in the cache while they do not change.

    `geoip` and `ranges` are as in `Case.enrich`. `ingest_report` of the case says what was read.
    Standard input cannot be asked twice and is read anew each time.
    """
    texts = [str(path) for path in paths]
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    limits = Limits(max_ratio, max_bytes)
    name = key(texts, catalog_folders, limits, TOOL, (geoip, ranges))
    place = folder / (name + ("-stdin" if "-" in texts else ""))
    if "-" in texts:
        shutil.rmtree(place, ignore_errors=True)
    options: dict[str, Any] = {"catalog_folders": catalog_folders, "default_zone": default_zone}
    if cases.is_case(place):
        os.utime(place)
        return open_case(place, **options)
    with kept(place) as making:
        report = create_case(making, **options).ingest(
            *texts,
            progress=progress,
            max_ratio=max_ratio,
            max_bytes=max_bytes,
            geoip=geoip,
            ranges=ranges,
        )
    return Case(cases.locate(place), report=report, **options)
