"""Bounds hold what is true, never invert, only shrink; subsets are what brute force finds."""

from __future__ import annotations

import random
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.timeline.constraints import Claim, Constraint, Problem

NAMES = ("origin", "a", "b", "c")
DAY = 86_400_000_000


def claim(name: str, *constraints: Constraint, weight: int = 1) -> Claim:
    return Claim(name, name, weight, constraints)


def within(start: str, end: str, low: int | None, high: int | None) -> Constraint:
    return Constraint(start, end, low, high)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[dict[str, int], list[Claim]]:
    """True instants, and claims that hold of them."""
    dice = random.Random(draw(st.integers(0, 2**32)))
    truth = {name: dice.randrange(-DAY, DAY) for name in NAMES}
    claims = []
    for number in range(draw(st.integers(1, 8))):
        constraints = []
        for _ in range(dice.choice((1, 1, 2))):
            start, end = dice.sample(NAMES, 2)
            true = truth[end] - truth[start]
            low = None if dice.random() < 0.3 else true - dice.choice((0, 1, dice.randrange(DAY)))
            high = None if dice.random() < 0.3 else true + dice.choice((0, 1, dice.randrange(DAY)))
            constraints.append(within(start, end, low, high))
        claims.append(claim(f"c{number}", *constraints, weight=dice.choice((1, 10, 100))))
    return truth, claims


@settings(max_examples=2_000, deadline=None)
@given(world=worlds())
def test_bounds_contain_the_truth_and_only_shrink(
    world: tuple[dict[str, int], list[Claim]],
) -> None:
    truth, claims = world
    before: dict[tuple[str, str], int] = {}
    for count in range(1, len(claims) + 1):
        problem = Problem(claims[:count])
        assert problem.conflict() is None
        system = problem.only(problem.ids)
        for start, end in combinations(NAMES, 2):
            there, back = system.most(start, end), system.most(end, start)
            true = truth[end] - truth[start]
            assert there is None or true <= there.most
            assert back is None or -back.most <= true
            if there and back:
                assert -back.most <= there.most
            for pair, limit in (((start, end), there), ((end, start), back)):
                if limit is None:
                    assert pair not in before
                    continue
                assert pair not in before or limit.most <= before[pair]
                before[pair] = limit.most


@settings(max_examples=300, deadline=None)
@given(world=worlds())
def test_the_claims_named_set_the_bound(world: tuple[dict[str, int], list[Claim]]) -> None:
    _, claims = world
    problem = Problem(claims)
    system = problem.only(problem.ids)
    for start in NAMES:
        for end in NAMES:
            limit = system.most(start, end) if start != end else None
            if limit is None:
                continue
            alone = problem.only(limit.by).most(start, end)
            assert alone is not None
            assert alone.most == limit.most


@st.composite
def quarrels(draw: st.DrawFn) -> list[Claim]:
    """Claims drawn at random, which often contradict each other."""
    number = st.integers(-6, 6)
    claims = []
    for index in range(draw(st.integers(1, 7))):
        constraints = []
        for _ in range(draw(st.integers(1, 2))):
            start, end = draw(st.permutations(NAMES[:3]))[:2]
            low = draw(st.none() | number)
            width = draw(st.none() | st.integers(0, 6))
            high = None if width is None else (low or 0) + width
            constraints.append(within(start, end, low, high))
        claims.append(claim(f"c{index}", *constraints, weight=draw(st.sampled_from((1, 2, 10)))))
    return claims


def holds(claims: tuple[Claim, ...]) -> bool:
    """Whether some whole numbers satisfy all constraints, tried one by one."""
    span = range(-14, 15)
    return any(
        all(
            (one.low is None or one.low <= at[one.end] - at[one.start])
            and (one.high is None or at[one.end] - at[one.start] <= one.high)
            for claim in claims
            for one in claim.constraints
        )
        for at in ({"origin": 0, "a": a, "b": b} for a in span for b in span)
    )


