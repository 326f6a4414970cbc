"""Every source agrees with another normaliser on real records, or says why it does not."""

from __future__ import annotations

from functools import cache

import peer
import pytest
import reasons
from comparing import FIELDS, Field
from reasons import Explained
from scores import Score, Scorer, wanted_sources

from forensics.sources.declaration import shipped

HERE = peer.streams()
STREAMS = sorted(wanted_sources())
WRAPPED = [one for one in STREAMS if one in HERE and not all(f.standing for f in peer.files(one))]
# Share of records that are recognised each by itself; one may lack what tells its source.
ALONE = 0.95

pytestmark = pytest.mark.skipif(not HERE, reason="the shared records are not here")


@cache
def scorer() -> Scorer:
    return Scorer()


@cache
def scored(stream: str, *, whole: bool = False) -> Score:
    return scorer().score(stream, whole=whole)


@cache
def explained(stream: str, *, whole: bool = False) -> Explained:
    return reasons.explain(scored(stream, whole=whole), reasons.load())


@pytest.mark.parametrize("stream", STREAMS)
def test_stream_is_read_as_its_source(stream: str) -> None:
    score = scored(stream)
    assert set(score.wanted) <= set(shipped())
    assert score.strangers == []


@pytest.mark.parametrize("stream", STREAMS)
def test_fields_agree_as_often_as_is_asked_for(stream: str) -> None:
    assert explained(stream).low == []


@pytest.mark.parametrize("field", FIELDS, ids=lambda one: one.name)
def test_a_field_agrees_as_often_over_all_streams(field: Field) -> None:
    held = [explained(stream).tallies[field.name] for stream in STREAMS]
    both, agree = sum(one.both for one in held), sum(one.agree for one in held)
    assert both > 100
    assert field.threshold is None or agree >= field.threshold * both


@pytest.mark.parametrize("stream", STREAMS)
def test_every_difference_has_a_written_reason(stream: str) -> None:
    assert [(one.field, one.place, one.ours, one.theirs) for one in explained(stream).open] == []


def test_every_reason_explains_something() -> None:
    written = reasons.load()
    used = {number for stream in STREAMS for number in explained(stream).by_reason}
    used |= {number for stream in WRAPPED for number in explained(stream, whole=True).by_reason}
    idle = [f"{written[n].stream}: {written[n].why}" for n in range(len(written)) if n not in used]
    assert idle == []


@pytest.mark.parametrize("stream", WRAPPED)
def test_files_that_wrap_records_are_read_as_they_stand(stream: str) -> None:
    score = scored(stream, whole=True)
    assert score.strangers == []
    held = explained(stream, whole=True)
    assert [one.place for one in held.open if one.field == "record"] == [], score.notes
    assert held.low == []


def test_one_record_is_enough_to_recognise_most() -> None:
    known = records = 0
    for stream in STREAMS:
        score = scored(stream)
        found = [one for one in scorer().alone(stream) if one is not None]
        assert set(found) <= set(score.wanted), stream
        known += len(found)
        records += score.records - score.unread - score.dropped
    assert known >= ALONE * records


@pytest.mark.parametrize("stream", sorted(set(HERE) - set(STREAMS)))
def test_another_product_is_not_taken_for_one_of_the_catalog(stream: str) -> None:
    assert scored(stream).strangers == []
