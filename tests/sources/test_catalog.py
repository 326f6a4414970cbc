"""Every shipped declaration is complete, compiles, and turns its own examples into what they say."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from forensics import event
from forensics.sources.declaration import Declaration, Example, shipped
from forensics.sources.formats import detect
from forensics.sources.mapping import compile_mapping
from forensics.sources.normalise import normalise
from forensics.sources.recognise import decode, recognise

SOURCES = sorted(shipped())
EXAMPLES = [
    pytest.param(declaration, example, id=f"{name}-{number}")
    for name, declaration in sorted(shipped().items())
    for number, example in enumerate(declaration.examples)
]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    return value


def _wanted(name: str, value: Any) -> Any:
    if event.BY_NAME[name].type == "TIMESTAMPTZ" and isinstance(value, str):
        return datetime.fromisoformat(value).astimezone(UTC)
    return value


@pytest.mark.parametrize(("declaration", "example"), EXAMPLES)
def test_example_becomes_the_event_it_says(declaration: Declaration, example: Example) -> None:
    rows = normalise(declaration, example.raw.encode())
    assert rows, "an example must yield an event"
    found = {name: _plain(rows[0][name]) for name in example.expect}
    assert found == {name: _wanted(name, value) for name, value in example.expect.items()}


@pytest.mark.parametrize(("declaration", "example"), EXAMPLES)
def test_example_is_recognised_as_its_own_source(
    declaration: Declaration, example: Example
) -> None:
    data = example.raw.encode()
    container = detect(data)
    assert container is not None
    import io  # noqa: PLC0415

    batch = next(iter(container.split(io.BytesIO(data), embedded=declaration.embedded)))
    found = recognise(decode(batch.documents or batch.records), shipped())
    assert found.source == declaration.name, found.why


@pytest.mark.parametrize("name", SOURCES)
def test_declaration_is_complete(name: str) -> None:
    declaration = shipped()[name]
    assert declaration.refs, "cite where the format is documented"
    assert len(declaration.examples) >= 3
    assert declaration.title != declaration.name
    assert "operation" in declaration.event
    assert len(compile_mapping(declaration).sql) < 40_000
