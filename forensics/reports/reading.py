"""What every rendering derives from a document: summary, numbered evidence, paired verdicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from msgspec.structs import replace

from forensics.findings.course import Cause
from forensics.findings.document import (
    EmploymentBelief,
    Evidence,
    Outage,
    PersonReading,
    ProbeReading,
    Reconstruction,
    Verdict,
    VerdictValue,
)
from forensics.reports.times import between, headline, within
from forensics.reports.witnesses import FORMS, is_told

PHASES = {
    "employed": "employed",
    "notice": "in notice",
    "last_day": "last working day",
    "ended": "after access end",
    "leave": "on leave",
    "unknown": "not known",
}
VALUES: dict[VerdictValue, str] = {
    "violation": "violation",
    "match": "rule matched",
    "compliant": "compliant",
    "unknown": "unknown",
    "not_applicable": "not applicable",
}
MARKS: dict[VerdictValue, str] = {
    "violation": "✗",
    "match": "•",
    "compliant": "✓",
    "unknown": "?",
    "not_applicable": "–",
}
GRADES = {
    "A": "system of record, integrity checked, clock bounded",
    "B": "one intact log",
    "C": "derived: check, ticket, alert, screenshot",
    "D": "a statement",
    "E": "inferred",
}
AGREEMENT = {
    "confirms": "confirms the outage",
    "contradicts": "contradicts the outage",
    "silent": "neither confirms nor contradicts the outage",
}


class References:
    """Short numbers (`E1`, `E2`, …) of the evidence in a document, in order of time."""

    def __init__(self, evidence: Iterable[Evidence], letter: str = "E") -> None:
        self.items: tuple[Evidence, ...] = tuple(_once(evidence))
        self._letter = letter
        self._numbers = {item.event_uid: n for n, item in enumerate(self.items, 1)}

    def label(self, event_uid: str) -> str:
        """`E7`, or the first 8 digits of an event that the document does not carry."""
        at = self._numbers.get(event_uid)
        return event_uid[:8] if at is None else f"{self._letter}{at}"

    def only(self, event_uids: Collection[str]) -> References:
        """Those among these, under the numbers they have."""
        kept = References((), self._letter)
        kept.items = tuple(item for item in self.items if item.event_uid in event_uids)
        kept._numbers = self._numbers
        return kept

    def known(self, event_uid: str) -> bool:
        """Whether the document carries that event."""
        return event_uid in self._numbers

    def labels(self, event_uids: Iterable[str]) -> str:
        """Several labels, in the order given, without repeats; many in a row as `E3–E9`."""
        runs: list[list[str]] = []
        for uid in dict.fromkeys(event_uids):
            at = self._numbers.get(uid)
            if runs and at is not None and at - 1 == self._numbers.get(runs[-1][-1]):
                runs[-1].append(uid)
            else:
                runs.append([uid])
        return ", ".join(self._run(run) for run in runs)

    def _run(self, uids: Sequence[str]) -> str:
        labels = [self.label(uid) for uid in uids]
        return f"{labels[0]}–{labels[-1]}" if len(labels) > 2 else ", ".join(labels)


def references(document: Reconstruction) -> References:
    """All evidence of a reconstruction, numbered."""
    carried = (item for outage in document.outages for item in evidence_of(outage))
    return References((*carried, *document.cited))


def evidence_of(outage: Outage) -> list[Evidence]:
    """All events that one outage carries, each once, in order of time."""
    return _once((*ends_of(outage), *rivals_of(outage), *outage.around, *outage.witnesses))


def ends_of(outage: Outage) -> list[Evidence]:
    """The acts that began and ended an outage, where they are recorded."""
    return [item for item in (outage.started_by, outage.ended_by) if item is not None]


def support(outage: Outage, of: Literal["start", "end"], refs: References) -> str:
    """What bounds one end: the numbers of records, the act or checks, or the claims that set it."""
    act = outage.started_by if of == "start" else outage.ended_by
    basis = outage.start_basis if of == "start" else outage.end_basis
    if act is not None:
        return refs.labels(basis.bounds if basis and basis.bounds else (act.event_uid,))
    if outage.testimony is not None and of not in outage.testimony.records_close:
        own = [bound for bound in outage.testimony.bounds if FORMS[bound.of] == of]
        return "by " + " + ".join(dict.fromkeys(name for bound in own for name in bound.by))
    return refs.labels(basis.evidence) if basis is not None else ""


def graded(outage: Outage) -> str:
    """The grade of an outage and what it stands for."""
    means = "a log with a gap" if outage.grade == "C" and cuts(outage) else GRADES[outage.grade]
    return f"grade {outage.grade}: {means}"


def begun_among(outage: Outage) -> str:
    """Whose acts may each have begun an outage, where that is not established."""
    acts = [one for one in (outage.started_by, *outage.perhaps_started_by) if one is not None]
    if len(acts) < 2:
        return ""
    named = dict.fromkeys(one.actor or "an unnamed account" for one in acts)
    return f"begun by one of {len(acts)} acts, of {' or '.join(named)}: which is not established"


def cuts(outage: Outage) -> list[str]:
    """The gaps beyond which nothing of an outage is certain."""
    return [one.sentence for one in outage.gaps if one.cuts]


def acts_of(cause: Cause) -> list[str]:
    """The uids of the acts that began, ended, repeat or mirror a cause."""
    uids = (cause.begun_by, cause.ended_by, *cause.repeated_by, *cause.also_recorded_by)
    return [uid for uid in uids if uid]


def approvals_of(outage: Outage) -> list[Evidence]:
    """The records of asking for, granting or denying approval that an outage carries."""
    return [item for item in outage.witnesses if item.action.startswith("approval.")]


def rivals_of(outage: Outage) -> list[Evidence]:
    """The acts that may as well have begun or ended an outage."""
    return [*outage.perhaps_started_by, *outage.perhaps_ended_by]


def surroundings(outage: Outage) -> list[Evidence]:
    """What the acting account did, the acts at both ends and the approvals, in order of time."""
    kept = (*ends_of(outage), *rivals_of(outage), *approvals_of(outage))
    return _once((*kept, *outage.around))


def skipped(outage: Outage) -> list[Evidence]:
    """The numbered records of the time of its surroundings that are none of these."""
    events, carried = surroundings(outage), evidence_of(outage)
    if not events:
        return []
    shown = {item.event_uid for item in events}
    spanned = carried[carried.index(events[0]) : carried.index(events[-1])]
    return [item for item in spanned if item.event_uid not in shown]


def noted(outage: Outage, target: str) -> list[str]:
    """What was noted of an outage beyond its bounds, which every rendering shows anyway."""
    bounds = (f"{target} was not ", f"{target} was held from ", "That is at least ")
    return [sentence for sentence in outage.sentences if not sentence.startswith(bounds)]


def seen_by(probe: ProbeReading) -> str:
    """What a check saw, without its name, which stands before it."""
    return probe.sentence.removeprefix(f"{probe.source} ")


def same_belief(then: EmploymentBelief, now: EmploymentBelief) -> bool:
    """Whether both say the same of a person's employment, whatever their words."""
    first, second = (
        replace(belief, known_at=None, hours_to_access_end=None, sentence="")
        for belief in (then, now)
    )
    return first == second


