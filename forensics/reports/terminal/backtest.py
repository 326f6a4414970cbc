"""Controls tried on the record, in a terminal: the comparison, then each control by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from forensics.findings.backtest import Backtest, IncidentValue, Share, Tried, Wait
from forensics.reports.terminal.parts import (
    DOWN,
    POSSIBLE,
    QUIET,
    UP,
    bullets,
    grid_of,
    heading,
    indented,
    joined,
    plain,
    stacked,
)
from forensics.reports.times import stamp
from forensics.reports.tradeoff import INCIDENT_WORDS, Plane, counted, letters, names, plane

_INCIDENT_STYLES: dict[IncidentValue, str] = {
    "prevented": UP,
    "delayed": POSSIBLE,
    "noticed": POSSIBLE,
    "too_late": DOWN,
    "not_prevented": DOWN,
    "not_covered": DOWN,
    "unknown": POSSIBLE,
}
_LEVELS = "▁▂▃▄▅▆▇█"
_WIDE, _HIGH = 48, 9
_SECONDS = "%Y-%m-%d %H:%M:%S"
_FEW = 8


def backtest(document: Backtest, console: Console) -> None:
    """Print the comparison, the trade-off, each control, and what a log cannot tell."""
    count = len(document.controls)
    tried = "1 control" if count == 1 else f"{count} controls"
    console.print(joined((f"BACKTEST  {tried}", "bold"), (f"  on {document.acts:,} acts", QUIET)))
    span = f"from {document.window_start:{_SECONDS}} until {document.window_end:{_SECONDS}} UTC"
    indented(console, plain(span, QUIET))
    console.print()
    _comparison(document, console)
    if found := plane(document.controls):
        _plane(found, console)
    for name, one in zip(names(document.controls), document.controls, strict=True):
        _control(name, one, console)
    heading(console, "Assumed")
    bullets(console, document.assumptions)
    heading(console, "What a log cannot tell")
    bullets(console, document.limits)


def _comparison(document: Backtest, console: Console) -> None:
    table = grid_of(
        ("", "control", "prevented", "stopped", "delayed", "unknown", "per 1,000", "wait"),
        wide="control",
    )
    for column in table.columns[2:]:
        column.justify = "right"
    called = zip(
        letters(len(document.controls)), names(document.controls), document.controls, strict=True
    )
    for letter, name, one in called:
        cost = "—" if one.per_thousand is None else f"{one.per_thousand:,.1f}"
        table.add_row(
            plain(letter, "bold"),
            stacked(plain(name), plain(one.title, QUIET)),
            plain(f"{one.prevented} of {one.could}" if one.could else "—"),
            plain(f"{one.stopped:,}"),
            plain(f"{one.delayed:,}"),
            plain(f"{one.unknown:,}", POSSIBLE if one.unknown else ""),
            plain(cost),
            _both(one.wait),
        )
    indented(console, table)
    told = (
        "stopped, delayed, unknown: legitimate acts; per 1,000 legitimate acts of the window, "
        "stopped or delayed; wait: median and 95th percentile, minutes"
    )
    indented(console, plain(told, QUIET))
    if document.labelled is not None:
        indented(console, plain(f"incidents of the list: {counted(document)}", QUIET))
    for warning in document.warnings:
        indented(console, plain(warning, POSSIBLE))


def _both(wait: Wait | None) -> Text:
    if wait is None:
        return plain("—")
    return stacked(plain(_minutes(wait.median)), plain(_minutes(wait.p95), QUIET))


def _plane(found: Plane, console: Console) -> None:
    heading(console, "Trade-off", "incidents prevented against legitimate acts hindered")
    # What is too near to be told apart here stands side by side.
    shared: dict[int, dict[int, str]] = {row: {} for row in range(_HIGH)}
    for point in found.points:
        row = _HIGH - 1 - round(point.gain * (_HIGH - 1))
        column = round(point.cost * _WIDE)
        shared[row][column] = shared[row].get(column, "") + point.letter
    labels = {0: "all ", _HIGH - 1: "none"}
    for number, cells in shared.items():
        line = joined((labels.get(number, "    "), QUIET), ("│", QUIET), (_drawn(cells), UP))
        indented(console, line)
    indented(console, plain(f"    └{'─' * _WIDE}", QUIET))
    right = f"{found.most:,.1f} of 1,000"
    indented(console, plain(f"     0{right.rjust(_WIDE - 1)}", QUIET))


def _drawn(cells: Mapping[int, str]) -> str:
    """A line with names at their columns, each moved where it would be cut or run into another."""
    line, taken = "", 0
    for place, (column, name) in enumerate(sorted(cells.items())):
        room = _WIDE + 1 - sum(len(one) for _, one in sorted(cells.items())[place:])
        taken = max(len(line), min(column, room))
        line = line.ljust(taken) + name
    return line.ljust(_WIDE + 1)


def _control(name: str, one: Tried, console: Console) -> None:
    heading(console, name, f"{one.title} · version {one.version} · {one.file}")
    lines = [_counted(one)]
    if one.benign:
        lines.append(f"{one.benign_hindered:,} of {one.benign:,} acts labelled benign hindered")
    lines += [_wait(wait) for wait in one.waits]
    lines += [f"unknown for want of {fact.label}: {fact.n:,} acts" for fact in one.lacking[:_FEW]]
    if one.not_evaluated:
        lines.insert(0, f"cannot be tried: {one.not_evaluated}")
    bullets(console, lines)
    _incidents(one, console)
    _shares("account", one.accounts, console)
    _shares("role", one.roles, console)
    _shares("team", one.teams, console)
    _hours(one, console)
    _acts(one, console)


def _counted(one: Tried) -> str:
    return (
        f"of {one.legitimate:,} legitimate acts in scope: {one.left_alone:,} left alone, "
        f"{one.delayed:,} delayed, {one.stopped:,} stopped, {one.noticed:,} noticed afterwards, "
        f"{one.unknown:,} unknown"
    )


def _wait(wait: Wait) -> str:
    """How long, of how many acts, on what basis."""
    told = f" ({wait.observed:,} answers)" if wait.observed else ""
    return (
        f"{wait.acts:,} delayed by {_minutes(wait.median)} min at the median, "
        f"{_minutes(wait.p95)} min at the 95th percentile; {wait.basis}{told}"
    )


def _incidents(one: Tried, console: Console) -> None:
    if not one.incidents:
        return
    what = "what would have become of it"
    table = grid_of(("incident", "", what, "acts"), wide=what)
    for each in one.incidents:
        held = f"{each.held} of {each.acts} held" if each.acts else "—"
        table.add_row(
            plain(each.id),
            plain(INCIDENT_WORDS[each.value], _INCIDENT_STYLES.get(each.value, QUIET)),
            stacked(plain(each.sentence), plain(_short(each.evidence), QUIET)),
            plain(held),
        )
    _apart(table, console)


def _shares(what: str, shares: Sequence[Share], console: Console) -> None:
    if not shares:
        return
    table = grid_of((what, "acts", "delayed", "stopped"))
    for column in table.columns[1:]:
        column.justify = "right"
    for share in shares[:_FEW]:
        counts = (share.acts, share.delayed, share.stopped)
        table.add_row(plain(share.name), *(plain(f"{count:,}") for count in counts))
    _apart(table, console)


def _hours(one: Tried, console: Console) -> None:
    most = max(one.hours)
    if not most:
        return
    bars = "".join(_LEVELS[-(-n * len(_LEVELS) // most) - 1] if n else "·" for n in one.hours)
    in_utc = f", {one.hours_in_utc:,} by UTC for want of a zone" if one.hours_in_utc else ""
    told = f"  by the actor's clock, at most {most:,}{in_utc}"
    console.print()
    indented(console, joined(("hours  ", QUIET), (bars, UP), (told, QUIET)))
    indented(console, plain("       0     6     12    18", QUIET))


def _acts(one: Tried, console: Console) -> None:
    acts = [each for each in one.listed if each.outcome in {"stopped", "delayed"}]
    if not acts:
        return
    table = grid_of(("act (UTC)", "by", "what", "would be"), wide="what")
    for each in acts[:_FEW]:
        table.add_row(
            stacked(plain(stamp(each.time)), plain(each.event_uid[:8], QUIET)),
            plain(each.actor or "not recorded"),
            plain(f"{each.action} {each.target or ''}".strip()),
            stacked(plain(each.outcome), plain(", ".join(each.demands), QUIET)),
        )
    _apart(table, console)
    if len(acts) > _FEW:
        indented(console, plain("more in -t json; forensics policy explain EVENT says why", QUIET))


def _apart(table: Table, console: Console) -> None:
    console.print()
    indented(console, table)


def _short(uids: Sequence[str]) -> str:
    return " ".join(uid[:8] for uid in uids[:_FEW])


def _minutes(minutes: float) -> str:
    return f"{minutes:,.1f}"
