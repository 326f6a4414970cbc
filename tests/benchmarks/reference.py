"""What ingest is measured against: hand-written DuckDB pipelines that do the same normalising.

Records to one Parquet file: where each stood, an id from the source's own, time, actor, operation,
outcome, target and the other columns of the event table that the source fills, and the raw record
byte for byte; and the SHA-256 of each input, without which no record is evidence. No recognition,
no actions, no columns for other sources, no search for duplicates, no rejects, no custody: those
are ingest's own.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Iterator
from pathlib import Path

import duckdb
import msgspec
import pyarrow as pa
from isal import igzip

THREADS, MEMORY, ROW_GROUP = 2, "1200MiB", 20_480

_SCHEMA = pa.schema([("file_id", pa.int64()), ("record_no", pa.int64()), ("raw", pa.string())])
_envelope = msgspec.json.Decoder(dict[str, list[msgspec.Raw]])

# Column → SQL; {a.b} stands for the text at that path, all of which are read in one call.
_CLOUDTRAIL = {
    "event_uid": "md5(concat_ws('|', 'aws_cloudtrail', {recipientAccountId}, {eventID}))",
    "time": "TRY_CAST({eventTime} AS TIMESTAMPTZ)",
    "time_precision": "CASE WHEN contains({eventTime}, '.') THEN 'ms' ELSE 's' END",
    "time_basis": "CASE WHEN ends_with({eventTime}, 'Z') THEN 'utc' ELSE 'offset' END",
    "actor": """coalesce(CASE {userIdentity.type} WHEN 'IAMUser' THEN {userIdentity.userName}
        WHEN 'AssumedRole' THEN nullif(split_part({userIdentity.arn}, ':assumed-role/', 2), '')
        WHEN 'Root' THEN 'root' END, {userIdentity.userName},
        {userIdentity.sessionContext.sessionIssuer.userName}, {userIdentity.invokedBy},
        {userIdentity.arn}, {userIdentity.principalId}, {userIdentity.accountId})""",
    "actor_id": "coalesce({userIdentity.arn}, {userIdentity.principalId})",
    "actor_name": """CASE {userIdentity.type} WHEN 'AssumedRole'
        THEN {userIdentity.sessionContext.sessionIssuer.userName}
        ELSE {userIdentity.userName} END""",
    "actor_type": """CASE {userIdentity.type} WHEN 'AWSService' THEN 'service'
        WHEN 'AssumedRole' THEN 'unknown' ELSE 'user' END""",
    "on_behalf_of": "{userIdentity.sessionContext.sessionIssuer.arn}",
    "operation": "{eventName}",
    "outcome": """CASE WHEN {errorCode} IS NULL THEN CASE WHEN {errorMessage} IS NOT NULL
        OR {responseElements.ConsoleLogin} = 'Failure' THEN 'failure' ELSE 'success' END
        WHEN contains({errorCode}, 'AccessDenied') OR contains({errorCode}, 'Unauthorized')
        THEN 'denied' ELSE 'failure' END""",
    "outcome_reason": "coalesce({errorCode}, {errorMessage})",
    "target": "coalesce({names})",
    "targets": "list_filter([{names}], lambda v: v IS NOT NULL)",
    "target_type": """CASE WHEN {requestParameters.userName} IS NOT NULL THEN 'account'
        WHEN {requestParameters.roleName} IS NOT NULL THEN 'role'
        WHEN {requestParameters.groupName} IS NOT NULL THEN 'group'
        WHEN {requestParameters.bucketName} IS NOT NULL THEN 'bucket' END""",
    "src_ip": "CASE WHEN NOT ends_with({sourceIPAddress}, '.com') THEN {sourceIPAddress} END",
    "user_agent": "{userAgent}",
    "session_id": "{userIdentity.accessKeyId}",
    "request_id": "{requestID}",
    "tool": """CASE WHEN starts_with({userAgent}, 'aws-cli/') THEN 'CLI'
        WHEN starts_with({userAgent}, 'Mozilla/') THEN 'console'
        WHEN ends_with({userAgent}, '.amazonaws.com') THEN 'automation' ELSE 'API' END""",
    "tenant": "coalesce({recipientAccountId}, {userIdentity.accountId})",
}
_REQUEST = (
    "userName roleName groupName userId bucketName policyArn name trailName roleArn secretId"
    " functionName dBInstanceIdentifier instanceId volumeId snapshotId logGroupName detectorId"
    " groupId imageId"
)
_OKTA = {
    "event_uid": "md5(concat_ws('|', 'okta_system', {uuid}))",
    "time": "TRY_CAST({published} AS TIMESTAMPTZ)",
    "time_precision": "CASE WHEN contains({published}, '.') THEN 'ms' ELSE 's' END",
    "time_basis": "CASE WHEN ends_with({published}, 'Z') THEN 'utc' ELSE 'offset' END",
    "actor": "coalesce(nullif({actor.alternateId}, 'unknown'), {actor.id})",
    "actor_id": "{actor.id}",
    "actor_name": "{actor.displayName}",
    "actor_email": "CASE WHEN contains({actor.alternateId}, '@') THEN {actor.alternateId} END",
    "actor_type": "CASE {actor.type} WHEN 'User' THEN 'user' ELSE 'service' END",
    "operation": "{eventType}",
    "outcome": """CASE {outcome.result} WHEN 'SUCCESS' THEN 'success' WHEN 'ALLOW' THEN 'success'
        WHEN 'DENY' THEN 'denied' WHEN 'CHALLENGE' THEN 'pending' ELSE 'failure' END""",
    "outcome_reason": "{outcome.reason}",
    "target": "coalesce(account.alternateId, {target[0].alternateId}, {target[0].displayName})",
    "target_id": "coalesce(account.id, {target[0].id})",
    "target_name": "coalesce(account.displayName, {target[0].displayName})",
    "target_type": "lower(coalesce(account.type, {target[0].type}))",
    "targets": """list_sort(list_distinct(list_filter(flatten(list_transform(objects,
        lambda o: [o.alternateId, o.id, o.displayName])), lambda v: v <> 'unknown')))""",
    "src_ip": "coalesce({client.ipAddress}, {request.ipChain[0].ip})",
    "src_asn": "{securityContext.asNumber}",
    "user_agent": "{client.userAgent.rawUserAgent}",
    "device_id": "coalesce({device.id}, {debugContext.debugData.dtHash})",
    "session_id": "nullif({authenticationContext.externalSessionId}, 'unknown')",
    "request_id": "coalesce({transaction.id}, {debugContext.debugData.requestId})",
    "tool": """CASE WHEN starts_with({debugContext.debugData.requestUri}, '/admin/')
        THEN 'console' END""",
}
_SOURCES = {"cloudtrail": "aws_cloudtrail", "lines": "aws_cloudtrail", "okta": "okta_system"}
_OBJECTS = """json_transform(json_extract(raw, '$.target'),
    '[{"type":"VARCHAR","id":"VARCHAR","alternateId":"VARCHAR","displayName":"VARCHAR"}]')"""


def query(shape: str, source: str) -> str:
    """The pipeline's SQL over a relation of raw records."""
    columns = dict(_OKTA if shape == "okta" else _CLOUDTRAIL)
    names = ", ".join(f"{{requestParameters.{one}}}" for one in _REQUEST.split())
    columns = {name: sql.replace("{names}", names) for name, sql in columns.items()}
    paths: list[str] = []
    for name, sql in columns.items():
        parts = sql.split("{")
        for number, part in enumerate(parts[1:], 1):
            path, rest = part.split("}", 1)
            if path not in paths:
                paths.append(path)
            parts[number] = f"x[{paths.index(path) + 1}]{rest}"
        columns[name] = "".join(parts)
    listed = ", ".join(f"'$.{path}'" for path in paths)
    texts = f"json_extract_string(raw, [{listed}]) AS x"
    read = f"SELECT *, {texts} FROM {source}"
    if shape == "okta":
        read = f"SELECT *, {texts}, {_OBJECTS} AS objects FROM {source}"
        account = "list_filter(objects, lambda o: o.type = 'User')[1] AS account"
        read = f"SELECT *, {account} FROM ({read})"
    chosen = ", ".join(f"{sql} AS {name}" for name, sql in columns.items())
    own = _SOURCES[shape]
    named = f"SELECT file_id, record_no, 0 AS event_no, '{own}' AS source, {chosen}, raw"
    return f"{named} FROM ({read})"


