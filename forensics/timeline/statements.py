"""Statements of witnesses: who said what of an outage, and when, read from small YAML files."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, TypeVar, get_args

from forensics.errors import DeclarationError, InputError, UsageError
from forensics.located import Faults, Located, read, unknown_word
from forensics.timeline import machines, meaning, when, wording
from forensics.timeline.wording import SpokenLength, SpokenTime, Tolerances
from forensics.timeline.zones import zone as zone_named

T = TypeVar("T")
TimeForm = Literal["start", "end", "down_at", "still_up_at", "up_again_at"]
Standing = Literal["C", "D", "E"]

TIME_FORMS: tuple[TimeForm, ...] = get_args(TimeForm)
"""What a statement can say of instants: when it began and ended, and its state at a time."""

MOST = 200
"""How many statements are read; more than these are no longer weighed by anyone."""

_FILE_KEYS = ("target", "kind", "zone", "tolerances", "statements")
_KEYS = (
    "id",
    "who",
    "said",
    "grade",
    "target",
    "kind",
    "outage",
    *TIME_FORMS,
    "duration",
    "tolerance",
    "evidence",
    "reference",
    "quote",
)
_GRADES: Mapping[str, Standing] = {grade: grade for grade in get_args(Standing)}
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_MOST_LETTERS = 500
_REMEDY = "Correct the lines named; nothing was answered."


@dataclass(frozen=True)
class Statement:
    """What one witness said of one outage of a target, as bounds, and in which line it stands.

    `kind` is what the target is, `outage` its number where one is meant. `evidence` are uids of
    records that carry it, or beginnings of these; `reference` says where else it can be found.
    `grade` is that of what is said, not of who says.
    """

    id: str
    who: str
    said: datetime | None
    grade: Standing
    target: str
    outage: int | None
    times: tuple[tuple[TimeForm, str, SpokenTime], ...]
    length: tuple[str, SpokenLength] | None
    evidence: tuple[str, ...]
    reference: str | None
    quote: str | None
    place: str
    kind: str = machines.ACCOUNT

    @property
    def uids(self) -> tuple[str, ...]:
        """All records that it names, as evidence or for their times, as it names them."""
        told = (spoken.event for _, _, spoken in self.times if spoken.event)
        return tuple(dict.fromkeys((*self.evidence, *told)))


@dataclass(frozen=True)
class Statements:
    """All statements of some files, and name and SHA-256 of each file, in the order given."""

    all: tuple[Statement, ...]
    files: tuple[tuple[str, str], ...]

    def __bool__(self) -> bool:
        return bool(self.all)

    def about(self, names: Iterable[str]) -> tuple[Statement, ...]:
        """The statements about a target of one of these names, in any case and of any kind."""
        wanted = {name.lower() for name in names}
        return tuple(one for one in self.all if one.target.lower() in wanted)


NONE = Statements((), ())
"""No statements at all."""


def load(paths: Sequence[Path]) -> Statements:
    """The statements of these files; no paths, no statements.

    Raises InputError for a file that cannot be opened, DeclarationError with all faults of all
    files: each with its line, what is wrong and what to write.
    """
    found: list[Statement] = []
    files: list[tuple[str, str]] = []
    failed: list[DeclarationError] = []
    for path in paths:
        try:
            data = path.read_bytes()
        except OSError as error:
            raise InputError(
                f"The statements cannot be read: {error.strerror}.",
                place=str(path),
                remedy="Name a file with --statements FILE.",
            ) from error
        files.append((path.name, hashlib.sha256(data).hexdigest()))
        try:
            found += parse(data, str(path), taken={one.id for one in found})
        except DeclarationError as error:
            failed.append(error)
    if len(failed) == 1:
        raise failed[0]
    if failed:
        raise DeclarationError("\n".join(f"{one.place}: {one.message}" for one in failed))
    return Statements(tuple(found), tuple(files))


def told(given: Statements | Sequence[str | Path]) -> Statements:
    """Statements as they are, or those of files; raises as `load` does."""
    return given if isinstance(given, Statements) else load([Path(one) for one in given])


def parse(data: bytes, name: str, taken: Iterable[str] = ()) -> tuple[Statement, ...]:
    """The statements of one file; `taken` are ids that stand in others. Raises DeclarationError."""
    faults = Faults(name, "list of statements", _REMEDY)
    node = read(data, faults)
    found: list[Statement] = []
    entries = faults.keys(node, _FILE_KEYS, "a file of statements") if node is not None else {}
    if node is not None and isinstance(node.value, dict):
        reader = _Reader(faults, entries, {*taken})
        listed = entries.get("statements")
        if listed is None or not isinstance(listed.value, list):
            faults.add(node.line, "statements must be a list; write `statements:` and `- id: …`.")
        elif len(listed.value) > MOST:
            faults.add(listed.line, f"{len(listed.value)} statements; at most {MOST} are read.")
        else:
            read_ones = (reader.statement(one, at) for at, one in enumerate(listed.value, start=1))
            found = [one for one in read_ones if one is not None]
    faults.raise_if_any()
    return tuple(found)


class _Reader:
    """Reads the statements of one file, gathering faults."""

    def __init__(self, faults: Faults, file: Mapping[str, Located], taken: set[str]) -> None:
        self.faults = faults
        self.taken = taken
        self.target = self.text(file, "target")
        self.kind = self._kind(file) or machines.ACCOUNT
        self.zone = self.text(file, "zone")
        if self.zone is not None:
            self.heed(file["zone"], "zone", zone_named)
        self.tolerances = self._tolerances(file.get("tolerances"))

    def statement(self, node: Located, number: int) -> Statement | None:
        """One entry of the list, or None with its faults noted."""
        before = len(self.faults.found)
        entries = self.faults.keys(node, _KEYS, f"statement {number}")
        if not isinstance(node.value, dict):
            return None
        times = tuple(self._times(entries))
        length = self._length(entries)
        if not times and length is None and not {*TIME_FORMS, "duration"} & entries.keys():
            self.faults.add(
                node.line, f"it says nothing; give one of {', '.join((*TIME_FORMS, 'duration'))}."
            )
        if not any(spoken.event for _, _, spoken in times):
            self._heed_contradiction(entries, node, times, length)
        target = self.text(entries, "target") or self.target
        if target is None:
            self.faults.add(node.line, "it names no target, nor does the file; give `target`.")
        made = Statement(
            id=self._id(entries, number, node.line),
            who=self._who(entries, node),
            said=self._said(entries),
            grade=self._grade(entries),
            target=target or "",
            outage=self._outage(entries),
            times=times,
            length=length,
            evidence=self._evidence(entries),
            reference=self.text(entries, "reference"),
            quote=self.text(entries, "quote"),
            place=f"{Path(self.faults.name).name}:{node.line}",
            kind=self._kind(entries) or self.kind,
        )
        return made if len(self.faults.found) == before else None

    def text(self, entries: Mapping[str, Located], key: str) -> str | None:
        """A text, without blanks around it; None where there is none."""
        node = entries.get(key)
        if node is None:
            return None
        if isinstance(node.value, bool) or not isinstance(node.value, str | int):
            self.faults.add(node.line, f"{key} must be a text.")
            return None
        found = str(node.value).strip()
        if not found or len(found) > _MOST_LETTERS:
            self.faults.add(node.line, f"{key} must have 1 to {_MOST_LETTERS} letters.")
            return None
        return found

    def heed(self, node: Located, key: str, of: Callable[[str], T]) -> T | None:
        """What is made of a text; why it cannot be is a fault."""
        try:
            return of(str(node.value).strip())
        except UsageError as error:
            self.faults.add(node.line, f"{key}: {error.message} {error.remedy or ''}".rstrip())
            return None

    def _times(self, entries: Mapping[str, Located]) -> Iterable[tuple[TimeForm, str, SpokenTime]]:
        tolerance = self._tolerance(entries)
        for form in TIME_FORMS:
            if (said := self.text(entries, form)) is None:
                continue
            spoken = self.heed(
                entries[form],
                form,
                lambda text: wording.time(text, self.zone, self.tolerances, tolerance),
            )
            if spoken is not None:
                yield form, said, spoken

    def _length(self, entries: Mapping[str, Located]) -> tuple[str, SpokenLength] | None:
        said = self.text(entries, "duration")
        if said is None:
            return None
        # A tolerance of a statement that names times too is that of the times.
        own = None if entries.keys() & set(TIME_FORMS) else self._tolerance(entries)
        spoken = self.heed(entries["duration"], "duration", lambda one: wording.length(one, own))
        return (said, spoken) if spoken is not None else None

    def _heed_contradiction(
        self,
        entries: Mapping[str, Located],
        node: Located,
        times: Sequence[tuple[TimeForm, str, SpokenTime]],
        length: tuple[str, SpokenLength] | None,
    ) -> None:
        """What cannot be true of one outage is a fault, where no event has to be looked up."""
        try:
            why = meaning.contradiction(meaning.said(times, length, {}))
        except UsageError as error:
            self.faults.add(node.line, error.message)
            return
        if why is not None:
            line = max(entries[form].line for form in (*TIME_FORMS, "duration") if form in entries)
            self.faults.add(line, f"{why} {meaning.SEPARATE}")

    def _kind(self, entries: Mapping[str, Located]) -> str | None:
        found = self.text(entries, "kind")
        if found is None or found.lower() in machines.load():
            return found and found.lower()
        line = entries["kind"].line
        self.faults.add(line, unknown_word("kind of a target", found, machines.load()))
        return None

    def _tolerance(self, entries: Mapping[str, Located]) -> str | None:
        said = self.text(entries, "tolerance")
        if said is None or self.heed(entries["tolerance"], "tolerance", when.window) is None:
            return None
        return said

    def _tolerances(self, node: Located | None) -> Tolerances:
        if node is None:
            return Tolerances()
        names = [one.name for one in fields(Tolerances)]
        given: dict[str, timedelta] = {}
        for name, entry in self.faults.keys(node, names, "tolerances").items():
            if (found := self.heed(entry, name, when.window)) is not None:
                given[name] = found
        return Tolerances(**given)

    def _id(self, entries: Mapping[str, Located], number: int, line: int) -> str:
        found = self.text(entries, "id") or f"statement-{number}"
        if not _ID.fullmatch(found):
            self.faults.add(line, f"id must be letters, digits, . _ or -, at most 40: {found!r}.")
        if found in self.taken:
            self.faults.add(line, f"the id {found!r} is taken; give this one another.")
        self.taken.add(found)
        return found

    def _who(self, entries: Mapping[str, Located], node: Located) -> str:
        found = self.text(entries, "who")
        if found is None and "who" not in entries:
            self.faults.add(node.line, "it does not say who said so; give `who`.")
        return found or ""

    def _said(self, entries: Mapping[str, Located]) -> datetime | None:
        if self.text(entries, "said") is None:
            return None
        spoken = self.heed(
            entries["said"], "said", lambda text: wording.time(text, self.zone, self.tolerances)
        )
        return spoken.base[0] if spoken is not None and spoken.base is not None else None

    def _grade(self, entries: Mapping[str, Located]) -> Standing:
        found = self.text(entries, "grade") or "D"
        if found in _GRADES:
            return _GRADES[found]
        line = entries["grade"].line
        self.faults.add(line, unknown_word("grade of a statement", found, _GRADES))
        return "D"

    def _outage(self, entries: Mapping[str, Located]) -> int | None:
        node = entries.get("outage")
        if node is None:
            return None
        if isinstance(node.value, int) and not isinstance(node.value, bool) and node.value >= 1:
            return node.value
        self.faults.add(node.line, "outage must be the number of one, as `forensics outage` shows.")
        return None

    def _evidence(self, entries: Mapping[str, Located]) -> tuple[str, ...]:
        node = entries.get("evidence")
        if node is None:
            return ()
        listed = node.value if isinstance(node.value, list) else [node]
        if not all(isinstance(one.value, str) and one.value.strip() for one in listed):
            self.faults.add(node.line, "evidence must be the uid of an event, or a list of these.")
            return ()
        return tuple(dict.fromkeys(one.value.strip() for one in listed))
