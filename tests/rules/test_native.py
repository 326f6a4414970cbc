"""Published rules on real logs: the same matches as an evaluator of parsed records has them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import flat
import naive
import pytest
import yaml

from forensics.api.opening import create_case
from forensics.engine import Engine, Row
from forensics.rules import load, logsource, match
from forensics.rules.load import Rule
from forensics.rules.logsource import LogSource, declared
from forensics.rules.match import RuleRun
from forensics.rules.records import carried
from forensics.sources.audit_lines import LINE, fields, name_of

SHARED = Path(__file__).parents[2].parent / "shared"
RULES = [
    SHARED / "sigma_rules" / name
    for name in ("rules", "rules-threat-hunting", "rules-emerging-threats", "rules-placeholder")
]
# The largest lab has 24,000 records more, of the same kinds: left out for its time.
LARGE = "SANS-504"
PACKAGES = """
auditd__log azure__ github__audit google_workspace__ kubernetes__ o365__ okta__ cisco_duo__
atlassian_bitbucket__ aws__cloudtrail
"""
LOGS = """
auditd gcp kubernetes m365_ual panther_oss_2021 streamalert/rules tenzir_library cado-cloudgrep
plaso
aws_cloudtrail/stratus-red-team aws_cloudtrail/zmallen otrf ocsf_examples
aws_cloudtrail/suzaku-sample-data/invictus-ir sentinel_sample_data chronicle_content_hub
aws_cloudtrail/suzaku-sample-data/stratus-red-team.cloud
"""
PRODUCTS = """
aws azure gcp m365 okta onelogin cisco github bitbucket kubernetes linux
"""
PLACES = {
    "Legitimate_Countries": ["US", "NL"],
    "Legitimate_IP_Ranges": ["192.0.2.*"],
    "KNOWN_LOCATION": ["US"],
    "Known_Location": ["US"],
    "Approved_Inviters": ["inviter@example.com"],
    "HomeTenantID": ["home"],
    "ApprovedUserUpn": ["approved@example.com"],
    "UnLegitCountries": ["KP"],
    "Important_AppIds": ["app-1"],
    "UnApprovedIp": ["192.0.2.1"],
    "UnApprovedDevice": ["unknown"],
    "legtimate_identifiers": ["@okta.com"],
}

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="real logs are not at hand")


@dataclass
class Outcome:
    """One run of all rules over all logs."""

    engine: Engine
    rules: tuple[Rule, ...]
    sources: list[LogSource]
    run: RuleRun

    @property
    def found(self) -> set[tuple[str, str]]:
        """Rule and record of each match."""
        return {(row["rule_id"], row["event_uid"]) for row in self.run.matches.to_pylist()}

    def rows(self, sources: list[str]) -> list[Row]:
        """The records of some sources, in the order of their text."""
        return self.engine.rows(
            "SELECT event_uid, event_no, source, raw, operation, outcome, src_ip, src_country "
            "FROM events WHERE source IN (SELECT unnest($names)) ORDER BY raw",
            {"names": sources},
        )


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    folder = tmp_path_factory.mktemp("native")
    values = folder / "values.yml"
    values.write_text(yaml.safe_dump(PLACES))
    rules = load.load(RULES, values).faultless().rules
    elastic = (SHARED / "fixtures" / "elastic").iterdir()
    places = [one for one in elastic if one.name.startswith(tuple(PACKAGES.split()))]
    places += [SHARED / "real_logs" / one for one in LOGS.split()]
    with create_case(folder / "case") as case:
        case.ingest(*(str(one) for one in sorted(places) if one.exists()))
        facts = case.facts
        sources = [one for each in facts.declarations.values() if (one := declared(each))]
        kept = carried(facts.engine, sources)
        yield Outcome(facts.engine, rules, kept, match.scan(facts.engine, rules, sources))


def test_every_rule_of_the_products_is_evaluated(outcome: Outcome) -> None:
    asked = {
        one.id: one
        for one in outcome.rules
        if one.sigma.logsource.product in PRODUCTS.split()  # type: ignore[union-attr]  # no correlation
    }
    missing = {asked[one].title for one in asked if one not in outcome.run.evaluated}
    # Cisco's syslog is no log of administration, and none of its kind is read.
    assert missing == {"Exploitation Indicators Of CVE-2023-20198"}
    assert outcome.run.unsupported == {}


def test_matches_are_those_of_a_naive_evaluator(outcome: Outcome) -> None:
    found = outcome.found
    expected = set(_expected(outcome))
    titles = {one.id: one.title for one in outcome.rules}
    more = [(titles[rule], uid) for rule, uid in sorted(found - expected)]
    fewer = [(titles[rule], uid) for rule, uid in sorted(expected - found)]
    assert (more, fewer) == ([], [])
    assert len({rule for rule, _ in found}) >= 40
    assert len(found) >= 300


def test_differences_from_another_engine_are_those_told_of(outcome: Outcome) -> None:
    kept: dict[str, list[flat.Kept]] = {}
    for row in outcome.rows([one.name for one in outcome.sources]):
        one = flat.Kept(row["event_uid"], row["raw"] or "", row)
        kept.setdefault(row["source"], []).append(one)
    compared = flat.compare(outcome.rules, outcome.sources, kept, outcome.found, PLACES)
    assert flat.table(compared, outcome.rules) == flat.documented("On real logs")
    assert len({rule for rule, _ in compared.both}) >= 40
    assert len(compared.both) >= 300


def _expected(outcome: Outcome) -> Iterator[tuple[str, str]]:
    by_source: dict[str, list[tuple[str, naive.Test]]] = {}
    for one in outcome.rules:
        told = yaml.safe_load(Path(one.file).read_text(encoding="utf-8"))
        test = naive.rule(told["detection"], PLACES)
        scope = logsource.scope(one.sigma.logsource, outcome.sources)  # type: ignore[union-attr]  # no correlation
        for source in scope.sources or ():
            by_source.setdefault(source.name, []).append((one.id, test))
    held = {one.name: one for one in outcome.sources}
    for row in outcome.rows(sorted(by_source)):
        record = _record(held[row["source"]], row)
        for rule_id, test in by_source[row["source"]]:
            if test(record):
                yield rule_id, row["event_uid"]


def _record(source: LogSource, row: Row) -> naive.Record:
    raw = row["raw"] or ""
    documents = _lines(raw) if source.lines else _documents(raw)
    for path in source.carried:
        documents = [*documents, *_inner(documents[:1], path)]

    def values(path: str) -> list[Any]:
        found: list[Any] = []
        for one in (path, *source.names.elsewhere(path)):
            if one.startswith("@"):
                found += [row[one[1:]]] if row[one[1:]] is not None else []
            elif one.startswith("="):
                found.append(one[1:])
            elif one.startswith("#"):
                told = (naive.named(each, one[1:], row["event_no"]) for each in documents)
                found += [value for values in told for value in values]
            else:
                found += [v for each in documents for v in naive.at(each, one.split("."))]
        return found

    leaves = [text for one in documents for text in naive.leaves(one)]
    return naive.Record(values, leaves if documents else [raw])


@lru_cache(maxsize=4)
def _documents(raw: str) -> list[Any]:
    try:
        if raw.lstrip().startswith("{"):
            return [json.loads(raw)]
        found = re.search(r'"(\{"".*\})"(?:,|\s*$)', raw, re.S)
        return [json.loads(found[1].replace('""', '"'))] if found else []
    except ValueError:
        return []


def _inner(documents: list[Any], path: tuple[str, ...]) -> list[Any]:
    for step in path:
        inner = [one for each in documents for one in naive.at(each, step.split("."))]
        texts = [re.search(r"\{.*", one, re.S) for one in inner if isinstance(one, str)]
        documents = [one for one in inner if isinstance(one, dict)]
        documents += [json.loads(one[0]) for one in texts if one]
    return documents


def _lines(raw: str) -> list[Any]:
    """Each line of an event as a document of its own; Laurel's lines under their types."""
    if raw.startswith("{"):
        whole = json.loads(raw)
        found: list[Any] = [{"type": [*whole]}, whole]
        for told in whole.values():
            for one in told if isinstance(told, list) else [told]:
                found += [one, _arguments(one, "ARGV")] if isinstance(one, dict) else []
        return found
    found = []
    for line in raw.split("\n"):
        parts = LINE.match(line)
        if parts is None:
            continue
        told = fields(name_of(parts["type"]), parts["body"])
        inner = told.pop("msg", {})
        found += [{"type": parts["type"]}, told, inner, _arguments(told, "argv")]
    return found


def _arguments(told: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {f"a{number}": one for number, one in enumerate(told.get(name, ()))}
