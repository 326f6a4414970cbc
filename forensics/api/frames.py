"""Questions to the events of a case, with DataFrames for answers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Unpack

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from forensics.timeline.asking import Filters, Questions


class Frames(ABC):
    """What `forensics timeline` and `forensics note list` ask, as methods.

    `text` is a query as on the command line; `query=` names it too. The keywords that all take
    beside it are `forensics.timeline.asking.Filters`: `actor`, `target`, `action`, `source`,
    `since`, `until`, `around`, `window`, `same`, `context`, `limit`, `raw`, `zone`. What is not
    understood raises `UsageError`. Times are aware, in UTC; what a record does not say is
    missing.
    """

    @property
    @abstractmethod
    def questions(self) -> Questions:
        """The same questions, with Arrow tables for answers."""

    def timeline_table(self, text: str | None = None, **filters: Unpack[Filters]) -> pa.Table:
        """The same as `timeline`, as an Arrow table."""
        return self.questions.timeline(text, **filters)

    def timeline(self, text: str | None = None, **filters: Unpack[Filters]) -> pd.DataFrame:
        """Events in total order; takes a query, and the keywords of the class.

        Columns: those of the event table (docs/reference/events.md), `file` and `file_sha256`,
        `notes` and `tags`, `order_to_previous`; `raw` where asked for; with `context` `matched`.
        """
        return _frame(self.questions.timeline(text, **filters))

    def count_by(
        self, fields: str | Sequence[str], text: str | None = None, **filters: Unpack[Filters]
    ) -> pd.DataFrame:
        """How many events bear each value of a field, or combination of several, most first.

        `fields` are event columns or `raw.a.path`. Columns: one by the name of each field, then
        `events`, `first_time`, `last_time`.
        """
        return _frame(self.questions.count_by(fields, text, **filters))

    def first_seen(
        self, fields: str | Sequence[str], text: str | None = None, **filters: Unpack[Filters]
    ) -> pd.DataFrame:
        """The first event of each value, or combination, that no event before `since` bears.

        Columns: those of `timeline`, then `first_seen` (the values, in the order of the fields)
        and `seen` (how many events of the window bear them).
        """
        return _frame(self.questions.first_seen(fields, text, **filters))

    def histogram(self, text: str | None = None, **filters: Unpack[Filters]) -> pd.DataFrame:
        """Events over time, in bins of one length; `limit` and `context` count for nothing.

        Columns: `bin_start`, `bin_end` (excluded) and `events`.
        """
        return _frame(self.questions.histogram(text, **filters))

    def notes(self, event: str | None = None, *, withdrawn: bool = False) -> pd.DataFrame:
        """The notes, or those of the event whose id begins so, in the order of writing.

        Columns: `note_id`, `time`, `author`, `text`, `tags`, of its event `event_uid`,
        `event_time`, `source`, `actor`, `action` and `target`, and `withdrawn_at`,
        `withdrawn_by`, `withdrawn_why` of those that no longer stand, which `withdrawn` adds.
        """
        return _frame(self.questions.notes(event, withdrawn=withdrawn))

    def gaps(self, text: str | None = None, **filters: Unpack[Filters]) -> pd.DataFrame:
        """Where records are missing within `since` and `until`, or the window of `around`.

        Columns: `kind` (sequence, quiet, boundary), `source`, `start`, `end`, `count` of missing
        sequence numbers, and `sentence`. Of the filters, time and `source` count.
        """
        import pandas as pd

        columns = ("kind", "source", "start", "end", "count", "sentence")
        found = self.questions.gaps(text, **filters)
        return pd.DataFrame([vars(one) for one in found], columns=columns)


def _frame(found: pa.Table) -> pd.DataFrame:
    frame: pd.DataFrame = found.to_pandas()
    return frame
