"""Notifications of recorded scans, received by a server of this process."""

from __future__ import annotations

import io
import json
import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics import api
from forensics.api.case import Case
from forensics.cli import notifying
from forensics.errors import UsageError
from forensics.findings.document import Coverage, CustodyHead, Finding, ScanReport

HOSTILE = "\x1b[2J<img src=x onerror=a>`[x](http://evil.example)@everyone"
DAY = datetime(2017, 11, 2, tzinfo=UTC)


def report(*ids: str, incomplete: tuple[str, ...] = ()) -> ScanReport:
    """What a scan found, without the seconds that one takes."""
    found = [
        Finding(
            id=one, detector="policies", rule="r", rule_version="1", title="Title", level="high",
            verdict="violation", actor=HOSTILE, person=None, target=None, first_time=DAY,
            last_time=DAY, sentences=(HOSTILE,), missing=(), evidence=(), counts=(), innocent=(),
            refutes=(), refs=(),
        )
        for one in ids
    ]  # fmt: skip
    return ScanReport(
        schema=1,
        tool_version="0",
        window_start=None,
        window_end=None,
        findings=tuple(found),
        coverage=Coverage(files=(), context=(), evaluated=(), not_evaluated=(), gaps=()),
        custody=CustodyHead(entries=0, head=""),
        incomplete=incomplete,
    )


