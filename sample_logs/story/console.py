"""The moderation console: collects what its users do and writes it as the console would log it."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from story.world import PROTECTED, Person

CLOCK_AHEAD = timedelta(seconds=7)
"""The console's clock runs this much ahead of true time, and so ahead of every other source."""

USER_AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/61.0.3163.100 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_12_6) Version/11.0 Safari/604.1.38",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:56.0) Gecko/20100101 Firefox/56.0",
)


def stamp(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and `Z`, as console and identity provider write it."""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def utc(text: str) -> datetime:
    """A true instant, written in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def logged(text: str) -> datetime:
    """The true instant of something the console logged at `text`, written in UTC."""
    return utc(text) - CLOCK_AHEAD


@dataclass
class Case:
    """A ticket about one account; numbered when the log is written, in order of opening."""

    handle: str
    type: str
    opened: datetime
    id: str = ""


Target = Mapping[str, str | None]
"""What an act is done to: type, handle, id."""


@dataclass(frozen=True)
class Session:
    """One sign-in of a person to the console, from one device and address."""

    person: Person
    id: str
    ip: str
    device: str
    user_agent: str


@dataclass(eq=False)
class Entry:
    """One line of the log before it is written; `id`, `seq` are given when it is."""

    time: datetime
    """True time of the act; the console writes it CLOCK_AHEAD later."""
    action: str
    session: Session | None
    target: Target | None
    case: Case | None
    reason: dict[str, str] | None
    request: str
    tool: str
    result: str
    error: str | None
    extra: dict[str, Any]
    id: str = ""
    seq: int = 0

    @property
    def logged(self) -> datetime:
        """The time the console wrote."""
        return self.time + CLOCK_AHEAD

    def line(self) -> str:
        """The record as one line of compact JSON."""
        session = self.session
        return compact(
            {
                "id": self.id,
                "seq": self.seq,
                "ts": stamp(self.logged),
                "actor": INTAKE if session is None else _actor(session.person),
                "action": self.action,
                "target": self.target,
                "case": None if self.case is None else {"id": self.case.id, "type": self.case.type},
                "reason": self.reason,
                "session": session and session.id,
                "request": self.request,
                "ip": session and session.ip,
                "user_agent": session and session.user_agent,
                "device": session and session.device,
                "tool": self.tool,
                "result": self.result,
                "error": self.error,
                **self.extra,
            }
        )


INTAKE = {"login": "intake", "id": "u-001", "name": "intake", "role": "system", "site": None}
"""The service that turns user reports into cases and deals them to queues."""


def compact(record: dict[str, Any]) -> str:
    """JSON without spaces, keys in the order given."""
    return json.dumps(record, separators=(",", ":"))


def account(handle: str) -> Target:
    """The console's description of a platform account."""
    protected = PROTECTED.get(handle)
    number = str(protected.number) if protected else handle.rpartition("-")[2]
    return {"type": "account", "handle": handle, "id": f"acct-{number}"}


def _actor(person: Person) -> dict[str, str]:
    return {
        "login": person.name,
        "id": person.user_id,
        "name": person.name,
        "role": person.role,
        "site": person.site.code,
    }


@dataclass
class Console:
    """Everything done in the console during a story."""

    seed: str
    entries: list[Entry] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._ids = random.Random(f"{self.seed}/console ids")

    def session(
        self, person: Person, *, ip: str = "", device: str = "", user_agent: str = ""
    ) -> Session:
        """A new session of this person: at the own desk unless told otherwise."""
        return Session(
            person=person,
            id=f"s-{self._ids.getrandbits(32):08x}",
            ip=ip or f"{person.site.network}.4.{person.number % 250}",
            device=device or f"dev-{person.number}",
            user_agent=user_agent or USER_AGENTS[person.number % len(USER_AGENTS)],
        )

    def record(
        self,
        when: datetime,
        action: str,
        session: Session | None,
        *,
        on: str | Target | None = None,
        case: Case | None = None,
        reason: str | None = None,
        text: str = "",
        request: str = "",
        tool: str = "queue",
        result: str = "ok",
        error: str | None = None,
        **extra: Any,
    ) -> Entry:
        """Log one act at the true time `when`; a session of None is the intake service."""
        handle = on if on is not None else (case.handle if case else None)
        entry = Entry(
            time=when,
            action=action,
            session=session,
            target=account(handle) if isinstance(handle, str) else handle,
            case=case,
            reason=None if reason is None else {"code": reason, "text": text},
            request=request or f"r-{self._ids.getrandbits(32):08x}",
            tool=tool if session else "api",
            result=result,
            error=error,
            extra=extra,
        )
        self.entries.append(entry)
        return entry

    def open_case(
        self, opened: datetime, handle: str, kind: str, complaint: str, assignee: str | None
    ) -> Case:
        """Intake opens a case and, within the same minute, assigns it to a queue."""
        case = Case(handle, kind, opened)
        self.record(opened, "case_opened", None, case=case, reason=complaint)
        if assignee is not None:
            self.assign(opened + timedelta(seconds=41), case, assignee)
        return case

    def assign(self, when: datetime, case: Case, assignee: str) -> Entry:
        """Intake puts the case into one person's queue."""
        return self.record(when, "case_assigned", None, case=case, assignee={"login": assignee})

    def number(self, *, hole_at: datetime | None = None, hole: int = 0) -> None:
        """Give records and cases their numbers in order of time, skipping `hole` at `hole_at`."""
        self.entries.sort(key=lambda entry: entry.time)
        seq = 0
        for entry in self.entries:
            if hole_at is not None and entry.time >= hole_at:
                seq, hole_at = seq + hole, None
            seq += 1
            entry.seq, entry.id = seq, f"mc-{seq:07d}"
        cases = {id(entry.case): entry.case for entry in self.entries if entry.case}
        for position, case in enumerate(sorted(cases.values(), key=lambda case: case.opened)):
            case.id = f"C-{position + 1:06d}"
