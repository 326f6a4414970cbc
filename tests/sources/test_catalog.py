"""Every shipped declaration is complete, compiles, and turns its examples into what they say."""

from __future__ import annotations

import re

import pytest

from forensics.sources.declaration import shipped
from forensics.sources.examples import faults, recognised
from forensics.sources.mapping import compile_mapping
from forensics.timeline import machines

SOURCES = sorted(shipped())


@pytest.mark.parametrize("name", SOURCES)
def test_examples_become_the_events_they_say(name: str) -> None:
    declaration = shipped()[name]
    assert all(example.expect for example in declaration.examples)
    told = dict(enumerate(faults(declaration, declaration.examples)))
    assert {number: faulty for number, faulty in told.items() if faulty} == {}


@pytest.mark.parametrize("name", SOURCES)
def test_examples_are_recognised_as_their_own_source(name: str) -> None:
    for example in shipped()[name].examples:
        found = recognised(shipped()[name], example, shipped())
        assert found.source == name, (example.raw, found.why)


@pytest.mark.parametrize("name", SOURCES)
def test_declaration_is_complete(name: str) -> None:
    declaration = shipped()[name]
    assert declaration.refs, "cite where the format is documented"
    assert declaration.omits, "say what the source does not record"
    assert len(declaration.examples) >= 3
    assert declaration.title != declaration.name
    assert "operation" in declaration.event
    assert len(compile_mapping(declaration).sql) < 40_000


@pytest.mark.parametrize("name", SOURCES)
def test_a_state_that_no_verb_of_the_source_undoes_is_said_to_stay_open(name: str) -> None:
    declaration, account = shipped()[name], machines.load()["account"]
    verbs = {*declaration.actions.values(), *(when.action for when in declaration.action_when)}
    back = [verb for verb in verbs if account.states.get(verb) == account.rest]
    back = [verb for verb in back if verb not in account.born]
    lasting = [
        verb
        for verb in sorted(verbs & {*account.states} - {*back, *account.born, "account.delete"})
        if not any(account.generic(one) or account.undoes(one, verb) for one in back)
    ]
    assert not lasting or any(
        re.search(r"\bstays? open\b", omitted) for omitted in declaration.omits
    ), lasting
