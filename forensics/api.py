"""The public Python API: a case, and the questions that can be asked of it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import astuple
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

from forensics import __version__
from forensics.errors import CaseError, EvidenceAlteredError, InputError, UsageError
from forensics.evidence import case as cases
from forensics.evidence.case import CasePaths
from forensics.evidence.inputs import expand
from forensics.sources.declaration import Declaration, catalog, searched
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
# Throwaway cases of `--logs` kept for a second question; older ones are removed.
_KEPT = 8


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
    def declarations(self) -> Mapping[str, Declaration]:
        """The log sources that are known, by name."""
        return catalog(self._folders)

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
        return Facts(self.store, self.declarations, self._zone)

    @cached_property
    def _locked(self) -> Store:
        """The same relations apart, in an engine that has given up files, network and settings.

        A lock cannot be undone, and questions that derive relations need an engine without one.
        """
        from forensics.detectors.facts import Facts

        store = self._open()
        Facts(store, self.declarations, self._zone)
        store.lock()
        return store

    def ingest(
        self,
        *paths: str | Path,
        source: str | None = None,
        progress: Progress | None = None,
        max_ratio: int = MAX_RATIO,
        max_bytes: int = MAX_BYTES,
        geoip: str | Path | None = None,
        ranges: str | Path | None = None,
    ) -> IngestReport:
        """Read files, folders, globs or `-` into the case; the report says what became of them.

        Compressed files and archives are read as far as they expand to `max_ratio` times their
        size, and to `max_bytes` each. With `geoip` or `ranges` the case is then enriched, as by
        `enrich`; what is wrong with these is told before anything is read.
        """
        from forensics.enrichment.lookups import Lookups
        from forensics.evidence.enriching import enrich, waiting
        from forensics.evidence.ingest import ingest

        declaration = None
        if source is not None:
            if source not in self.declarations:
                known = ", ".join(sorted(self.declarations))
                raise CaseError(f"There is no source {source!r}.", remedy=f"Known: {known}.")
            declaration = self.declarations[source]
        with Lookups(geoip, ranges) as lookups:
            report = ingest(
                self.paths,
                [str(path) for path in paths],
                self.declarations,
                tool=TOOL,
                source=declaration,
                progress=progress,
                limits=Limits(max_ratio, max_bytes),
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
        self, *, geoip: str | Path | None = None, ranges: str | Path | None = None
    ) -> Enrichment:
        """Look up every source address and client of the case, in place of what was known before.

        `geoip` is a folder of `.mmdb` databases, `ranges` a CSV list `cidr,label[,note]`. With
        neither, the kind of network and the family of client are told. Raises `InputError` or
        `DeclarationError` when one of them cannot be used; then the case is as it was.
        """
        from forensics.enrichment.lookups import Lookups
        from forensics.evidence.enriching import enrich

        with Lookups(geoip, ranges) as lookups:
            found = enrich(self.paths, lookups, tool=TOOL)
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
        are read in `zone`. Raises `UsageError` on a time or query that cannot be read.
        """
        from forensics.timeline import query, when

        condition = None
        if text:
            from forensics.conditions import query as conditions

            condition = conditions.compile(text)
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
        return ledger(self.store, self.declarations, tool_version=__version__)

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
        for name in ("store", "facts", "_locked"):
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


def cache_folder() -> Path:
    """Where throwaway cases of `--logs` lie: below `$XDG_CACHE_HOME`, else `~/.cache`."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "forensics" / "logs"


def _key(paths: Sequence[str], folders: Sequence[Path], limits: Limits) -> str:
    """Names the same files in the same condition; any change of one makes another case."""
    from forensics.sources import declaration

    places = (Path(declaration.__file__).parent / "catalog", *searched(folders))
    files = [one.path for one in expand(paths) if one.path is not None]
    files += [one for folder in places for one in sorted(folder.glob("*.toml"))]
    state = [(str(one.resolve()), one.stat().st_size, one.stat().st_mtime_ns) for one in files]
    return hashlib.sha256(
        json.dumps([TOOL, list(paths), state, astuple(limits)]).encode()
    ).hexdigest()[:32]


def _prune(folder: Path, keep: Path) -> None:
    """Remove the throwaway cases that were not used for longest."""
    held = sorted(
        (one for one in folder.iterdir() if one != keep), key=lambda one: one.stat().st_mtime
    )
    for one in held[: max(0, len(held) + 1 - _KEPT)]:
        shutil.rmtree(one, ignore_errors=True)


def open_logs(
    *paths: str | Path,
    catalog_folders: Sequence[Path] = (),
    default_zone: str | None = None,
    progress: Progress | None = None,
    max_ratio: int = MAX_RATIO,
    max_bytes: int = MAX_BYTES,
) -> Case:
    """A throwaway case over files and folders, kept in the cache while they do not change.

    `ingest_report` of the case says what was read. Standard input cannot be asked twice and is
    read anew each time.
    """
    texts = [str(path) for path in paths]
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    place = folder / (
        _key(texts, catalog_folders, Limits(max_ratio, max_bytes))
        + ("-stdin" if "-" in texts else "")
    )
    if "-" in texts:
        shutil.rmtree(place, ignore_errors=True)
    options: dict[str, Any] = {"catalog_folders": catalog_folders, "default_zone": default_zone}
    if cases.is_case(place):
        os.utime(place)
        return open_case(place, **options)
    making = place.with_name(f"{place.name}.{os.getpid()}")
    shutil.rmtree(making, ignore_errors=True)
    made = create_case(making, **options)
    try:
        report = made.ingest(*texts, progress=progress, max_ratio=max_ratio, max_bytes=max_bytes)
        with suppress(OSError):
            making.replace(place)
        if not cases.is_case(place):
            raise CaseError("The throwaway case cannot be kept.", place=str(place))
    finally:
        # Gone already, unless this failed or another process kept the same case first.
        shutil.rmtree(making, ignore_errors=True)
    _prune(folder, place)
    return Case(cases.locate(place), report=report, **options)
