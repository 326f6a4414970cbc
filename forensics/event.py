"""The event table: every column, its type, its meaning and its OCSF name (version 1)."""

from __future__ import annotations

from dataclasses import dataclass

VERSION = 1


@dataclass(frozen=True)
class Column:
    """One column of a relation: SQL type, meaning, and the OCSF 1.x path where one exists."""

    name: str
    type: str
    meaning: str
    ocsf: str | None = None


COLUMNS: tuple[Column, ...] = (
    Column(
        "event_uid",
        "VARCHAR",
        "32 hex digits, from (source, tenant, native id) or else (source, raw); "
        "the same record exported twice has one",
        "metadata.uid",
    ),
    Column("source", "VARCHAR", "catalog name of the log source", "metadata.product.name"),
    Column("file_id", "BIGINT", "file it came from, see relation files"),
    Column("record_no", "BIGINT", "record within that file, from 0"),
    Column("event_no", "INTEGER", "event within that record, from 0 (records may hold several)"),
    Column("raw", "VARCHAR", "the record as it stood, JSON or text", "raw_data"),
    Column("time", "TIMESTAMPTZ", "when the act was executed, UTC, microseconds", "time"),
    Column("time_precision", "VARCHAR", "us, ms, s, min or day: granularity of what was written"),
    Column(
        "time_basis",
        "VARCHAR",
        "utc, offset, assumed (no zone in the log), ambiguous (fold) or nonexistent (gap)",
        "timezone_offset",
    ),
    Column(
        "logged_time",
        "TIMESTAMPTZ",
        "when the source says it wrote the record",
        "metadata.logged_time",
    ),
    Column("sequence", "BIGINT", "the source's own sequence number", "metadata.sequence"),
    Column("actor", "VARCHAR", "the acting account as users would type it", "actor.user.name"),
    Column("actor_id", "VARCHAR", "the acting account's id", "actor.user.uid"),
    Column("actor_name", "VARCHAR", "the acting account's display name", "actor.user.full_name"),
    Column("actor_email", "VARCHAR", "the acting account's e-mail", "actor.user.email_addr"),
    Column("actor_type", "VARCHAR", "user, service, system or unknown", "actor.user.type"),
    Column(
        "on_behalf_of",
        "VARCHAR",
        "the impersonated or delegating account",
        "actor.session.issuer",
    ),
    Column("action", "VARCHAR", "normalised verb (account.deactivate), or other", "activity_name"),
    Column("operation", "VARCHAR", "the source's own name of the act", "api.operation"),
    Column("outcome", "VARCHAR", "success, failure, denied, pending or unknown", "status"),
    Column("outcome_reason", "VARCHAR", "error code or text", "status_detail"),
    Column("target", "VARCHAR", "the first object acted on", "resources[0].name"),
    Column("target_id", "VARCHAR", "its id", "resources[0].uid"),
    Column("target_name", "VARCHAR", "its display name", "resources[0].data.name"),
    Column("target_type", "VARCHAR", "account, role, policy, repository ...", "resources[0].type"),
    Column("targets", "VARCHAR[]", "all objects acted on, ids and names", "resources[]"),
    Column("reason", "VARCHAR", "the actor's stated reason", "message"),
    Column("reason_code", "VARCHAR", "the actor's stated reason as a code"),
    Column("case_id", "VARCHAR", "ticket, case, report or change the act refers to"),
    Column("src_ip", "VARCHAR", "source address", "src_endpoint.ip"),
    Column(
        "src_country",
        "VARCHAR",
        "ISO country of the source; in an enriched case, where the record says none, that of the "
        "address, see relation addresses",
        "src_endpoint.location.country",
    ),
    Column(
        "src_asn",
        "VARCHAR",
        "autonomous system of the source; in an enriched case, where the record says none, that "
        "of the address",
        "src_endpoint.autonomous_system.number",
    ),
    Column("user_agent", "VARCHAR", "client software as sent", "http_request.user_agent"),
    Column("device_id", "VARCHAR", "device identifier", "device.uid"),
    Column("session_id", "VARCHAR", "session handle", "actor.session.uid"),
    Column("request_id", "VARCHAR", "request or transaction handle", "api.request.uid"),
    Column("tool", "VARCHAR", "console, queue, search, API, CLI or automation, when it tells"),
    Column("tenant", "VARCHAR", "organisation, cloud account, workspace", "cloud.account.uid"),
    Column("asserted_state", "VARCHAR", "state of the target that the record observes, not causes"),
    Column("approval_for", "VARCHAR", "approvals only: normalised verb that is approved"),
    Column("approval_by", "VARCHAR", "approvals only: role in which the approver acted"),
    Column("approval_requested_by", "VARCHAR", "approvals only: the account that asked"),
    Column("assignee", "VARCHAR", "case assignments only: the account it is assigned to"),
)

BY_NAME: dict[str, Column] = {column.name: column for column in COLUMNS}

TIME_PRECISIONS = ("us", "ms", "s", "min", "day")
TIME_BASES = ("utc", "offset", "assumed", "ambiguous", "nonexistent")
OUTCOMES = ("success", "failure", "denied", "pending", "unknown")
ACTOR_TYPES = ("user", "service", "system", "unknown")
