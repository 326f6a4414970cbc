"""Slow and obvious: whether enough other persons approved an act before it."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from histories import DAY, GRAIN, SECOND, bounds, every, no, pair
from judged import BELIEFS, Judged, instant, micros

HOUR = 3600
LOOKBACK = 7 * DAY * SECOND
Row = Mapping[str, Any]


def evaluate(
    made: Sequence[Judged], params: Mapping[str, Any]
) -> dict[tuple[str, str], bool | None]:
    case = Case(made)
    return {
        (row["event_uid"], belief): _value(case, story, row, belief, params)
        for story in made
        for row in story.events
        if row["event_uid"] in story.acts
        for belief in BELIEFS
    }


class Case:
    """What only all histories together tell: whose approvals are, and what has but one name."""

    def __init__(self, made: Sequence[Judged]) -> None:
        records = [row for story in made for row in _records(story)]
        self.tenants = {low(row.get("tenant")) for row in records} - {None}
        self.half_named = [
            (kind, row)
            for story in made
            for row in _records(story)
            if row["action"] == "approval.grant"
            for kind in [_kind(story, row)]
            if kind
        ]


def low(text: str | None) -> str | None:
    return None if text is None else text.strip().lower()


def _value(
    case: Case, story: Judged, act: Row, belief: str, params: Mapping[str, Any]
) -> bool | None:
    """Every target that must be covered is; of one perhaps protected it may not be needed."""
    values = []
    for part, required in _parts(story, act):
        value = _of_part(case, story, act, part, belief, params)
        values.append(None if value is False and not required else value)
    return every(*values)


def _of_part(
    case: Case,
    story: Judged,
    act: Row,
    part: str | None,
    belief: str,
    params: Mapping[str, Any],
) -> bool | None:
    records = [row for row in _records(story) if _related(story, row, act, part)]
    grants = [
        row for row in records if row["action"] == "approval.grant" and _told(row, act, params)
    ]
    weighed = [
        (row, _counts(case, story, row, act, part, belief, params, records)) for row in grants
    ]
    sure = [_party(story, row["actor"])[0] for row, counts in weighed if counts]
    perhaps = {
        _party(story, row["actor"])[0] or (row["actor"] or row["event_uid"]).lower()
        for row, counts in weighed
        if counts is not False
    }
    wanted = params.get("min", 1)
    if max(len(set(sure) - {None}), int(bool(sure))) >= wanted:
        return True
    if len(perhaps) >= wanted or not (part or act["target"] or act["target_id"]):
        return None
    if _half_named(case, story, act, part, params):
        return None
    return False if _tells_absence(case, story, act, params) else None


# What an act is about


def _parts(story: Judged, act: Row) -> list[tuple[str | None, bool]]:
    own = {low(act["target"]), low(act["target_id"])}
    listed = act["targets"] or ()
    further = {low(one) for one in listed} - own if len(listed) > 1 else set()
    if not further:
        return [(None, True)]
    names: dict[str | None, set[str | None]] = {part: {part} for part in further}
    if own - {None}:
        names[None] = own
    found = {}
    early, late = bounds(act)
    for part, keys in names.items():
        rows = [one for one in story.of("protected_targets") if low(one["target"]) in keys]
        spans = [
            (
                one["valid_from"] is None or micros(one["valid_from"]),
                one["valid_to"] is None or micros(one["valid_to"]),
            )
            for one in rows
        ]
        if any((a is True or a <= late) and (b is True or early < b) for a, b in spans):
            found[part] = any(
                (a is True or a <= early) and (b is True or late < b) for a, b in spans
            )
    return list(found.items()) or [(part, True) for part in names]


def _tied(story: Judged, key: str | None) -> tuple[set[str | None], set[str | None]]:
    """The names that records give an id, and the ids that they give a name."""
    both = [
        (low(row["target"]), low(row["target_id"]))
        for row in story.events
        if row.get("target")
        and row.get("target_id")
        and low(row["target"]) != low(row["target_id"])
    ]
    return {name for name, id in both if id == key}, {id for name, id in both if name == key}


def _keys(story: Judged, own: set[str | None], bare: str | None) -> dict[str | None, bool]:
    """What something may be called by, and whether that is sure."""
    found = dict.fromkeys(own - {None}, True)
    if bare is not None:
        for tied in _tied(story, bare):
            for one in tied:
                found[one] = found.get(one, False) or len(tied) == 1
    return found


def _keys_of_act(story: Judged, act: Row, part: str | None) -> dict[str | None, bool]:
    name, id = low(act["target"]), low(act["target_id"])
    if part is not None:
        return _keys(story, {part}, part)
    return _keys(story, {name, id}, id if name is None else None)


def _keys_of_record(story: Judged, row: Row) -> dict[str | None, bool]:
    name, id = low(row["target"]), low(row["target_id"])
    listed = {low(one) for one in row["targets"] or ()}
    return _keys(story, {name, id} | listed, id if name is None else None)


def _kinds_of_record(story: Judged, row: Row) -> tuple[bool, bool]:
    """Whether its name is known, and its id."""
    name, id = low(row["target"]), low(row["target_id"])
    tied = name is None and id is not None and any(_tied(story, id))
    return name is not None or tied, id is not None


def _kinds_of_act(story: Judged, act: Row, part: str | None) -> tuple[bool, bool]:
    name, id = low(act["target"]), low(act["target_id"])
    if part is None:
        return name is not None or (id is not None and any(_tied(story, id))), id is not None
    tied = any(_tied(story, part))
    return id is None or tied, name is None or tied


def _kind(story: Judged, row: Row) -> str | None:
    named, identified = _kinds_of_record(story, row)
    if named and identified:
        return "both"
    if named or identified:
        return "name" if named else "id"
    return None if row["case_id"] or row["targets"] else "none"


def _half_named(
    case: Case, story: Judged, act: Row, part: str | None, params: Mapping[str, Any]
) -> bool:
    """Whether some approval in time has only a name and the act only an id, or the other way.

    Or it names nothing at all.
    """
    named, identified = _kinds_of_act(story, act, part)
    kinds = {"id"} if named else {"name"} if identified else {"both", "id", "name"}
    kinds = {"none"} if named and identified else {*kinds, "none"}
    early, late = bounds(act)
    return any(
        kind in kinds
        and row["approval_for"] in (None, act["action"])
        and bounds(row)[0] <= late
        and ("max_age" not in params or early - bounds(row)[1] <= _age(params))
        for kind, row in case.half_named
    )


# What is recorded at all


def _tells_absence(case: Case, story: Judged, act: Row, params: Mapping[str, Any]) -> bool:
    """Whether approvals of such acts were recorded as early as one could have counted."""
    age = _age(params) if "max_age" in params else 0
    for row in story.events:
        if not row["action"].startswith("approval."):
            continue
        if case.tenants and _same_tenant(case, row, act, strict=False) is False:
            continue
        if row["at"] is None:
            continue
        at, acted = round(row["at"] * SECOND), round(act["at"] * SECOND)
        own = row["source"] == act["source"]
        if own and at + GRAIN[row["time_precision"]] <= acted - age:
            return True
        linked = own or _records_acts_of(story, row["source"], act["source"])
        if linked and bounds(row)[1] < bounds(act)[0] - age:
            return True
    return False


def _records_acts_of(story: Judged, recorder: str, desk: str) -> bool:
    return any(
        row["source"] == recorder
        and other["source"] == desk
        and row["approval_for"] == other["action"]
        and None not in (row["at"], other["at"])
        and row["at"] <= other["at"]
        and (
            (low(other["target"]) or low(other["target_id"]))
            in {low(row["target"]), low(row["target_id"])} - {None}
            or (row["case_id"] is not None and low(row["case_id"]) == low(other["case_id"]))
        )
        for row in _records(story)
        for other in story.events
    )


def _records(story: Judged) -> Iterator[Row]:
    for row in story.events:
        given = row["action"] in ("approval.grant", "approval.revoke", "approval.deny")
        if given and row["outcome"] in ("success", "unknown", None):
            yield row


def _related(story: Judged, row: Row, act: Row, part: str | None) -> bool:
    ago = _ago(row, act)
    same_case = row["case_id"] is not None and low(row["case_id"]) == low(act["case_id"])
    shared = _keys_of_record(story, row).keys() & _keys_of_act(story, act, part).keys()
    return ago >= -DAY * SECOND and bool(same_case or shared)


def _ago(row: Row, act: Row) -> int:
    """How long before the act; what has no time is told of as if it were of that instant."""
    return 0 if row["at"] is None else round((act["at"] - row["at"]) * SECOND)


def _told(row: Row, act: Row, params: Mapping[str, Any]) -> bool:
    ago = _ago(row, act)
    return "max_age" not in params or ago <= max(LOOKBACK, _age(params))


def _age(params: Mapping[str, Any]) -> int:
    return int(params["max_age"][:-1]) * HOUR * SECOND


def _counts(
    case: Case,
    story: Judged,
    row: Row,
    act: Row,
    part: str | None,
    belief: str,
    params: Mapping[str, Any],
    records: list[Row],
) -> bool | None:
    person, service = _party(story, row["actor"])
    told = story.judgement(row["event_uid"], belief)
    parts = [
        _before(row, act),
        _fresh(row, act, params),
        None if row["approval_for"] is None else row["approval_for"] == act["action"],
        _covers(story, row, act, part),
        _same_tenant(case, row, act),
        True if row["outcome"] == "success" else None,
        _standing(case, story, row, act, part, records),
        _right_role(row, params),
        _others(story, row, act, person, service),
        _delegated(story, row, act),
        _apart(story, row, act, belief) if "not_in_chain_of" in params else True,
        _in_service(told or {}, params),
    ]
    return every(*parts)


def _covers(story: Judged, row: Row, act: Row, part: str | None) -> bool | None:
    theirs, ours = _keys_of_record(story, row), _keys_of_act(story, act, part)
    if part is None and theirs.keys() & ours.keys() and not _listed(row, ours):
        if _comparable(story, row, act) and _differ(row, act, "target_id"):
            return False
        if row["source"] == act["source"] and _differ(row, act, "target") and _two(row, act):
            return None
    if shared := theirs.keys() & ours.keys():
        return True if any(theirs[key] and ours[key] for key in shared) else None
    kinds = zip(_kinds_of_record(story, row), _kinds_of_act(story, act, part), strict=True)
    return False if ours and any(one and other for one, other in kinds) else None


def _differ(row: Row, act: Row, key: str) -> bool:
    return None not in (row[key], act[key]) and low(row[key]) != low(act[key])


def _two(row: Row, act: Row) -> bool:
    """Whether both tell a name and an id."""
    names = [(low(one["target"]), low(one["target_id"])) for one in (row, act)]
    return all(name and id and name != id for name, id in names)


def _listed(row: Row, keys: Mapping[str | None, bool]) -> bool:
    """Whether the record has any of them in its list beside its own name and id."""
    own = {low(row["target"]), low(row["target_id"])}
    return any(low(one) in keys and low(one) not in own for one in row["targets"] or ())


def _comparable(story: Judged, row: Row, act: Row) -> bool:
    """Whether ids in both sources are of one kind, as those are that they share."""
    return row["source"] == act["source"] or any(
        one["source"] == row["source"]
        and other["source"] == act["source"]
        and None not in (one["target_id"], other["target_id"])
        and low(one["target_id"]) == low(other["target_id"])
        for one in _records(story)
        for other in story.events
        if other["at"] is not None
    )


def _same_tenant(case: Case, row: Row, act: Row, *, strict: bool = True) -> bool | None:
    if not case.tenants:
        return True
    one, other = low(row.get("tenant")), low(act.get("tenant"))
    if one and other:
        return one == other
    if one is None and other is None:
        return True
    return True if case.tenants <= {one, other} or not strict else None


def _before(row: Row, act: Row) -> bool | None:
    if None in (row["at"], act["at"]):
        return None
    if row["source"] == act["source"]:
        first, second = round(row["at"] * SECOND), round(act["at"] * SECOND)
        if first + GRAIN[row["time_precision"]] <= second:
            return True
        return False if first >= second + GRAIN[act["time_precision"]] else None
    (low, high), (act_low, act_high) = bounds(row), bounds(act)
    return True if high < act_low else False if low > act_high else None


def _fresh(row: Row, act: Row, params: Mapping[str, Any]) -> bool | None:
    """One clock's error cancels, so that only the granularity of the two stamps is left."""
    if "max_age" not in params:
        return True
    if row["at"] is None:
        return None
    (low, high), (act_low, act_high) = pair(row, act)
    if act_high - low <= _age(params):
        return True
    own = row["source"] == act["source"]
    least = act_low - high
    return False if least > _age(params) or (own and least == _age(params)) else None


