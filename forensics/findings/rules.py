"""What became of Sigma rules, as documents: each evaluated over records, or why it was not."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Literal

from forensics.findings.document import CustodyHead, Document, Level

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)

RuleStatus = Literal["evaluated", "not_applicable", "unsupported"]


def short_id(rule: str) -> str:
    """The id of a rule for people: of a UUID the first eight digits, by which it can be named."""
    return rule[:8] if _UUID.fullmatch(rule) else rule


class RuleEntry(Document, frozen=True, kw_only=True):
    """One rule: what it says of itself; of a case also its `status` there.

    `records` were looked at, of which `matches` fit, and `ignored` too but by somebody's word;
    `undecided` are acts of which the records do not go on long enough to tell. `reason` says why a
    rule was not evaluated. Without a case `status` is None. `filters` are the titles of the global
    filters put into it, `replaces` the file of the tool's own rule of the same id, in whose place
    it stands.
    """

    id: str
    title: str
    level: Level
    logsource: str
    file: str
    version: str
    tags: tuple[str, ...]
    falsepositives: tuple[str, ...]
    filters: tuple[str, ...] = ()
    replaces: str | None = None
    status: RuleStatus | None = None
    records: int = 0
    matches: int = 0
    ignored: int = 0
    undecided: int = 0
    reason: str | None = None


class RuleIgnore(Document, frozen=True, kw_only=True):
    """Matches of a rule that an owner answers for until the end of a day; none once expired."""

    rule: str
    owner: str
    reason: str
    until: date
    place: str
    expired: bool
    matches: int


class RuleCoverage(Document, frozen=True, kw_only=True):
    """Every rule asked of a case; `incomplete` are faulty files and rules not supported."""

    schema: int
    tool_version: str
    window_start: datetime | None
    window_end: datetime | None
    rules: tuple[RuleEntry, ...]
    incomplete: tuple[str, ...]
    custody: CustodyHead
    ignored: tuple[RuleIgnore, ...] = ()


RuleAnswerStatus = Literal["matched", "not_matched", "undecided", "not_applicable", "unsupported"]


class RulePart(Document, frozen=True, kw_only=True):
    """A part of a rule as one record answers it; `held` is None for what asks nothing by itself.

    `found` are the values of the field that an item names, empty where the record says nothing of
    it, None for a part that names none.
    """

    kind: Literal["condition", "and", "or", "not", "selection", "item", "other field"]
    text: str
    held: bool | None
    found: tuple[str, ...] | None
    parts: tuple[RulePart, ...]


class RuleGroup(Document, frozen=True, kw_only=True):
    """A stretch of windows of a correlation that the event is part of; `keys` of its group-by."""

    keys: tuple[str, ...]
    first_time: datetime
    last_time: datetime
    reached: float
    events: int


class RuleOccurrence(Document, frozen=True, kw_only=True):
    """How often a rule occurred within the timespan before and after the event, in its group.

    `asked` is false for a rule that must not occur; `nearest` is the nearest time beyond that,
    where there was nothing within it.
    """

    rule: str
    asked: bool
    events: int
    first_time: datetime | None
    last_time: datetime | None
    nearest: datetime | None


class RuleWindow(Document, frozen=True, kw_only=True):
    """What the windows around the event came to, without being a match; None is not all met.

    `occurrences` are those of each rule, `lacking` says in sentences why it is no match.
    """

    keys: tuple[str, ...]
    reached: float | None
    occurrences: tuple[RuleOccurrence, ...] = ()
    lacking: tuple[str, ...] = ()


class RuleTogether(Document, frozen=True, kw_only=True):
    """A correlation about one event: what it asks, its groups with the event, and near ones.

    `undecided`: the records do not go on, or back, long enough to tell; where they would have to go
    on, it is to `until`. `outside` says why the event is in no group.
    """

    type: str
    condition: str
    group_by: tuple[str, ...]
    timespan: str
    groups: tuple[RuleGroup, ...]
    nearest: tuple[RuleWindow, ...]
    undecided: bool
    until: datetime | None = None
    outside: str | None = None


class RuleAnswer(Document, frozen=True, kw_only=True):
    """One rule about one event: each of its conditions, of which one must hold.

    Of a correlation, `together` says how the event counted, and `rules` what each rule that it
    stands on says of the event. `reason` says why it could not be asked. Selections of the first of
    the global `filters` begin with `_filt_1`, and so on.
    """

    id: str
    title: str
    level: Level
    logsource: str
    file: str
    version: str
    status: RuleAnswerStatus
    filters: tuple[str, ...] = ()
    reason: str | None = None
    conditions: tuple[RulePart, ...] = ()
    together: RuleTogether | None = None
    rules: tuple[RuleAnswer, ...] = ()


class RuleEvent(Document, frozen=True, kw_only=True):
    """The event that was asked about; a record without a time has none here."""

    event_uid: str
    source: str
    time: datetime | None
    actor: str | None
    action: str
    operation: str | None
    target: str | None


class RuleExplanation(Document, frozen=True, kw_only=True):
    """One rule asked of one event; `incomplete` are the faulty files beside it."""

    schema: int
    tool_version: str
    event: RuleEvent
    answer: RuleAnswer
    incomplete: tuple[str, ...]
    custody: CustodyHead


class RuleCost(Document, frozen=True, kw_only=True):
    """What one rule costs by itself: `seconds` of processor time over `records`."""

    id: str
    title: str
    level: Level
    logsource: str
    file: str
    version: str
    records: int
    matches: int
    seconds: float


class RuleProfile(Document, frozen=True, kw_only=True):
    """The cost of rules, the dearest first, measured as `method` says; never twice the same.

    `together` is the cost of one scan with all of them, `alone` the sum of each by itself, both in
    seconds. `not_asked` rules are not applicable or not supported.
    """

    schema: int
    tool_version: str
    method: str
    together: float
    alone: float
    rules: tuple[RuleCost, ...]
    not_asked: int
    incomplete: tuple[str, ...]
    custody: CustodyHead
