"""A CSV table of people read row by row: every row is either checked cells or a stated problem."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from forensics.sources.context import ContextFile, delimiter_of, text_of

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_BLANK = frozenset({"", "-", "n/a"})


@dataclass(frozen=True)
class Problem:
    """A fault in a context file: what is wrong, at which `file:line`, and what to do about it."""

    message: str
    place: str
    remedy: str

    @property
    def unread(self) -> bool:
        """Whether a row, a user or all of the file was left out; the message then ends with it."""
        return self.message.endswith(("not read.", "no row is read.", "no user is read."))


@dataclass(frozen=True)
class SheetRow:
    """One row: the file and line where it begins (header is line 1) and its non-blank cells."""

    file: ContextFile
    line: int
    cells: Mapping[str, str]

    @property
    def place(self) -> str:
        """Where the row stands, as `file:line`."""
        return f"{self.file.name}:{self.line}"

    def problem(self, message: str, remedy: str) -> Problem:
        """A problem of this row."""
        return Problem(message, self.place, remedy)


def quoted(text: str, limit: int = 60) -> str:
    """Foreign text made safe to quote in a message: escaped and cut to `limit` characters."""
    return repr(text if len(text) <= limit else text[: limit - 1] + "…")


def read(
    file: ContextFile, columns: frozenset[str], required: frozenset[str]
) -> tuple[list[SheetRow], list[Problem]]:
    """The rows of a file whose header holds `columns` (lower case), and everything wrong with it.

    A file without the `required` columns yields no row and one problem. A row whose number of
    cells differs from the header's is not read, since its cells cannot be told apart.
    """
    text, problems = _text(file)
    records = _records(file, text, problems)
    _, header_cells = next(records, (1, []))
    header = [name.strip().lower() for name in header_cells]
    problems += _header_problems(file, header, columns, required)
    if not required <= set(header):
        return [], problems
    rows = []
    for line, cells in records:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            message = f"The row has {len(cells)} cells, the header {len(header)}; it is not read."
            remedy = "Put cells that contain what stands between cells in double quotes."
            problems.append(Problem(message, f"{file.name}:{line}", remedy))
            continue
        stripped = {
            name: cell.strip()
            for name, cell in zip(header, cells, strict=True)
            if name in columns and cell.strip().lower() not in _BLANK
        }
        rows.append(SheetRow(file, line, stripped))
    return rows, problems


def header_of(file: ContextFile) -> list[str]:
    """The columns a table names in its first line, in lower case."""
    text, _ = _text(file)
    _, cells = next(_records(file, text, []), (1, []))
    return [name.strip().lower() for name in cells]


def _text(file: ContextFile) -> tuple[str, list[Problem]]:
    text = text_of(file.data)
    wide = file.data.startswith((b"\xff\xfe", b"\xfe\xff"))
    if wide:
        lines = [n for n, line in enumerate(text.split("\n"), 1) if _REPLACEMENT in line]
    elif _is_utf8(file.data):
        lines = []
    else:
        lines = [n for n, line in enumerate(file.data.split(b"\n"), 1) if not _is_utf8(line)]
    if not lines:
        return text, []
    encoding, taken = (
        ("UTF-16", "they read as the replacement character")
        if wide
        else ("UTF-8", "these are read as Windows-1252")
    )
    problem = Problem(
        f"Bytes that are not {encoding} stand in {len(lines)} lines; {taken}.",
        f"{file.name}:{lines[0]}",
        "Look at the names in these lines; save the file as UTF-8 if any is wrong.",
    )
    return text, [problem]


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _records(
    file: ContextFile, text: str, problems: list[Problem]
) -> Iterator[tuple[int, list[str]]]:
    """Records with the line each begins on; a faulty one becomes a problem and reading goes on."""
    delimiter = delimiter_of(text.split("\n", 1)[0])
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            message = f"The row is not readable as CSV ({error}); it is not read."
            remedy = "Close every double quote and double those inside a cell."
            problems.append(Problem(message, f"{file.name}:{line}", remedy))
            continue
        yield line, cells


def _header_problems(
    file: ContextFile, header: Sequence[str], columns: frozenset[str], required: frozenset[str]
) -> list[Problem]:
    place = f"{file.name}:1"
    problems = []
    missing = sorted(required - set(header))
    if missing:
        message = f"The header lacks {', '.join(missing)}; no row is read."
        problems.append(Problem(message, place, "Name the columns in the first line of the file."))
    twice = sorted(name for name, times in Counter(header).items() if times > 1 and name in columns)
    if twice:
        message = f"The header names {', '.join(twice)} more than once; the last one is read."
        problems.append(Problem(message, place, "Give every column its own name."))
    unread = sorted({name for name in header if name and name not in columns})
    if unread and not missing:
        message = f"Columns that are not read: {', '.join(quoted(name) for name in unread[:12])}."
        remedy = "Nothing to do, unless one is a misspelling of " + ", ".join(sorted(columns)) + "."
        problems.append(Problem(message, place, remedy))
    return problems
