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

from forensics.findings.course import Step
from forensics.findings.document import (
    Duration,
    Reconstruction,
    ScanReport,
)
from forensics.findings.profile import ActorProfile
from forensics.reports import html, terminal

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
        "from 2017-11-02 22:49:56.41 ±0.11 s UTC (15:49:56 −07:00)",
        "tier vip",
        "account contractor-7 executed account.deactivate",
        "last working day",
        "zone America/Los_Angeles (worker)",
        "No approval was requested, granted or denied",
        "account lead-sf-1 executed account.restore",
        "status_probe confirms the outage",
        "✗ violation",
        "missing: queue membership",
        "E8 01493f89:26190",
        "E6, E9,",
        "known now the same",
        "3 policies evaluated",
        "3 more, over a day before or after, are in the report",
        "read = stored + duplicate + rejected",
    ):
        assert answer in text, answer


@pytest.mark.parametrize("view", [terminal.outage, terminal.overview])
def test_the_doubt_stands_before_the_holder(
    doubted: Reconstruction, view: Callable[[Reconstruction, Console], None]
) -> None:
    text = words(shown(lambda console: view(doubted, console), 100))
    header, rest = text.split("WHO AND HOW")
    assert "who used the account is not established; see below" in header
    assert rest.index("used by The account is contractor-7; who used it is not established") < (
        rest.index("holder contractor-7 →")
    )
    assert rest.index("holder contractor-7 →") < rest.index("last working day")


def test_the_hash_of_the_inputs_is_not_called_the_custody_head(
    eleven_minutes: Reconstruction,
) -> None:
    text = shown(lambda console: terminal.outage(eleven_minutes, console), 100)
    assert f"SHA-256 over all inputs {eleven_minutes.custody.head[:16]}" in text
    assert "custody head" not in text


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


ODD = {
    "no outage": ("@headofstate: no outage in these records", "No record tells of its state."),
    "open": ("until no end seen", "No end of the outage was seen in the data."),
    "inferred ends": ("grade E: inferred", "▼ no recorded act", "No policy was judged"),
    "hardly known": ("down no end seen", "so nothing is known around it", "no end seen"),
    "several": ("@headofstate: 3 outages", "OUTAGE 3 of 3", "2 2017-11-08"),
    "no verdicts": ("No policy was judged for this act.",),
    "hostile": ("␛[2J\\u{202e}␀⏎", "[bold]", "{{ 7 * 7 }}"),
}


@pytest.mark.parametrize("width", (60, *WIDTHS))
@pytest.mark.parametrize("name", ODD)
def test_odd_answers_are_whole(odd: dict[str, Reconstruction], name: str, width: int) -> None:
    text = words(shown(lambda console: terminal.outage(odd[name], console), width))
    for answer in ODD[name]:
        assert answer in text, answer
    for section in ("STATES", "LIMITS", "COVERAGE", "EVIDENCE"):
        assert section in text
    overview = words(shown(lambda console: terminal.overview(odd[name], console), width))
    assert text.startswith(overview[:60])


def test_the_drawn_open_outage_is_certain_while_checks_saw_it_down(
    odd: dict[str, Reconstruction],
) -> None:
    text = shown(lambda console: terminal.outage(odd["open"], console), 160)
    assert re.search("^state   ░+▒█+▒+▶$", text, re.MULTILINE)


def test_agreeing_beliefs_are_told_once(eleven_minutes: Reconstruction) -> None:
    text = shown(lambda console: terminal.outage(eleven_minutes, console), 160)
    assert text.count("not judged") == 1  # P9 was judged as known now alone
    assert "then not judged" in text
    assert re.search("P3-after-end .* ✓ compliant *$", text, re.MULTILINE)


def test_differing_beliefs_are_both_told(eleven_minutes: Reconstruction) -> None:
    (outage,) = eleven_minutes.outages
    then = outage.verdicts[0]
    now = replace(then, as_known="now", value="unknown", missing=("who granted it",))
    assert outage.actor is not None
    learned = replace(outage.actor.now, phases=("notice",), sentence="As known now, in notice.")
    actor = replace(outage.actor, now=learned, learned_later=True)
    document = replace(
        eleven_minutes, outages=(replace(outage, verdicts=(then, now), actor=actor),)
    )
    text = words(shown(lambda console: terminal.outage(document, console), 160))
    assert "then ✗ violation" in text
    assert "now ? unknown" in text
    assert "known now in notice – As known now, in notice." in text
    assert "the same" not in text


def test_bounds_are_not_said_again(eleven_minutes: Reconstruction) -> None:
    text = words(shown(lambda console: terminal.outage(eleven_minutes, console), 160))
    assert "noted Both ends are stamped by moderation_console" in text
    assert "That is at least" not in text


