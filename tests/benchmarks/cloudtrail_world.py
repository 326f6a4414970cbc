"""The fixed world of the generated trail: API names, identities, and what they act upon."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

Json = dict[str, Any]

START = datetime(2026, 9, 1, tzinfo=UTC)
# One record each 2.592 s: 33,333 a day, a million in 30 days.
PACE = timedelta(seconds=2.592)
# Records that share an account, a region and a random stream; eight such runs overlap in time.
RUN, SIDE_BY_SIDE = 5_000, 8
PLANTED_ACTOR = "svc-legacy-export"
PLANTED_HOUR = START + timedelta(hours=13)
ERROR_SHARE = 0.045

ACCOUNTS = ("111122223333", "444455556666", "777788889999", "000011112222")
REGIONS = ("us-east-1", "eu-west-1", "eu-central-1", "ap-southeast-2")

# service, shape of the request, share of all calls, names from the most to the least frequent
CALLS = """
ec2 filters 20 DescribeInstances DescribeVolumes DescribeSecurityGroups DescribeSubnets DescribeVpcs
  DescribeNetworkInterfaces DescribeImages DescribeSnapshots DescribeRouteTables DescribeAddresses
  DescribeTags DescribeKeyPairs DescribeInternetGateways DescribeNatGateways DescribeInstanceStatus
ec2 instances 3 StartInstances StopInstances RebootInstances TerminateInstances
ec2 launch 1.5 RunInstances
ec2 rule 1.5 AuthorizeSecurityGroupIngress RevokeSecurityGroupIngress AuthorizeSecurityGroupEgress
ec2 volume 1.5 CreateVolume AttachVolume CreateSnapshot DeleteSnapshot DeleteVolume DetachVolume
ec2 tags 2 CreateTags DeleteTags
sts role 14 AssumeRole AssumeRoleWithWebIdentity AssumeRoleWithSAML
sts nothing 5 GetCallerIdentity GetSessionToken
kms key 11 Decrypt GenerateDataKey Encrypt DescribeKey CreateGrant ScheduleKeyDeletion DisableKey
s3 object 9 GetObject PutObject HeadObject DeleteObject CopyObject RestoreObject
s3 bucket 6 GetBucketAcl ListObjects GetBucketLocation GetBucketPolicy GetBucketEncryption
  GetBucketVersioning GetBucketLogging PutBucketPolicy CreateBucket DeleteBucket PutBucketAcl
iam user 3 GetUser ListAccessKeys ListAttachedUserPolicies CreateAccessKey UpdateAccessKey
  CreateUser DeleteUser DeleteAccessKey CreateLoginProfile UpdateLoginProfile AttachUserPolicy
  DetachUserPolicy PutUserPolicy DeactivateMFADevice
iam policy 3 GetRole ListRolePolicies GetPolicyVersion ListAttachedRolePolicies CreateRole
  AttachRolePolicy PutRolePolicy DetachRolePolicy DeleteRole UpdateAssumeRolePolicy CreatePolicy
iam nothing 1 ListUsers ListRoles GetAccountSummary GetAccountPasswordPolicy
lambda function 4 Invoke GetFunction20150331v2 ListFunctions20150331 UpdateFunctionCode20150331v2
  CreateFunction20150331 AddPermission20150331v2 DeleteFunction20150331
logs stream 5 CreateLogStream DescribeLogGroups CreateLogGroup DescribeLogStreams DeleteLogGroup
secretsmanager secret 2 GetSecretValue DescribeSecret PutSecretValue RotateSecret DeleteSecret
rds database 2 DescribeDBInstances CreateDBSnapshot ModifyDBInstance DeleteDBInstance
ssm parameter 2 GetParameter GetParametersByPath PutParameter DescribeInstanceInformation
ecr repository 2 BatchGetImage GetDownloadUrlForLayer DescribeRepositories PutImage
cloudtrail trail 1 DescribeTrails GetTrailStatus LookupEvents UpdateTrail StopLogging DeleteTrail
signin login 1.5 ConsoleLogin CheckMfa SwitchRole
"""

# type, share, how many of them act
IDENTITIES = (
    ("AssumedRole", 58, 190),
    ("IAMUser", 20, 160),
    ("AWSService", 13, 12),
    ("WebIdentityUser", 4, 30),
    ("FederatedUser", 2.5, 14),
    ("AWSAccount", 2, 10),
    ("Root", 0.5, 4),
)

AGENTS = (
    (
        "aws-cli/2.15.30 md/awscrt#0.19.19 ua/2.0 os/linux#5.10.205 md/arch#x86_64"
        " lang/python#3.11.8 md/pyimpl#CPython cfg/retry-mode#standard"
        " md/prompt#off md/command#ec2.describe-instances"
    ),
    (
        "Boto3/1.34.69 md/Botocore#1.34.69 ua/2.0 os/linux#5.15.0-101-generic md/arch#x86_64"
        " lang/python#3.10.12 md/pyimpl#CPython cfg/retry-mode#legacy Botocore/1.34.69"
    ),
    (
        "APN/1.0 HashiCorp/1.0 Terraform/1.7.5 (+https://www.terraform.io) aws-sdk-go-v2/1.26.0"
        " os/linux lang/go#1.21.8 md/GOOS#linux md/GOARCH#amd64 api/ec2#1.152.0"
    ),
    "aws-sdk-java/2.25.11 Linux/5.10.210 OpenJDK_64-Bit_Server_VM/17.0.10 Java/17.0.10 io/sync",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0 Safari",
    "aws-sdk-go/1.50.35 (go1.21.7; linux; amd64) amazon-ssm-agent/3.2.2303.0",
    "console.amazonaws.com",
)
ERRORS = (
    ("AccessDenied", ("User: {arn} is not authorized to perform: {service}:{name} because no"
     " identity-based policy allows the {service}:{name} action")),
    ("Client.UnauthorizedOperation", "You are not authorized to perform this operation."),
    ("ThrottlingException", "Rate exceeded"),
    ("ResourceNotFoundException", "The resource {arn} cannot be found."),
    ("NoSuchEntityException", "The user with name {service}-missing cannot be found."),
)  # fmt: skip
_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def hexadecimal(rng: random.Random, digits: int) -> str:
    """That many random hexadecimal digits."""
    return f"{rng.getrandbits(4 * digits):0{digits}x}"


def uuid(rng: random.Random) -> str:
    """A random UUID in text."""
    digits = hexadecimal(rng, 32)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def token(rng: random.Random, prefix: str, length: int = 16) -> str:
    """An upper-case identifier as AWS makes them."""
    return prefix + "".join(rng.choices(_BASE32, k=length))


def iso(moment: datetime) -> str:
    """A moment as CloudTrail writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class Call:
    """One API name and how its request is shaped."""

    service: str
    shape: str
    name: str


