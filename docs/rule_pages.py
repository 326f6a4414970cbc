"""The pages of the tool's own Sigma rules: one for each, and their index."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import resources
from pathlib import Path, PurePosixPath

from markup import cell, code, fenced, page, table
from sigma.correlations import SigmaCorrelationRule

from forensics.rules import load
from forensics.rules.load import Rule
from forensics.rules.logsource import describe

_MEANING = (
    "What the tool asks of every case in Sigma's words. Rules of `admin_action` speak of the"
    " normalised event table, so each covers every source; the others speak of the records of one"
    " product, in its own field names. A match is an act to look at, never a judgement of a"
    " person: each rule says what may be innocent about it, and what it cannot see. They lie in"
    " `forensics/rules/packs/`."
)
_LEVELS = ("critical", "high", "medium", "low", "informational")


@cache
def own_rules() -> dict[str, Rule]:
    """The tool's own rules by the names of their pages, sorted by these."""
    rules = load.own().faultless().rules
    named = {name_of(one): one for one in rules}
    if len(named) != len(rules):
        raise SystemExit("two rule files in forensics/rules/packs have one name")
    return dict(sorted(named.items()))


def name_of(rule: Rule) -> str:
    """What the page of a rule is called, without its suffix."""
    return PurePosixPath(rule.file).stem


def rules_page() -> str:
    """All own rules in a table for each log source."""
    folders: dict[str, list[Rule]] = {}
    for one in own_rules().values():
        folders.setdefault(PurePosixPath(one.file).parent.name, []).append(one)
    sections = []
    for folder, rules in sorted(folders.items()):
        ordered = sorted(rules, key=lambda one: (_LEVELS.index(one.level), one.title))
        rows = [
            [f"[{cell(one.title)}](rules/{name_of(one)}.md)", one.level, ", ".join(_attack(one))]
            for one in ordered
        ]
        sections.append(f"## {folder}\n\n{table(['rule', 'level', 'ATT&CK'], rows)}")
    return page("Rules", _MEANING, *sections)


def rule_page(name: str) -> str:
    """The page of one rule: what it asks, what may be innocent, what it misses."""
    rule = own_rules()[name]
    return page(
        rule.title,
        f"One of the tool's own [rules](../rules.md); level {rule.level}, {_over(rule)}.",
        cell(rule.description),
        "## What may be innocent",
        _items(rule.falsepositives),
        "## What it can miss",
        _items(rule.sigma.custom_attributes["misses"]),
        "## The condition",
        fenced(_condition(rule), "yaml"),
        "## References",
        _items([*rule.references, f"ATT&CK {', '.join(_attack(rule))}"]),
        f"File {code(rule.file)}, id {code(rule.id)}.",
    )


def _over(rule: Rule) -> str:
    if not isinstance(rule.sigma, SigmaCorrelationRule):
        if rule.sigma.logsource.category:
            return "over the events of every source"
        return f"over the records of {code(describe(rule.sigma.logsource))}"
    counted = [one for one in own_rules().values() if _counts(rule.sigma, one)]
    links = ", ".join(f"[{cell(one.title)}]({name_of(one)}.md)" for one in counted)
    return f"over the matches of {links}"


def _counts(correlation: SigmaCorrelationRule, rule: Rule) -> bool:
    return any(one.rule is rule.sigma for one in correlation.referenced_rules)


def _condition(rule: Rule) -> str:
    """The part of a rule's file that decides, as it is written."""
    file = resources.files("forensics.rules").joinpath("packs", *Path(rule.file).parts)
    text = file.read_text(encoding="utf-8")
    start = "\ncorrelation:" if isinstance(rule.sigma, SigmaCorrelationRule) else "\nlogsource:"
    return text[text.index(start) : text.index("\nfalsepositives:")]


def _attack(rule: Rule) -> list[str]:
    return [one.removeprefix("attack.").upper() for one in rule.tags]


def _items(texts: Iterable[str]) -> str:
    return "\n".join(f"- {cell(text)}" for text in texts)
