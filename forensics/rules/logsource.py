"""What a rule's `logsource` means: the normalised event table, or the raw records of sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from sigma.rule import SigmaLogSource

from forensics import event
from forensics.rules import names
from forensics.rules.names import Names
from forensics.sources.declaration import Declaration, Value

NORMALISED = "admin_action"
"""The category of rules over the normalised event table; such a rule covers every source."""

_OF_LINES = ("linux", "auditd")

Vocabulary = Literal["normalised", "native"]


@dataclass(frozen=True)
class LogSource:
    """A log source of the case, as Sigma names it.

    `columns` maps a path of the raw record to the event column that holds the same text, so that
    rules can read the column instead of the record. The records may be `lines` of `key=value`,
    stand in `cells` of a table, or be carried in other objects under some paths. `bare`: some are
    rows of a plain table, kept without the names of its columns.
    """

    name: str
    product: str
    service: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    names: Names = names.NONE
    lines: bool = False
    cells: bool = False
    bare: bool = False
    carried: tuple[tuple[str, ...], ...] = ()
    declaration: Declaration | None = field(default=None, compare=False, repr=False)


def declared(declaration: Declaration) -> LogSource | None:
    """The log source of a catalog declaration; None when it names no product."""
    if declaration.product is None:
        return None
    lines = (declaration.product, declaration.service) == _OF_LINES
    # What a mapping has of lines is no path of theirs.
    told = {} if lines else declaration.event
    columns = {
        value.path: column
        for column, value in told.items()
        if value.path is not None and _is_the_text_itself(column, value)
    }
    return LogSource(
        declaration.name,
        declaration.product,
        declaration.service,
        columns,
        names.of_source(declaration.name),
        lines,
        declaration=declaration,
    )


def _is_the_text_itself(column: str, value: Value) -> bool:
    known = event.BY_NAME.get(column)
    rewritten = value.map or value.default is not None or value.format
    return known is not None and known.type == "VARCHAR" and not rewritten


@dataclass(frozen=True)
class Scope:
    """Where a rule applies: names of sources (None: all of them) and whose field names it uses."""

    vocabulary: Vocabulary
    sources: tuple[LogSource, ...] | None

    @property
    def key(self) -> tuple[str, tuple[str, ...] | None]:
        """What scopes have in common that speak of the same events in the same words."""
        names = None if self.sources is None else tuple(one.name for one in self.sources)
        return self.vocabulary, names


def scope(logsource: SigmaLogSource, present: Sequence[LogSource]) -> Scope:
    """The sources, among those present, that a rule is about; possibly none."""
    if logsource.category == NORMALISED:
        return Scope("normalised", None)
    fitting = [source for source in present if _fits(logsource, source)]
    return Scope("native", tuple(sorted(fitting, key=lambda source: source.name)))


def anywhere(logsource: SigmaLogSource) -> Scope:
    """Where it applies, whether or not any case has the log source that it speaks of."""
    name = "_".join(part for part in (logsource.product, logsource.service) if part) or "any"
    return scope(logsource, [LogSource(name, logsource.product or "any", logsource.service)])


def describe(logsource: SigmaLogSource) -> str:
    """The log source in words, for messages: `aws/cloudtrail`."""
    parts = (logsource.product, logsource.category, logsource.service)
    return "/".join(part for part in parts if part) or "any log source"


def _fits(logsource: SigmaLogSource, source: LogSource) -> bool:
    # A category without a service is about a kind of record (process_creation), not a log.
    if logsource.product is None or (logsource.category and not logsource.service):
        return False
    if logsource.product.lower() != source.product.lower():
        return False
    if logsource.service is None or source.service is None:
        return True
    return logsource.service.lower() in {source.service.lower(), *source.names.services}
