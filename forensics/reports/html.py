"""Documents as one self-contained HTML file: no script, no network, fit for paper."""

from __future__ import annotations

import base64
import hashlib
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from functools import cache
from typing import Any, Literal

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from forensics.errors import UsageError
from forensics.findings.backtest import Backtest
from forensics.findings.document import (
    LEVELS,
    Document,
    Evidence,
    Outage,
    Reconstruction,
    ScanReport,
    encode,
)
from forensics.findings.explanation import ExplanationLedger
from forensics.reports import ledger_words, reading, times, tradeoff, witnesses
from forensics.reports.bar import Bar, Span, bar, tick_label
from forensics.reports.correlated import correlated
from forensics.reports.escaping import json_text, terminal

Sharing = Literal["TLP:RED", "TLP:AMBER+STRICT", "TLP:AMBER", "TLP:GREEN", "TLP:CLEAR"]

_TLP_CLASSES: dict[str, str] = {
    "TLP:RED": "red",
    "TLP:AMBER+STRICT": "amber",
    "TLP:AMBER": "amber",
    "TLP:GREEN": "green",
    "TLP:CLEAR": "clear",
}
_MOST_TICKS = 9
_AXIS_LEFT, _AXIS_WIDTH = 84, 876


@dataclass(frozen=True)
class _OutageView:
    outage: Outage
    zone: tzinfo | None
    axis: Bar
    summary: list[str]
    events: list[Evidence]
    edges: frozenset[str]
    judged: list[reading.JudgedPolicy]
    control_gaps: list[str]


def outage(
    document: Reconstruction,
    *,
    zone: tzinfo | None = None,
    tlp: Sharing = "TLP:AMBER+STRICT",
    options: Sequence[str] = (),
) -> str:
    """The report of a reconstruction; `zone` None shows local times as the acting person's clock.

    `options` are those of the command line that shaped it, to make it again with. Raises
    `UsageError` for a sharing label that TLP 2.0 does not know.
    """
    name = shlex.join((document.target, *options))
    refs = reading.references(document)
    return _render(
        "outage.html.j2",
        document,
        tlp,
        views=[_view(each, document, zone, refs) for each in document.outages],
        references=refs,
        command=f"forensics report outage {name} --case CASE -o report.html",
    )


def scan(document: ScanReport, *, tlp: Sharing = "TLP:AMBER+STRICT") -> str:
    """The report of a scan, gravest level first; raises as `outage` does."""
    evidence = (item for finding in document.findings for item in finding.evidence)
    return _render(
        "scan.html.j2",
        document,
        tlp,
        levels=LEVELS[::-1],
        references=reading.References(evidence),
        command="forensics report scan --case CASE -o report.html",
    )


def explanations(document: ExplanationLedger, *, tlp: Sharing = "TLP:AMBER+STRICT") -> str:
    """The ledger of competing explanations as a report; raises as `outage` does."""
    name = shlex.quote(document.target)
    return _render(
        "explanations.html.j2",
        document,
        tlp,
        words=ledger_words,
        references=ledger_words.references(document),
        command=f"forensics report explanations {name} --case CASE -o explanations.html",
    )


def backtest(document: Backtest, *, tlp: Sharing = "TLP:AMBER+STRICT") -> str:
    """Controls tried on the record as a report; raises as `outage` does."""
    named = " ".join(shlex.quote(one.file) for one in document.controls)
    return _render(
        "backtest.html.j2",
        document,
        tlp,
        incident_words=tradeoff.INCIDENT_WORDS,
        incidents_counted=tradeoff.counted,
        named=tradeoff.names(document.controls),
        letters=tradeoff.letters(len(document.controls)),
        plane=tradeoff.plane(document.controls),
        command=f"forensics policy backtest {named} --case CASE -t html -o report.html",
    )


def _view(
    outage: Outage, document: Reconstruction, zone: tzinfo | None, refs: reading.References
) -> _OutageView:
    return _OutageView(
        outage,
        times.local_zone(zone, outage),
        bar(
            outage,
            document.window_end,
            most_ticks=_MOST_TICKS,
            disputed=bool(document.disputed),
        ),
        reading.summary(outage, document.target, refs),
        reading.surroundings(outage),
        frozenset(item.event_uid for item in reading.ends_of(outage)),
        reading.judged(outage.verdicts),
        reading.control_gaps(outage),
    )


def _render(template: str, document: Document, tlp: Sharing, **values: Any) -> str:
    if tlp not in _TLP_CLASSES:
        raise UsageError(
            f"{tlp!r} is no TLP 2.0 label.", remedy="Known: " + ", ".join(_TLP_CLASSES) + "."
        )
    environment = _environment()
    # Our own style sheet, with a label of the closed list above and nothing of the evidence.
    style = Markup(environment.get_template("report.css.j2").render(tlp=tlp))  # noqa: S704
    return environment.get_template(template).render(
        document=document,
        document_hash=hashlib.sha256(json_text(encode(document).decode()).encode()).hexdigest(),
        tlp=tlp,
        tlp_class=_TLP_CLASSES[tlp],
        style=style,
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        **values,
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("forensics.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    environment.globals.update(
        {name: getattr(times, name) for name in _TIME_WORDS},
        act_at=reading.act_at,
        acts_of=reading.acts_of,
        act_in_words=reading.act_in_words,
        against=witnesses.against,
        agreement=reading.AGREEMENT,
        bound_in_words=witnesses.bound_in_words,
        bound_of=witnesses.FORMS,
        bounds_length=witnesses.length,
        bounds_span=witnesses.span,
        by_file=reading.by_file,
        doubted=reading.doubted,
        correlated=correlated,
        decided_apart=reading.decided_apart,
        end_in_words=reading.end_in_words,
        grades=reading.GRADES,
        marks=reading.MARKS,
        noted=reading.noted,
        phases=reading.phases,
        place=_place,
        reading_name=witnesses.reading_name,
        said_in_words=witnesses.said_in_words,
        same_belief=reading.same_belief,
        seen_by=reading.seen_by,
        skipped=reading.skipped,
        set_by=witnesses.set_by,
        shown_readings=witnesses.shown_readings,
        standings=witnesses.STANDINGS,
        tick_label=tick_label,
        values=reading.VALUES,
        wide=_wide,
    )
    return environment


_TIME_WORDS = (
    "between",
    "ended",
    "within",
    "headline",
    "local_clock",
    "moment",
    "offset",
    "stamp",
    "stamp_differs",
    "stamped",
)


def _shown(value: Any) -> Any:
    """What a template prints: log text without live characters, nothing as a dash."""
    if value is None:
        return "—"
    return terminal(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _place(fraction: float) -> str:
    return f"{_AXIS_LEFT + _AXIS_WIDTH * fraction:.2f}"


def _wide(span: Span) -> str:
    return f"{_AXIS_WIDTH * (span.end - span.start):.2f}"
