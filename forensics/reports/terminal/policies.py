"""Policies in a terminal: which there are, the acts that they judged, and one act laid open."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from forensics.findings.document import LEVELS, Count, Evidence, Level, Verdict
from forensics.findings.policies import (
    PolicyCheck,
    PolicyEntry,
    PolicyExplanation,
    PolicyOnAct,
    PolicyTally,
    PredicateAnswer,
)
from forensics.reports.terminal.parts import (
    LEVEL_STYLES,
    POSSIBLE,
    QUIET,
    Fact,
    bullets,
    facts,
    heading,
    indented,
    joined,
    labelled,
    plain,
    value,
)
from forensics.reports.times import stamp

# More verdicts of a kind are counted; other formats have all.
_MOST = 20
_MOST_FACTS = 8
_FEW = 3
_ANSWERS = {True: "yes", False: "no", None: "unknown"}
_TOLD = {
    "require": "required",
    "forbid": "forbidden",
    "limit": "limited",
    "exceptions": "excepted",
    "raise": "level",
}
# What the answer of a demand is where the demand is met.
_MET = {"require": True, "forbid": False, "limit": False}


# Which there are


def policies(entries: Sequence[PolicyEntry], console: Console) -> None:
    """Print each policy: its level, what it asks, where it is from, and what the case lacks."""
    for entry in entries:
        console.print(_title(entry.level, entry.id, entry.title))
        rows: list[Fact] = [
            ("asks", ", ".join(entry.predicates), ""),
            ("in force", _in_force(entry), ""),
            ("from", f"{entry.file} · version {entry.version} · tests {entry.tests}", ""),
        ]
        if entry.not_evaluated:
            rows.append(("lacking", plain(entry.not_evaluated, POSSIBLE), ""))
        facts(console, rows)


def _title(level: Level, name: str, title: str) -> Text:
    styled = (f" {level.upper()} ", LEVEL_STYLES[level])
    return joined(styled, "  ", (name, "bold"), f"  {title}")


def _in_force(entry: PolicyEntry) -> str:
    since, until = (
        f"{one:%Y-%m-%d}" if one else None for one in (entry.effective_from, entry.effective_to)
    )
    if since and until:
        return f"from {since}, until {until}"
    return f"since {since}" if since else f"until {until}" if until else "always"


# A check


def policy_check(document: PolicyCheck, console: Console) -> None:
    """Print by policy the violations, then what is not known, and how many are compliant."""
    counts = [sum(getattr(one, kind) for one in document.policies) for kind in _COUNTED]
    told = ", ".join(f"{n:,} {kind}" for n, kind in zip(counts, _COUNTED, strict=True))
    asked = len(document.policies)
    names = "1 policy" if asked == 1 else f"{asked} policies"
    console.print(joined((f"POLICY CHECK  {names}", "bold"), f": {told}"))
    if document.asked_about:
        about = ", ".join(document.asked_about)
        indented(console, plain(f"acts {about}, judged with all others around them"))
    if document.window_start and document.window_end:
        window = f"records from {stamp(document.window_start)} – {stamp(document.window_end)} UTC"
        indented(console, plain(window, QUIET))
    acts = {one.event_uid: one for one in document.acts}
    for tally in sorted(document.policies, key=_order):
        _policy(tally, [v for v in document.verdicts if v.policy == tally.policy], acts, console)
    if untold := list(dict.fromkeys((*document.incomplete, *document.not_evaluated))):
        heading(console, "Not evaluated", _for_want(document))
        bullets(console, untold)


def _for_want(document: PolicyCheck) -> str:
    lacking = [one for one in document.policies if one.not_evaluated]
    unknown = sum(one.unknown for one in lacking)
    whole = sum(one.unknown for one in document.policies)
    return f"{unknown:,} of the {whole:,} unknown" if unknown else ""


_COUNTED = ("violation", "unknown", "compliant")


def _order(tally: PolicyTally) -> tuple[bool, bool, int, str]:
    return not tally.violation, not tally.unknown, -LEVELS.index(tally.level), tally.policy


def _policy(
    tally: PolicyTally,
    verdicts: Sequence[Verdict],
    acts: dict[str, Evidence],
    console: Console,
) -> None:
    console.print()
    console.print(_title(tally.level, tally.policy, tally.title))
    told = ", ".join(f"{getattr(tally, kind):,} {kind}" for kind in _COUNTED)
    indented(console, plain(told, QUIET))
    if tally.not_evaluated:
        indented(console, plain(tally.not_evaluated, POSSIBLE))
    first = [one for one in verdicts if one.value == "violation" and _at_act(one)]
    violated = {one.event_uid for one in first}
    later = [
        one
        for one in verdicts
        if not _at_act(one) and (one.value != "violation" or one.event_uid not in violated)
    ]
    notes = [one for one in later if one.value == "not_applicable"]
    _named(first, acts, console)
    _named([one for one in later if one not in notes], acts, console, label="as known now")
    _named(notes, acts, console, label="a note beside the verdicts")
    unknown = [one for one in verdicts if one.value == "unknown" and _at_act(one)]
    if unknown and not tally.not_evaluated:
        _first_unknown(tally, unknown, acts, console)
    if tally.missing:
        facts(
            console, labelled("not known", [_counted(one) for one in tally.missing[:_MOST_FACTS]])
        )
        if (left := len(tally.missing) - _MOST_FACTS) > 0:
            indented(console, plain(f"and {left} more facts", QUIET))
    if first:
        facts(console, labelled("innocent if", tally.innocent))


def _at_act(verdict: Verdict) -> bool:
    return verdict.as_known == "at_act"


def _counted(count: Count) -> str:
    return f"{count.label}: {count.n:,} of {count.of:,} unknown acts"


def _named(
    verdicts: Sequence[Verdict], acts: dict[str, Evidence], console: Console, label: str = ""
) -> None:
    for verdict in verdicts[:_MOST]:
        act = acts.get(verdict.event_uid)
        head = joined(_judged(verdict), f"  {_act(act)}" if act else "")
        indented(console, head)
        rows: list[Fact] = labelled("", verdict.sentences)
        rows += labelled("not known", verdict.missing)
        shown = [verdict.event_uid[:8], *(uid[:8] for uid in verdict.evidence)]
        rows.append(("records", plain(" ".join(shown), QUIET), ""))
        if label:
            rows.insert(0, ("", plain(label, QUIET), ""))
        facts(console, rows)
    if (left := len(verdicts) - _MOST) > 0:
        indented(console, plain(f"and {left:,} more; -t jsonl has all", QUIET))


def _first_unknown(
    tally: PolicyTally, verdicts: Sequence[Verdict], acts: dict[str, Evidence], console: Console
) -> None:
    told = [
        joined((verdict.event_uid[:8], QUIET), f"  {_act(acts[verdict.event_uid])}")
        for verdict in verdicts[:_FEW]
        if verdict.event_uid in acts
    ]
    facts(console, labelled("unknown", told))
    if (left := tally.unknown - len(told)) > 0:
        indented(console, plain(f"and {left:,} more; -t jsonl lists them", QUIET))


def _judged(verdict: Verdict) -> Text:
    """The verdict, with the level that counts where it is none of compliance."""
    if verdict.value not in {"violation", "unknown"}:
        return value(verdict.value)
    return joined(value(verdict.value), "  ", (verdict.level, LEVEL_STYLES[verdict.level]))


def _act(act: Evidence) -> str:
    who, what = act.actor or "actor not recorded", act.target or "target not recorded"
    return f"{stamp(act.time)} UTC  {who}  {act.action} → {what}"


# One act


def policy_explanation(document: PolicyExplanation, console: Console) -> None:
    """Print the act, and for each policy its verdict with every answer, or why it is not asked."""
    console.print(joined(("ACT  ", "bold"), _act(document.act)))
    rows: list[Fact] = [("record", plain(document.act.event_uid, QUIET), "")]
    if document.person:
        rows.append(("person", document.person.sentence, ""))
    facts(console, rows)
    if not document.judged:
        verb = f"No policy judges acts of this verb, {document.act.action}."
        console.print(plain(verb))
    inside = [one for one in document.policies if one.at_act]
    outside = [one for one in document.policies if not one.at_act]
    judging = {one.policy for one in document.policies if one.in_force}
    for one in inside:
        _on_act(one, console, judged=one.policy in judging)
    if outside:
        heading(console, "Not asked", "the act is out of their scope")
        facts(console, [(one.policy, _why_not(one), "") for one in outside])
    if document.incomplete:
        heading(console, "Not evaluated")
        bullets(console, document.incomplete)


def _on_act(one: PolicyOnAct, console: Console, *, judged: bool) -> None:
    console.print()
    console.print(_title(one.level, one.policy, one.title))
    rows: list[Fact] = []
    if one.today:
        then = "another judges" if judged else "none judges"
        rows.append(("", plain(f"the version of today; {then} acts of that time", QUIET), ""))
    for label, verdict in (("at the act", one.at_act), ("now", one.now)):
        if verdict is not None and not (label == "now" and _same(one.at_act, verdict)):
            rows.append((label, _judged(verdict), ""))
            rows += labelled("not known", verdict.missing)
    if one.in_scope is None:
        rows += labelled("scope", [_why_not(one)])
    if one.not_evaluated:
        rows.append(("lacking", plain(one.not_evaluated, POSSIBLE), ""))
    breached = _breached(one.answers)
    for answer in one.answers:
        if breached or answer.clause not in ("exceptions", "raise"):
            rows += _answer(answer)
        else:
            asked = joined((f"{answer.predicate}: ", "bold"), (answer.parameters, QUIET))
            rows += labelled(_TOLD[answer.clause], [asked, "decides nothing: nothing is breached"])
    rows.append(("file", plain(f"{one.file} · version {one.version}", QUIET), ""))
    facts(console, rows)


def _breached(answers: Sequence[PredicateAnswer]) -> bool:
    """Whether a demand is not met, or perhaps not, so that exceptions and the level matter."""
    for one in answers:
        wanted = _MET.get(one.clause)
        if wanted is not None and {one.at_act, one.now} != {wanted}:
            return True
    return False


def _same(then: Verdict | None, now: Verdict) -> bool:
    return then is not None and (then.value, then.level) == (now.value, now.level)


def _answer(answer: PredicateAnswer) -> list[Fact]:
    lines: list[Text | str] = [
        joined((f"{answer.predicate}: ", "bold"), (answer.parameters, QUIET)),
        f"{_ANSWERS[answer.at_act]}: {answer.sentence or 'nothing is said of it'}",
    ]
    lines += [f"not known: {fact}" for fact in answer.missing]
    if (answer.now, answer.sentence_now) != (answer.at_act, answer.sentence):
        lines.append(f"as known now {_ANSWERS[answer.now]}: {answer.sentence_now or ''}".rstrip())
    if answer.evidence:
        lines.append(plain("records " + " ".join(uid[:8] for uid in answer.evidence), QUIET))
    return labelled(_TOLD[answer.clause], lines)


def _why_not(one: PolicyOnAct) -> str:
    """Of each selection the entries that do not hold, or may not."""
    if not one.in_force and one.in_scope is False and not one.today:
        return "not in force at the time of the act"
    told = []
    for selection in one.selections:
        failing = [entry for entry in selection if entry.held is False]
        failing = failing or [entry for entry in selection if entry.held is None]
        told.append(
            ", ".join(
                f"{entry.key} is {'not' if entry.held is False else 'perhaps'} {entry.wanted}"
                for entry in failing
            )
        )
    return "; ".join(text for text in told if text)
