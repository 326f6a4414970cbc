"""Documents as the tool makes them render whole: no raw id, nothing said twice."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from rich.console import Console

import forensics
from forensics.findings.document import Reconstruction
from forensics.reports import gaps, html, reading, terminal

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", params=["eleven-minutes", "approved-enforcement"])
def rebuilt(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Reconstruction:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        with forensics.open_logs(ROOT / "sample_logs" / request.param) as case:
            return case.outage("@headofstate")


def test_every_cited_event_has_a_number(rebuilt: Reconstruction) -> None:
    refs = reading.references(rebuilt)
    for outage in rebuilt.outages:
        cited = [uid for probe in outage.probe for uid in probe.evidence]
        cited += [uid for verdict in outage.verdicts for uid in verdict.evidence]
        assert cited
        assert all(refs.known(uid) for uid in cited)
    for interval in rebuilt.intervals:
        assert all(refs.known(uid) for uid in (interval.begun_by, interval.ended_by) if uid)


@pytest.mark.parametrize("width", [80, 160])
def test_terminal_says_things_once(rebuilt: Reconstruction, width: int) -> None:
    stream = io.StringIO()
    terminal.outage(rebuilt, Console(width=width, file=stream))
    text = " ".join(stream.getvalue().split())
    assert not re.search(r" [0-9a-f]{8},? *$", stream.getvalue(), re.MULTILINE)
    assert "not judged" not in text
    assert "That is at least" not in text
    assert "was not active from" not in text
    assert "known now the same" in text


def test_gaps_are_located_by_their_words(rebuilt: Reconstruction) -> None:
    near, far = gaps.split(rebuilt.coverage.gaps, rebuilt.outages)
    assert near
    assert far
    assert all(" no records after " in gap for gap in near)


def test_html_is_made_of_it(rebuilt: Reconstruction) -> None:
    page = html.outage(rebuilt)
    assert "not judged" not in page
    for outage in rebuilt.outages:
        for item in outage.witnesses:
            assert item.event_uid in page
