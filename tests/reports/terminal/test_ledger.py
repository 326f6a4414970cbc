"""The ledger of reading in a terminal: an overview of much, everything of a little."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from itertools import groupby

import pytest
from msgspec.structs import replace
from rich.cells import cell_len
from rich.console import Console

from forensics.findings.document import CustodyHead
from forensics.findings.ledger import (
    Counted,
    FileReading,
    Lateness,
    Ledger,
    Reading,
    SourceReading,
    Sum,
)
from forensics.reports import terminal
from forensics.reports.terminal.parts import common_folder

WIDTHS = (60, 80, 160)
LIVE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e]")
HOSTILE = "\x1b[2J\u202eevil"
TIME = datetime(2026, 1, 5, 9, tzinfo=UTC)
KNOCK = (Counted(name="knock", n=2),)
STORED = FileReading(
    path="logs/a/door.jsonl", sha256="0" * 64, size=10, status="stored", reading="whole",
    source="door", sources=(Counted(name="door", n=4),), confidence="high", format="jsonl",
    compression=None, encoding="utf-8", read=5, stored=3, duplicate=1, rejected=1, events=3,
    first_time=TIME, last_time=TIME, time_basis=(Counted(name="utc", n=3),),
    reject_reasons=(Counted(name="not JSON", n=1),), unknown_operations=KNOCK,
    unseen=("reason",), remarks=(), note=None,
)  # fmt: skip
DOOR = SourceReading(
    source="door", title="Door log", files=2, read=5, stored=3, duplicate=1, rejected=1,
    events=3, first_time=TIME, last_time=TIME, time_basis=STORED.time_basis,
    unknown_operations=KNOCK, unseen=("reason",),
    late=Lateness(threshold=900.0, logged=1, longest=3600.0, arrived=None),
    gaps=tuple(f"gap {number}" for number in range(12)), gaps_unknown=None,
    omits=("Who held the door open.",),
)  # fmt: skip


def lost(path: str, reading: Reading, remark: str, note: str | None = None) -> FileReading:
    return replace(
        STORED, path=path, reading=reading, status="unrecognised", source=None, sources=(),
        read=0, stored=0, duplicate=0, rejected=0, events=0, first_time=None, last_time=None,
        time_basis=(), reject_reasons=(), unknown_operations=(), unseen=(),
        remarks=(remark,), note=note or remark,
    )  # fmt: skip


def ledger(*files: FileReading, sources: tuple[SourceReading, ...] = (DOOR,)) -> Ledger:
    far = {how: len(list(them)) for how, them in groupby(sorted(one.reading for one in files))}
    return Ledger(
        schema=2, tool_version="1", gap_rule="A gap is a long pause.", sources=sources,
        sum=Sum(
            whole=far.get("whole", 0), in_part=far.get("in_part", 0),
            not_read=far.get("not_read", 0), set_aside=far.get("set_aside", 0),
            archives=far.get("archive", 0), read=sum(one.read for one in files),
            stored=sum(one.stored for one in files),
            duplicate=sum(one.duplicate for one in files),
            rejected=sum(one.rejected for one in files), events=sum(one.events for one in files),
            first_time=TIME, last_time=TIME,
        ),
        files=files, context=(), not_read=(), custody=CustodyHead(entries=2, head="0" * 64),
    )  # fmt: skip


def page(document: Ledger, width: int = 80, *, verbose: bool = False) -> str:
    stream = io.StringIO()
    console = Console(width=width, file=stream, force_terminal=False)
    terminal.ledger(document, console, verbose=verbose)
    text = stream.getvalue()
    assert max(cell_len(line) for line in text.splitlines()) <= width
    assert not LIVE.search(text)
    return text


def words(text: str) -> str:
    return re.sub(r"\s+", " ", text)


SMALL = ledger(
    STORED,
    lost("logs/b/1.txt", "not_read", "no known source fits",
         "no known source fits; nearest: door (lacks at)"),
    lost("logs/b/README", "set_aside", "documentation"),
)  # fmt: skip
GOLDEN = """
SUMMARY
  files    1 read whole, 1 not read, 1 set aside
           in logs/
  records  5 read = 3 stored + 1 duplicate + 1 rejected
  span     2026-01-05 09:00:00 – 2026-01-05 09:00:00 UTC
  sources  1

NOT READ  1, by reason
  1 no known source fits
    b/1.txt

REJECTED RECORDS  1, by reason
  1 not JSON
    a/door.jsonl

SET ASIDE  1, by reason
  1 documentation
    b/README

DOOR  Door log
  span         2026-01-05 09:00:00 – 2026-01-05 09:00:00 UTC
  records      5 read = 3 stored + 1 duplicate + 1 rejected, in 2 files
  time zones   utc 3
  late         1 logged more than 15 min after the act, 60 min at most
  no verb for  2 events became other: knock 2
  never seen   reason
  gaps         gap 0
               gap 1
               gap 2
               gap 3
               gap 4
               gap 5
               gap 6
               gap 7
               4 more; --verbose names them.
  omits        Who held the door open.

  A gap is a long pause.