def maximal(claims: list[Claim]) -> set[frozenset[str]]:
    """The maximal consistent subsets, by trying every subset."""
    found: list[frozenset[str]] = []
    for size in range(len(claims), -1, -1):
        for subset in combinations(claims, size):
            ids = frozenset(one.id for one in subset)
            if not any(ids <= larger for larger in found) and holds(subset):
                found.append(ids)
    return set(found)


@settings(max_examples=150, deadline=None)
@given(claims=quarrels())
def test_subsets_are_those_that_brute_force_finds(claims: list[Claim]) -> None:
    problem = Problem(claims)
    found = problem.alternatives()
    assert found.complete
    kept = [frozenset(one.kept) for one in found.subsets]
    assert len(kept) == len(set(kept))
    assert set(kept) == maximal(claims)
    weights = {one.id: one.weight for one in claims}
    lost = [sum(weights[one] for one in subset.dropped) for subset in found.subsets]
    assert lost == [subset.lost for subset in found.subsets] == sorted(lost)


@settings(max_examples=150, deadline=None)
@given(claims=quarrels())
def test_conflicts_are_minimal(claims: list[Claim]) -> None:
    problem = Problem(claims)
    by_id = {one.id: one for one in claims}
    for conflict in problem.alternatives().conflicts:
        assert not holds(tuple(by_id[one] for one in conflict))
        for spared in conflict:
            assert holds(tuple(by_id[one] for one in conflict if one != spared))


@settings(max_examples=100, deadline=None)
@given(claims=quarrels(), checks=st.integers(0, 12))
def test_work_cut_off_leaves_maximal_subsets(claims: list[Claim], checks: int) -> None:
    whole, part = (
        Problem(claims).alternatives(),
        Problem(claims).alternatives(most_checks=checks),
    )
    assert part.subsets
    assert set(part.subsets) <= set(whole.subsets)
    assert part.subsets == whole.subsets or not part.complete


@settings(max_examples=100, deadline=None)
@given(claims=quarrels(), dice=st.randoms())
def test_the_order_of_claims_changes_nothing(claims: list[Claim], dice: random.Random) -> None:
    shuffled = list(claims)
    dice.shuffle(shuffled)
    assert Problem(claims).alternatives() == Problem(shuffled).alternatives()


def test_a_conflict_of_three_names_all_three() -> None:
    claims = [
        claim("start", within("origin", "a", 10, 12)),
        claim("length", within("a", "b", 11, None)),
        claim("end", within("origin", "b", None, 20)),
    ]
    assert Problem(claims).conflict() == ("end", "length", "start")
    found = Problem(claims).alternatives()
    assert [one.dropped for one in found.subsets] == [("end",), ("length",), ("start",)]
    assert found.undisputed == ()


def test_what_weighs_more_is_kept() -> None:
    claims = [
        claim("log", within("origin", "a", 0, 1), weight=1_000),
        *(claim(f"press{n}", within("origin", "a", 5, 6), weight=10) for n in range(9)),
    ]
    best, *others = Problem(claims).alternatives().subsets
    assert best.kept == ("log",)
    assert [one.dropped for one in others] == [("log",)]


def test_many_quarrels_end() -> None:
    pairs = [
        claim(f"{side}{n}", within("origin", f"x{n}", low, low), weight=1)
        for n in range(20)
        for side, low in (("l", 0), ("r", 1))
    ]
    found = Problem(pairs).alternatives()
    assert not found.complete
    assert all(len(one.dropped) == 20 for one in found.subsets)


def test_many_who_all_disagree() -> None:
    claims = [claim(f"c{n:02}", within("origin", "a", 10 * n, 10 * n + 1)) for n in range(60)]
    found = Problem(claims).alternatives()
    assert found.complete
    assert sorted(one.kept for one in found.subsets) == [(one.id,) for one in claims]


def test_refuses_what_cannot_be() -> None:
    bad = [within("a", "b", 1, None), within("b", "a", 1, None)]
    with pytest.raises(ValueError, match="contradicts itself"):
        Problem([], bad)
    with pytest.raises(ValueError, match="one id"):
        Problem([claim("x"), claim("x")])
    with pytest.raises(ValueError, match="weight"):
        Problem([claim("x", weight=0)])
