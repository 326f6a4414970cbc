"""One Sigma rule about one event in a terminal: each part, whether it held, and what was found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from forensics.findings.rules import (
    RuleAnswer,
    RuleExplanation,
    RuleOccurrence,
    RulePart,
    RuleTogether,
    RuleWindow,
)
from forensics.reports.terminal.parts import (
    DOWN,
    LEVEL_STYLES,
    POSSIBLE,
    QUIET,
    UP,
    Fact,
    bullets,
    facts,
    heading,
    indented,
    joined,
    labelled,
    plain,
)
from forensics.reports.times import stamp

# Longer values, and more of them, are in the JSON.
_LONGEST = 200
_MOST = 5
_STATUS = {
    "matched": ("matched", UP),
    "undecided": ("not decided", POSSIBLE),
    "not_matched": ("did not match", DOWN),
    "not_applicable": ("not applicable", POSSIBLE),
    "unsupported": ("not supported", POSSIBLE),
}
_HELD = {True: ("✓", UP), False: ("✗", DOWN), None: (" ", QUIET)}


def rule_explanation(document: RuleExplanation, console: Console) -> None:
    """Print the event, whether the rule matched, and each part of the rule with its values."""
    event = document.event
    when = stamp(event.time) + " UTC" if event.time else "at an unknown time"
    what = " ".join(filter(None, (event.actor or "somebody unknown", event.action)))
    towards = f" → {event.target}" if event.target else ""
    console.print(joined(("EVENT  ", "bold"), f"{when}  {what}{towards}"))
    source = " · ".join(filter(None, (event.source, event.operation)))
    facts(
        console,
        [("record", plain(event.event_uid, QUIET), ""), ("source", plain(source, QUIET), "")],
    )
    _answer(document.answer, console)
    if document.incomplete:
        heading(console, "Not read, though asked for")
        bullets(console, document.incomplete)


def _answer(answer: RuleAnswer, console: Console) -> None:
    console.print()
    level = (f" {answer.level.upper()} ", LEVEL_STYLES[answer.level])
    console.print(joined(level, "  ", (answer.title, "bold"), "  ", _STATUS[answer.status]))
    told = f"{answer.file} · version {answer.version} · {answer.logsource}"
    indented(console, plain(told, QUIET))
    for number, title in enumerate(answer.filters, start=1):
        indented(console, plain(f"_filt_{number} is the filter {title}", QUIET))
    if answer.reason:
        indented(console, plain(answer.reason, POSSIBLE))
    if answer.together:
        _together(answer.together, console)
    if answer.conditions:
        grid = Table.grid(padding=(0, 1))
        grid.add_column(no_wrap=True)
        grid.add_column(overflow="fold")
        for condition in answer.conditions:
            for depth, part in _parts(condition, 0):
                mark = joined("  " * depth, _HELD[part.held])
                grid.add_row(mark, _said(part))
        indented(console, grid)
    for one in answer.rules:
        _answer(one, console)


def _parts(part: RulePart, depth: int) -> Iterator[tuple[int, RulePart]]:
    yield depth, part
    for one in part.parts:
        yield from _parts(one, depth + 1)


def _said(part: RulePart) -> Text:
    label = {"condition": "condition: ", "other field": "the field "}.get(part.kind, "")
    asked = joined((label, QUIET), (part.text, "" if part.kind == "item" else "bold"))
    if part.found is None:
        return asked
    return joined(asked, ("  found ", QUIET), _found(part.found))


def _found(values: Sequence[str]) -> Text:
    if not values:
        return plain("nothing", QUIET)
    shown = [one if len(one) <= _LONGEST else f"{one[:_LONGEST]}…" for one in values[:_MOST]]
    more = f" and {len(values) - _MOST:,} more" if len(values) > _MOST else ""
    return joined(", ".join(one or "''" for one in shown), (more, QUIET))


def _together(together: RuleTogether, console: Console) -> None:
    asked = f"{together.type}: {together.condition} within {together.timespan}"
    rows: list[Fact] = [("asks", asked, "")]
    if together.group_by:
        rows.append(("for each", ", ".join(together.group_by), ""))
    rows += labelled(
        "counted in",
        [
            f"{_keys(one.keys)}{one.events:,} events from {stamp(one.first_time)} to "
            f"{stamp(one.last_time)} UTC; reached {one.reached:g}"
            for one in together.groups
        ],
    )
    for one in together.nearest:
        rows += _near(one, together.timespan)
    if together.outside:
        rows.append(("fell in", f"no group: {together.outside}", ""))
    if together.undecided:
        why = "the records would have to begin earlier to tell"
        if together.until:
            why = f"the records would have to go on to {stamp(together.until)} UTC to tell"
        rows.append(("open", plain(why, POSSIBLE), ""))
    facts(console, rows)


def _near(window: RuleWindow, timespan: str) -> Iterator[Fact]:
    """What was found around the event in one group, and what lacked."""
    reached = (
        "not all that it asks for" if window.reached is None else f"reached {window.reached:g}"
    )
    yield "fell in", f"{_keys(window.keys)}{reached}", ""
    told = [_occurred(one, timespan) for one in window.occurrences]
    yield from labelled("within", told)
    yield from labelled("lacking", window.lacking)


def _occurred(one: RuleOccurrence, timespan: str) -> str:
    rule = one.rule if one.asked else f"not to occur: {one.rule}"
    if one.first_time is None or one.last_time is None:
        beyond = f"; the nearest at {stamp(one.nearest)} UTC" if one.nearest else ", nor elsewhere"
        return f"{rule}: none {timespan} before or after{beyond}"
    number = "1 event" if one.events == 1 else f"{one.events:,} events"
    if one.first_time == one.last_time:
        return f"{rule}: {number} at {stamp(one.first_time)} UTC"
    return f"{rule}: {number} from {stamp(one.first_time)} to {stamp(one.last_time)} UTC"


def _keys(keys: Sequence[str]) -> str:
    return f"{', '.join(keys)}: " if keys else ""