FILES  read = stored + duplicate + rejected
  file                                               read  stored  dup  rejected
  a/door.jsonl                                          5       3    1         1
    door (high) · jsonl · 10 bytes · 2026-01-05 09:00:00 – 2026-01-05 09:00:00
    UTC · zones: utc 3 · rejected: not JSON 1
"""


def test_a_little_is_told_whole() -> None:
    assert "\n".join(line.rstrip() for line in page(SMALL).split("\n")) == GOLDEN


def of_many(count: int = 60) -> Ledger:
    """Many files and sources, and as many files that no source fits."""
    names = [f"source_{number:02d}" for number in range(count)]
    sources = tuple(
        replace(DOOR, source=name, gaps_unknown="Too little to judge gaps by." if n % 2 else None)
        for n, name in enumerate(names)
    )
    files = [replace(STORED, path=f"logs/ok/{name}") for name in names]
    files += [
        lost(f"logs/bad/{n}", "not_read", "no known source fits", f"no known source fits; {n}")
        for n in range(count)
    ]
    return ledger(*files, sources=sources)


def test_of_much_there_is_an_overview() -> None:
    text = page(of_many())
    assert len(text.splitlines()) < 5 * 60
    told = words(text)
    for answer in (
        "60 read whole, 60 not read",
        "NOT READ 60, by reason; --verbose names all 60 no known source fits bad/0 bad/1 bad/2 and",
        "REJECTED RECORDS 60, by reason",
        "source_59 5 3 1 1 2 files · 2026-01-05 09:00 – 2026-01-05 09:00 UTC",
        "2 without a verb · 12 gaps · 1 late",
        "source_00, 2: knock 2",
        "gap 0 (1 of 12) ·",
        "48 more; --verbose names them.",
        "Too little to judge gaps by, 30 sources: source_01, source_03,",
        "A gap is a long pause.",
        "forensics sources show NAME",
        "60 files; --verbose and -t json list each.",
    ):
        assert answer in told, answer
    assert "Who held the door open." not in told


def test_verbose_names_everything() -> None:
    told = words(page(of_many(), verbose=True))
    assert told.count("Who held the door open.") == 60
    assert "more" not in told.replace("more than 15 min", "")
    for number in range(60):
        assert f"bad/{number} no known source fits; {number}" in told
        assert f"ok/source_{number:02d} 5 3 1 1" in told
    assert "gap 11" in told


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("verbose", [False, True])
def test_hostile_words_are_dead_at_any_width(width: int, verbose: bool) -> None:
    file = replace(STORED, path=HOSTILE, remarks=(HOSTILE,), note=HOSTILE)
    bad = lost("logs/" + HOSTILE, "not_read", HOSTILE)
    source = replace(DOOR, unknown_operations=(Counted(name=HOSTILE, n=1),), gaps=(HOSTILE,))
    for sources in ((source,), (source,) * 9):
        assert "evil" in page(ledger(file, bad, sources=sources), width, verbose=verbose)


def test_words_are_not_broken_where_there_is_room() -> None:
    long = "The directory service records neither what was asked nor what it had been before."
    text = page(ledger(STORED, sources=(replace(DOOR, omits=(long,)),)), 60)
    for word in long.split():
        assert any(word in line for line in text.splitlines())


def test_a_source_too_short_to_judge_says_so() -> None:
    source = replace(DOOR, gaps=(), gaps_unknown="Too little to judge gaps by: 1 day.")
    assert "gaps Too little to judge gaps by: 1 day." in words(
        page(ledger(STORED, sources=(source,)))
    )
    source = replace(DOOR, gaps=(), gaps_unknown=None)
    assert "gaps none found" in words(page(ledger(STORED, sources=(source,))))


def test_nothing_at_all() -> None:
    text = words(page(ledger(sources=())))
    assert "files none" in text
    assert "SOURCES" not in text.replace("sources 0", "")


def test_remarks_on_what_was_read_are_grouped() -> None:
    files = [
        replace(STORED, path=f"logs/{n}", remarks=("records lie in the future",), note="1 record")
        for n in range(5)
    ]
    told = words(page(ledger(*files)))
    assert "TO HEED what is said of files that were read; --verbose names all" in told
    assert "5 records lie in the future 0 1 2 and 2 more" in told


def test_the_folder_that_all_files_share() -> None:
    assert common_folder(["a/b/c.log", "a/b/d/e.log"]) == "a/b/"
    assert common_folder(["/x/ab.log", "/x/ac.log"]) == "/x/"
    assert common_folder(["/x/a", "y/a"]) == common_folder(["-"]) == common_folder([]) == ""
