"""The sample stories: true to their truth.toml, consistent in themselves, free of real names."""

from __future__ import annotations

import csv
import functools
import gzip
import ipaddress
import itertools
import json
import re
import tomllib
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

SAMPLES = Path(__file__).parents[2] / "sample_logs"
STORIES = ("eleven-minutes", "approved-enforcement", "stolen-session")
CONSOLE, CONSOLE_LATE = "moderation_console.jsonl.gz", "moderation_console_late.jsonl.gz"

# fmt: off
KEYS = (
    "id", "seq", "ts", "actor", "action", "target", "case", "reason", "session", "request", "ip",
    "user_agent", "device", "tool", "result", "error",
)
# fmt: on

every_story = pytest.mark.parametrize("name", STORIES)


@dataclass(frozen=True)
class Story:
    """One story as it stands on disk."""

    folder: Path
    truth: dict[str, Any]
    lines: dict[str, list[str]]
    console: list[dict[str, Any]]
    """Each whole console record once, in order of sequence number."""
    okta: list[dict[str, Any]]


@functools.cache
def story(name: str) -> Story:
    folder = SAMPLES / name
    lines = {
        CONSOLE: gzip.decompress((folder / CONSOLE).read_bytes()).decode().splitlines(),
        CONSOLE_LATE: gzip.decompress((folder / CONSOLE_LATE).read_bytes()).decode().splitlines(),
        "okta_system.jsonl": (folder / "okta_system.jsonl").read_text().splitlines(),
        "status_probe.csv": (folder / "status_probe.csv").read_text().splitlines()[1:],
    }
    whole = {line: record(line) for line in lines[CONSOLE] + lines[CONSOLE_LATE]}
    return Story(
        folder=folder,
        truth=tomllib.loads((folder / "truth.toml").read_text()),
        lines=lines,
        console=sorted((row for row in whole.values() if row), key=lambda row: row["seq"]),
        okta=[json.loads(line) for line in lines["okta_system.jsonl"]],
    )


def record(line: str) -> dict[str, Any] | None:
    """The console record in a line, or None where the line is broken."""
    try:
        row: dict[str, Any] = json.loads(line)
    except ValueError:
        return None
    return row if "ts" in row else None


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def table(name: str, file: str) -> list[dict[str, str]]:
    with (SAMPLES / name / file).open(newline="") as opened:
        return list(csv.DictReader(opened))


@every_story
def test_counts_are_conserved(name: str) -> None:
    told = story(name)
    seen: set[str] = set()
    for counted in told.truth["files"]:
        lines = told.lines[counted["name"]]
        is_console = counted["source"] == "moderation_console"
        rejected = sum(record(line) is None for line in lines) if is_console else 0
        duplicate = sum(line in seen for line in lines)
        seen |= set(lines)
        assert counted["read"] == len(lines)
        assert counted["rejected"] == rejected
        assert counted["duplicate"] == duplicate
        assert counted["read"] == counted["stored"] + counted["duplicate"] + counted["rejected"]
    assert told.truth["totals"]["events"] == sum(one["stored"] for one in told.truth["files"])


@every_story
def test_rejects_are_where_truth_says(name: str) -> None:
    told = story(name)
    broken = [number for number, line in enumerate(told.lines[CONSOLE]) if record(line) is None]
    assert [one["record_no"] for one in told.truth["rejects"]] == broken
    assert all(record(line) for line in told.lines[CONSOLE_LATE])


@every_story
def test_sequence_has_no_hole_but_the_documented_one(name: str) -> None:
    told = story(name)
    holes = [
        {"after_seq": before, "before_seq": after, "missing": after - before - 1}
        for before, after in itertools.pairwise(row["seq"] for row in told.console)
        if after != before + 1
    ]
    assert holes == told.truth.get("sequence_gaps", [])
    times = [row["ts"] for row in told.console]
    assert times == sorted(times)
    assert len({row["id"] for row in told.console}) == len(told.console)


@every_story
def test_console_records_have_one_shape(name: str) -> None:
    extras = {
        "case_assigned": ("assignee",),
        "decision_recorded": ("decision",),
        "approval_requested": ("approval",),
        "approval_granted": ("approval",),
        "approval_denied": ("approval",),
    }
    for row in story(name).console:
        assert tuple(row) == KEYS + extras.get(row["action"], ())


