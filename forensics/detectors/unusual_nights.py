"""What did people do on a night that they, and their peers, hardly ever do?

Compares every night of every human with the ninety days before it: things never done before,
more of one kind of act than usual, hours without acts before, shares unlike the peers' of the same
role and site, and sessions unlike the account's own. What is told is unusual, which is no verdict:
most of it is a change of work. It can miss what is done slowly or as often as before, what nobody
was there twenty days to compare with, and, beyond the budget of a night, all but the most unusual.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from forensics.baselines import combine
from forensics.baselines.cells import sensitive
from forensics.baselines.combine import RULE, Judged, UnusualNight
from forensics.baselines.reading import chance, night
from forensics.detectors import Answer
from forensics.detectors.facts import Facts, stable_id
from forensics.engine import Row
from forensics.findings.document import LEVELS, Count, Evidence, Finding, Level
from forensics.people import dates

_RULE, _VERSION = "unusual_nights", "1"

FAR_BEYOND_CHANCE = 1e-6

# An approval is a grant of the same case, or on the same target in the day before the act.
_SENSITIVE = """
SELECT a.event_uid, a.tier IS NOT NULL AS protected, EXISTS (
  SELECT 1 FROM approvals AS g WHERE g.state = 'granted' AND g.time <= a.time
    AND (g.case_id = a.case_id OR (lower(g.target) = lower(a.target)
      AND g.time > a.time - INTERVAL 1 DAY))) AS approved
FROM baseline_acts AS a WHERE list_contains($verbs, a.action) AND list_contains($uids, a.event_uid)
"""
_INNOCENT = (
    "A new task, queue, tool or shift, a colleague's leave or a wave of cases is unusual too.",
    "Roles and sites are those of the roster; one that is late or wrong compares unlike work.",
)
_REFUTES = (
    "An assignment, instruction or shift that called for it.",
    "The same in the records of peers who had the same task.",
)


class UnusualNights:
    """The statistics of what is normal, asked of every night of the case."""

    name = _RULE
    question = "On which nights did people do what they and their peers hardly ever do?"

    def find(self, facts: Facts) -> Answer:
        """One finding for each unusual night of a person, within the budget of that night."""
        if "events" not in facts.engine.relations():
            return Answer(not_evaluated=[f"{self.name}: this case has no events"])
        zone = dates.zone_name(dates.zone(facts.default_zone)) if facts.default_zone else None
        judged = combine.judge(facts.engine, zone=zone, budget=facts.budget)
        if not judged.nights:
            lacking = f"history too short: {judged.short} nights with acts, 21 are needed"
            return Answer(not_evaluated=[f"{self.name}: {lacking}"])
        return Answer(
            findings=_findings(facts, judged.unusual),
            evaluated=[_told(judged, facts.budget)],
            not_evaluated=_untold(judged),
        )


def _told(judged: Judged, budget: int) -> str:
    told = (
        f"{_RULE}: {judged.person_nights:,} nights of {judged.people:,} people compared with the 90"
        f" days before each, {len(judged.unusual):,} unusual"
    )
    if judged.withheld:
        told += f", and {judged.withheld:,} more beyond the budget of {budget} a night"
    return told


def _untold(judged: Judged) -> list[str]:
    if not judged.short:
        return []
    return [f"{_RULE}: the first {judged.short:,} nights of the case have too short a history"]


def _findings(facts: Facts, nights: Sequence[UnusualNight]) -> list[Finding]:
    evidence = facts.evidence({uid for one in nights for uid in one.uids})
    asked = {"uids": sorted(evidence), "verbs": sensitive()}
    rows = facts.engine.rows(_SENSITIVE, asked) if evidence else []
    grave = {row["event_uid"]: row for row in rows}
    return [_finding(facts, one, evidence, grave) for one in nights]


def _finding(
    facts: Facts,
    one: UnusualNight,
    evidence: Mapping[str, Evidence],
    grave: Mapping[str, Row],
) -> Finding:
    cited = sorted(
        (evidence[uid] for uid in one.uids if uid in evidence),
        key=lambda act: (act.time, act.event_uid),
    )
    acts = [grave[act.event_uid] for act in cited if act.event_uid in grave]
    accounts = sorted({act.actor for act in cited if act.actor and not _granted(act)})
    doubted = any(reading.statistic == RULE for reading in one.readings)
    counts = (Count(label=label, n=n, of=of) for r in one.readings for label, n, of in r.counts)
    return Finding(
        id=stable_id(_RULE, one.who, f"{night(one.day)}"),
        detector=_RULE,
        rule=_RULE,
        rule_version=_VERSION,
        title=f"Unusual acts on {night(one.day)}",
        level=level(
            one,
            [act["approved"] for act in acts if act["protected"]],
            doubted=doubted,
            grave=bool(acts),
        ),
        verdict="match",
        actor=", ".join(accounts) or one.who,
        person=None if doubted else _person(facts, cited),
        target=cited[0].target if len({act.target for act in cited}) == 1 else None,
        first_time=cited[0].time,
        last_time=cited[-1].time,
        sentences=(_first(one), *(_capital(r.sentence) for r in one.readings)),
        missing=(),
        evidence=tuple(cited),
        counts=(*counts, Count(label="acts in this finding", n=len(cited), of=one.acts)),
        innocent=_INNOCENT,
        refutes=_REFUTES,
        refs=("NIST AU-6", "NIST AC-2(12)"),
    )


def level(one: UnusualNight, protected: Sequence[bool], *, doubted: bool, grave: bool) -> Level:
    """Low; medium for a session in doubt, where two statistics agree, or far beyond chance.

    The last two only where acts are `grave`: destructive or privileged. `protected` tells of
    each such act on a protected target whether it was approved: one that was not raises the level,
    and where all were, the night is low unless the session is in doubt.
    """
    statistics = {reading.statistic for reading in one.readings if reading.p is not None}
    if protected and all(protected) and not doubted:
        return "low"
    clear = len(statistics) > 1 or (one.p is not None and one.p < FAR_BEYOND_CHANCE)
    found: Level = "medium" if doubted or (grave and clear) else "low"
    if not protected or all(protected):
        return found
    # A statistic by itself is never high: only a person may say what an unusual night was.
    return LEVELS[LEVELS.index(found) + 1] if doubted else "medium"


def _first(one: UnusualNight) -> str:
    if one.p is None:
        return "A rule about sessions tells of this night; the statistics below stand beside it."
    return (
        f"By the statistics below {chance(one.p)} of such nights is as unusual by chance alone, all"
        " that was asked of it allowed for."
    )


def _capital(text: str) -> str:
    """As the beginning of a sentence, unless it begins with a verb of the events."""
    return text if "." in text.split(maxsplit=1)[0] else text[:1].upper() + text[1:]


def _granted(act: Evidence) -> bool:
    return act.action == "approval.grant"


def _person(facts: Facts, cited: Sequence[Evidence]) -> str | None:
    """The one person behind all of the acts, where the case can tell."""
    readings = facts.persons([act.event_uid for act in cited if not _granted(act)])
    found = {reading.person for reading in readings.values()}
    return found.pop() if len(found) == 1 else None


DETECTOR = UnusualNights()
