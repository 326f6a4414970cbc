"""Writes seeded Okta-shaped System Log events as JSON Lines: same arguments, same bytes.

Events are some 2 KB each, of eight kinds of uneven frequency, with one to three targets and the
debug context a tenant really has.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

START = datetime(2026, 8, 20, tzinfo=UTC)
# Event type, kinds of its targets, how many in a hundred.
KINDS = (
    ("user.authentication.sso", ("AppInstance", "AppUser"), 40),
    ("user.session.start", (), 25),
    ("policy.evaluate_sign_on", ("PolicyEntity", "PolicyRule"), 18),
    ("user.authentication.auth_via_mfa", ("User",), 9),
    ("group.user_membership.add", ("User", "UserGroup"), 4),
    ("application.user_membership.add", ("AppUser", "AppInstance", "User"), 2),
    ("user.lifecycle.deactivate", ("User",), 1),
    ("user.account.privilege.grant", ("User", "ROLE"), 1),
)
AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/"


def _target(kind: str, chance: random.Random) -> dict[str, Any]:
    number = chance.randrange(900)
    return {
        "id": f"00u{number:05d}{kind.lower()[:8]}",
        "type": kind,
        "alternateId": f"person{number}@example.com" if "User" in kind else "unknown",
        "displayName": f"{kind} {number}",
        "detailEntry": {"signOnModeType": "SAML_2_0"} if kind == "AppInstance" else None,
    }


def _debug(chance: random.Random, moment: str) -> dict[str, str]:
    return {
        "requestId": f"{chance.getrandbits(96):024x}",
        "dtHash": f"{chance.getrandbits(256):064x}",
        "requestUri": "/app/example/exk1abc/sso/saml",
        "threatSuspected": "false",
        "url": "/app/example/exk1abc/sso/saml?fromLogin=true&RelayState=",
        "logOnlySecurityData": '{"risk":{"level":"LOW"},"behaviors":{"New IP":"NEGATIVE"}}',
        "origin": "https://example.okta.example",
        "at": moment,
    }


def event(number: int, seed: int) -> dict[str, Any]:
    """One event; it depends on the seed and its number alone."""
    chance = random.Random(seed * 1_000_003 + number)
    name, targets, _ = chance.choices(KINDS, [weight for _, _, weight in KINDS])[0]
    person, moment = chance.randrange(400), START + timedelta(milliseconds=number * 2600)
    stamp = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    place = {"city": "Oslo", "country": "Norway", "postalCode": "0150", "state": "Oslo"}
    address = f"198.51.100.{chance.randrange(1, 250)}"
    failed = chance.random() < 0.05
    return {
        "actor": {
            "id": f"00u{person:05d}actor", "type": "User",
            "alternateId": f"person{person}@example.com", "displayName": f"Person {person}",
            "detailEntry": None,
        },
        "client": {
            "userAgent": {"rawUserAgent": f"{AGENT}{120 + person % 9}", "os": "Windows 10"},
            "zone": "null", "device": "Computer", "ipAddress": address,
            "geographicalContext": place | {"geolocation": {"lat": 59.9, "lon": 10.7}},
        },
        "authenticationContext": {
            "authenticationStep": 0, "externalSessionId": f"102{chance.getrandbits(80):020x}",
        },
        "displayMessage": name.replace(".", " "), "eventType": name, "legacyEventType": None,
        "outcome": {"result": "FAILURE" if failed else "SUCCESS",
                    "reason": "INVALID_CREDENTIALS" if failed else None},
        "published": stamp, "severity": "INFO",
        "securityContext": {"asNumber": 64500, "asOrg": "example", "isp": "example", "domain": ".",
                            "isProxy": False},
        "debugContext": {"debugData": _debug(chance, stamp)},
        "transaction": {"type": "WEB", "id": f"Y{chance.getrandbits(120):030x}", "detail": {}},
        "uuid": f"{chance.getrandbits(32):08x}-{number:08x}-11f1-{chance.getrandbits(48):012x}",
        "version": "0",
        "request": {"ipChain": [{"ip": address, "geographicalContext": place, "version": "V4"}]},
        "target": [_target(kind, chance) for kind in targets] or None,
    }  # fmt: skip


def lines(events: int, seed: int) -> Iterator[str]:
    """The events as lines."""
    for number in range(events):
        yield json.dumps(event(number, seed), separators=(",", ":")) + "\n"


def main() -> None:
    """Write the file `bucket/okta.jsonl` below a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    bucket = given.out / "bucket"
    bucket.mkdir(parents=True, exist_ok=True)
    with (bucket / "okta.jsonl").open("w", encoding="utf-8") as stream:
        stream.writelines(lines(given.events, given.seed))
    (given.out / "manifest.json").write_text(json.dumps({"events": given.events}))


if __name__ == "__main__":
    main()
