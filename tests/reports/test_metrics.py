"""The text format of metrics, against its grammar."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from forensics.findings.document import LEVELS, Coverage
from forensics.findings.standing import STATES, FindingList, ScanRecord
from forensics.reports import metrics

DAY = datetime(2017, 11, 2, tzinfo=UTC)
SAMPLE = re.compile(
    r'(?P<name>[a-z_]+)(\{(?P<labels>([a-z]+="([^"\\\n]|\\["\\n])*",?)+)\})? (?P<value>[0-9.e+-]+)'
)
SCAN = ScanRecord(
    scan=3, time=DAY, tool="t", complete=True, seconds=2.5, inputs=1, evidence="e", segments=1,
    added=1, window_start=None, window_end=None, evaluated=(), not_evaluated=("a", "b"),
    incomplete=(), findings=0, new=0,
)  # fmt: skip


def night(*sources: str, success: datetime | None = DAY) -> metrics.Night:
    return metrics.Night(
        scan=SCAN,
        standings=FindingList(schema=1, tool_version="0", at=DAY, scan=SCAN, findings=()),
        coverage=Coverage(files=(), context=(), evaluated=(), not_evaluated=(), gaps=()),
        success=success,
        latest=dict.fromkeys(sources, DAY),
        unnotified=0,
    )


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), unique=True, max_size=5))
def test_every_line_is_of_the_format_and_labels_read_back(sources: list[str]) -> None:
    text = metrics.exposition(night(*sources))
    assert text.endswith("\n")
    told: list[str] = []
    declared = ""
    for line in text[:-1].split("\n"):
        if line.startswith("# TYPE "):
            declared = line.split(" ")[2]
        elif not line.startswith("# HELP "):
            sample = SAMPLE.fullmatch(line)
            assert sample, line
            assert sample["name"] == declared
            if declared == "forensics_source_last_record_timestamp_seconds":
                value = sample["labels"].removeprefix('source="').removesuffix('"')
                told.append(re.sub(r'\\(["\\n])', lambda m: "\n" if m[1] == "n" else m[1], value))
    assert told == sorted(sources)


def test_all_states_are_there_and_what_never_was_is_not() -> None:
    text = metrics.exposition(night(success=None))
    zeros = re.findall(r"^forensics_case_findings\{.*\} 0$", text, re.MULTILINE)
    assert len(zeros) == len(set(zeros)) == len(LEVELS) * len(STATES)
    assert "last_success" not in text
    assert "source_last_record" not in text
    assert "forensics_scan_duration_seconds 2.5\n" in text
    assert "forensics_scan_not_evaluated 2\n" in text
    assert f"forensics_scan_timestamp_seconds {DAY.timestamp()!r}\n" in text
