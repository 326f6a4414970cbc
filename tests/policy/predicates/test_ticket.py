"""A ticket behind an act or its session: its type, when it was opened, and its state."""

from __future__ import annotations

from typing import Any

import casebook
from casebook import Casebook
from histories import DAY, values

from forensics.policy.predicates import ticket

P6: dict[str, Any] = {
    "linked": True,
    "type": "incident",
    "opened_before": "session_start",
    "slack": "15m",
}


def ask(made: Casebook, **params: Any) -> dict[str, Any]:
    return values(casebook.engine([made]), "ticket", params)[made.acts[-1]]


def story(opened: float, *, type: str | None = "Incident", **act: Any) -> Casebook:
    """A ticket opened so many minutes from a session's start, and an act 40 minutes into it."""
    made = Casebook(0)
    made.event(0, "session.start", session_id="s")
    made.tickets = [
        {
            "case_id": "INC-12",
            "type": type,
            "targets": [],
            "opened_at": opened * 60,
            "opened_latest": opened * 60 + 1,
            "opened_by": "lead",
            "source": "tickets.csv",
        }
    ]
    fields = {"session_id": "s", "case_id": "INC-12"} | act
    made.event(2400, "role.grant", act=True, **fields)
    return made


def test_opened_before_the_session_or_little_later() -> None:
    found = ask(story(-10), **P6)
    assert found["value"] is True
    assert (
        "rests on ticket INC-12 of type incident, opened by lead at 2017-11-02 11:50:00Z"
        in (found["sentence"])
    )
    assert ask(story(14), **P6)["value"] is True
    late = ask(story(20), **P6)
    assert late["value"] is False
    assert (
        "not opened before the start of the session at 2017-11-02 12:00:00Z and 15m more"
        in (late["sentence"])
    )
    assert ask(story(20), opened_before="execute")["value"] is True
    # The list of tickets has a clock of its own.
    assert ask(story(15), **P6)["missing"] == ["exact opening of ticket INC-12"]


def test_its_type() -> None:
    assert ask(story(-10, type="change"), **P6)["value"] is False
    assert ask(story(-10, type=None), **P6)["missing"] == ["type of ticket INC-12"]


def test_another_record_of_the_session_names_it() -> None:
    made = story(-10, case_id=None)
    assert ask(made, linked=True)["missing"] == ["ticket of the act"]
    made.event(60, "access.read", session_id="s", case_id="inc-12")
    assert ask(made, **P6)["value"] is True
    made.events[-1]["session_id"] = "t"
    assert ask(made, **P6)["value"] is None
    assert ask(story(-10, case_id=None, reason="fire drill, see INC-12"), **P6)["value"] is True


def test_its_state_as_the_list_tells() -> None:
    made = story(-10)
    assert ask(made, state_in="open")["value"] is True
    # When it was escalated is not told: it was open or escalated.
    made.tickets[0]["state"] = "escalated"
    assert ask(made, state_in=["open", "escalated"])["value"] is True
    assert ask(made, state_in="open")["value"] is None
    assert ask(made, state_in="closed")["value"] is False
    made.tickets[0].update(state="closed", closed_at=1200, closed_latest=1260)
    assert ask(made, state_in="open")["value"] is False


def test_without_a_session_its_start_is_unknown() -> None:
    assert ask(story(-10, session_id=None), **P6)["missing"] == ["session of the act"]


def test_a_ticket_about_another_target() -> None:
    asked = {"opened_before": "execute", "target_matches": True}
    for targets, act, value in (
        (["@X"], {"target": "@x"}, True),
        (["@y"], {"target": "@x"}, False),
        ([], {"target": "@x"}, True),
        (["@y"], {}, None),
    ):
        made = story(-10, **act)
        made.tickets[0]["targets"] = targets
        found = ask(made, **asked)
        assert found["value"] is value, (targets, act)
    made.events[-1] |= {"action": "session.end"}
    assert ask(made, **asked)["value"] is True


def test_a_ticket_closed_long_before_is_no_ticket() -> None:
    asked = P6 | {"state_in": ["open", "escalated"]}
    assert ask(story(-10), **asked)["value"] is True
    made = story(-30 * 24 * 60)
    made.tickets[0] |= {"state": "closed", "closed_at": -DAY, "closed_latest": -DAY + 1}
    found = ask(made, **asked)
    assert found["value"] is False
    assert "it was closed since 2017-11-01 12:00:00Z" in found["sentence"]
    # What may be opened a little later is then open, also to an act before that.
    early = story(14)
    early.event(60, "role.grant", act=True, session_id="s", case_id="INC-12")
    assert ask(early, **asked)["value"] is True


def test_faults_are_named_by_parameter() -> None:
    assert ticket.validate(P6 | {"state_in": ["open"]}) == {}
    wrong = {"linked": 1, "type": [], "opened_before": "15m", "slack": "long", "state_in": 3}
    assert sorted(ticket.validate(wrong)) == sorted(wrong)
    assert ticket.validate({"slack": "1m", "linked": True}) == {
        "slack": "slack goes with opened_before."
    }
    assert sorted(ticket.validate({})) == [""]
