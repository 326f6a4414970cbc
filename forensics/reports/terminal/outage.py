"""The reconstruction of an account's outages in a terminal."""

from __future__ import annotations

from datetime import datetime, tzinfo

from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from forensics.findings.document import (
    Evidence,
    Outage,
    ProbeReading,
    Reconstruction,
)
from forensics.reports.reading import (
    AGREEMENT,
    References,
    act_in_words,
    acts_of,
    begun_among,
    cuts,
    decided_apart,
    doubted,
    end_in_words,
    graded,
    noted,
    references,
    seen_by,
    support,
)
from forensics.reports.terminal.assessment import around, counts, explanations, policies
from forensics.reports.terminal.coverage import coverage, evidence_index
from forensics.reports.terminal.derivation import stages
from forensics.reports.terminal.drawing import drawing
from forensics.reports.terminal.parts import (
    DOWN,
    POSSIBLE,
    QUIET,
    Fact,
    bullets,
    facts,
    grid_of,
    heading,
    indented,
    joined,
    labelled,
    plain,
    stacked,
)
from forensics.reports.terminal.person import employment_facts, person_facts
from forensics.reports.terminal.testimony import testimony
from forensics.reports.times import (
    began,
    between,
    ended,
    headline,
    local_span,
    local_zone,
    stamp,
    within,
)

# The other stages are the ends of the outage, which stand above.
_COURSE = ("initiated", "approved", "recovered")


def outage(document: Reconstruction, console: Console, zone: tzinfo | None = None) -> None:
    """Print the whole answer; `zone` None shows local times as the acting person's clock."""
    refs = references(document)
    _contents(document, console)
    for each in document.outages:
        _overview(document, each, console, zone, refs)
        testimony(each, console, refs, local_zone(zone, each))
        around(each, console, refs)
        counts(each, console)
        explanations(each, console)
    _states(document, console, refs)
    heading(console, "Limits")
    bullets(console, document.limits or ("none noted",))
    coverage(document.coverage, console, outages=document.outages)
    evidence_index(refs, document.custody, console)


def overview(document: Reconstruction, console: Console, zone: tzinfo | None = None) -> None:
    """Print of each outage only when, who, how and which policies: what fits one screen."""
    refs = references(document)
    _contents(document, console)
    for each in document.outages:
        _overview(document, each, console, zone, refs)


def headlines(document: Reconstruction, console: Console, zone: tzinfo | None = None) -> None:
    """Print of each outage only between which instants it was, and how sure that is."""
    refs = references(document)
    _contents(document, console)
    for each in document.outages:
        _header(document, each, console, local_zone(zone, each), refs)


def _contents(document: Reconstruction, console: Console) -> None:
    """What is disputed, and what there is, where it is not just one outage: none, or several."""
    for sentence in document.disputed:
        console.print(plain(sentence, DOWN))
    if document.other_kinds:
        console.print(plain(" ".join(document.other_kinds), POSSIBLE))
    count = len(document.outages)
    if count == 1:
        return
    found = f"{count} outages" if count else "no outage in these records"
    console.print(joined((f"{document.target}: {found}", "bold")))
    if not count:
        return
    table = grid_of(("", "from (UTC)", "down", "state", "by"), wide="by")
    for each in document.outages:
        by = each.started_by.actor if each.started_by else None
        table.add_row(
            plain(str(each.number)),
            plain(began(each)),
            plain(headline(each.duration, ended=each.end_latest is not None)),
            plain(each.state),
            plain(by or "no record"),
        )
    indented(console, table)


def _overview(
    document: Reconstruction,
    outage: Outage,
    console: Console,
    zone: tzinfo | None,
    refs: References,
) -> None:
    local = local_zone(zone, outage)
    _header(document, outage, console, local, refs)
    disputed = bool(document.disputed)
    for line in drawing(outage, document.window_end, local, console.width, disputed=disputed):
        console.print(line, no_wrap=True, overflow="crop")
    _who(outage, document.target, console, refs)
    policies(outage, console, refs)


