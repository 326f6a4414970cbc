"""How findings stand from scan to scan, by hand and by histories at random."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.findings.standing import TO_TELL, Said, SaidKind, Scan, Sighting, Standing, standing

START = datetime(2026, 3, 1, 2, tzinfo=UTC)


def night(number: int) -> datetime:
    return START + timedelta(days=number)


def nights(count: int, *incomplete: int) -> list[Scan]:
    return [Scan(n, night(n), n not in incomplete) for n in range(1, count + 1)]


def seen(scan: int, substance: str = "a", words: str = "") -> Sighting:
    return Sighting(scan=scan, substance=substance, sha256=substance + words)


def said(kind: SaidKind, scan: int, until: datetime | None = None) -> Said:
    time = night(scan) + timedelta(hours=6)
    return Said(kind=kind, scan=scan, time=time, author="ann", why="because", until=until)


def state(
    sightings: list[Sighting], decisions: list[Said], scans: list[Scan], later: int = 7
) -> Standing:
    """As it stands some hours after the last scan."""
    at = scans[-1].time + timedelta(hours=later)
    return standing("f", sightings, decisions, scans, at)


def test_it_is_new_once_and_then_repeated() -> None:
    told = [state([seen(n) for n in range(2, last + 1)], [], nights(last)) for last in (2, 3, 4)]
    assert [one.state for one in told] == ["new", "repeated", "repeated"]
    assert [one.first_scan for one in told] == [2, 2, 2]


def test_only_a_scan_that_could_look_shows_absence() -> None:
    assert state([seen(1)], [], nights(2)).state == "no_longer_found"
    assert state([seen(1)], [], nights(2, 2)).state == "repeated"
    assert state([seen(1), seen(3)], [], nights(3, 2)).state == "repeated"
    again = state([seen(1), seen(3)], [], nights(3))
    assert (again.state, again.sentence) == (
        "re-opened",
        "Scan 2 did not find it, scan 3 did again.",
    )
    assert state([seen(1), seen(3), seen(4)], [], nights(4)).state == "repeated"


@pytest.mark.parametrize(
    ("kind", "kept"), [("acknowledge", "acknowledged"), ("resolve", "resolved")]
)
def test_a_decision_holds_until_other_records_are_found(kind: SaidKind, kept: str) -> None:
    same, other = [seen(1), seen(2)], [seen(1), seen(2), seen(3, "b")]
    assert state(same, [said(kind, 1)], nights(2)).state == kept
    opened = state(other, [said(kind, 1)], nights(3))
    assert opened.state == "re-opened"
    assert "scan 3 found other records" in opened.sentence
    assert state([*other, seen(4, "b")], [said(kind, 1)], nights(4)).state == "repeated"
    # A decision on the new records holds in turn.
    assert state([*other, seen(4, "b")], [said(kind, 1), said(kind, 3)], nights(4)).state == kept


def test_other_words_for_the_same_records_open_nothing() -> None:
    reworded = state([seen(1), seen(2, words="!")], [said("resolve", 1)], nights(2))
    assert (reworded.state, reworded.changed, reworded.reworded) == ("resolved", False, True)
    changed = state([seen(1), seen(2, "b")], [], nights(2))
    assert (changed.state, changed.changed, changed.reworded) == ("re-opened", True, False)
    assert changed.sentence.endswith("Scan 2 found other records, or judged otherwise.")
    assert state([seen(1), seen(2, "b"), seen(3, "b")], [], nights(3)).state == "repeated"


def test_a_suppression_holds_whatever_is_found_until_its_end() -> None:
    quiet = [said("suppress", 1, night(4))]
    found = [seen(1), seen(2, "b"), seen(3, "c"), seen(4, "d")]
    assert state(found[:3], quiet, nights(3)).state == "suppressed"
    ended = state(found, quiet, nights(4))
    assert (ended.state, "the time is over" in ended.sentence) == ("re-opened", True)
    assert state([*found, seen(5, "d")], quiet, nights(5)).state == "repeated"
    # Between scans it ends by the clock.
    assert state(found[:3], quiet, nights(3), later=24).state == "re-opened"


def test_somebody_opens_it_again() -> None:
    decisions = [said("resolve", 1), said("re-open", 2)]
    assert state([seen(1), seen(2)], decisions, nights(2)).state == "re-opened"
    assert state([seen(1), seen(2), seen(3)], decisions, nights(3)).state == "repeated"


HISTORY = st.lists(
    st.tuples(st.booleans(), st.sampled_from("aab "), st.sampled_from(["", "", "ack", "res"])),
    min_size=1,
    max_size=9,
)


@settings(max_examples=400, deadline=None)
@given(HISTORY)
def test_a_night_tells_of_a_finding_only_where_something_happened(
    history: list[tuple[bool, str, str]],
) -> None:
    """Each night: whether it could look at everything, what it found (blank: nothing), a decision.

    Told exactly where a reader keeping a diary would: first found, found again after a night that
    looked and did not find it, or found otherwise than the last time, or than what somebody had
    decided on.
    """
    scans: list[Scan] = []
    sightings: list[Sighting] = []
    decisions: list[Said] = []
    seen_before, lost, basis, last = False, False, None, ""
    for number, (complete, found, decision) in enumerate(history, 1):
        scans.append(Scan(number, night(number), complete))
        if found == " ":
            lost = lost or (complete and seen_before)
            continue
        sightings.append(seen(number, found))
        told = standing("f", sightings, decisions, scans, night(number)).state in TO_TELL
        if basis is None:
            assert told == (lost or not seen_before or found != last)
        else:
            assert told == (found != basis)
            basis = basis if found == basis else None
        seen_before, lost, last = True, False, found
        if decision:
            kind: SaidKind = "acknowledge" if decision == "ack" else "resolve"
            decisions.append(said(kind, number))
            basis = found


@given(st.integers(2, 6), st.integers(0, 50))
def test_without_a_suppression_the_clock_changes_nothing(count: int, days: int) -> None:
    scans, found = nights(count), [seen(n) for n in range(1, count + 1)]
    for decisions in ([], [said("acknowledge", 1)], [said("re-open", count)]):
        told = [
            standing("f", found, decisions, scans, scans[-1].time + timedelta(days=more))
            for more in (0, days)
        ]
        assert told[0] == told[1]
