"""Records inside other objects are found, mapped from what is carried, and kept as they stood."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.engine.duckdb import DuckDBEngine
from forensics.sources.carriers import CARRIERS, garbled, held, inner, unwrapped
from forensics.sources.declaration import parse
from forensics.sources.formats import detect
from forensics.sources.normalise import normalise
from forensics.sources.recognise import decode, recognise
from forensics.sources.soundness import why_timeless

OWN = parse(
    """
name = "own"
[recognise]
required = ["who", "when"]
[record]
within = ["properties"]
[event]
time = "when"
operation = "what"
actor = "who"
tenant = { first_of = ["tenant", "outer.tenant"] }
""",
    "own.toml",
)
RECORD = {"who": "ada", "when": "2026-01-05T09:00:00Z", "what": "x", "tenant": None}


def found(document: dict[str, Any]) -> tuple[str | None, tuple[str, ...]]:
    verdict = recognise([document], {"own": OWN})
    return verdict.source, verdict.within


def test_a_record_as_it_stands_is_not_looked_for_inside() -> None:
    assert found(RECORD | {"message": json.dumps(RECORD)}) == ("own", ())


def test_a_declared_carrier_and_what_stands_beside_the_record() -> None:
    line = json.dumps({"tenant": "t1", "properties": RECORD})
    assert found(json.loads(line)) == ("own", ("properties",))
    [row] = normalise(OWN, line.encode())
    assert (row["actor"], row["tenant"], row["raw"]) == ("ada", "t1", line)


@pytest.mark.parametrize("as_text", [True, False])
def test_carriers_within_one_another(as_text: bool) -> None:
    inner: Any = {"tenant": "t1", "properties": RECORD}
    line = json.dumps({"_raw": json.dumps({"detail": json.dumps(inner) if as_text else inner})})
    assert found(json.loads(line)) == ("own", ("_raw", "detail", "properties"))
    assert [row["tenant"] for row in normalise(OWN, line.encode())] == ["t1"]


def test_what_is_not_carried_stands_for_itself() -> None:
    lines = [{"message": json.dumps(RECORD)}, RECORD, {"message": "no record"}, {"message": "{no"}]
    rows = normalise(OWN, "\n".join(map(json.dumps, lines)).encode())
    assert [row["actor"] for row in rows] == ["ada", "ada", None, None]


@pytest.mark.parametrize("path", CARRIERS)
def test_every_carrier_is_looked_into(path: str) -> None:
    document: Any = RECORD
    for key in reversed(path.replace('"', "").split(".")):
        document = {key: document}
    assert found(document)[0] == "own"


def test_outer_is_for_sources_that_declare_what_carries_them() -> None:
    text = 'name = "x"\n[recognise]\nrequired = ["a"]\n[event]\ntime = "a"\noperation = "outer.b"\n'
    with pytest.raises(Exception, match=r"'outer\.' is for sources with record\.within"):
        normalise(parse(text, "x.toml"), b'{"a":1}')


def packed(document: Any) -> str:
    return base64.b64encode(json.dumps(document).encode()).decode()


@pytest.mark.parametrize(
    "line",
    [
        # A push endpoint of Pub/Sub, what a subscription was pulled for, Eventarc's event.
        {"message": {"data": packed(RECORD), "messageId": "1"}, "subscription": "projects/p/s"},
        {"receivedMessages": [{"ackId": "a", "message": {"data": packed(RECORD)}}]},
        [{"ackId": "a", "message": {"data": packed(RECORD), "publishTime": "x"}}],
        {"specversion": "1.0", "data": {"message": {"data": packed(RECORD)}}},
        {"specversion": "1.0", "data_base64": packed(RECORD)},
        # Kinesis and Firehose, as functions and failed deliveries have them.
        {"Records": [{"kinesis": {"data": packed(RECORD)}, "eventSource": "aws:kinesis"}]},
        {"invocationId": "i", "records": [{"recordId": "1", "data": packed(RECORD)}]},
    ],
    ids=["push", "pull", "gcloud", "eventarc", "cloudevent", "kinesis", "firehose"],
)
def test_records_in_base64(line: Any) -> None:
    data = json.dumps(line).encode()
    container = detect(data)
    assert container is not None
    [batch] = [one for one in container.split(io.BytesIO(data)) if one.numbers]
    assert recognise(decode(batch.records), {"own": OWN}).source == "own"
    assert [row["actor"] for row in normalise(OWN, data)] == ["ada"]


@pytest.mark.parametrize("end", ["\n", "\r\n", " "])
def test_base64_may_be_broken_into_lines(end: str) -> None:
    text = packed(RECORD)
    folded = "".join(text[at : at + 20] + end for at in range(0, len(text), 20))
    assert found({"data": folded})[0] == "own"
    line = json.dumps({"data": folded}).encode()
    assert [row["actor"] for row in normalise(OWN, line)] == ["ada"]


GARBLED = base64.b64encode(json.dumps(RECORD | {"x": "ö"}, ensure_ascii=False).encode("cp1252"))


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({"data": GARBLED.decode()}, "data"),
        ({"data": GARBLED.decode()[:20] + "\n" + GARBLED.decode()[20:]}, "data"),
        ({"message": {"data": GARBLED.decode()}}, "message.data"),
        ({"kinesis": {"data": GARBLED.decode()}}, "kinesis.data"),
        ({"data": packed(RECORD)}, None),
        ({"data": "eyJ no base64"}, None),
        ({"data": 5, "message": {}}, None),
    ],
)
def test_base64_of_what_is_no_text_is_told(document: dict[str, Any], path: str | None) -> None:
    assert garbled(document) == path
    told = why_timeless(json.dumps(document))
    assert (f"the base64 under {path} is not UTF-8" in told) == (path is not None)
    if path is not None:
        assert told in recognise([document] * 2, {"own": OWN}).why


@pytest.mark.parametrize(
    "header",
    [
        "<190>Jan  5 09:00:01 host app: ",
        "Jan  5 09:00:01 host app: ",
        "<13>",
        "2026-01-05T09:00:00Z h a - ",
    ],
)
def test_a_syslog_line_with_a_record_after_its_header(header: str) -> None:
    line = json.dumps({"host": "h", "message": header + json.dumps(RECORD)})
    assert found(json.loads(line)) == ("own", ("message",))
    assert [row["actor"] for row in normalise(OWN, line.encode())] == ["ada"]


HOSTILE = st.one_of(
    st.text(),
    st.text("eyJhIjoxfQ=+/w{ \n\t<1>", max_size=40),
    st.binary(max_size=60).map(lambda data: base64.b64encode(b"{" + data).decode()),
    st.dictionaries(st.text(max_size=3), st.integers()).map(packed),
    st.tuples(
        st.dictionaries(st.text(max_size=3), st.integers()).map(packed), st.integers(0, 9)
    ).map(lambda one: one[0][: one[1]] + " \r\n\t" + one[0][one[1] :] + "\n"),
    st.dictionaries(st.text(max_size=3), st.integers()).map(lambda one: " " + json.dumps(one)),
)


@pytest.fixture(scope="module")
def engine() -> Any:
    engine = DuckDBEngine(threads=1)
    yield engine
    engine.close()


@given(text=HOSTILE)
def test_what_is_recognised_inside_is_what_is_mapped(engine: DuckDBEngine, text: str) -> None:
    """Python looks into a sample, SQL into every record: both see the same there."""
    try:
        document = json.dumps({"m": text}, ensure_ascii=False).encode().decode()
    except UnicodeEncodeError:
        return
    sql = f"SELECT {inner('d', 'm')} AS doc FROM (SELECT $text AS d)"
    [row] = engine.rows(sql, {"text": document})
    carried = unwrapped([json.loads(document)], "m")
    if carried and carried != [{}]:
        assert json.loads(row["doc"]) == carried[0]
    elif held(text) is None:
        assert row["doc"] == document
