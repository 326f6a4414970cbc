"""Request and response bodies of the generated trail, one function a shape."""

from __future__ import annotations

import json
from collections.abc import Callable

from cloudtrail_world import Json, Scene, hexadecimal, iso, token, uuid

Bodies = tuple[Json | None, Json | None]

_FOLDERS = ("exports", "raw", "landing", "model", "invoices", "übersicht", "状態")


def _filters(scene: Scene) -> Bodies:
    rng, world = scene.rng, scene.world
    if rng.random() < 0.35:
        items = [{"instanceId": rng.choice(world.instances)} for _ in range(rng.randrange(1, 6))]
        return {"instancesSet": {"items": items}, "filterSet": {}}, None
    values = [{"value": rng.choice(world.groups)} for _ in range(rng.randrange(1, 5))]
    entry = {"name": "instance.group-id", "valueSet": {"items": values}}
    return {"maxResults": rng.choice((50, 100, 1000)), "filterSet": {"items": [entry]}}, None


def _instances(scene: Scene) -> Bodies:
    chosen = scene.rng.sample(scene.world.instances, scene.rng.randrange(1, 4))
    states = [
        {
            "instanceId": one,
            "currentState": {"code": 64, "name": "stopping"},
            "previousState": {"code": 16, "name": "running"},
        }
        for one in chosen
    ]
    request = {"instancesSet": {"items": [{"instanceId": one} for one in chosen]}, "force": False}
    return request, {"requestId": uuid(scene.rng), "instancesSet": {"items": states}}


def _launch(scene: Scene) -> Bodies:
    rng, world = scene.rng, scene.world
    instance, image = rng.choice(world.instances), f"ami-0{hexadecimal(rng, 16)}"
    request = {
        "instancesSet": {"items": [{"imageId": image, "minCount": 1, "maxCount": 1}]},
        "groupSet": {"items": [{"groupId": rng.choice(world.groups)}]},
        "instanceType": rng.choice(("t3.medium", "m6i.large", "c7g.xlarge")),
        "subnetId": f"subnet-0{hexadecimal(rng, 16)}",
        "monitoring": {"enabled": False},
        "userData": "<sensitiveDataRemoved>",
    }
    made = {"instanceId": instance, "imageId": image, "launchTime": 1788220800000, "placement": {}}
    return request, {
        "reservationId": f"r-0{hexadecimal(rng, 16)}",
        "instancesSet": {"items": [made]},
    }


def _rule(scene: Scene) -> Bodies:
    ranges = {"items": [{"cidrIp": scene.rng.choice(("0.0.0.0/0", "10.0.0.0/8"))}]}
    port = scene.rng.choice((22, 443, 5432))
    entry = {"ipProtocol": "tcp", "fromPort": port, "toPort": port, "ipRanges": ranges}
    request = {
        "groupId": scene.rng.choice(scene.world.groups),
        "ipPermissions": {"items": [entry | {"groups": {}, "prefixListIds": {}}]},
    }
    return request, {"requestId": uuid(scene.rng), "_return": True}


def _volume(scene: Scene) -> Bodies:
    rng = scene.rng
    volume = f"vol-0{hexadecimal(rng, 16)}"
    request = {"volumeId": volume, "instanceId": rng.choice(scene.world.instances), "size": "100"}
    state = {"status": "creating", "volumeId": volume, "encrypted": True, "iops": 3000}
    return request, {"requestId": uuid(rng), **state}


def _tags(scene: Scene) -> Bodies:
    rng = scene.rng
    names = ("Name", "team", "cost-centre", "aws:autoscaling:groupName", "kubernetes.io/cluster")
    items = [{"key": one, "value": hexadecimal(rng, 8)} for one in names[: rng.randrange(1, 6)]]
    resources = {"items": [{"resourceId": rng.choice(scene.world.instances)}]}
    return {"resourcesSet": resources, "tagSet": {"items": items}}, {"_return": True}


def _role(scene: Scene) -> Bodies:
    rng, actor = scene.rng, scene.actor
    arn = f"arn:aws:iam::{scene.account}:role/{actor.role}"
    session = f"{actor.role}-{rng.randrange(10**9)}"
    granted = {
        "credentials": {
            "accessKeyId": token(rng, "ASIA"),
            "sessionToken": token(rng, "IQoJb3JpZ2luX2VjE", 180),
            "expiration": scene.moment.strftime("%b %d, %Y, %I:%M:%S %p"),
        },
        "assumedRoleUser": {
            "assumedRoleId": f"{actor.ident}:{session}",
            "arn": arn.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")
            + "/"
            + session,
        },
    }
    return {"roleArn": arn, "roleSessionName": session, "durationSeconds": 3600}, granted


def _nothing(scene: Scene) -> Bodies:
    del scene
    return None, None


def _key(scene: Scene) -> Bodies:
    rng, world = scene.rng, scene.world
    arn = f"arn:aws:kms:{scene.region}:{scene.account}:key/{rng.choice(world.keys)}"
    context = {
        "aws:s3:arn": f"arn:aws:s3:::{rng.choice(world.buckets)}",
        "aws-crypto": hexadecimal(rng, 24),
    }
    request = {
        "keyId": arn,
        "encryptionContext": context,
        "encryptionAlgorithm": "SYMMETRIC_DEFAULT",
    }
    return request, None


