"""Documents and timelines in a terminal, readable from 80 columns up and without colour."""

from __future__ import annotations

from forensics.reports.terminal.actor import actor
from forensics.reports.terminal.coverage import coverage
from forensics.reports.terminal.ledger import ledger
from forensics.reports.terminal.outage import outage, overview
from forensics.reports.terminal.scan import scan
from forensics.reports.terminal.timeline import timeline

__all__ = ["actor", "coverage", "ledger", "outage", "overview", "scan", "timeline"]
