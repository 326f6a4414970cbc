"""All nights at once say what an evaluator says that looks at one night after the other."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from statistics import mean as average
from typing import Any

import pytest

from forensics.baselines import chance, peers
from forensics.baselines.cells import sensitive
from forensics.baselines.combine import judge
from forensics.baselines.rare_combination import surprise
from forensics.baselines.time_of_day import tails

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HISTORY = 90


class Naive:
    """The statistics of one night of one person, counted record by record."""

    def __init__(self, acts: Any) -> None:
        self.role = {row["person"]: row["role"] for row in acts.roster}
        self.acts = [{**row, "day": (row["time"] - EPOCH).days} for row in acts.rows]
        self.told = [(row["day"], *one) for row in self.acts for one in self.things(row)]
        self.nights = sorted({(day, who) for day, who, *_ in self.told})

    def between(self, day: int) -> list[dict[str, Any]]:
        return [row for row in self.acts if day - HISTORY <= row["day"] < day]

    @staticmethod
    def things(row: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
        """Whose it is, its kind, and its value."""
        tier = " on vip" if row.get("target") == "@vip" else ""
        yield row["actor"], "action", row["action"] + tier
        if row.get("reason_code"):
            yield row["actor"], "reason_code", row["reason_code"]
        if row["action"] == "approval.grant":
            yield row["approval_requested_by"], "approver", row["actor"]

    def first_bits(self, who: str, day: int) -> dict[tuple[str, str], float] | None:
        """By what is a first its surprise; None where nothing could be asked."""
        before = [one[1:] for one in self.told if day - HISTORY <= one[0] < day]
        tonight = {one[1:] for one in self.told if one[:2] == (day, who)}
        role = self.role.get(who)
        found, asked = {}, False
        for _, kind, value in sorted(tonight):
            own = [v for w, k, v in before if (w, k) == (who, kind)]
            if len(own) < 30:
                continue
            asked = True
            theirs = [
                v for w, k, v in before if k == kind and w != who and self.role.get(w) == role
            ]
            theirs = theirs or [v for w, k, v in before if k == kind and w != who]
            q = (theirs.count(value) + 0.5) / (len(theirs) + 1)
            if value not in own and theirs and q < 0.01:
                found[kind, value] = surprise(0, len(own), theirs.count(value), len(theirs))
        return found if asked else None

    def firsts(self) -> dict[tuple[str, int, str, str], float]:
        scores = {(day, who): self.first_bits(who, day) for day, who in self.nights}
        found = {}
        for (day, who), bits in scores.items():
            if not bits:
                continue
            pool = [
                max(one.values(), default=0.0)
                for (other, _), one in scores.items()
                if one is not None and day - HISTORY <= other < day
            ]
            rarer = sum(score >= max(bits.values()) for score in pool)
            for kind, value in bits:
                found[who, day, kind, value] = (rarer + 1) / (len(pool) + 1)
        return found

    def bursts(self) -> dict[tuple[str, int, str], float]:
        found = {}
        for day, who in self.nights:
            before = self.between(day)
            days: dict[str, set[int]] = {}
            for row in before:
                days.setdefault(row["actor"], set()).add(row["day"])
            counts = Counter((row["actor"], row["action"], row["day"]) for row in before)
            tonight = Counter(
                row["action"] for row in self.acts if (row["day"], row["actor"]) == (day, who)
            )
            totals = Counter((w, a) for (w, a, _) in counts.elements())
            verbs = {a for (w, a) in totals if w == who} | set(tonight)
            for verb, y in tonight.items():
                r = self.dispersion(verb, days, counts, totals)
                if y < 3:
                    continue
                n, own = len(days.get(who, ())), totals[who, verb]
                mates = [w for w in days if w != who and self.role.get(w) == self.role.get(who)]
                span = sum(len(days[w]) for w in mates)
                rate = sum(totals[w, verb] for w in mates) / span if span else 0.0
                if n >= 20:
                    mean = (own + 0.5) / (n + 1) if own else max(0.5 / (n + 1), rate)
                elif span >= 20:
                    mean = (own + 0.5 + (20 - n) * rate) / 21
                else:
                    continue
                p = chance.burst(y, mean, r)
                if p < 1e-4:
                    found[who, day, verb] = min(1.0, p * len(verbs))
        return found

    @staticmethod
    def dispersion(
        verb: str, days: dict[str, set[int]], counts: Counter[Any], totals: Counter[Any]
    ) -> float:
        above, below = 0.0, 0.0
        for w, worked in days.items():
            if len(worked) >= 20 and totals[w, verb]:
                values = [counts[w, verb, day] for day in worked]
                middle = average(values)
                variance = sum((v - middle) ** 2 for v in values) / (len(values) - 1)
                above, below = above + middle**2, below + max(variance - middle, 0)
        if not above:
            return 1.0
        return above / below if below > 1e-9 else math.inf

    def hours(self) -> dict[tuple[str, int], float]:
        found = {}
        for day, who in self.nights:
            seen = {(row["day"], half(row)) for row in self.between(day) if row["actor"] == who}
            tonight = {half(row) for row in self.acts if (row["day"], row["actor"]) == (day, who)}
            weekend = (day + 3) % 7 >= 5
            alike = [h for d, h in seen if ((d + 3) % 7 >= 5) == weekend]
            chosen = alike if len(alike) >= 100 else [h for _, h in seen]
            if len(seen) < 20 or len({d for d, _ in seen}) < 20:
                continue
            chances = tails([chosen.count(h) for h in range(48)])
            known = {(h + step) % 48 for _, h in seen for step in (-1, 0, 1)}
            least = min((chances[h] for h in tonight - known), default=1.0)
            if least < 0.005:
                found[who, day] = min(1.0, least * len(tonight))
        return found

    def shares(self) -> dict[tuple[str, int, str], float]:
        verbs = set(sensitive())
        units: dict[tuple[int, str], Counter[str]] = {}
        for row in self.acts:
            if row["action"] in verbs and row["actor"] in self.role:
                one = units.setdefault((row["day"], row["actor"]), Counter())
                one["n"] += 1
                one["protected"] += row.get("target") == "@vip"
                one["caseless"] += row.get("case_id") is None
        found = {}
        for (day, who), own in units.items():
            mates = [
                (w, one)
                for (d, w), one in units.items()
                if day - HISTORY <= d < day and w != who and self.role[w] == self.role[who]
            ]
            if len({w for w, _ in mates}) < 8:
                continue
            for share in ("protected", "caseless"):
                x, n = (sum(one[what] for _, one in mates) for what in (share, "n"))
                nn = sum(one["n"] ** 2 for _, one in mates)
                xx = sum(one[share] ** 2 / one["n"] for _, one in mates)
                p = chance.share(own[share], own["n"], *peers.moments(x, n, len(mates), nn, xx))
                if own[share] and own[share] > own["n"] * (x + 0.5) / (n + 1) and p < 1e-3:
                    found[who, day, share] = min(1.0, 2 * p)
        return found


def half(row: dict[str, Any]) -> int:
    return row["time"].hour * 2 + row["time"].minute // 30


@pytest.fixture(scope="module")
def naive(organisation: Any) -> Naive:
    return Naive(organisation)


@pytest.fixture(scope="module")
def readings(organisation: Any, all_readings: Any) -> list[Any]:
    return all_readings(organisation.engine())  # type: ignore[no-any-return]


def of(readings: list[Any], statistic: str) -> list[Any]:
    return [one for one in readings if one.statistic == statistic]


def test_firsts(naive: Naive, readings: list[Any]) -> None:
    found = {
        (one.who, one.day, one.column, one.values[0]): one.p
        for one in of(readings, "first of its kind")
    }
    assert found == pytest.approx(naive.firsts())
    assert {kind for _, _, kind, _ in found} == {"action", "reason_code", "approver"}


def test_bursts(naive: Naive, readings: list[Any]) -> None:
    found = {(one.who, one.day, one.values[0]): one.p for one in of(readings, "more than usual")}
    assert found == pytest.approx(naive.bursts())
    assert len(found) >= 2


def test_hours(naive: Naive, readings: list[Any]) -> None:
    found = {(one.who, one.day): one.p for one in of(readings, "hour of the day")}
    assert found == pytest.approx(naive.hours())
    assert found


def test_shares(naive: Naive, readings: list[Any]) -> None:
    found = {(one.who, one.day, one.column): one.p for one in of(readings, "unlike peers")}
    assert found == pytest.approx(naive.shares())
    assert {share for _, _, share in found} == {"protected", "caseless"}


def test_the_order_of_records_changes_nothing(organisation: Any) -> None:
    shuffled = random.Random(1).sample(organisation.rows, len(organisation.rows))
    assert judge(organisation.engine(shuffled)) == judge(organisation.engine())


@pytest.mark.parametrize("last", [30, 53])
def test_what_comes_later_is_no_history(
    organisation: Any, all_readings: Any, readings: list[Any], first_day: int, last: int
) -> None:
    until = first_day + last
    kept = [row for row in organisation.rows if (row["time"] - EPOCH).days <= until]
    assert all_readings(organisation.engine(kept)) == [one for one in readings if one.day <= until]


def test_the_night_itself_is_no_history(
    organisation: Any, all_readings: Any, readings: list[Any], first_day: int
) -> None:
    """More acts of others on a night change nothing of one's own, but that night's rate."""
    night = first_day + 54
    more = [
        {**row, "event_uid": f"more-{place}"}
        for place, row in enumerate(organisation.rows)
        if (row["time"] - EPOCH).days == night and row["actor"] != "w3"
    ]

    def said(found: list[Any]) -> list[Any]:
        own = [one for one in found if (one.who, one.day) == ("w3", night)]
        return [one for one in own if one.statistic != "unlike peers tonight"]

    changed = all_readings(organisation.engine([*organisation.rows, *more]))
    assert said(changed) == said(readings) != []
