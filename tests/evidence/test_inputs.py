"""Inputs: each file once, in a stable order, and what is passed over is told."""

from __future__ import annotations

import io
import json
import os
import socket
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from forensics.errors import InputError
from forensics.evidence import case
from forensics.evidence.inputs import expand
from forensics.evidence.reading import open_input


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    for name in ("b/2.json", "b/1.json", "a.json", "README.md", ".hidden/x.json", "b/.part"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"{}")
    return tmp_path


def names(root: Path, *given: str) -> list[str]:
    return [os.path.relpath(one.label, root) for one in expand(given)]


def test_a_folder_is_walked_in_order_and_what_is_hidden_named(logs: Path) -> None:
    found = expand([str(logs)])
    assert names(logs, str(logs)) == [".hidden", "README.md", "a.json", "b/.part", "b/1.json",
                                      "b/2.json"]  # fmt: skip
    assert [one.beside for one in found] == [True, True, False, True, False, False]
    assert [one.refusal.why for one in found if one.refusal] == ["hidden, 1 file", "hidden"]
    assert found[0].label.endswith("/.hidden/")


def test_what_is_hidden_and_asked_for_is_read(logs: Path) -> None:
    found = expand([str(logs), str(logs / ".hidden"), str(logs / "b/.part")])
    assert [Path(one.label).name for one in found if one.beside] == ["README.md"]
    assert {"x.json", ".part"} <= {Path(one.label).name for one in found}


def test_a_file_named_itself_is_read_whatever_it_is(logs: Path) -> None:
    assert [one.beside for one in expand([str(logs / "README.md")])] == [False]


def test_each_file_is_read_once_however_often_it_is_named(logs: Path) -> None:
    (logs / "link.json").symlink_to(logs / "a.json")
    given = [str(logs / "b"), str(logs), str(logs / "b" / ".." / "a.json"), f"{logs}/**/1.json"]
    assert names(logs, *given) == ["b/.part", "b/1.json", "b/2.json", ".hidden", "README.md",
                                    "a.json"]  # fmt: skip


def test_globs_reach_down(logs: Path) -> None:
    assert names(logs, f"{logs}/**/*.json") == ["a.json", "b/1.json", "b/2.json"]


def test_a_name_that_looks_like_a_glob_is_a_name_first(logs: Path) -> None:
    (logs / "[x].json").write_bytes(b"{}")
    assert names(logs, str(logs / "[x].json")) == ["[x].json"]


@pytest.mark.parametrize("name", ["none.json", "*.none", "a.json/x"])
def test_what_names_nothing_is_an_error_with_its_place(logs: Path, name: str) -> None:
    with pytest.raises(InputError) as caught:
        expand([str(logs / name)])
    assert caught.value.place == str(logs / name)
    assert caught.value.remedy


def test_links_to_folders_are_told_and_circles_end(bench: Any, entry: Callable[..., Any]) -> None:
    bench.write("a.jsonl", [entry(1)])
    (bench.logs / "circle").symlink_to(bench.logs)
    report = bench.ingest()
    assert [(Path(row.path).name, row.status) for row in report.files] == [
        ("circle", "unreadable"), ("a.jsonl", "stored"),
    ]  # fmt: skip
    assert "link" in report.incomplete[0].note


