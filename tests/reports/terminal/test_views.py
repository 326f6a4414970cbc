"""Terminal views fit their width, say the essential, and show hostile text dead."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from msgspec.structs import replace
from rich.cells import cell_len
from rich.console import Console

from forensics.findings.document import ActorProfile, Duration, Reconstruction, ScanReport
from forensics.reports import terminal

WIDTHS = (80, 100, 160)
LIVE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e]")


def shown(view: Callable[[Console], None], width: int) -> str:
    stream = io.StringIO()
    view(Console(width=width, file=stream, force_terminal=False))
    text = stream.getvalue()
    assert max(cell_len(line) for line in text.splitlines()) <= width
    assert not LIVE.search(text)
    return text


def words(text: str) -> str:
    return re.sub(r"[\s│]+", " ", text)


@pytest.mark.parametrize("width", WIDTHS)
def test_outage_answers_the_questions(eleven_minutes: Reconstruction, width: int) -> None:
    text = words(shown(lambda console: terminal.outage(eleven_minutes, console), width))
    for answer in (
        "down 11 min 0 s (10 min 59.999 s – 11 min 0.001 s)",
        "from 2017-11-02 22:49:56.412 ±0.1 s UTC (15:49:56 −07:00)",
        "tier vip",
        "account contractor-7 executed account.deactivate",
        "last working day",
        "zone America/Los_Angeles (worker)",
        "No approval was requested, granted or denied",
        "account lead-sf-1 executed account.restore",
        "status_probe confirms the outage",
        "✗ violation",
        "missing: queue membership",
        "E7:26190",
        "read = stored + duplicate + rejected",
    ):
        assert answer in text, answer


def test_bar_is_drawn(eleven_minutes: Reconstruction) -> None:
    text = shown(lambda console: terminal.outage(eleven_minutes, console, ZoneInfo("UTC")), 80)
    (state,) = re.findall(r"^state   (.*)$", text, re.MULTILINE)
    assert re.fullmatch("░+▒█+▒░+", state.strip())
    (checks,) = re.findall(r"^checks  (.*)$", text, re.MULTILINE)
    assert re.fullmatch("▲ +▽─+ 11 × down ─+▽ +▲", checks.strip())
    assert "−07:00" not in text.split("WHO AND HOW")[0]


def test_overview_is_the_beginning_of_the_whole(eleven_minutes: Reconstruction) -> None:
    whole = shown(lambda console: terminal.outage(eleven_minutes, console), 100)
    overview = shown(lambda console: terminal.overview(eleven_minutes, console), 100)
    assert whole.startswith(overview)
    assert "POLICIES" in overview
    assert "AROUND IT" not in overview


def test_open_outage_points_onward(eleven_minutes: Reconstruction) -> None:
    ongoing = replace(
        eleven_minutes.outages[0],
        end_earliest=None,
        end_latest=None,
        ended_by=None,
        restorer=None,
        actor=None,
        probe=(),
        verdicts=(),
        duration=Duration(shortest=0.0, longest=None),
    )
    document = replace(eleven_minutes, outages=(ongoing,))
    text = shown(lambda console: terminal.outage(document, console), 80)
    assert re.search("^state   ░+▒+▶$", text, re.MULTILINE)
    assert "no end seen" in text
    assert "No policy was judged" in text


def test_no_outage_is_said(eleven_minutes: Reconstruction) -> None:
    document = replace(eleven_minutes, outages=(), window_start=None, window_end=None)
    text = shown(lambda console: terminal.outage(document, console), 80)
    assert "@headofstate: no outage in this window" in text
    assert "LIMITS" in text


def test_hostile_log_text_is_shown_literally(eleven_minutes: Reconstruction) -> None:
    hostile = replace(eleven_minutes, target="[bold red]@x[/]\x1b[2J\u202e\nFORGED")
    text = shown(lambda console: terminal.outage(hostile, console), 160)
    assert "[bold red]@x[/]␛[2J\\u{202e}⏎FORGED" in text
    assert "␛[31mred␛[0m <script>alert(1)</script>" in text
    assert "[link=https://e.example]x[/link]" in text


def test_colour_only_repeats_what_is_written(eleven_minutes: Reconstruction) -> None:
    stream = io.StringIO()
    console = Console(width=80, file=stream, force_terminal=True, color_system="truecolor")
    terminal.outage(eleven_minutes, console)
    coloured = stream.getvalue()
    assert "\x1b[" in coloured
    plain = shown(lambda console: terminal.outage(eleven_minutes, console), 80)
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == plain


def test_pictures_can_be_exported(eleven_minutes: Reconstruction) -> None:
    pictures = []
    for _ in range(2):
        console = Console(width=100, record=True, file=io.StringIO())
        terminal.outage(eleven_minutes, console)
        pictures.append(console.export_svg(title="outage", unique_id="outage"))
    assert pictures[0] == pictures[1]
    assert "&lt;script&gt;" in pictures[0]


@pytest.mark.parametrize("width", WIDTHS)
def test_scan_shows_doubt_with_every_finding(eleven_minutes_scan: ScanReport, width: int) -> None:
    text = words(shown(lambda console: terminal.scan(eleven_minutes_scan, console), width))
    for finding in eleven_minutes_scan.findings:
        for sentence in (finding.id, *finding.innocent, *finding.refutes, *finding.missing):
            assert sentence in text
    assert text.index("CRITICAL") < text.index("MEDIUM")
    assert "record 26190" in text


def test_an_empty_scan_is_no_clean_bill(eleven_minutes_scan: ScanReport) -> None:
    empty = replace(eleven_minutes_scan, findings=())
    text = shown(lambda console: terminal.scan(empty, console), 80)
    assert "SCAN  0 findings" in text
    assert "no proof of absence" in text


def events(**changed: object) -> pa.Table:
    event = {
        "time": datetime(2017, 11, 2, 22, 50, 3, 412_000, tzinfo=UTC),
        "source": "moderation_console",
        "actor": "contractor-7",
        "action": "account.deactivate",
        "operation": "account_deactivated",
        "target": "@headofstate",
        "outcome": "success",
        "file": "logs/console.jsonl.gz",
        "record_no": 26190,
    } | changed
    return pa.Table.from_pylist([event])


@pytest.mark.parametrize("width", WIDTHS)
def test_timeline_lines_lead_to_file_and_record(width: int) -> None:
    zone = ZoneInfo("Asia/Manila")
    text = shown(lambda console: terminal.timeline(events(), console, zone), width)
    assert "2017-11-02 UTC · Asia/Manila (UTC+08:00)" in text
    assert "22:50:03.412 06:50:03 +1d" in text
    assert "1:26190" in text
    assert "file 1: logs/console.jsonl.gz" in text


def test_timeline_shows_what_is_odd() -> None:
    denied = events(action="other", outcome="denied", actor=None, target="\x1b]0;x\x07")
    text = shown(lambda console: terminal.timeline(denied, console), 80)
    assert "account_deactivated" in text
    assert "(denied)" in text
    assert "␛]0;x␇" in text
    undated = pa.Table.from_pylist([dict(events().to_pylist()[0], time=None)])
    assert "no time recorded" in shown(lambda console: terminal.timeline(undated, console), 80)


def test_timeline_shows_the_raw_record_dead() -> None:
    raw = events(raw='{"text":"\x1b[31m[red]"}')
    text = shown(lambda console: terminal.timeline(raw, console), 80)
    assert '{"text":"␛[31m[red]"}' in text


def test_coverage_counts_every_record(eleven_minutes: Reconstruction) -> None:
    text = shown(lambda console: terminal.coverage(eleven_minutes.coverage, console), 120)
    assert re.search(r"moderation_console_late\.jsonl\.gz +1,612 +40 +1,572 +0", text)
    assert "P9-case-and-queue: no relation" in text


@pytest.mark.parametrize("width", WIDTHS)
def test_actor_is_an_account_first(eleven_minutes_actor: ActorProfile, width: int) -> None:
    text = words(shown(lambda console: terminal.actor(eleven_minutes_actor, console), width))
    for answer in (
        "ACCOUNT contractor-7",
        "contractor-7 → P-0107",
        "grade B",
        "last working day",
        "2,411 in 42 sessions",
        "801 case.view",
        "10.20.7.31",
        "22:49:56.412",
        "E2:26190",
    ):
        assert answer in text, answer


def test_an_unknown_actor_is_not_guessed(eleven_minutes_actor: ActorProfile) -> None:
    nobody = replace(
        eleven_minutes_actor,
        person=None,
        events=0,
        first_seen=None,
        last_seen=None,
        actions=(),
        destructive=(),
    )
    text = shown(lambda console: terminal.actor(nobody, console), 80)
    assert "not resolved" in text
    assert "never in these records" in text
    assert "none in these records" in text


def test_only_the_latest_destructive_acts_are_listed(eleven_minutes_actor: ActorProfile) -> None:
    first = eleven_minutes_actor.destructive[0]
    many = tuple(replace(first, event_uid=f"{n:032x}", record_no=n) for n in range(25))
    text = shown(lambda c: terminal.actor(replace(eleven_minutes_actor, destructive=many), c), 80)
    assert "and 5 earlier" in text
    assert "E20:24" in text
    assert "E21" not in text
