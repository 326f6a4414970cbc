"""Pieces that every terminal view is made of; log text enters only through `plain`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import chain, repeat, takewhile

from rich.columns import Columns
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from forensics.findings.document import Level, VerdictValue
from forensics.reports.escaping import terminal
from forensics.reports.reading import MARKS, VALUES

DOWN = "bold bright_red"
POSSIBLE = "yellow"
UP = "blue"
QUIET = "dim"
LABEL = "cyan"

_MOST_WIDE = 98

VALUE_STYLES: dict[VerdictValue, str] = {
    "violation": DOWN,
    "match": "",
    "compliant": UP,
    "unknown": POSSIBLE,
    "not_applicable": QUIET,
}
LEVEL_STYLES: dict[Level, str] = {
    "critical": "bold white on red",
    "high": DOWN,
    "medium": POSSIBLE,
    "low": UP,
    "informational": QUIET,
}


def plain(text: str, style: str = "") -> Text:
    """Text of any origin, shown literally: no markup, no escape sequence, one line."""
    return Text(terminal(text), style=style, overflow="fold")


def joined(*pieces: str | tuple[str, str] | Text) -> Text:
    """Pieces of any origin in one line, each plain, with a style, or made already."""
    line = Text(overflow="fold")
    for piece in pieces:
        if isinstance(piece, Text):
            line.append_text(piece)
        else:
            line.append_text(plain(piece) if isinstance(piece, str) else plain(*piece))
    return line


def stacked(*lines: Text) -> Text:
    """Lines under each other as one text."""
    return Text("\n", overflow="fold").join(lines)


def heading(console: Console, title: str, note: str = "") -> None:
    """A section title with a blank line above."""
    console.print()
    console.print(joined((title.upper(), "bold"), (f"  {note}" if note else "", QUIET)))


def indented(console: Console, renderable: Table | Text | Columns, *, by: int = 2) -> None:
    """Print some columns in from the edge."""
    console.print(Padding(renderable, (0, 0, 0, by)))


def bullets(console: Console, lines: Iterable[str], *, mark: str = "·") -> None:
    """One line each, wrapped under its own text."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for line in lines:
        grid.add_row(plain(mark, QUIET), plain(line))
    indented(console, grid)


def remarks(lines: Iterable[str], console: Console) -> None:
    """What is to be known beside an answer, a line each, below it."""
    for line in lines:
        console.print(plain(line, QUIET))


Fact = tuple[str, Text | str, str]
"""Label, statement, evidence numbers."""


def labelled(label: str, lines: Sequence[str | Text], evidence: str = "") -> list[Fact]:
    """Several statements under one label, which stands beside the first only."""
    return [
        (label if index == 0 else "", line, evidence if index == 0 else "")
        for index, line in enumerate(lines)
    ]


def facts(console: Console, rows: Sequence[Fact]) -> None:
    """Print facts, a row each."""
    grid = Table.grid(padding=(0, 2), expand=True)
    grid.add_column(style=LABEL, no_wrap=True)
    grid.add_column(overflow="fold", ratio=1)
    cited = any(evidence for _, _, evidence in rows)
    if cited:
        grid.add_column(style=QUIET, justify="right", max_width=9, overflow="fold")
    for label, statement, evidence in rows:
        shown = plain(statement) if isinstance(statement, str) else statement
        grid.add_row(plain(label), shown, *([plain(evidence)] if cited else []))
    indented(console, grid)


def grid_of(columns: Sequence[str], *, wide: str | None = None) -> Table:
    """An unboxed table with quiet headers; the column named `wide` takes the free width."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style=QUIET)
    for name in columns:
        table.add_column(name, overflow="fold", ratio=1 if name == wide else None)
    return table


def pieces_of(
    columns: Sequence[str], rows: Iterable[Sequence[str]], console: Console
) -> Callable[[], Table]:
    """Makes tables that line up when printed one below the other; the first has the header.

    `rows` are the texts of all columns but the first, which takes the width that is left.
    """
    cells = zip(columns[1:], *rows, strict=True)
    widths = [max(map(len, column)) for column in cells]
    headers = chain([True], repeat(False))

    def piece() -> Table:
        table = grid_of(columns, wide=columns[0])
        table.width, table.show_header = min(console.width - 2, _MOST_WIDE), next(headers)
        for column, width in zip(table.columns[1:], widths, strict=True):
            column.no_wrap, column.min_width = True, width
        return table

    return piece


Counts = tuple[int, int, int, int]
"""Records read, stored, duplicate and rejected."""


def common_folder(paths: Sequence[str]) -> str:
    """The deepest folder that all of the paths lie in, to be named once; empty without one."""
    levels = zip(*(path.split("/")[:-1] for path in paths), strict=False)
    shared = takewhile(lambda names: len(set(names)) == 1, levels)
    return "".join(f"{names[0]}/" for names in shared)


def files_read(
    console: Console, files: Sequence[tuple[str, Counts, str]], *, of: str = "file"
) -> None:
    """Print files, or what else has records, with what became of them; notes stand below."""
    told = [tuple(f"{count:,}" for count in counts) for _, counts, _ in files]
    piece = pieces_of((of, "read", "stored", "dup", "rejected"), told, console)
    for (name, counts, notes), cells in zip(files, told, strict=True):
        table = piece()
        for column in table.columns[1:]:
            column.justify = "right"
        styles = ("", "", "", POSSIBLE if counts[-1] else "")
        table.add_row(plain(name), *(plain(*cell) for cell in zip(cells, styles, strict=True)))
        indented(console, table)
        if notes:
            indented(console, plain(notes, QUIET), by=4)


def value(of: VerdictValue | None) -> Text:
    """A verdict as a mark and a word, so that colour is never needed."""
    if of is None:
        return plain("not judged", QUIET)
    return plain(f"{MARKS[of]} {VALUES[of]}", VALUE_STYLES[of])
