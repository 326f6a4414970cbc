"""`forensics clocks`, and what is told of clocks with `--assume`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

STORY = Path(__file__).parents[2] / "sample_logs" / "approved-enforcement"


@pytest.fixture
def ask(run: Any) -> Any:
    return lambda *words: run(*words, "--logs", STORY)


def by_source(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["source"]: one for one in document["sources"]}


def test_every_clock_says_how_far_it_is_off_and_on_what_basis(ask: Any) -> None:
    document = ask("clocks", "-t", "json").document
    found = by_source(document)
    assert list(found) == ["moderation_console", "okta_system", "status_probe"]
    (segment,) = found["moderation_console"]["segments"]
    assert segment["basis"] == "measured"
    assert segment["offset_low_s"] <= 7.0 <= segment["offset_high_s"]
    (probe,) = found["status_probe"]["segments"]
    assert (probe["basis"], probe["offset_high_s"]) == ("declared", 1.0)
    counted = {one["name"]: one["n"] for one in found["moderation_console"]["anchors"]}
    assert counted.keys() == {"request", "effect", "sequence"}
    cited = {one["event_uid"] for one in document["evidence"]}
    assert {uid for one in document["pairs"] for uid in one["evidence"]} == cited


def test_the_page_shows_offsets_anchors_and_verdict(ask: Any) -> None:
    page = " ".join(ask("clocks").out.split())
    assert "moderation_console consistent" in page
    assert "by other clocks always" in page
    assert "±1 s declared for the source" in page
    assert "request: both recorded one request, within 2 s" in page


def test_what_is_told_overrides_and_every_answer_says_so(ask: Any, tmp_path: Path) -> None:
    told = ("--assume", "okta_system=±1s")
    found = by_source(ask("clocks", "-t", "json", *told).document)
    assert found["okta_system"]["segments"][0]["basis"] == "told"
    assert found["moderation_console"]["segments"][0]["offset_low_s"] > 0
    sentence = "The clock of okta_system is taken to be within ±1 s of true time"
    plain = ask("outage", "@headofstate", "-t", "json").document
    outage = ask("outage", "@headofstate", "-t", "json", *told).document
    assert plain["custody"]["assumed"] == []
    assert outage["custody"]["assumed"][0].startswith(sentence)
    assert any(one.startswith(sentence) for one in outage["limits"])
    assert outage["outages"][0]["start_latest"] < plain["outages"][0]["start_latest"]
    assert ask("scan", "-t", "json", *told).document["custody"]["assumed"]
    page = tmp_path / "outage.html"
    assert ask("report", "outage", "@headofstate", "-o", page, *told).code == 0
    assert sentence in page.read_text(encoding="utf-8").replace("&#43;", "+")


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("okta_sistem=±5s", "Did you mean okta_system"),
        ("okta_system=5", "SOURCE=±5s"),
        ("okta_system=±5s,--", "no offset of a clock"),
    ],
)
def test_what_cannot_be_told_is_a_wrong_question(ask: Any, told: str, said: str) -> None:
    found = ask("outage", "@headofstate", "--assume", told)
    assert (found.code, found.out) == (2, "")
    assert said in found.err
