"""Events over time as one line of bars that says what a bar is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from rich.console import Console

from forensics.reports.terminal.parts import QUIET, UP, joined, plain

if TYPE_CHECKING:
    import pyarrow as pa

_LEVELS = "▁▂▃▄▅▆▇█"
_NONE = "·"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def histogram(bins: pa.Table, console: Console) -> None:
    """Print bins of one length, as of `tallies.bins`, the fullest as the tallest bar.

    A bar is as tall as its share of the fullest, rounded up, so that one event is seen; a dot is
    an empty bin. Where there are more bins than places, neighbours are put together.
    """
    starts, ends = (bins[name].cast("int64").to_pylist() for name in ("bin_start", "bin_end"))
    counts: list[int] = bins["events"].to_pylist()
    if len(counts) < 2:
        return
    together = -(-len(counts) // (console.width - 1))
    counts = [sum(counts[n : n + together]) for n in range(0, len(counts), together)]
    length = (ends[0] - starts[0]) * together
    last = starts[0] + length * len(counts)
    most = max(counts)
    console.print(plain("".join(_bar(count, most) for count in counts), UP))
    console.print(
        joined(
            (f"{_clock(starts[0])} – {_clock(last)} UTC, ", QUIET),
            (f"{len(counts)} bins of {_length(length)}, at most {most:,} events", QUIET),
            (f" ({_NONE} none)" if 0 in counts else "", QUIET),
        )
    )
    console.print()


def _bar(count: int, most: int) -> str:
    return _LEVELS[-(-count * len(_LEVELS) // most) - 1] if count else _NONE


def _clock(micros: int) -> str:
    return f"{_EPOCH + timedelta(microseconds=micros):%Y-%m-%d %H:%M:%S}".removesuffix(":00")


def _length(micros: int) -> str:
    seconds = micros // 1_000_000
    size, unit = next(one for one in _UNITS if seconds % one[0] == 0)
    return f"{seconds // size} {unit}"
