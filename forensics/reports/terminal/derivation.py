"""How the states of an object were derived, step by step, in a terminal."""

from __future__ import annotations

from rich.console import Console

from forensics.findings.course import Stage
from forensics.findings.document import Outage, Reconstruction
from forensics.reports.reading import References, acts_of, references
from forensics.reports.terminal.coverage import evidence_index
from forensics.reports.terminal.parts import (
    QUIET,
    Fact,
    bullets,
    facts,
    heading,
    joined,
    plain,
)
from forensics.reports.times import between, ended, exact_bounds, span


def derivation(document: Reconstruction, console: Console) -> None:
    """Print every step: records, rule, stamps with their clocks, bounds; then what these give."""
    refs = references(document)
    heading(console, "Derivation", f"{document.target}, by the states of the kind {document.kind}")
    if not document.derivation:
        bullets(console, ("No record acts on or observes its state.",))
    rows: list[Fact] = []
    for number, step in enumerate(document.derivation, 1):
        cited = refs.labels(step.evidence)
        rows.append((f"{number}", joined((step.rule, "bold"), f"  {step.sentence}"), cited))
        rows += [("", plain(one, QUIET), "") for one in step.clocks]
        rows.append(("", plain(f"{between(step.earliest, step.latest)} (UTC)"), ""))
    facts(console, rows)
    for outage in document.outages:
        _outage(document, outage, console, refs)
    heading(console, "Limits", "what is known of the clocks is among them")
    bullets(console, document.limits or ("none noted",))
    used = {uid for step in document.derivation for uid in step.evidence}
    used |= {uid for outage in document.outages for uid in _cited(outage)}
    evidence_index(refs.only(used), document.custody, console)


def _cited(outage: Outage) -> list[str]:
    """The records that the ends, the stages, the causes and the gaps of an outage rest on."""
    rests = (outage.start_basis, outage.end_basis, *outage.stages, *outage.gaps)
    found = [uid for one in rests if one is not None for uid in one.evidence]
    return [*found, *(uid for cause in outage.causes for uid in acts_of(cause))]


def stages(outage: Outage, refs: References) -> list[Fact]:
    """The course of an outage as facts: each stage, by whom, between which instants."""
    return [_stage(one, refs) for one in outage.stages]


def _stage(stage: Stage, refs: References) -> Fact:
    line = joined(stage.sentence, (f"  grade {stage.grade}", QUIET))
    return (stage.stage, line, refs.labels(stage.evidence))


def _outage(document: Reconstruction, outage: Outage, console: Console, refs: References) -> None:
    heading(console, f"Outage {outage.number}", outage.state)
    certain = None
    if outage.end_earliest is not None and outage.start_latest < outage.end_earliest:
        certain = span(outage.start_latest, outage.end_earliest)
    start = between(outage.start_earliest, outage.start_latest)
    end = ended(outage) if outage.end_latest else "no end seen"
    rows: list[Fact] = [
        ("start", f"{start} (UTC)", ""),
        *_basis(outage, refs, of_start=True),
        ("end", f"{end} (UTC)" if outage.end_latest else end, ""),
        *_basis(outage, refs, of_start=False),
        ("certain", _certain(document, certain), ""),
        ("duration", exact_bounds(outage.duration, ended=outage.end_latest is not None), ""),
        *(("gap", gap.sentence, refs.labels(gap.evidence)) for gap in outage.gaps),
        *stages(outage, refs),
        *(
            ("cause", f"{one.state}, {one.source}", refs.labels(acts_of(one)))
            for one in outage.causes
        ),
    ]
    facts(console, rows)


def _certain(document: Reconstruction, certain: str | None) -> str:
    if certain is None:
        return "no instant is certain"
    if document.disputed:
        return f"no instant is certain; {document.away} {certain} if clocks are as told"
    return f"{document.away} {certain}"


def _basis(outage: Outage, refs: References, *, of_start: bool) -> list[Fact]:
    basis = outage.start_basis if of_start else outage.end_basis
    if basis is None:
        return []
    line = plain(f"grade {basis.grade}: {basis.sentence}", QUIET)
    return [("", line, refs.labels(basis.evidence))]
