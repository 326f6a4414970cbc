"""Session: how long it lasted, where it came from, and what leaves that open."""

from __future__ import annotations

from typing import Any

from histories import History

from forensics.policy.predicates import session


def story(*, end: float | None, later: float = 0, **act: Any) -> History:
    made = History(0)
    made.event(-3600, "session.start", session_id="s", src_ip="192.0.2.1")
    if end is not None:
        made.event(end, "session.end", session_id="s", src_ip="192.0.2.1")
    made.event(later, "other")
    made.event(0, "account.delete", act=True, **{"session_id": "s", "src_ip": "192.0.2.1"} | act)
    return made


def test_from_the_first_to_the_last_record(answer: Any) -> None:
    found = answer(story(end=3000), "session", max_duration="2h")
    assert found["value"] is True
    assert "lasted 01:49:59.999 to 01:50:00.001, from 2017-11-02 11:00:00Z" in found["sentence"]
    assert found["evidence"] == ["0-0", "0-1"]
    assert answer(story(end=3601), "session", max_duration="2h")["value"] is False
    found = answer(story(end=3600), "session", max_duration="2h")
    assert (found["value"], found["missing"]) == (None, ["exact length of session s"])


def test_a_session_nobody_ended_is_over_when_the_source_goes_on(answer: Any) -> None:
    found = answer(story(end=None), "session", max_duration="2h")
    assert (found["value"], found["missing"]) == (None, ["end of session s"])
    assert answer(story(end=None, later=4000), "session", max_duration="2h")["value"] is True


def test_an_act_without_a_session_is_unknown(answer: Any) -> None:
    found = answer(story(end=60, session_id=None), "session", max_duration="2h")
    assert (found["value"], found["missing"]) == (None, ["session of the act"])


def test_one_address_throughout(answer: Any) -> None:
    assert answer(story(end=60), "session", same=["src_ip"])["value"] is True
    found = answer(story(end=60, src_ip="192.0.2.9"), "session", same=["src_ip"])
    assert found["value"] is False
    assert "addresses: 192.0.2.1, 192.0.2.9" in found["sentence"]
    found = answer(story(end=60, src_ip=None), "session", same="src_ip")
    assert found["missing"] == ["src_ip of a record of session s"]


def test_faults_are_named_by_parameter() -> None:
    assert sorted(session.validate({})) == [""]
    assert sorted(session.validate({"max_duration": "2 h", "same": "ip", "max": 1})) == [
        "max", "max_duration", "same",
    ]  # fmt: skip
