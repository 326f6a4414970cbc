"""The world the stories share: sites, people, their accounts, and the protected accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Site:
    """An office: where its people work, when, and how its network looks from outside."""

    code: str
    city: str
    state: str
    country: str
    zone: str
    day_shift: tuple[int, int]
    """First and last hour of the day shift, local time."""
    network: str
    """First two numbers of the office's internal addresses."""
    egress: str
    """Public address (RFC 5737) the office is seen under."""
    as_number: int
    as_org: str
    latitude: float
    longitude: float


SITES = {
    site.code: site
    for site in (
        Site(
            code="sf",
            city="San Francisco",
            state="California",
            country="United States",
            zone="America/Los_Angeles",
            day_shift=(8, 16),
            network="10.1",
            egress="203.0.113.10",
            as_number=64496,
            as_org="platform san francisco",
            latitude=37.7749,
            longitude=-122.4194,
        ),
        Site(
            code="dublin",
            city="Dublin",
            state="Leinster",
            country="Ireland",
            zone="Europe/Dublin",
            day_shift=(9, 17),
            network="10.2",
            egress="198.51.100.10",
            as_number=64497,
            as_org="platform dublin",
            latitude=53.3498,
            longitude=-6.2603,
        ),
        Site(
            code="manila",
            city="Manila",
            state="Metro Manila",
            country="Philippines",
            zone="Asia/Manila",
            day_shift=(7, 15),
            network="10.3",
            egress="192.0.2.10",
            as_number=64498,
            as_org="platform manila",
            latitude=14.5995,
            longitude=120.9842,
        ),
    )
}

EVENING_SHIFT = (18, 26)
"""Local hours of the evening shift: it ends at 02:00 on the next calendar day."""


@dataclass(frozen=True)
class Person:
    """One worker, under a pseudonym that is also the console login."""

    name: str
    user_id: str
    kind: str
    """employee or contractor"""
    site: Site
    role: str
    domain: str
    shift: tuple[int, int]

    @property
    def email(self) -> str:
        """The login used at the identity provider."""
        return f"{self.name}@{self.domain}"

    @property
    def number(self) -> int:
        """The number in the console's user id; also the last part of the desk's address."""
        return int(self.user_id.removeprefix("u-"))

    def shift_on(self, day: date) -> tuple[datetime, datetime]:
        """Rostered start and end of this person's shift that begins on the local date `day`."""
        midnight = datetime.combine(day, time(), ZoneInfo(self.site.zone))
        first, last = self.shift
        # Hours are added on the wall clock, so a shift keeps its local hours across DST.
        return midnight + timedelta(hours=first), midnight + timedelta(hours=last)


MODERATING_ROLES = ("moderator", "senior_moderator")


def _employee(name: str, number: int, site: str, role: str = "moderator") -> Person:
    place = SITES[site]
    return Person(name, f"u-{number}", "employee", place, role, "platform.example", place.day_shift)


def _contractor(number: int, site: str, *, evening: bool = False) -> Person:
    place = SITES[site]
    domain = "staffing.example" if site == "manila" else "vendor.example"
    shift = EVENING_SHIFT if evening else place.day_shift
    return Person(
        f"contractor-{number}",
        f"u-{100 + number}",
        "contractor",
        place,
        "moderator",
        domain,
        shift,
    )


PEOPLE = {
    person.name: person
    for person in (
        _employee("lead-sf-1", 301, "sf", "ts_lead"),
        _employee("lead-sf-2", 302, "sf", "ts_lead"),
        _employee("lead-dub-1", 303, "dublin", "ts_lead"),
        _employee("lead-mnl-1", 304, "manila", "ts_lead"),
        _employee("duty-manager-1", 305, "dublin", "duty_manager"),
        _employee("employee-1", 201, "sf", "senior_moderator"),
        _employee("employee-2", 202, "sf"),
        _employee("employee-3", 203, "sf", "it_admin"),
        _employee("employee-4", 204, "dublin"),
        _employee("employee-5", 205, "sf"),
        _employee("employee-6", 206, "sf"),
        _employee("employee-7", 207, "sf"),
        _employee("employee-8", 208, "sf"),
        _employee("employee-9", 209, "dublin", "senior_moderator"),
        _employee("employee-10", 210, "dublin"),
        _employee("employee-11", 211, "dublin"),
        _employee("employee-12", 212, "dublin"),
        _employee("employee-13", 213, "dublin"),
        _employee("employee-14", 214, "manila"),
        _employee("employee-15", 215, "manila", "senior_moderator"),
        _employee("employee-16", 216, "manila"),
        _employee("employee-17", 217, "dublin"),
        _employee("helpdesk-1", 306, "sf", "helpdesk"),
        *(_contractor(number, "sf") for number in range(1, 8)),
        *(_contractor(number, "dublin") for number in (8, 10, 11, 12)),
        *(_contractor(number, "manila") for number in (9, 13, 14, 15)),
        *(_contractor(number, "manila", evening=True) for number in (16, 17, 18)),
    )
}

REVIEW_ONLY = frozenset({"employee-4", "employee-11", "contractor-9"})
"""Moderators who take no enforcement action: the sites put people who leave on review work.
Nobody told San Francisco's queue that contractor-7 was leaving."""

ADMIN_ACCOUNT = "employee-3-adm@platform.example"
"""The second, administrative account of employee-3 at the identity provider."""


@dataclass(frozen=True)
class Protected:
    """An account whose enforcement needs a second person, while `valid_from <= t < valid_to`."""

    handle: str
    number: int
    tier: str
    valid_from: str
    valid_to: str = ""
    note: str = ""

    @property
    def account_id(self) -> str:
        """The platform's own id of the account."""
        return f"acct-{self.number}"


PROTECTED = {
    target.handle: target
    for target in (
        Protected("@headofstate", 1001, "vip", "2017-01-20T00:00:00Z", note="head of state"),
        Protected("@emergencyalerts", 1002, "vip", "2016-05-01T00:00:00Z", note="public safety"),
        Protected("@electioncommission", 1003, "vip", "2016-09-01T00:00:00Z", note="elections"),
        Protected("@parliament", 1004, "protected", "2016-09-01T00:00:00Z", note="institution"),
        Protected("@centralbank", 1005, "protected", "2016-09-01T00:00:00Z", note="institution"),
        Protected("@newswire", 1006, "protected", "2017-03-15T00:00:00Z", note="news agency"),
        Protected("@reliefagency", 1007, "protected", "2017-03-15T00:00:00Z", note="aid"),
        Protected("@civicmayor", 1008, "protected", "2017-06-01T00:00:00Z", note="city office"),
        Protected(
            "@formerminister",
            1009,
            "protected",
            "2016-09-01T00:00:00Z",
            "2017-09-30T00:00:00Z",
            "left office",
        ),
        Protected(
            "@visitingpremier", 1010, "vip", "2017-11-06T00:00:00Z", note="state visit, added late"
        ),
    )
}
