"""The ledger of the clocks of a case: offsets, what they rest on, and what refutes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import msgspec

from forensics.detectors.facts import Facts
from forensics.findings.clocks import ClockLedger, ClockOfSource, ClockPair
from forensics.timeline import anchors, order, own_stamps
from forensics.timeline.clock_model import ClockReading

SCHEMA = 1


def ledger(facts: Facts, *, tool_version: str) -> ClockLedger:
    """What is known of every clock, with the records it rests on."""
    tied = [one for one in facts.clocks.pairs if one.anchors]
    uids = {uid for one in facts.clocks.sources for uid in one.evidence}
    uids |= {uid for one in tied for uid in one.evidence}
    cited = facts.evidence(uids).values()
    return ClockLedger(
        schema=SCHEMA,
        tool_version=tool_version,
        sources=tuple(
            msgspec.convert({**asdict(one), "anchors": _counted(one.anchors)}, ClockOfSource)
            for one in facts.clocks.sources
        ),
        pairs=tuple(_pair(one) for one in tied),
        untied=len(facts.clocks.pairs) - len(tied),
        meaning={**anchors.MEANING, **own_stamps.MEANING},
        drift_ppm=order.DRIFT_PPM,
        evidence=tuple(sorted(cited, key=lambda one: (one.time, one.event_uid))),
        custody=facts.custody(),
    )


def _pair(reading: ClockReading) -> ClockPair:
    return msgspec.convert({**asdict(reading), "kinds": _counted(reading.kinds)}, ClockPair)


def _counted(kinds: Mapping[str, int]) -> list[dict[str, Any]]:
    return [{"name": kind, "n": n} for kind, n in sorted(kinds.items())]
