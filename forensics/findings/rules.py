"""What became of Sigma rules, as documents: each evaluated over records, or why it was not."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from forensics.findings.document import CustodyHead, Document, Level

RuleStatus = Literal["evaluated", "not_applicable", "unsupported"]


class RuleEntry(Document, frozen=True, kw_only=True):
    """One rule: what it says of itself; of a case also its `status` there.

    `records` were looked at, of which `matches` fit; `undecided` are acts of which the records do
    not go on long enough to tell. `reason` says why a rule was not evaluated. Without a case
    `status` is None.
    """

    id: str
    title: str
    level: Level
    logsource: str
    file: str
    version: str
    tags: tuple[str, ...]
    falsepositives: tuple[str, ...]
    status: RuleStatus | None = None
    records: int = 0
    matches: int = 0
    undecided: int = 0
    reason: str | None = None


class RuleCoverage(Document, frozen=True, kw_only=True):
    """Every rule asked of a case; `incomplete` are faulty files and rules not supported."""

    schema: int
    tool_version: str
    window_start: datetime | None
    window_end: datetime | None
    rules: tuple[RuleEntry, ...]
    incomplete: tuple[str, ...]
    custody: CustodyHead