class Receiver:
    """What came in, and the codes to answer with; the last of them is for all that follow."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.messages: list[dict[str, Any]] = []
        self.codes = [200]
        heard = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                heard.paths.append(self.path)
                heard.messages.append(json.loads(body))
                code = heard.codes.pop(0) if len(heard.codes) > 1 else heard.codes[0]
                self.send_response(code)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server.server_port}"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.01,))
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notifying, "PAUSES", (0.0, 0.0))


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory, write_log: Any) -> Path:
    """A case with one record."""
    folder = tmp_path_factory.mktemp("notified")
    log = write_log(folder / "console.jsonl", {})
    with api.create_case(folder / "case") as made:
        made.ingest(log)
    return folder / "case"


def test_one_message_of_what_is_new_and_none_after(
    run: Any, case: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = f"json://ann:hush-1@{receiver.host}/hush-2?+X-Token=hush-3"
    words = ("--record", "--new", "--notify", "json://u:hush@127.0.0.1:1/hush")
    ids = ["a" * 64, "b" * 64]
    monkeypatch.setattr(Case, "scan", lambda *_: report(*ids))
    receiver.codes = [503, 503, 200]
    first = run("scan", "--case", case, *words, "--notify", secret)
    # The second is told at its third attempt though the first is not there.
    assert first.err.count("not notified: address 1 (JSON): ") == 1
    assert "address 2" not in first.err
    assert first.code == 4
    message = receiver.messages[0]
    assert receiver.messages == [message] * 3
    assert message["title"] == "forensics: 2 new, high"
    for one in ids:
        assert f"`{one[:12]}`" in message["message"]
    assert str(case) in message["message"]
    assert "‹img src=x onerror=a›ˋ" in message["message"]
    assert not {"<", ">", "\x1b"} & set(message["message"])

    # The scan stayed recorded: the next tells nobody of the same again, nor of a gap in looking.
    monkeypatch.setenv("FORENSICS_NOTIFY", secret)
    monkeypatch.setattr(Case, "scan", lambda *_: report(*ids, incomplete=("x: faulty",)))
    second = run("scan", "--case", case, "--record")
    assert "Scan 2: nothing new" in second.err
    assert (second.code, len(receiver.messages)) == (4, 3)
    monkeypatch.setattr(Case, "scan", lambda *_: report(*ids, "c" * 64))
    third = run("scan", "--case", case, "--record", "--min-level", "critical")
    assert (third.code, len(receiver.messages)) == (0, 3)
    monkeypatch.setattr(Case, "scan", lambda *_: report(*ids, "d" * 64))
    fourth = run("scan", "--case", case, "--record", "--fail-on", "high")
    assert (fourth.code, receiver.messages[3]["title"]) == (1, "forensics: 1 new, high")
    assert "dddddddddddd" in receiver.messages[3]["message"]
    assert "aaaaaaaaaaaa" not in receiver.messages[3]["message"]
    for said in (first, second, third, fourth):
        assert "hush" not in said.out + said.err
    kept = b"".join(path.read_bytes() for path in case.rglob("*") if path.is_file())
    assert b"hush" not in kept


def test_a_failed_notification_alone_is_code_4(
    run: Any, case: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def tell(scanned: Any, root: Path, to: Any) -> int:
        asked.append([one.name for one in to])
        return len(to)

    monkeypatch.setattr(Case, "scan", lambda *_: report())
    monkeypatch.setattr(notifying, "tell", tell)
    monkeypatch.setenv("FORENSICS_NOTIFY", "json://localhost jsons://localhost")
    assert run("scan", "--case", case, "--record").code == 4
    # A look that is not recorded notifies nobody, and the environment is no fault of it.
    assert run("scan", "--case", case).code == 0
    assert asked == [["address 1 (JSON)", "address 2 (JSON)"], []]


def test_what_cannot_be_meant_is_refused_before_the_scan(
    run: Any, case: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Case, "scan", None)
    unrecorded = run("scan", "--case", case, "--notify", "json://hush@localhost")
    assert (unrecorded.code, "not recorded" in unrecorded.err) == (2, True)
    for address in ("nonsense://u:hush@localhost", "hush", "json://hush:hush@"):
        unknown = run("scan", "--case", case, "--record", "--notify", address)
        assert (unknown.code, "notification address 1" in unknown.err) == (2, True)
        assert "hush" not in unknown.err
    monkeypatch.setitem(sys.modules, "apprise", None)
    lacking = run("scan", "--case", case, "--record", "--notify", "json://hush@localhost")
    assert (lacking.code, "forensics[notify]" in lacking.err) == (2, True)


def test_attempts_are_bounded_with_growing_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    slept: list[float] = []
    assert "3 attempts" in notifying.deliver(lambda: "no", slept.append)
    assert slept == sorted(set(slept))
    assert len(slept) == 2
    assert notifying.deliver(lambda: "", slept.append) == ""
    assert len(slept) == 2


SECRET = st.text(min_size=6, max_size=30).map(lambda text: f"hush-{text}")


@settings(max_examples=40, deadline=None)
@given(
    form=st.sampled_from(
        (
            "json://{0}:{1}@127.0.0.1:1/{2}?token={3}&+X-Key={3}&:field={1}",
            "jsons://{0}@127.0.0.1:1/{1}?verify=no&password={2}",
            "discord://{0}/{1}",
            "slack://{0}/{1}/{2}/#{3}",
            "mailto://{0}:{1}@127.0.0.1:1?smtp={2}",
            "{0}://{1}:{2}@127.0.0.1",
            "json://{0}",
            "{0}",
        )
    ),
    secrets=st.tuples(SECRET, SECRET, SECRET, SECRET),
    quoted=st.booleans(),
)
def test_nothing_of_an_address_is_ever_said(
    form: str, secrets: tuple[str, ...], quoted: bool
) -> None:
    address = form.format(*[quote(one, safe="") if quoted else one for one in secrets])
    said = io.StringIO()
    handler = logging.StreamHandler(said)
    logging.getLogger().addHandler(handler)
    try:
        with redirect_stderr(said), redirect_stdout(said), warnings.catch_warnings():
            warnings.simplefilter("always")
            try:
                service = notifying._service(address, 1)
            except UsageError as error:
                said.write(str(error))
            else:
                said.write(f"{service} {service.name}")
                if "127.0.0.1:1/" in address and "json" in form:
                    said.write(notifying._attempt(service.plugin, "title", "body"))
    finally:
        logging.getLogger().removeHandler(handler)
    assert "hush" not in said.getvalue().lower()
    assert said.getvalue()