@every_story
def test_people_act_only_within_their_sessions(name: str) -> None:
    opened: dict[str, str] = {}
    for row in story(name).console:
        session = row["session"]
        if row["action"] == "session_opened":
            opened[session] = row["actor"]["login"]
        elif session is not None:
            assert opened.get(session) == row["actor"]["login"], row["id"]
        if row["action"] == "session_closed":
            del opened[session]
    left_open = {story(name).truth.get("reading", {}).get("session")} - {None}
    assert set(opened) == left_open


@every_story
def test_the_act_and_the_restoration_are_in_the_log(name: str) -> None:
    told = story(name)
    by_id = {row["id"]: row for row in told.console}
    for part in ("act", "restored", "approval"):
        if part not in told.truth:
            continue
        truth = told.truth[part]
        row = by_id[truth["id"]]
        assert row["seq"] == truth["seq"]
        assert row["action"] == truth["operation"]
        assert row["actor"]["login"] == truth["account"]
        assert row["target"]["handle"] == truth["target"]
        assert (row["case"] or {"id": ""})["id"] == truth["case_id"]
        assert (row["session"], row["ip"], row["device"]) == (
            truth["session"],
            truth["ip"],
            truth["device"],
        )
        assert instant(row["ts"]) == truth["time_logged"]
        assert truth["time_logged"] - truth["time_true"] == timedelta(seconds=7)
    assert told.truth["act"]["account"] != told.truth["restored"]["account"]
    span = told.truth["restored"]["time_logged"] - told.truth["act"]["time_logged"]
    assert span.total_seconds() == told.truth["outage"]["duration_seconds"]


@every_story
def test_console_runs_seven_seconds_ahead_of_the_identity_provider(name: str) -> None:
    told = story(name)
    published = {event["transaction"]["id"]: event for event in told.okta}
    shared = [row for row in told.console if row["request"] in published]
    assert len(shared) == told.truth["totals"]["request_ids_shared_by_console_and_okta"] > 100
    for row in shared:
        event = published[row["request"]]
        ahead = (instant(row["ts"]) - instant(event["published"])).total_seconds()
        cause_first = 7.0 <= ahead <= 7.5 if row["action"] == "session_opened" else False
        effect_later = 6.5 <= ahead <= 7.0 if row["action"] == "session_closed" else False
        assert cause_first or effect_later, (row["id"], ahead)
        assert event["actor"]["alternateId"].startswith(f"{row['actor']['login']}@")


@every_story
def test_probe_saw_what_truth_says(name: str) -> None:
    told, expected = story(name), story(name).truth["probe"]
    rows = [row for row in table(name, "status_probe.csv") if row["target"] == expected["target"]]
    down = [instant(row["checked_at"]) for row in rows if row["state"] == "not_found"]
    states = Counter(row["state"] for row in rows)
    assert states["not_found"] == expected["not_found_rows"] == len(down)
    assert states["timeout"] == expected["timeout_rows"]
    assert (down[0], down[-1]) == (expected["first_not_found"], expected["last_not_found"])
    outage = told.truth["outage"]
    assert outage["start_true"] <= down[0] < outage["start_true"] + timedelta(seconds=61)
    assert outage["end_true"] - timedelta(seconds=61) < down[-1] < outage["end_true"]


@every_story
def test_nobody_signs_in_or_acts_after_the_account_was_switched_off(name: str) -> None:
    off: dict[str, datetime] = {}
    for event in story(name).okta:
        if event["eventType"] in ("user.lifecycle.deactivate", "user.lifecycle.suspend"):
            off[event["target"][0]["alternateId"].partition("@")[0]] = instant(event["published"])
    assert off or name == "approved-enforcement"
    for row in story(name).console:
        last = off.get(row["actor"]["login"])
        assert last is None or instant(row["ts"]) < last


@every_story
def test_every_login_is_linked_to_a_person_of_the_feeds(name: str) -> None:
    told = story(name)
    logins = {("moderation_console", row["actor"]["login"]) for row in told.console}
    logins |= {("okta_system", event["actor"]["alternateId"]) for event in told.okta}
    accounts = {(row["source"], row["account"]): row for row in table(name, "accounts.csv")}
    assert logins <= accounts.keys()
    people = {row["PersonId"] for row in table(name, "employees.csv")}
    people |= {row["Worker"] for row in table(name, "contractors.csv")}
    assert {row["person"] for row in accounts.values() if row["kind"] != "service"} <= people


