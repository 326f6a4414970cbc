"""The least that ingesting CloudTrail costs: what the project's own ingest is measured against.

Decompress, split the envelope, extract twenty paths in one list call, write one Parquet file with
the raw record beside them. No hashing, no identity, no duplicates, no custody.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import duckdb
import msgspec
import pyarrow as pa
from isal import igzip

PATHS = (
    "eventVersion",
    "userIdentity.type",
    "userIdentity.principalId",
    "userIdentity.arn",
    "userIdentity.accountId",
    "userIdentity.userName",
    "userIdentity.sessionContext.sessionIssuer.arn",
    "eventTime",
    "eventSource",
    "eventName",
    "awsRegion",
    "sourceIPAddress",
    "userAgent",
    "errorCode",
    "errorMessage",
    "requestParameters",
    "responseElements",
    "eventID",
    "eventType",
    "recipientAccountId",
)
THREADS, MEMORY, ROW_GROUP = 2, "1200MiB", 20_480

_SCHEMA = pa.schema([("raw", pa.string())])
_envelope = msgspec.json.Decoder(dict[str, list[msgspec.Raw]])


def batches(bucket: Path) -> Iterator[pa.RecordBatch]:
    """The records of each file, byte for byte, one batch a file, in the order of the names."""
    for path in sorted(bucket.rglob("*.json.gz")):
        data = igzip.decompress(path.read_bytes())  # type: ignore[no-untyped-call]
        records = _envelope.decode(data)["Records"]
        texts = pa.array([bytes(one) for one in records], pa.binary()).cast(pa.string())
        yield pa.record_batch([texts], schema=_SCHEMA)


def run(bucket: Path, out: Path) -> None:
    """Write every record below `bucket` to the Parquet file `out`."""
    connection = duckdb.connect(config={"threads": THREADS, "memory_limit": MEMORY})
    connection.register("given", pa.RecordBatchReader.from_batches(_SCHEMA, batches(bucket)))
    listed = ", ".join(f"'$.{path}'" for path in PATHS)
    columns = ", ".join(f"x[{n}] AS c{n}" for n in range(1, len(PATHS) + 1))
    connection.execute(
        f"COPY (SELECT {columns}, raw FROM"
        f" (SELECT raw, json_extract_string(raw, [{listed}]) AS x FROM given))"
        f" TO '{out}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP})"
    )


def main() -> None:
    """Run the pipeline over a bucket."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bucket", type=Path)
    parser.add_argument("out", type=Path)
    given = parser.parse_args()
    run(given.bucket, given.out)


if __name__ == "__main__":
    main()
