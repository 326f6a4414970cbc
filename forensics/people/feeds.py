"""What rosters call their columns: the two known feeds, and any other one by a mapping."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from forensics.located import Faults, unknown_word
from forensics.people import snapshots
from forensics.people.sheet import header_of
from forensics.sources.context import CONTRACTORS, EMPLOYEES, ROSTER, ContextFile

KINDS = frozenset({"employee", "contractor", "agency"})
# Somebody of this status has left; when, only the dates of the row can tell.
GONE = frozenset({"terminated", "inactive"})
STATUSES = frozenset({"active", "garden_leave", "leave", "rescinded"}) | GONE

_SHARED = {
    "email": "EmailAddress",
    "name": "DisplayName",
    "first_name": "FirstName",
    "last_name": "LastName",
    "kind": "EmploymentType",
    "site": "Site",
    "zone": "TimeZone",
    "role": "Role",
    "manager": "Manager",
    "notice": "ResignationDate",
    "access_end": "AccessEnd",
    "recorded": "RecordedAt",
    "status": "Status",
}
# The header of each feed, by the meaning of its columns.
COLUMNS: Mapping[str, Mapping[str, str]] = {
    EMPLOYEES: {
        **_SHARED,
        "person": "PersonId",
        "start": "StartDate",
        "last_day": "LastWorkingDate",
        "termination": "TerminationDate",
    },
    CONTRACTORS: {
        **_SHARED,
        "person": "Worker",
        "provider": "Provider",
        "start": "ContractStart",
        "contract_end": "ContractEnd",
        "provider_notice": "ProviderNotice",
        "badge": "BadgeExpiry",
        "credential": "CredentialExpiry",
    },
}
_REQUIRED: Mapping[str, frozenset[str]] = {
    EMPLOYEES: frozenset({"email", "last_day"}),
    CONTRACTORS: frozenset({"person", "contract_end"}),
}
_ENDS = frozenset({"last_day", "termination", "access_end", "contract_end", "provider_notice"})
_VALUES = {"Status": STATUSES, "EmploymentType": KINDS}
_DATES = {"day first": True, "month first": False}
_KEYS = ("title", "feed", "dates", "columns", "values", "reads")
_LONGEST = 65_536


@dataclass(frozen=True)
class Feed:
    """How one kind of roster is read: columns by meaning, and what their words mean.

    `kind` is employees or contractors; `mapping` is the file of the mapping, if there is one, and
    `reads` the names of the files that it was given with, by the SHA-256 of their bytes.
    """

    kind: str
    columns: Mapping[str, str]
    required: frozenset[str]
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    day_first: bool | None = None
    mapping: str | None = None
    reads: Mapping[str, str] = field(default_factory=dict)

    @property
    def required_header(self) -> frozenset[str]:
        """Those without which no row is read."""
        return frozenset(self.columns[meaning].lower() for meaning in self.required)

    @property
    def header(self) -> frozenset[str]:
        """The columns in lower case, as tables are compared."""
        return frozenset(column.lower() for column in self.columns.values())


_KNOWN = {kind: Feed(kind, COLUMNS[kind], _REQUIRED[kind]) for kind in (EMPLOYEES, CONTRACTORS)}


def feed_of(file: ContextFile, mapped: Sequence[Feed]) -> Feed | None:
    """How a roster is read: by the last mapping that was given with it, if one was.

    Else by the last that was given with a snapshot of the same roster, and else by the widest, and
    of these the last, that fits its columns.
    """
    if file.kind != ROSTER:
        return _KNOWN[file.kind]
    header = set(header_of(file))
    fitting = [feed for feed in mapped if feed.header <= header]
    series = snapshots.series(file.name)
    own = [feed for feed in fitting if file.sha256 in feed.reads]
    alike = [feed for feed in fitting if series in map(snapshots.series, feed.reads.values())]
    if own or alike:
        return (own or alike)[-1]
    ranked = enumerate(fitting)
    best = max(ranked, key=lambda one: (len(one[1].header), one[0]), default=None)
    return best[1] if best else None


def bound(data: bytes, reads: Mapping[str, str], at: datetime) -> bytes:
    """A mapping with the files that it was given with, by the SHA-256 of their bytes, at a time."""
    lines = [f"\n# read by this mapping since {at.isoformat(timespec='microseconds')}", "[reads]"]
    for digest, name in sorted(reads.items()):
        # JSON's strings are TOML's too, unless they escape what TOML writes as it is.
        lines.append(f'"{digest}" = {json.dumps(name, ensure_ascii=False)}')
    return data + "\n".join(("", *lines, "")).encode()


def parse(data: bytes, name: str) -> Feed:
    """The mapping that a TOML file makes; raises `DeclarationError` that lists every fault."""
    faults = Faults(
        name, "mapping", "Correct the lines named; until then no roster is read by the mapping."
    )
    try:
        if len(data) > _LONGEST:
            raise ValueError(f"the file is larger than {_LONGEST} bytes, no mapping is")
        told = tomllib.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        faults.add(1, f"not TOML: {error}.")
        faults.raise_if_any()
    lines = data.decode("utf-8-sig").splitlines()
    found = _Mapping(told, lines, faults)
    faults.raise_if_any()
    return found.feed(name)


class _Mapping:
    """A mapping as it was written, checked key by key."""

    def __init__(self, told: Mapping[str, object], lines: Sequence[str], faults: Faults) -> None:
        self._lines, self._faults = lines, faults
        self._known(told, _KEYS, "key in the mapping")
        self._kind = EMPLOYEES
        if "feed" in told:
            self._kind = self._word(told, "feed", (EMPLOYEES, CONTRACTORS)) or EMPLOYEES
        else:
            faults.add(1, f'feed is missing: write feed = "{EMPLOYEES}" or "{CONTRACTORS}".')
        if "columns" not in told:
            faults.add(1, "[columns] is missing: it says which column has which meaning.")
        reads = told.get("reads")
        self._reads = dict(reads) if isinstance(reads, dict) else {}
        dates = self._word(told, "dates", tuple(_DATES)) if "dates" in told else None
        self._day_first = _DATES[dates] if dates else None
        ours = {column: meaning for meaning, column in COLUMNS[self._kind].items()}
        columns = self._texts(told.get("columns", {}), ours, "column")
        self._columns = {ours[column]: theirs.strip() for column, theirs in columns.items()}
        self._values = self._meanings(told.get("values", {}), ours)
        if "columns" in told:
            self._lacking()

    def feed(self, name: str) -> Feed:
        required = frozenset(self._columns) & {"person", "email", *_ENDS}
        return Feed(
            self._kind,
            self._columns,
            required,
            self._values,
            self._day_first,
            mapping=name,
            reads={str(digest): str(file) for digest, file in self._reads.items()},
        )

    def _line(self, key: str) -> int:
        starts = (key, f'"{key}"', f"[{key}", f"[values.{key}")
        found = (n for n, line in enumerate(self._lines, 1) if line.strip().startswith(starts))
        return next(found, 1)

    def _known(self, table: Mapping[str, object], allowed: Iterable[str], what: str) -> list[str]:
        allowed = tuple(allowed)
        for key in table:
            if key not in allowed:
                self._faults.add(self._line(key), unknown_word(what, key, allowed))
        return [key for key in table if key in allowed]

    def _word(self, told: Mapping[str, object], key: str, allowed: Sequence[str]) -> str | None:
        value = told.get(key)
        if value in allowed:
            return str(value)
        what = f"value of {key}"
        self._faults.add(self._line(key), unknown_word(what, value, allowed))
        return None

    def _texts(self, table: object, allowed: Iterable[str], what: str) -> dict[str, str]:
        if not isinstance(table, dict):
            self._faults.add(self._line(f"{what}s"), f"[{what}s] must be a table of texts.")
            return {}
        texts = {}
        for key in self._known(table, allowed, what):
            if isinstance(table[key], str) and table[key].strip():
                texts[key] = table[key]
            else:
                self._faults.add(self._line(key), f"{key} must be the name of a column.")
        return texts

    def _meanings(self, values: object, ours: Mapping[str, str]) -> dict[str, Mapping[str, str]]:
        if not isinstance(values, dict):
            self._faults.add(self._line("values"), "[values] must hold tables.")
            return {}
        meanings: dict[str, Mapping[str, str]] = {}
        for column in self._known(values, _VALUES, "table of values"):
            words = values[column] if isinstance(values[column], dict) else {}
            for theirs, word in words.items():
                if word not in _VALUES[column]:
                    allowed = sorted(_VALUES[column])
                    what = f"value of {column}"
                    self._faults.add(self._line(theirs), unknown_word(what, word, allowed))
            meanings[ours[column]] = {theirs.lower(): word for theirs, word in words.items()}
        return meanings

    def _lacking(self) -> None:
        names = COLUMNS[self._kind]
        if not {"person", "email"} & self._columns.keys():
            who = f"{names['person']} or {names['email']}"
            self._faults.add(self._line("columns"), f"[columns] names no {who}: whose row is it?")
        if not _ENDS & self._columns.keys():
            ends = ", ".join(names[end] for end in sorted(_ENDS & names.keys()))
            self._faults.add(self._line("columns"), f"[columns] names none of {ends}.")
