"""Files that lie beside logs are named for what they are, and are no alarm."""

from __future__ import annotations

from typing import Any

import pytest

from forensics.sources.declaration import shipped
from forensics.sources.recognise import recognise

NEIGHBOURS: list[dict[str, Any]] = [
    {"digestS3Bucket": "b", "digestSignatureAlgorithm": "SHA256withRSA", "logFiles": [{"a": 1}]},
    {"fileVersion": "1.0", "configurationItems": []},
    {"sourceBucket": "b", "destinationBucket": "c", "fileFormat": "CSV", "files": []},
    {"errorCode": "E0000011", "errorSummary": "Invalid token", "errorId": "x"},
]


@pytest.mark.parametrize("document", NEIGHBOURS, ids=lambda one: next(iter(one)))
def test_a_neighbour_is_named(document: dict[str, Any]) -> None:
    found = recognise([document], shipped())
    assert (found.source, found.neighbour) == (None, True)
    assert found.why.startswith("it ")


@pytest.mark.parametrize(
    "document",
    [
        {"kinesis": {"data": "H4sIAAAA"}, "eventSource": "aws:kinesis"},
        {"recordId": "1", "data": "H4sIAAAA"},
        {"awslogs": {"data": "H4sIAAAA"}},
    ],
    ids=["kinesis", "firehose", "lambda"],
)
def test_a_log_that_is_packed_is_named_and_is_an_alarm(document: dict[str, Any]) -> None:
    found = recognise([document], shipped())
    assert (found.source, found.neighbour) == (None, False)
    assert "gzip" in found.why
    assert "gzip" not in recognise([{"data": "x", "recordId": "1"}], shipped()).why


def test_a_neighbour_among_records_is_no_neighbour() -> None:
    assert not recognise([NEIGHBOURS[0], {"other": 1}], shipped()).neighbour


def test_a_digest_lies_in_a_case_without_an_alarm(tmp_path: Any) -> None:
    import json

    from forensics import api

    (tmp_path / "digest.json").write_text(json.dumps(NEIGHBOURS[0]))
    with api.create_case(tmp_path / "case") as case:
        report = case.ingest(tmp_path / "digest.json")
    assert [one.status for one in report.files] == ["not_a_log"]
    assert report.incomplete == []