def _header(
    document: Reconstruction,
    outage: Outage,
    console: Console,
    zone: tzinfo | None,
    refs: References,
) -> None:
    count = len(document.outages)
    number = f"OUTAGE {outage.number} of {count}" if count > 1 else "OUTAGE"
    tier = f"tier {document.tier}" if document.tier else "no tier recorded"
    doubt = outage.actor is not None and doubted(outage.actor)
    told = outage.testimony.sentences[:1] if outage.testimony else ()
    exact = within(outage.duration, ended=outage.end_latest is not None)
    began_by, ended_by = support(outage, "start", refs), support(outage, "end", refs)
    lines = stacked(
        joined((document.target, "bold"), f" · {tier} · {outage.state}"),
        joined(
            "down  ",
            (headline(outage.duration, ended=outage.end_latest is not None), DOWN),
            (f"  ({exact})" if exact else "", QUIET),
        ),
        _edge("from  ", (outage.start_earliest, outage.start_latest), zone, began_by),
        _edge("until ", (outage.end_earliest, outage.end_latest), zone, ended_by, ended(outage)),
        joined((graded(outage), QUIET)),
        *([plain(among, POSSIBLE)] if (among := begun_among(outage)) else []),
        *(plain(sentence, POSSIBLE) for sentence in cuts(outage)),
        *(plain(line, QUIET) for line in told),
        *([plain("who used the account is not established; see below", POSSIBLE)] if doubt else []),
    )
    console.print()
    console.print(Panel(lines, title=plain(number, "bold"), title_align="left"))


def _edge(
    label: str,
    bounds: tuple[datetime | None, datetime | None],
    zone: tzinfo | None,
    cited: str,
    shown: str = "",
) -> Text:
    earliest, latest = bounds
    if earliest is None and latest is None:
        return joined(label, ("no end seen", "bold"))
    line = joined(label, (shown or between(earliest, latest), "bold"), " UTC")
    if zone is not None and earliest is not None and latest is not None:
        line.append_text(plain(f"  ({local_span(earliest, latest, zone)})", QUIET))
    return line.append_text(plain(f"  {cited}" if cited else "", QUIET))


def _who(outage: Outage, target: str, console: Console, refs: References) -> None:
    heading(console, "Who and how", "acts of accounts; the person is a separate claim")
    started = refs.label(outage.started_by.event_uid) if outage.started_by else ""
    over = refs.label(outage.ended_by.event_uid) if outage.ended_by else ""
    if outage.ended_by is None and outage.end_basis is not None:
        over = refs.labels(outage.end_basis.evidence)
    rows: list[Fact] = [("act", act_in_words(outage.started_by), started)]
    if outage.started_by:
        rows.append(("", plain(_handles(outage.started_by), QUIET), ""))
    rows += [
        ("or", act_in_words(one), refs.label(one.event_uid)) for one in outage.perhaps_started_by
    ]
    if outage.actor:
        rows += person_facts("person", outage.actor)
        rows += employment_facts(outage.actor)
    rows += [stage for stage in stages(outage, refs) if stage[0] in _COURSE]
    if (decider := decided_apart(outage)) is not None:
        rows += person_facts("decided by", decider)
        rows += employment_facts(decider)
    rows += _approval(outage, refs)
    rows.append(("ended by", end_in_words(outage), over))
    rows += [
        ("perhaps", act_in_words(one), refs.label(one.event_uid)) for one in outage.perhaps_ended_by
    ]
    if outage.restorer:
        rows += person_facts("person", outage.restorer)
    rows += [_probe(probe, refs) for probe in outage.probe]
    acts = (uid for cause in outage.causes for uid in acts_of(cause))
    rows += labelled("noted", noted(outage, target), refs.labels(acts))
    facts(console, rows)


def _handles(act: Evidence) -> str:
    known = (
        ("stamped", f"{stamp(act.time)} UTC"),
        ("tool", act.tool),
        ("session", act.session_id),
        ("device", act.device_id),
        ("address", act.src_ip),
        ("reason code", act.reason_code),
    )
    return " · ".join(f"{name} {shown}" for name, shown in known if shown)


def _approval(outage: Outage, refs: References) -> list[Fact]:
    approval = outage.approval
    steps = (
        *(("requested", step) for step in approval.requested),
        *(("granted", step) for step in approval.granted),
        *(("denied", step) for step in approval.denied),
    )
    untold = (f"{word}: {step}" for word, step in steps if step not in approval.sentence)
    return labelled("approval", (approval.sentence, *untold), refs.labels(approval.evidence))


def _probe(probe: ProbeReading, refs: References) -> Fact:
    line = joined((f"{probe.source} {AGREEMENT[probe.agrees]}: ", "bold"), seen_by(probe))
    return ("checks", line, refs.labels(probe.evidence))


def _states(document: Reconstruction, console: Console, refs: References) -> None:
    heading(console, "States", document.target)
    rows: list[Fact] = []
    if not document.intervals:
        rows.append(("unknown", "No record tells of its state.", ""))
    for each in document.intervals:
        start = between(each.start_earliest, each.start_latest)
        end = between(each.end_earliest, each.end_latest)
        inferred = " (inferred)" if each.inferred else ""
        acts = refs.labels(uid for uid in (each.begun_by, each.ended_by, *each.evidence) if uid)
        rows.append((each.state + inferred, each.sentence, acts))
        rows.append(("", plain(f"{start} → {end} (UTC)", QUIET), ""))
    facts(console, rows)