def _standing(
    case: Case, story: Judged, row: Row, act: Row, part: str | None, records: Sequence[Row]
) -> bool | None:
    """Nobody took it back: its giver, or by a revocation somebody who had given nothing."""
    value: bool | None = True
    grants = [one for one in records if one["action"] == "approval.grant"]
    for one in records:
        if one["action"] == "approval.grant" or not _may_take(case, story, one, row, act, part):
            continue
        given = [g for g in grants if _may_take(case, story, one, g, act, part)]
        givers = [_same_giver(story, g, one) for g in given]
        mine = _same_giver(story, row, one)
        if one["action"] == "approval.deny" or mine or True in givers:
            meant = mine
        elif None not in givers or (mine is None and givers.count(None) == 1):
            meant = True
        else:
            meant = None
        taken = every(
            _after(one, row),
            _before(one, act),
            True if one["outcome"] == "success" else None,
            _covers(story, one, act, part),
            meant,
        )
        value = every(value, no(taken))
    return value


def _may_take(case: Case, story: Judged, one: Row, grant: Row, act: Row, part: str | None) -> bool:
    odd = any(
        None not in (one[key], grant[key]) and low(one[key]) != low(grant[key])
        for key in ("approval_for", "case_id")
    )
    known = (
        _after(one, grant),
        _before(one, act),
        _covers(story, one, act, part),
        _same_tenant(case, one, act),
    )
    return not odd and False not in known


