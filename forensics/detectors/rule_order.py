"""Whether the clocks establish the order that a correlation found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sigma.correlations import SigmaCorrelationRule, SigmaCorrelationType

from forensics.engine import Row
from forensics.findings.document import Evidence


def doubted(
    sigma: SigmaCorrelationRule, parts: Sequence[Row], evidence: Mapping[str, Evidence]
) -> Iterator[str]:
    """Where the bounds of the events leave their order open, that it is not known."""
    plain = not any(isinstance(one.rule, SigmaCorrelationRule) for one in sigma.referenced_rules)
    if sigma.type is not SigmaCorrelationType.TEMPORAL_ORDERED or not plain:
        return
    following: list[Evidence] | None = None
    for part in sorted(parts, key=lambda one: one["leaf"]):
        acts = [evidence[uid] for uid in {*part["uids"], part["last"]}]
        if following is None:
            following = acts
            continue
        sources = sorted({one.source for one in (*following, *acts)})
        following = [one for one in acts if any(_sure(former, one) for former in following)]
        if not following:
            between = " and ".join(sources)
            yield f"the order of the events: the clocks of {between} may be off by as much"
            return


def _sure(first: Evidence, second: Evidence) -> bool:
    """Whether the one came before the other; of one clock, the stamps say it."""
    if first.event_uid == second.event_uid:
        return False
    if first.source == second.source:
        return first.time <= second.time
    return first.latest <= second.earliest
