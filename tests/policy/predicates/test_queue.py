"""Whose case it was at the act: assignments that race, teams, and who takes over."""

from __future__ import annotations

from typing import Any

import pytest
from casebook import Casebook, engine
from histories import DAY, values

from forensics.policy.predicates import queue

OWN: dict[str, Any] = {"assigned_to": ["actor", "actor.team"]}


def ask(made: Casebook, **params: Any) -> dict[str, Any]:
    return values(engine([made]), "queue", params)[made.acts[-1]]


def story(*assigned: tuple[float, str | None], **act: Any) -> Casebook:
    """A case opened an hour before the act by ann at noon, and its assignments, in seconds."""
    made = Casebook(0)
    for name in ("ann", "bob", "lead"):
        made.account(name, name, "personal")
    made.event(-3600, "case.open", actor="intake", case_id="C-1")
    for seconds, who in assigned:
        assignee = None if who is None else f"{who}.0"
        made.event(seconds, "case.assign", actor="intake", case_id="C-1", assignee=assignee)
    made.event(0, "account.suspend", act=True, **({"actor": "ann.0", "case_id": "C-1"} | act))
    return made


def test_the_last_assignment_counts() -> None:
    found = ask(story((-600, "bob"), (-300, "ann"), (60, "bob")), **OWN)
    assert found["value"] is True
    assert "case C-1, assigned to ann.0 by intake at 2017-11-02 11:55:00Z" in found["sentence"]
    found = ask(story((-600, "ann"), (-300, "bob")), **OWN)
    assert (found["value"], found["evidence"]) == (False, ["0-2"])
    assert "it was assigned to bob.0 by intake" in found["sentence"]
    assert ask(story((-600, None)), **OWN)["value"] is None


def test_a_reassignment_within_the_clocks_error_is_unknown() -> None:
    made = story((-600, "ann"), (-2, "bob"))
    assert ask(made, **OWN)["value"] is False
    made.events[2]["source"] = "portal"
    found = ask(made, **OWN)
    assert found["value"] is None
    assert found["missing"][0].startswith("to whom case C-1 was assigned at the act: ann.0 by")
    made.events[1]["assignee"] = "bob.0"
    assert ask(made, **OWN)["value"] is False


def test_nobody_s_case_and_one_whose_assignment_is_not_recorded() -> None:
    found = ask(story((60, "ann")), **OWN)
    assert (found["value"], "it was assigned to nobody" in found["sentence"]) == (False, True)
    assert ask(story(), **OWN)["missing"] == ["assignment of case C-1"]


def test_a_supervisor_who_takes_over() -> None:
    made = story((-600, "ann"), actor="lead.0")
    assert ask(made, **OWN)["value"] is False
    made = story((-600, "ann"), (-30, "lead"), actor="lead.0")
    made.events[2]["actor"] = "lead.0"
    found = ask(made, **OWN)
    assert "assigned to lead.0 by lead.0" in found["sentence"]
    assert found["value"] is True


@pytest.mark.parametrize(
    ("start", "end", "value"),
    [(None, None, True), (-DAY, DAY, True), (1, None, False), (-DAY, -1, False), (0.5, None, None)],
)
def test_a_team_holds_the_case(start: float | None, end: int | None, value: bool | None) -> None:
    made = story((-600, "desk"))
    bounds = {"from_earliest": start, "from_latest": start, "to_earliest": end, "to_latest": end}
    made.members = [{"team": "Desk.0", "member": "ann.0", **bounds}]
    # A precision of a second leaves open whether what changed within it came before the act.
    made.events[-1]["time_precision"] = "s"
    made.events[-1]["source"] = "idp"
    assert ask(made, **OWN)["value"] is value
    assert ask(made, assigned_to="actor")["value"] is False
    made.tickets = [{"case_id": "C-1", "queue": "desk.0", "targets": [], "source": "t.csv"}]
    assert ask(made, actor_member_of="case.queue")["value"] is value


def test_without_lists_teams_are_unknown() -> None:
    found = ask(story((-600, "desk")), **OWN)
    assert found["missing"][0].startswith("whether ann.0 is or belongs to the assignee of case C-1")
    found = ask(story((-600, "ann")), actor_member_of="case.queue")
    assert found["missing"] == ["queue of case C-1"]


def test_ordinary_queue_work_is_opened_before() -> None:
    asked = {"case": "assigned_to_actor", "opened_before": "1m"}
    made = story((-30, "ann"))
    assert ask(made, **asked)["value"] is True
    made.events[0].update(at=-40, time=made.events[1]["time"])
    assert ask(made, **asked)["value"] is False


def test_an_assignment_just_before_the_act_is_told_of() -> None:
    asked = {"case": "assigned_to_actor", "assigned_before": "1m"}
    assert ask(story((-600, "ann")), **asked)["value"] is True
    found = ask(story((-600, "bob"), (-13, "ann")), **asked)
    assert found["value"] is False
    assert "it was not assigned 1m before, but to ann.0 by intake" in found["sentence"]
    assert sorted(queue.validate({"actor_member_of": "case.queue", "assigned_before": "1m"})) == [
        ""
    ]


def test_faults_are_named_by_parameter() -> None:
    assert queue.validate(OWN | {"actor_member_of": "case.queue"}) == {}
    wrong = {"assigned_to": "boss", "actor_member_of": "x", "case": "mine", "opened_before": 1}
    assert sorted(queue.validate(wrong)) == sorted(wrong)
    assert sorted(queue.validate({"opened_before": "1m"})) == [""]
