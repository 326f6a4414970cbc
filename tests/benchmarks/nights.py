"""What the scan finds of incidents planted in a made-up organisation, and what it says for nothing.

`python tests/benchmarks/nights.py --scratch DIR` writes an organisation a seed, reads it night by
night into a case, scans, and compares with what is true. docs/evaluation.md tells what the figures
mean. Scanning every night is the real thing and takes long; `--scans incidents` scans only the
nights of incidents, `--scans last` once after all, which cannot tell how late something was found.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from statistics import mean, median, pstdev
from typing import Any

import numpy as np
from reference_scores import METHODS, recall_at

from forensics import api

ROOT = Path(__file__).parents[2]
LEVELS = ("informational", "low", "medium", "high", "critical")
MEDIUM = LEVELS.index("medium")
DIFFICULTIES = ("easy", "medium", "hard")
BUDGETS = (0.001, 0.01, 0.05)
MOST = 5
"""Findings a night that somebody looks at: k of precision@k."""

Place = tuple[str, int]
"""A record: its file, from the night's folder on, and its number there."""

# One row an actor and night. Accounts of one person bear one name in this organisation.
FEATURES = """
SELECT split_part(lower(actor), '@', 1) AS actor, CAST(time AS DATE) AS night,
  count(*) FILTER (action = 'case.view') AS viewed,
  count(*) FILTER (action = 'case.decide') AS decided,
  count(*) FILTER (action IN ('account.deactivate', 'account.suspend')) AS enforced,
  count(*) FILTER (action = 'account.restore') AS restored,
  count(*) FILTER (action = 'content.remove') AS removed,
  count(*) FILTER (action IN ('account.deactivate', 'account.suspend') AND case_id IS NULL)
    AS without_case,
  count(*) FILTER (tool = 'search') AS searched,
  count(*) FILTER (starts_with(action, 'approval.')) AS approvals,
  count(*) FILTER (starts_with(action, 'credential.')) AS credentials,
  count(*) FILTER (starts_with(action, 'logging.')) AS logging,
  count(*) FILTER (starts_with(action, 'session.')) AS sessions,
  count(*) FILTER (starts_with(action, 'resource.')) AS resources,
  count(*) FILTER (outcome <> 'success') AS failed,
  count(DISTINCT target) AS targets,
  count(DISTINCT device_id) AS devices,
  count(DISTINCT src_ip) AS addresses,
  count(*) FILTER (lower(target) IN (SELECT lower(target) FROM protected_targets)) AS protected,
  count(*) AS events
FROM events
WHERE actor_type = 'user' AND actor IS NOT NULL AND time IS NOT NULL
GROUP BY ALL ORDER BY ALL
"""


@dataclass(frozen=True)
class Alert:
    """A finding when it was first told, or told again with records that it had not before."""

    id: str
    night: str
    level: int
    rule: str
    actor: str
    records: frozenset[Place]

    @property
    def actor_nights(self) -> set[tuple[str, str]]:
        """The actor on each night of which records are shown."""
        return {(_person(self.actor), file.partition("/")[0]) for file, _ in self.records}


@dataclass
class Incident:
    """What was planted."""

    scenario: str
    level: str
    night: str
    accounts: frozenset[str]
    records: frozenset[Place]
    quiet: bool

    def is_in(self, alert: Alert) -> bool:
        """Whether an alert is about its records, or about its actor on its night.

        What a finding about somebody else merely cites, such as an approval that did not count,
        makes it none about who gave that.
        """
        if alert.actor and alert.actor.lower() not in self.accounts:
            return False
        return (alert.night == self.night and bool(alert.actor)) or bool(
            alert.records & self.records
        )


@dataclass
class Seed:
    """What came of one organisation."""

    truth: dict[str, Any]
    incidents: list[Incident]
    nightly: bool
    """Whether there was a scan on the night of each incident."""
    alerts: list[Alert] = field(default_factory=list)
    features: Any = None

    @property
    def judged(self) -> list[str]:
        """The nights from which on incidents may happen."""
        nights: list[str] = self.truth["nights"][self.truth["quiet"] :]
        return nights


def _person(account: str) -> str:
    return account.lower().partition("@")[0]


def generate(folder: Path, seed: int, given: argparse.Namespace, *, clean: bool) -> Path:
    """The organisation of a seed, written once."""
    out = folder / f"organisation-{seed}-{given.nights}-{given.people}{'-clean' if clean else ''}"
    shutil.rmtree(out, ignore_errors=True)
    script = ROOT / "sample_logs" / "generate_organisation.py"
    command = [sys.executable, "-B", str(script), "--out", str(out), "--seed", str(seed)]
    command += ["--nights", str(given.nights), "--quiet", str(given.quiet)]
    command += ["--people", str(given.people), "--cases", str(given.cases)]
    command += ["--scenarios"] if clean else ["--levels", *given.levels]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return out


