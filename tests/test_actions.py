"""The vocabulary of actions is well formed and consistent with itself."""

from __future__ import annotations

import re

import pytest

from forensics import actions

OBJECTS = {
    "access",
    "account",
    "approval",
    "case",
    "config",
    "content",
    "credential",
    "data",
    "group",
    "logging",
    "policy",
    "probe",
    "resource",
    "role",
    "session",
}
ACCOUNT_STATES = {"active", "deactivated", "suspended", "locked", "deleted"}
ALL = list(actions.load().values())


@pytest.mark.parametrize("action", ALL, ids=lambda action: action.verb)
class TestEachAction:
    def test_verb_is_object_dot_verb(self, action: actions.Action) -> None:
        name, _, verb = action.verb.partition(".")
        assert name in OBJECTS
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", verb)

    def test_meaning_is_one_clause_without_a_full_stop(self, action: actions.Action) -> None:
        assert action.meaning[0].isupper()
        assert not action.meaning.endswith(".")

    def test_inverse_names_this_action_as_its_own(self, action: actions.Action) -> None:
        if action.inverse is not None:
            assert actions.load()[action.inverse].inverse == action.verb
            assert action.inverse != action.verb

    def test_what_has_an_inverse_is_reversible(self, action: actions.Action) -> None:
        assert action.reversible or action.inverse is None

    def test_only_acts_on_accounts_set_a_known_account_state(self, action: actions.Action) -> None:
        if action.state is not None:
            assert action.verb.startswith("account.")
            assert action.state in ACCOUNT_STATES

    def test_an_inverse_of_an_act_that_sets_a_state_sets_another(
        self, action: actions.Action
    ) -> None:
        if action.state is not None and action.inverse is not None:
            assert actions.load()[action.inverse].state not in (None, action.state)


def test_other_is_not_a_verb_of_its_own() -> None:
    assert actions.OTHER not in actions.load()


def test_every_object_and_every_account_state_is_in_use() -> None:
    assert {action.verb.partition(".")[0] for action in ALL} == OBJECTS
    assert {action.state for action in ALL} - {None} == ACCOUNT_STATES


def test_taking_an_account_away_is_destructive_and_giving_it_back_is_not() -> None:
    destructive = set(actions.destructive())
    assert {"account.deactivate", "account.suspend", "account.delete"} <= destructive
    assert {"credential.reset", "logging.disable", "content.remove"} <= destructive
    assert destructive.isdisjoint(
        {"account.activate", "account.restore", "account.unsuspend", "logging.enable"}
    )


def test_what_the_system_or_an_ordinary_user_does_is_not_privileged() -> None:
    privileged = set(actions.privileged())
    assert privileged.isdisjoint(
        {"account.lock", "session.start", "credential.change", "case.view", "probe.observe"}
    )
    assert {"account.deactivate", "role.grant", "session.impersonate"} <= privileged


def test_verbs_are_grouped_by_object_in_the_file() -> None:
    names = [action.verb.partition(".")[0] for action in ALL]
    runs = [name for at, name in enumerate(names) if at == 0 or names[at - 1] != name]
    assert len(runs) == len(set(runs))


def test_flags_are_listed_sorted() -> None:
    assert list(actions.destructive()) == sorted(actions.destructive())
    assert list(actions.privileged()) == sorted(actions.privileged())
