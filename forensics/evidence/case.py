"""Where things lie in a case folder, and who may write to it."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from forensics.errors import CaseError
from forensics.evidence.catalog import Catalog

VERSION = 1
_MARKER = "case.json"
_FORMAT = "forensics-case"
MARK = json.dumps({"format": _FORMAT, "version": VERSION}).encode() + b"\n"
_WAIT_SECONDS = 10.0


@dataclass(frozen=True)
class CasePaths:
    """The places of one case folder."""

    root: Path

    @property
    def catalog(self) -> Path:
        """The SQLite catalog."""
        return self.root / "catalog.sqlite"

    @property
    def segments(self) -> Path:
        """Parquet segments."""
        return self.root / "segments"

    @property
    def context(self) -> Path:
        """Context files, each named by its SHA-256."""
        return self.root / "context"

    @property
    def declarations(self) -> Path:
        """Declarations that events were made with, each named by its SHA-256."""
        return self.root / "declarations"

    @property
    def staging(self) -> Path:
        """Where an ingest prepares its segments."""
        return self.root / "staging"

    @property
    def lock(self) -> Path:
        """The file whose lock a writer holds."""
        return self.root / "lock"

    @property
    def marker(self) -> Path:
        """The file that makes the folder a case."""
        return self.root / _MARKER


def sync_directory(path: Path) -> None:
    """Make renames in a directory survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_durably(path: Path, data: bytes) -> None:
    """Write a small file whole or not at all, readable by its owner only."""
    temporary = path.with_name(path.name + ".new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    sync_directory(path.parent)


def seal(path: Path) -> tuple[str, int]:
    """Make a written file read-only and durable; its SHA-256 and size."""
    path.chmod(0o400)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return sha256_of(path), path.stat().st_size


def is_case(root: Path) -> bool:
    """Whether a folder says that it is a case."""
    return (root / _MARKER).is_file()


def create(root: Path) -> CasePaths:
    """Make a new, empty case folder; raises `CaseError` if the place is taken."""
    paths = CasePaths(root)
    if is_case(root):
        raise CaseError("This case exists already.", place=str(root))
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise CaseError(
            "This folder is not empty and is no case.",
            place=str(root),
            remedy="Name a new folder with --case.",
        )
    try:
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        for folder in (paths.segments, paths.context, paths.declarations):
            folder.mkdir(mode=0o700)
        Catalog(paths.catalog, create=True).close()
        # Last, because only a marked folder is a case.
        write_durably(paths.marker, MARK)
    except OSError as error:
        raise CaseError(f"The case cannot be created: {error}", place=str(root)) from error
    return paths


def locate(root: Path) -> CasePaths:
    """The places of an existing case; raises `CaseError` when it is none or too new."""
    if not is_case(root):
        raise CaseError(
            "This is not a case folder.",
            place=str(root),
            remedy="Make one with: forensics ingest LOGS --case " + str(root),
        )
    paths = CasePaths(root)
    try:
        marker = json.loads(paths.marker.read_text(encoding="utf-8"))
        version = int(marker["version"])
        known = marker["format"] == _FORMAT
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CaseError(f"Its marker cannot be read: {error}", place=str(paths.marker)) from error
    if not known or version > VERSION:
        raise CaseError(
            f"This case has version {version}; this tool reads versions up to {VERSION}.",
            place=str(root),
            remedy="Use the newer forensics that made it. Nothing was changed.",
        )
    return paths


@contextmanager
def writing(paths: CasePaths) -> Iterator[None]:
    """Hold the case for writing; a second writer waits, then leaves with `CaseError`."""
    try:
        descriptor = os.open(paths.lock, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise CaseError(
            f"The case cannot be written: {error.strerror}",
            place=str(paths.root),
            remedy="Check the folder's permissions and free space.",
        ) from error
    try:
        _lock(descriptor, paths)
        shutil.rmtree(paths.staging, ignore_errors=True)
        try:
            yield
        finally:
            shutil.rmtree(paths.staging, ignore_errors=True)
    finally:
        os.close(descriptor)


def _lock(descriptor: int, paths: CasePaths) -> None:
    deadline = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > deadline:
                raise CaseError(
                    "Another forensics process is writing to this case.",
                    place=str(paths.root),
                    remedy="Wait for it to end and run this again.",
                ) from error
            time.sleep(0.1)
        else:
            return
