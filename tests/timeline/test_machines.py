"""The state machines are well formed, and driven by the vocabulary of actions."""

from __future__ import annotations

import re

import pytest

from forensics import actions
from forensics.timeline import machines
from forensics.timeline.machines import Machine

ALL = list(machines.load().values())


@pytest.mark.parametrize("machine", ALL, ids=lambda machine: machine.kind)
class TestEachMachine:
    def test_its_verbs_are_known(self, machine: Machine) -> None:
        back = {*machine.restores, *machine.first_or_again, *machine.born}
        named = {*machine.states, *machine.lifts, *machine.signs_in, *back}
        assert named <= set(actions.load())

    def test_some_verb_leads_away_and_some_back(self, machine: Machine) -> None:
        states = set(machine.states.values())
        assert machine.rest in states
        assert states - {machine.rest}

    def test_what_brings_it_back_leads_to_rest(self, machine: Machine) -> None:
        born = machine.born & machine.states.keys()
        for verb in {*machine.restores, *machine.first_or_again, *born}:
            assert machine.states[verb] == machine.rest

    def test_verbs_that_undo_each_other_lead_to_different_states(self, machine: Machine) -> None:
        for verb, state in machine.states.items():
            inverse = actions.load()[verb].inverse
            if inverse in machine.states:
                assert machine.states[inverse] != state

    def test_what_is_lifted_is_a_state_of_it(self, machine: Machine) -> None:
        known = {*machine.states.values(), machine.unseen}
        assert {state for held in machine.lifts.values() for state in held} <= known
        assert machine.gone is None or machine.gone in known

    def test_its_patterns_can_be_read(self, machine: Machine) -> None:
        assert all(re.compile(form).groups == 1 for form in machine.aliases)
        assert re.compile(machine.id or "")
        assert (machine.id is not None) == (machine.identity in ("key", "member"))

    def test_it_is_explained(self, machine: Machine) -> None:
        assert machine.meaning.startswith("Whether ")
        assert not machine.meaning.endswith(".")


def test_the_states_of_accounts_are_those_of_the_actions() -> None:
    told = {one.verb: one.state for one in actions.load().values() if one.state is not None}
    assert machines.load()["account"].states == told


def test_every_kind_is_there() -> None:
    kinds = {"account", "mfa", "role", "audit_logging", "content", "access_key"}
    assert set(machines.load()) == kinds


def test_a_state_that_a_record_observes_is_of_one_kind_only() -> None:
    observed = [state for one in ALL for state in one.observed]
    assert len(observed) == len(set(observed))