@pytest.mark.parametrize("width", WIDTHS)
def test_what_is_cited_has_a_number(approved: Reconstruction, width: int) -> None:
    text = shown(lambda console: terminal.outage(approved, console), width)
    cited = {uid for outage in approved.outages for uid in outage.probe[0].evidence}
    index = text.index("EVIDENCE")
    for uid in (*cited, "a" * 32):
        assert uid[:6] not in text[:index]
    around = text.split("AROUND IT")[1].split("COUNTS")[0]
    assert "E1 " in around
    assert "lead-sf-1 granted" in words(around)
    assert "probe-1" not in around
    assert re.search(r"E1 [0-9a-f]{8}:20001", text)


def test_what_was_written_stands_beside_the_act(eleven_minutes: Reconstruction) -> None:
    (outage,) = eleven_minutes.outages
    assert outage.started_by is not None
    uid = outage.started_by.event_uid
    around = tuple(
        replace(one, notes=("ada: see [bold]ticket 7",), tags=("key",))
        if one.event_uid == uid
        else one
        for one in outage.around
    )
    changed = replace(outage, around=around, started_by=replace(outage.started_by, notes=()))
    document = replace(eleven_minutes, outages=(replace(changed, started_by=None),))
    text = words(shown(lambda console: terminal.outage(document, console), 100))
    near = text.split("AROUND IT")[1].split("COUNTS")[0]
    assert "note ada: see [bold]ticket 7 tags key" in near
    assert "are checks and other records that lines above cite" in near
    page = html.outage(document)
    assert page.count("Note by ada: see [bold]ticket 7") == 2


def test_the_derivation_leads_from_the_stamp_to_the_answer(eleven_minutes: Reconstruction) -> None:
    (outage,) = eleven_minutes.outages
    assert outage.started_by is not None
    step = Step(
        rule="begins",
        state="deactivated",
        earliest=outage.start_earliest,
        latest=outage.start_latest,
        evidence=(outage.started_by.event_uid,),
        sentence="It is deactivated from here.",
        clocks=("stamped 22:50:03.412Z by console, to 0.001 s; that clock is 7 s ahead",),
    )
    document = replace(eleven_minutes, derivation=(step,))
    text = words(shown(lambda console: terminal.derivation(document, console), 100))
    assert "that clock is 7 s ahead 2017-11-02 22:49:56.41 ±0.11 s (UTC)" in text
    assert all(limit.split(",")[0] in text for limit in document.limits)
    assert "E8 01493f89:26190" in text.split("EVIDENCE")[1]
    assert "that clock is 7 s ahead" in html.outage(document)


def test_of_many_files_those_read_whole_are_told_together(eleven_minutes: Reconstruction) -> None:
    file = next(one for one in eleven_minutes.coverage.files if one.source)
    plain = replace(file, rejected=0, note=None)
    many = tuple(replace(plain, file=f"logs/{n}.json") for n in range(40))
    odd = replace(file, file="logs/odd.json", rejected=3)
    document = replace(eleven_minutes.coverage, files=(*many, odd), gaps=())
    text = words(shown(lambda console: terminal.coverage(document, console), 100))
    assert f"40 files of {file.source} {40 * file.read:,}" in text
    assert "odd.json" in text
    assert "7.json" not in text


def test_an_approval_is_shown_however_far_and_many_the_acts(approved: Reconstruction) -> None:
    (outage,) = approved.outages
    act = outage.around[0]
    many = tuple(replace(act, event_uid=f"{n:032x}", record_no=n) for n in range(60))
    crowded = replace(approved, outages=(replace(outage, around=many),))
    text = words(shown(lambda console: terminal.outage(crowded, console), 160))
    assert "lead-sf-1 granted account.deactivate on @headofstate to contractor-7." in text
    assert "39 more, farther from the outage" in text


def test_a_step_of_approval_is_not_said_twice(approved: Reconstruction) -> None:
    text = words(shown(lambda console: terminal.outage(approved, console), 160))
    assert "requested: contractor-7 asked for account.deactivate" in text
    assert text.count("granted account.deactivate at 2017-11-02 12:50:03Z") == 1


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
        assert finding.id in text
        assert all(sentence in text for sentence in finding.missing)
        if finding.level in ("critical", "high", "medium"):
            assert all(sentence in text for sentence in (*finding.innocent, *finding.refutes))
    levels = [text.index(f" {level} ") for level in ("CRITICAL", "MEDIUM", "LOW", "INFORMATIONAL")]
    assert levels == sorted(levels)
    assert "record 26190" in text


@pytest.mark.parametrize("width", WIDTHS)
def test_low_findings_are_told_in_short(eleven_minutes_scan: ScanReport, width: int) -> None:
    text = words(shown(lambda console: terminal.scan(eleven_minutes_scan, console), width))
    (low,) = re.findall(r" LOW Could not be judged.*?2601aa9da1d1b4bd", text)
    assert "4 acts could not be judged." in low
    assert "A second sentence" not in low
    assert "innocent if" not in low
    assert "4 of 4: acts in this finding" in low
    assert low.count("executed account.suspend") == 2
    assert low.count("moderation_console.jsonl.gz") == 1
    assert "and 2 more in the report" in low
    assert "? unknown · P3-after-end" in low
    assert "• rule matched · mfa_reset_of_another_account · 542e8530e1cdb915" in text


