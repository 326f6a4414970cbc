"""What witnesses say of an outage in a terminal: bounds and who set them, conflicts, readings."""

from __future__ import annotations

from datetime import tzinfo

from rich.console import Console
from rich.text import Text

from forensics.findings.document import Outage
from forensics.findings.testimony import Bound, Claim, Reading, Testimony
from forensics.reports.reading import References
from forensics.reports.terminal.parts import (
    DOWN,
    POSSIBLE,
    QUIET,
    UP,
    Fact,
    facts,
    heading,
    joined,
    plain,
)
from forensics.reports.witnesses import (
    FORMS,
    STANDINGS,
    against,
    bound_in_words,
    length,
    reading_name,
    said_in_words,
    set_by,
    shown_readings,
    span,
)

_STYLES = {"kept": UP, "disputed": POSSIBLE, "dropped": DOWN}


def testimony(
    outage: Outage, console: Console, refs: References, zone: tzinfo | None = None
) -> None:
    """Print what claims came to together; nothing where no statements were given."""
    found = outage.testimony
    if found is None:
        return
    heading(console, "Witnesses", "statements weighed beside the records, never averaged")
    rows: list[Fact] = [("", sentence, "") for sentence in found.sentences]
    rows += _bounds(found, zone)
    facts(console, rows)
    heading(console, "Claims")
    facts(
        console,
        [row for claim in found.claims for row in _claim(claim, found, refs, zone)],
    )
    if found.conflicts:
        heading(console, "Readings", "largest sets of claims that can all hold, least lost first")
        facts(console, _readings(found, zone))


def _bounds(found: Testimony, zone: tzinfo | None) -> list[Fact]:
    rows: list[Fact] = []
    for of in ("start", "end", "duration"):
        own = [bound for bound in found.bounds if FORMS[bound.of] == of]
        for number, bound in enumerate(own):
            rows.append((of if number == 0 else "", _bound(bound, zone), ""))
    return rows


def _bound(bound: Bound, zone: tzinfo | None) -> Text:
    return joined((bound_in_words(bound, zone), "bold"), (f"  {set_by(bound)}", QUIET))


def _claim(claim: Claim, found: Testimony, refs: References, zone: tzinfo | None) -> list[Fact]:
    standing = (STANDINGS[claim.standing], _STYLES[claim.standing])
    told = f"{claim.who}, grade {claim.grade}"
    rows: list[Fact] = [
        (claim.id, joined(standing, f" · {told}"), refs.labels(claim.evidence)),
        *(("", said_in_words(one, zone), "") for one in claim.says),
    ]
    if claim.quote:
        rows.append(("", plain(f"“{claim.quote}”", QUIET), ""))
    if source := " · ".join(text for text in (claim.place, claim.reference) if text):
        rows.append(("", plain(source, QUIET), ""))
    return rows + [("", line, "") for line in against(claim, found.conflicts)]


def _readings(found: Testimony, zone: tzinfo | None) -> list[Fact]:
    rows: list[Fact] = []
    shown, left = shown_readings(found)
    for number, reading in enumerate(shown, start=1):
        style = "bold" if reading.best else ""
        rows.append((str(number), plain(reading_name(reading), style), ""))
        rows.append(("", _reading(reading, zone), ""))
    if left:
        rows.append(("", plain(f"… and {left} more; -t json has them.", QUIET), ""))
    return rows


def _reading(reading: Reading, zone: tzinfo | None) -> Text:
    return joined(
        f"start {span(reading.start_earliest, reading.start_latest, zone)}; "
        f"end {span(reading.end_earliest, reading.end_latest, zone)}; "
        f"{length(reading.shortest, reading.longest)}"
    )
