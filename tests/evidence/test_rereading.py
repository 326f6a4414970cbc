"""Reading anew: what a corrected declaration changes in a case, and that nothing is lost or told
twice."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.errors import CaseError
from forensics.evidence import custody, ingest
from forensics.evidence.catalog import Catalog
from forensics.evidence.declarations import declared
from forensics.sources.declaration import Declaration, parse, shipped

Entry = Callable[..., dict[str, Any]]
FIRST = """
name = "door"
[recognise]
required = ["door", "at"]
[event]
native_id = "id"
time = "at"
operation = "op"
"""
# The same, with who did it.
SECOND = FIRST + 'actor = "who"\n'
GATE = FIRST.replace('"door"', '"gate"')
SAID = "SELECT event_uid, source, time, actor, operation, raw FROM events ORDER BY ALL"


def door(text: str = FIRST, name: str = "door") -> Declaration:
    return parse(text, name)


@pytest.fixture
def case(bench: Any) -> Any:
    bench.sources["door"] = door()
    bench.sources["gate"] = parse(GATE, "gate")
    return bench


def again(bench: Any, *names: Any) -> ingest.IngestReport:
    given_ = [str(one) for one in names] or [str(bench.logs)]
    return ingest.ingest(bench.paths, given_, bench.sources, tool="test 2", reread=True)


def fresh(bench: Any, another: Callable[[str], Any]) -> Any:
    """A new case over the same files with the declarations of now."""
    made = another("fresh")
    made.sources = bench.sources
    made.ingest()
    return made


def test_a_case_remembers_what_each_file_was_read_with(case: Any, entry: Entry) -> None:
    first = case.write("a.jsonl", [entry(1)])
    case.ingest(first)
    case.sources["door"] = door(SECOND)
    case.write("b.jsonl", [entry(2)])
    case.ingest()
    rows = case.rows(
        "SELECT path, d.sha256, origin FROM files JOIN declarations AS d USING (ingest_id, source)"
        " ORDER BY path"
    )
    held = [(case.paths.declarations / f"{one['sha256']}.toml").read_text() for one in rows]
    assert held == [FIRST, SECOND]
    assert [one["origin"] for one in rows] == ["own", "own"]
    catalog = Catalog(case.paths.catalog)
    entries = custody.entries(catalog.connection)
    catalog.close()
    assert [rows[0]["sha256"] in one.details for one in entries] == [False, True, False]
    assert case.verify().faults == ()


def test_what_comes_with_the_tool_is_kept_too(bench: Any) -> None:
    bench.ingest(Path(__file__).parents[2] / "sample_logs" / "stolen-session" / "okta_system.jsonl")
    [row] = bench.rows("SELECT * FROM declarations")
    assert (row["source"], row["origin"]) == ("okta_system", "built-in")
    kept = bench.paths.declarations / f"{row['sha256']}.toml"
    assert kept.read_text(encoding="utf-8") == shipped()["okta_system"].text


def test_a_changed_declaration_is_told_and_changes_nothing_by_itself(
    case: Any, entry: Entry
) -> None:
    for n in range(3):
        case.write(f"{n}.jsonl", [entry(n, who="ada")])
    assert case.ingest().outdated == []
    before = case.rows(SAID), case.verify()
    case.sources["door"] = door(SECOND)
    [told] = case.ingest().outdated
    assert (told.source, told.files, told.origin) == ("door", 3, "own")
    assert "3 files were read with another declaration" in told.sentence
    assert (case.rows(SAID), case.verify()) == before


def test_prose_and_examples_make_no_declaration_another(case: Any, entry: Entry) -> None:
    case.write("a.jsonl", [entry(1)])
    case.ingest()
    case.sources["door"] = door(
        '# more\ntitle = "Doors"\nomits = ["Keys."]\nclock_tolerance = "1m"\n' + FIRST
    )
    assert case.ingest().outdated == []
    assert declared(case.paths).made_with(case.sources)["door"].title == "Doors"


def test_files_read_anew_stand_as_in_a_new_case(
    case: Any, entry: Entry, another: Callable[[str], Any]
) -> None:
    shared = [entry(n, who="ada") for n in range(5, 15)]
    case.write("a.jsonl", [entry(n, who="ada") for n in range(10)] + [b"{"])
    case.write("b.jsonl", shared)
    case.ingest()
    case.write("c.jsonl", shared)
    case.ingest()
    before = case.verify()
    case.sources["door"] = door(SECOND)
    report = again(case)
    assert [(row.status, row.read) for row in report.files] == [
        ("stored", 11), ("stored", 10), ("repeated", 10),
    ]  # fmt: skip
    assert (len(report.replaced), report.outdated) == (3, [])
    new = fresh(case, another)
    assert case.rows(SAID) == new.rows(SAID)
    assert set(case.column("SELECT actor FROM events")) == {"ada"}
    for relation in ("duplicates", "rejects", "files"):
        count = f"SELECT count(*) AS n FROM {relation}"
        assert case.column(count) == new.column(count), relation
    assert case.digest() == new.digest()
    after = case.verify()
    assert (after.faults, after.entries) == ((), before.entries + 1)
    assert after.segments > before.segments
    assert case.ingest().files[0].status == "repeated"
    assert case.verify() == after


def test_later_files_find_their_duplicates_among_what_was_read_anew(
    case: Any, entry: Entry
) -> None:
    case.write("a.jsonl", [entry(1, who="ada"), entry(2, who="ada")])
    case.ingest()
    case.sources["door"] = door(SECOND)
    again(case)
    late = case.write("b.jsonl", [entry(2, who="ada"), entry(3)])
    [row] = case.ingest(late).files
    assert (row.stored, row.duplicate) == (1, 1)
    assert case.column("SELECT count(*) AS n FROM events") == [3]
    assert case.verify().faults == ()


def test_a_source_is_read_anew_whole_or_not_at_all(case: Any, entry: Entry) -> None:
    first = case.write("a.jsonl", [entry(1, who="ada")])
    case.write("b.jsonl", [entry(1, who="ada"), entry(2)])
    case.ingest()
    before = case.rows(SAID), case.verify()
    case.sources["door"] = door(SECOND)
    with pytest.raises(CaseError, match=r"door can only be read again whole.*b\.jsonl"):
        again(case, first)
    assert (case.rows(SAID), case.verify()) == before
    assert list(case.paths.root.glob("staging")) == []


def test_sources_that_share_no_file_are_read_anew_apart(case: Any, entry: Entry) -> None:
    case.write("a.jsonl", [entry(1, who="ada")])
    other = entry(1)
    other["gate"] = other.pop("door")
    gate = case.write("g.jsonl", [other])
    case.ingest()
    case.sources["gate"] = parse(GATE + 'actor = "who"\n', "gate")
    assert [row.path for row in again(case, gate).replaced] == [str(gate)]
    assert case.column("SELECT count(*) AS n FROM events") == [2]
    assert case.verify().faults == ()


def test_a_mixed_file_brings_all_its_sources(case: Any, entry: Entry) -> None:
    other = {"gate": "x", "at": "2026-01-05T09:00:00Z", "id": "g1", "op": "shut"}
    mixed = case.write("m.jsonl", [entry(1), other, entry(2)])
    case.write("g.jsonl", [dict(other, id="g2")])
    case.ingest()
    with pytest.raises(CaseError, match="door, gate can only"):
        again(case, mixed)
    case.sources["gate"] = parse(GATE + 'actor = "who"\n', "gate")
    assert [(one.source, one.files) for one in case.ingest().outdated] == [("gate", 1)]
    assert again(case).outdated == []
    assert case.column("SELECT count(*) AS n FROM events") == [4]
    assert case.verify().faults == ()


def test_a_file_that_no_declaration_fits_any_more_is_not_lost(case: Any, entry: Entry) -> None:
    case.write("a.jsonl", [entry(1), entry(2)])
    case.ingest()
    before = case.rows(SAID), case.verify()
    del case.sources["door"]
    with pytest.raises(CaseError, match="gives 0 records instead of 2"):
        again(case)
    assert (case.rows(SAID), case.verify()) == before


def test_records_that_are_rejects_now_are_told(case: Any, entry: Entry) -> None:
    case.write("a.jsonl", [entry(1, till="2026-01-05T10:00:00Z"), entry(2)])
    case.ingest()
    case.sources["door"] = door(FIRST.replace('time = "at"', 'time = "till"'))
    report = again(case)
    assert any("2 of its records were events before, 1 are now" in one for one in report.warnings)
    assert case.column("SELECT count(*) AS n FROM rejects") == [1]


def test_members_of_an_archive_are_read_anew(case: Any, entry: Entry) -> None:
    packed = case.logs / "a.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("x.jsonl", json.dumps(entry(1, who="ada")))
        archive.writestr("y.jsonl", json.dumps(entry(2, who="ada")))
    case.ingest()
    case.sources["door"] = door(SECOND)
    assert again(case).outdated == []
    assert case.column("SELECT actor FROM events") == ["ada", "ada"]
    assert case.column("SELECT count(*) AS n FROM files") == [3]
    assert case.verify().faults == ()


def test_a_file_of_rejects_is_read_again_once_its_declaration_fits(case: Any, entry: Entry) -> None:
    case.sources["door"] = door(FIRST.replace('time = "at"', 'time = "when"'))
    case.write("a.jsonl", [entry(1), entry(2)])
    case.write("b.jsonl", [entry(1), entry(2)])
    assert case.ingest().files[0].rejected == 2
    assert case.ingest().replaced == []
    case.sources["door"] = door()
    report = case.ingest()
    assert [(row.status, row.stored, row.duplicate) for row in report.files] == [
        ("stored", 2, 0), ("repeated", 0, 2),
    ]  # fmt: skip
    assert (len(report.replaced), report.outdated) == (2, [])
    assert case.column("SELECT count(*) AS n FROM rejects") == [0]
    assert case.column("SELECT rejected FROM files") == [0, 0]
    assert case.verify().faults == ()


def test_a_file_of_rejects_is_read_again_once_another_source_fits(case: Any, entry: Entry) -> None:
    records = [{"door": "x", "at": "soon", "gate": "y", "since": 1767603600 + n} for n in range(3)]
    case.write("a.jsonl", records)
    assert case.ingest().files[0].rejected == 3
    text = GATE.replace('"gate", "at"', '"gate", "since"').replace('native_id = "id"\n', "")
    case.sources["gate"] = parse(
        text.replace('time = "at"', 'time = { path = "since", format = "epoch_s" }').replace(
            'required = ["gate", "since"]', 'required = ["gate", "since", "door"]'
        ),
        "gate",
    )
    [row] = case.ingest().files
    assert (row.source, row.stored) == ("gate", 3)
    assert case.column("SELECT count(*) AS n FROM rejects") == [0]
    assert case.verify().faults == ()


def test_files_that_a_new_declaration_would_take_are_told(case: Any, entry: Entry) -> None:
    for n in range(2):
        case.write(f"{n}.jsonl", [entry(n, colour="red")])
    case.ingest()
    before = case.rows(SAID)
    text = FIRST.replace('"door"', '"red_door"').replace('["red_door",', '["door", "colour",')
    case.sources["red_door"] = parse(text, "red_door")
    report = case.ingest()
    assert (report.outdated, report.replaced, case.rows(SAID)) == ([], [], before)
    [told] = report.warnings
    assert "0.jsonl, read as door before, would now be read as red_door" in told
    again(case)
    assert case.column("SELECT DISTINCT source FROM events") == ["red_door"]
    assert case.ingest().warnings == []
    assert case.verify().faults == ()


def test_a_case_from_before_declarations_were_kept_still_grows(case: Any, entry: Entry) -> None:
    case.write("a.jsonl", [entry(1)])
    catalog = Catalog(case.paths.catalog)
    for table in ("declarations", "replaced"):
        catalog.connection.execute(f"DROP TABLE {table}")
    catalog.close()
    case.paths.declarations.rmdir()
    assert case.verify().faults == ()
    assert case.rows("SELECT * FROM declarations") == []
    case.ingest()
    assert case.column("SELECT source FROM declarations") == ["door"]
    assert case.verify().faults == ()
    catalog = Catalog(case.paths.catalog)
    catalog.connection.execute("DELETE FROM declarations")
    catalog.close()
    report = case.ingest()
    assert (report.outdated, report.warnings) == ([], [])


def grow(case: Any, entry: Entry) -> Path:
    """A log that was read, and has since grown under its name."""
    numbers = [1, 2, 2, 3]
    path: Path = case.write("door.log", [entry(n, who="ada") for n in numbers])
    case.ingest()
    case.write("door.log", [entry(n, who="ada") for n in [*numbers, 4]])
    return path


def test_a_log_that_grew_is_read_anew(
    case: Any, entry: Entry, another: Callable[[str], Any]
) -> None:
    grow(case, entry)
    case.sources["door"] = door(SECOND)
    report = again(case)
    assert ([row.read for row in report.replaced], report.outdated) == ([4], [])
    new = fresh(case, another)
    assert case.rows(SAID) == new.rows(SAID)
    assert set(case.column("SELECT actor FROM events")) == {"ada"}
    assert (case.digest(), case.verify().faults) == (new.digest(), ())


def test_a_log_that_grew_and_was_ingested_meanwhile_is_read_anew(
    case: Any, entry: Entry, another: Callable[[str], Any]
) -> None:
    grow(case, entry)
    case.ingest()
    case.sources["door"] = door(SECOND)
    assert again(case).outdated == []
    new = fresh(case, another)
    assert (case.rows(SAID), case.digest()) == (new.rows(SAID), new.digest())


def test_a_log_that_was_rotated_is_read_anew(
    case: Any, entry: Entry, another: Callable[[str], Any]
) -> None:
    path = grow(case, entry)
    case.ingest()
    path.rename(case.logs / "door.log.1")
    case.write("door.log", [entry(n, who="eve") for n in range(5, 8)] + [b"{"])
    case.ingest()
    case.write("door.log", [entry(n, who="eve") for n in range(5, 8)] + [b"{", entry(9)])
    case.sources["door"] = door(SECOND)
    assert again(case).outdated == []
    new = fresh(case, another)
    assert (case.rows(SAID), case.digest()) == (new.rows(SAID), new.digest())
    assert case.column("SELECT count(*) FROM rejects") == [1]
    assert case.verify().faults == ()


def test_a_log_that_lost_records_is_not_read_anew(case: Any, entry: Entry) -> None:
    path = grow(case, entry)
    case.write("door.log", [entry(n, who="ada") for n in (2, 3, 4)])
    before = case.rows(SAID), case.verify()
    case.sources["door"] = door(SECOND)
    with pytest.raises(CaseError, match=r"door can only .* 1 file .*door\.log \(2 of 4\)") as told:
        again(case, path)
    assert "Give the files that hold them too" in (told.value.remedy or "")
    assert (case.rows(SAID), case.verify()) == before


def test_acts_of_equal_lines_are_not_lost_over_two_files(case: Any, entry: Entry) -> None:
    text = FIRST.replace('native_id = "id"', "").replace(
        "[event]", "[record]\nrepeats = true\n[event]"
    )
    case.sources["door"] = door(text)
    case.write("a.jsonl", [entry(1), entry(1)])
    case.ingest()
    case.write("a.jsonl", [entry(1), entry(2)])
    case.write("b.jsonl", [entry(1), entry(3)])
    case.sources["door"] = door(text + 'actor = "who"\n')
    with pytest.raises(CaseError, match=r"a\.jsonl \(1 of 2\)"):
        again(case)


def test_records_of_a_log_that_grew_which_are_rejects_now_are_told(case: Any, entry: Entry) -> None:
    case.write("a.jsonl", [entry(1, till="2026-01-05T10:00:00Z"), entry(2)])
    case.ingest()
    case.write("a.jsonl", [entry(1, till="2026-01-05T10:00:00Z"), entry(2), entry(3)])
    case.sources["door"] = door(FIRST.replace('time = "at"', 'time = "till"'))
    report = again(case)
    assert any("2 of its records were events before, 1 are now" in one for one in report.warnings)


def test_an_archive_that_grew_is_read_anew(
    case: Any, entry: Entry, another: Callable[[str], Any]
) -> None:
    for n in (1, 2):
        with zipfile.ZipFile(case.logs / "a.zip", "w") as archive:
            for member in range(n):
                archive.writestr(f"{member}.jsonl", json.dumps(entry(member, who="ada")))
        if n == 1:
            case.ingest()
    case.sources["door"] = door(SECOND)
    assert again(case).outdated == []
    new = fresh(case, another)
    assert (case.rows(SAID), case.digest()) == (new.rows(SAID), new.digest())


def test_new_files_of_a_known_source_may_be_given_to_a_rereading(case: Any, entry: Entry) -> None:
    case.write("a.jsonl", [entry(1)])
    case.ingest()
    report = again(case, case.write("b.jsonl", [entry(2)]))
    assert (report.replaced, case.column("SELECT count(*) FROM events")) == ([], [2])


@given(
    files=st.lists(st.lists(st.integers(0, 8), min_size=1, max_size=6), min_size=1, max_size=4),
    split=st.integers(0, 4),
)
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_however_files_overlap_reading_anew_is_as_reading_new(
    files: list[list[int]],
    split: int,
    make_bench: Callable[[Path], Any],
    tmp_path_factory: pytest.TempPathFactory,
    entry: Entry,
) -> None:
    folder = tmp_path_factory.mktemp("overlap")
    bench = make_bench(folder)
    bench.sources["door"] = door()
    paths = [
        bench.write(f"{n}.jsonl", [entry(one, who="ada") for one in numbers])
        for n, numbers in enumerate(files)
    ]
    if paths[:split]:
        bench.ingest(*paths[:split])
    bench.sources["door"] = door(SECOND)
    again(bench)
    new = type(bench)(folder, "fresh")
    new.sources = bench.sources
    new.ingest()
    assert bench.rows(SAID) == new.rows(SAID)
    assert bench.digest() == new.digest()
    assert bench.verify().faults == ()
