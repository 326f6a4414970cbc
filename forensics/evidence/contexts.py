"""Context files on their way into a case: each content of a kind is kept once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from forensics.evidence.catalog import ContextRow
from forensics.evidence.inputs import MEMBER_MARK


class Contexts:
    """The context files that a case holds and that an ingest adds."""

    def __init__(self, held: Sequence[ContextRow], ingest_id: int, time: str) -> None:
        self._held = held
        self._seen = {(row.sha256, row.kind) for row in held}
        self._ingest_id = ingest_id
        self._time = time
        self.new: list[ContextRow] = []
        self.contents: dict[str, bytes] = {}

    def take(self, label: str, kind: str, data: bytes) -> ContextRow:
        """The row of a context file, which is new unless the case holds these bytes as its kind."""
        digest = hashlib.sha256(data).hexdigest()
        row = ContextRow(label, kind, digest, self._time, self._ingest_id)
        if (digest, kind) not in self._seen:
            self._seen.add((digest, kind))
            self.new.append(row)
            self.contents[digest] = data
        return row

    def members(self, archive: str, label: str) -> list[ContextRow]:
        """Those that came from an archive, as of another archive of the same bytes."""
        return [
            replace(one, name=label + one.name.removeprefix(archive))
            for one in (*self._held, *self.new)
            if one.name.startswith(archive + MEMBER_MARK)
        ]
