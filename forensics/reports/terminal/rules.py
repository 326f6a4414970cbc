"""Sigma rules in a terminal: which there are, and which of them a case could be asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from rich.console import Console

from forensics.findings.rules import (
    RuleCoverage,
    RuleEntry,
    RuleIgnore,
    RuleProfile,
    short_id,
)
from forensics.reports.terminal.parts import (
    DOWN,
    LEVEL_STYLES,
    POSSIBLE,
    QUIET,
    bullets,
    grid_of,
    heading,
    indented,
    joined,
    plain,
    stacked,
)
from forensics.reports.times import stamp


def rules(entries: Sequence[RuleEntry], console: Console) -> None:
    """Print each rule: its level, id, title, log source and file."""
    table = grid_of(("level", "id", "rule", "log source"), wide="rule")
    for one in entries:
        table.add_row(
            plain(one.level, LEVEL_STYLES[one.level]),
            plain(short_id(one.id)),
            stacked(plain(one.title), plain(_place(one), QUIET)),
            plain(one.logsource),
        )
    indented(console, table)
    console.print(joined((_rules(len(entries)), "bold"), "  by level, then by title"))


def rule_coverage(document: RuleCoverage, console: Console) -> None:
    """Print what matched, how many were evaluated in vain, and which were not and why."""
    counts = Counter(one.status for one in document.rules)
    said = (
        f"{counts['evaluated']:,} evaluated, {counts['not_applicable']:,} not applicable, "
        f"{counts['unsupported']:,} not supported"
    )
    console.print(joined((f"RULES  {len(document.rules):,}", "bold"), f"  {said}"))
    if document.window_start and document.window_end:
        span = f"records from {stamp(document.window_start)} – {stamp(document.window_end)} UTC"
        indented(console, plain(span, QUIET))
    _matched([one for one in document.rules if one.matches or one.undecided], console)
    if document.ignored:
        heading(console, "Ignored", "by the settings of rules")
        titles = {one.id: one.title for one in document.rules}
        bullets(console, [_ignored(one, titles) for one in document.ignored])
    filtered = Counter(title for one in document.rules for title in one.filters)
    if filtered:
        heading(console, "Filters")
        bullets(console, [f"{title}: {_rules(n)}" for title, n in sorted(filtered.items())])
    replacing = [one for one in document.rules if one.replaces]
    if replacing:
        heading(console, "In place of the tool's own", "by their ids")
        bullets(console, [f"{one.title}: {_place(one)}" for one in replacing])
    quiet = [one for one in document.rules if not one.matches and not one.ignored]
    silent = [one for one in quiet if one.status == "evaluated"]
    if silent:
        heading(console, "Evaluated without a match", _rules(len(silent)))
        sources = Counter((one.logsource, one.records) for one in silent)
        bullets(
            console,
            [
                f"{source}: {_rules(count)} over {records:,} records"
                for (source, records), count in sorted(sources.items())
            ],
        )
    absent = Counter(one.reason or "" for one in document.rules if one.status == "not_applicable")
    if absent:
        heading(console, "Not applicable")
        bullets(console, [f"{why}: {_rules(count)}" for why, count in sorted(absent.items())])
    if document.incomplete:
        heading(console, "Not evaluated, though asked for")
        for one in document.incomplete:
            indented(console, plain(one, DOWN))


def rule_profile(document: RuleProfile, console: Console) -> None:
    """Print what the rules cost together and each by itself, and how that was measured."""
    told = f"{document.together:.2f} s together, {document.alone:.2f} s one by one"
    asked = f"PROFILE  {_rules(len(document.rules))}"
    console.print(joined((asked, "bold"), f"  {told}; {document.not_asked:,} not asked"))
    indented(console, plain(document.method, QUIET))
    console.print()
    table = grid_of(("ms", "records", "matches", "rule"), wide="rule")
    for one in document.rules:
        table.add_row(
            plain(f"{one.seconds * 1000:,.0f}"),
            plain(f"{one.records:,}", QUIET),
            plain(f"{one.matches:,}"),
            stacked(plain(one.title), plain(f"{one.file} · {one.logsource}", QUIET)),
        )
    indented(console, table)
    if document.incomplete:
        heading(console, "Not evaluated, though asked for")
        bullets(console, document.incomplete)


def _matched(entries: Sequence[RuleEntry], console: Console) -> None:
    if not entries:
        return
    heading(console, "Matched")
    table = grid_of(("events", "of", "level", "rule"), wide="rule")
    for one in sorted(entries, key=lambda one: (-one.matches, one.title)):
        open_ = f"{one.undecided:,} not decided: the records begin too late or end too early"
        told = [plain(one.title), plain(f"{one.file} · {one.logsource}", QUIET)]
        told += [plain(open_, POSSIBLE)] if one.undecided else []
        table.add_row(
            plain(f"{one.matches:,}"),
            plain(f"{one.records:,}", QUIET),
            plain(one.level, LEVEL_STYLES[one.level]),
            stacked(*told),
        )
    indented(console, table)


def _ignored(one: RuleIgnore, titles: Mapping[str, str]) -> str:
    told = "1 match" if one.matches == 1 else f"{one.matches:,} matches"
    if not one.matches:
        told = "expired" if one.expired else "no match to ignore, is when or events misspelt?"
    rule = titles.get(one.rule, one.rule)
    return f"{rule}: {told}; {one.owner}, until {one.until}: {one.reason} ({one.place})"


def _place(one: RuleEntry) -> str:
    return f"{one.file}, in place of {one.replaces}" if one.replaces else one.file


def _rules(count: int) -> str:
    return f"{count:,} rule{'' if count == 1 else 's'}"
