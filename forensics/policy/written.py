"""The SQL of a predicate's query, taken apart so that what several begin with is kept once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from sqlglot import exp

from forensics.policy import predicates
from forensics.policy.model import Term


@dataclass(frozen=True)
class Written:
    """A query: its CTEs in their order, by name, and its last `SELECT`.

    `begins` are the places of the CTEs that are kept, each of which all before it serve to make.
    """

    ctes: tuple[tuple[str, str], ...]
    last: str
    recursive: bool
    begins: tuple[int, ...]

    @cached_property
    def beginnings(self) -> tuple[str, ...]:
        """SQL of all rows of each CTE that the query begins with, by that of none before it."""
        return tuple(self.beginning(place) for place in range(len(self.begins)))

    def beginning(self, number: int, begun: str | None = None) -> str:
        """SQL of all rows of one CTE that the query begins with; `begun` stands for the one before.

        Raises `IndexError` where there is none of that number.
        """
        place = self.begins[number]
        rows = exp.select("*").from_(self.ctes[place][0]).sql(dialect="duckdb")
        return self._from(number - 1, begun, place + 1, rows)

    def whole(self, begun: str | None = None) -> str:
        """SQL of the query; `begun` stands for the last of its beginnings."""
        return self._from(len(self.begins) - 1, begun, len(self.ctes), self.last)

    def _from(self, number: int, begun: str | None, until: int, last: str) -> str:
        ctes = self.ctes[:until]
        if begun is not None:
            place = self.begins[number]
            ctes = ((self.ctes[place][0], begun), *self.ctes[place + 1 : until])
        return f"{with_([f'{name} AS ({sql})' for name, sql in ctes], self.recursive)} {last}"


def written(term: Term, beliefs: Sequence[str]) -> Written:
    """The query of a predicate with its parameters, asked under those beliefs."""
    params = json.dumps(term.params, sort_keys=True)
    return _written(term.predicate, params, tuple(beliefs))


def with_(ctes: Sequence[str], recursive: bool = False) -> str:
    """The clause `WITH` of CTEs; empty where there are none."""
    if not ctes:
        return ""
    return f"WITH {'RECURSIVE ' if recursive else ''}{', '.join(ctes)}"


# Most cases ask the shipped policies, and sqlglot takes its time.
@cache
def _written(name: str, params: str, beliefs: tuple[str, ...]) -> Written:
    query = predicates.load()[name].sql(json.loads(params))
    asked = [exp.Tuple(expressions=[exp.Literal.string(belief)]) for belief in beliefs]
    for values in query.find_all(exp.Values):
        if values.alias_column_names == ["belief"]:
            values.set("expressions", [one.copy() for one in asked])
    ctes = tuple((cte.alias, cte.this.sql(dialect="duckdb")) for cte in query.ctes)
    clause = query.args.get("with_")
    recursive = clause is not None and bool(clause.recursive)
    query.set("with_", None)
    names = [cte for cte, _ in ctes]
    places = tuple(names.index(one) for one in predicates.begins_with(name))
    return Written(ctes, query.sql(dialect="duckdb"), recursive, places)