def test_a_folder_that_cannot_be_entered_is_told(
    bench: Any, entry: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.write("a.jsonl", [entry(1)])
    shut = bench.write("shut/b.jsonl", [entry(2)]).parent
    real = os.scandir

    def refuse(path: Any) -> Any:
        if str(path) == str(shut):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", refuse)
    report = bench.ingest()
    assert [row.status for row in report.files] == ["stored", "unreadable"]
    assert report.incomplete[0].path == str(shut)


def test_a_name_that_is_no_text_can_be_stored(bench: Any, entry: Callable[..., Any]) -> None:
    path = bench.write("a.jsonl", [entry(1)])
    path.rename(os.fsdecode(os.fsencode(path.parent) + b"/\xff\x1b[31m.jsonl"))
    assert [row.status for row in bench.ingest().files] == ["stored"]
    assert bench.column("SELECT path FROM files")[0].endswith("/\\xff\x1b[31m.jsonl")
    assert bench.verify().faults == ()


def test_what_is_no_file_is_named_beside_and_never_opened(bench: Any, entry: Any) -> None:
    bench.write("a.jsonl", [entry(1)])
    os.mkfifo(bench.logs / "pipe")
    (bench.logs / "lost.jsonl").symlink_to(bench.logs / "nowhere")
    case.create(bench.logs / "old")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(os.path.relpath(bench.logs / "sock"))
        report = bench.ingest()
    assert [Path(one.path).name for one in report.beside] == ["old", "lost.jsonl", "pipe", "sock"]
    assert [(Path(row.path).name, row.status) for row in report.files] == [("a.jsonl", "stored")]


def beside(rows: Any) -> dict[str, str]:
    return {Path(row.path).name: row.note for row in rows}


def test_what_is_passed_over_is_in_the_case_once_and_says_nothing(bench: Any, entry: Any) -> None:
    bench.write("a.jsonl", [entry(1)])
    bench.ingest()
    before = bench.digest()
    for name in (".secret/b.jsonl", ".secret/c/d.jsonl", ".e.jsonl", "README.md", "f/LICENSE"):
        bench.write(name, [entry(2)] if "jsonl" in name else b"words")
    told = {".secret": "hidden, 2 files", ".e.jsonl": "hidden", "README.md": "documentation",
            "LICENSE": "documentation"}  # fmt: skip
    for _ in range(2):
        report = bench.ingest()
        assert beside(report.beside) == told
        assert report.incomplete == []
        held = bench.rows("SELECT path, note, status FROM files WHERE status = 'beside'")
        assert {Path(row["path"]).name: row["note"] for row in held} == told
        assert len(held) == len(told)
        assert bench.digest() == before
        assert bench.verify().faults == ()


def test_what_is_passed_over_in_an_archive_is_in_the_case_too(bench: Any, entry: Any) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as out:
        for name in ("a.jsonl", ".b.jsonl", "README.md", "license_changes.jsonl"):
            number = len(name)
            out.writestr(name, "words" if name == "README.md" else json.dumps(entry(number)))
    for name in ("a.zip", "b.zip"):
        report = bench.ingest(bench.write(name, packed.getvalue()))
        assert sorted(row.note for row in report.beside) == ["documentation", "hidden"]
    assert bench.column("SELECT count(*) FROM files WHERE status = 'beside'") == [4]
    assert bench.column("SELECT count(*) FROM events") == [2]
    assert bench.verify().faults == ()


@pytest.mark.parametrize("source", [None, "door"])
def test_a_log_is_read_whatever_its_name_says(bench: Any, entry: Any, source: str | None) -> None:
    names = ["license_changes.jsonl", "Notices-2026.json", "README.md", "LICENSE", "audit.html"]
    for number, name in enumerate(names):
        bench.write(name, [entry(number)])
    bench.write("docs/README.md", b"| door | at |\n")
    report = bench.ingest(source=source)
    assert [(row.status, row.source) for row in report.files] == [("stored", "door")] * 5
    assert beside(report.beside) == {"README.md": "documentation"}


def test_a_glob_passes_over_cases_and_lost_links(logs: Path) -> None:
    case.create(logs / "old")
    (logs / "lost").symlink_to(logs / "nowhere")
    found = {Path(one.label).name: one.beside for one in expand([f"{logs}/*"])}
    assert (found["old"], found["lost"], found["a.json"]) == (True, True, False)


def test_a_case_is_no_log(logs: Path) -> None:
    case.create(logs / "old")
    with pytest.raises(InputError) as caught:
        expand([str(logs / "old")])
    assert "--case DIR" in (caught.value.remedy or "")


def test_a_link_that_leads_nowhere_is_an_error(logs: Path) -> None:
    (logs / "lost").symlink_to(logs / "nowhere")
    with pytest.raises(InputError, match="leads nowhere"):
        expand([str(logs / "lost")])


def test_globs_are_spoken_of_only_where_one_was_given(logs: Path) -> None:
    for name, told in (("none.json", False), ("*.none", True), ("a[1]", True), ("a?x", True)):
        with pytest.raises(InputError) as caught:
            expand([str(logs / name)])
        assert ("glob" in (caught.value.remedy or "")) is told


def test_a_named_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="named pipe"):
        open_input(tmp_path / "pipe", "pipe", None)
