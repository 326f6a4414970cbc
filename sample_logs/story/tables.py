"""The small tables of a story: the two people feeds, accounts, protected targets, policies."""

from __future__ import annotations

from pathlib import Path

from story.world import ADMIN_ACCOUNT, PEOPLE, PROTECTED, Person

Row = tuple[str, ...]

EMPLOYEES_HEADER: Row = (
    "EmailAddress",
    "ResignationDate",
    "LastWorkingDate",
    "PersonId",
    "DisplayName",
    "EmploymentType",
    "Site",
    "TimeZone",
    "Role",
    "RecordedAt",
    "Status",
)
# Who leaves or meant to: (resignation, last working date, recorded at, status). The feed mixes
# offsets, Z and no offset at all, as such feeds do.
RESIGNATIONS: dict[str, list[tuple[str, str, str, str]]] = {
    "employee-4": [
        (
            "2017-10-09T09:31:12.4408215+01:00",
            "2017-11-17T17:00:00.0000000Z",
            "2017-10-09T10:02:00Z",
            "active",
        )
    ],
    "employee-8": [
        (
            "2017-10-11T14:05:40.1180000-07:00",
            "2017-10-31T16:00:00.0000000-07:00",
            "2017-10-12T16:20:00Z",
            "active",
        ),
        (
            "2017-10-11T14:05:40.1180000-07:00",
            "2017-10-31T16:00:00.0000000-07:00",
            "2017-10-24T18:00:00Z",
            "rescinded",
        ),
    ],
    "employee-11": [
        (
            "2017-09-25T11:15:00.0000000",
            "2017-10-25T17:00:00.0000000",
            "2017-09-25T13:40:00Z",
            "active",
        )
    ],
    "employee-17": [
        (
            "2017-09-12T08:47:30.7720000+01:00",
            "2017-10-13T17:00:00.0000000+01:00",
            "2017-09-12T09:00:00Z",
            "active",
        )
    ],
}

CONTRACTORS_HEADER: Row = (
    "Worker",
    "EmailAddress",
    "Provider",
    "Site",
    "TimeZone",
    "Role",
    "ContractStart",
    "ContractEnd",
    "AccessEnd",
    "RecordedAt",
)
CONTRACT_ENDS = {  # where it differs from the usual end; empty: the provider never said
    "contractor-9": "2017-10-27",
    "contractor-12": "",
    "contractor-7": "2017-12-29",
}
CORRECTED_ENDS = {"contractor-7": ("2017-11-02", "2017-10-20T17:42:00Z")}
ZONE_NOT_GIVEN = frozenset({"contractor-9", "contractor-14"})

ACCOUNTS_HEADER: Row = ("account", "source", "person", "kind", "valid_from", "valid_to")
PROTECTED_HEADER: Row = ("target", "tier", "valid_from", "valid_to", "note")


def employees() -> list[Row]:
    """The employer's own feed: one row an employee and fact recorded about them."""
    rows: list[Row] = []
    for person in PEOPLE.values():
        if person.kind != "employee":
            continue
        facts = [("", "", "2017-01-02T09:00:00Z", "active"), *RESIGNATIONS.get(person.name, [])]
        for resigned, last, recorded, status in facts:
            site = person.site
            rows.append(
                (
                    person.email,
                    resigned,
                    last,
                    person.name,
                    person.name,
                    "employee",
                    site.code,
                    site.zone,
                    person.role,
                    recorded,
                    status,
                )
            )
    return rows


def contractors() -> list[Row]:
    """The providers' feed: dates without offset, a correction as one more row."""
    rows = []
    for person in PEOPLE.values():
        if person.kind != "contractor":
            continue
        end = CONTRACT_ENDS.get(person.name, "2018-03-30")
        rows.append(_contract(person, end, "2017-06-30T16:00:00Z"))
        if person.name in CORRECTED_ENDS:
            rows.append(_contract(person, *CORRECTED_ENDS[person.name]))
    return rows


def _contract(person: Person, end: str, recorded: str) -> Row:
    provider = "provider-east" if person.domain == "staffing.example" else "provider-north"
    zone = "" if person.name in ZONE_NOT_GIVEN else person.site.zone
    return (
        person.name,
        person.email,
        provider,
        person.site.code,
        zone,
        person.role,
        "2017-07-03",
        end,
        "",
        recorded,
    )


def accounts() -> list[Row]:
    """Which login belongs to whom, source by source."""
    since = "2017-01-02T00:00:00Z"
    rows: list[Row] = []
    for person in PEOPLE.values():
        start = since if person.kind == "employee" else "2017-07-03T00:00:00Z"
        if person.role not in ("it_admin", "helpdesk"):
            rows.append((person.name, "moderation_console", person.name, "personal", start, ""))
        rows.append((person.email, "okta_system", person.name, "personal", start, ""))
    rows.append((ADMIN_ACCOUNT, "okta_system", "employee-3", "admin", since, ""))
    rows.append(("intake", "moderation_console", "", "service", since, ""))
    return rows


def protected_targets() -> list[Row]:
    """The protected accounts with the time for which each tier holds."""
    return [
        (target.handle, target.tier, target.valid_from, target.valid_to, target.note)
        for target in PROTECTED.values()
    ]


def policies() -> dict[str, bytes]:
    """File name to content of the policies every story is judged by."""
    folder = Path(__file__).parent / "policy"
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.yml"))}
