"""The frozen documents that every rendering is developed against, and odd ones made of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest
from msgspec.structs import replace

from forensics.findings.document import (
    Document,
    Duration,
    Outage,
    Reconstruction,
    ScanReport,
    decode,
)
from forensics.findings.profile import ActorProfile

FIXTURES = Path(__file__).parent / "fixtures"
HOSTILE = '"><script>x</script>{{ 7 * 7 }}[bold]=\x1b[2J\u202e\x00\n'
ENUMERATED = {"level", "value", "as_known", "grade", "agrees", "verdict", "phases"}
D = TypeVar("D", bound=Document)


@pytest.fixture(scope="session")
def eleven_minutes() -> Reconstruction:
    return decode((FIXTURES / "eleven_minutes.json").read_bytes(), Reconstruction)


@pytest.fixture(scope="session")
def eleven_minutes_scan() -> ScanReport:
    return decode((FIXTURES / "eleven_minutes_scan.json").read_bytes(), ScanReport)


@pytest.fixture(scope="session")
def eleven_minutes_actor() -> ActorProfile:
    return decode((FIXTURES / "eleven_minutes_actor.json").read_bytes(), ActorProfile)


@pytest.fixture(scope="session")
def approved(eleven_minutes: Reconstruction) -> Reconstruction:
    """An approval is on record ten hours before, and the verdict on the act cites it."""
    outage = eleven_minutes.outages[0]
    assert outage.started_by is not None
    early = timedelta(hours=-10)
    grant = replace(
        outage.started_by,
        event_uid="a" * 32,
        record_no=20_001,
        time=outage.started_by.time + early,
        earliest=outage.started_by.earliest + early,
        latest=outage.started_by.latest + early,
        actor="lead-sf-1",
        action="approval.grant",
        operation="approval_granted",
        sentence="lead-sf-1 granted account.deactivate on @headofstate to contractor-7.",
    )
    verdict = replace(
        outage.verdicts[0], value="compliant", level="informational", evidence=(grant.event_uid,)
    )
    step = "lead-sf-1 granted account.deactivate at 2017-11-02 12:50:03Z"
    approval = replace(
        outage.approval,
        requested=("contractor-7 asked for account.deactivate",),
        granted=(step,),
        sentence=f"Approval was granted before the act: {step}.",
    )
    changed = replace(
        outage,
        verdicts=(verdict,),
        witnesses=(grant, *outage.witnesses),
        approval=approval,
    )
    return replace(eleven_minutes, outages=(changed,))


@pytest.fixture(scope="session")
def doubted(eleven_minutes: Reconstruction) -> Reconstruction:
    """The act came from a strange device: who used the account is not established."""
    (outage,) = eleven_minutes.outages
    assert outage.actor is not None
    sentence = (
        "The account is contractor-7; who used it is not established: the act came from device "
        f"dev-x. {outage.actor.sentence}"
    )
    actor = replace(outage.actor, grade="E", sentence=sentence)
    return replace(eleven_minutes, outages=(replace(outage, actor=actor),))


@pytest.fixture(scope="session")
def odd(eleven_minutes: Reconstruction) -> dict[str, Reconstruction]:
    """Answers that lack what the usual one has, or have it more than once, by name."""
    (outage,) = eleven_minutes.outages
    inferred = replace(
        outage,
        started_by=None,
        ended_by=None,
        actor=None,
        restorer=None,
        verdicts=(),
        around=(),
        counts=(),
        explanations=(),
        grade="E",
    )
    unended: dict[str, Any] = {"end_earliest": None, "end_latest": None, "ended_by": None}
    ongoing = replace(
        outage, **unended, restorer=None, duration=Duration(shortest=630.0, longest=None)
    )
    unseen = replace(
        inferred, **unended, probe=(), witnesses=(), duration=Duration(shortest=0.0, longest=None)
    )
    later = [_later(outage, number) for number in (2, 3)]
    outages = {
        "no outage": (),
        "open": (ongoing,),
        "inferred ends": (inferred,),
        "hardly known": (unseen,),
        "several": (outage, *later),
        "no verdicts": (replace(outage, verdicts=()),),
    }
    documents = {name: replace(eleven_minutes, outages=each) for name, each in outages.items()}
    documents["no outage"] = replace(
        documents["no outage"], intervals=(), limits=(), tier=None, window_start=None
    )
    documents["hostile"] = hostile(documents["several"])
    return documents


@pytest.fixture(scope="session")
def hostile_scan(eleven_minutes_scan: ScanReport) -> ScanReport:
    return hostile(eleven_minutes_scan)


@pytest.fixture(scope="session")
def hostile_actor(eleven_minutes_actor: ActorProfile) -> ActorProfile:
    return hostile(eleven_minutes_actor)


def hostile(document: D) -> D:
    """The document with hostile text before every text that is not one of an enumeration."""
    raw = msgspec.to_builtins(document, builtin_types=(datetime,))
    return msgspec.convert(_poisoned(raw), type(document))


def _poisoned(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: each if key in ENUMERATED else _poisoned(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_poisoned(each) for each in value]
    return HOSTILE + value if isinstance(value, str) else value


def _later(outage: Outage, number: int) -> Outage:
    by = timedelta(days=3 * number)
    assert outage.end_earliest is not None and outage.end_latest is not None
    return replace(
        outage,
        number=number,
        start_earliest=outage.start_earliest + by,
        start_latest=outage.start_latest + by,
        end_earliest=outage.end_earliest + by,
        end_latest=outage.end_latest + by,
    )
