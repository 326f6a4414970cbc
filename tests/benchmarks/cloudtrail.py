"""Writes a seeded bucket of CloudTrail-shaped records: same arguments, same bytes.

Records are dense as in a real organisation trail: some 1.43 KB each, over 105 API names of uneven
frequency, seven kinds of identity, 4.5 % errors. A record depends on the seed and on its position
alone, so the same events can be cut into few files or many. `manifest.json`, beside the bucket,
says what was planted.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from functools import cache, partial
from pathlib import Path

from cloudtrail_requests import SHAPES
from cloudtrail_world import (
    ACCOUNTS,
    ERROR_SHARE,
    ERRORS,
    PACE,
    PLANTED_ACTOR,
    PLANTED_HOUR,
    REGIONS,
    RUN,
    SIDE_BY_SIDE,
    START,
    Json,
    Scene,
    World,
    hexadecimal,
    iso,
    token,
    uuid,
)

_BLOCK = 250
_LATE = 600
_READS = ("Describe", "Get", "List", "Head", "Lookup", "Check", "Batch", "Decrypt")
_DATA = frozenset({"object", "function"})

world = cache(World)


def identity(scene: Scene) -> Json:
    """The `userIdentity` of a record; what is in it depends on the kind of identity."""
    actor, account = scene.actor, scene.account
    if actor.kind == "AWSService":
        return {"type": actor.kind, "invokedBy": actor.name}
    if actor.kind == "AWSAccount":
        return {"type": actor.kind, "principalId": actor.ident, "accountId": account}
    if actor.kind == "WebIdentityUser":
        principal = f"arn:aws:iam::{account}:oidc-provider/token.example.com:{actor.name}"
        return {"type": actor.kind, "principalId": principal, "userName": actor.name}
    tail = {"IAMUser": f"user/{actor.name}", "Root": "root"}.get(actor.kind)
    found: Json = {
        "type": actor.kind,
        "principalId": actor.ident if actor.kind == "IAMUser" else f"{actor.ident}:{actor.name}",
        "arn": f"arn:aws:iam::{account}:{tail}"
        if tail
        else f"arn:aws:sts::{account}:assumed-role/{actor.role}/{actor.name}",
        "accountId": account,
        "accessKeyId": actor.key,
    }
    if actor.kind == "IAMUser":
        return found | {"userName": actor.name}
    if actor.kind == "Root":
        return found
    if actor.kind == "FederatedUser":
        found["arn"] = f"arn:aws:sts::{account}:federated-user/{actor.name}"
    session = {"creationDate": iso(scene.moment - timedelta(minutes=scene.rng.randrange(55)))}
    issuer = {
        "type": "Role",
        "principalId": actor.ident,
        "arn": f"arn:aws:iam::{account}:role/{actor.role}",
        "accountId": account,
        "userName": actor.role,
    }
    mfa = {"mfaAuthenticated": "true" if "@" in actor.name else "false"}
    context: Json = {
        "sessionIssuer": issuer,
        "webIdFederationData": {},
        "attributes": session | mfa,
    }
    if actor.name.startswith("i-"):
        context["ec2RoleDelivery"] = "2.0"
    return found | {"sessionContext": context}


def _caller(scene: Scene) -> Json:
    """Where a call came from, and with what."""
    actor, rng = scene.actor, scene.rng
    if actor.kind == "AWSService":
        return {"sourceIPAddress": actor.name, "userAgent": actor.name}
    if rng.random() < 0.04:
        return {"sourceIPAddress": "AWS Internal", "userAgent": "AWS Internal"}
    address = (
        actor.address if rng.random() < 0.8 else f"10.{rng.randrange(40)}.0.{rng.randrange(99)}"
    )
    return {"sourceIPAddress": address, "userAgent": actor.agent}


def _outcome(scene: Scene, who: Json) -> Json:
    """Error, request and response of a call; a refused call answers nothing."""
    rng, call = scene.rng, scene.call
    request, response = SHAPES[call.shape](scene)
    if rng.random() >= ERROR_SHARE:
        return {"requestParameters": request, "responseElements": response}
    code, text = ERRORS[min(rng.randrange(8), len(ERRORS) - 1)]
    arn = who.get("arn", "anonymous")
    message = text.format(arn=arn, service=call.service, name=call.name)
    return {
        "errorCode": code,
        "errorMessage": message,
        "requestParameters": request,
        "responseElements": None,
    }


def _resources(scene: Scene, outcome: Json) -> Json:
    """What only calls on keys, objects and roles carry."""
    rng, request = scene.rng, outcome["requestParameters"]
    shape, account = scene.call.shape, scene.account
    if shape == "object":
        bucket = f"arn:aws:s3:::{request['bucketName']}"
        sizes = {"bytesTransferredIn": 0.0, "bytesTransferredOut": float(rng.randrange(10**7))}
        signed = {"SignatureVersion": "SigV4", "CipherSuite": "ECDHE-RSA-AES128-GCM-SHA256"}
        wire = signed | sizes | {"x-amz-id-2": token(rng, "", 76)}
        named = [
            {"type": "AWS::S3::Object", "ARN": f"{bucket}/{request['key']}"},
            {"accountId": account, "type": "AWS::S3::Bucket", "ARN": bucket},
        ]
        return {"additionalEventData": wire, "resources": named}
    if shape == "key":
        named = [{"accountId": account, "type": "AWS::KMS::Key", "ARN": request["keyId"]}]
        return {"resources": named}
    if shape == "role":
        named = [{"accountId": account, "type": "AWS::IAM::Role", "ARN": request["roleArn"]}]
        served = {"endpointType": "regional", "awsServingRegion": scene.region}
        return {"additionalEventData": {"RequestDetails": served}, "resources": named}
    if shape == "login":
        page = "https://console.aws.amazon.com/console/home?state=hashArgs%23&isauthcode=true"
        used = "Yes" if rng.random() < 0.8 else "No"
        return {"additionalEventData": {"LoginTo": page, "MobileVersion": "No", "MFAUsed": used}}
    return {}


def record(scene: Scene) -> Json:
    """One record, its members in the order CloudTrail writes them."""
    rng, call = scene.rng, scene.call
    who = identity(scene)
    outcome = _outcome(scene, who)
    service = scene.actor.kind == "AWSService"
    found: Json = {
        "eventVersion": rng.choice(("1.08", "1.09", "1.10", "1.11")),
        "userIdentity": who,
        "eventTime": iso(scene.moment),
        "eventSource": f"{call.service}.amazonaws.com",
        "eventName": call.name,
        "awsRegion": scene.region,
        **_caller(scene),
        **outcome,
        **_resources(scene, outcome),
        "requestID": uuid(rng),
        "eventID": uuid(rng),
        "readOnly": call.name.startswith(_READS),
        "eventType": "AwsConsoleSignIn" if call.shape == "login" else "AwsApiCall",
        "managementEvent": call.shape not in _DATA,
        "recipientAccountId": scene.account,
    }
    if service:
        found["sharedEventID"] = uuid(rng)
    if rng.random() < 0.3:
        found["vpcEndpointId"] = f"vpce-0{hexadecimal(rng, 16)}"
        found["vpcEndpointAccountId"] = scene.account
    found["eventCategory"] = "Data" if call.shape in _DATA else "Management"
    if not service and rng.random() < 0.95:
        found["tlsDetails"] = {
            "tlsVersion": "TLSv1.3",
            "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": f"{call.service}.{scene.region}.amazonaws.com",
        }
    if scene.actor.agent.startswith(("console.", "Mozilla/")):
        found["sessionCredentialFromConsole"] = "true"
    return found


def _moment(rng: random.Random, position: int) -> datetime:
    """Runs lie side by side in time, and deliveries come late: a bucket is not sorted."""
    window, place = position // (RUN * SIDE_BY_SIDE), position % RUN
    since = window * RUN * SIDE_BY_SIDE + place * SIDE_BY_SIDE
    return START + since * PACE + timedelta(seconds=rng.randrange(_LATE))


def block(seed: int, number: int) -> Iterator[Json]:
    """The records of one block, which has a random stream of its own."""
    rng, where = random.Random(f"{seed}:{number}"), world()
    lane = random.Random(f"lane:{number * _BLOCK // RUN}")
    account = lane.choices(ACCOUNTS, (5, 3, 1.5, 0.5))[0]
    region = lane.choices(REGIONS, (5, 3, 1.5, 0.5))[0]
    for position in range(number * _BLOCK, (number + 1) * _BLOCK):
        moment = _moment(rng, position)
        actor = rng.choices(where.actors, cum_weights=where.actor_weights)[0]
        call = rng.choices(where.calls, cum_weights=where.call_weights)[0]
        if position % 9973 == 11:
            actor = where.planted
        if position % 500 == 250 and position < RUN * SIDE_BY_SIDE:
            actor, call = where.planted, where.exports[position % 1000 == 250]
            moment = PLANTED_HOUR + timedelta(seconds=rng.randrange(3600))
        yield record(Scene(rng, where, account, region, moment, actor, call))


def records(seed: int, start: int, stop: int) -> Iterator[Json]:
    """The records at positions `[start, stop)`."""
    for number in range(start // _BLOCK, -(-stop // _BLOCK)):
        first = number * _BLOCK
        for position, one in enumerate(block(seed, number), first):
            if start <= position < stop:
                yield one


def write_file(folder: Path, seed: int, span: tuple[int, int]) -> Counter[str]:
    """Write one envelope; returns what it holds, by the names of the manifest."""
    counted: Counter[str] = Counter()
    lines = []
    for one in records(seed, *span):
        lines.append(json.dumps(one, separators=(",", ":"), ensure_ascii=False).encode())
        planted = one["userIdentity"].get("userName") == PLANTED_ACTOR
        counted["errors"] += "errorCode" in one
        counted["planted_actor_events"] += planted
        hour = datetime.fromisoformat(one["eventTime"]).replace(minute=0, second=0)
        counted["planted_hour_events"] += planted and hour == PLANTED_HOUR
    counted["events"], counted["bytes"] = len(lines), sum(map(len, lines))
    account, region = one["recipientAccountId"], one["awsRegion"]
    day = folder / "AWSLogs" / account / "CloudTrail" / region / f"{hour:%Y/%m/%d}"
    day.mkdir(parents=True, exist_ok=True)
    path = day / f"{account}_CloudTrail_{region}_{hour:%Y%m%dT%H%MZ}_{span[0]:010}.json.gz"
    envelope = b'{"Records":[' + b",".join(lines) + b"]}"
    path.write_bytes(gzip.compress(envelope, compresslevel=6, mtime=0))
    return counted


def write_bucket(folder: Path, events: int, *, per_file: int, seed: int, jobs: int) -> Json:
    """Write all files and the manifest beside them; returns the manifest."""
    spans = [(start, min(start + per_file, events)) for start in range(0, events, per_file)]
    with ProcessPoolExecutor(jobs) as pool:
        counted = sum(
            pool.map(partial(write_file, folder / "bucket", seed), spans),
            start=Counter[str](),
        )
    manifest = {
        "seed": seed,
        "files": len(spans),
        **dict(sorted(counted.items())),
        "planted_actor": PLANTED_ACTOR,
        "planted_from": iso(PLANTED_HOUR),
        "planted_to": iso(PLANTED_HOUR + timedelta(hours=1)),
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return manifest


def main() -> None:
    """Write a bucket as the arguments say, and print its manifest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--per-file", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    manifest = write_bucket(
        given.out, given.events, per_file=given.per_file, seed=given.seed, jobs=given.jobs
    )
    print(json.dumps(manifest, indent=1))


if __name__ == "__main__":
    main()
