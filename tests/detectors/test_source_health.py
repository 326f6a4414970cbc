"""Sources that are not what they were, as findings about sources and not people."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from forensics import api
from forensics.detectors import source_health

DAY = 24 * 60


@pytest.fixture(scope="module")
def case(lasting: Any) -> Iterator[api.Case]:
    """A console of thirty-five days, on the last but one with few records; later a torn export."""
    for day in range(36):
        for number in range(3 if day == 34 else 60):
            lasting.did(day * DAY + number, "account_viewed", login=f"w{number}")
    lasting.did(30 * DAY + 61, "account_zapped")
    lasting.did(30 * DAY + 62, "account_zapped")
    made = lasting.case()
    later = lasting.folder / "later"
    later.mkdir()
    record = {**lasting.records[-1], "ts": "2017-12-08T01:00:00Z"}
    good = [json.dumps(record | {"id": f"late-{n}", "seq": 5000 + n}) for n in range(40)]
    broken = [json.dumps({"id": f"torn-{n}"})[:-1] for n in range(6)]
    (later / "console.jsonl").write_text("\n".join([*good, *broken]) + "\n", encoding="utf-8")
    made.ingest(later)
    yield made


@pytest.fixture(scope="module")
def told(case: api.Case) -> dict[str, Any]:
    found = source_health.DETECTOR.find(case.facts).findings
    return {one.title: one for one in found}


def test_what_is_told(told: dict[str, Any]) -> None:
    assert set(told) == {
        "Far fewer records than usual on 2017-12-06",
        "Operations never seen before that have no verb",
        "Records that were readable before are rejected",
    }
    assert {one.level for one in told.values()} <= {"low", "informational"}
    assert {(one.actor, one.person) for one in told.values()} == {(None, None)}
    assert {one.target for one in told.values()} == {"moderation_console"}


def test_a_drop(told: dict[str, Any]) -> None:
    (sentence,) = told["Far fewer records than usual on 2017-12-06"].sentences
    assert sentence == (
        "moderation_console has 3 records on 2017-12-06 (UTC); on the same weekday of the 4 weeks"
        " before, 60 are usual and 60 were the fewest."
    )


def test_a_new_operation_names_its_first_record(told: dict[str, Any]) -> None:
    one = told["Operations never seen before that have no verb"]
    assert one.level == "informational"
    assert [(act.operation, act.action) for act in one.evidence] == [("account_zapped", "other")]
    assert "account_zapped, first on 2017-12-02 (UTC)" in one.sentences[0]


def test_a_parser_that_started_rejecting(told: dict[str, Any]) -> None:
    one = told["Records that were readable before are rejected"]
    (count, before) = one.counts
    assert (count.n, count.of) == (6, 46)
    assert (before.n, before.of) == (0, 35 * 60 + 3 + 2)
    assert one.first_time.isoformat().startswith("2017-12-08T01:00:00")
