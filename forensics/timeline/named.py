"""Where the events lie that act on a name, as far as an ingest noted it beside them."""

from __future__ import annotations

from collections.abc import Collection

from sqlglot import exp

from forensics.engine import Engine

# Beyond this most of what is stored is read anyway.
_MOST = 2_000


def placed(engine: Engine, names: Collection[str]) -> exp.Expr | None:
    """A condition over `placed_events` that each event meets that acts on one of these names.

    Others may meet it too. `names` are in lower case. None where that is not noted, or where the
    names are of so many events that nothing is won by it.
    """
    if "event_names" not in engine.relations():
        return None
    asked = {f"name_{number}": name for number, name in enumerate(sorted({*names}))}
    if not asked:
        return exp.false()
    wanted = exp.column("name").isin(*(exp.Placeholder(this=one) for one in asked))
    found = exp.select("place").distinct().from_("event_names").where(wanted).limit(_MOST + 1)
    places = engine.table(found.sql(dialect="duckdb"), asked).column("place").to_pylist()
    if len(places) > _MOST:
        return None
    # Numbers in the text, because only these tell the reader of files what not to open.
    numbers = (exp.Literal.number(one) for one in sorted(places))
    return exp.column("place").isin(*numbers) if places else exp.false()
