"""JSON documents of many records: arrays and envelopes, whole and broken."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.errors import InputError
from forensics.sources.envelopes import ENVELOPE_NAMES
from forensics.sources.formats import NOT_UTF8, Batch, detect
from forensics.sources.formats import json_document as module
from forensics.sources.formats.json_document import FORMAT

TWO = [{"id": 1, "x": "a"}, {"id": 2, "x": ["]", "}"]}]


def batches(data: bytes) -> list[Batch]:
    found = detect(data)
    assert found is not None
    assert found.name == "json"
    return list(found.split(io.BytesIO(data)))


def split(data: bytes) -> list[bytes]:
    return [bytes(one) for batch in batches(data) for one in batch.records]


def loaded(data: bytes) -> list[Any]:
    return [json.loads(one) for one in split(data)]


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("key", [*sorted(ENVELOPE_NAMES), "Records", "auditEvents"])
def test_an_envelope_holds_records(key: str, indent: int | None) -> None:
    assert loaded(json.dumps({key: TWO}, indent=indent).encode()) == TWO


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize(
    "document",
    [
        {"@odata.context": "https://x", "value": TWO},
        {"kind": "x", "items": TWO, "nextPageToken": "a", "count": 2, "more": True, "last": None},
        {"items": TWO, "warnings": [], "skipped": ["a"]},
        TWO,
    ],
)
def test_scalars_may_stand_beside_the_records(document: Any, indent: int | None) -> None:
    assert loaded(json.dumps(document, indent=indent).encode()) == TWO


def test_a_record_keeps_its_exact_bytes() -> None:
    data = b'{ "Records" : [ {"b" : 1.0e3,"a":"\\u00e4"}  ,\n{"a": [ ]} ] }'
    assert split(data) == [b'{"b" : 1.0e3,"a":"\\u00e4"}', b'{"a": [ ]}']


@pytest.mark.parametrize("data", [b"[]", b'{"Records":[]}', b" [ \n ] "])
def test_an_empty_envelope_holds_no_records(data: bytes) -> None:
    assert split(data) == []


@pytest.mark.parametrize(
    "record",
    [
        {"id": {"time": "x"}, "events": [{"name": "a"}], "actor": {"email": "b"}},
        {"a": 1, "events": ["push", "pull"]},
        {"a": 1, "tags": [{"k": 1}], "links": [{"k": 2}]},
    ],
)
def test_an_object_that_merely_has_a_list_is_one_record(record: dict[str, Any]) -> None:
    assert loaded(json.dumps(record, indent=4).encode()) == [record]


def test_several_documents_in_one_file() -> None:
    one, two = json.dumps({"Records": TWO}), json.dumps({"Records": [{"id": 3}]})
    assert loaded(f"{one}\n{two}\n".encode()) == [*TWO, {"id": 3}]
    assert loaded(f"{one}{two}".encode()) == [*TWO, {"id": 3}]
    assert loaded(b'{"id":1}{"id":2}\n{"id":3}') == [{"id": 1}, {"id": 2}, {"id": 3}]
    assert loaded(b'{\n "id": 1\n}\n{\n "id": 2\n}\n') == [{"id": 1}, {"id": 2}]


def test_a_truncated_envelope_gives_what_it_held_and_keeps_the_rest() -> None:
    data = b'{"Records": [{"id":1},{"id":2},{"id":"3'
    (batch,) = batches(data)
    assert batch.records == [b'{"id":1}', b'{"id":2}']
    assert [(one.record_no, one.data) for one in batch.rejects] == [(2, b'{"id":"3')]
    assert batch.damage


def test_a_truncated_record_is_not_taken_apart() -> None:
    (batch,) = batches(b'{\n "a": {"b": [{"id":1},{"id":2}]},\n "c"')
    assert batch.records == []
    assert len(batch.rejects) == 1


def test_one_broken_record_costs_the_others_nothing() -> None:
    data = b'{"Records":[{"id":1},{"id":oops},{"id":"\xff"},{"id":4}]}'
    (batch,) = batches(data)
    # Syntax is judged where records are mapped; here only what is no text is rejected.
    assert batch.records == [b'{"id":1}', b'{"id":oops}', b'{"id":4}']
    assert [(one.record_no, one.reason) for one in batch.rejects] == [(2, NOT_UTF8)]
    assert batch.numbers == [0, 1, 3]
    assert batch.damage is None


def test_what_follows_a_document_is_kept() -> None:
    (batch,) = batches(b'[{"id":1}]\ngarbage {')
    assert batch.records == [b'{"id":1}']
    assert [one.data for one in batch.rejects] == [b"garbage {"]
    assert batch.damage


def test_depth_is_no_obstacle() -> None:
    deep = b'{"a":' * 5000 + b"1" + b"}" * 5000
    assert split(b'{"Records":[{"id":1},' + deep + b',{"id":2}]}') == [
        b'{"id":1}',
        deep,
        b'{"id":2}',
    ]


def test_a_document_too_large_to_split_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LIMIT", 10)
    with pytest.raises(InputError, match="over 2 GiB") as caught:
        list(FORMAT.split(io.BytesIO(b'{"id":1, "of":{"more":2}}')))
    assert caught.value.remedy


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)
OBJECTS = st.lists(st.dictionaries(st.text(max_size=4), JSON, min_size=1, max_size=3), max_size=6)


@given(OBJECTS, st.sampled_from([None, 1]), st.booleans(), st.booleans())
def test_whole_documents_give_their_elements(
    documents: list[Any], indent: int | None, ascii_only: bool, array: bool
) -> None:
    whole = documents if array else {"Records": documents}
    data = json.dumps(whole, indent=indent, ensure_ascii=ascii_only).encode()
    assert loaded(data) == documents


@given(OBJECTS.filter(len), st.data())
def test_a_cut_loses_no_byte_and_no_record_before_it(
    documents: list[Any], data: st.DataObject
) -> None:
    whole = json.dumps({"Records": documents}).encode()
    cut = data.draw(st.integers(len(b'{"Records": [{'), len(whole) - 1))
    found = list(FORMAT.split(io.BytesIO(whole[:cut])))
    kept = [bytes(one) for batch in found for one in batch.records]
    assert [json.loads(one) for one in kept] == documents[: len(kept)]
    rest = b"".join(one.data for batch in found for one in batch.rejects)
    end = len(b'{"Records": [')
    for one in kept:
        end = whole.index(one, end) + len(one)
    left = whole[:cut][end:].lstrip(b" ,").strip()
    # A list that was closed has given all its records; what is left of its envelope is no record.
    assert rest == (b"" if left.startswith(b"]") else left)
    assert all(batch.damage for batch in found if batch.rejects)
