"""The Python API: a case is asked, grows, and is asked again."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

import forensics
from forensics import api
from forensics.errors import CaseError, ForensicsError, InputError, UsageError
from forensics.evidence import throwaway
from forensics.findings.document import Reconstruction, decode, encode

STORY = Path(__file__).parents[2] / "sample_logs" / "approved-enforcement"
TARGET = "@headofstate"


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[api.Case]:
    made = forensics.create_case(tmp_path_factory.mktemp("api") / "case")
    made.ingest(STORY)
    yield made
    made.close()


def test_the_public_names() -> None:
    assert set(forensics.__all__) == {
        "Case", "__version__", "create_case", "open_case", "open_logs",
    }  # fmt: skip
    assert all(hasattr(forensics, name) for name in forensics.__all__)
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = forensics.no_such_name


def test_timeline_is_a_frame_of_aware_times(case: api.Case) -> None:
    frame = case.timeline(target=TARGET, action="account.*")
    assert list(frame["action"]) == ["account.deactivate", "account.restore"]
    assert frame["time"].is_monotonic_increasing
    assert isinstance(frame["time"].dtype, pd.DatetimeTZDtype)
    assert str(frame["time"].dtype.tz) == "UTC"


def test_timeline_takes_human_times_and_spans(case: api.Case) -> None:
    when = "2017-11-15 10:19 PST"
    around = case.timeline(around=when, window=timedelta(minutes=2), target=TARGET)
    assert "account.deactivate" in set(around["action"])
    assert case.timeline(until=when, action="account.deactivate", target=TARGET).empty
    local = case.timeline(since="2017-11-15 10:19", zone="America/Los_Angeles", target=TARGET)
    assert local["time"].min() >= pd.Timestamp("2017-11-15 18:19", tz="UTC")


def test_sql_is_a_frame(case: api.Case) -> None:
    frame = case.sql("SELECT source, count(*) AS n FROM events GROUP BY 1 ORDER BY 1")
    assert list(frame["source"]) == ["moderation_console", "okta_system", "status_probe"]


def test_every_question_works_after_sql(case: api.Case) -> None:
    before = case.outage(TARGET)
    case.sql("SELECT 1")
    with pytest.raises(UsageError):
        case.sql("SELECT * FROM read_text('/etc/hostname')")
    assert case.outage(TARGET) == before
    assert case.scan().findings
    assert case.actor("lead-sf-1").events
    assert len(case.sql("SELECT * FROM act_people")) > 0
    assert case.timeline(limit=1).shape[0] == 1


def test_leavers(case: api.Case) -> None:
    frame = case.leavers(datetime(2017, 10, 1, tzinfo=UTC), datetime(2017, 12, 1, tzinfo=UTC))
    assert "contractor-7" in set(frame["person"])


def test_a_case_that_grew_is_read_anew(tmp_path: Path) -> None:
    with api.create_case(tmp_path / "case") as case:
        case.ingest(STORY / "okta_system.jsonl")
        first = len(case.sql("SELECT event_uid FROM events"))
        assert case.timeline_table().num_rows == first
        case.ingest(STORY / "status_probe.csv")
        assert len(case.sql("SELECT event_uid FROM events")) > first
        assert case.timeline_table().num_rows > first


def test_a_closed_case_opens_at_the_next_question(case: api.Case) -> None:
    case.close()
    assert case.timeline_table(limit=2).num_rows == 2


def test_a_question_can_be_stopped_from_another_thread(case: api.Case) -> None:
    case.sql("SELECT 1")
    stop = threading.Timer(0.5, case.interrupt)
    stop.start()
    endless = (
        "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range * b.range = 7"
    )
    with pytest.raises(Exception, match=r"(?i)interrupt"):
        case.sql(endless)
    stop.join()
    assert len(case.sql("SELECT 1")) == 1


def test_a_case_is_made_once(tmp_path: Path) -> None:
    api.create_case(tmp_path / "case")
    with pytest.raises(CaseError, match="exists"):
        api.create_case(tmp_path / "case")
    with pytest.raises(CaseError, match="not a case"):
        api.open_case(tmp_path / "other")


def test_ingest_of_nothing_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no log"):
        api.create_case(tmp_path / "case").ingest(tmp_path / "empty")


def test_logs_are_kept_while_they_do_not_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    log = tmp_path / "okta_system.jsonl"
    log.write_bytes((STORY / "okta_system.jsonl").read_bytes())
    with api.open_logs(log) as first:
        assert first.ingest_report is not None
        count = first.timeline_table().num_rows
    with api.open_logs(log) as second:
        assert second.ingest_report is None
        assert second.paths == first.paths
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:-1]))
    with api.open_logs(log) as third:
        assert third.ingest_report is not None
        assert third.timeline_table().num_rows == count - 1


def test_two_processes_over_the_same_logs_do_not_disturb_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    log = STORY / "okta_system.jsonl"
    real = api.Case.ingest

    def overtaken(self: api.Case, *paths: str | Path, **options: object) -> object:
        report = real(self, *paths)
        monkeypatch.setattr(api.Case, "ingest", real)
        monkeypatch.setattr("os.getpid", lambda: -1)
        with api.open_logs(log):
            pass
        return report

    monkeypatch.setattr(api.Case, "ingest", overtaken)
    with api.open_logs(log) as case:
        assert case.timeline_table().num_rows > 100
    assert len(list(throwaway.cache_folder().iterdir())) == 1


def test_a_read_that_fails_leaves_nothing_in_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(ForensicsError):
        api.open_logs(tmp_path / "empty")
    assert list(throwaway.cache_folder().iterdir()) == []


def test_documents_come_back_from_their_json(case: api.Case) -> None:
    document = case.outage(TARGET)
    assert decode(encode(document), Reconstruction) == document
    assert json.loads(encode(document))["target"] == TARGET
