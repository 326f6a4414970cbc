"""Where the throwaway cases over files and folders lie, and for how long they are kept."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import astuple
from pathlib import Path

from forensics.errors import CaseError
from forensics.evidence.case import create, is_case
from forensics.evidence.inputs import expand
from forensics.sources import declaration
from forensics.sources.declaration import searched
from forensics.sources.expansion import Limits

# As many are kept for a second question; older ones are removed.
_KEPT = 8


def cache_folder() -> Path:
    """The folder of them all: below `$XDG_CACHE_HOME`, else `~/.cache`."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "forensics" / "logs"


def key(
    paths: Sequence[str],
    folders: Sequence[Path],
    limits: Limits,
    tool: str,
    lookups: Sequence[str | Path | None] = (),
) -> str:
    """Names the same files in the same condition; any change of one makes another case.

    `lookups` are files and folders that addresses are looked up in.
    """
    places = (Path(declaration.__file__).parent / "catalog", *searched(folders))
    files = [one.path for one in expand(paths) if one.path is not None]
    files += [one for folder in places for one in sorted(folder.glob("*.toml"))]
    asked = [Path(one) for one in lookups if one is not None]
    files += [one for given in asked for one in (given, *sorted(given.rglob("*"))) if one.is_file()]
    state = [(str(one.resolve()), one.stat().st_size, one.stat().st_mtime_ns) for one in files]
    return hashlib.sha256(
        json.dumps([tool, list(paths), state, astuple(limits), list(map(str, lookups))]).encode()
    ).hexdigest()[:32]


@contextmanager
def kept(place: Path) -> Iterator[Path]:
    """A folder to make a case in, which then lies at `place`; older ones are removed.

    Raises `CaseError` when it cannot be kept there.
    """
    making = place.with_name(f"{place.name}.{os.getpid()}")
    shutil.rmtree(making, ignore_errors=True)
    try:
        yield making
        with suppress(OSError):
            making.replace(place)
        if not is_case(place):
            raise CaseError("The throwaway case cannot be kept.", place=str(place))
    finally:
        # Gone already, unless this failed or another process kept the same case first.
        shutil.rmtree(making, ignore_errors=True)
    _prune(place.parent, place)


def nothing() -> Path:
    """A case that holds no record, for questions to what is told beside records."""
    place = cache_folder() / "nothing"
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with kept(place) as making:
        create(making)
    return place


def _prune(folder: Path, keep: Path) -> None:
    """Remove those that were not used for longest."""
    held = sorted(
        (one for one in folder.iterdir() if one != keep), key=lambda one: one.stat().st_mtime
    )
    for one in held[: max(0, len(held) + 1 - _KEPT)]:
        shutil.rmtree(one, ignore_errors=True)