def judge(folder: Path, scratch: Path, scans: str) -> Seed:
    """Read the nights into a case, scan it on some of them, and keep what was told when."""
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    found = Seed(truth, [_incident(one) for one in truth["incidents"]], scans != "last")
    when = _scanned(found, scans)
    case_folder = scratch / "case"
    shutil.rmtree(case_folder, ignore_errors=True)
    told: dict[str, frozenset[Place]] = {}
    waiting: list[Path] = []
    before = ""
    with api.create_case(case_folder) as case:
        for night in truth["nights"]:
            waiting.append(folder / night)
            if night not in when:
                continue
            report = case.ingest(*waiting)
            if report.incomplete or any(one.rejected for one in report.files):
                raise ValueError(f"{folder}: not everything could be read by {night}")
            waiting = []
            found.alerts += _told(case.scan().findings, told, night, before)
            before = night
        found.features = case.sql(FEATURES)
    shutil.rmtree(case_folder)
    return found


def _incident(one: dict[str, Any]) -> Incident:
    return Incident(
        scenario=one["scenario"],
        level=one["level"],
        night=one["night"],
        accounts=frozenset(name.lower() for name in one["accounts"]),
        records=frozenset((each["file"], each["record_no"]) for each in one["records"]),
        quiet=one["expected"] == "quiet",
    )


def _scanned(found: Seed, scans: str) -> set[str]:
    last = found.truth["nights"][-1]
    if scans == "last":
        return {last}
    if scans == "incidents":
        return {one.night for one in found.incidents} | {found.judged[0], last}
    return set(found.judged)


def _told(
    findings: Iterable[Any], told: dict[str, frozenset[Place]], night: str, before: str
) -> list[Alert]:
    """What a scan says that none before it said."""
    alerts = []
    for one in findings:
        records = frozenset(
            ("/".join(Path(each.file).parts[-2:]), each.record_no) for each in one.evidence
        )
        fresh = records - told.get(one.id, frozenset())
        if one.id in told and not fresh:
            continue
        told[one.id] = told.get(one.id, frozenset()) | records
        # Nights may lie between two scans: it is of the night on which its newest record arrived.
        newest = max((file.partition("/")[0] for file, _ in fresh), default=night)
        alerts.append(
            Alert(
                id=one.id,
                night=newest if before < newest <= night else night,
                level=LEVELS.index(one.level),
                rule=one.rule,
                actor=one.actor or "",
                records=records,
            )
        )
    return alerts


def scenarios(seeds: Sequence[Seed]) -> list[dict[str, Any]]:
    """For every scenario and level: how many, and what was told of them on their night."""
    rows: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for seed in seeds:
        for one in seed.incidents:
            mine = [alert for alert in seed.alerts if one.is_in(alert)]
            grave = sorted(alert.night for alert in mine if alert.level >= MEDIUM)
            days = [(date.fromisoformat(at) - date.fromisoformat(one.night)).days for at in grave]
            rows[one.scenario, one.level].append(
                {
                    "found": bool(grave),
                    # One scan over everything cannot tell when a nightly one would have known.
                    "days": min(days, default=None) if seed.nightly else None,
                    "quiet": one.quiet,
                    "rules": {alert.rule for alert in mine if alert.level >= MEDIUM},
                }
            )
    found = []
    for (scenario, level), each in sorted(rows.items(), key=lambda one: _place(*one[0])):
        quiet = each[0]["quiet"]
        # What goes on over midnight may be told on the night before its last record.
        days = [max(0, row["days"]) for row in each if row["days"] is not None]
        right = [row["found"] != quiet and (row["days"] or 0) <= 0 for row in each]
        found.append(
            {
                "scenario": scenario,
                "level": level,
                "expected": "not above low" if quiet else "found",
                "incidents": len(each),
                "right": sum(right),
                "days": median(days) if days and not quiet else None,
                "rules": sorted(set().union(*(row["rules"] for row in each))),
            }
        )
    return found


def _place(scenario: str, level: str) -> tuple[str, int]:
    return scenario, DIFFICULTIES.index(level)


def totals(seed: Seed) -> dict[str, float]:
    """Alerts and false alerts a night, and precision among the first of each night."""
    nights = set(seed.judged)
    planted = {one.night for one in seed.incidents}
    real = [one for one in seed.incidents if not one.quiet]
    told = [one for one in seed.alerts if one.night in nights and one.level >= MEDIUM]
    true = {one for one in told if any(each.is_in(one) for each in real)}
    clean = nights - planted
    of_clean = [one for one in told if one.night in clean and one not in true]
    first = []
    for night in nights:
        ranked = sorted(
            (one for one in told if one.night == night), key=lambda one: (-one.level, one.id)
        )
        first += [one in true for one in ranked[:MOST]]
    return {
        "alerts": len(told) / len(nights),
        "false_medium": len(of_clean) / len(clean),
        "false_high": sum(one.level > MEDIUM for one in of_clean) / len(clean),
        "precision": mean(first) if first else float("nan"),
    }


