"""The declarations that the events of a case were made with: kept word for word, and compared."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from forensics.conditions.vocabulary import one_of
from forensics.errors import CaseError, DeclarationError, EvidenceAlteredError, UsageError
from forensics.evidence.case import CasePaths
from forensics.evidence.catalog import Catalog, DeclarationRow, FileRow, SegmentRow
from forensics.sources.declaration import Declaration, parse, shipped
from forensics.sources.sameness import is_own, meaning, sha256

OWN, BUILT_IN = "own", "built-in"


@dataclass(frozen=True)
class Outdated:
    """Records of a source that stand in a case as another declaration of it made them.

    `files` counts the files of the source; none when its records lie in files of others. `sha256`
    are the digests of the declarations they were made with, `now` that of the one of now, `origin`
    whose that one is.
    """

    source: str
    files: int
    sha256: tuple[str, ...]
    now: str
    origin: str

    @property
    def sentence(self) -> str:
        """What there is to say of it, and what to do."""
        files = "1 file was" if self.files == 1 else f"{self.files:,} files were"
        held = files if self.files else "records in files of other sources were"
        which = "your latest one" if self.origin == OWN else "that of this version"
        return (
            f"{self.source}: {held} read with another declaration than {which}; their events stand"
            " as that made them"
        )


def place(paths: CasePaths, digest: str) -> Path:
    """Where the case keeps the declaration of a digest."""
    return paths.declarations / f"{digest}.toml"


def used(ingest_id: int, declarations: Iterable[Declaration]) -> list[DeclarationRow]:
    """The rows that say what an ingest read with."""
    return [
        DeclarationRow(ingest_id, one.name, sha256(one), meaning(one), _origin(one))
        for one in sorted(declarations, key=lambda one: one.name)
    ]


def contents(paths: CasePaths, declarations: Iterable[Declaration]) -> dict[Path, bytes]:
    """What to write where, so that the case keeps these declarations."""
    return {place(paths, sha256(one)): one.text.encode() for one in declarations}


def in_order(
    given: Mapping[str, Declaration], kept: Mapping[str, Declaration]
) -> dict[str, Declaration]:
    """Declarations given now, then those kept in a case, then those that come with the tool.

    The first of a name is taken, and the first where several fit records equally well.
    """
    own = {**kept, **given}
    return {name: own[name] for name in (*given, *kept)} | shipped() | own


class Kept:
    """The declarations of one case."""

    def __init__(
        self,
        paths: CasePaths,
        rows: Sequence[DeclarationRow],
        files: Sequence[FileRow],
        segments: Sequence[SegmentRow],
    ) -> None:
        self._paths = paths
        self.rows = rows
        self._files, self._segments = files, segments
        self._by_ingest = {(one.ingest_id, one.source): one for one in self.rows}

    def row(self, ingest_id: int, source: str | None) -> DeclarationRow | None:
        """What an ingest read a source with; None where the case does not say."""
        return self._by_ingest.get((ingest_id, source or ""))

    def is_of(self, row: FileRow, declaration: Declaration) -> bool:
        """Whether a file was read with this declaration, or one that makes the same events."""
        read_with = self.row(row.ingest_id, declaration.name)
        same = read_with is not None and read_with.meaning == meaning(declaration)
        return same and row.source == declaration.name

    def own(self, besides: Container[str] = ()) -> dict[str, Declaration]:
        """The user's own declarations that events stand as they made them, by name, as used last.

        Those `besides` are left out. Raises `DeclarationError` when one cannot be read any more.
        """
        last = {one.source: one for one in self.standing()}
        return {
            name: _read(self._paths, row.sha256)
            for name, row in last.items()
            if row.origin == OWN and name not in besides
        }

    def unused(self, known: Mapping[str, Declaration]) -> set[str]:
        """Names of own declarations that nothing of the case was read with."""
        names = {row.source for row in self.rows}
        return {name for name, one in known.items() if name not in names and is_own(one)}

    def check_ids(
        self, segments: Sequence[SegmentRow], now: Mapping[str, Declaration], written: set[str]
    ) -> None:
        """Raise `CaseError` when records written now have other ids than the same in `segments`.

        They would be told twice. Ids of equal lines are made otherwise where a source repeats them,
        and were not in cases that keep no declarations.
        """
        for one in segments:
            name = one.source or ""
            if name in written and self._repeated(one.ingest_id, now[name]) != now[name].repeats:
                raise CaseError(
                    f"{name}: the case tells equal lines of it apart otherwise than this version"
                    " and its declaration do; what it holds would be told twice.",
                    place=str(self._paths.root),
                    remedy="Nothing was changed. Read all files of the case into a new one.",
                )

    def _repeated(self, ingest_id: int, now: Declaration) -> bool:
        """Whether a source repeated records, as an ingest read it."""
        row = self.row(ingest_id, now.name)
        if row is None:
            return False
        if row.meaning == meaning(now):
            return now.repeats
        try:
            return _read(self._paths, row.sha256).repeats
        except DeclarationError:
            return now.repeats

    def outdated(self, known: Mapping[str, Declaration]) -> list[Outdated]:
        """What stands in the case as other declarations than those known made it, by source."""
        found: dict[str, list[DeclarationRow]] = {}
        for row in self.standing():
            now = known.get(row.source)
            if now is not None and row.meaning != meaning(now):
                found.setdefault(row.source, []).append(row)
        return [
            Outdated(
                source=name,
                files=sum(self.row(one.ingest_id, one.source) in rows for one in self._read_files),
                sha256=tuple(dict.fromkeys(row.sha256 for row in rows)),
                now=sha256(known[name]),
                origin=_origin(known[name]),
            )
            for name, rows in sorted(found.items())
        ]

    def made_with(self, known: Mapping[str, Declaration]) -> dict[str, Declaration]:
        """The known declarations, but for each source what its events were made with last.

        One that would make the same events stays as it is known: what it tells of the source is
        the better for being newer. One that can no longer be read does too.
        """
        found = dict(known)
        for row in self.standing():
            now = known.get(row.source)
            if now is None or row.meaning != meaning(now):
                try:
                    found[row.source] = _read(self._paths, row.sha256)
                except DeclarationError:
                    continue
            else:
                found[row.source] = now
        return found

    @property
    def _read_files(self) -> list[FileRow]:
        """Files of which records stand in the case; what repeats another has none."""
        return [one for one in self._files if one.read and not one.repeats]

    def standing(
        self, gone: Collection[FileRow] = (), without: Collection[SegmentRow] = ()
    ) -> list[DeclarationRow]:
        """The rows of which files or segments are still asked, in the order of ingests.

        Files that are `gone`, and segments `without` which that is asked, count no more.
        """
        ids, names = {one.file_id for one in gone}, {one.name for one in without}
        kinds = {(one.ingest_id, one.source) for one in self._read_files if one.file_id not in ids}
        kinds |= {(one.ingest_id, one.source) for one in self._segments if one.name not in names}
        return [one for one in self.rows if (one.ingest_id, one.source) in kinds]


def declared(paths: CasePaths) -> Kept:
    """What the events of a case were made with, as of its last ingest."""
    catalog = Catalog(paths.catalog)
    try:
        with catalog.snapshot():
            return Kept(paths, catalog.declarations(), *catalog.asked())
    finally:
        catalog.close()


def _origin(declaration: Declaration) -> str:
    return OWN if is_own(declaration) else BUILT_IN


def _read(paths: CasePaths, digest: str) -> Declaration:
    path = place(paths, digest)
    try:
        found = parse(path.read_bytes().decode("utf-8"), str(path))
    except (OSError, ValueError) as error:
        raise EvidenceAlteredError(
            f"A declaration of the case cannot be read: {error}", place=str(path)
        ) from error
    except DeclarationError as error:
        raise DeclarationError(
            f"A declaration that the case keeps is not understood by this version: {error.message}",
            place=str(path),
            remedy="Give a corrected one of its name with --catalog.",
        ) from error
    if sha256(found) != digest:
        raise EvidenceAlteredError("A declaration of the case was changed.", place=str(path))
    return found


def left_of(
    kept: Mapping[str, Declaration], without: Sequence[str], *, reread: bool
) -> dict[str, Declaration]:
    """The kept declarations but those to forget, which needs their files to be read anew."""
    for name in without:
        one_of("kept declaration", name, kept)
    if without and not reread:
        raise UsageError(
            "A kept declaration is forgotten when its files are read anew.",
            remedy="Give them with --reread.",
        )
    return {name: one for name, one in kept.items() if name not in without}
