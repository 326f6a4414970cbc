"""Where the header of a table stands: after marks and titles, and which delimiter it has."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from forensics.sources.lines import begun

DELIMITERS = ",;\t|"
# Lines, and characters of them, among which a header is looked for.
_LINES = 40
_WINDOW = 16 * 1024
# Bytes that hold a window, whatever its characters.
_HEAD = 4 * _WINDOW
# Excel's line that names the delimiter, and PowerShell's that names the type of the rows.
_SEPARATOR = re.compile(r'"?sep=(?P<mark>[^\w\s"]|\t)"?[\s,;]*', re.IGNORECASE)
_TYPE = "#TYPE "
# Spaces after a delimiter belong to no cell where they stand before quotes.
_SPACED = re.compile(r'"[,;|] +"')
# Lines that one header line may be, its names being quoted.
_HEADER_LINES = 5
# Columns that make a line a header whatever stands around it: in prose, two are nothing special.
_CLEAR = 3
# Digits of a cell that is a stamp, an address or an identifier, and no name of a column.
_DIGITS = 4
# Rows that keep a header its place: one may be a title below another of as many parts.
_OWN_ROWS = 2
_BREAK = re.compile(r"\s*[\r\n]\s*")
_NOT_NAMES = '\ufeff" \t'


@dataclass(frozen=True)
class Layout:
    """How a table is laid out.

    `line` is the number of the header's last line, from 0; `titles` are numbers of lines before it
    that hold text and are no marks. Rows may be as `wide` as the header with unnamed empty columns.
    """

    line: int
    delimiter: str
    names: tuple[str, ...]
    wide: int
    spaced: bool = False
    titles: tuple[int, ...] = ()

    def rows(self, lines: Iterable[str]) -> Iterator[list[str]]:
        """The cells of each row; raises `csv.Error` on lines that are none."""
        return csv.reader(lines, delimiter=self.delimiter, skipinitialspace=self.spaced)

    def fault(self, row: Sequence[str]) -> str:
        """In words, why a row does not fit the header; empty when it does."""
        named = len(self.names)
        if len(row) != named and (len(row) != self.wide or any(row[named:])):
            return f"row has {len(row)} columns, the header has {named}"
        # Tables that were put together repeat it.
        if row[named - 1].strip() == self.names[-1] and _names(row[:named]) == self.names:
            return "the header line again"
        return ""

    def followed_by(self, row: Sequence[str], line: str) -> Layout | None:
        """The layout of another table, when a row is its header and the line after it its row.

        Words in both are text that was broken into lines, for each row of a log has a time.
        """
        named = replace(self, names=_names(row), wide=len(row))
        if len(named.names) == len(self.names) or not (_are_names(named) and _is_clear(named)):
            return None
        try:
            after = next(named.rows([line]), [])
        except csv.Error:
            return None
        if not after or named.fault(after) or not self.fault(after):
            return None
        return None if _is_clear(replace(named, names=_names(after) or ("",))) else named


def window(lines: Iterable[str]) -> tuple[list[str], bool]:
    """The first lines, as many as are looked at, and whether there are no more.

    Blank lines before all others are left out.
    """
    found: list[str] = []
    size = 0
    for line in lines:
        if not (found or line.strip()):
            continue
        found.append(line)
        size += len(line)
        if len(found) == _LINES or size >= _WINDOW:
            return found, False
    return found, True


def layout_of(lines: Sequence[str], *, whole: bool) -> Layout | None:
    """The layout of a table by its `window`; None when it is no table with a header line.

    The first line that is no mark is the header, unless rows after it have another width and most
    after a later line, which is clearly a header, fit that one. Where most rows fit no line, the
    header is the line that most rows fit, the first of all among equals.
    """
    # A line longer than that is the last one, and its row is not looked at.
    lines = [line[:_WINDOW] for line in lines]
    delimiter, first = None, None
    titles: list[int] = []
    ragged: list[tuple[int, Layout]] = []
    for place, line in enumerate(lines):
        text = line.strip("\r\n")
        if not text.strip():
            continue
        if first is None and (found := _SEPARATOR.fullmatch(text)):
            delimiter = found["mark"]
            continue
        if first is None and text.startswith(_TYPE):
            continue
        named = _named(place, lines, delimiter)
        rows = _rows(named, lines, whole) if named else None
        if named and rows is not None:
            named = _widened(named, rows)
            named = replace(named, titles=tuple(titles))
            fit = sum(not named.fault(row) for row in rows)
            most, clear = fit * 2 > len(rows), _is_clear(named)
            kept = not titles and (most or not rows or (clear and fit >= _OWN_ROWS))
            if kept or (most and clear):
                return named
            if clear or not titles:
                ragged.append((fit, named))
        if not titles:
            first = named
        titles.append(place)
    return max(ragged, key=lambda one: one[0])[1] if ragged else first


def layout_of_head(head: bytes) -> Layout | None:
    """As `layout_of`, of opening bytes."""
    text = begun(head)[:_HEAD].decode("utf-8", "replace")
    lines, whole = window(io.StringIO(text, newline=""))
    return layout_of(lines, whole=whole)


def _named(place: int, lines: Sequence[str], delimiter: str | None) -> Layout | None:
    """A line as a header: two distinct names that are words, or more; the first column and the
    last ones may be unnamed.
    """
    line = lines[place]
    if line.lstrip()[:1] in {"{", "["}:
        return None
    for mark in (delimiter, max(DELIMITERS, key=line.count)):
        if not mark:
            continue
        spaced = _SPACED.search(line) is not None
        reader = csv.reader(
            lines[place : place + _HEADER_LINES], delimiter=mark, skipinitialspace=spaced
        )
        try:
            cells = next(reader, [])
        except csv.Error:
            continue
        last = place + reader.line_num - 1
        named = Layout(last, mark, _names(cells), len(cells), spaced)
        if _are_names(named):
            return named
    return None


def _are_names(named: Layout) -> bool:
    """Whether the names are words, at least two, and distinct."""
    names = named.names
    if len(names) < 2:
        # A line that is one long cell is not looked through.
        return False
    words = [one for one in names if any(map(str.isalpha, one))]
    distinct = len(set(names)) == len(names)
    return len(words) >= 2 and distinct and len(words) + (not names[0]) == len(names)


def _is_clear(named: Layout) -> bool:
    """Whether a line can be nothing but a header, unlike prose, code with commas, or a row."""
    words = named.names[not named.names[0] :]
    return len(words) >= _CLEAR and all(
        (one[0].isalnum() or one[0] in "_@") and sum(map(str.isdigit, one)) < _DIGITS
        for one in words
    )


def _names(cells: Sequence[str]) -> tuple[str, ...]:
    """Column names, without the last ones that are empty."""
    names = [_BREAK.sub(" ", one.strip(_NOT_NAMES)) for one in cells]
    while names and not names[-1]:
        names.pop()
    return tuple(names)


def _rows(named: Layout, lines: Sequence[str], whole: bool) -> list[list[str]] | None:
    """The rows after a header, but for the last when it may be cut off; None if they are none."""
    try:
        rows = list(named.rows(lines[named.line + 1 :]))
    except csv.Error:
        return None
    return [row for row in (rows if whole else rows[:-1]) if row]


def _widened(named: Layout, rows: Sequence[Sequence[str]]) -> Layout:
    """The layout, one wider when most rows end with a delimiter that the header lacks."""
    width = len(named.names) + 1
    ending = sum(len(row) == width and not row[-1] for row in rows)
    if named.wide == len(named.names) and ending * 2 > len(rows):
        return replace(named, wide=width)
    return named
