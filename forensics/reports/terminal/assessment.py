"""Policies, surroundings, counts and competing explanations of one outage in a terminal."""

from __future__ import annotations

from datetime import datetime

from rich.console import Console
from rich.text import Text

from forensics.findings.document import Evidence, Outage, Verdict
from forensics.reports.reading import (
    JudgedPolicy,
    References,
    approvals_of,
    ends_of,
    judged,
    rivals_of,
    skipped,
    surroundings,
)
from forensics.reports.terminal.coverage import written
from forensics.reports.terminal.parts import (
    LEVEL_STYLES,
    POSSIBLE,
    QUIET,
    Fact,
    bullets,
    facts,
    grid_of,
    heading,
    indented,
    joined,
    labelled,
    plain,
    stacked,
    value,
)
from forensics.reports.terminal.scan import count_in_words
from forensics.reports.times import moment, stamp, stamp_differs

_MOST_AROUND = 24
_MOST_REASONS = 2


def policies(outage: Outage, console: Console, refs: References) -> None:
    """Print each policy with its verdict, as known at the act and now."""
    heading(console, "Policies", "unknown = the facts to decide it are missing")
    table = grid_of(("policy", "verdict", " level"), wide="policy")
    for pair in judged(outage.verdicts):
        verdict = pair.verdict
        lines = [joined((verdict.policy, "bold"), f"  {verdict.title}")]
        lines += [plain(sentence, QUIET) for sentence in pair.sentences]
        lines += [plain(f"missing: {fact}", POSSIBLE) for fact in pair.missing]
        if pair.evidence:
            lines[-1].append_text(plain(f"  {refs.labels(pair.evidence)}", QUIET))
        table.add_row(stacked(*lines), _under_both_beliefs(pair), _level(verdict))
    if table.row_count:
        indented(console, table)
    else:
        bullets(console, ("No policy was judged for this act.",))


def _level(verdict: Verdict) -> Text:
    """The level of what was found; complying with a policy has none."""
    if verdict.value in ("compliant", "not_applicable"):
        return plain("")
    return plain(
        f" {verdict.level} ", LEVEL_STYLES[verdict.level] if verdict.value == "violation" else QUIET
    )


def _under_both_beliefs(pair: JudgedPolicy) -> Text:
    then, now = pair.at_act, pair.now
    if pair.agreed:
        return value(pair.verdict.value)
    return stacked(
        joined(("then ", QUIET)).append_text(value(then.value if then else None)),
        joined(("now  ", QUIET)).append_text(value(now.value if now else None)),
    )


def around(outage: Outage, console: Console, refs: References) -> None:
    """Print both ends, approvals, and what the account did nearest to them, by true time."""
    ends = {item.event_uid for item in ends_of(outage)}
    kept = ends | {one.event_uid for one in (*rivals_of(outage), *approvals_of(outage))}
    events = surroundings(outage)
    nearest = sorted(events, key=lambda item: (item.event_uid not in kept, _distance(item, outage)))
    shown = {item.event_uid for item in nearest[: max(_MOST_AROUND, len(kept))]}
    heading(console, "Around it", "UTC, clock errors allowed for; stamped where the record differs")
    table = grid_of(
        ("", "time", "±", "stamped", "what the record says"), wide="what the record says"
    )
    for item in events:
        if item.event_uid in shown:
            style = "bold" if item.event_uid in ends else ""
            time, told = moment(item), _clock(stamp(item.time), item.time, outage)
            table.add_row(
                plain(refs.label(item.event_uid), QUIET),
                plain(_clock(time.text, time.middle, outage), style),
                plain(f"{time.half} s", QUIET),
                plain(told if stamp_differs(item) else "", QUIET),
                stacked(
                    plain(item.sentence, style), *(plain(line, POSSIBLE) for line in written(item))
                ),
            )
    if table.row_count:
        indented(console, table)
        if apart := refs.labels(item.event_uid for item in skipped(outage)):
            said = f"Numbers left out ({apart}) are checks and other records that lines above cite."
            bullets(console, (said,))
    else:
        bullets(console, ("No record shows which act it was, so nothing is known around it.",))
    left = len(events) - len(shown)
    if left > 0:
        bullets(console, (f"{left} more, farther from the outage, are in the saved document.",))


def _clock(shown: str, time: datetime, outage: Outage) -> str:
    """A time without what of its date is that of the outage too."""
    begun = outage.start_earliest or outage.start_latest
    return shown[11:] if time.date() == begun.date() else shown[5:]


def _distance(item: Evidence, outage: Outage) -> tuple[float, str]:
    begun = outage.start_earliest or outage.start_latest
    ends = (begun, outage.end_latest or outage.start_latest)
    return min(abs((item.earliest - end).total_seconds()) for end in ends), item.event_uid


def counts(outage: Outage, console: Console) -> None:
    """Print the numbers behind the statements, if there are any."""
    if outage.counts:
        heading(console, "Counts")
        bullets(console, [count_in_words(count) for count in outage.counts])


def explanations(outage: Outage, console: Console) -> None:
    """Print every competing explanation with its first reasons, in the order given."""
    if outage.explanations:
        heading(console, "Competing explanations", "listed, not ranked")
    for each in outage.explanations:
        indented(console, joined((f"{each.id}  {each.title}", "bold")))
        rows: list[Fact] = []
        rows += labelled("  speaks for", _few(each.consistent), "")
        rows += labelled("  against", _few(each.inconsistent), "")
        rows += labelled("  would decide", _few(each.would_decide), "")
        facts(console, rows)


def _few(reasons: tuple[str, ...]) -> list[str]:
    shown = list(reasons[:_MOST_REASONS]) or ["nothing on record"]
    left = len(reasons) - _MOST_REASONS
    return shown + ([f"and {left} more in the report"] if left > 0 else [])
