"""What one pass reads of the raw records: each path once, for all rules that ask for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlglot import exp

from forensics.conditions.fields import Field, asked, json_path, raw_field
from forensics.rules.records import Reading

TEXTS = "texts"
"""The column of the texts at all paths, as `Paths.texts` has them extracted."""


class Paths:
    """Paths of the raw record as fields of a relation that `columns` adds to.

    A path mostly leads to one text, or to nothing. Only where a value on its way begins as an array
    does is it looked into, which takes several calls a path.
    """

    def __init__(self, reading: Reading | None = None) -> None:
        self._reading = reading or Reading()
        self._asked: dict[str, int] = {}
        self._extracted: dict[str, int] = {}

    def __bool__(self) -> bool:
        return bool(self._asked)

    def field(self, path: str) -> Field:
        """The field of a path, to be read where `columns` are."""
        number = self._asked.setdefault(path, len(self._asked))
        if self._reading.plain(path):
            for beginning in _beginnings(path):
                self._extracted.setdefault(beginning, len(self._extracted))
        return Field(
            path, "list", exp.column(f"list_{number}"), False, exp.column(f"text_{number}")
        )

    @property
    def names(self) -> set[str]:
        """The names of the columns that the fields read."""
        return {f"{kind}_{n}" for n in self._asked.values() for kind in ("text", "list")}

    @property
    def of_event(self) -> set[str]:
        """The names of the columns of the event that `columns` reads."""
        return {one for path in self._asked for one in self._reading.of_event(path)}

    def texts(self) -> list[exp.Expr]:
        """All texts in one call, as reading a record takes longer than finding one more path.

        And, where records stand in what was kept, these records.
        """
        if not self._extracted:
            return self._reading.columns()
        listed = exp.array(*(asked(json_path(one.split("."))) for one in self._extracted))
        call = exp.Anonymous(this="json_extract_string", expressions=[exp.column("raw"), listed])
        texts = exp.alias_(exp.Anonymous(this="TRY", expressions=[call]), TEXTS)
        return [texts, *self._reading.columns()]

    def columns(self) -> Iterator[exp.Expr]:
        """The columns that the fields read, over a relation with `raw` and `texts`."""
        for path, number in self._asked.items():
            if not self._reading.plain(path):
                yield exp.alias_(exp.cast(exp.null(), "VARCHAR"), f"text_{number}")
                yield exp.alias_(self._reading.values(path, named=True), f"list_{number}")
                continue
            yield exp.alias_(self._text(path), f"text_{number}")
            array = exp.or_(*map(self._is_array, _beginnings(path)))
            everything = raw_field(path).value
            yield exp.alias_(exp.case().when(array, everything), f"list_{number}")

    def _text(self, path: str) -> exp.Expr:
        place = exp.Literal.number(self._extracted[path] + 1)
        return exp.Anonymous(this="list_extract", expressions=[exp.column(TEXTS), place])

    def _is_array(self, path: str) -> exp.Expr:
        bracket = exp.Literal.string("[")
        return exp.Anonymous(this="starts_with", expressions=[self._text(path), bracket])


def _beginnings(path: str) -> Iterable[str]:
    keys = path.split(".")
    return (".".join(keys[: place + 1]) for place in range(len(keys)))