PSEUDONYM = r"(?:employee|contractor|helpdesk|duty-manager|lead-(?:sf|dub|mnl))-\d+(?:-adm)?"
RESERVED = [
    ipaddress.ip_network(block)
    for block in ("10.0.0.0/8", "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")
]


@every_story
def test_only_pseudonyms_reserved_addresses_and_example_domains(name: str) -> None:
    told = story(name)
    handles: set[str] = set()
    for row in told.console:
        assert re.fullmatch(f"intake|{PSEUDONYM}", row["actor"]["login"])
        assert row["actor"]["name"] == row["actor"]["login"]
        handles.add((row["target"] or {}).get("handle") or "")
    protected = {row["target"] for row in table(name, "protected_targets.csv")}
    ordinary = handles - protected - {""}
    assert all(re.fullmatch(r"@user-\d{5}", handle) for handle in ordinary)
    text = "\n".join(itertools.chain.from_iterable(told.lines.values()))
    for path in sorted(told.folder.rglob("*")):
        if path.suffix in (".csv", ".toml", ".md", ".yml"):
            text += path.read_text()
    for address in set(re.findall(r'"(\d+\.\d+\.\d+\.\d+)"', text)):
        assert any(ipaddress.ip_address(address) in block for block in RESERVED), address
    for login, domain in set(re.findall(r"([\w.-]+)@([\w-]+\.[\w.-]*[a-z])", text)):
        assert re.fullmatch(PSEUDONYM, login), login
        assert domain in ("platform.example", "vendor.example", "staffing.example"), domain
    assert set(re.findall(r"https?://([^/\s,]+)", text)) <= {"social.example"}


@every_story
def test_readme_tells_of_every_file_and_of_the_act(name: str) -> None:
    told = story(name)
    readme = (told.folder / "README.md").read_text()
    files = {path.name for path in told.folder.iterdir() if path.is_file()} - {"README.md"}
    assert all(f"`{file}`" in readme for file in files)
    for part in ("act", "restored"):
        assert f"{told.truth[part]['time_logged']:%H:%M:%S}" in readme


@every_story
def test_policies_use_the_shared_vocabulary(name: str) -> None:
    known = {"id", "title", "level", "effective", "scope", "require", "forbid", "raise"}
    for path in (SAMPLES / name / "policy").glob("*.yml"):
        policy = yaml.safe_load(path.read_text())
        assert policy["id"] == path.stem
        assert policy["on_unknown"] == "report"
        assert policy.keys() <= known | {"on_unknown", "refs"}
        assert policy["scope"].keys() <= {
            "action",
            "action_class",
            "privileged",
            "outcome",
            "target.tier",
        }
        ids = {verdict["policy"] for verdict in story(name).truth["verdicts"]}
        assert policy["id"] in ids or name == "stolen-session"


def test_eleven_minutes_is_the_act_of_the_last_hour() -> None:
    told = story("eleven-minutes")
    truth = told.truth
    assert 20_000 <= truth["totals"]["events"] <= 40_000
    assert truth["act"]["time_logged"] == datetime(2017, 11, 2, 22, 50, 3, 412000, tzinfo=UTC)
    assert abs(truth["outage"]["duration_seconds"] - 660) <= 0.5
    target = truth["act"]["target"]
    enforced = [
        row
        for row in told.console
        if row["action"] in ("account_deactivated", "account_suspended")
        and (row["target"]["handle"] == target)
    ]
    assert [row["id"] for row in enforced] == [truth["act"]["id"]]
    assert not [
        row
        for row in told.console
        if row["action"].startswith("approval_") and row["target"]["handle"] == target
    ]
    reported_on = {
        row["ts"][:10]
        for row in told.console
        if row["action"] == "case_opened" and row["target"]["handle"] == target
    }
    assert len(reported_on) >= 12, "the account is reported nearly every day"


