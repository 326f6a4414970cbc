"""Every shipped declaration is complete, compiles, and turns its examples into what they say."""

from __future__ import annotations

import io
import re

import pytest

from forensics.sources.declaration import Declaration, Example, shipped
from forensics.sources.examples import faults
from forensics.sources.formats import Hints, detect
from forensics.sources.mapping import compile_mapping
from forensics.sources.recognise import decode, recognise
from forensics.timeline import machines

SOURCES = sorted(shipped())
EXAMPLES = [
    pytest.param(declaration, example, id=f"{name}-{number}")
    for name, declaration in sorted(shipped().items())
    for number, example in enumerate(declaration.examples)
]


@pytest.mark.parametrize(("declaration", "example"), EXAMPLES)
def test_example_becomes_the_event_it_says(declaration: Declaration, example: Example) -> None:
    assert example.expect
    assert faults(declaration, example) == []


@pytest.mark.parametrize(("declaration", "example"), EXAMPLES)
def test_example_is_recognised_as_its_own_source(
    declaration: Declaration, example: Example
) -> None:
    data = example.raw.encode()
    container = detect(data)
    assert container is not None
    batch = next(iter(container.split(io.BytesIO(data), Hints(declaration.embedded))))
    found = recognise(decode(batch.documents or batch.records), shipped())
    assert found.source == declaration.name, found.why


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
