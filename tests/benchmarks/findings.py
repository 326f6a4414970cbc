"""From JSON Lines of CloudTrail to the matches of rules: as here, or by way of flat rows in SQLite.

The second stands for Zircolite, which no package registry has: it decodes each record, makes one
row with a column for each path of it, adds columns as they appear, inserts rows in batches into a
table in memory, and asks one query a rule, all as Zircolite does by its source. What else Zircolite
does (mappings, transforms, filters by time, a document of results) is left out, so that it costs
less than the tool it stands for.
"""

from __future__ import annotations

import argparse
import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

BATCH = 5_000


def flat(record: dict[str, Any]) -> dict[str, Any]:
    """One record as values by path; arrays as their text, null and empty texts as nothing."""
    row: dict[str, Any] = {}
    stack = [(record, "")]
    while stack:
        found, above = stack.pop()
        for key, value in found.items():
            name = f"{above}.{key}" if above else key
            if isinstance(value, dict):
                stack.append((value, name))
            elif isinstance(value, list):
                row[name] = str(value)
            elif value is True or value is False:
                row[name] = "true" if value else "false"
            elif value is not None and value != "":
                row[name] = value
    return row


def batches(logs: Path) -> Iterator[list[dict[str, Any]]]:
    """Rows of all files, some thousand at a time."""
    decode = msgspec.json.Decoder(dict[str, Any]).decode
    rows: list[dict[str, Any]] = []
    for path in sorted(logs.rglob("*.jsonl")):
        with path.open("rb") as lines:
            for line in lines:
                rows.append(flat(decode(line)))
                if len(rows) == BATCH:
                    yield rows
                    rows = []
    if rows:
        yield rows


def fill(database: sqlite3.Connection, logs: Path) -> set[str]:
    """Insert all rows; returns the names of the columns in small letters."""
    database.execute("CREATE TABLE logs (row_id INTEGER PRIMARY KEY)")
    known: set[str] = set()
    spelled: set[str] = set()
    for rows in batches(logs):
        columns: set[str] = set()
        for row in rows:
            columns.update(row)
            for name in row.keys() - spelled:
                spelled.add(name)
                if name.lower() not in known:
                    known.add(name.lower())
                    kind = "INTEGER" if isinstance(row[name], int) else "TEXT"
                    told = f"{_quoted(name)} {kind} COLLATE NOCASE"
                    database.execute(f"ALTER TABLE logs ADD COLUMN {told}")
        marks = ", ".join("?" * len(columns))
        names = ", ".join(map(_quoted, columns))
        values = ([row.get(one) for one in columns] for row in rows)
        database.executemany(f"INSERT INTO logs ({names}) VALUES ({marks})", values)
    return known


def by_rows(logs: Path, rules: Path) -> Iterator[str]:
    """The rule of every match, asked of flat rows."""
    from sigma.backends.sqlite import sqliteBackend
    from sigma.collection import SigmaCollection

    database = sqlite3.connect(":memory:")
    database.create_function("REGEXP", 2, _searched)
    columns = fill(database, logs)
    for path in sorted(rules.rglob("*.yml")):
        loaded = SigmaCollection.from_yaml(path.read_text(encoding="utf-8"))
        for rule in json.loads(sqliteBackend().convert(loaded, "zircolite")):
            for name in rule["required_fields"]:
                if name.lower() not in columns:
                    columns.add(name.lower())
                    database.execute(f"ALTER TABLE logs ADD COLUMN {_quoted(name)} TEXT")
            for query in rule["rule"]:
                yield from (rule["id"] for _ in database.execute(query).fetchall())


def by_case(logs: Path, rules: Path, case: Path) -> Iterator[str]:
    """The rule of every match over a new case of the logs."""
    from forensics import api
    from forensics.rules import load, match
    from forensics.rules.logsource import declared

    with api.create_case(case) as opened:
        opened.ingest(logs)
        sources = [one for each in opened.declarations.values() if (one := declared(each))]
        run = match.scan(opened.store.engine, load.load([rules]).rules, sources)
        yield from run.matches["rule_id"].to_pylist()


def _searched(pattern: str, value: Any) -> bool:
    return value is not None and re.search(pattern, str(value)) is not None


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def main() -> None:
    """Print the rule of each match."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("logs", type=Path)
    parser.add_argument("rules", type=Path)
    parser.add_argument("--case", type=Path, help="as here, in a case of that name")
    given = parser.parse_args()
    asked = (given.logs, given.rules)
    found = by_case(*asked, given.case) if given.case else by_rows(*asked)
    print(*found, sep="\n")


if __name__ == "__main__":
    main()