@dataclass(frozen=True)
class JudgedPolicy:
    """One policy on one act, under both beliefs; None where that belief was not judged."""

    at_act: Verdict | None
    now: Verdict | None

    @property
    def verdict(self) -> Verdict:
        """The verdict as known now, or else as known at the act."""
        if self.now is not None:
            return self.now
        return cast(Verdict, self.at_act)

    @property
    def agreed(self) -> bool:
        """Whether one verdict stands for both beliefs: the one at the act alone, or two alike."""
        if self.at_act is None:
            return False
        return self.now is None or self.now.value == self.at_act.value

    @property
    def sentences(self) -> tuple[str, ...]:
        """What was said under either belief, without repeats."""
        return _union(self.at_act, self.now, "sentences")

    @property
    def missing(self) -> tuple[str, ...]:
        """Facts missing under either belief, without repeats."""
        return _union(self.at_act, self.now, "missing")

    @property
    def evidence(self) -> tuple[str, ...]:
        """Events behind either verdict, without repeats."""
        return _union(self.at_act, self.now, "evidence")


def judged(verdicts: Sequence[Verdict]) -> list[JudgedPolicy]:
    """Verdicts paired by policy and act, in the order given."""
    pairs: dict[tuple[str, str, str], dict[str, Verdict]] = {}
    for verdict in verdicts:
        key = (verdict.policy, verdict.version, verdict.event_uid)
        pairs.setdefault(key, {})[verdict.as_known] = verdict
    return [JudgedPolicy(pair.get("at_act"), pair.get("now")) for pair in pairs.values()]


def by_file(evidence: Iterable[Evidence]) -> list[tuple[str, str, list[Evidence]]]:
    """Events under the file they came from: path, SHA-256 and its events by record."""
    files: dict[tuple[str, str], list[Evidence]] = {}
    for item in evidence:
        files.setdefault((item.file, item.file_sha256), []).append(item)
    return [
        (*file, sorted(items, key=lambda item: (item.record_no, item.event_uid)))
        for file, items in sorted(files.items())
    ]


def phases(names: Sequence[str]) -> str:
    """Employment phases in words; several are undetermined."""
    words = " or ".join(PHASES[name] for name in names) or PHASES["unknown"]
    return f"{words} (undetermined)" if len(names) > 1 else words


