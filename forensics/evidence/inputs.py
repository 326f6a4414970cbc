"""Which files an ingest reads: files, folders, globs or standard input, in a stable order."""

from __future__ import annotations

import glob
import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from forensics.errors import InputError

STDIN = "-"
# Text that lies beside logs and cannot be one; named in the ledger, and no reason to fail.
_BESIDE = frozenset({".md", ".rst", ".toml", ".py", ".html", ".pdf", ".png", ".svg", ".jpg"})


@dataclass(frozen=True)
class Input:
    """One file to read. `path` is None for standard input; `label` is how the user named it."""

    path: Path | None
    label: str
    asked_for: bool

    @property
    def beside(self) -> bool:
        """Documentation or a picture that was found beside logs and never asked for."""
        return self.path is not None and not self.asked_for and is_beside(self.path)


def is_beside(path: Path) -> bool:
    """Whether a file's name says that it is documentation, code or a picture."""
    return path.suffix.lower() in _BESIDE or path.name.upper().startswith(("LICENSE", "NOTICE"))


def _label(text: str) -> str:
    """A path as text that can be stored; names that are no text keep their bytes as escapes."""
    return os.fsencode(text).decode("utf-8", "backslashreplace")


def _walk(root: Path) -> Iterator[Path]:
    """Files below a folder; also folders that could not be entered and links not followed."""
    closed: list[Path] = []
    walk = os.walk(root, onerror=lambda error: closed.append(Path(error.filename)))
    for folder, folders, names in walk:
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        # A link may lead round in a circle, or out of the evidence.
        yield from (path for name in folders if (path := Path(folder, name)).is_symlink())
        for name in sorted(names):
            path = Path(folder, name)
            if not name.startswith(".") and path.is_file():
                yield path
    yield from closed


def _one(text: str) -> Iterator[Input]:
    if text == STDIN:
        yield Input(None, STDIN, asked_for=True)
        return
    path = Path(text)
    if path.is_dir():
        yield from (Input(one, _label(str(one)), asked_for=False) for one in _walk(path))
    elif path.exists():
        yield Input(path, _label(text), asked_for=True)
    else:
        matches = sorted(glob.glob(text, recursive=True))  # noqa: PTH207 - keeps the user's spelling
        if not matches:
            raise InputError(
                "There is no such file or folder.",
                place=text,
                remedy="Quote a glob so that the shell leaves it alone, or check the path.",
            )
        for match in matches:
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
