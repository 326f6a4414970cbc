"""The identity provider: staff sign-ins and administration in the form of the Okta System Log."""

from __future__ import annotations

import random
import string
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from story.console import compact, stamp
from story.world import PEOPLE, Person, Site

CONSOLE_APP = {
    "id": "0oa1modconsole000001",
    "type": "AppInstance",
    "alternateId": "Moderation Console",
    "displayName": "Moderation Console",
    "detailEntry": {"signOnModeType": "SAML_2_0"},
}

# eventType -> (displayMessage, legacyEventType, requestUri)
KINDS: dict[str, tuple[str, str | None, str]] = {
    "user.session.start": (
        "User login to Okta",
        "core.user_auth.login_success",
        "/api/v1/authn",
    ),
    "user.session.end": (
        "User logout from Okta",
        "core.user_auth.logout_success",
        "/login/signout",
    ),
    "user.authentication.auth_via_mfa": (
        "Authentication of user via MFA",
        "core.user.factor.attempt_success",
        "/api/v1/authn/factors/verify",
    ),
    "user.authentication.sso": (
        "User single sign on to app",
        "app.auth.sso",
        "/app/moderation_console/sso/saml",
    ),
    "user.account.update_password": (
        "User update password for Okta",
        "core.user.config.password_update.success",
        "/api/v1/users/me/credentials/change_password",
    ),
    "user.account.reset_password": (
        "Reset user's Okta password",
        "core.user.config.user_status.password_reset",
        "/api/v1/users/lifecycle/reset_password",
    ),
    "user.account.lock": (
        "Max sign in attempts exceeded",
        "core.user_auth.account_locked",
        "/api/v1/authn",
    ),
    "user.account.unlock": (
        "Unlock user account",
        "core.user.config.user_status.unlocked",
        "/api/v1/users/lifecycle/unlock",
    ),
    "user.mfa.factor.deactivate": (
        "Reset factor for user",
        "core.user.factor.deactivate",
        "/api/v1/users/factors",
    ),
    "user.mfa.factor.activate": (
        "Activate factor for user",
        "core.user.factor.activate",
        "/api/v1/users/factors/lifecycle/activate",
    ),
    "user.session.clear": (
        "Clear user session",
        "core.user.config.user_sessions.clear",
        "/api/v1/users/sessions",
    ),
    "user.lifecycle.suspend": (
        "Suspend Okta user",
        "core.user.config.user_lifecycle.suspended",
        "/api/v1/users/lifecycle/suspend",
    ),
    "user.lifecycle.deactivate": (
        "Deactivate Okta user",
        "core.user.config.user_lifecycle.deactivated",
        "/api/v1/users/lifecycle/deactivate",
    ),
}

_ALPHABET = string.ascii_letters + string.digits


@dataclass(frozen=True)
class Place:
    """Where a request to the identity provider comes from."""

    ip: str
    city: str
    state: str
    country: str
    latitude: float
    longitude: float
    as_number: int
    as_org: str
    fingerprint: str
    browser: str = "CHROME"
    system: str = "Windows 10"
    raw_user_agent: str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/61.0.3163.100"


def desk(person: Person) -> Place:
    """The person's usual desk and device."""
    site: Site = person.site
    return Place(
        ip=site.egress,
        city=site.city,
        state=site.state,
        country=site.country,
        latitude=site.latitude,
        longitude=site.longitude,
        as_number=site.as_number,
        as_org=site.as_org,
        fingerprint=random.Random(f"fingerprint {person.name}").randbytes(16).hex(),
    )


def user(email: str, kind: str = "User") -> dict[str, Any]:
    """An Okta user as actor or target."""
    letters = random.Random(f"okta id {email}").choices(_ALPHABET, k=15)
    return {
        "id": "00u" + "".join(letters) + "h7",
        "type": kind,
        "alternateId": email,
        "displayName": email.partition("@")[0],
        "detailEntry": None,
    }


