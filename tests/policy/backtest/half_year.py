"""Half a year of a console's acts, in which everything that a trial should tell was planted.

Of each act the generator knows what became of it, and counts it in plain Python: nothing here
asks a policy, an engine or SQL.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

START, END = datetime(2017, 1, 1, tzinfo=UTC), datetime(2017, 7, 1, tzinfo=UTC)
APPROVED, SELF_APPROVED, UNASKED, UNRESOLVED, LEAVING, ELSEWHERE = 3000, 400, 500, 60, 30, 16_000
QUIET_HOUR = 3
"""At this hour (UTC) approvers answer too seldom for anything to be concluded from it."""

_SITES = (("America/Los_Angeles", "moderator"), ("Europe/Dublin", "senior moderator"))
_VERB = "account.suspend"


@dataclass
class HalfYear:
    """The rows of the relations, and the numbers that were planted."""

    events: list[dict[str, Any]] = field(default_factory=list)
    people: list[dict[str, Any]] = field(default_factory=list)
    accounts: list[dict[str, Any]] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    lags: dict[int, list[int]] = field(default_factory=dict)
    """Minutes from request to grant, by the hour of the request."""
    asking: Counter[int] = field(default_factory=Counter)
    """How many legitimate acts would have had to ask, by the hour (UTC)."""
    delayed: Counter[str] = field(default_factory=Counter)
    delayed_roles: Counter[str] = field(default_factory=Counter)
    local_hours: Counter[int] = field(default_factory=Counter)
    in_scope: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._random = random.Random(2017)
        self._workers: dict[str, tuple[str, str]] = {}
        for number in range(12):
            zone, role = _SITES[number % 2]
            self._workers[f"mod-{number}"] = (zone, role)
            for account in (f"mod-{number}", f"mod-{number}-admin"):
                self.accounts.append(
                    {"account": account, "person": f"p-{number}", "kind": "personal"}
                )
        self.accounts.append({"account": "lead-1", "person": "p-lead", "kind": "personal"})
        for number in range(APPROVED):
            self._approved(number)
        for number in range(SELF_APPROVED):
            self._hindered(self._act(self._time(), approver="own admin", wait=number % 9))
        for _ in range(UNASKED):
            self._hindered(self._act(self._time()))
        for _ in range(UNRESOLVED):
            self._act(self._time(), approver="somebody", wait=1)
        for _ in range(LEAVING):
            self._act(self._time(), approver="lead-1", wait=5, phases=["last_day"])
        for _ in range(ELSEWHERE):
            self._act(self._time(), action=self._random.choice(["account.restore", "role.grant"]))
        self._incidents()

    def waits(self, share: Fraction, enough: int = 20) -> int:
        """By definition: the shortest wait that this share of the asking acts does not exceed."""
        everything = [lag for lags in self.lags.values() for lag in lags]
        weights: dict[int, Fraction] = {}
        for hour, acts in self.asking.items():
            known = self.lags.get(hour, [])
            chosen = known if len(known) >= enough else everything
            for lag in chosen:
                weights[lag] = weights.get(lag, Fraction()) + Fraction(acts, len(chosen))
        reached, whole = Fraction(), sum(weights.values())
        for lag in sorted(weights):
            reached += weights[lag]
            if reached >= share * whole:
                return lag
        raise AssertionError

    def _time(self) -> datetime:
        return START + timedelta(seconds=self._random.randrange(86_400, 181 * 86_400 - 7200))

    def _approved(self, number: int) -> None:
        """Asked at night it takes long, by day soon; the quiet hour is left out but for five."""
        time = self._time()
        if time.hour == QUIET_HOUR and len(self.lags.get(QUIET_HOUR, [])) >= 5:
            time += timedelta(hours=1)
        tenth = number % 10 == 0
        wait = (60 if tenth else 10) if time.hour < 12 else (90 if tenth else 25)
        self._act(time + timedelta(minutes=wait + 1), approver="lead-1", wait=wait)

    def _act(
        self,
        time: datetime,
        *,
        action: str = _VERB,
        approver: str | None = None,
        wait: int = 0,
        phases: list[str] | None = None,
        actor: str | None = None,
        label: str | None = None,
    ) -> dict[str, Any]:
        """An act, before it the request and the grant of what was approved."""
        actor = actor or f"mod-{self._random.randrange(12)}"
        target = f"@user-{len(self.events)}"
        if approver:
            given = f"{actor}-admin" if approver == "own admin" else approver
            granted = time - timedelta(minutes=1)
            asked = granted - timedelta(minutes=wait)
            about: dict[str, Any] = {
                "target": target,
                "approval_for": action,
                "approval_requested_by": actor,
            }
            self._event(asked, "approval.request", actor, **about)
            self._event(granted, "approval.grant", given, approval_by="ts_lead", **about)
            if given == "lead-1" and START <= asked < END:
                self.lags.setdefault(asked.hour, []).append(wait)
        if label is None and action == _VERB:
            self.in_scope[actor] += 1
        return self._event(time, action, actor, phases=phases, target=target)

    def _event(
        self,
        time: datetime,
        action: str,
        actor: str,
        *,
        phases: list[str] | None = None,
        **fields: Any,
    ) -> dict[str, Any]:
        row = {
            "event_uid": f"ev{len(self.events):06d}",
            "source": "console",
            "time": time,
            "time_precision": "us",
            "actor": actor,
            "actor_type": "user",
            "action": action,
            "outcome": "success",
        } | fields
        self.events.append(row)
        zone, role = self._workers.get(actor, (None, None))
        person = next((a["person"] for a in self.accounts if a["account"] == actor), None)
        told = {"account": actor, "person": person, "account_kind": "personal", "zone": zone}
        told |= {"role": role, "phases": phases or ["employed"], "event_uid": row["event_uid"]}
        self.people += [{**told, "belief": belief} for belief in ("at_act", "now")]
        return row

    def _hindered(self, act: dict[str, Any]) -> None:
        zone, role = self._workers[act["actor"]]
        self.asking[act["time"].hour] += 1
        self.delayed[act["actor"]] += 1
        self.delayed_roles[role] += 1
        self.local_hours[act["time"].astimezone(ZoneInfo(zone)).hour] += 1

    def _incidents(self) -> None:
        """Seven: alone, by the own second account, with a colleague, on the last day, and more."""
        noon = datetime(2017, 5, 4, 12, tzinfo=UTC)
        planted: list[tuple[str, dict[str, Any]]] = [
            ("alone", {}),
            ("second-account", {"approver": "own admin", "wait": 2}),
            ("agreed", {"approver": "lead-1", "wait": 25}),
            ("last-day", {"approver": "lead-1", "wait": 25, "phases": ["last_day"]}),
            ("unresolved", {"approver": "somebody", "wait": 3}),
            ("other-verb", {"action": "role.grant"}),
        ]
        for number, (name, how) in enumerate(planted):
            act = self._act(noon + timedelta(days=number), actor="mod-0", label="incident", **how)
            self.labels.append(f"- {{id: {name}, label: incident, events: [{act['event_uid']}]}}")
        late = self._event(END + timedelta(days=3), _VERB, "mod-0", target="@late")
        self.labels.append(f"- {{id: late, label: incident, events: [{late['event_uid']}]}}")
        benign = next(event for event in self.events if event["action"] == _VERB)
        self.labels.append(f"- {{id: looked-at, label: benign, events: [{benign['event_uid']}]}}")
