"""What witnesses say, in a terminal of any width and in the report: complete, and never live."""

from __future__ import annotations

import io
import re
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
import yaml
from msgspec.structs import replace
from rich.cells import cell_len
from rich.console import Console

from forensics.detectors.facts import as_document
from forensics.findings import testimony as documents
from forensics.findings.document import Reconstruction, decode, encode
from forensics.reports import html, terminal, witnesses
from forensics.timeline import statements
from forensics.timeline import witnesses as weighing
from forensics.timeline.model import TargetHistory
from forensics.timeline.statements import Statements

PRESS = Path(__file__).parents[2] / "sample_logs" / "press-claims" / "statements.yml"
NEW_YORK = ZoneInfo("America/New_York")
LIVE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e]")
HOSTILE = '"><script>x</script>{{ 7 * 7 }}[bold]=\x1b[2J\u202e'


def weighed(read: Statements) -> documents.Testimony:
    history = TargetHistory("@headofstate", (), None, None, (), (), (), ())
    (outage,) = weighing.apply(history, read, lambda _: {}).outages
    return as_document(documents.Testimony, outage.testimony)


@pytest.fixture
def press(eleven_minutes: Reconstruction) -> Reconstruction:
    """The sample answer with the press claims beside it."""
    (outage,) = eleven_minutes.outages
    testimony = weighed(statements.load([PRESS]))
    return replace(eleven_minutes, outages=(replace(outage, testimony=testimony),))


@pytest.fixture
def hostile(eleven_minutes: Reconstruction) -> Reconstruction:
    """The same with hostile text wherever a statement may carry text."""
    listed = {
        "target": "@headofstate",
        "statements": [
            {
                "id": f"s{minute}",
                "who": HOSTILE,
                "start": f"exactly 2017-11-02 22:{minute} UTC",
                "reference": HOSTILE,
                "quote": HOSTILE,
            }
            for minute in (10, 20)
        ],
    }
    data = yaml.safe_dump(listed, allow_unicode=True).encode()
    read = Statements(statements.parse(data, "said.yml"), (("said.yml", "0" * 64),))
    (outage,) = eleven_minutes.outages
    changed = replace(outage, testimony=weighed(read))
    return replace(eleven_minutes, outages=(changed,))


def shown(document: Reconstruction, width: int, zone: ZoneInfo | None = None) -> str:
    stream = io.StringIO()
    terminal.outage(document, Console(width=width, file=stream, force_terminal=False), zone)
    text = stream.getvalue()
    assert max(cell_len(line) for line in text.splitlines()) <= width
    assert not LIVE.search(text)
    return " ".join(text.split())


ANSWERS = (
    "At most 6 of 9 claims can hold together; there are 3 ways to give up only 3.",
    "not before 2017-11-02 22:45:00 UTC (18:45:00 −04:00) by npr · grade D · 1 source",
    "not after 2017-11-02 23:02:00 UTC (19:02:00 −04:00) by platform-length + post-start",
    "at least 10 min 30 s by platform-length · grade C · 1 source",
    "politico-start inconsistent · Politico, grade D",
    "contradicts afp-start, mashable-start, npr, post-start, thewrap-start",
    "cannot stand beside afp-start and platform-length together",
    "1 loses least; gives up afp-start, mashable-start, politico-start",
    "lasted 11 minutes: 10 min 30 s – 12 min",
    "statements.yml:13",
)


@pytest.mark.parametrize("width", [80, 100, 160])
def test_a_terminal_tells_who_says_what(press: Reconstruction, width: int) -> None:
    text = shown(press, width, NEW_YORK)
    for answer in ANSWERS:
        assert answer in text


def test_an_answer_without_statements_says_nothing_of_witnesses(
    eleven_minutes: Reconstruction,
) -> None:
    assert "WITNESSES" not in shown(eleven_minutes, 100)
    assert 'id="witnesses"' not in html.outage(eleven_minutes)


def test_the_report_has_a_chapter(press: Reconstruction) -> None:
    page = html.outage(press, zone=NEW_YORK)
    chapter = page.split('id="witnesses"')[1].split("<h2")[0]
    assert chapter.count("<tr") == 1 + 9 + 1 + 5
    for text in (
        "not before 2017-11-02 22:45:00 UTC (18:45:00 −04:00)",
        "contradicts afp-start, mashable-start, npr, post-start, thewrap-start",
        "never an average",
        "in dispute",
    ):
        assert text in chapter


def test_what_only_witnesses_tell_is_drawn_and_summed_up_so(press: Reconstruction) -> None:
    (outage,) = press.outages
    assert outage.testimony is not None
    assert not witnesses.is_told(replace(outage, testimony=None))
    closed = replace(outage.testimony, records_close=("start", "end", "duration"))
    page = html.outage(replace(press, outages=(replace(outage, testimony=closed),)))
    assert 'class="fill-down"' in page and 'class="fill-told"' not in page
    page, text = html.outage(press), shown(press, 100)
    assert 'class="fill-told"' in page and 'class="fill-down"' not in page
    assert "▓ down, if witnesses are right" in text and "█" not in text
    summary = page.split('id="summary">')[1].split("</div>")[0]
    for told in (
        "by what witnesses say; grade A: system of record",
        "At most 6 of 9 claims can hold together",
    ):
        assert told in summary
    assert "At most 6 of 9 claims" in text.split("WHO AND HOW")[0]


def test_hostile_statements_are_dead(hostile: Reconstruction) -> None:
    text = shown(hostile, 100)
    assert "\\x1b[2J" in text or "[2J" in text
    assert "[bold]" in text
    page = html.outage(hostile)
    assert "<script" not in page
    assert "{{ 7 * 7 }}" in page
    assert not LIVE.search(page)


def test_the_document_reads_back(press: Reconstruction) -> None:
    assert decode(encode(press), Reconstruction) == press
    raw = msgspec.json.decode(encode(press))
    assert len(raw["outages"][0]["testimony"]["claims"]) == 9


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        ((630.0, 720.0), "10 min 30 s – 12 min"),
        ((660.0, 660.0), "11 min"),
        ((0.0, 90.5), "at most 1 min 30.5 s"),
        ((3.0, None), "at least 3 s"),
        ((0.0, None), "any length"),
    ],
)
def test_lengths_in_words(bounds: tuple[float, float | None], words: str) -> None:
    assert witnesses.length(*bounds) == words
