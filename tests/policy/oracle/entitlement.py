"""Slow and obvious: what an account or its person held when it acted, from lists and records."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from histories import DAY, SECOND, before, bounds, every, no, pair, some
from judged import BELIEFS, Judged, instant, micros

ROLES = {"lead": ["account.*"], "clerk": ["case.*", "account.suspend"]}
COVERING = {
    "account.delete": {"lead"},
    "account.suspend": {"lead", "clerk"},
    "data.export": set[str](),
}
GIVING = {"role.grant", "group.member_add", "access.grant"}
TAKING = {"role.revoke", "group.member_remove", "access.revoke"}
HOUR = 3600
OPEN = 10**18
Row = Mapping[str, Any]


@dataclass
class Held:
    """Something held: whether it had begun, and stood, at the act; and whether that is sure."""

    held: str | None
    begun: bool | None
    standing: bool | None
    sure: bool
    since: tuple[int, int]

    @property
    def holds(self) -> bool | None:
        return every(self.begun, self.standing, True if self.sure and self.held else None)


def evaluate(
    made: Sequence[Judged], params: Mapping[str, Any]
) -> dict[tuple[str, str], bool | None]:
    listed = [row for story in made for row in story.of("listed_entitlements")]
    began: dict[str, int] = {}
    for story in made:
        for row in story.events:
            end = bounds(row)[1]
            began[row["source"]] = min(began.get(row["source"], end), end)
    return {
        (row["event_uid"], belief): _value(story, row, belief, params, listed, began)
        for story in made
        for row in story.events
        if row["event_uid"] in story.acts
        for belief in BELIEFS
    }


def _value(
    story: Judged,
    act: Row,
    belief: str,
    params: Mapping[str, Any],
    listed: Sequence[Row],
    began: Mapping[str, int],
) -> bool | None:
    told = story.judgement(act["event_uid"], belief)
    person = told["person"] if told and told["account_kind"] == "personal" else None
    roles = COVERING[act["action"]]
    own = {act["action"], act["action"].split(".")[0] + ".*", "*"}
    names = {act["actor"].lower()} if act["actor"] else set()
    facts = [
        one
        for one in (*_recorded(story, act, names), *_listed(story, act, names, person))
        if one.held is None or one.held in roles | own
    ]
    covered = some([one.holds for one in facts])
    if covered is False:
        covered = _certainly_not(facts, names, person, roles, listed)
    if "unused_for" not in params:
        return covered
    window = int(params["unused_for"][:-1]) * HOUR * SECOND
    return every(
        covered, _long(facts, bounds(act), window), _unused(story, act, window, began, roles)
    )


def _certainly_not(
    facts: Sequence[Held],
    names: set[str],
    person: str | None,
    roles: set[str],
    listed: Sequence[Row],
) -> bool | None:
    if not names:
        return None
    if not roles:
        return False
    if listed:
        return False if person or all(row["account"] for row in listed) else None
    lost = {one.held for one in facts if one.standing is False}
    return False if len(lost) >= len(roles) else None


def _steps(story: Judged, names: set[str]) -> Iterator[tuple[Row, str | None]]:
    """Records of giving and taking that name the account, with each thing given or taken."""
    for row in story.events:
        targets = [name.lower() for name in row.get("targets") or []]
        if row["action"] not in GIVING | TAKING or not names & {row["target"].lower(), *targets}:
            continue
        if row["outcome"] not in ("success", "unknown", None):
            continue
        others = set(targets) - {row["target"].lower()}
        for held in sorted(others | {row["target"].lower()} - names) if others else [None]:
            if held not in names:
                yield row, held


def _recorded(story: Judged, act: Row, names: set[str]) -> Iterator[Held]:
    steps = list(_steps(story, names))
    gives = [(row, held) for row, held in steps if row["action"] in GIVING]
    takes = [(row, held) for row, held in steps if row["action"] in TAKING]

    def about(give: tuple[Row, str | None], take: tuple[Row, str | None]) -> bool:
        same = give[1] == take[1] or give[1] is None or take[1] is None
        return (
            same
            and give[0]["source"] == take[0]["source"]
            and before(*pair(take[0], give[0])) is not True
        )

    for row, held in gives:
        ends = [take for take in takes if about((row, held), take)]
        ended = [
            every(
                before(*pair(take[0], act)),
                True if take[0]["outcome"] == "success" and take[1] and held else None,
                before(*pair(row, take[0])),
            )
            if before(*pair(act, take[0])) is not True
            else False
            for take in ends
        ]
        begun = before(*pair(row, act))
        yield Held(held, begun, no(some(ended)), row["outcome"] == "success", bounds(row))
    for row, held in takes:
        if held and not any(about(give, (row, held)) for give in gives):
            surely = True if row["outcome"] == "success" else None
            after = before(*pair(act, row))
            standing = True if after else no(every(before(*pair(row, act)), surely))
            yield Held(held, True, standing, False, (-OPEN, -OPEN))


def _listed(story: Judged, act: Row, names: set[str], person: str | None) -> Iterator[Held]:
    when = bounds(act)
    mine = [
        row
        for row in story.of("listed_entitlements")
        if (row["account"] or "").lower() in names
        or (row["account"] is None and person and row["person"].lower() == person.lower())
    ]
    for group in _groups(mine):
        begin = (min(one[0] for one in group), min(one[1] for one in group))
        end = (max(one[2] for one in group), max(one[3] for one in group))
        held, account = group[0][4], group[0][5]
        taken = [
            bounds(row)
            for row, what in _steps(story, {account.lower()} if account else set())
            if row["action"] in TAKING and what == held and bounds(row)[1] > begin[0]
        ]
        cut = min([end[0], *(one[0] for one in taken)])
        begun = True if begin[1] <= when[0] else False if begin[0] >= when[1] else None
        standing = True if when[1] <= cut else False if when[0] >= end[1] else None
        yield Held(held, begun, standing, True, begin)


def _groups(rows: Sequence[Row]) -> Iterator[list[tuple[Any, ...]]]:
    """Rows of one holder and thing that extend each other."""
    plain = sorted(
        (
            (row["account"] or "", row["person"] or "", row["held"]),
            _bound(row["from_earliest"], -OPEN),
            _bound(row["from_latest"], -OPEN),
            _bound(row["to_earliest"], OPEN),
            _bound(row["to_latest"], OPEN),
        )
        for row in rows
    )
    group: list[tuple[Any, ...]] = []
    key = None
    for whose, a, b, c, d in plain:
        reach = (max(one[2] for one in group), max(one[3] for one in group)) if group else None
        if group and (whose != key or not (b <= reach[0] or (a, b) == reach)):  # type: ignore[index]  # a group has a reach
            yield group
            group = []
        key = whose
        group.append((a, b, c, d, whose[2], whose[0]))
    if group:
        yield group


def _bound(when: Any, open_end: int) -> int:
    return open_end if when is None else micros(when)


def _long(facts: Sequence[Held], act: tuple[int, int], window: int) -> bool | None:
    held = [one for one in facts if one.holds is not False]
    long = [
        True
        if one.since[1] <= act[0] - window
        else False
        if one.since[0] > act[1] - window
        else None
        for one in held
    ]
    sure = [value for one, value in zip(held, long, strict=True) if one.holds]
    if True in sure:
        return True
    if not sure or any(value is not False for value in long):
        return None
    return False


def _unused(
    story: Judged, act: Row, window: int, began: Mapping[str, int], roles: set[str]
) -> bool | None:
    """Each role is asked apart; within it all stamps count as coarse as the coarsest."""
    certain = possible = False
    groups = [{verb for verb, by in COVERING.items() if role in by} for role in roles]
    for verbs in [*groups, {act["action"]}]:
        uses = [
            row
            for row in story.events
            if row["action"] in verbs and act["actor"] and _one(story, act, row)
        ]
        single = len({row["source"] for row in uses}) == 1
        times = {row["event_uid"]: bounds(row, own=single) for row in uses}
        grain = max((high - low for low, high in times.values()), default=1)
        for row in uses:
            if row is act or row["outcome"] not in ("success", "unknown", None):
                continue
            ago = times[act["event_uid"]][0] - times[row["event_uid"]][0]
            certain |= row["outcome"] == "success" and grain <= ago <= window - grain
            possible |= -grain < ago < window + grain
    if certain:
        return False
    if possible:
        return None
    return True if began[act["source"]] <= bounds(act)[0] - window else None


def _one(story: Judged, act: Row, row: Row) -> bool:
    """Whether two records are of one account, or of two that a list calls one person's own."""
    listed = [story.party(one) for one in (act, row)]
    persons = [one.person if one.kind in ("personal", "admin") else None for one in listed]
    return act["actor"] == row.get("actor") or (persons[0] is not None and len({*persons}) == 1)


