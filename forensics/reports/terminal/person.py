"""The person behind an account, as a claim with its grade and its sources."""

from __future__ import annotations

from rich.text import Text

from forensics.findings.document import EmploymentBelief, PersonReading
from forensics.reports.reading import doubted, phases, same_belief
from forensics.reports.terminal.parts import POSSIBLE, QUIET, Fact, joined, plain, stacked


def person_facts(label: str, reading: PersonReading) -> list[Fact]:
    """Which person the account is claimed to be, how sure that is, and why; a doubt comes first."""
    known = (reading.account_kind, reading.role, reading.site and f"site {reading.site}")
    line = joined(
        f"{reading.account} → {reading.person or 'person not resolved'}",
        "".join(f" · {part}" for part in known if part),
        (f" · grade {reading.grade}", QUIET),
    )
    if doubted(reading):
        return [("used by", plain(reading.sentence, POSSIBLE), ""), ("holder", line, "")]
    return [(label, line, ""), ("", plain(reading.sentence, QUIET), "")]


def employment_facts(reading: PersonReading) -> list[Fact]:
    """The person's employment as known at the act and as known now, told once if the same."""
    same = same_belief(reading.at_act, reading.now)
    rows: list[Fact] = [
        ("known then", _belief(reading.at_act), ""),
        ("known now", plain("the same") if same else _belief(reading.now), ""),
    ]
    if reading.learned_later:
        rows.append(("", plain("Part of this was learned after the act.", POSSIBLE), ""))
    return rows


def _belief(belief: EmploymentBelief) -> Text:
    basis = [f"source {belief.source}"] if belief.source else []
    if belief.recorded_at:
        basis.append(f"recorded {belief.recorded_at:%Y-%m-%d}")
    if belief.zone:
        basis.append(f"zone {belief.zone} ({belief.zone_basis or 'basis not known'})")
    line = joined((phases(belief.phases), "bold"), f" – {belief.sentence}")
    return stacked(line, plain(" · ".join(basis), QUIET)) if basis else line
