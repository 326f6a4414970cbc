"""Texts that a question makes and a case keeps beside its context files, sealed like these."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

from forensics.evidence.case import CasePaths, writing
from forensics.evidence.catalog import Catalog, ContextRow, IngestRow, Row
from forensics.evidence.committing import commit, remove_orphans


def keep(paths: CasePaths, name: str, kind: str, data: bytes, tool: str) -> None:
    """Keep a text as context of a kind, under a name, from now on.

    Raises `CaseError` when the case cannot be written.
    """
    with writing(paths):
        catalog = Catalog(paths.catalog)
        try:
            remove_orphans(paths, catalog)
            number, _ = catalog.next_ids()
            digest = hashlib.sha256(data).hexdigest()
            if any((row.sha256, row.kind) == (digest, kind) for row in catalog.context()):
                return
            time = datetime.now(UTC).isoformat(timespec="microseconds")
            row = ContextRow(name, kind, digest, time, number)
            added: dict[str, Sequence[Row]] = {
                "ingests": [IngestRow(number, time, tool)],
                "segments": [],
                "context": [row],
            }
            commit(paths, catalog, ("ingest", tool), added, {paths.context / digest: data})
        finally:
            catalog.close()