@dataclass
class Okta:
    """Everything the identity provider recorded during a story."""

    seed: str
    events: list[tuple[datetime, dict[str, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._ids = random.Random(f"{self.seed}/okta ids")

    def token(self, prefix: str, length: int) -> str:
        """A fresh identifier such as a transaction or session id."""
        return prefix + "".join(self._ids.choices(_ALPHABET, k=length))

    def transaction(self) -> str:
        """A fresh transaction id, which a relying application sees as its request id."""
        return self.token("W", 26)

    def record(
        self,
        when: datetime,
        kind: str,
        actor: str,
        place: Place,
        *,
        session: str | None = None,
        transaction: str = "",
        target: list[dict[str, Any]] | None = None,
        failure: str | None = None,
        debug: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        """Log one event at its true time (this clock is right); `failure` is Okta's reason."""
        message, legacy, uri = KINDS[kind]
        transaction = transaction or self.transaction()
        event = {
            "actor": user(actor),
            "authenticationContext": _authentication(kind, session),
            "client": _client(place),
            "debugContext": {
                "debugData": {
                    "deviceFingerprint": place.fingerprint,
                    "requestId": transaction,
                    "requestUri": uri,
                    "threatSuspected": "false",
                    "url": f"{uri}?",
                    **(debug or {}),
                }
            },
            "displayMessage": message,
            "eventType": kind,
            "legacyEventType": legacy,
            "outcome": {"reason": failure, "result": "FAILURE" if failure else "SUCCESS"},
            "published": stamp(when),
            "request": {"ipChain": [_hop(place)]},
            "securityContext": _network(place),
            "severity": "WARN" if failure else "INFO",
            "target": target,
            "transaction": {"detail": {}, "id": transaction, "type": "WEB"},
            "uuid": str(uuid.UUID(int=self._ids.getrandbits(128), version=4)),
            "version": "0",
        }
        self.events.append((when, event))
        return event

    def sso(self, when: datetime, person: Person, place: Place, session: str) -> str:
        """A sign-on to the console; returns the transaction id that the console will quote."""
        transaction = self.transaction()
        self.record(
            when,
            "user.authentication.sso",
            person.email,
            place,
            session=session,
            transaction=transaction,
            target=[CONSOLE_APP, user(person.email, "AppUser")],
        )
        return transaction

    def administer(self, when: datetime, kind: str, admin: str, subject: Person) -> dict[str, Any]:
        """An administrator (an Okta login) changes another user's account."""
        operator = PEOPLE[admin.partition("@")[0].removesuffix("-adm")]
        return self.record(
            when,
            kind,
            admin,
            desk(operator),
            session=self.token("102", 22),
            target=[user(subject.email)],
        )

    def lines(self) -> list[str]:
        """The log in order of publication."""
        ordered = sorted(self.events, key=lambda event: (event[0], event[1]["uuid"]))
        return [compact(event) for _, event in ordered]


def _authentication(kind: str, session: str | None) -> dict[str, Any]:
    by_factor = kind == "user.authentication.auth_via_mfa"
    return {
        "authenticationProvider": "FACTOR_PROVIDER" if by_factor else None,
        "authenticationStep": 0,
        "credentialProvider": "OKTA_CREDENTIAL_PROVIDER" if by_factor else None,
        "credentialType": None,
        "externalSessionId": session or "unknown",
        "interface": None,
        "issuer": None,
    }


def _geography(place: Place) -> dict[str, Any]:
    return {
        "city": place.city,
        "country": place.country,
        "geolocation": {"lat": place.latitude, "lon": place.longitude},
        "postalCode": None,
        "state": place.state,
    }


def _client(place: Place) -> dict[str, Any]:
    return {
        "device": "Computer",
        "geographicalContext": _geography(place),
        "id": None,
        "ipAddress": place.ip,
        "userAgent": {
            "browser": place.browser,
            "os": place.system,
            "rawUserAgent": place.raw_user_agent,
        },
        "zone": "null",
    }


def _network(place: Place) -> dict[str, Any]:
    return {
        "asNumber": place.as_number,
        "asOrg": place.as_org,
        "domain": None,
        "isProxy": False,
        "isp": place.as_org,
    }


def _hop(place: Place) -> dict[str, Any]:
    return {
        "geographicalContext": _geography(place),
        "ip": place.ip,
        "source": None,
        "version": "V6" if ":" in place.ip else "V4",
    }
