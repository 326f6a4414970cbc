"""Archives: each member of a zip or a tar becomes an input of its own, one at a time."""

from __future__ import annotations

import os
import re
import shutil
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from forensics.evidence import tars, zips
from forensics.evidence.catalog import BESIDE
from forensics.evidence.inputs import MEMBER_MARK, Input, Refusal, label, named_beside
from forensics.sources.compression import DAMAGED
from forensics.sources.expansion import Allowance, ExpansionError
from forensics.sources.opening import Opened

# Archives within archives: what lies deeper is named and not read.
_DEEPEST = 5
_MOST_MEMBERS = 1_000_000
_LONGEST_NAME = 1_000
_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")


@dataclass(frozen=True)
class _Member:
    """What zip and tar tell alike: a name, when it was written, and why it is not read."""

    name: str
    written: float | None
    refusal: Refusal | None
    pieces: Iterator[bytes]


class Archive:
    """An archive being read. Ask for `members` once; then `count`, `status` and `note` hold."""

    def __init__(self, given: Input, path: Path, opened: Opened, folder: Path) -> None:
        self._given = given
        self._path = path
        self._opened = opened
        self._folder = folder
        self._names: Counter[str] = Counter()
        self._damage: str | None = None
        self._other: Refusal | None = None
        self.count = 0

    @property
    def status(self) -> str:
        """`archive`, or what it is instead or besides."""
        if self._other is not None:
            return self._other.status
        if self._damage or self._opened.damage:
            return "damaged"
        return "archive" if self.count else "empty"

    def note(self, unread: int, beside: int = 0) -> str:
        """What the ledger says of it, by how many members were not read or passed over."""
        if self._other is not None:
            return self._other.why
        told = [f"{self.count} member{'' if self.count == 1 else 's'}" if self.count else ""]
        told += [f"{unread} not read"] if unread else []
        told += [f"{beside} passed over as no logs"] if beside else []
        damage = self._opened.damage or self._damage
        told += [f"damaged or cut short: {damage}; what could be read is stored"] if damage else []
        return ", ".join(one for one in told if one) or "it holds no members"

    def members(self) -> Iterator[Input]:
        """Members as inputs: of a zip by name, of a tar in its order; folders are none.

        Each is copied into the folder under a name of ours, and gone when the next is asked for.
        Once a zip gave all that it may, the rest of its members are named and not read.
        """
        if self._given.depth >= _DEEPEST:
            why = f"archives within archives are read to a depth of {_DEEPEST}; unpack it first"
            self._other = Refusal("unreadable", why)
            return
        for one in self._tar() if self._opened.archive == "tar" else self._zip():
            if self.count >= _MOST_MEMBERS:
                self._damage = f"it holds more than {_MOST_MEMBERS} members; unpack it first"
                return
            self.count += 1
            yield from self._input(one)
        if told := self._opened.allowance.exceeded:
            self._damage = f"{told}; not all that it holds was read"

    def _tar(self) -> Iterator[_Member]:
        tar = tars.Tar(self._opened.text)
        for info in tar.members():
            if info.isdir():
                continue
            told = tars.kind(info)
            refusal = Refusal("not_a_log", told) if told else None
            pieces = tar.pieces(info, self._opened.allowance)
            yield _Member(info.name, info.mtime, refusal, pieces)
        self._damage = tar.damage

    def _zip(self) -> Iterator[_Member]:
        with self._whole() as path, path.open("rb") as file:
            self._opened.finish()
            try:
                entries: Iterator[zips.Entry] | list[zips.Entry] = zips.directory(file)
            except zipfile.BadZipFile as error:
                self._damage, entries = str(error), zips.scan(file)
            else:
                if told := zips.kind({one.name for one in entries}):
                    self._other = Refusal("unrecognised", f"it is {told}")
                    return
            for one in entries:
                if one.name.endswith("/") and not one.size:
                    continue
                why = one.refused
                if told := self._opened.allowance.exceeded:
                    why = why or f"not reached, for of its archive as a whole {told}"
                refusal = Refusal("unreadable", why) if why else None
                if one.is_link:
                    refusal = Refusal("not_a_log", "a symbolic link, which is not followed")
                size = self._opened.size if one.packed is None else one.packed
                bound = Allowance(self._opened.allowance.limits, size, self._opened.allowance)
                yield _Member(one.name, one.written, refusal, zips.pieces(file, one, bound))

    @contextmanager
    def _whole(self) -> Iterator[Path]:
        """The zip as a file to seek in: a compressed one is expanded first."""
        if self._opened.compression is None:
            yield self._path
            return
        copy = self._folder / f"archive-{self._given.depth}"
        try:
            with copy.open("wb") as there:
                shutil.copyfileobj(self._opened.text, there)
            yield copy
        finally:
            copy.unlink(missing_ok=True)

    def _label(self, name: str) -> str:
        """The place of a member; members of one name are numbered."""
        text = label(name).replace("\x00", "\\x00")
        if len(text) > _LONGEST_NAME:
            text = f"{text[: _LONGEST_NAME // 2]}…{text[-_LONGEST_NAME // 2 :]}"
        self._names[text] += 1
        number = f"#{self._names[text]}" if self._names[text] > 1 else ""
        return f"{self._given.label}{MEMBER_MARK}{text}{number}"

    def _input(self, member: _Member) -> Iterator[Input]:
        """The member staged as an input, or refused."""
        place, depth = self._label(member.name), self._given.depth + 1
        name = PurePosixPath(member.name.replace("\\", "/"))
        refusal = Refusal(BESIDE, "hidden") if _is_hidden(name) else member.refusal
        if refusal is not None:
            yield Input(None, place, asked_for=False, refusal=refusal, depth=depth)
            return
        suffix = name.suffix.lower() if _SUFFIX.fullmatch(name.suffix.lower()) else ""
        copy = self._folder / f"member-{depth}{suffix}"
        try:
            try:
                damage = self._copy(member, copy)
            except ExpansionError as error:
                refusal = Refusal("unreadable", str(error))
                yield Input(None, place, asked_for=False, refusal=refusal, depth=depth)
                return
            yield Input(
                copy,
                place,
                asked_for=False,
                depth=depth,
                within=self._opened.allowance,
                damage=damage,
                doubt=named_beside(name),
            )
        finally:
            copy.unlink(missing_ok=True)

    def _copy(self, member: _Member, copy: Path) -> str | None:
        """Write a member's bytes, as far as there are; returns what is wrong with them.

        Raises `ExpansionError` when they are more than may be.
        """
        damage: str | None = None
        with copy.open("wb") as there:
            while damage is None:
                try:
                    piece = next(member.pieces, b"")
                except DAMAGED as error:
                    if told := self._opened.allowance.exceeded:
                        raise ExpansionError(told) from error
                    if isinstance(error, ExpansionError):
                        raise
                    damage = str(error) or type(error).__name__
                    break
                if not piece:
                    break
                there.write(piece)
        archived = self._path.stat().st_mtime
        for written in (archived, member.written or archived):
            with suppress(OverflowError, ValueError, OSError):
                os.utime(copy, (written, written))
        return damage


def _is_hidden(name: PurePosixPath) -> bool:
    """Whether a folder's walk would pass it over: hidden, or what a Mac lays beside files."""
    return any(part.startswith(".") and part != ".." for part in name.parts) or (
        "__MACOSX" in name.parts
    )
