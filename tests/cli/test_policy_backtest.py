"""`forensics policy backtest`: the proposed control beside the story's incident."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

INCIDENTS = """
- {id: stolen, label: incident, target: "@headofstate", from: 2017-01-01, to: 2018-01-01}
- {id: later, label: incident, target: "@headofstate", from: 2019-01-01, to: 2020-01-01}
"""


@pytest.fixture
def incidents(tmp_path: Path) -> Path:
    path = tmp_path / "incidents.yml"
    path.write_text(INCIDENTS, encoding="utf-8")
    return path


def test_controls_side_by_side(run: Any, story_case: Path, incidents: Path, tmp_path: Path) -> None:
    asked = ("policy", "backtest", "P1-vip-two-person", "P3-after-end", "--case", story_case,
             "--incidents", incidents)  # fmt: skip
    answer = run(*asked, "-t", "json", "--until", "2018-06-01")
    assert (answer.code, answer.err) == (0, "")
    two, ended = answer.document["controls"]
    assert [one["value"] for one in two["incidents"]] == ["prevented", "outside"]
    assert [one["value"] for one in ended["incidents"]] == ["unknown", "outside"]
    assert (two["prevented"], two["could"]) == (1, 1)
    assert two["version"]
    assert answer.document["labelled"] == 2
    assert any("People adapt" in one for one in answer.document["limits"])
    shown = run(*asked)
    assert "1 of 1" in shown.out
    assert "TRADE-OFF" in shown.out
    rows = run(*asked, "-t", "csv").out.splitlines()
    assert len(rows) == 3
    page = tmp_path / "page.html"
    assert run(*asked, "-t", "html", "-o", page).code == 0
    assert "Policies tried as controls" in page.read_text("utf-8")


def test_what_cannot_be_asked(run: Any, story_case: Path, tmp_path: Path) -> None:
    def refused(*more: object) -> str:
        answer = run("policy", "backtest", *more, "--case", story_case)
        assert (answer.code, answer.out) == (2, "")
        return str(answer.err)

    assert "Did you mean P3-after-end?" in refused("P3-after-ends")
    assert "cannot be read" in refused(tmp_path / "none.yml")
    assert "No act is on record in this window" in refused("P3-after-end", "--since", "2030-01-01")
    faulty = tmp_path / "faulty.yml"
    faulty.write_text("id: X\ntitel: x\n", encoding="utf-8")
    assert "line 2: unknown key in the policy: 'titel'" in refused(faulty)
    assert "unknown key in an entry: 'titel'" in refused(
        "P3-after-end", "--incidents", _list(tmp_path)
    )
    assert "is not a length of time" in refused("P3-after-end", "--assume-approval", "long")


def test_a_control_that_cannot_be_tried_says_so(
    run: Any, write_log: Callable[..., Path], tmp_path: Path
) -> None:
    log = write_log(tmp_path / "console.jsonl", {}, {})
    answer = run("-q", "policy", "backtest", "P1-vip-two-person", "--logs", log)
    assert answer.code == 4
    assert "this case has no record of an approval and no list of protected targets" in answer.out
    assert "No list of incidents was given" in " ".join(answer.out.split())


def _list(folder: Path) -> Path:
    path = folder / "list.yml"
    path.write_text("- {id: a, label: benign, titel: x, events: [abcdef]}\n", encoding="utf-8")
    return path


def test_an_incident_that_no_record_is_of_is_told_before_the_figures(
    run: Any, story_case: Path, tmp_path: Path
) -> None:
    path = tmp_path / "list.yml"
    path.write_text(INCIDENTS.replace("@headofstate", "@headofstat"), encoding="utf-8")
    asked = ("policy", "backtest", "P1-vip-two-person", "--case", story_case, "--incidents", path)
    (first, *_) = run(*asked, "-t", "json").document["warnings"]
    assert "Recorded targets like it: @headofstate" in first
    assert "No act on record is of stolen" in " ".join(run(*asked).out.split())
