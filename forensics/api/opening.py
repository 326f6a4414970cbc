"""Cases that exist, new ones, and throwaway ones over logs that are asked straight."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forensics.api.case import TOOL, Case
from forensics.evidence import case as cases
from forensics.evidence.throwaway import cache_folder, kept, key
from forensics.sources.expansion import MAX_BYTES, MAX_RATIO, Limits

if TYPE_CHECKING:
    from forensics.evidence.progress import Progress


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
