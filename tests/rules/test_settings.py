from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from forensics.errors import DeclarationError
from forensics.evidence.imagined import imagined
from forensics.rules import load, match, settings

ID = "0b1de4f8-41a5-4f3c-9d6a-2f4f2d8a7c11"
RULE = f"""
title: Suspended
id: {ID}
level: high
logsource: {{category: admin_action}}
detection: {{selection: {{action: account.suspend}}, condition: selection}}
"""
ENTRY = {
    "rule": ID.upper(),
    "when": "{actor|startswith: svc-}",
    "owner": "ops",
    "reason": "Clean-up.",
    "until": "2026-12-31",
}
DAY = datetime(2026, 12, 31, 23, 59, tzinfo=UTC)
AFTER = datetime(2027, 1, 1, tzinfo=UTC)


def entry(**other: str | None) -> str:
    told = ENTRY | other
    lines = [f"{key}: {value}" for key, value in told.items() if value is not None]
    return "ignore:\n  - " + "\n    ".join(lines) + "\n"


def read(folder: Path, text: str) -> settings.Settings:
    (folder / "settings.yml").write_text(text, encoding="utf-8")
    return settings.read(folder / "settings.yml")


def left(folder: Path, text: str, as_of: datetime) -> tuple[list[str], list[tuple[bool, int]]]:
    """Events whose match is left, and by entry whether it expired and how many it ignored."""
    (folder / "rule.yml").write_text(RULE, encoding="utf-8")
    rules = load.load([folder / "rule.yml"])
    who: list[Any] = ["svc-a", "SVC-b", "ada", None]
    rows = [
        {"event_uid": f"{n}" * 32, "source": "x", "action": "account.suspend", "actor": actor}
        for n, actor in enumerate(who)
    ]
    engine = imagined(rows)
    try:
        matches = match.scan(engine, rules.rules, []).matches
        _, settled = settings.settle(rules, read(folder, text))
        kept, told = settings.ignore(engine, matches, settled.ignores, as_of)
        return kept.column("event_uid").to_pylist(), [(one.expired, one.matches) for one in told]
    finally:
        engine.close()


def test_a_match_is_ignored_until_the_end_of_the_day(tmp_path: Path) -> None:
    kept, told = left(tmp_path, entry(), DAY)
    # An unknown actor is nobody's service.
    assert kept == ["2" * 32, "3" * 32]
    assert told == [(False, 2)]
    assert left(tmp_path, entry(), AFTER) == ([n * 32 for n in "0123"], [(True, 0)])


def test_events_are_ignored_by_their_ids(tmp_path: Path) -> None:
    both = entry(events="[22222222, " + "3" * 32 + "]") + entry().removeprefix("ignore:\n")
    kept, told = left(tmp_path, both, DAY)
    assert (kept, told) == ([], [(False, 4), (False, 2)])
    kept, _ = left(tmp_path, entry(when=None, events="[22222222]"), DAY)
    assert kept == ["0" * 32, "1" * 32, "3" * 32]
    other = entry(rule="5f9f3a52-0a31-4c0e-bb0c-0a4f8d1f7d22")
    assert left(tmp_path, other, DAY)[1] == [(False, 0)]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (entry(owner=None), 2, "'owner'"),
        (entry(until=None), 2, "'until'"),
        (entry(reason=None), 2, "'reason'"),
        (entry(until="soon"), 6, "must be a day"),
        (entry(when=None), 2, "when or events"),
        (entry(when="{acter: x}"), 3, "Did you mean actor"),
        (entry(when=None, events="[abc]"), 6, "no id of an event"),
        (entry(ownr="x"), 7, "Did you mean 'owner'"),
        ("levels: {a: urgent}\n", 1, "unknown level"),
        ("levels:\n  - a\n", 1, "mapping of rules"),
        ("level: {}\n", 1, "Did you mean 'levels'"),
    ],
)
def test_a_fault_is_told_with_its_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        read(tmp_path, text)
    assert [number for number, _ in caught.value.faults] == [line]
    assert said in caught.value.message
    assert caught.value.place == str(tmp_path / "settings.yml")


def test_levels_are_those_of_the_team_and_unknown_rules_are_told(tmp_path: Path) -> None:
    (tmp_path / "rule.yml").write_text(RULE, encoding="utf-8")
    rules = load.load([tmp_path / "rule.yml"])
    told = read(tmp_path, f"levels:\n  {ID}: low\n  nobody: high\n")
    levelled, _ = settings.settle(rules, told)
    assert [one.level for one in levelled.rules] == ["low"]
    (fault,) = levelled.faults
    assert fault.place == f"{tmp_path / 'settings.yml'}:3"
    assert "nobody" in fault.message


@pytest.mark.parametrize("named", [ID.upper(), ID[:8], "rule", "rule.yml", "suspended"])
def test_a_rule_is_named_by_id_file_or_title(tmp_path: Path, named: str) -> None:
    kept, told = left(tmp_path, entry(rule=named), DAY)
    assert (kept, told) == (["2" * 32, "3" * 32], [(False, 2)])
    found, settled = settings.settle(
        load.load([tmp_path / "rule.yml"]), read(tmp_path, f"levels: {{{named}: low}}\n")
    )
    assert [one.level for one in found.rules] == ["low"]
    assert (settled.levels, found.faults) == ({ID: "low"}, ())


def test_a_name_of_several_rules_is_refused_with_their_ids(tmp_path: Path) -> None:
    other = "1" + ID[1:]
    both = RULE + "---" + RULE.replace(ID, other).replace("high", "low")
    (tmp_path / "rule.yml").write_text(both, encoding="utf-8")
    with pytest.raises(DeclarationError) as caught:
        settings.settle(load.load([tmp_path / "rule.yml"]), read(tmp_path, entry(rule="Suspended")))
    assert caught.value.place == f"{tmp_path / 'settings.yml'}:2"
    assert all(one in (caught.value.remedy or "") for one in (ID, other))
