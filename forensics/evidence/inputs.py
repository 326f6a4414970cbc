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
from forensics.evidence.catalog import BESIDE
from forensics.sources.expansion import Allowance

STDIN = "-"
# Between an archive and the name of its member: `logs.zip!/2026/audit.json`.
MEMBER_MARK = "!/"
_GLOB = re.compile(r"[*?\[]")
# What lies beside logs by its name, unless its opening bytes are a log's.
_SUFFIXES = {
    **dict.fromkeys((".md", ".rst", ".html", ".pdf"), "documentation"),
    **dict.fromkeys((".toml", ".py"), "code"),
    **dict.fromkeys((".png", ".svg", ".jpg"), "a picture"),
}
_DOCUMENTS = frozenset({"LICENSE", "NOTICE", "README"})
# What exports to object stores lay beside the files that they list.
_MARKS = frozenset({"_SUCCESS", "MANIFEST.JSON", "MANIFEST.CHECKSUM"})


@dataclass(frozen=True)
class Refusal:
    """Why an input is not read, and the status it has in the ledger for that."""

    status: str
    why: str


@dataclass(frozen=True)
class Input:
    """One file to read. `path` is None for standard input; `label` is how the user named it.

    A member of an archive lies `depth` archives deep, `within` what may still come out of them;
    `path` is then a copy, `damage` what the copy lacks. What is not opened says why in `refusal`;
    `doubt` is what it is by its name when its opening bytes are not a log's.
    """

    path: Path | None
    label: str
    asked_for: bool
    depth: int = 0
    within: Allowance | None = None
    damage: str | None = None
    refusal: Refusal | None = None
    doubt: str | None = None

    @property
    def beside(self) -> bool:
        """What was found beside logs, never asked for, and is named unless it proves a log."""
        if self.refusal is not None:
            return self.refusal.status == BESIDE
        return self.doubt is not None


def named_beside(path: PurePath) -> str | None:
    """What lies beside logs by its name: documentation, code, a picture, an export's mark."""
    name, suffix = path.name.upper(), path.suffix.lower()
    if name in _MARKS or name.endswith("_$FOLDER$"):
        return "a mark of an export"
    if path.stem.upper() in _DOCUMENTS and suffix in {"", ".txt"}:
        return "documentation"
    return _SUFFIXES.get(suffix)


def _found(path: Path) -> Input:
    """What was found, not asked for: a file to open, or a case or no file at all, which is not.

    No file are pipes, sockets, devices and links that lead nowhere. A folder is no case unless
    it is marked as one: a folder that cannot be entered is evidence not looked at.
    """
    why = None
    try:
        if path.is_dir():
            why = "a case" if _holds_case(path) else None
        elif not path.is_file():
            why = "no file"
    except OSError:
        pass
    if why is not None:
        return _passed_over(path, why)
    return Input(path, label(str(path)), asked_for=False, doubt=named_beside(path))


def _passed_over(path: Path, why: str, end: str = "") -> Input:
    return Input(path, label(str(path)) + end, asked_for=False, refusal=Refusal(BESIDE, why))


def _hidden_folder(path: Path) -> Input:
    """A hidden folder, with how many files lie below it."""
    if path.is_symlink():
        return _passed_over(path, "hidden, a link")
    shut: list[OSError] = []
    count = sum(len(names) for _, _, names in os.walk(path, onerror=shut.append))
    told = f"hidden, {count} file{'' if count == 1 else 's'}"
    return _passed_over(path, f"{told}, not all of it could be entered" if shut else told, "/")


def _holds_case(path: Path) -> bool:
    """Whether a folder is a case, as far as it can be looked into."""
    try:
        return is_case(path)
    except OSError:
        return False


def label(text: str) -> str:
    """A path as text that can be stored; names that are no text keep their bytes as escapes."""
    return os.fsencode(text).decode("utf-8", "backslashreplace")


def _walk(root: Path) -> Iterator[Input]:
    """What lies below a folder; of folders, those not entered: hidden, shut, links and cases."""
    closed: list[Path] = []
    walk = os.walk(root, onerror=lambda error: closed.append(Path(error.filename)))
    for folder, folders, names in walk:
        below = sorted(Path(folder, name) for name in folders if not name.startswith("."))
        hidden = sorted(Path(folder, name) for name in folders if name.startswith("."))
        # A link may lead round in a circle, or out of the evidence.
        apart = [path for path in below if path.is_symlink() or _holds_case(path)]
        folders[:] = [path.name for path in below if path not in apart]
        yield from map(_hidden_folder, hidden)
        yield from map(_found, apart)
        for name in sorted(names):
            path = Path(folder, name)
            yield _passed_over(path, "hidden") if name.startswith(".") else _found(path)
    yield from map(_found, closed)


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
        yield from _walk(path)
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
                yield _found(Path(match))
            else:
                yield from _one(match)


def expand(texts: Iterable[str]) -> list[Input]:
    """Every file that the arguments name, each once; raises `InputError` on a path that is not."""
    found: dict[str, Input] = {}
    named = set()
    for text in texts:
        for one in _one(text):
            key = STDIN if one.path is None else str(one.path.resolve())
            # What was found by itself is read all the same when it was also asked for.
            if key not in found or (found[key].beside and not one.beside):
                found[key] = one
        named.add(str(Path(text).resolve()))
    return [one for key, one in found.items() if not (one.beside and key in named)]


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
