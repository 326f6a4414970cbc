"""Files grouped by what is said of them: how many, why, and the first few by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table

from forensics.findings.ledger import FileReading
from forensics.reports.terminal.parts import QUIET, heading, indented, plain

_NAMED = 3


@dataclass
class Group:
    """Something said of files, how often it holds, and each file with its own words of it."""

    said: str
    n: int = 0
    files: list[tuple[str, str]] = field(default_factory=list)


def by_reason(files: Iterable[FileReading]) -> list[Group]:
    """Files by why they were not read or were set aside."""
    return _grouped((one, one.remarks[0] if one.remarks else one.status, 1) for one in files)


def by_remark(files: Iterable[FileReading]) -> list[Group]:
    """Files by each thing that is to be heeded of them."""
    return _grouped((one, remark, 1) for one in files for remark in one.remarks)


def by_reject(files: Iterable[FileReading]) -> list[Group]:
    """Rejected records by reason, with the files that hold them."""
    return _grouped((one, why.name, why.n) for one in files for why in one.reject_reasons)


def _grouped(told: Iterator[tuple[FileReading, str, int]]) -> list[Group]:
    found: dict[str, Group] = {}
    for file, said, n in told:
        group = found.setdefault(said, Group(said))
        group.n += n
        group.files.append((file.path, file.note or ""))
    return sorted(found.values(), key=lambda one: (-one.n, one.said))


def groups(
    console: Console,
    title: str,
    note: str,
    found: Sequence[Group],
    *,
    folder: str = "",
    whole: bool = False,
) -> None:
    """Print groups under a title, the largest first; `whole` names every file with its note.

    Paths are told as they lie in `folder`. Without a group there is nothing to print.
    """
    if not found:
        return
    heading(console, title, note)
    width = max(len(f"{one.n:,}") for one in found)
    for one in found:
        grid = Table.grid(padding=(0, 1))
        grid.add_column(justify="right", no_wrap=True, min_width=width)
        grid.add_column(overflow="fold")
        grid.add_row(plain(f"{one.n:,}", "bold"), plain(one.said))
        for path, words in one.files if whole else one.files[:_NAMED]:
            grid.add_row("", plain(path.removeprefix(folder), QUIET))
            if whole and words not in {"", one.said}:
                grid.add_row("", plain(f"  {words}", QUIET))
        more = len(one.files) - _NAMED
        if more > 0 and not whole:
            grid.add_row("", plain(f"and {more:,} more", QUIET))
        indented(console, grid)