def recalls(seed: Seed) -> dict[str, list[float | None]]:
    """Recall at each budget of actor-nights, of the scan and of the methods it stands beside."""
    table = seed.features
    nights = table["night"].astype(str).str[:10]
    actors = table["actor"].tolist()
    values = table.drop(columns=["actor", "night"]).to_numpy(dtype=float)
    later = nights.isin(seed.judged).to_numpy()
    keys = [key for key, is_later in zip(zip(actors, nights, strict=True), later, strict=True)
            if is_later]  # fmt: skip
    wanted = set()
    for one in seed.incidents:
        if not one.quiet:
            people = {_person(account) for account in one.accounts}
            wanted |= {(who, file.partition("/")[0]) for who in people for file, _ in one.records}
    is_wanted = np.array([key in wanted for key in keys])
    weight: dict[tuple[str, str], int] = defaultdict(int)
    for alert in seed.alerts:
        for key in alert.actor_nights:
            weight[key] = max(weight[key], alert.level)
    scores: dict[str, Any] = {"scan": np.array([float(weight[key]) for key in keys])}
    known_actors = [one for one, is_later in zip(actors, later, strict=True) if not is_later]
    for name, method in METHODS.items():
        try:
            of = [who for who, _ in keys]
            scores[name] = method(values[~later], known_actors, values[later], of)
        except ImportError:
            scores[name] = None
    return {
        name: [None if one is None else recall_at(one, is_wanted, share) for share in BUDGETS]
        for name, one in scores.items()
    }


def table(document: dict[str, Any]) -> str:
    """The figures for people."""
    lines = [f"{'scenario':10}{'level':8}{'expected':15}{'right':>9}{'nights':>8}  told by"]
    for one in document["scenarios"]:
        days = "" if one["days"] is None else f"{one['days']:g}"
        right = f"{one['right']} of {one['incidents']}"
        lines.append(
            f"{one['scenario']:10}{one['level']:8}{one['expected']:15}{right:>9}{days:>8}"
            f"  {', '.join(one['rules'])}"
        )
    for heading, group in (("with incidents", "totals"), ("without any", "clean")):
        if document[group]:
            lines += ["", f"a night, {heading:20}{'mean':>9}{'spread':>9}"]
            lines += [
                f"  {name:27}{one['mean']:9.2f}{one['spread']:9.2f}"
                for name, one in document[group].items()
            ]
    heading = "".join(f"{share:>9.1%}" for share in BUDGETS)
    lines += ["", f"recall of actor-nights at {'':3}{heading}"]
    for name, each in document["recalls"].items():
        cells = "".join("     none" if one is None else f"{one['mean']:9.2f}" for one in each)
        lines.append(f"  {name:27}{cells}")
    return "\n".join(lines)


def _spread(values: Sequence[float]) -> dict[str, float]:
    known = [one for one in values if one == one]
    return {"mean": mean(known), "spread": pstdev(known)} if known else {"mean": 0, "spread": 0}


def _means(each: Sequence[dict[str, float]]) -> dict[str, dict[str, float]]:
    return {name: _spread([one[name] for one in each]) for name in (each[0] if each else {})}


def summary(seeds: Sequence[Seed], clean: Sequence[Seed]) -> dict[str, Any]:
    """All figures of some organisations, and of clean ones."""
    by_method = [recalls(one) for one in seeds]
    of_clean = _means([totals(one) for one in clean])
    # Where there is nothing to find, precision says nothing.
    of_clean.pop("precision", None)
    return {
        "seeds": len(seeds),
        "scenarios": scenarios(seeds),
        "totals": _means([totals(one) for one in seeds]),
        "clean": of_clean,
        "recalls": {
            name: [
                None if each[0][name][place] is None
                else _spread([one[name][place] or 0.0 for one in each])
                for place in range(len(BUDGETS))
            ]
            for each in [by_method]
            for name in each[0]
        },
    }  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    """Generate, scan, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scratch", type=Path, required=True, help="a folder with 1 GiB to spare")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--clean", type=int, default=0, help="organisations without any incident")
    parser.add_argument("--nights", type=int, default=180)
    parser.add_argument("--quiet", type=int, default=100, help="nights before any incident")
    parser.add_argument("--people", type=int, default=40)
    parser.add_argument("--cases", type=float, default=5.0, help="cases a shift, on average")
    parser.add_argument("--levels", nargs="+", choices=DIFFICULTIES, default=DIFFICULTIES)
    parser.add_argument("--scans", choices=("nightly", "incidents", "last"), default="nightly")
    parser.add_argument("--json", action="store_true", help="print a document, not tables")
    given = parser.parse_args(arguments)
    given.scratch.mkdir(parents=True, exist_ok=True)
    groups: list[list[Seed]] = [[], []]
    for group, number in ((0, given.seeds), (1, given.clean)):
        for seed in range(given.first_seed, given.first_seed + number):
            folder = generate(given.scratch, seed, given, clean=bool(group))
            groups[group].append(judge(folder, given.scratch, given.scans))
            shutil.rmtree(folder)
            print(f"seed {seed}{' clean' if group else ''} done", file=sys.stderr)
    document = summary(*groups)
    print(json.dumps(document, indent=1) if given.json else table(document))


if __name__ == "__main__":
    main()
