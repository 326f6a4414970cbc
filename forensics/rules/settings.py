"""What a team says of rules that others wrote: levels of its own, and matches that it ignores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
from sqlglot import exp

from forensics import located
from forensics.conditions import matching
from forensics.conditions.selection import three_valued
from forensics.engine import Engine
from forensics.errors import DeclarationError, ForensicsError, InputError
from forensics.located import Faults, Located, unknown_word
from forensics.rules.called import called, listed
from forensics.rules.files import Fault
from forensics.rules.load import RuleSet

LEVELS = ("informational", "low", "medium", "high", "critical")

_KEYS = ("levels", "ignore")
_NEEDED = ("rule", "owner", "reason", "until")
_ENTRY = ("rule", "when", "events", "owner", "reason", "until")
_SHORTEST = 8
_KEPT = """
SELECT rule_id, event_uid FROM rule_matches AS found
WHERE NOT EXISTS (
    SELECT 1 FROM rule_ignored AS gone
    WHERE gone.rule_id = found.rule_id AND gone.event_uid = found.event_uid
)
ORDER BY rule_id, event_uid
"""
_REMEDY = "Correct the lines named; see the section on settings in docs/sigma.md."


@dataclass(frozen=True)
class Ignore:
    """Matches of one rule that somebody answers for until the end of a day, in UTC.

    They are the events of those ids, or of beginnings of ids, and those that `when` holds of.
    """

    rule: str
    events: tuple[str, ...]
    when: exp.Expr | None
    owner: str
    reason: str
    until: date
    place: str

    def expired(self, as_of: datetime) -> bool:
        """Whether it no longer ignores anything."""
        return as_of.astimezone(UTC).date() > self.until


@dataclass(frozen=True)
class Settings:
    """The settings of one file: levels by rule, and what is ignored, in its order."""

    levels: Mapping[str, str]
    ignores: tuple[Ignore, ...]
    places: tuple[tuple[str, str], ...]
    """Where each rule is named, and what it is called there."""


NONE = Settings({}, (), ())


@dataclass(frozen=True)
class Ignored:
    """An entry of the list of ignored matches, and how many it ignored; none where it expired."""

    entry: Ignore
    expired: bool
    matches: int


def read(path: Path) -> Settings:
    """The settings of a YAML file.

    Raises `InputError` where there is no such file, `DeclarationError` listing all faults by line.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"The settings of rules cannot be read: {error.strerror or error}.",
            place=str(path),
            remedy="Give a YAML file with the keys levels and ignore.",
        ) from error
    faults = Faults(str(path), "settings of rules", _REMEDY)
    root = located.read(data, faults)
    entries = faults.keys(root, _KEYS, "settings of rules") if root else {}
    levels = _levels(entries["levels"], faults) if "levels" in entries else {}
    listed = entries["ignore"].value if "ignore" in entries else []
    if not isinstance(listed, list):
        faults.add(entries["ignore"].line, "ignore must be a list of mappings.")
        listed = []
    found = [_ignore(one, str(path), faults) for one in listed]
    faults.raise_if_any()
    places = [(f"{path}:{entries['levels'].line_of(rule)}", rule) for rule in levels]
    places += [(one.place, one.rule) for one in found if one]
    return Settings(levels, tuple(one for one in found if one), tuple(places))


def _levels(node: Located, faults: Faults) -> dict[str, str]:
    if not isinstance(node.value, dict):
        faults.add(node.line, "levels must be a mapping of rules to levels.")
        return {}
    for child in node.value.values():
        if child.value not in LEVELS:
            faults.add(child.line, unknown_word("level", child.plain(), LEVELS))
    return {rule: str(child.value) for rule, child in node.value.items()}


def _ignore(node: Located, place: str, faults: Faults) -> Ignore | None:
    entries = faults.keys(node, _ENTRY, "an ignored match")
    before = len(faults.found)
    texts = {}
    for key in _NEEDED:
        told = entries[key].value if key in entries else None
        if not isinstance(told, str) or not told.strip():
            line = entries[key].line if key in entries else node.line
            faults.add(line, f"an ignored match needs the key {key!r}, a text.")
        else:
            texts[key] = " ".join(told.split())
    if "when" not in entries and "events" not in entries:
        faults.add(node.line, "an ignored match needs when or events: which matches are ignored.")
    events = _events(entries.get("events"), faults)
    when = _when(entries.get("when"), faults)
    until = date.max
    try:
        until = date.fromisoformat(texts.get("until", "9999-12-31"))
    except ValueError:
        faults.add(entries["until"].line, "until must be a day, as in 2026-12-31.")
    if len(faults.found) > before or len(texts) < len(_NEEDED):
        return None
    told = texts["rule"], events, when, texts["owner"], texts["reason"]
    return Ignore(*told, until, f"{place}:{node.line}")


