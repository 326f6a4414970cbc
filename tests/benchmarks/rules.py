"""What it costs to ask published rules of a stored case, beside one guarded scan written for them.

Both are asked in turn in one process, over the same Parquet files. The scan is what somebody would
write who knows the records: every path read once, exact names of operations first, and no thought
of arrays. Both must find the same events.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

from sigma.conditions import ConditionAND, ConditionNOT, ConditionOR
from sigma.types import SigmaNull, SigmaRegularExpression, SigmaString, SpecialChars

from forensics import api
from forensics.engine.duckdb import text_literal
from forensics.rules import load, match
from forensics.rules.logsource import declared

OPERATION = "eventName"
COLUMNS = {OPERATION: "operation", "userAgent": "user_agent"}
WILD = {SpecialChars.WILDCARD_MULTI: "%", SpecialChars.WILDCARD_SINGLE: "_"}


class Scan:
    """One scan of all records for some rules, as text."""

    def __init__(self, rules: list[Any]) -> None:
        self.paths: dict[str, int] = {}
        self.guards: list[set[str] | None] = []
        tests = []
        for rule in rules:
            trees = [one.parsed for one in rule.sigma.detection.parsed_condition]
            named = [self.named(tree) for tree in trees]
            guard = set().union(*named) if all(one is not None for one in named) else None
            self.guards.append(guard)
            test = " OR ".join(f"({self.test(tree)})" for tree in trees)
            among = f"operation IN ({', '.join(map(text_literal, sorted(guard)))})" if guard else ""
            held = f"CASE WHEN {among} THEN {test} END" if guard else test
            tests.append(f"CASE WHEN {held} THEN {text_literal(rule.id)} END")
        listed = ", ".join(text_literal(_json(path)) for path in self.paths)
        self.sql = (
            "SELECT unnest(list_filter(found, lambda one: one IS NOT NULL)) AS rule_id, event_uid "
            f"FROM (SELECT event_uid, [{', '.join(tests)}] AS found FROM (SELECT event_uid,"
            f" operation, user_agent, json_extract_string(raw, [{listed}]) AS v FROM events"
            " WHERE source = 'aws_cloudtrail'))"
        )

    def named(self, tree: Any) -> set[str] | None:
        """The operations outside of which a condition cannot hold."""
        match tree:
            case ConditionAND():
                return next((one for one in map(self.named, tree.args) if one is not None), None)
            case ConditionOR():
                parts = [self.named(one) for one in tree.args]
                return None if None in parts else set().union(*parts)
            case ConditionNOT():
                return None
        value = tree.value
        plain = isinstance(value, SigmaString) and all(isinstance(one, str) for one in value.s)
        return {"".join(value.s)} if tree.field == OPERATION and plain else None

    def test(self, tree: Any) -> str:
        match tree:
            case ConditionAND():
                return " AND ".join(f"({self.test(one)})" for one in tree.args)
            case ConditionOR():
                return " OR ".join(f"({self.test(one)})" for one in tree.args)
            case ConditionNOT():
                return f"NOT coalesce(({self.test(tree.args[0])}), FALSE)"
        return self.leaf(self.value(tree.field), tree.value)

    def value(self, name: str) -> str:
        if name in COLUMNS:
            return COLUMNS[name]
        return f"v[{self.paths.setdefault(name, len(self.paths)) + 1}]"

    def leaf(self, value: str, wanted: Any) -> str:
        match wanted:
            case SigmaNull():
                return f"{value} IS NULL"
            case SigmaRegularExpression():
                return f"regexp_matches({value}, {text_literal(str(wanted.regexp))})"
            case SigmaString() if any(not isinstance(one, str) for one in wanted.s):
                like = "".join(one if isinstance(one, str) else WILD[one] for one in wanted.s)
                return f"{value} ILIKE {text_literal(like)}"
            case SigmaString():
                return f"lower({value}) = {text_literal(''.join(map(str, wanted.s)).lower())}"
        return f"{value} = {text_literal(str(wanted))}"


def _json(path: str) -> str:
    return "$" + "".join(f'."{key}"' for key in path.split("."))


def timed(answer: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds of an answer, and the answer."""
    cpu = time.process_time()
    found = answer()
    return time.process_time() - cpu, found


def measure(case: Path, first: Path, every: Path, rounds: int) -> Iterator[tuple[str, Any]]:
    """The rules of `first` beside the scan, and those of `every` beside those of `first`."""
    known, all_rules = load.load([first]).rules, load.load([every]).rules
    with api.open_case(case) as opened:
        engine = opened.store.engine
        sources = [one for each in opened.declarations.values() if (one := declared(each))]
        scan = Scan(list(known)).sql
        rows = []
        for _ in range(rounds):
            ours, run = timed(lambda: match.scan(engine, known, sources))
            by_hand, found = timed(lambda: engine.table(scan))
            more, whole = timed(lambda: match.scan(engine, all_rules, sources))
            rows.append((ours, by_hand, more))
        yield "rules", {"first": len(known), "all": len(all_rules), "asked": len(whole.evaluated)}
        yield "matches", {"ours": run.matches.num_rows, "by_hand": found.num_rows}
    for name, place in (("ours", 0), ("by_hand", 1), ("all", 2)):
        yield name, median(row[place] for row in rows)
    yield "ratio", median(row[0] / row[1] for row in rows)
    yield "growth", median(row[2] / row[0] for row in rows)
    yield "peak", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case", type=Path)
    parser.add_argument("--first", type=Path, required=True, help="the rules beside the scan")
    parser.add_argument("--every", type=Path, required=True, help="these and more")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    figures = measure(given.case, given.first, given.every, given.rounds)
    print(json.dumps(dict(figures), indent=1))


if __name__ == "__main__":
    main()
