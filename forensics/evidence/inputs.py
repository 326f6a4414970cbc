"""Which files a run reads: files, folders, globs or standard input, in a stable order."""

from __future__ import annotations

import glob
import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath

from forensics.errors import InputError
from forensics.evidence.case import is_case
from forensics.sources.expansion import Allowance

STDIN = "-"
# Between an archive and the name of its member: `logs.zip!/2026/audit.json`.
MEMBER_MARK = "!/"
# Text that lies beside logs and cannot be one; named in the ledger, and no reason to fail.
_GLOB = re.compile(r"[*?\[]")
_BESIDE = frozenset({".md", ".rst", ".toml", ".py", ".html", ".pdf", ".png", ".svg", ".jpg"})
# What exports to object stores lay beside the files that they list.
_MARKS = frozenset({"_SUCCESS", "MANIFEST.JSON", "MANIFEST.CHECKSUM"})


@dataclass(frozen=True)
class Refusal:
    """Why a member of an archive is not read, and the status it has in the ledger for that."""

    status: str
    why: str


@dataclass(frozen=True)
class Input:
    """One file to read. `path` is None for standard input; `label` is how the user named it.

    A member of an archive lies `depth` archives deep, `within` what may still come out of them;
    `path` is then a copy, `damage` what the copy lacks, and without a copy `refusal` says why.
    """

    path: Path | None
    label: str
    asked_for: bool
    depth: int = 0
    within: Allowance | None = None
    damage: str | None = None
    refusal: Refusal | None = None

    @property
    def beside(self) -> bool:
        """What was found beside logs, never asked for, and is named but not read."""
        if self.refusal is not None:
            return self.refusal is BESIDE
        return self.path is not None and not self.asked_for and is_beside(self.path)


BESIDE = Refusal("not_a_log", "it lies beside logs and is none")


def is_beside_name(path: PurePath) -> bool:
    """Whether it is documentation, code, a picture or a mark that an export leaves, by name."""
    name = path.name.upper()
    marks = name in _MARKS or name.endswith("_$FOLDER$")
    return marks or path.suffix.lower() in _BESIDE or name.startswith(("LICENSE", "NOTICE"))


def is_beside(path: Path) -> bool:
    """Whether it is none by its name, a case, or no file at all.

    No file are pipes, sockets, devices and links that lead nowhere. A folder is no case unless
    it is marked as one: a folder that cannot be entered is evidence not looked at.
    """
    if is_beside_name(path):
        return True
    try:
        return _holds_case(path) if path.is_dir() else not path.is_file()
    except OSError:
        return False


def _holds_case(path: Path) -> bool:
    """Whether a folder is a case, as far as it can be looked into."""
    try:
        return is_case(path)
    except OSError:
        return False


def label(text: str) -> str:
    """A path as text that can be stored; names that are no text keep their bytes as escapes."""
    return os.fsencode(text).decode("utf-8", "backslashreplace")


def _walk(root: Path) -> Iterator[Path]:
    """What lies below a folder; of folders, those not entered: shut ones, links and cases."""
    closed: list[Path] = []
    walk = os.walk(root, onerror=lambda error: closed.append(Path(error.filename)))
    for folder, folders, names in walk:
        below = sorted(Path(folder, name) for name in folders if not name.startswith("."))
        # A link may lead round in a circle, or out of the evidence.
        apart = [path for path in below if path.is_symlink() or _holds_case(path)]
        folders[:] = [path.name for path in below if path not in apart]
        yield from apart
        yield from (Path(folder, name) for name in sorted(names) if not name.startswith("."))
    yield from closed


def _one(text: str) -> Iterator[Input]:
    if text == STDIN:
        yield Input(None, STDIN, asked_for=True)
        return
    path = Path(text)
    if path.is_dir():
        if _holds_case(path):
            raise InputError(
                "This folder is a case, not logs.", place=text, remedy="Use --case DIR to ask it."
            )
        yield from (Input(one, label(str(one)), asked_for=False) for one in _walk(path))
    elif path.exists():
        yield Input(path, label(text), asked_for=True)
    elif path.is_symlink():
        raise InputError("This link leads nowhere.", place=text, remedy="Name the file itself.")
    else:
        matches = sorted(glob.glob(text, recursive=True))  # noqa: PTH207 - keeps the user's spelling
        if not matches:
            quoted = "Quote a glob so that the shell leaves it alone, or check the path."
            remedy = quoted if _GLOB.search(text) else "Check the path."
            raise InputError("There is no such file or folder.", place=text, remedy=remedy)
        for match in matches:
            if _holds_case(Path(match)) or not Path(match).exists():
                yield Input(Path(match), label(match), asked_for=False)
            else:
                yield from _one(match)


def expand(texts: Iterable[str]) -> list[Input]:
    """Every file that the arguments name, each once; raises `InputError` on a path that is not."""
    found: dict[str, Input] = {}
    for text in texts:
        for one in _one(text):
            key = STDIN if one.path is None else str(one.path.resolve())
            found.setdefault(key, one)
    return list(found.values())


def size_of(given: Input) -> int:
    """Bytes on disk, 0 where that cannot be known before reading."""
    try:
        return given.path.stat().st_size if given.path is not None else 0
    except OSError:
        return 0


@contextmanager
def on_disk(given: Input, folder: Path) -> Iterator[Path]:
    """A path that can be read more than once: streams are copied into `folder` first.

    Raises `InputError` when the input cannot be read.
    """
    if given.path is not None and given.path.is_file():
        yield given.path
        return
    if given.path is not None and given.path.is_dir():
        raise InputError("a folder that cannot be entered, or a link; name the folder itself")
    copy = folder / "stream"
    try:
        with copy.open("wb") as there:
            if given.path is None:
                shutil.copyfileobj(sys.stdin.buffer, there)
            else:
                with given.path.open("rb") as here:
                    shutil.copyfileobj(here, there)
    except OSError as error:
        raise InputError(f"The file cannot be read: {error.strerror}", place=given.label) from error
    try:
        yield copy
    finally:
        copy.unlink()