def _events(node: Located | None, faults: Faults) -> tuple[str, ...]:
    if node is None:
        return ()
    listed = node.plain()
    if not isinstance(listed, list) or not listed:
        faults.add(node.line, "events must be a list of ids of events.")
        return ()
    ids = tuple(str(one).strip().lower() for one in listed)
    for one in ids:
        if len(one) < _SHORTEST or set(one) - set("0123456789abcdef"):
            faults.add(node.line, f"{one!r} is no id of an event, nor eight digits of one.")
    return ids


def _when(node: Located | None, faults: Faults) -> exp.Expr | None:
    if node is None:
        return None
    if not isinstance(node.value, dict) or not node.value:
        faults.add(node.line, "when must be a mapping, as in {actor: svc-cleanup}.")
        return None
    tests = []
    for key, child in node.value.items():
        try:
            tests.append(exp.paren(three_valued(key, child.plain())))
        except ForensicsError as error:
            faults.add(child.line, f"{error.message} {error.remedy or ''}".rstrip())
    return matching.all_of(tests)


def settle(rules: RuleSet, settings: Settings) -> tuple[RuleSet, Settings]:
    """The rules with the levels of the settings, and the settings with the ids of the rules.

    A rule named there in vain is a fault. Raises `DeclarationError` where a name is that of more
    than one.
    """
    ids: dict[str, str] = {}
    vain = []
    for place, named in settings.places:
        found = called(rules.rules, named)
        if len(found) > 1:
            raise DeclarationError(
                f"{len(found)} rules are called {named!r}.",
                place=place,
                remedy=f"Name the id: {listed(found)}.",
            )
        if not found:
            vain.append(Fault(place, f"the settings name the rule {named}, which there is not"))
        ids.update((named, one.id) for one in found)
    levels = {ids[named]: level for named, level in settings.levels.items() if named in ids}
    levelled = [replace(one, level=levels.get(one.id, one.level)) for one in rules.rules]
    ignores = [replace(one, rule=ids.get(one.rule, one.rule)) for one in settings.ignores]
    settled = replace(rules, rules=tuple(levelled), faults=(*rules.faults, *vain))
    return settled, replace(settings, levels=levels, ignores=tuple(ignores))


def ignore(
    engine: Engine, matches: pa.Table, ignores: Sequence[Ignore], as_of: datetime
) -> tuple[pa.Table, tuple[Ignored, ...]]:
    """The matches that are not ignored as of a moment, and what became of each entry.

    A match that several entries ignore is counted for each. Matches are rule_id and event_uid.
    """
    if not ignores:
        return matches, ()
    engine.register("rule_matches", matches)
    told = []
    gone = [matches.slice(0, 0)]
    for one in ignores:
        expired = one.expired(as_of)
        if not expired:
            gone.append(engine.table(_matches_of(one), {"rule": one.rule}).cast(matches.schema))
        told.append(Ignored(one, expired, 0 if expired else gone[-1].num_rows))
    engine.register("rule_ignored", pa.concat_tables(gone))
    return engine.table(_KEPT).cast(matches.schema), tuple(told)


def _matches_of(one: Ignore) -> str:
    asked: list[exp.Expr] = [
        exp.func("starts_with", exp.column("event_uid"), exp.Literal.string(uid))
        for uid in one.events
    ]
    if one.when is not None:
        asked.append(one.when.copy())
    query = exp.select("rule_id", "event_uid").from_("rule_matches")
    query = query.join("events", using=["event_uid"], join_type="inner")
    rule = exp.EQ(this=exp.column("rule_id"), expression=exp.Placeholder(this="rule"))
    query = query.where(rule, exp.paren(matching.any_of(asked)))
    return query.sql(dialect="duckdb")