def act_in_words(act: Evidence | None) -> str:
    """One sentence on the act that began or ended an outage: of an account, not of a person."""
    if act is None:
        return "No record shows which act it was."
    account = f"The account {act.actor}" if act.actor else "An account the record does not name"
    case = f" under case {act.case_id}" if act.case_id else " under no recorded case"
    return f"{account} executed {act.action} ({act.operation or 'unnamed'}){case}."


def act_at(end: Evidence | None) -> str:
    """The act at one end of the drawn outage, in the fewest words."""
    return end.action if end else "no recorded act"


def end_in_words(outage: Outage) -> str:
    """One sentence on how the outage ended, if it did."""
    if outage.end_latest is None and outage.ended_by is None:
        return "No end of the outage was seen in the data."
    if outage.ended_by is None:
        return "No record shows which act ended it."
    return act_in_words(outage.ended_by)


def decided_apart(outage: Outage) -> PersonReading | None:
    """Who decided on the outage, where another account carried it out."""
    decider = outage.decider
    if decider is None or (outage.actor and outage.actor.account == decider.account):
        return None
    return decider


def doubted(person: PersonReading) -> bool:
    """Whether it is open who used the account, so that nothing is to be said of its holder."""
    return person.grade == "E" or "not established" in person.sentence


def summary(outage: Outage, target: str, refs: References) -> list[str]:
    """What happened, for someone who reads nothing else: under 200 words with short names."""
    began = between(outage.start_earliest, outage.start_latest)
    bounds = within(outage.duration, ended=outage.end_latest is not None)
    length = f"{headline(outage.duration, ended=outage.end_latest is not None)}"
    length += f" (bounds {bounds})" if bounds else ""
    told = ", by what witnesses say" if is_told(outage) else ""
    cited = _cited(outage, refs)
    lines = [f"{target} was {outage.state} for {length} from {began} UTC{cited}{told}"]
    if outage.duration.longest is None:
        lines = [f"{target} was {outage.state} from {began} UTC{cited}{told}: {length}"]
    lines = [f"{lines[0]}; {graded(outage)}.", *cuts(outage)]
    if among := begun_among(outage):
        lines.append(f"It was {among}.")
    doubt = outage.actor is not None and doubted(outage.actor)
    if outage.actor and doubt:
        lines.append(outage.actor.sentence)
    lines += outage.testimony.sentences[:1] if outage.testimony else ()
    lines.append(act_in_words(outage.started_by))
    if outage.actor:
        then, now = phases(outage.actor.at_act.phases), phases(outage.actor.now.phases)
        known = (
            f"{then}, as known at the act and now."
            if then == now
            else f"{then} as known at the act, {now} as known now."
        )
        whom = "holder of" if doubt else "person behind"
        lines.append(f"Employment of the {whom} the account: {known}")
    lines.append(outage.approval.sentence)
    lines.append(end_in_words(outage))
    lines += [f"{probe.source} {AGREEMENT[probe.agrees]}." for probe in outage.probe]
    return [*lines, _policies_in_words(outage)]


def _cited(outage: Outage, refs: References) -> str:
    found = [support(outage, "start", refs), support(outage, "end", refs)]
    return f" ({', '.join(one for one in found if one)})" if any(found) else ""


def _policies_in_words(outage: Outage) -> str:
    counts = Counter(pair.verdict.value for pair in judged(outage.verdicts))
    if not counts:
        return "No policy was judged for it."
    return (
        f"Policies: {counts['violation']} violated, {counts['compliant']} complied with, "
        f"{counts['unknown']} undecided for missing facts."
    )


def control_gaps(outage: Outage) -> list[str]:
    """Controls that did not hold, as the violated policies name them."""
    return [
        f"{pair.verdict.policy} ({pair.verdict.title}) was violated and the act still succeeded"
        + (f"; see {', '.join(pair.verdict.refs)}." if pair.verdict.refs else ".")
        for pair in judged(outage.verdicts)
        if pair.verdict.value == "violation"
        and outage.started_by is not None
        and outage.started_by.event_uid == pair.verdict.event_uid
        and outage.started_by.outcome == "success"
    ]


def _once(evidence: Iterable[Evidence]) -> list[Evidence]:
    return sorted({item.event_uid: item for item in evidence}.values(), key=_order)


def _order(evidence: Evidence) -> tuple[object, ...]:
    place = evidence.source, evidence.file, evidence.record_no, evidence.event_uid
    return evidence.earliest, evidence.latest, *place


def _union(at_act: Verdict | None, now: Verdict | None, field: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for verdict in (at_act, now):
        if verdict is not None:
            found.update(dict.fromkeys(getattr(verdict, field)))
    return tuple(found)