def generate(draw: random.Random, count: int, *, listing: bool) -> list[Judged]:
    """Grants and revocations around acts: ties, unnamed roles, lists that extend, other persons."""
    made = []
    for number in range(count):
        story = Judged(number, draw.choice([0, 0, 20 * DAY]))
        account, person = story.own("ann"), story.own("p-ann")
        story.account("ann", draw.choice(["p-ann", "p-ann", None]), "personal")
        story.account("ann-2", "p-ann", draw.choice(["admin", "admin", "shared"]))
        assert account and person
        story.event(-50 * DAY, "session.start", source=draw.choice(["console", "idp"]), target="x")
        for _ in range(draw.randint(0, 4)):
            target, role = (
                draw.choice([account, account, account.upper()]),
                draw.choice(["lead", "lead", "clerk", "Lead", "other"]),
            )
            story.event(
                draw.choice([-9, -5, -2, -2, -1, 0, 0, 1]) * HOUR + draw.choice([0, 0, 1, 60]),
                draw.choice(["role.grant", "role.grant", "role.revoke", "group.member_add",
                             "access.revoke"]),
                source=draw.choice(["console", "console", "idp"]),
                time_precision=draw.choice(["ms", "s"]),
                outcome=draw.choice(["success"] * 6 + ["unknown", None, "failure"]),
                target=target,
                targets=draw.choice([[target, role], [target, role], [target], None]),
            )  # fmt: skip
        if listing:
            _list(draw, story, account, person)
        for _ in range(draw.randint(1, 3)):
            uid = story.event(
                draw.choice([-5, -2, -2, -1, 0, 0, 0, 1, 3]) * HOUR + draw.choice([0, 0, 1, 5, 60]),
                draw.choice(["account.delete", "account.delete", "account.suspend", "data.export"]),
                act=True,
                source=draw.choice(["console", "console", "idp", "portal"]),
                time_precision=draw.choice(["ms", "s", "min"]),
                outcome=draw.choice(["success"] * 5 + ["unknown", "failure"]),
                actor=draw.choice([account] * 7 + [story.own("ann-2")] * 2 + [None]),
                target="x",
            )
            for belief in BELIEFS:
                if draw.random() < 0.9:
                    story.person(
                        uid,
                        draw.choice([person, person, person, None]),
                        belief=belief,
                        account_kind=draw.choice(["personal", "personal", "personal", "shared"]),
                    )
        made.append(story)
    return made


def _list(draw: random.Random, story: Judged, account: str, person: str) -> None:
    begin: int | None = draw.choice([None, -9, -2, -1, 0])
    by_person = draw.random() < 0.5
    held = draw.choice(["lead", "lead", "account.delete", "account.*", "data.*", "other"])
    for number in range(draw.randint(0, 3)):
        loose = draw.choice([0, 0, 0, 1])
        end = draw.choice([None, -2, -1, 0, 1])
        if begin is not None and end is not None and end <= begin:
            end = begin + 1
        story.row(
            "listed_entitlements",
            account=None if by_person else account,
            person=person if by_person else None,
            held=held,
            source="entitlements.csv",
            source_row=number,
            from_earliest=None if begin is None else instant(begin * HOUR + story.start),
            from_latest=None if begin is None else instant((begin + loose) * HOUR + story.start),
            to_earliest=None if end is None else instant(end * HOUR + story.start),
            to_latest=None if end is None else instant((end + loose) * HOUR + story.start),
        )
        if end is None:
            break
        begin = end + draw.choice([0, 0, 1])
