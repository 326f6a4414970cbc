"""Context files that lie beside logs: rosters, accounts, protected targets, policies."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

EMPLOYEES = "employees"
CONTRACTORS = "contractors"
ACCOUNTS = "accounts"
PROTECTED_TARGETS = "protected_targets"
POLICY = "policy"

KINDS = (EMPLOYEES, CONTRACTORS, ACCOUNTS, PROTECTED_TARGETS, POLICY)

# A table is taken for what its header says, whatever the file is called.
_HEADERS: dict[str, frozenset[str]] = {
    EMPLOYEES: frozenset({"emailaddress", "resignationdate", "lastworkingdate"}),
    CONTRACTORS: frozenset({"worker", "provider", "contractend"}),
    ACCOUNTS: frozenset({"account", "person", "kind"}),
    PROTECTED_TARGETS: frozenset({"target", "tier", "valid_from"}),
}


@dataclass(frozen=True)
class ContextFile:
    """A context file as it stood: what it is, its bytes, and when the case learned of it."""

    kind: str
    name: str
    sha256: str
    data: bytes
    imported_at: datetime


def kind_of(path: Path, head: bytes) -> str | None:
    """Which kind of context a file is, from its header or, for policies, its keys; None if none."""
    suffix = path.suffix.lower()
    if suffix in {".yml", ".yaml"}:
        return POLICY if b"scope:" in head and b"title:" in head else None
    if suffix != ".csv":
        return None
    first = head.split(b"\n", 1)[0].decode("utf-8-sig", "replace")
    try:
        header = {name.strip().lower() for row in csv.reader([first]) for name in row}
    except csv.Error:
        return None
    for kind, wanted in _HEADERS.items():
        if wanted <= header:
            return kind
    return None
