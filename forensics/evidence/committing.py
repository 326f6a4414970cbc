"""Making what was prepared part of the case: all of it in one transaction, or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from forensics.errors import ForensicsError
from forensics.evidence import custody, declarations
from forensics.evidence.case import CasePaths, sync_directory, write_durably
from forensics.evidence.catalog import Catalog, FileRow, Row, SegmentRow


def commit(
    paths: CasePaths,
    catalog: Catalog,
    act: tuple[str, str],
    added: Mapping[str, Sequence[Row]],
    contents: Mapping[Path, bytes],
    *,
    without: Sequence[str] = (),
) -> None:
    """Move staged segments in place, write `contents`, and make catalog and custody agree.

    `act` is what custody calls it, and the version of the tool. It seals, too, which
    declarations the case was to forget, `without` which it was read anew.
    """
    # What cases that older versions made lack.
    catalog.extend()
    paths.declarations.mkdir(mode=0o700, exist_ok=True)
    for one in added["segments"]:
        if isinstance(one, SegmentRow):
            (paths.staging / one.name).replace(paths.segments / one.name)
    sync_directory(paths.segments)
    for path, data in contents.items():
        write_durably(path, data)
    with catalog.transaction():
        for rows in added.values():
            for row in rows:
                catalog.add(row)
        details = {name: [list(vars(row).values()) for row in rows] for name, rows in added.items()}
        custody.append(
            catalog.connection, *act, details | ({"without": list(without)} if without else {})
        )


def remove_orphans(paths: CasePaths, catalog: Catalog) -> None:
    """Delete files that an interrupted ingest moved in place but never committed."""
    known = {paths.segments / row.name for row in catalog.segments()}
    known |= {paths.context / row.sha256 for row in catalog.context()}
    known |= {declarations.place(paths, row.sha256) for row in catalog.declarations()}
    for folder in (paths.segments, paths.context, paths.declarations):
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            # What custody tells of is evidence, though somebody took it out of the catalog.
            if path not in known and not custody.tells_of(catalog.connection, _sealed_as(path)):
                path.unlink()


def _sealed_as(path: Path) -> str:
    return path.name.removesuffix(".toml")


def check_conservation(rows: Sequence[FileRow]) -> None:
    """Raise `ForensicsError` when a record of a file was neither stored, repeated nor rejected."""
    for row in rows:
        if row.read != row.stored + row.duplicate + row.rejected:
            raise ForensicsError(
                f"Conservation failed: {row.read} read, {row.stored} stored, "
                f"{row.duplicate} duplicate, {row.rejected} rejected. Nothing was stored.",
                place=row.path,
                remedy="This is a fault of the tool; please report it.",
            )
