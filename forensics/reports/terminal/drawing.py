"""The outage drawn in characters on its time axis."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from rich.text import Text

from forensics.findings.document import Outage
from forensics.reports.bar import Bar, ProbeMarks, Span, bar, tick_label
from forensics.reports.reading import act_at
from forensics.reports.terminal.parts import DOWN, LABEL, POSSIBLE, QUIET, UP, joined, plain
from forensics.reports.times import offset

_GUTTER = 8
_UP, _POSSIBLE, _TOLD, _DOWN = "░", "▒", "▓", "█"
_STYLES = {_UP: UP, _POSSIBLE: POSSIBLE, _TOLD: DOWN, _DOWN: DOWN}


def drawing(
    outage: Outage,
    horizon: datetime | None,
    zone: tzinfo | None,
    width: int,
    *,
    disputed: bool = False,
) -> list[Text]:
    """Lines no wider than `width`: acts, state, checks, axis, UTC and local labels, legend."""
    cells = max(width - _GUTTER - 1, 20)
    axis = bar(outage, horizon, most_ticks=max(cells // 11, 2), disputed=disputed)
    lines = _acts(outage, axis, cells)
    lines += [_row("state", _state(axis, cells)), _row("", _state(axis, cells))]
    for probe in axis.probes:
        lines.append(_row("checks", plain("".join(_checks(probe, cells)), UP)))
    lines.append(_row("", plain(_ruler(axis, cells), QUIET)))
    lines.append(_row("UTC", plain(_labels(axis, cells, UTC), QUIET)))
    if zone is not None:
        lines.append(
            _row(offset(axis.start.astimezone(zone)), plain(_labels(axis, cells, zone), QUIET))
        )
    lines.append(_legend(axis))
    return lines


def _state(axis: Bar, cells: int) -> Text:
    state = Text()
    for cell in range(cells):
        span = Span(cell / cells, (cell + 1) / cells)
        sign = _sign(axis, span)
        if axis.open_end and cell == cells - 1:
            state.append("▶", POSSIBLE)
        else:
            state.append(sign, _STYLES[sign])
    return state


def _sign(axis: Bar, cell: Span) -> str:
    if axis.certain and axis.certain.start <= cell.start and cell.end <= axis.certain.end:
        return _TOLD if axis.told else _DOWN
    if cell.end <= axis.possible.start or cell.start >= axis.possible.end:
        return _UP
    return _POSSIBLE


def _acts(outage: Outage, axis: Bar, cells: int) -> list[Text]:
    begin, end = _cell(axis.possible.start, cells), _cell(axis.possible.end, cells)
    first, last = act_at(outage.started_by), act_at(outage.ended_by)
    if axis.open_end:
        return [_row("acts", plain(" " * begin + f"▼ {first}"[: cells - begin]))]
    room = max(end - begin - 1, 0)
    inside = f" {first}  {last} "
    if len(inside) <= room:
        inside = f" {first}".ljust(room - len(last) - 1) + f"{last} "
        return [_row("acts", plain(" " * begin + f"▼{inside}▼"))]
    upper = " " * begin + f"┌ {first}"[: cells - begin]
    lower = " " * begin + "▼" + f"{last} "[:room].rjust(room) + "▼"
    return [_row("acts", plain(upper)), _row("", plain(lower))]


def _checks(probe: ProbeMarks, cells: int) -> list[str]:
    row = [" "] * cells
    if probe.first_down is not None and probe.last_down is not None:
        begin, end = _cell(probe.first_down, cells), _cell(probe.last_down, cells)
        row[begin : end + 1] = "─" * (end - begin + 1)
        label = f" {probe.down_checks} × down "
        if len(label) < end - begin - 2:
            at = begin + (end - begin - len(label)) // 2
            row[at : at + len(label)] = label
    marks = (
        (probe.first_down, "▽"),
        (probe.last_down, "▽"),
        (probe.last_up_before, "▲"),
        (probe.first_up_after, "▲"),
    )
    for place, mark in marks:
        if place is not None:
            row[_cell(place, cells)] = mark
    return row


def _ruler(axis: Bar, cells: int) -> str:
    row = ["─"] * cells
    for tick in axis.ticks:
        row[_cell(tick.at, cells)] = "┴"
    return "".join(row)


def _labels(axis: Bar, cells: int, zone: tzinfo) -> str:
    row = [" "] * cells
    free = 0
    for tick in axis.ticks:
        label = tick_label(tick.time.astimezone(zone), axis.tick_step)
        at = max(_cell(tick.at, cells) - len(label) // 2, 0)
        if at >= free and at + len(label) <= cells:
            row[at : at + len(label)] = label
            free = at + len(label) + 1
    return "".join(row).rstrip()


def _legend(axis: Bar) -> Text:
    signs = joined(
        (_UP, UP),
        " up  ",
        (_POSSIBLE, POSSIBLE),
        " possibly down  ",
        (_TOLD if axis.told else _DOWN, DOWN),
        " down, if witnesses are right" if axis.told else " certainly down",
    )
    if axis.probes:
        signs.append_text(joined("  ", ("▲", UP), " check saw it up  ", ("▽", UP), " down"))
    return _row("", signs)


def _row(label: str, content: Text) -> Text:
    return joined((label.ljust(_GUTTER), LABEL)).append_text(content)


def _cell(place: float, cells: int) -> int:
    return min(int(place * cells), cells - 1)