@dataclass(frozen=True)
class Actor:
    """One identity that acts, with what stays the same from call to call."""

    kind: str
    name: str
    role: str
    ident: str
    key: str
    address: str
    agent: str


def _calls() -> tuple[list[Call], list[float]]:
    """All API names with cumulative weights; within a line the n-th name gets 1/n."""
    calls, weights = [], []
    for line in CALLS.strip().replace("\n  ", " ").splitlines():
        service, shape, share, *names = line.split()
        total = sum(1 / rank for rank in range(1, len(names) + 1))
        for rank, name in enumerate(names, 1):
            calls.append(Call(service, shape, name))
            weights.append(float(share) / rank / total)
    return calls, list(itertools.accumulate(weights))


def _actor(rng: random.Random, kind: str, number: int) -> Actor:
    names = {
        "IAMUser": f"svc-batch-{number:03}" if number % 4 == 0 else f"worker-{number:03}",
        "AssumedRole": f"worker-{number:03}@example.com"
        if number % 3
        else f"i-0{hexadecimal(rng, 16)}",
        "AWSService": f"service-{number}.amazonaws.com",
        "WebIdentityUser": f"repo:example/unit-{number:02}:ref:refs/heads/main",
        "FederatedUser": f"contractor-{number}",
        "AWSAccount": hexadecimal(rng, 12),
        "Root": "root",
    }
    return Actor(
        kind=kind,
        name=names[kind],
        role=f"{rng.choice(('ops', 'data', 'web', 'audit'))}-role-{number % 24:02}",
        ident=token(rng, "AIDA" if kind == "IAMUser" else "AROA"),
        key=token(rng, "AKIA" if kind == "IAMUser" else "ASIA"),
        address=f"{rng.choice(('192.0.2', '198.51.100', '203.0.113'))}.{rng.randrange(1, 255)}",
        agent=rng.choice(AGENTS),
    )


class World:
    """Who and what exists; the same for every seed, so that files agree on it."""

    def __init__(self) -> None:
        rng = random.Random("world")
        self.calls, self.call_weights = _calls()
        self.actors, weights = [], []
        for kind, share, count in IDENTITIES:
            total = sum(1 / rank for rank in range(1, count + 1))
            for number in range(1, count + 1):
                self.actors.append(_actor(rng, kind, number))
                weights.append(share / number / total)
        self.actor_weights = list(itertools.accumulate(weights))
        self.planted = Actor(
            "IAMUser", PLANTED_ACTOR, "ops-role-00", token(rng, "AIDA"), token(rng, "AKIA"),
            "203.0.113.77", AGENTS[1],
        )  # fmt: skip
        self.exports = [Call("s3", "object", "GetObject"), Call("iam", "user", "CreateAccessKey")]
        self.instances = [f"i-0{hexadecimal(rng, 16)}" for _ in range(700)]
        self.groups = [f"sg-0{hexadecimal(rng, 16)}" for _ in range(110)]
        self.keys = [uuid(rng) for _ in range(36)]
        self.buckets = [
            f"{unit}-{use}-{zone}"
            for unit, use, zone in itertools.product(
                ("shop", "media", "ledger"), ("logs", "data", "backup", "state"), ("a", "b", "c")
            )
        ]


@dataclass(frozen=True)
class Scene:
    """Where and when one call happens, and by whom."""

    rng: random.Random
    world: World
    account: str
    region: str
    moment: datetime
    actor: Actor
    call: Call
