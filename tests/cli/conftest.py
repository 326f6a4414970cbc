"""The command line run in this process, over small cases."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from forensics import api, cli

ROOT = Path(__file__).parents[2]
STORY = ROOT / "sample_logs" / "stolen-session"
LIVE = [*range(0x09), *range(0x0B, 0x20), *range(0x7F, 0xA0), 0x200F, 0x202E, 0x2066, 0xFEFF]
HOSTILE = (
    "\x1b]0;owned\x07\x1b[31mred \x9b2J \u202egnp.exe \u2066x\ufeff [bold]b[/bold] =cmd|' /C'!A0"
)


@dataclass(frozen=True)
class Answer:
    """What a command said, and the code it ended with."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Answer]


@pytest.fixture(autouse=True)
def surroundings(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """One cache for all tests, and nothing of the developer's own settings."""
    cache = tmp_path_factory.getbasetemp() / "cache"
    cache.mkdir(exist_ok=True)
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(cache / "no settings"))
    for name in ("CASE", "CATALOG", "CONFIG", "NOTIFY"):
        monkeypatch.delenv(f"FORENSICS_{name}", raising=False)
    for name in ("NO_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def run(capsysbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Run a command line in this process."""

    def call(*arguments: object) -> Answer:
        capsysbinary.readouterr()
        code = cli.run([str(one) for one in arguments])
        out, err = capsysbinary.readouterr()
        return Answer(code, out.decode("utf-8"), err.decode("utf-8"))

    return call


@pytest.fixture(scope="session")
def story() -> Path:
    """The folder of a small sample story."""
    return STORY


@pytest.fixture(scope="session")
def story_case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case of that story; tests only read it."""
    folder = tmp_path_factory.mktemp("cli") / "case"
    with api.create_case(folder) as case:
        case.ingest(STORY)
    return folder


def console_line(number: int, **fields: Any) -> dict[str, Any]:
    """One record of the moderation console."""
    minute, second = divmod(number, 60)
    return {
        "id": f"mc-{number:07d}",
        "seq": number,
        "ts": f"2017-11-02T22:{minute:02d}:{second:02d}.000Z",
        "actor": {"login": "employee-1", "id": "u-1", "name": "employee-1", "role": "moderator"},
        "action": "account_suspended",
        "target": {"type": "account", "handle": "@somebody", "id": "acct-1"},
        "case": {"id": "C-1", "type": "user_report"},
        "reason": {"code": "spam", "text": ""},
        "session": "s-1",
        "request": f"r-{number}",
        "ip": "10.1.4.1",
        "user_agent": "browser",
        "device": "dev-1",
        "tool": "queue",
        "result": "ok",
        "error": None,
    } | fields


@pytest.fixture(scope="session")
def write_log() -> Callable[..., Path]:
    """Write a console log: `write_log(path, {...}, ...)`, a dict a record's changed fields."""

    def write(path: Path, *records: dict[str, Any]) -> Path:
        lines = [json.dumps(console_line(n, **fields)) for n, fields in enumerate(records)]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="session")
def hostile_logs(tmp_path_factory: pytest.TempPathFactory, write_log: Callable[..., Path]) -> Path:
    """A folder in which every text that a log can hold is hostile, and so are the rosters.

    Tests only read it, so that it is ingested for the first question alone.
    """
    folder = tmp_path_factory.mktemp("hostile")
    who = {"login": HOSTILE, "id": HOSTILE, "name": HOSTILE, "role": HOSTILE}
    texts: dict[str, Any] = {
        "actor": who,
        "target": {"type": "account", "handle": HOSTILE, "id": HOSTILE},
        "case": {"id": HOSTILE, "type": HOSTILE},
        "reason": {"code": HOSTILE, "text": HOSTILE},
        "session": HOSTILE, "device": HOSTILE, "user_agent": HOSTILE, "tool": HOSTILE,
        "ip": HOSTILE,
    }  # fmt: skip
    write_log(
        folder / "console.jsonl",
        {},
        {**texts, "action": "account_deactivated"},
        {**texts, "action": "account_restored"},
        {**texts, "action": HOSTILE},
        {**texts, "action": "report_exported"},
    )
    with (folder / "console.jsonl").open("a", encoding="utf-8") as file:
        file.write("{" + HOSTILE + "\n")
    quoted = '"' + HOSTILE.replace('"', '""') + '"'
    (folder / "employees.csv").write_text(
        "EmailAddress,ResignationDate,LastWorkingDate,PersonId\n"
        f"{quoted},2017-10-01,{quoted},{quoted}\n",
        encoding="utf-8",
    )
    (folder / "accounts.csv").write_text(
        f"account,source,person,kind\n{quoted},,{quoted},personal\n{quoted},,x,{quoted}\n",
        encoding="utf-8",
    )
    (folder / "protected_targets.csv").write_text(
        f"target,tier,valid_from,valid_to\n{quoted},vip,2017-01-01T00:00:00Z,\n", encoding="utf-8"
    )
    return folder


@pytest.fixture
def hostile() -> str:
    """The hostile text itself."""
    return HOSTILE


@pytest.fixture
def live() -> Callable[[str], list[str]]:
    """The characters of a text that would act on a terminal."""
    return lambda text: sorted({hex(ord(sign)) for sign in text if ord(sign) in LIVE})


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a subprocess that runs this source tree."""
    yield {**os.environ, "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(tmp_path / "own-cache")}
