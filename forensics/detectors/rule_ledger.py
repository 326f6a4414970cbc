"""What became of rules in a scan, in a line of its ledger each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from forensics.detectors import Answer
from forensics.engine import Row
from forensics.findings.rules import short_id
from forensics.rules.load import Rule
from forensics.rules.match import RuleRun
from forensics.rules.settings import Ignored

_FEW_NAMES = 5


def called(rule: Rule) -> str:
    """A rule in a line of the ledger: its title, the id that settings name it by, its version."""
    return f"{rule.title!r} ({short_id(rule.id)}, version {rule.version})"


def rules(answer: Answer, loaded: Sequence[Rule], run: RuleRun) -> None:
    """Add each rule to what was evaluated, not evaluated, or failed."""
    absent: dict[str, list[str]] = {}
    for rule in loaded:
        name = f"rule {called(rule)}"
        if why := run.unsupported.get(rule.id):
            answer.failed.append(f"{rule.place}: {name}: {why}")
        elif rule.id in run.evaluated:
            answer.evaluated.append(f"{name}: {run.evaluated[rule.id]} records")
        else:
            absent.setdefault(run.not_applicable.get(rule.id, "not run"), []).append(rule.title)
    answer.not_evaluated += _undecided(loaded, run)
    # What is said of a log that the case has not is said once for all rules about it.
    for why, names in sorted(absent.items()):
        count = f"{len(names)} rules" if len(names) > 1 else "rule"
        answer.not_evaluated.append(f"{count} {', '.join(map(repr, sorted(names)))}: {why}")


def ignored(one: Ignored, titles: Mapping[str, str]) -> str:
    """What became of an entry of the list of ignored matches."""
    entry = one.entry
    rule = f"rule {titles.get(entry.rule, entry.rule)}"
    whose = f"{entry.owner} until {entry.until}: {entry.reason} ({entry.place})"
    if one.expired:
        return f"{rule}: matches are no longer ignored; they were by {whose}"
    if not one.matches:
        return f"{rule}: there is no match to be ignored, is when or events misspelt? By {whose}"
    matches = "1 match" if one.matches == 1 else f"{one.matches:,} matches"
    return f"{rule}: {matches} ignored by {whose}"


def _undecided(rules: Sequence[Rule], run: RuleRun) -> Iterator[str]:
    """Of which acts it is not known whether a correlation holds, in a sentence for each rule."""
    by_rule: dict[str, list[Row]] = {}
    for row in run.undecided.to_pylist():
        by_rule.setdefault(row["rule_id"], []).append(row)
    for rule in rules:
        rows = by_rule.get(rule.id)
        if not rows:
            continue
        number = "1 event is" if len(rows) == 1 else f"{len(rows):,} events are"
        until = [row["until"] for row in rows if row["until"] is not None]
        why = "the records would have to begin earlier to tell what is new"
        if until:
            needed = f"{max(until):%Y-%m-%d %H:%M:%SZ}"
            why = f"to tell what did not follow, the records would have to go on to {needed}"
        named = ", ".join(row["event_uid"][:8] for row in rows[:_FEW_NAMES])
        more = ", ..." if len(rows) > _FEW_NAMES else ""
        yield f"rule {called(rule)}: {number} not decided ({named}{more}): {why}"
