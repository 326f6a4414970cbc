"""The level of a violation: what holds, what may hold, and which facts would decide it."""

from __future__ import annotations

from forensics.policy.grading import Part, graded


def part(key: str, value: bool | None) -> Part:
    return Part(key, value, (f"said of {key}",), (f"fact of {key}",) if value is None else (), ())


def test_the_highest_above_wins_and_else_the_lowest_below() -> None:
    low, high, critical = part("low", True), part("high", True), part("critical", False)
    raises = [("low", [low]), ("high", [high]), ("critical", [critical])]
    found = graded("medium", raises)
    assert (found.level, found.reasons, found.doubts) == ("high", (high,), ())
    assert graded("medium", raises[:1]).level == "low"
    assert graded("medium", raises[2:]) == graded("medium", [])


def test_all_parts_of_a_raise_are_its_reason() -> None:
    first, second = part("a", True), part("b", True)
    assert graded("low", [("high", [first, second])]).reasons == (first, second)


def test_what_two_raises_share_is_supposed_of_both() -> None:
    tier, last_day = part("tier", None), part("last day", True)
    raises = [("high", [tier]), ("critical", [tier, last_day])]
    assert graded("medium", raises).doubts == (("critical", ("fact of tier",)),)


def test_two_levels_that_are_possible_are_both_told_with_their_facts() -> None:
    tier, last_day = part("tier", None), part("last day", None)
    raises = [("high", [tier]), ("critical", [tier, last_day])]
    assert graded("medium", raises).doubts == (
        ("critical", ("fact of last day", "fact of tier")),
        ("high", ("fact of last day", "fact of tier")),
    )


def test_what_would_change_nothing_is_not_told() -> None:
    raises = [("high", [part("a", True)]), ("low", [part("b", None)])]
    assert graded("medium", raises).doubts == ()


def test_many_facts_in_doubt_are_weighed_in_time() -> None:
    raises = [("high", [part(str(number), None)]) for number in range(40)]
    assert graded("medium", raises).doubts[0][0] == "high"
