"""Slow and obvious: cases, their steps and what each act rests on; and histories full of them."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import histories
import pyarrow as pa
from histories import (
    DAY,
    NOON,
    SECOND,
    STAMP,
    TOLERANCE,
    History,
    Party,
    bounds,
    cast,
    every,
    same_person,
    some,
)

from forensics.engine.duckdb import DuckDBEngine
from forensics.policy import case_tables

Row = Mapping[str, Any]
Span = tuple[int, int]
EVER = 4 * 10**18
FILE = "tickets.csv"
PATHS = {"console": {"type": "$.case.type", "queue": "$.case.queue"}}
_ID = re.compile(r"[a-z0-9_]+(?:-[a-z0-9_]+)*")
_TYPES = {"VARCHAR": pa.string(), "VARCHAR[]": pa.list_(pa.string()), "TIMESTAMPTZ": STAMP}
_TICKET, _MEMBER = (
    pa.schema([(name, _TYPES.get(kind, pa.int64())) for name, kind in columns])
    for columns in (case_tables.TICKET_COLUMNS, case_tables.MEMBER_COLUMNS)
)


@dataclass
class Casebook(History):
    """A history with a list of tickets and of team members, in seconds from its start."""

    tickets: list[dict[str, Any]] = field(default_factory=list)
    members: list[dict[str, Any]] = field(default_factory=list)

    def case(self, name: str | None) -> str | None:
        return None if name is None else f"{name}-{self.number}"

    def named(self, name: str | None, source: str = FILE) -> Party:
        """Who stands behind a name in a list: an account, or else a person."""
        party = self.party({"actor": name})
        persons = {one["person"] for one in self.accounts}
        if party.person is None and party.kind is None and name in persons:
            return Party(name, name, None)
        return party


@dataclass(frozen=True)
class Step:
    """An opening, a closing, another state or an assignment (`state` is None) of a case."""

    case: str
    state: str | None
    opening: bool
    party: Party | None
    clock: str
    own: Span
    true: Span
    certain: bool | None


def key(text: str | None) -> str:
    return (text or "").strip().lower()


def engine(stories: Sequence[Casebook]) -> DuckDBEngine:
    """The case of all histories, with their lists, and types and queues read from the records."""
    lists = {}
    for name, rows, columns in (
        ("tickets", [(one, row) for one in stories for row in one.tickets], _TICKET),
        ("team_members", [(one, row) for one in stories for row in one.members], _MEMBER),
    ):
        dated = [_dated(story, row) for story, row in rows]
        lists[name] = pa.Table.from_pylist(dated, schema=columns)
    return histories.engine(stories, lists=lists, paths=PATHS)


def _dated(story: Casebook, row: Row) -> dict[str, Any]:
    return {
        name: NOON + timedelta(seconds=story.start + value)
        if isinstance(value, (int, float)) and name != "source_row"
        else value
        for name, value in row.items()
    }


def act_rows(story: Casebook) -> list[Row]:
    return [row for row in story.events if row["event_uid"] in story.acts]


def habits(stories: Sequence[Casebook], column: str) -> Callable[[Row], bool]:
    """Whether the source of an act certainly had filled a column of such acts before it."""
    firsts: dict[tuple[str, str], int] = {}
    for story in stories:
        for row in story.events:
            if key(row.get(column)):
                kind = (row["source"], row["action"])
                firsts[kind] = min(firsts.get(kind, EVER), bounds(row, own=True)[1])

    def filled(act: Row) -> bool:
        return firsts.get((act["source"], act["action"]), EVER) <= bounds(act, own=True)[0]

    return filled


def one_tenant(act: Row, row: Row) -> bool:
    """Whether two records may be of one tenant: they do not name different ones."""
    return len({one["tenant"] for one in (act, row) if one.get("tenant")}) < 2


def steps(story: Casebook, act: Row) -> list[Step]:
    """The steps of cases that may be of the tenant of an act."""
    found = []
    for row in story.events:
        if not one_tenant(act, row):
            continue
        if row["action"] not in ("case.open", "case.assign", "case.close") or not key(
            row.get("case_id")
        ):
            continue
        if row["outcome"] in ("failure", "denied"):
            continue
        assigned = row["action"] == "case.assign"
        name = row.get("assignee") if assigned else row.get("actor")
        found.append(
            Step(
                key(row["case_id"]),
                None if assigned else {"open": "open", "close": "closed"}[row["action"][5:]],
                row["action"] == "case.open",
                None if name is None else story.named(name),
                row["source"],
                bounds(row, own=True),
                bounds(row),
                True if row["outcome"] == "success" else None,
            )
        )
    for row in story.tickets:
        found += _ticket_steps(story, row)
    return found


def _ticket_steps(story: Casebook, row: Row) -> list[Step]:
    def at(name: str) -> int | None:
        value = row.get(name)
        return None if value is None else round((story.start + value) * SECOND)

    def first(*values: int | None, otherwise: int) -> int:
        return next((value for value in values if value is not None), otherwise)

    def step(state: str | None, low: int, high: int, who: str | None, opening: bool) -> Step:
        true = (low - 5 * SECOND, high + 5 * SECOND)
        party = None if who is None else story.named(who)
        case = key(row["case_id"])
        return Step(case, state, opening, party, FILE, (low, high), true, True)

    found = []
    opened, closed, since = at("opened_at"), at("closed_at"), at("state_since")
    if opened is not None:
        found.append(step("open", opened, at("opened_latest") or 0, row.get("opened_by"), True))
    if closed is not None:
        found.append(step("closed", closed, at("closed_latest") or 0, None, False))
    state = row.get("state")
    told = (state == "open" and opened is not None and closed is None) or (
        state == "closed" and closed is not None
    )
    if state is not None and (since is not None or not told):
        low = first(since, closed, opened, otherwise=-EVER)
        found.append(step(state, low, first(at("state_latest"), otherwise=EVER), None, False))
    if row.get("assignee") is not None:
        low = first(at("assigned_at"), opened, otherwise=-EVER)
        high = first(at("assigned_latest"), at("closed_latest"), otherwise=EVER)
        found.append(step(None, low, high, row["assignee"], False))
    return found


def links(story: Casebook, act: Row, *, session: bool = False) -> dict[str, bool]:
    """The cases that an act rests on, and whether they are on record."""
    known = {one.case for one in steps(story, act)} | {key(row["case_id"]) for row in story.tickets}
    named = key(act.get("case_id"))
    words = {
        word
        for word in _ID.findall(named or (act.get("reason") or "").lower())
        if re.search("[a-z]", word) and re.search("[0-9]", word)
    }
    shared = {
        key(row["case_id"])
        for row in story.events
        if session
        and act.get("session_id")
        and row.get("session_id") == act["session_id"]
        and row["source"] == act["source"]
        and row.get("tenant") == act.get("tenant")
        and key(row.get("case_id"))
    }
    ranks = [{named} - {""}, words, shared]
    for rank in ranks:
        if rank & known:
            return dict.fromkeys(rank & known, True)
    return dict.fromkeys(ranks[0] or ranks[2], False)


def of_case(
    stories: Sequence[Casebook],
    judged: Callable[[Casebook, Row, str], bool | None],
    *,
    session: bool = False,
) -> dict[str, bool | None]:
    """By uid of the act whether one of the cases it rests on is as asked."""
    found: dict[str, bool | None] = {}
    naming = habits(stories, "case_id")
    for story in stories:
        for act in act_rows(story):
            rests = links(story, act, session=session)
            if rests:
                told = [
                    judged(story, act, case) if known else None for case, known in rests.items()
                ]
                found[act["event_uid"]] = some(told)
            else:
                found[act["event_uid"]] = False if naming(act) else None
    return found


def gap(step: Step, act: Row) -> Span:
    """From a step to an act, at least and at most, in microseconds."""
    own = step.clock == act["source"]
    low, high = bounds(act, own=own)
    first, last = step.own if own else step.true
    return low - last, high - first


def longer(span: Span, length: int) -> bool | None:
    if span[0] >= length:
        return True
    return False if span[1] <= length else None


def precedes(one: Step, other: Step) -> bool | None:
    """Whether one step lies before another."""
    first, second = (one.own, other.own) if one.clock == other.clock else (one.true, other.true)
    return histories.before(first, second)


def last(those: Sequence[Step], act: Row) -> tuple[list[Step], bool]:
    """The steps that may be the last before an act, and whether there certainly is one."""
    sure = [one for one in those if one.certain and longer(gap(one, act), 0)]
    possible = [
        one
        for one in those
        if longer(gap(one, act), 0) is not False and not any(precedes(one, later) for later in sure)
    ]
    return possible, bool(sure)


def begins_by_opening(those: Sequence[Step]) -> bool | None:
    """Whether the first step of a case is certainly its opening; None when there is no step."""
    firsts = [one for one in those if not any(two.certain and precedes(two, one) for two in those)]
    return all(one.opening for one in firsts) if firsts else None


def state_in(
    story: Casebook, act: Row, case: str, states: Sequence[str], *, early: bool = False
) -> bool | None:
    """Whether a case was in one of the states at an act; `early` is the answer before it began."""
    those = [one for one in steps(story, act) if one.case == case and one.state is not None]
    possible, begun = last(those, act)
    answers = {one.state in states for one in possible}
    if not begun:
        answers.add(early)
        if not begins_by_opening(those):
            return None
    return answers.pop() if len(answers) == 1 else None


def old(story: Casebook, act: Row, case: str, length: int) -> bool | None:
    """Whether a case had been opened so long before the act, and not anew since."""
    those = [one for one in steps(story, act) if one.case == case and one.state is not None]
    opened = [one for one in those if one.opening]
    if not opened:
        return None
    ages = some([every(one.certain, longer(gap(one, act), length)) for one in opened])
    renewed = some(
        [
            every(
                some(
                    [
                        every(two.certain, precedes(two, one))
                        for two in those
                        if two.state == "closed"
                    ]
                ),
                one.certain,
                longer(gap(one, act), 0),
                histories.no(longer(gap(one, act), length)),
            )
            for one in opened
        ]
    )
    return every(ages, histories.no(renewed))


def opened_by_other(story: Casebook, act: Row, case: str) -> bool | None:
    """Whether somebody other than the acting person opened a case before the act."""
    opened = [one for one in steps(story, act) if one.case == case and one.opening and one.party]
    if all(longer(gap(one, act), 0) is False for one in opened):
        return None
    actor = story.party(act)
    return histories.no(
        some(
            [
                every(longer(gap(one, act), 0), one.certain, same_person(actor, one.party))
                for one in opened
                if one.party
            ]
        )
    )


def facts(story: Casebook, act: Row, case: str, name: str) -> set[str]:
    """What is told of the type, or queue, of a case."""
    found = {
        json.loads(row["raw"])["case"].get(name)
        for row in story.events
        if row["source"] in PATHS
        and one_tenant(act, row)
        and row["action"] in ("case.open", "case.assign", "case.close")
        and row["outcome"] not in ("failure", "denied")
        and key(row.get("case_id")) == case
        and row.get("raw")
    }
    found |= {row.get(name) for row in story.tickets if key(row["case_id"]) == case}
    return {value.lower() for value in found if value}


def generate(draw: random.Random, count: int) -> list[Casebook]:
    """Cases opened, assigned, closed and opened again around acts, in records and in lists."""
    return [_story(draw, Casebook(number)) for number in range(count)]


def _story(draw: random.Random, story: Casebook) -> Casebook:
    # In the first days nobody wrote down cases and codes of acts, nor who viewed a case.
    if before_habits := draw.random() < 0.05:
        story.start = -3 * DAY
    accounts = cast(draw, story)
    crowd = [one for one in draw.sample(accounts, 3) if one]
    tenants: list[str | None] = draw.choice(
        [[None], [None], ["T1"], ["T1", "T1", "T1", "T2", None]]
    )
    source = draw.choice(["console", "console", "portal"])
    verbs = ["case.open"] * 4 + ["case.close"] * 2 + ["case.assign"] * 3 + ["case.view"] * 3
    verbs = verbs[:-3] if before_habits else verbs
    for place in range(draw.randint(1, 7)):
        verb = "account.delete" if place == 0 else draw.choice([*verbs, "account.suspend"])
        moment = draw.choice([0, 0, 1, 3, 6, 20, 20, 19.5, 60, 600, 600, 601]) + draw.random() / 2
        act = verb.startswith("account")
        story.event(
            moment if act else draw.choice([-1, -1, -1, 1]) * moment,
            verb,
            act=act,
            source=source if draw.random() < 0.85 else draw.choice([*TOLERANCE]),
            time_precision=draw.choice(["us", "ms", "ms", "s", "min"]),
            outcome=draw.choice(["success"] * 9 + ["failure", "unknown", None]),
            actor=draw.choice(crowd if crowd and draw.random() < 0.8 else accounts),
            target=story.own(draw.choice(["x"] * 5 + ["y", None])),
            target_id=story.own(draw.choice([None] * 5 + ["x", "id"])),
            tenant=draw.choice(tenants),
            case_id=None if act and before_habits else _case_id(draw, story, act=act),
            reason=draw.choice([None, None, "", "as told", f"see {story.case('c1')}."]),
            reason_code=draw.choice(["spam", "SPAM", "hate", "other", None])
            if act and not before_habits
            else None,
            session_id=story.own(draw.choice(["s", "s", None])),
            assignee=_assignee(draw, story, crowd) if verb == "case.assign" else None,
            raw=json.dumps(
                {"case": {"type": draw.choice(["abuse"] * 5 + ["appeal", "audit", None])}}
            )
            if draw.random() < 0.8
            else '{"case": {}}',
        )
    for _ in range(draw.choice([0, 0, 1, 1, 2])):
        story.tickets.append(_ticket(draw, story, crowd))
    for _ in range(draw.choice([0, 1, 2])):
        begin = draw.choice([None, -DAY, -2, 0, 1])
        end = draw.choice([None, None, 2, DAY])
        story.members.append(
            {
                "team": story.own(draw.choice(["desk1", "Desk1", "desk2"])),
                "member": draw.choice([*crowd, story.own("ann"), story.own("nobody")]),
                "from_earliest": begin,
                "from_latest": begin if begin is None else begin + draw.choice([0, 0, 30]),
                "to_earliest": end,
                "to_latest": end if end is None else end + draw.choice([0, 0, 30]),
            }
        )
    return story


def _case_id(draw: random.Random, story: Casebook, *, act: bool) -> str | None:
    if act and draw.random() < 0.3:
        return draw.choice([None, None, " ", f"see {story.case('c1')}!", story.case("c9")])
    return story.case(draw.choice(["C1"] * 6 + ["c1", "c2"]))


def _assignee(draw: random.Random, story: Casebook, crowd: Sequence[str]) -> str | None:
    return draw.choice([*crowd, *crowd, story.own("desk1"), story.own("desk2"), None])


def _ticket(draw: random.Random, story: Casebook, crowd: Sequence[str]) -> dict[str, Any]:
    row: dict[str, Any] = {
        "case_id": story.case(draw.choice(["c1", "C1", "c2"])),
        "type": draw.choice(["Abuse", "appeal", None]),
        "queue": story.own(draw.choice(["desk1", "desk1", "desk2"]))
        if draw.random() < 0.7
        else None,
        "targets": draw.choice([[], [story.own("x")], [story.own("X"), story.own("y")]]),
        "state": draw.choice([None, "open", "closed", "escalated"]),
        "opened_by": draw.choice([None, *crowd]),
        "assignee": _assignee(draw, story, crowd) if draw.random() < 0.5 else None,
        "source": FILE,
    }
    moments = (
        ("opened_at", "opened_latest", 0.8, -600),
        ("closed_at", "closed_latest", 0.3, 1),
        ("state_since", "state_latest", 0.4, -20),
        ("assigned_at", "assigned_latest", 0.5, -60),
    )
    for first, latest, often, around in moments:
        if draw.random() < often:
            row[first] = around + draw.choice([0, 0, -1, 1, 5, -5, 20])
            row[latest] = row[first] + draw.choice([1, 1, 60])
    return row
