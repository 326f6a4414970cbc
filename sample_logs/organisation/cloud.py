"""The cloud account: what engineers do there, in the form of AWS CloudTrail."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from story.world import Person

ACCOUNT = "111122223333"
# Event, service, share of an engineer's calls, and what is asked for.
CALLS: dict[str, tuple[str, int, dict[str, str]]] = {
    "DescribeInstances": ("ec2", 40, {}),
    "ListBuckets": ("s3", 12, {}),
    "DescribeLogGroups": ("logs", 10, {}),
    "GetTrailStatus": ("cloudtrail", 4, {"name": "org-trail"}),
    "StartInstances": ("ec2", 8, {"instanceId": "i-0a{n:02x}"}),
    "StopInstances": ("ec2", 8, {"instanceId": "i-0a{n:02x}"}),
    "RebootInstances": ("ec2", 10, {"instanceId": "i-0a{n:02x}"}),
    "TerminateInstances": ("ec2", 3, {"instanceId": "i-0a{n:02x}"}),
    "PutObject": ("s3", 5, {"bucketName": "builds", "key": "build-{n}"}),
}
REFUSED = 0.02


@dataclass
class Cloud:
    """Everything that was called in the account."""

    seed: str
    events: list[tuple[datetime, dict[str, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._ids = random.Random(f"{self.seed}/cloud ids")

    def record(
        self,
        when: datetime,
        who: Person,
        name: str,
        service: str,
        request: dict[str, Any],
        *,
        refused: bool = False,
    ) -> dict[str, Any]:
        """Log one call; the trail knows whole seconds."""
        event: dict[str, Any] = {
            "eventVersion": "1.08",
            "userIdentity": {
                "type": "IAMUser",
                "principalId": f"AIDA{who.number:08d}",
                "arn": f"arn:aws:iam::{ACCOUNT}:user/{who.name}",
                "accountId": ACCOUNT,
                "userName": who.name,
            },
            "eventTime": when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "eventSource": f"{service}.amazonaws.com",
            "eventName": name,
            "awsRegion": "eu-west-1",
            "sourceIPAddress": who.site.egress,
            "userAgent": "aws-cli/1.11.100",
            "requestParameters": request or None,
            "responseElements": None,
            "requestID": str(uuid.UUID(int=self._ids.getrandbits(128), version=4)),
            "eventID": str(uuid.UUID(int=self._ids.getrandbits(128), version=4)),
            "readOnly": name.startswith(("Describe", "List", "Get")),
            "eventType": "AwsApiCall",
            "recipientAccountId": ACCOUNT,
        }
        if refused:
            event["errorCode"], event["errorMessage"] = "AccessDenied", "not authorised"
        self.events.append((when, event))
        return event

    def call(self, when: datetime, who: Person, dice: random.Random) -> None:
        """One call of an ordinary day."""
        name = dice.choices(list(CALLS), [share for _, share, _ in CALLS.values()])[0]
        service, _, shape = CALLS[name]
        number = dice.randrange(200)
        request = {key: text.format(n=number) for key, text in shape.items()}
        self.record(when, who, name, service, request, refused=dice.random() < REFUSED)