def _after(one: Row, grant: Row) -> bool | None:
    if one["source"] == grant["source"]:
        numbers = one.get("ordinal"), grant.get("ordinal")
        alike = low(one.get("tenant")) == low(grant.get("tenant"))
        if alike and None not in numbers and numbers[0] != numbers[1]:
            return bool(numbers[0] > numbers[1])
    return _before(grant, one)


def _same_giver(story: Judged, row: Row, other: Row) -> bool | None:
    first, second = _party(story, row["actor"])[0], _party(story, other["actor"])[0]
    if first and second:
        return first == second
    return True if row["actor"] and low(row["actor"]) == low(other["actor"]) else None


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
    persons = {one["person"].lower() for one in seen if one["person"]}
    kinds = sorted(one["account_kind"] for one in seen if one["account_kind"])
    person = low(next((one["person"] for one in listed), None))
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


def _in_service(told: Row, params: Mapping[str, Any]) -> bool | None:
    if "approver_phase_not" not in params:
        return True
    barred = set(params["approver_phase_not"])
    phases = told.get("phases")
    if told.get("status") == "garden_leave" and "leave" not in barred:
        phases = ["garden_leave" if one == "leave" else one for one in phases or []]
    if not phases or "unknown" in phases:
        return None
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


def generate(
    draw: random.Random,
    count: int,
    *,
    managers: bool,
    most: int = 3,
    tenants: Sequence[str | None] = (None,),
    bare: bool = True,
) -> list[Judged]:
    """Approvals by all sorts of accounts: too early, late, revoked, delegated, for other acts.

    Where they are `bare`, some records tell their target by an id alone, or nothing of it.
    """
    shapes = ["name"] * 8 + ["both"] * 4 + ["id"] * bare
    made = []
    for number in range(count):
        story = Judged(number, start=0 if managers else 20.0 * DAY * number)
        for name, person, kind in (
            ("ann", "ann", "personal"), ("ann-admin", "ann", "admin"), ("bob", "bob", "personal"),
            ("cat", "cat", None), ("desk", "bob", "shared"), ("robot", None, "service"),
            ("bob-2", "bob", "admin"),
        ):  # fmt: skip
            if draw.random() < 0.95:
                letters = draw.choice([person, person, person and person.upper()])
                story.account(name, letters, kind)
        others = ("bob", "bob", "bob", "bob-2", "cat", "cat", "desk", "robot", "eve")
        names = [story.own(name) for name in ("ann", "ann-admin", *others)]
        if managers:
            _managers(draw, story)
        _protected(draw, story)
        _recorders(draw, story)
        _story(draw, story, names, most, tenants, shapes)
        made.append(story)
    return made


