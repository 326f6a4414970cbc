"""A scan: every detector over one case, its findings in a fixed order, and what it left out."""

from __future__ import annotations

from forensics.detectors import all_detectors
from forensics.detectors.facts import Facts
from forensics.evidence.known import is_unread
from forensics.findings.document import LEVELS, Finding, ScanReport

SCHEMA = 1


def _unread(facts: Facts) -> list[str]:
    """Inputs that were not read as the logs they may be."""
    return [f"{row.path}: {row.told or row.status}" for row in facts.store.files if is_unread(row)]


def _order(finding: Finding) -> tuple[int, str, str, str]:
    return (-LEVELS.index(finding.level), finding.first_time.isoformat(), finding.rule, finding.id)


def scan(facts: Facts, *, tool_version: str) -> ScanReport:
    """Ask every detector; findings come gravest first."""
    answers = [one.find(facts) for one in all_detectors()]
    start, end = facts.span()
    failed = [text for one in answers for text in one.failed]
    return ScanReport(
        schema=SCHEMA,
        tool_version=tool_version,
        window_start=start,
        window_end=end,
        findings=tuple(sorted((f for a in answers for f in a.findings), key=_order)),
        coverage=facts.coverage(
            evaluated=[text for one in answers for text in one.evaluated],
            not_evaluated=[*failed, *(text for one in answers for text in one.not_evaluated)],
        ),
        incomplete=(*_unread(facts), *failed),
        remarks=tuple(text for one in answers for text in one.remarks),
        custody=facts.custody(),
    )
