"""Entitlements: roles from lists and records, what extends and ends them, and disuse."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import judged
import pytest
from judged import Judged, instant

from forensics.policy.predicates import entitlement

DAY = 86_400
ROLES = {"roles": {"ts_lead": ["account.*"], "ts_agent": ["case.*"]}}


def ask(story: Judged, belief: str = "at_act", **params: Any) -> dict[str, Any]:
    found = judged.answers(judged.engine([story]), "entitlement", {**ROLES, **params})
    return found[story.acts[-1], belief]


def story(**act: Any) -> Judged:
    made = Judged(0)
    did = act.pop("action", "account.delete")
    uid = made.event(0, did, act=True, **{"actor": "lead-1", "target": "@x"} | act)
    if act.get("actor", "lead-1"):
        made.person(uid, "p1")
    return made


def given(made: Judged, at: float, what: str = "role.grant", *, role: str = "ts_lead") -> str:
    return made.event(at, what, actor="boss", target="lead-1", targets=["lead-1", role])


def listed(made: Judged, begin: float | None, end: float | None, **fields: Any) -> None:
    row = {
        "account": "lead-1", "person": None, "held": "ts_lead", "basis": "standing",
        "from_earliest": instant(begin), "from_latest": instant(begin),
        "to_earliest": instant(end), "to_latest": instant(end), "source": "held.csv",
        "source_row": 2,
    }  # fmt: skip
    made.row("listed_entitlements", **(row | fields))


def test_a_role_that_was_granted_and_not_taken_covers_the_act() -> None:
    made = story()
    uid = given(made, -DAY)
    found = ask(made)
    assert (found["value"], found["evidence"]) == (True, [uid])
    assert found["sentence"] == (
        "lead-1 held ts_lead (granted in console, from 2017-11-01 12:00:05Z), which covers"
        " account.delete at 2017-11-02 12:00:00Z"
    )


def test_what_was_taken_before_the_act_covers_nothing_until_given_again() -> None:
    made = story()
    given(made, -DAY)
    given(made, -3600, "role.revoke")
    found = ask(made)
    assert found["value"] is False
    assert found["sentence"].startswith("lead-1 held nothing that covers account.delete")
    assert found["sentence"].endswith("records of giving and taking in this case: 2, since"
                                      " 2017-11-01 (console)")  # fmt: skip
    given(made, -60)
    assert ask(made)["value"] is True


def test_at_the_edge_the_clock_decides() -> None:
    made = story()
    given(made, 0)
    assert ask(made)["missing"] == ["order of the act and the bounds of what lead-1 held"]
    made.events[1].update(at=-3, time=instant(-3))
    assert ask(made)["value"] is True
    # Three seconds are within the error of two clocks.
    made.events[1]["source"] = "portal"
    assert ask(made)["value"] is None


def test_before_the_records_begin_nobody_knows() -> None:
    made = story()
    made.event(-DAY, "role.grant", actor="boss", target="other", targets=["other", "ts_lead"])
    assert ask(made)["missing"] == ["what lead-1 held before 2017-11-01"]
    assert ask(story())["missing"] == ["list of entitlements"]
    made = story()
    given(made, DAY, "role.revoke")
    assert ask(made)["missing"] == ["since when lead-1 held what was taken"]


def test_a_list_is_whole() -> None:
    made = story()
    listed(made, -DAY, None, account="somebody")
    found = ask(made)
    assert found["value"] is False
    assert "entitlements listed: 1" in found["sentence"]
    listed(made, -DAY, None, account=None, person="P1")
    assert ask(made)["value"] is True
    # A standing administrator holds everything, since ever.
    made = story()
    listed(made, None, None, held="*")
    assert ask(made)["value"] is True


def test_a_list_of_persons_does_not_tell_of_accounts_of_nobody() -> None:
    made = story()
    made.rows.clear()
    listed(made, -DAY, None, account=None, person="p1")
    assert ask(made)["missing"] == ["person behind account lead-1"]


def test_an_extended_grant_is_one() -> None:
    made = story(source="idp", time_precision="s")
    loose = {"from_latest": instant(3600), "to_latest": instant(DAY)}
    listed(made, -DAY, 0, to_latest=instant(3600))
    assert ask(made)["value"] is None
    listed(made, 0, DAY, **loose)
    assert ask(made)["value"] is True


def test_a_list_may_be_older_than_what_was_taken() -> None:
    made = story()
    listed(made, -DAY, None)
    given(made, -3600, "role.revoke")
    assert ask(made)["value"] is None
    made = story()
    listed(made, -DAY, None)
    given(made, 3600, "role.revoke")
    assert ask(made)["value"] is True


def test_a_record_that_names_no_role_leaves_it_open() -> None:
    made = story()
    made.event(-60, "role.grant", actor="boss", target="lead-1", targets=["lead-1"])
    assert ask(made)["missing"] == ["what was given to lead-1"]


def test_what_no_role_permits_is_covered_by_none() -> None:
    made = story(action="data.export")
    given(made, -DAY)
    assert ask(made)["value"] is False
    listed(made, -DAY, None, held="data.export")
    assert ask(made)["value"] is True


def test_an_act_without_an_actor_is_unknown() -> None:
    made = story(actor=None)
    given(made, -DAY)
    assert ask(made)["missing"] == ["actor of the act"]


def test_disuse() -> None:
    made = story()
    made.event(-200 * DAY, "session.start", actor="lead-1")
    given(made, -150 * DAY)
    found = ask(made, unused_for="90d")
    assert found["value"] is True
    assert "not used within 90d before" in found["sentence"]
    made.event(-30 * DAY, "account.suspend", actor="Lead-1", target="@y")
    assert ask(made, unused_for="90d")["value"] is False
    assert "had done what the same roles permit" not in ask(made, unused_for="90d")["sentence"]
    # Another account of the same person uses the same privilege.
    made = story()
    made.accounts += [
        {"account": name, "person": "lead-1", "kind": "personal"} for name in ("lead-1", "admin-1")
    ]
    made.event(-200 * DAY, "session.start", actor="lead-1")
    given(made, -150 * DAY)
    made.event(-30 * DAY, "account.suspend", actor="ADMIN-1", target="@y")
    assert ask(made, unused_for="90d")["value"] is False
    # What was used is not dormant, though nobody knows how it was held.
    made = story()
    made.event(-30 * DAY, "account.suspend", actor="lead-1", target="@y")
    found = ask(made, unused_for="90d")
    assert found["value"] is False
    assert "had done what the same roles permit as" in found["sentence"]
    assert "not known" not in found["sentence"]
    # A new joiner has not let anything lie.
    made = story()
    made.event(-200 * DAY, "session.start", actor="lead-1")
    given(made, -10 * DAY)
    found = ask(made, unused_for="90d")
    assert (found["value"], found["missing"]) == (False, [])
    assert "held for less than 90d" in found["sentence"]
    # Records that begin too late do not tell of disuse.
    made = story()
    listed(made, -300 * DAY, None)
    found = ask(made, unused_for="90d")
    assert found["missing"] == ["use of it within 90d before the act"]


def test_faults_are_named_by_parameter() -> None:
    assert entitlement.validate({"granted": True, "at": "execute", **ROLES}) == {}
    faults = entitlement.validate(
        {"granted": False, "at": "effect", "roles": {"x": ["acount.*"]}, "unused_for": 90, "r": 1}
    )
    assert sorted(faults) == ["at", "granted", "r", "roles", "unused_for"]
    assert "account" in faults["roles"]


@pytest.mark.parametrize("roles", [[], {}, {"": ["account.*"]}, {"lead": []}])
def test_roles_are_a_map(roles: Any) -> None:
    assert "roles" in entitlement.validate({"roles": roles})


def test_bounds_stand_in_the_relation() -> None:
    made = story()
    given(made, -DAY)
    row = judged.engine([made]).rows("SELECT * FROM entitlements WHERE account = 'lead-1'")[0]
    assert row["from_low"] == instant(-DAY)
    assert row["from_latest"] - row["from_earliest"] == timedelta(seconds=10.001)