def _object(scene: Scene) -> Bodies:
    rng = scene.rng
    bucket = rng.choice(scene.world.buckets)
    key = f"{rng.choice(_FOLDERS)}/dt={scene.moment:%Y-%m-%d}/part-{hexadecimal(rng, 12)}.parquet"
    host = f"{bucket}.s3.{scene.region}.amazonaws.com"
    return {"bucketName": bucket, "Host": host, "key": key, "x-id": scene.call.name}, None


def _bucket(scene: Scene) -> Bodies:
    bucket = scene.rng.choice(scene.world.buckets)
    host = f"s3.{scene.region}.amazonaws.com"
    return {"bucketName": bucket, "Host": host, scene.call.name[3:].lower(): ""}, None


def _user(scene: Scene) -> Bodies:
    rng = scene.rng
    name = f"worker-{rng.randrange(1, 160):03}"
    if scene.call.name.startswith("Create"):
        key = {"accessKeyId": token(rng, "AKIA"), "status": "Active", "userName": name}
        return {"userName": name}, {"accessKey": key | {"createDate": iso(scene.moment)}}
    if scene.call.name == "UpdateAccessKey":
        status = rng.choice(("Active", "Inactive"))
        return {"userName": name, "status": status, "accessKeyId": token(rng, "AKIA")}, None
    return {"userName": name, "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}, None


def _policy(scene: Scene) -> Bodies:
    rng = scene.rng
    request: Json = {"roleName": f"ops-role-{rng.randrange(24):02}"}
    if scene.call.name in {"PutRolePolicy", "CreatePolicy", "CreateRole"}:
        resource = f"arn:aws:s3:::{rng.choice(scene.world.buckets)}/*"
        statement = {
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:List*"],
            "Resource": resource,
        }
        # The API carries a policy as JSON inside a string.
        document = {"Version": "2012-10-17", "Statement": [statement]}
        request["policyDocument"] = json.dumps(document, indent=1)
    else:
        request["policyArn"] = f"arn:aws:iam::{scene.account}:policy/unit-{rng.randrange(60):02}"
    return request, None


def _function(scene: Scene) -> Bodies:
    name = f"{scene.rng.choice(('orders', 'notify', 'ingest'))}-{scene.rng.randrange(12)}"
    arn = f"arn:aws:lambda:{scene.region}:{scene.account}:function:{name}"
    if scene.call.name.startswith(("Update", "Create")):
        made = {
            "functionArn": arn,
            "runtime": "python3.12",
            "codeSha256": hexadecimal(scene.rng, 64),
        }
        return {"functionName": name, "publish": True, "dryRun": False}, made
    return {
        "functionName": arn,
        "invocationType": "RequestResponse",
        "clientContext": "bnVsbA",
    }, None


def _stream(scene: Scene) -> Bodies:
    rng = scene.rng
    group = f"/aws/lambda/{rng.choice(('orders', 'notify', 'ingest'))}-{rng.randrange(12)}"
    stream = f"{scene.moment:%Y/%m/%d}/[$LATEST]{hexadecimal(rng, 32)}"
    return {"logGroupName": group, "logStreamName": stream}, None


def _secret(scene: Scene) -> Bodies:
    kind = scene.rng.choice(("db_password", "api_token", "signing"))
    path = f"prod/{kind}-{hexadecimal(scene.rng, 6)}"
    return {
        "secretId": f"arn:aws:secretsmanager:{scene.region}:{scene.account}:secret:{path}"
    }, None


def _database(scene: Scene) -> Bodies:
    name = f"ledger-{scene.rng.randrange(8)}"
    snapshot = {"dBInstanceIdentifier": name, "engine": "postgres", "allocatedStorage": 200}
    return {"dBInstanceIdentifier": name, "dBSnapshotIdentifier": f"{name}-final"}, snapshot


def _parameter(scene: Scene) -> Bodies:
    name = f"/app/{scene.rng.choice(('web', 'jobs'))}/setting-{scene.rng.randrange(40)}"
    return {"name": name, "withDecryption": True}, None


def _repository(scene: Scene) -> Bodies:
    digest = f"sha256:{hexadecimal(scene.rng, 64)}"
    name = f"unit/{scene.rng.choice(('web', 'jobs', 'proxy'))}"
    images = [{"imageDigest": digest, "imageTag": f"v1.{scene.rng.randrange(90)}"}]
    return {"registryId": scene.account, "repositoryName": name, "imageIds": images}, None


def _trail(scene: Scene) -> Bodies:
    return {"name": "org-trail", "includeShadowTrails": False, "trailNameList": []}, None


def _login(scene: Scene) -> Bodies:
    return None, {scene.call.name: "Success" if scene.rng.random() < 0.9 else "Failure"}


SHAPES: dict[str, Callable[[Scene], Bodies]] = {
    "filters": _filters,
    "instances": _instances,
    "launch": _launch,
    "rule": _rule,
    "volume": _volume,
    "tags": _tags,
    "role": _role,
    "nothing": _nothing,
    "key": _key,
    "object": _object,
    "bucket": _bucket,
    "user": _user,
    "policy": _policy,
    "function": _function,
    "stream": _stream,
    "secret": _secret,
    "database": _database,
    "parameter": _parameter,
    "repository": _repository,
    "trail": _trail,
    "login": _login,
}
