"""Envelopes: what may stand beside the records, and what makes an object a record itself."""

from __future__ import annotations

import json
from typing import Any

import pytest

from forensics.sources.envelopes import envelope_start, records
from forensics.sources.formats import detect

TWO = [{"id": 1}, {"id": 2}]
ABOUT = {"total": 2, "by": "x"}
ACTIVITY = {
    "kind": "admin#reports#activity",
    "id": {"time": "2024-01-01T00:00:00Z", "applicationName": "admin"},
    "actor": {"email": "contractor-7"},
    "events": [{"name": "SUSPEND_USER"}],
}


def loaded(document: Any, indent: int | None = None) -> list[Any]:
    return [json.loads(bytes(one)) for one in records(json.dumps(document, indent=indent).encode())]


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("name", ["meta", "metadata", "ResponseMetadata", "links", "paging"])
def test_objects_about_the_records_may_stand_on_either_side(name: str, indent: int | None) -> None:
    for document in ({name: ABOUT, "data": TWO}, {"data": TWO, name: ABOUT}):
        text = json.dumps(document, indent=indent).encode()
        found = detect(text)
        assert found is not None
        assert found.name == "json"
        assert loaded(document, indent) == TWO
        assert envelope_start(text) is not None


@pytest.mark.parametrize("name", ["meta", "ResponseMetadata"])
def test_an_envelope_cut_off_gives_its_records_all_the_same(name: str) -> None:
    text = json.dumps({name: ABOUT, "data": TWO}).encode()
    assert text[envelope_start(text[:-3]) :].startswith(b'{"id": 1}')


@pytest.mark.parametrize("last", list(ACTIVITY))
def test_an_activity_with_objects_beside_its_events_is_one_record(last: str) -> None:
    record = {**{k: v for k, v in ACTIVITY.items() if k != last}, last: ACTIVITY[last]}
    assert loaded(record) == [record]


def test_an_object_that_is_not_about_the_records_makes_a_record() -> None:
    for record in ({"data": TWO, "user": {"id": 1}}, {"meta": ABOUT, "user": {}, "data": TWO}):
        assert loaded(record) == [record]
    assert loaded({"meta": ABOUT, "tags": TWO}) == [{"meta": ABOUT, "tags": TWO}]
