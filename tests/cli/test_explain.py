"""The ledger and the summaries through the command line: every form, and no word that judges."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from forensics.findings.document import decode
from forensics.findings.explanation import ExplanationLedger
from forensics.findings.profile import ActorProfile, TargetProfile

STORIES = Path(__file__).parents[2] / "sample_logs"
BANNED = re.compile(
    r"\b(rogue|malicious\w*|guilt\w*|suspect\w*|suspicious\w*|culprit\w*|perpetrator\w*|offender\w*"
    r"|attacker\w*|blame\w*|verdict|score)\b",
    re.IGNORECASE,
)
NAMES = ("eleven-minutes", "approved-enforcement", "stolen-session")


# What a text adds to the document is the same in every story.
@pytest.mark.parametrize(
    ("name", "kind"), [(NAMES[0], "text"), *((name, "json") for name in NAMES)], ids=str
)
@pytest.mark.parametrize(
    "asked",
    [("explain", "outage", "@headofstate"), ("actor", "employee-5"), ("target", "@headofstate")],
    ids=lambda asked: asked[0],
)
def test_no_output_judges_a_person(run: Any, name: str, kind: str, asked: tuple[str, ...]) -> None:
    said = run(*asked, "-t", kind, "--logs", STORIES / name)
    assert said.out
    # The names of the story's own files stand in its coverage.
    assert not BANNED.findall(said.out)


@pytest.mark.parametrize("name", NAMES)
def test_the_page_judges_nobody_and_leaves_room_for_the_person(
    run: Any, tmp_path: Path, name: str
) -> None:
    page = tmp_path / "page.html"
    run("report", "explanations", "@headofstate", "--logs", STORIES / name, "-o", page)
    text = page.read_text(encoding="utf-8")
    spoken = text.replace("no probability and no verdict", "")
    assert not BANNED.findall(re.sub(r"<style>.*?</style>", "", spoken, flags=re.DOTALL))
    assert "The account of the person concerned" in text
    for number in range(1, 19):
        assert f"E{number} · " in text
    assert "<script" not in text.replace("&lt;script", "")


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        (("explain", "outage", "@headofstate"), ExplanationLedger),
        (("actor", "contractor-7"), ActorProfile),
        (("target", "@headofstate"), TargetProfile),
    ],
    ids=lambda one: one[0] if isinstance(one, tuple) else "",
)
def test_json_is_the_document_and_the_same_each_time(run: Any, asked: Any, kind: Any) -> None:
    logs = STORIES / "stolen-session"
    first = run(*asked, "-t", "json", "--logs", logs).out
    assert decode(first.encode(), kind)
    assert run(*asked, "-t", "json", "--logs", logs).out == first


@pytest.mark.parametrize("width", [80, 160])
def test_text_fits_and_says_the_essential(
    run: Any, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    logs = STORIES / "stolen-session"
    said = run("explain", "outage", "@headofstate", "--logs", logs).out
    assert max(map(len, said.splitlines())) <= width
    plain = " ".join(said.split())
    for part in (
        "fixed order, not ranked; the counts are no probabilities",
        "H6 A shared or delegated account",
        "not known: the logs do not hold whether a warning or a second confirmation was shown",
        "nearly without weight",
        "THE ACCOUNT OF THE PERSON CONCERNED",
        "would be decided by",
    ):
        assert part in plain, part
    told = run("target", "@headofstate", "--logs", logs).out
    assert max(map(len, told.splitlines())) <= width
    assert "APPROVALS" in told


def test_an_unknown_target_is_a_wrong_question(run: Any) -> None:
    for command in (("explain", "outage"), ("target",)):
        said = run(*command, "@headofstaet", "--logs", STORIES / "stolen-session")
        assert said.code == 2
        assert "@headofstate" in said.err
