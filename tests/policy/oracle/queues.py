"""Slow and obvious: to whom a case was assigned at an act, and who belonged to which team."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import casebook
from casebook import Casebook, Row, Step, key
from histories import SECOND, Party, bounds, every, same_person, some

MINUTE = 60 * SECOND


def evaluate(stories: Sequence[Casebook], params: Mapping[str, Any]) -> dict[str, bool | None]:
    """By uid of the act whether its case was its person's as asked."""
    assigning = {
        row["source"]
        for story in stories
        for row in story.events
        if row["action"] == "case.assign"
        and key(row.get("case_id"))
        and row["outcome"] not in ("failure", "denied")
    }
    to = set(params.get("assigned_to", [])) | ({"actor"} if "case" in params else set())

    def judged(story: Casebook, act: Row, case: str) -> bool | None:
        answers: list[bool | None] = []
        if "actor_member_of" in params:
            queues = casebook.facts(story, act, case, "queue")
            fits = {_member(story, act, queue) for queue in queues}
            answers.append(fits.pop() if len(fits) == 1 else None)
        if to:
            answers.append(_assigned(story, act, case, to, assigning))
        if "opened_before" in params:
            length = int(params["opened_before"][:-1]) * MINUTE
            answers.append(casebook.old(story, act, case, length))
        if "assigned_before" in params:
            length = int(params["assigned_before"][:-1]) * MINUTE
            answers.append(_long_since(story, act, case, length))
        return every(*answers)

    return casebook.of_case(stories, judged)


def _assigned(
    story: Casebook, act: Row, case: str, to: set[str], assigning: set[str]
) -> bool | None:
    those = [one for one in casebook.steps(story, act) if one.case == case]
    possible, begun = casebook.last([one for one in those if one.state is None], act)
    fits = {_fits(story, act, one, to) for one in possible}
    if begun:
        return fits.pop() if len(fits) == 1 else None
    opened = [one for one in those if one.state is not None]
    nobody = casebook.begins_by_opening(opened) and any(
        one.opening and one.clock in assigning for one in opened
    )
    return False if nobody and fits <= {False} else None


def _long_since(story: Casebook, act: Row, case: str, length: int) -> bool | None:
    """Whether every assignment that may be the last was made so long before the act."""
    those = [one for one in casebook.steps(story, act) if one.case == case and one.state is None]
    possible, _ = casebook.last(those, act)
    ages = {every(one.certain, casebook.longer(casebook.gap(one, act), length)) for one in possible}
    return ages.pop() if len(ages) == 1 else None


def _fits(story: Casebook, act: Row, step: Step, to: set[str]) -> bool | None:
    party = step.party
    if party is not None and key(party.account) in _teams(story):
        return _member(story, act, key(party.account)) if "actor.team" in to else False
    answers: list[bool | None] = []
    if "actor" in to:
        answers.append(None if party is None else same_person(story.party(act), party))
    if "actor.team" in to:
        answers.append(False if party and (party.person or party.service) else None)
    return some(answers)


def _teams(story: Casebook) -> set[str]:
    return {row["team"].lower() for row in story.members}


def _member(story: Casebook, act: Row, team: str) -> bool | None:
    """Whether the acting person belonged to a team; a list of it is taken to be whole."""
    rows = [row for row in story.members if row["team"].lower() == team]
    if not rows:
        return None
    actor = story.party(act)
    mine = [row for row in rows if _identity(story.named(row["member"])) == _identity(actor)]
    valid = some([_valid(story, act, row) for row in mine])
    if valid is not False:
        return valid
    if actor.service:
        return False
    strangers = [story.named(row["member"]) for row in rows]
    nameless = any(one.person is None and not one.service for one in strangers)
    return None if actor.person is None or nameless else False


def _identity(party: Party) -> tuple[str, str | None]:
    return ("person", party.person) if party.person else ("account", party.account)


def _valid(story: Casebook, act: Row, row: Row) -> bool | None:
    def at(name: str) -> int:
        seconds: float = story.start + row[name]
        return round(seconds * SECOND)

    low, high = bounds(act)
    begun: bool | None = True
    if row["from_earliest"] is not None:
        begun = True if at("from_latest") <= low else False if high <= at("from_earliest") else None
    going: bool | None = True
    if row["to_earliest"] is not None:
        going = True if high <= at("to_earliest") else False if at("to_latest") <= low else None
    return every(begun, going)