def test_eleven_minutes_the_actor_had_not_touched_a_protected_account_before() -> None:
    told = story("eleven-minutes")
    protected = {row["target"] for row in table("eleven-minutes", "protected_targets.csv")}
    mine = {
        (row["target"] or {}).get("handle")
        for row in told.console
        if row["actor"]["login"] == "contractor-7" and row["seq"] < told.truth["act"]["seq"] - 40
    }
    assert not mine & protected


def test_eleven_minutes_holds_the_hostile_note() -> None:
    texts = [(row["reason"] or {}).get("text", "") for row in story("eleven-minutes").console]
    hostile = [text for text in texts if "\x1b[31m" in text]
    assert len(hostile) == 1
    assert "<script>" in hostile[0]
    assert "=cmd|" in hostile[0]


def test_eleven_minutes_people_feeds_hold_their_traps() -> None:
    employees = table("eleven-minutes", "employees.csv")
    assert list(employees[0])[:3] == ["EmailAddress", "ResignationDate", "LastWorkingDate"]
    endings = {row["LastWorkingDate"][-6:] for row in employees if row["LastWorkingDate"]}
    assert {"+01:00", "-07:00"} < endings
    assert any(ending.endswith("Z") for ending in endings)
    assert any(ending.isalnum() for ending in endings - {e for e in endings if e.endswith("Z")})
    contractors = table("eleven-minutes", "contractors.csv")
    last = [row for row in contractors if row["Worker"] == "contractor-7"][-1]
    assert (last["ContractEnd"], last["AccessEnd"]) == ("2017-11-02", "")
    assert last["RecordedAt"].startswith("2017-10-20")
    assert sum(not row["TimeZone"] for row in contractors) == 2
    assert [row["Worker"] for row in contractors if not row["ContractEnd"]] == ["contractor-12"]


def test_eleven_minutes_nobody_enforces_after_leaving() -> None:
    cutoffs = {
        "contractor-7": datetime(2017, 11, 3, 7, tzinfo=UTC),
        "employee-11": datetime(2017, 10, 25, 16, tzinfo=UTC),
        "contractor-9": datetime(2017, 10, 27, 10, tzinfo=UTC),
        "employee-17": datetime(2017, 10, 13, 16, tzinfo=UTC),
    }
    for row in story("eleven-minutes").console:
        cutoff = cutoffs.get(row["actor"]["login"])
        assert cutoff is None or instant(row["ts"]) < cutoff


def test_approved_enforcement_was_granted_beforehand_by_a_second_person() -> None:
    told = story("approved-enforcement")
    approval, act = told.truth["approval"], told.truth["act"]
    row = next(row for row in told.console if row["id"] == approval["id"])
    assert row["approval"]["for_action"] == act["operation"]
    assert row["approval"]["requested_by"] == act["account"] != row["actor"]["login"]
    assert approval["requested"] < approval["time_logged"] < act["time_logged"]
    assert 540 < approval["seconds_before_act"] < 660
    assert approval["case_id"] == act["case_id"]
    assert all(verdict["verdict"] == "compliant" for verdict in told.truth["verdicts"])


def test_stolen_session_overlaps_the_persons_own() -> None:
    told = story("stolen-session")
    reading, by_id = told.truth["reading"], {row["id"]: row for row in told.console}
    stolen = by_id[reading["session_opened"]]
    own_opened = by_id[reading["own_session_opened"]]
    own_closed = by_id[reading["own_session_closed"]]
    assert stolen["actor"] == own_opened["actor"] == own_closed["actor"]
    assert own_opened["seq"] < stolen["seq"] < told.truth["act"]["seq"] < own_closed["seq"]
    assert stolen["ip"] != own_opened["ip"]
    assert stolen["device"] != own_opened["device"]
    between = [
        row
        for row in told.console
        if row["session"] == reading["own_session"] and row["seq"] > told.truth["act"]["seq"]
    ]
    assert len(between) > 5, "the own session goes on working"
    sign_on = next(e for e in told.okta if e["transaction"]["id"] == stolen["request"])
    assert sign_on["client"]["geographicalContext"]["country"] == reading["country"]
    resets = [e for e in told.okta if e["eventType"] == "user.mfa.factor.deactivate"]
    assert [instant(e["published"]) for e in resets] == [reading["mfa_reset"]]
