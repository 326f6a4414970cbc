"""Sigma rules asked for by themselves: which there are, and whether each was evaluated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from sigma.rule import SigmaRule

from forensics.detectors.facts import Facts
from forensics.findings.document import LEVELS
from forensics.findings.rules import RuleCoverage, RuleEntry, RuleIgnore, RuleStatus
from forensics.rules import settings
from forensics.rules.files import Fault
from forensics.rules.filters import in_vain
from forensics.rules.load import Rule, RuleSet, load, own
from forensics.rules.logsource import LogSource, declared, describe
from forensics.rules.match import RuleRun, scan
from forensics.rules.settings import Ignore, Ignored

SCHEMA = 1
_NONE = "medium"


def asked(paths: Iterable[Path] = (), values: Path | None = None) -> RuleSet:
    """The tool's own rules and those of files and folders, which replace own ones of their id.

    Global filters of the files are put into all of them; one that names a rule in vain is a fault.
    `values` is a YAML file of what placeholders stand for. Raises as `rules.load.load` does.
    """
    given = load(paths, values)
    shipped = own(given.filters)
    named = {one.id for one in given.rules}
    kept = (one for one in shipped.rules if one.id not in named)
    replaced = {one.id: one for one in shipped.rules if one.id in named}
    rules = sorted((*given.rules, *kept), key=lambda one: one.id)
    vain = in_vain(given.filters, [one.sigma for one in rules])
    faults = (*given.faults, *shipped.faults, *(Fault(*one) for one in vain))
    return RuleSet(tuple(rules), faults, given.filters, replaced)


def settled(facts: Facts, rules: RuleSet) -> tuple[RuleSet, Sequence[Ignore]]:
    """The rules with the levels of the case's settings, and what these ignore."""
    found, told = settings.settle(rules, facts.rule_settings)
    return found, told.ignores


def ignored(
    facts: Facts, matches: pa.Table, ignores: Sequence[Ignore]
) -> tuple[pa.Table, tuple[Ignored, ...]]:
    """The matches that are not ignored, and what became of each entry."""
    as_of = facts.as_of or datetime.now(UTC)
    return settings.ignore(facts.engine, matches, ignores, as_of)


def replacements(rules: Iterable[RuleEntry]) -> list[str]:
    """Own rules that others stand in place of, each in a sentence."""
    return [
        f"{one.file} is asked in place of the tool's own {one.replaces}: both have the id {one.id}"
        for one in rules
        if one.replaces
    ]


def half_seen(run: RuleRun) -> list[str]:
    """Sources with rows of plain tables, of which native rules see only part, in words."""
    return [
        f"{count} rules about {name}: some of its records are rows of a plain table, of which rules"
        " see only what the event table holds; the same log as JSON is seen whole"
        for name, count in sorted(run.bare.items())
    ]


def sources(facts: Facts) -> list[LogSource]:
    """The log sources that the declarations of a case describe, as Sigma names them."""
    found = (declared(one) for one in facts.declarations.values())
    return [one for one in found if one is not None]


def unsupported(rules: Iterable[Rule], run: RuleRun) -> list[str]:
    """Rules that are not supported: where each stands, what it is called, and why."""
    lost = (one for one in rules if one.id in run.unsupported)
    return [f"{one.place}: {one.title!r}: {run.unsupported[one.id]}" for one in lost]


def entries(
    rules: RuleSet, run: RuleRun | None = None, kept: pa.Table | None = None
) -> tuple[RuleEntry, ...]:
    """The rules as documents, with what became of each in a `run`; of its matches some are kept."""
    every = _counted(run.matches) if run else Counter()
    matches = every if kept is None else _counted(kept)
    undecided = _counted(run.undecided) if run else Counter()
    return tuple(
        RuleEntry(
            **heading(one),
            tags=one.tags,
            filters=one.filters,
            replaces=rules.replaced[one.id].file if one.id in rules.replaced else None,
            falsepositives=one.falsepositives,
            status=_status(one, run),
            records=run.evaluated.get(one.id, 0) if run else 0,
            matches=matches[one.id],
            ignored=every[one.id] - matches[one.id],
            undecided=undecided[one.id],
            reason=_reason(one, run),
        )
        for one in rules.rules
    )


def by_level(found: Iterable[RuleEntry]) -> tuple[RuleEntry, ...]:
    """The gravest first, those of one level by title."""
    return tuple(
        sorted(found, key=lambda one: (-LEVELS.index(one.level), one.title.casefold(), one.id))
    )


def heading(rule: Rule) -> dict[str, Any]:
    """What every document about a rule begins with."""
    return {
        "id": rule.id,
        "title": rule.title,
        "level": rule.level if rule.level in LEVELS else _NONE,
        "logsource": _logsource(rule),
        "file": rule.file,
        "version": rule.version,
    }


def coverage(facts: Facts, rules: RuleSet, *, tool_version: str) -> RuleCoverage:
    """Every rule asked of the case: over how many records, what matched, or why it was not."""
    rules, ignores = settled(facts, rules)
    run = scan(facts.engine, rules.rules, sources(facts))
    kept, told = ignored(facts, run.matches, ignores)
    found = entries(rules, run, kept)
    start, end = facts.span()
    return RuleCoverage(
        schema=SCHEMA,
        tool_version=tool_version,
        window_start=start,
        window_end=end,
        rules=found,
        ignored=tuple(_ignored(one) for one in told),
        incomplete=(
            *(f"{one.place}: {one.message}" for one in rules.faults),
            *unsupported(rules.rules, run),
            *half_seen(run),
        ),
        custody=facts.custody(),
    )


def _ignored(one: Ignored) -> RuleIgnore:
    return RuleIgnore(
        rule=one.entry.rule,
        owner=one.entry.owner,
        reason=one.entry.reason,
        until=one.entry.until,
        place=one.entry.place,
        expired=one.expired,
        matches=one.matches,
    )


def _counted(table: pa.Table) -> Counter[str]:
    return Counter(table.column("rule_id").to_pylist())


def _status(rule: Rule, run: RuleRun | None) -> RuleStatus | None:
    if run is None:
        return None
    if rule.id in run.evaluated and rule.id not in run.unsupported:
        return "evaluated"
    return "unsupported" if rule.id in run.unsupported else "not_applicable"


def _reason(rule: Rule, run: RuleRun | None) -> str | None:
    if run is None:
        return None
    return run.unsupported.get(rule.id) or run.not_applicable.get(rule.id)


def _logsource(rule: Rule) -> str:
    if isinstance(rule.sigma, SigmaRule):
        return describe(rule.sigma.logsource)
    return "correlation"
