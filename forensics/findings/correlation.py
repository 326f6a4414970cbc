"""What several events together made a finding, as a document: their group, and what was counted."""

from __future__ import annotations

from datetime import datetime

from forensics.findings.base import Document


class Part(Document, frozen=True, kw_only=True):
    """One of the rules that a correlation is built of, and how many events of a group are its."""

    rule: str
    title: str
    events: int


class GroupValue(Document, frozen=True, kw_only=True):
    """A field that events are grouped by, and the value that all of them have, in lower case."""

    field: str
    value: str


class Correlation(Document, frozen=True, kw_only=True):
    """One group of a correlation; `united` where several windows that overlap are told as one.

    `condition` is what was asked of a window, in words, `timespan` its length in seconds. `reached`
    is the greatest number that a window had (the least, where few were asked for) of what `counted`
    names; None where no number is asked for. `events` are all of them, by `accounts` different
    accounts; the evidence of the finding may list fewer. The first and the last of them lie between
    the bounds given, in UTC.
    """

    group: tuple[GroupValue, ...]
    parts: tuple[Part, ...]
    condition: str
    timespan: int
    counted: str | None
    reached: float
    events: int
    accounts: int
    united: bool
    first_earliest: datetime
    first_latest: datetime
    last_earliest: datetime
    last_latest: datetime
