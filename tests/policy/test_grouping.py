"""Violations told together: by account, policy, level and day, whatever other nights bring."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from forensics.policy.grouping import Act, grouped
from forensics.policy.verdict import Verdict


def verdict(uid: str) -> Verdict:
    return Verdict("p", "P", "1", "high", "violation", "at_act", uid, ())


def uids(day: int, count: int) -> list[str]:
    return [f"{day}-{n}" for n in range(count)]


def together(*nights: list[str], cleared: tuple[str, ...] = ()) -> dict[tuple[str, ...], int]:
    given = [uid for night in nights for uid in night]
    acts = {uid: Act("ann", uid.split("-")[0]) for uid in given}
    found = grouped(map(verdict, given), acts, {("p", uid) for uid in cleared})
    return {key: len(verdicts) for key, verdicts in found.items()}


def test_eleven_of_one_day_are_one_and_ten_are_ten() -> None:
    assert len(together(uids(1, 10))) == 10
    assert list(together(uids(1, 11)).values()) == [11]
    # What was cleared since is told by itself, and does not make the others many.
    assert len(together(uids(1, 11), cleared=("1-0",))) == 11


@given(st.lists(st.integers(0, 30), min_size=1, max_size=6), st.integers(0, 5))
def test_another_day_changes_nothing_of_the_days_before(counts: list[int], until: int) -> None:
    nights = [uids(day, count) for day, count in enumerate(counts)]
    before, after = together(*nights[:until]), together(*nights)
    assert before.items() <= after.items()
