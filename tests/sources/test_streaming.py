"""Documents cut part by part give the same records as documents held whole."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.sources import streaming
from forensics.sources.formats import json_document as module

OPENINGS = {
    b"[": b"]",
    b'{"Records":[': b"]}",
    b'{"next": "x{[", "data":{"events" : [': b'], "n": {"a": [1]}}, "z": 1}\n',
}
LEAVES = st.none() | st.integers() | st.text(alphabet='ab"\\{}[],é \n', max_size=6)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=12,
)
RECORDS = st.lists(st.dictionaries(st.text(max_size=3), VALUES, min_size=1, max_size=3), min_size=1)


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(module, "_WHOLE", 64)
    monkeypatch.setattr(streaming, "OPENING", 64)
    monkeypatch.setattr(streaming, "STEP", 16)
    yield


def split(data: bytes) -> tuple[list[bytes], list[bytes], list[int]]:
    found = list(module.FORMAT.split(io.BytesIO(data)))
    numbers = [n for one in found for n in one.numbers]
    numbers += [reject.record_no for one in found for reject in one.rejects]
    return (
        [bytes(one) for batch in found for one in batch.records],
        [one.data for batch in found for one in batch.rejects],
        numbers,
    )


@given(RECORDS, st.sampled_from(sorted(OPENINGS)), st.sampled_from([None, 1]), st.booleans())
def test_every_record_comes_out_as_it_stood(
    documents: list[Any], opening: bytes, indent: int | None, twice: bool
) -> None:
    texts = [json.dumps(one, indent=indent, ensure_ascii=False).encode() for one in documents]
    whole = opening + b" ,\n".join(texts) + OPENINGS[opening]
    found, rejected, numbers = split(whole * (1 + twice))
    assert found == texts * (1 + twice)
    assert rejected == []
    assert numbers == list(range(len(found)))


@given(RECORDS, st.sampled_from(sorted(OPENINGS)), st.data())
def test_a_cut_keeps_the_records_before_it_and_the_rest(
    documents: list[Any], opening: bytes, data: st.DataObject
) -> None:
    texts = [json.dumps(one, ensure_ascii=False).encode() for one in documents]
    body = b",".join(texts)
    cut = data.draw(st.integers(1, len(body)))
    found, rejected, _ = split(opening + body[:cut])
    assert found == texts[: len(found)]
    # A part that is cut at a comma may have lost it to what stands between records.
    assert b",".join([*found, *filter(None, rejected)]).rstrip(b", ") == body[:cut].rstrip(b", ")


@given(st.binary(max_size=200), st.sampled_from(sorted(OPENINGS)))
def test_garbage_never_loses_a_byte_that_is_not_space(garbage: bytes, opening: bytes) -> None:
    found, rejected, _ = split(opening + b'{"a":1},' + garbage)
    assert found[:1] == [b'{"a":1}']
    kept = b"".join(found[1:] + rejected)
    assert set(kept) <= set(garbage)


def test_a_record_longer_than_any_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "LONGEST", 400)
    monkeypatch.setattr(streaming, "_PIECE", 400)
    long = json.dumps({"a": "x" * 300}).encode()
    endless = json.dumps({"a": "x" * 9000}).encode()
    assert split(b'[{"b":1},' + long + b',{"c":2}]')[0] == [b'{"b":1}', long, b'{"c":2}']
    found, rejected, _ = split(b'[{"b":1},' + endless + b"]")
    assert found == [b'{"b":1}']
    assert b"".join(rejected).startswith(endless[:100])
    assert max(map(len, rejected)) <= 400
    assert endless.startswith(rejected[0])
