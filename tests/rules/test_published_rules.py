from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from forensics import event
from forensics.engine.duckdb import DuckDBEngine
from forensics.rules import load, match
from forensics.rules.logsource import LogSource, declared
from forensics.sources.declaration import shipped

PUBLISHED = Path(__file__).parents[2].parent / "shared" / "sigma_rules" / "rules"


@pytest.mark.skipif(not PUBLISHED.is_dir(), reason="published rules are not at hand")
def test_published_rules_load_and_run_as_they_are() -> None:
    rules = load.load([PUBLISHED]).faultless().rules
    assert len(rules) > 300
    sources = [source for one in shipped().values() if (source := declared(one))]
    sources += [
        LogSource(f"{product}_{service}", str(product), service)
        for product, service in {
            (rule.sigma.logsource.product, rule.sigma.logsource.service)  # type: ignore[union-attr]
            for rule in rules
        }
    ]
    columns = {column.name: column.type for column in event.COLUMNS} | {"source": None, "raw": None}
    nothing = ", ".join(f"NULL::{kind} AS {name}" for name, kind in columns.items() if kind)
    engine = DuckDBEngine(threads=1)
    engine.register("given", pa.table({"source": [source.name for source in sources]}))
    engine.define("events", "".join(("SELECT source, '{}' AS raw, ", nothing, " FROM given")))
    run = match.scan(engine, rules, sources)
    assert run.unsupported == {}
    assert run.not_applicable == {}
    assert len(run.evaluated) == len(rules)


def test_cloudtrail_rules_read_the_operation_column() -> None:
    source = declared(shipped()["aws_cloudtrail"])
    assert source is not None
    assert source.columns["eventName"] == "operation"
