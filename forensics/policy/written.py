"""The SQL of a predicate's query, taken apart so that what several begin with is kept once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import NamedTuple

from sqlglot import exp

from forensics.policy import predicates
from forensics.policy.model import Term


class Cte(NamedTuple):
    """A CTE as SQL in brackets, and the names of those that it reads, or may be."""

    name: str
    sql: str
    reads: frozenset[str]


@dataclass(frozen=True)
class Written:
    """A query: its CTEs in their order, the last of which is not named and is its `SELECT`.

    `numbered` says whether its answers have the `act_no` of the act. `begins` are the places of
    the CTEs that are kept, each of which those before it serve to make.
    """

    ctes: tuple[Cte, ...]
    recursive: bool
    begins: tuple[int, ...]
    numbered: bool

    @cached_property
    def beginnings(self) -> tuple[str, ...]:
        """SQL of all rows of each CTE that the query begins with, with nothing kept before it."""
        return tuple(self.beginning(place, ()) for place in range(len(self.begins)))

    def beginning(self, number: int, begun: Sequence[str]) -> str:
        """SQL of all rows of one CTE that the query begins with; `begun` stands for those before.

        Raises `IndexError` where there is none of that number.
        """
        place = self.begins[number]
        name = self.ctes[place].name
        rows = exp.select("*").from_(name).sql(dialect="duckdb")
        return self._from(begun, Cte("", rows, frozenset({name})), place + 1)

    def whole(self, begun: Sequence[str]) -> str:
        """SQL of the query; `begun` stands for its first beginnings."""
        return self._from(begun, self.ctes[-1], len(self.ctes) - 1)

    def _from(self, begun: Sequence[str], last: Cte, until: int) -> str:
        kept = dict(zip(self.begins, begun, strict=False))
        # The engine plans also what nobody reads.
        read = set(last.reads)
        ctes: list[str] = []
        for place, one in reversed(list(enumerate(self.ctes[:until]))):
            if one.name not in read:
                continue
            if place in kept:
                ctes.insert(0, f"{one.name} AS NOT MATERIALIZED ({kept[place]})")
            else:
                ctes.insert(0, f"{one.name} AS {one.sql}")
                read |= one.reads
        return f"{with_(ctes, self.recursive)} {last.sql}"


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
    ctes = [Cte(cte.alias, _bracketed(cte), _reads(cte)) for cte in query.ctes]
    clause = query.args.get("with_")
    recursive = clause is not None and bool(clause.recursive)
    query.set("with_", None)
    names = [cte.name for cte in ctes]
    places = tuple(names.index(one) for one in predicates.begins_with(name))
    last = Cte("", query.sql(dialect="duckdb"), _reads(query))
    return Written((*ctes, last), recursive, places, "act_no" in query.named_selects)


def _reads(query: exp.Expr) -> frozenset[str]:
    return frozenset(table.name for table in query.find_all(exp.Table))


def _bracketed(cte: exp.CTE) -> str:
    once = cte.args.get("materialized")
    how = "" if once is None else "MATERIALIZED " if once else "NOT MATERIALIZED "
    return f"{how}({cte.this.sql(dialect='duckdb')})"