def _source(story: Judged, name: str) -> str:
    """A source of this history alone, so that its records begin when the history says."""
    return f"{name}.{story.number}"


def _protected(draw: random.Random, story: Judged) -> None:
    for name in ("@one", "@two", "@three", "id-2"):
        if draw.random() < 0.25:
            since, until = draw.choice([(None, None), (None, None), (-DAY, 3), (2, DAY), (5, DAY)])
            story.row(
                "protected_targets",
                target=draw.choice([story.own(name), story.own(name.upper())]),
                tier="vip",
                valid_from=instant(since and since + story.start),
                valid_to=instant(until and until + story.start),
            )


def _recorders(draw: random.Random, story: Judged) -> None:
    """Records of approvals of other things, which show since when approvals are recorded."""
    for _ in range(draw.choice([0, 1, 1, 2, 2, 3])):
        linked = draw.random() < 0.3
        story.event(
            draw.choice([-9 * DAY] * 6 + [-24 * HOUR - 6, -24 * HOUR, -23 * HOUR, -60]),
            draw.choice(["approval.grant", "approval.request", "approval.deny"]),
            source=_source(story, draw.choice(["console", "console", "portal"])),
            outcome=draw.choice(["success", "failure"]),
            time_precision=draw.choice(["ms", "min"]),
            actor=story.own("zoe"),
            target=story.own("@one" if linked else "@other"),
            target_id=story.own("id-9"),
            targets=None,
            case_id=None,
            approval_for="account.delete" if linked else "account.suspend",
            approval_by="clerk",
            approval_requested_by=story.own("yan"),
            on_behalf_of=None,
            tenant=None,
        )
    for _ in range(draw.choice([0, 0, 1, 2])):
        story.event(
            -DAY,
            "account.view",
            source=_source(story, "console"),
            target=story.own(draw.choice(["@one", "@one", "@two"])),
            target_id=story.own(draw.choice(["id-1", "id-1", "id-2"])),
            targets=None,
            case_id=None,
        )


