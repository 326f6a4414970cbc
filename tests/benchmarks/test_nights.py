"""The evaluation of the scan counts what is told as its page says."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

HERE = Path(__file__).parent
NIGHTS = [f"2017-06-{day:02}" for day in range(5, 15)]

Script = Callable[..., str]


@pytest.fixture(scope="module")
def nights() -> ModuleType:
    sys.path.insert(0, str(HERE))
    try:
        import nights
    finally:
        sys.path.remove(str(HERE))
    return nights


@pytest.fixture(scope="module")
def scores(nights: ModuleType) -> ModuleType:
    return sys.modules["reference_scores"]


def place(night: str, number: int = 0) -> tuple[str, int]:
    return (f"{night}/moderation_console.jsonl.gz", number)


@pytest.fixture
def seed(nights: ModuleType) -> Any:
    planted = nights.Incident(
        scenario="S1",
        level="easy",
        night=NIGHTS[6],
        accounts=frozenset({"contractor-7"}),
        records=frozenset({place(NIGHTS[6])}),
        quiet=False,
    )
    approved = nights.Incident(
        scenario="S4",
        level="hard",
        night=NIGHTS[7],
        accounts=frozenset({"moderator-3"}),
        records=frozenset({place(NIGHTS[7])}),
        quiet=True,
    )
    return nights.Seed({"nights": NIGHTS, "quiet": 5}, [planted, approved], True)


def alert(nights: ModuleType, night: str, **given: Any) -> Any:
    usual = {"id": "f", "level": 3, "rule": "P1", "actor": "contractor-7"}
    return nights.Alert(**{"night": night, "records": frozenset({place(night)}), **usual, **given})


def right(nights: ModuleType, seed: Any) -> dict[str, int]:
    return {one["scenario"]: one["right"] for one in nights.scenarios([seed])}


def test_found_is_found_on_its_night_at_medium_or_above(nights: ModuleType, seed: Any) -> None:
    assert right(nights, seed) == {"S1": 0, "S4": 1}
    seed.alerts = [alert(nights, NIGHTS[6], level=1)]
    assert right(nights, seed)["S1"] == 0
    seed.alerts = [alert(nights, NIGHTS[6], level=2)]
    assert right(nights, seed)["S1"] == 1


def test_found_later_is_not_found_on_its_night(nights: ModuleType, seed: Any) -> None:
    seed.alerts = [alert(nights, NIGHTS[8], records=frozenset({place(NIGHTS[6])}))]
    told = nights.scenarios([seed])[0]
    assert (told["right"], told["days"]) == (0, 2)


def test_a_finding_about_somebody_else_that_cites_a_record_is_not_about_it(
    nights: ModuleType, seed: Any
) -> None:
    cited = frozenset({place(NIGHTS[7])})
    seed.alerts = [alert(nights, NIGHTS[7], actor="moderator-9", records=cited)]
    assert right(nights, seed)["S4"] == 1
    seed.alerts = [alert(nights, NIGHTS[7], actor="moderator-3", records=cited)]
    assert right(nights, seed)["S4"] == 0


def test_alerts_of_clean_nights_are_false(nights: ModuleType, seed: Any) -> None:
    seed.alerts = [
        alert(nights, NIGHTS[6], id="a"),
        alert(nights, NIGHTS[8], id="b", level=2),
        alert(nights, NIGHTS[9], id="c", level=4, actor="moderator-9"),
    ]
    told = nights.totals(seed)
    # Five nights are judged, and nothing was planted on three of them.
    assert told["alerts"] == pytest.approx(3 / 5)
    assert told["false_medium"] == pytest.approx(2 / 3)
    assert told["false_high"] == pytest.approx(1 / 3)
    assert told["precision"] == pytest.approx(1 / 3)


def test_a_finding_is_told_again_only_with_new_records(nights: ModuleType) -> None:
    class Shown:
        def __init__(self, *places: tuple[str, int]) -> None:
            self.id, self.level, self.rule, self.actor = "f", "high", "P1", None
            self.evidence = [Row(*one) for one in places]

    class Row:
        def __init__(self, file: str, record_no: int) -> None:
            self.file, self.record_no = f"/somewhere/{file}", record_no

    told: dict[str, Any] = {}
    first, second = place(NIGHTS[5]), place(NIGHTS[7], 4)
    one = nights._told([Shown(first)], told, NIGHTS[5], "")
    assert [(each.night, each.actor) for each in one] == [(NIGHTS[5], "")]
    assert nights._told([Shown(first)], told, NIGHTS[6], NIGHTS[5]) == []
    again = nights._told([Shown(first, second)], told, NIGHTS[8], NIGHTS[6])
    assert [each.night for each in again] == [NIGHTS[7]]


def test_recall_at_a_budget_shares_ties(scores: ModuleType) -> None:
    values = np.array([9.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    wanted = np.array([True, True, False, False, False, False, False, False, False, True])
    assert scores.recall_at(values, wanted, 0.1) == pytest.approx(1 / 3)
    # Two of the four that tie fit into the budget of three: the wanted one by half.
    assert scores.recall_at(values, wanted, 0.3) == pytest.approx(1.5 / 3)
    assert scores.recall_at(values, wanted, 1.0) == pytest.approx(1.0)


@pytest.mark.parametrize("name", ["z-score", "isolation forest", "ECOD"])
def test_what_stands_out_is_scored_highest(scores: ModuleType, name: str) -> None:
    if name == "isolation forest":
        pytest.importorskip("sklearn")
    dice = np.random.default_rng(7)
    known = dice.poisson(8, (300, 3)).astype(float)
    new = dice.poisson(8, (40, 3)).astype(float)
    new[17] = (40.0, 35.0, 50.0)
    people = [f"moderator-{n % 10}" for n in range(300)]
    told = scores.METHODS[name](known, people, new, people[:40])
    assert int(np.argmax(told)) == 17


def test_the_score_of_a_night_does_not_depend_on_the_others(scores: ModuleType) -> None:
    dice = np.random.default_rng(8)
    known, new = dice.normal(size=(200, 4)), dice.normal(size=(30, 4))
    everybody = scores.ecod(known, [], new, [])
    assert scores.ecod(known, [], new[:5], []) == pytest.approx(everybody[:5])


@pytest.mark.benchmark
def test_easy_incidents_are_found_on_their_night(script: Script, tmp_path: Path) -> None:
    small = ("--nights", "36", "--quiet", "16", "--people", "30", "--cases", "2")
    asked = ("--seeds", "1", "--levels", "easy", "--scans", "incidents", "--json")
    figures = json.loads(script("nights.py", "--scratch", tmp_path, *small, *asked))
    told = {one["scenario"]: one["right"] for one in figures["scenarios"]}
    assert {told[name] for name in ("S1", "S2", "S3", "S5", "S7", "S8")} == {1}
