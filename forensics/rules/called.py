"""What a rule may be called by: its id, a beginning of it, its file, its name or its title."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from forensics.rules.load import Rule

_FEW = 8


def called(rules: Sequence[Rule], named: str) -> list[Rule]:
    """The rule of that id, or else all of that file, name or title, or of that beginning of an id.

    A file is named with its folders, without them, or without its suffix. Case does not matter.
    """
    wanted = named.strip().casefold()
    exact = [rule for rule in rules if rule.id.casefold() == wanted]
    found = exact or [rule for rule in rules if wanted in _names(rule)]
    if not found and wanted:
        found = [rule for rule in rules if rule.id.casefold().startswith(wanted)]
    return found


def listed(rules: Sequence[Rule]) -> str:
    """Several rules in a line, the first of them by id and title."""
    told = "; ".join(f"{rule.id} ({rule.title})" for rule in rules[:_FEW])
    return told + (f"; and {len(rules) - _FEW} more" if len(rules) > _FEW else "")


def _names(rule: Rule) -> set[str]:
    path = Path(rule.file)
    told = (rule.sigma.name, rule.title, rule.file, path.name, path.stem)
    return {text.casefold() for text in told if text}