def _called(
    draw: random.Random, story: Judged, odd: float, shapes: Sequence[str]
) -> dict[str, Any]:
    """What a record says of its target: a name, an id, both or nothing, or several at once."""
    name, id = story.own("@one"), story.own("id-1")
    if draw.random() < odd:
        name, id = draw.choice(
            [
                (story.own("@two"), story.own("id-2")),
                (name, story.own("id-2")),
                (story.own("@two"), id),
                *[(None, None)] * (3 if "id" in shapes else 1),
                (story.own("@ONE"), id),
            ]
        )
    shape = draw.choice(shapes)
    several = None
    if draw.random() < 0.12:
        further = draw.choice(
            [["@two"], ["@three"], ["@two", "@three"], ["id-1"], ["id-2", "@two"]]
        )
        several = [one for one in (name, *map(story.own, further)) if one]
    return {
        "target": None if shape == "id" else name,
        "target_id": None if shape == "name" else id,
        "targets": several,
    }


def _story(
    draw: random.Random,
    story: Judged,
    names: Sequence[str | None],
    most: int,
    tenants: Sequence[str | None],
    shapes: Sequence[str],
) -> None:
    for _ in range(draw.choice([0, 1, 1, 1, 2, most, most])):
        # Often little is wrong with an approval, so that one fault alone decides.
        odd = draw.choice([0.05, 0.1, 1])

        def either(good: Any, *others: Any, odd: float = odd) -> Any:
            return draw.choice(others) if draw.random() < odd else good

        actor = either(draw.choice([story.own("bob"), story.own("cat")]), *names, None)
        when = either(-HOUR, -8 * DAY, -25 * HOUR, -24 * HOUR, -60, -6, -1, 0, 1, 6, None)
        called = _called(draw, story, odd / 2, shapes)
        # What may be of any act, at any time, leaves no act of any history without doubt.
        told = "id" in shapes or any(called.values())
        if when is None and not (called["target"] and called["target_id"]):
            when = -HOUR
        if when is not None:
            when += draw.choice([0, 0, 0, 0.5, 1])
        uid = story.event(
            when,
            draw.choice(["approval.grant"] * 6 + ["approval.revoke", "approval.deny"]),
            source=_source(story, either("console", "portal", "idp")),
            time_precision=draw.choice(["ms", "ms", "s", "min"]),
            outcome=either("success", "success", "unknown", "denied"),
            actor=actor and draw.choice([actor, actor.upper()]),
            **called,
            ordinal=draw.choice([None, None, 1, 2, 3]),
            case_id=draw.choice([story.own("C-1"), story.own("c-1 "), *([None] if told else [])]),
            approval_for=either("account.delete", "account.suspend", None),
            approval_by=either("lead", "Lead", "clerk", None),
            approval_requested_by=either(story.own("ann"), *names, None),
            on_behalf_of=either(None, *names),
            tenant=draw.choice(tenants),
        )
        _judge(draw, story, uid, actor)
    for _ in range(draw.choice([1, 1, 2])):
        actor = draw.choice([story.own("ann")] * 12 + [*names, None])
        uid = story.event(
            draw.choice([0, 0, 0, 1, 30]),
            "account.delete",
            act=True,
            source=_source(story, draw.choice(["console", "console", "idp"])),
            time_precision=draw.choice(["ms", "s"]),
            actor=actor,
            actor_type=draw.choice(["user"] * 8 + ["service"]),
            **_called(draw, story, 0.1, shapes),
            case_id=draw.choice([story.own("C-1"), None]),
            tenant=draw.choice(tenants),
        )
        _judge(draw, story, uid, actor)


def _judge(draw: random.Random, story: Judged, uid: str, account: str | None) -> None:
    """What people say of an account: the same of its person at each act, another time its phase."""
    if account is None or draw.random() < 0.1:
        return
    name = account.split(".")[0]
    others = {"ann-admin": "ann", "bob-2": "bob", "desk": "bob", "robot": None, "eve": None}
    person = others.get(name, name)
    person = person and draw.choice([person, person, person.upper()])
    kind = {"desk": "shared", "robot": "service", "cat": None, "eve": None}.get(name, "personal")
    for belief in BELIEFS:
        others = [["ended"], ["last_day", "notice"], ["unknown"], ["leave"], ["leave", "notice"]]
        phases = draw.choice([["employed"]] * 8 + others)
        status = draw.choice(["active", "leave", "garden_leave"])
        story.person(
            uid, story.own(person), belief=belief, account=account, account_kind=kind,
            phases=phases, status=status,
        )  # fmt: skip


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
