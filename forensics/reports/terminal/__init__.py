"""Documents and timelines in a terminal, readable from 80 columns up and without colour."""

from __future__ import annotations

from forensics.reports.terminal.actor import actor
from forensics.reports.terminal.backtest import backtest
from forensics.reports.terminal.clocks import clocks
from forensics.reports.terminal.counts import counts, notes
from forensics.reports.terminal.coverage import coverage
from forensics.reports.terminal.derivation import derivation
from forensics.reports.terminal.explain import explain
from forensics.reports.terminal.ledger import ledger
from forensics.reports.terminal.outage import headlines, outage, overview
from forensics.reports.terminal.outages import outages
from forensics.reports.terminal.parts import remarks
from forensics.reports.terminal.policies import policies, policy_check, policy_explanation
from forensics.reports.terminal.review import review
from forensics.reports.terminal.rule_explanation import rule_explanation
from forensics.reports.terminal.rules import rule_coverage, rule_profile, rules
from forensics.reports.terminal.scan import scan
from forensics.reports.terminal.standing import finding, findings, night, scan_record, scans
from forensics.reports.terminal.target import target
from forensics.reports.terminal.timeline import timeline

__all__ = [
    "actor",
    "backtest",
    "clocks",
    "counts",
    "coverage",
    "derivation",
    "explain",
    "finding",
    "findings",
    "headlines",
    "ledger",
    "night",
    "notes",
    "outage",
    "outages",
    "overview",
    "policies",
    "policy_check",
    "policy_explanation",
    "remarks",
    "review",
    "rule_coverage",
    "rule_explanation",
    "rule_profile",
    "rules",
    "scan",
    "scan_record",
    "scans",
    "target",
    "timeline",
]