def batches(bucket: Path) -> Iterator[pa.RecordBatch]:
    """The records of each file, byte for byte, one batch a file, in the order of the names."""
    for number, path in enumerate(sorted(bucket.rglob("*.json.gz"))):
        packed = path.read_bytes()
        hashlib.sha256(packed).digest()
        data = igzip.decompress(packed)  # type: ignore[no-untyped-call]  # isal has no types
        records = _envelope.decode(data)["Records"]
        texts = pa.array([bytes(one) for one in records], pa.binary()).cast(pa.string())
        places = pa.array(range(len(records)), pa.int64())
        files = pa.repeat(pa.scalar(number, pa.int64()), len(records))
        yield pa.record_batch([files, places, texts], schema=_SCHEMA)


def run(shape: str, bucket: Path, out: Path) -> None:
    """Write every record below `bucket` to the Parquet file `out`."""
    connection = duckdb.connect(config={"threads": THREADS, "memory_limit": MEMORY})
    source = f"""(SELECT filename AS file_id, row_number() OVER () AS record_no,
        json::VARCHAR AS raw FROM read_ndjson_objects('{bucket}/*.jsonl', filename = true))"""
    for path in sorted(bucket.glob("*.jsonl")):
        with path.open("rb") as stream:
            hashlib.file_digest(stream, "sha256")
    if shape == "cloudtrail":
        source = "given"
        connection.register("given", pa.RecordBatchReader.from_batches(_SCHEMA, batches(bucket)))
    connection.execute(
        f"COPY ({query(shape, source)}) TO '{out}'"
        f" (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE {ROW_GROUP})"
    )


def main() -> None:
    """Run the pipeline over a bucket."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bucket", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--shape", choices=("cloudtrail", "lines", "okta"), default="cloudtrail")
    given = parser.parse_args()
    run(given.shape, given.bucket, given.out)


if __name__ == "__main__":
    main()
