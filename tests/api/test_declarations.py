"""The user's own declarations: kept with the case, used without being named again, compared."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from forensics import api
from forensics.errors import DeclarationError, EvidenceAlteredError

FIRST = """
name = "door"
title = "Doors"
product = "doors"
clock_tolerance = "7s"
omits = ["Keys."]
[recognise]
required = ["door", "at"]
[event]
native_id = "id"
time = "at"
operation = "op"
reason = "why"
"""
SECOND = FIRST.replace('reason = "why"', 'actor = "who"')


class Desk:
    """A folder with a catalog, logs and a case that is opened anew for each step."""

    def __init__(self, folder: Path) -> None:
        self.catalog, self.logs, self.root = folder / "mine", folder / "logs", folder / "case"
        self.catalog.mkdir()
        self.logs.mkdir()
        api.create_case(self.root).close()

    def declare(self, text: str) -> None:
        (self.catalog / "door.toml").write_text(text, encoding="utf-8")

    def write(self, name: str, *numbers: int) -> None:
        records = (
            {"door": "x", "at": f"2026-01-05T09:00:{n:02}Z", "id": str(n), "op": "open", "who": "a"}
            for n in numbers
        )
        (self.logs / name).write_text("\n".join(map(json.dumps, records)))

    def open(self, *, given: bool = True) -> api.Case:
        return api.open_case(self.root, catalog_folders=[self.catalog] if given else [])


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.delenv("FORENSICS_CATALOG", raising=False)
    made = Desk(tmp_path)
    made.declare(FIRST)
    made.write("a.jsonl", 1, 2)
    return made


def read(desk: Desk, *, given: bool = True, **options: Any) -> Any:
    with desk.open(given=given) as case:
        return case.ingest(desk.logs, **options)


def test_own_declarations_are_used_though_not_given_again(desk: Desk) -> None:
    read(desk)
    desk.write("b.jsonl", 3)
    report = read(desk, given=False)
    assert [(row.source, row.status) for row in report.files] == [
        ("door", "repeated"), ("door", "stored"),
    ]  # fmt: skip
    with desk.open(given=False) as case:
        assert case.facts.tolerances["door"] == 7
        [told] = case.coverage().sources
        assert (told.title, told.omits, told.unseen) == ("Doors", ("Keys.",), ("reason",))
        assert case.declarations["door"].text == FIRST
        assert case.outdated() == []


def test_one_that_is_given_comes_before_the_kept_one_and_both_are_named(desk: Desk) -> None:
    read(desk)
    desk.declare(SECOND)
    with desk.open(given=False) as case:
        assert case.outdated() == case.outdated(given_only=True) == []
    with desk.open() as case:
        [told] = case.outdated(given_only=True)
        assert (told.source, told.files, told.origin) == ("door", 1, "own")
        assert case.declarations["door"].text == SECOND
    desk.write("b.jsonl", 3)
    assert [one.files for one in read(desk).outdated] == [1]
    with desk.open(given=False) as case:
        assert case.declarations["door"].text == SECOND


def test_the_ledger_judges_events_by_what_they_were_made_with(desk: Desk) -> None:
    read(desk)
    desk.declare(SECOND)
    with desk.open() as case:
        assert case.coverage().sources[0].unseen == ("reason",)
    read(desk, reread=True)
    with desk.open() as case:
        assert case.coverage().sources[0].unseen == ()
        assert set(case.sql("SELECT actor FROM events")["actor"]) == {"a"}
        assert case.verify().faults == ()


def test_newer_prose_is_used_at_once(desk: Desk) -> None:
    read(desk)
    desk.declare(FIRST.replace('"7s"', '"9s"').replace("Keys.", "Keys, and who held them."))
    with desk.open() as case:
        assert case.outdated() == []
        assert case.facts.tolerances["door"] == 9
        assert case.coverage().sources[0].omits == ("Keys, and who held them.",)


def test_a_corrected_declaration_that_ships_is_told_too(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from forensics.sources.declaration import parse, shipped

    older = {**shipped(), "door": parse(FIRST, "door.toml")}
    newer = {**shipped(), "door": parse(SECOND, "door.toml")}
    for module in ("forensics.evidence.declarations.shipped", "forensics.sources.sameness.shipped"):
        monkeypatch.setattr(module, lambda: older)
    assert read(desk, given=False).outdated == []
    for module in ("forensics.evidence.declarations.shipped", "forensics.sources.sameness.shipped"):
        monkeypatch.setattr(module, lambda: newer)
    [told] = read(desk, given=False).outdated
    assert (told.files, told.origin) == (1, "built-in")
    assert "that of this version" in told.sentence
    with desk.open(given=False) as case:
        assert case.coverage().sources[0].unseen == ("reason",)
        assert case.outdated(given_only=True) == []
    assert read(desk, given=False, reread=True).outdated == []


def test_a_digest_says_what_answers_rest_on(desk: Desk, tmp_path: Path) -> None:
    read(desk)
    with desk.open(given=False) as case:
        before = case.store.digest()
    desk.declare(SECOND)
    read(desk, reread=True)
    with desk.open(given=False) as case:
        assert case.store.digest() != before


def test_a_kept_declaration_that_was_changed_is_no_answer(desk: Desk) -> None:
    read(desk)
    [kept] = (desk.root / "declarations").iterdir()
    kept.chmod(0o600)
    kept.write_text(SECOND)
    with desk.open(given=False) as case:
        with pytest.raises(EvidenceAlteredError, match="was changed"):
            case.coverage()
        with pytest.raises(EvidenceAlteredError, match="was changed"):
            _ = case.declarations


def test_a_kept_declaration_that_is_not_understood_any_more_asks_for_another(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(desk)

    def stricter(text: str, place: str) -> None:
        raise DeclarationError("event.reason: no such column", place=place)

    monkeypatch.setattr("forensics.evidence.declarations.parse", stricter)
    with desk.open(given=False) as case, pytest.raises(DeclarationError, match="not understood"):
        case.coverage()
    with desk.open() as case:
        assert case.coverage().sources[0].title == "Doors"
