"""Records inside other objects are found, mapped from what is carried, and kept as they stood."""

from __future__ import annotations

import json
from typing import Any

import pytest

from forensics.sources.carriers import CARRIERS
from forensics.sources.declaration import parse
from forensics.sources.normalise import normalise
from forensics.sources.recognise import recognise

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