@pytest.mark.parametrize("width", WIDTHS)
def test_informational_findings_are_one_table(eleven_minutes_scan: ScanReport, width: int) -> None:
    text = shown(lambda console: terminal.scan(eleven_minutes_scan, console), width)
    lines = text.split("INFORMATIONAL ")[1].split("COVERAGE")[0].splitlines()
    assert sum("stamped (UTC)" in line for line in lines) == 1
    assert sum("data_exported" in line for line in lines) == 1
    for row in (
        "lead-mnl-1 33 of 59 2017-10-16 – 2017-11-02 7298993cfd40180c",
        "lead-dub-1 1,149 of 2,080 2017-10-16 fc2118987e0b21c2",
        "not recorded 12 of 12 2017-10-17 – 2017-10-18 c469fcdd04e360ec",
    ):
        assert any(words(line).strip() == row for line in lines), row
    ids = [line.rstrip().rfind(" ") for line in lines if re.search("[0-9a-f]{16} *$", line)]
    assert len(ids) == 3
    assert len(set(ids)) == 1


def test_evaluated_checks_are_counted(eleven_minutes_scan: ScanReport) -> None:
    text = shown(lambda console: terminal.scan(eleven_minutes_scan, console), 100)
    assert "3 policies, 3 rules evaluated" in text
    assert "28775 records" not in text
    odd = replace(eleven_minutes_scan.coverage, evaluated=("policy P1 (x)", "clock of okta"))
    assert "1 policy, 1 other check evaluated" in shown(lambda c: terminal.coverage(odd, c), 80)
    none = replace(odd, evaluated=())
    assert "nothing evaluated" in shown(lambda c: terminal.coverage(none, c), 80)


@pytest.mark.parametrize("width", (60, *WIDTHS))
def test_hostile_findings_and_profiles_are_dead(
    hostile_scan: ScanReport, hostile_actor: ActorProfile, width: int
) -> None:
    assert "[bold]" in shown(lambda console: terminal.scan(hostile_scan, console), width)
    assert "[bold]" in shown(lambda console: terminal.actor(hostile_actor, console), width)


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
    assert "2017-11-02 UTC · Asia/Manila (UTC+08:00), as stamped" in text
    assert "22:50:03.412 06:50:03 +1d" in text
    assert "1:26190" in text
    assert "file 1: logs/console.jsonl.gz" in text


WRITTEN = {
    "us": "22:50:03.412000",
    "ms": "22:50:03.412",
    "s": "22:50:03",
    "min": "22:50",
    "day": "",
}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("precision", WRITTEN)
def test_timeline_shows_only_the_digits_of_the_record(precision: str, width: int) -> None:
    zone = ZoneInfo("Asia/Manila")
    table = events(time_precision=precision, time_basis="utc")
    line = shown(lambda console: terminal.timeline(table, console, zone), width).splitlines()[1]
    there = "06:50:03"[: len(WRITTEN[precision])]
    told = [WRITTEN[precision], there, "+1d"] if there else []
    assert line.split("contr")[0].split() == told


@pytest.mark.parametrize(
    ("basis", "mark"),
    [("assumed", "~"), ("ambiguous", "?"), ("nonexistent", "?"), ("utc", ""), ("offset", "")],
)
def test_timeline_marks_times_that_are_not_certain(basis: str, mark: str) -> None:
    table = events(time_precision="s", time_basis=basis)
    text = shown(lambda console: terminal.timeline(table, console), 80)
    assert f"22:50:03{mark} " in text
    notes = re.findall(r"^[~?] .*$", text, re.MULTILINE)
    assert len(notes) == bool(mark)
    assert all(note.startswith(mark) for note in notes)


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
    assert "3 more" not in text
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
        "in notice",
        "798 success, 3 denied",
        "US · AS 64496",
        "HOURS OF THE DAY zone by the worker",
        "most in the hour from 15 America/Los_Angeles, 22 UTC: 330",
        "33.2 % 801 of 2,411",
        "10.20.7.31",
        "22:49:56.41",
        "E2 01493f89:26190",
    ):
        assert answer in text, answer


def test_one_session_is_not_several(eleven_minutes_actor: ActorProfile) -> None:
    once = replace(eleven_minutes_actor, sessions=1)
    assert "in 1 session " in shown(lambda console: terminal.actor(once, console), 80)


def test_an_unknown_actor_is_not_guessed(eleven_minutes_actor: ActorProfile) -> None:
    nobody = replace(
        eleven_minutes_actor,
        person=None,
        events=0,
        first_seen=None,
        last_seen=None,
        employment=(),
        operations=(),
        peers=None,
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
    assert "E20 00000000:24" in text
    assert "E21" not in text
