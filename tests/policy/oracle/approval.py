"""Slow and obvious: whether enough other persons approved an act before it."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from histories import DAY, GRAIN, SECOND, bounds, every, no
from judged import BELIEFS, Judged, instant, micros

HOUR = 3600
LOOKBACK = 7 * DAY * SECOND
Row = Mapping[str, Any]


def evaluate(
    made: Sequence[Judged], params: Mapping[str, Any]
) -> dict[tuple[str, str], bool | None]:
    return {
        (row["event_uid"], belief): _value(story, row, belief, params)
        for story in made
        for row in story.events
        if row["event_uid"] in story.acts
        for belief in BELIEFS
    }


def _value(story: Judged, act: Row, belief: str, params: Mapping[str, Any]) -> bool | None:
    records = [row for row in _records(story) if _relevant(row, act, params)]
    grants = [row for row in records if row["action"] == "approval.grant"]
    weighed = [(row, _counts(story, row, act, belief, params, records)) for row in grants]
    sure = [_party(story, row["actor"])[0] for row, counts in weighed if counts]
    perhaps = {
        _party(story, row["actor"])[0] or (row["actor"] or row["event_uid"]).lower()
        for row, counts in weighed
        if counts is not False
    }
    wanted = params.get("min", 1)
    if max(len(set(sure) - {None}), int(bool(sure))) >= wanted:
        return True
    return None if len(perhaps) >= wanted or act["target"] is None else False


def _records(story: Judged) -> Iterator[Row]:
    for row in story.events:
        given = row["action"] in ("approval.grant", "approval.revoke")
        if given and row["outcome"] in ("success", "unknown", None):
            yield row


def _relevant(row: Row, act: Row, params: Mapping[str, Any]) -> bool:
    ago = round((act["at"] - row["at"]) * SECOND)
    if "max_age" in params and ago > max(LOOKBACK, _age(params)):
        return False
    same_case = row["case_id"] is not None and row["case_id"] == act["case_id"]
    return ago >= -DAY * SECOND and (same_case or _same_target(row, act))


def _same_target(row: Row, act: Row) -> bool:
    return row["target"] is not None and (row["target"].lower() == (act["target"] or "").lower())


def _age(params: Mapping[str, Any]) -> int:
    return int(params["max_age"][:-1]) * HOUR * SECOND


def _counts(
    story: Judged, row: Row, act: Row, belief: str, params: Mapping[str, Any], records: list[Row]
) -> bool | None:
    person, service = _party(story, row["actor"])
    told = story.judgement(row["event_uid"], belief)
    parts = [
        _before(row, act),
        _fresh(row, act, params),
        None if row["approval_for"] is None else row["approval_for"] == act["action"],
        _covers(row, act),
        True if row["outcome"] == "success" else None,
        _standing(row, act, records),
        _right_role(row, params),
        _others(story, row, act, person, service),
        _delegated(story, row, act),
        _apart(story, row, act, belief) if "not_in_chain_of" in params else True,
        _in_service(told["phases"] if told else None, params),
    ]
    return every(*parts)


def _covers(row: Row, act: Row) -> bool | None:
    if _same_target(row, act):
        return True
    return None if row["target"] is None or act["target"] is None else False


def _before(row: Row, act: Row) -> bool | None:
    if row["source"] == act["source"]:
        first, second = round(row["at"] * SECOND), round(act["at"] * SECOND)
        if first + GRAIN[row["time_precision"]] <= second:
            return True
        return False if first >= second + GRAIN[act["time_precision"]] else None
    (low, high), (act_low, act_high) = bounds(row), bounds(act)
    return True if high < act_low else False if low > act_high else None


def _fresh(row: Row, act: Row, params: Mapping[str, Any]) -> bool | None:
    if "max_age" not in params:
        return True
    (low, high), (act_low, act_high) = bounds(row), bounds(act)
    if act_high - low <= _age(params):
        return True
    return False if act_low - high > _age(params) else None


def _standing(row: Row, act: Row, records: Sequence[Row]) -> bool | None:
    value: bool | None = True
    for one in records:
        if one["action"] != "approval.revoke" or one["at"] < row["at"] or not _covers(one, act):
            continue
        if any(
            None not in (one[key], row[key]) and one[key] != row[key]
            for key in ("approval_for", "case_id")
        ):
            continue
        value = every(value, no(_before(one, act)))
    return value


def _right_role(row: Row, params: Mapping[str, Any]) -> bool | None:
    if "role" not in params:
        return True
    return None if row["approval_by"] is None else row["approval_by"].lower() in params["role"]


def _party(story: Judged, account: str | None) -> tuple[str | None, bool]:
    """The person behind an account, by the list or else by what people saw; whether a service."""
    listed = [one for one in story.accounts if account and one["account"] == account.lower()]
    seen = [
        one
        for one in story.of("act_people")
        if account and one["account"].lower() == account.lower()
    ]
    persons = {one["person"] for one in seen if one["person"]}
    kinds = sorted(one["account_kind"] for one in seen if one["account_kind"])
    person = next((one["person"] for one in listed), None)
    kind = next((one["kind"] for one in listed), None)
    if len(persons) <= 1:
        person, kind = person or next(iter(persons), None), kind or next(iter(kinds), None)
    return (None if kind in ("shared", "break_glass") else person), kind == "service"


def _others(story: Judged, row: Row, act: Row, person: str | None, service: bool) -> bool | None:
    if service:
        return False
    values: list[bool | None] = []
    for account, automatic in (
        (act["actor"], act["actor_type"] == "service"),
        (row["approval_requested_by"], False),
    ):
        other, is_service = _party(story, account)
        if is_service or automatic:
            values.append(True)
        elif person is not None and other is not None:
            values.append(person != other)
        else:
            same = row["actor"] and account and row["actor"].lower() == account.lower()
            values.append(False if same else None)
    return every(*values)


def _delegated(story: Judged, row: Row, act: Row) -> bool | None:
    delegator = row.get("on_behalf_of")
    if delegator is None:
        return True
    person, _ = _party(story, delegator)
    values: list[bool | None] = []
    for account in (act["actor"], row["approval_requested_by"]):
        other, is_service = _party(story, account)
        same = account is not None and account.lower() == delegator.lower()
        if same or (person is not None and person == other):
            return False
        values.append(True if person and (other or is_service) else None)
    return every(*values)


def _in_service(phases: Sequence[str] | None, params: Mapping[str, Any]) -> bool | None:
    if "approver_phase_not" not in params:
        return True
    if not phases or "unknown" in phases:
        return None
    barred = set(params["approver_phase_not"])
    return False if set(phases) <= barred else None if set(phases) & barred else True


def _apart(story: Judged, row: Row, act: Row, belief: str) -> bool | None:
    approver, _ = _party(story, row["actor"])
    subject, is_service = _party(story, act["actor"])
    if is_service or act["actor_type"] == "service":
        subject, _ = _party(story, row["approval_requested_by"])
    if approver is None or subject is None:
        return None
    low, high = bounds(act)
    changes = [
        micros(one[key])
        for one in story.of("employment")
        for key in ("known_from", "recorded_at")
        if one[key] is not None
    ]
    moments = [low, *(moment for moment in changes if low < moment < high)]
    lines = [
        _lines(story, one, other, belief, moment)
        for moment in moments
        for one, other in ((approver, subject), (subject, approver))
    ]
    paths = [set(up[0]) | set(down[0]) for up, down in zip(lines[::2], lines[1::2], strict=True)]
    if set.intersection(*paths):
        return False
    return None if any(paths) or any(is_open for _, is_open in lines) else True


def _lines(
    story: Judged, one: str, other: str, belief: str, moment: int
) -> tuple[list[tuple[str, ...]], bool]:
    """Every way up from one person to another, and whether some manager is not known."""
    found: list[tuple[str, ...]] = []
    waiting: list[tuple[str, ...]] = [(one,)]
    is_open = False
    while waiting:
        path = waiting.pop()
        if path[-1] == other:
            found.append(path)
        known, manager = _manager(story, path[-1], belief, moment)
        is_open = is_open or not known
        if manager and manager not in path:
            waiting.append((*path, manager))
    return found, is_open


def _manager(story: Judged, person: str, belief: str, moment: int) -> tuple[bool, str | None]:
    rows = [
        one
        for one in story.of("employment")
        if one["person"].lower() == person and one["feed"] == "employees"
    ]
    if not rows:
        return False, None
    if belief == "at_act":
        rows.sort(key=lambda one: (one["known_from"], one["fact_no"]))
        past = [one for one in rows if micros(one["known_from"]) <= moment]
        if not past:
            return False, None
    else:
        rows.sort(key=lambda one: (_recorded(one), one["fact_no"]))
        past = [rows[0], *(one for one in rows[1:] if _recorded(one) <= moment)]
    name = past[-1]["manager"]
    if name is None:
        return True, None
    found = {
        one["person"].lower()
        for one in story.of("employment")
        if name.lower() in (one["person"].lower(), (one["email"] or "").lower())
    }
    found |= {
        one["person"].lower()
        for one in story.accounts
        if one["person"] and one["kind"] != "shared" and one["account"] == name.lower()
    }
    return len(found) == 1, found.pop() if len(found) == 1 else None


def _recorded(row: Row) -> int:
    return -(10**18) if row["recorded_at"] is None else micros(row["recorded_at"])


def generate(draw: random.Random, count: int, *, managers: bool, most: int = 3) -> list[Judged]:
    """Approvals by all sorts of accounts: too early, late, revoked, delegated, for other acts."""
    made = []
    for number in range(count):
        story = Judged(number)
        for name, person, kind in (
            ("ann", "ann", "personal"), ("ann-admin", "ann", "admin"), ("bob", "bob", "personal"),
            ("cat", "cat", None), ("desk", "bob", "shared"), ("robot", None, "service"),
        ):  # fmt: skip
            if draw.random() < 0.95:
                story.account(name, person, kind)
        others = ("bob", "bob", "bob", "cat", "desk", "robot", "eve")
        names = [story.own(name) for name in ("ann", "ann-admin", *others)]
        if managers:
            _managers(draw, story)
        _story(draw, story, names, most)
        made.append(story)
    return made


def _story(draw: random.Random, story: Judged, names: Sequence[str | None], most: int) -> None:
    for _ in range(draw.choice([0, 1, 1, 1, 2, most, most])):
        # Often little is wrong with an approval, so that one fault alone decides.
        odd = draw.choice([0.1, 0.1, 1])

        def either(good: Any, *others: Any, odd: float = odd) -> Any:
            return draw.choice(others) if draw.random() < odd else good

        actor = either(story.own("bob"), *names, None)
        uid = story.event(
            either(-HOUR, -8 * DAY, -25 * HOUR, -24 * HOUR, -60, -6, -1, 0, 1, 6)
            + draw.choice([0, 0, 0, 1]),
            draw.choice(["approval.grant"] * 4 + ["approval.revoke"]),
            source=either("console", "portal", "idp"),
            time_precision=draw.choice(["ms", "ms", "s", "min"]),
            outcome=either("success", "success", "unknown", "denied"),
            actor=actor and draw.choice([actor, actor.upper()]),
            target=either(story.own("@one"), story.own("@two"), None),
            case_id=draw.choice([story.own("C-1"), story.own("C-1"), None]),
            approval_for=either("account.delete", "account.suspend", None),
            approval_by=either("lead", "Lead", "clerk", None),
            approval_requested_by=either(story.own("ann"), *names, None),
            on_behalf_of=either(None, *names),
        )
        _judge(draw, story, uid, actor)
    for _ in range(draw.choice([1, 1, 2])):
        actor = draw.choice([story.own("ann")] * 12 + [*names, None])
        uid = story.event(
            draw.choice([0, 0, 0, 1, 30]),
            "account.delete",
            act=True,
            source=draw.choice(["console", "console", "idp"]),
            time_precision=draw.choice(["ms", "s"]),
            actor=actor,
            actor_type=draw.choice(["user"] * 8 + ["service"]),
            target=draw.choice([story.own("@one")] * 5 + [story.own("@ONE"), None]),
            case_id=draw.choice([story.own("C-1"), None]),
        )
        _judge(draw, story, uid, actor)


def _judge(draw: random.Random, story: Judged, uid: str, account: str | None) -> None:
    """What people say of an account: the same of its person at each act, another time its phase."""
    if account is None or draw.random() < 0.1:
        return
    name = account.split(".")[0]
    person = {"ann-admin": "ann", "desk": "bob", "robot": None, "eve": None}.get(name, name)
    kind = {"desk": "shared", "robot": "service", "cat": None, "eve": None}.get(name, "personal")
    for belief in BELIEFS:
        phases = draw.choice([["employed"]] * 6 + [["ended"], ["last_day", "notice"], ["unknown"]])
        story.person(
            uid, story.own(person), belief=belief, account=account, account_kind=kind, phases=phases
        )


def _managers(draw: random.Random, story: Judged) -> None:
    for name in ("ann", "bob", "cat", "dan"):
        for _ in range(draw.choice([0, 1, 1, 1, 2])):
            manager = draw.choice(
                [None, None, "ann", "bob", "cat", "dan", "DAN", "dan@x", "nobody"]
            )
            recorded = draw.choice([None, -DAY, -DAY, -HOUR, -HOUR, -2, 2, HOUR])
            story.row(
                "employment",
                person=story.own(name),
                email=story.own(f"{name}@x"),
                manager=story.own(manager),
                feed=draw.choice(["employees"] * 5 + ["contractors"]),
                fact_no=story.number * 100 + len(story.of("employment")),
                recorded_at=instant(recorded),
                known_from=instant(recorded if recorded is not None else -DAY / 2),
            )
    for row in story.of("employment"):
        row["manager"] = None if row["feed"] == "contractors" else row["manager"]
