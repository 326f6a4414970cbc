"""Archives: each member a file of its own, nothing outside the case, nothing without bounds."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import json
import lzma
import os
import stat
import struct
import tarfile
import tempfile
import tracemalloc
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.evidence import archives, ingest, tars, zips
from forensics.evidence.archives import Archive
from forensics.evidence.inputs import Input
from forensics.evidence.store import Store
from forensics.sources import expansion
from forensics.sources.expansion import Allowance, Limits
from forensics.sources.opening import Opened

Entry = Callable[..., dict[str, Any]]
Lines = Callable[[Iterable[Any]], bytes]
REAL = Path(__file__).parents[2].parent / "shared" / "real_logs"
MIB = 1024 * 1024


def zipped(members: dict[str, bytes] | list[tuple[str, bytes]], **options: Any) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", options.pop("method", zipfile.ZIP_DEFLATED), **options) as out:
        for name, data in members.items() if isinstance(members, dict) else members:
            out.writestr(zipfile.ZipInfo(name, (2026, 1, 5, 9, 0, 0)), data, out.compression)
    return made.getvalue()


def tarred(members: dict[str, bytes] | list[tuple[str, bytes]], form: int = tarfile.PAX_FORMAT,
           links: Iterable[tarfile.TarInfo] = ()) -> bytes:  # fmt: skip
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=form) as out:
        for name, data in members.items() if isinstance(members, dict) else members:
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(data), 1_767_603_600
            out.addfile(info, io.BytesIO(data))
        for info in links:
            out.addfile(info)
    return made.getvalue()


PACKS: dict[str, Callable[[dict[str, bytes]], bytes]] = {
    "stored.zip": lambda m: zipped(m, method=zipfile.ZIP_STORED),
    "deflated.zip": zipped,
    "bz2.zip": lambda m: zipped(m, method=zipfile.ZIP_BZIP2),
    "lzma.zip": lambda m: zipped(m, method=zipfile.ZIP_LZMA),
    "zip.gz": lambda m: gzip.compress(zipped(m)),
    "pax.tar": tarred,
    "gnu.tar": lambda m: tarred(m, tarfile.GNU_FORMAT),
    "ustar.tar": lambda m: tarred(m, tarfile.USTAR_FORMAT),
    "tar.gz": lambda m: gzip.compress(tarred(m)),
    "tar.bz2": lambda m: bz2.compress(tarred(m)),
    "tar.xz": lambda m: lzma.compress(tarred(m)),
    "tar.zst": lambda m: zstandard.compress(tarred(m)),
}


def statuses(report: Any) -> dict[str, str]:
    return {row.path.partition("!/")[2] or Path(row.path).name: row.status for row in report.files}


def notes(report: Any) -> dict[str, str]:
    return {row.path.partition("!/")[2] or Path(row.path).name: row.note for row in report.files}


def again(bench: Any, *names: Path, **limits: int) -> Any:
    return ingest.ingest(
        bench.paths, [*map(str, names)], bench.sources, tool="test 1", limits=Limits(**limits)
    )


def standing(bench: Any) -> list[tuple[str, str]]:
    store = Store(bench.paths)
    store.close()
    return [(Path(row.path).name, row.status) for row in store.files]


@pytest.fixture
def members(entry: Entry, lines: Lines) -> dict[str, bytes]:
    return {
        "AWS/acct-1/a.jsonl": lines(entry(n) for n in range(5)),
        "AWS/acct-1/b.jsonl.gz": gzip.compress(lines(entry(n) for n in range(5, 9)), mtime=0),
        "c d/é.jsonl": lines([*(entry(n) for n in range(7, 12)), b"{broken"]),
    }


@pytest.mark.parametrize("kind", PACKS)
def test_an_archive_holds_what_its_members_hold(
    bench: Any, another: Any, members: dict[str, bytes], kind: str
) -> None:
    path = bench.write(f"logs.{kind}", PACKS[kind](members))
    report = bench.ingest(path)
    assert [row.status for row in report.files] == ["archive", "stored", "stored", "stored"]
    assert [row.path for row in report.files] == [
        str(path), *(f"{path}!/{name}" for name in members)
    ]  # fmt: skip
    digests = [hashlib.sha256(one).hexdigest() for one in (path.read_bytes(), *members.values())]
    assert [row.sha256 for row in report.files] == digests
    assert [row.size for row in report.files[1:]] == [len(one) for one in members.values()]
    assert report.files[0].note == "3 members"
    assert sum(row.read for row in report.files) == 15
    path.unlink()
    for name, data in members.items():
        bench.write(name, data)
    folder = another("folder")
    folder.ingest()
    asked = "SELECT event_uid, raw FROM events UNION ALL SELECT event_uid, raw FROM duplicates"
    assert bench.rows(f"{asked} ORDER BY ALL") == folder.rows(f"{asked} ORDER BY ALL")
    assert bench.column("SELECT bytes FROM rejects") == [b"{broken"]
    assert bench.verify().faults == ()


def test_archives_within_archives_are_read_to_a_depth(
    bench: Any, entry: Entry, lines: Lines
) -> None:
    data, kinds = lines([entry(1)]), [zipped, lambda m: gzip.compress(tarred(m))]
    for depth in range(archives._DEEPEST + 1):
        name = "a.jsonl" if not depth else f"in{depth}"
        data = kinds[depth % 2]({name: data, f"at{depth}.jsonl": lines([entry(10 + depth)])})
    report = bench.ingest(bench.write("deep.zip", data))
    assert sum(row.stored for row in report.files) == archives._DEEPEST
    (refused,) = report.incomplete
    assert (refused.status, refused.path.count("!/")) == ("unreadable", archives._DEEPEST)
    assert "depth" in refused.note
    assert bench.verify().faults == ()


def test_a_known_archive_is_hashed_and_not_expanded(
    bench: Any, members: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    members["people.csv"] = b"Worker,Provider,ContractEnd\n"
    inner = zipped({"in.jsonl": members["AWS/acct-1/a.jsonl"].replace(b"north", b"south")})
    path = bench.write("logs.tar.gz", gzip.compress(tarred({**members, "in.zip": inner})))
    first = bench.ingest(path)
    assert [one.kind for one in first.context] == ["contractors"]
    before = bench.digest()
    monkeypatch.setattr(Archive, "members", None)
    report = bench.ingest(path)
    assert statuses(report) == dict.fromkeys(statuses(first), "repeated")
    assert [one.name for one in report.context] == [one.name for one in first.context]
    assert sorted(row.file_id for row in report.files) == [1, 2, 3, 4, 5, 6]
    assert bench.digest() == before
    copy = bench.write("copy.tar.gz", path.read_bytes())
    report = bench.ingest(copy)
    assert {row.path for row in report.files} == {
        row.path.replace("logs.", "copy.") for row in first.files
    }
    assert sum(row.duplicate for row in report.files) == sum(row.read - row.rejected
                                                             for row in first.files)  # fmt: skip
    assert len(standing(bench)) == 2 * len(first.files)
    assert bench.verify().faults == ()


def test_two_copies_in_one_ingest_are_stored_once(bench: Any, members: dict[str, bytes]) -> None:
    for name in ("a.zip", "b.zip"):
        bench.write(name, zipped(members))
    report = bench.ingest()
    assert sum(row.stored for row in report.files) == 12
    assert [row.status for row in report.files[4:]] == ["repeated"] * 4
    assert bench.verify().faults == ()


def test_what_was_not_read_is_tried_again(bench: Any, entry: Entry, lines: Lines) -> None:
    path = bench.write("a.zip", zipped({"a.jsonl": lines([entry(1)]), "b.jsonl": b'{"gate":1}\n'}))
    known = bench.sources.pop("door")
    report = bench.ingest(path)
    assert notes(report)["a.zip"] == "2 members, 2 not read"
    bench.sources["door"] = known
    report = bench.ingest(path)
    assert statuses(report) == {"a.zip": "archive", "a.jsonl": "stored", "b.jsonl": "unrecognised"}
    assert bench.ingest(path).files[1].status == "repeated"
    # What was told before no longer stands.
    assert sorted(standing(bench)) == [
        ("a.jsonl", "stored"), ("a.zip", "archive"), ("b.jsonl", "unrecognised")
    ]  # fmt: skip
    assert notes(report)["a.zip"] == "2 members, 1 not read"
    assert bench.verify().faults == ()


def test_another_archive_of_the_same_name_adds_its_own(
    bench: Any, entry: Entry, lines: Lines
) -> None:
    for turn in (1, 2, 1, 2):
        path = bench.write("a.zip", zipped({"a.jsonl": lines(entry(n) for n in range(turn))}))
        report = bench.ingest(path)
        assert [row.read for row in report.files] == [0, turn]
    assert bench.column("SELECT count(*) FROM events") == [2]
    assert [row.status for row in report.files] == ["archive", "repeated"]
    assert bench.verify().faults == ()


def link(name: str, kind: bytes, target: str = "/etc/passwd") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def test_links_and_devices_are_named_and_never_made(bench: Any, entry: Entry, lines: Lines) -> None:
    links = [
        link("soft.jsonl", tarfile.SYMTYPE), link("../hard.jsonl", tarfile.LNKTYPE, "a.jsonl"),
        link("dev/null", tarfile.CHRTYPE), link("disk", tarfile.BLKTYPE),
        link("pipe", tarfile.FIFOTYPE), link("folder", tarfile.DIRTYPE),
    ]  # fmt: skip
    data = {"a.jsonl": lines([entry(1)])}
    soft = zipfile.ZipInfo("soft.jsonl")
    soft.create_system, soft.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    made = io.BytesIO(zipped(data))
    with zipfile.ZipFile(made, "a") as out:
        out.writestr(soft, "/etc/passwd")
        out.writestr("folder/", "")
    bench.write("a.tar", tarred(data, links=links))
    bench.write("b.zip", made.getvalue())
    report = bench.ingest()
    told = {row.path.partition("!/")[2]: row.note for row in report.files if "not" in row.status}
    assert set(told) == {"soft.jsonl", "../hard.jsonl", "dev/null", "disk", "pipe"}
    assert [told["dev/null"], told["pipe"]] == ["a device", "a named pipe"]
    assert "link" in told["soft.jsonl"]
    assert "link" in told["../hard.jsonl"]
    assert report.incomplete == []
    assert sorted(one.name for one in bench.root.parent.iterdir()) == ["case", "logs"]


NAMES = st.one_of(
    st.sampled_from([
        "../../etc/x.jsonl", "/etc/x.jsonl", "C:\\x.jsonl", "..\\..\\x.jsonl", "a/../../x.jsonl",
        "", ".", "..", "x" * 3000, "a\x00b.jsonl", "\x1b[31m.jsonl", "\u202egnp.jsonl", "-", "a!/b",
        "con.jsonl", "a.jsonl", "a.jsonl#2", "~/.ssh/x", "//host/share", "x.csv", "é" * 90,
    ]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
)  # fmt: skip


def door(number: int) -> bytes:
    record = {"door": "x", "id": str(number), "at": f"2026-01-05T09:00:{number:02}Z", "op": "o"}
    return json.dumps(record).encode() + b"\n"


@pytest.mark.filterwarnings("ignore:Duplicate name")
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(names=st.lists(NAMES, max_size=6), form=st.sampled_from(["zip", "pax", "gnu"]))
def test_no_name_leads_out_and_no_member_is_lost(
    make_bench: Callable[[Path], Any], names: list[str], form: str
) -> None:
    named = [(name, door(number)) for number, name in enumerate(names)]
    pack = {
        "zip": zipped,
        "pax": tarred,
        "gnu": lambda m: tarred(m, tarfile.GNU_FORMAT),
    }[form]
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.fsync", lambda _: None)
        bench = make_bench(Path(folder))
        bench.write("a.bin", pack(named))
        report = bench.ingest()
        made = {str(one.relative_to(folder)) for one in Path(folder).rglob("*")}
        assert not bench.paths.staging.exists()
        assert {one.split("/")[0] for one in made} == {"logs", "case"}
        assert {one for one in made if one.startswith("logs/")} == {"logs/a.bin"}
        whole, *rest = report.files
        # A name of a slash at its end is a folder's, to a tar.
        folders = sum(name.rstrip("\x00").endswith("/") for name in names) if form != "zip" else 0
        assert len(rest) + len(report.beside) >= len(names) - folders
        assert len({row.path for row in [*rest, *report.beside]}) == len(rest) + len(report.beside)
        stored = sum(row.stored for row in rest)
        assert stored + len(report.beside) + folders >= len(names)
        assert whole.read == 0
        assert bench.column("SELECT count(*) FROM events") == [stored]
        assert bench.verify().faults == ()


def test_members_of_one_name_are_told_apart(bench: Any, entry: Entry, lines: Lines) -> None:
    twice = [("a.jsonl", lines([entry(1)])), ("a.jsonl", lines([entry(2)]))]
    with pytest.warns(UserWarning, match="Duplicate name"):
        bench.write("a.zip", zipped(twice))
    bench.write("b.tar", tarred([*twice, *twice[:1]]))
    report = bench.ingest()
    assert [row.path.partition("!/")[2] for row in report.files] == [
        "", "a.jsonl", "a.jsonl#2", "", "a.jsonl", "a.jsonl#2", "a.jsonl#3",
    ]  # fmt: skip
    assert bench.column("SELECT count(*) FROM events") == [2]


def test_what_lies_beside_logs_is_passed_over_and_named(
    bench: Any, entry: Entry, lines: Lines
) -> None:
    beside = [".DS_Store", "README.md", "__MACOSX/._a.jsonl", "a/.hidden/x.jsonl", "t/_SUCCESS",
              "t/manifest.json", "t_$folder$"]  # fmt: skip
    data = {"t/a.jsonl": lines([entry(1)]), **dict.fromkeys(beside, b"{}")}
    for path in (bench.write("a.zip", zipped(data)), bench.write("a.tar", tarred(data))):
        report = bench.ingest(path)
        assert sorted(one.path.partition("!/")[2] for one in report.beside) == sorted(beside)
        assert notes(report)[path.name] == "8 members, 7 passed over as no logs"
        assert report.incomplete == []


def test_a_tree_of_an_object_store_is_read(bench: Any, entry: Entry, lines: Lines) -> None:
    """As CloudTrail, Firehose and Security Lake lay out what they deliver."""
    trees = [
        "AWSLogs/o-1/123456789012/CloudTrail/eu-west-1/2026/01/05/1_CloudTrail_x.json.gz",
        "firehose/2026/01/05/09/stream-1-2026-01-05-09-00-00-uuid",
        "aws/S3/region=eu-west-1/accountId=123456789012/eventDay=20260105/x.gz",
    ]
    for number, name in enumerate(trees):
        bench.write(name, gzip.compress(lines([entry(number)])))
        bench.write(str(Path(name).with_name("_SUCCESS")), b"")
    bench.write("AWSLogs/manifest.json", b'{"files": []}')
    report = bench.ingest()
    assert [row.status for row in report.files] == ["stored"] * 3
    assert len(report.beside) == 4
    assert report.incomplete == []


# --- bounds ---------------------------------------------------------------------------------


def sparse(name: str, size: int, data: bytes) -> bytes:
    info = tarfile.TarInfo(f"./GNUSparseFile.0/{name}")
    info.size = len(data)
    info.pax_headers = {"GNU.sparse.map": f"0,{len(data)}", "GNU.sparse.size": str(size),
                        "GNU.sparse.name": name}  # fmt: skip
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.PAX_FORMAT) as out:
        out.addfile(info, io.BytesIO(data))
    return made.getvalue()


ZEROS = bytes(40 * MIB)
BOMBS: dict[str, Callable[[bytes], bytes]] = {
    "zip": lambda one: zipped({"a.jsonl": one, "b.jsonl": ZEROS}),
    "bz2.zip": lambda one: zipped({"a.jsonl": one, "b.jsonl": ZEROS}, method=zipfile.ZIP_BZIP2),
    "lzma.zip": lambda one: zipped({"a.jsonl": one, "b.jsonl": ZEROS}, method=zipfile.ZIP_LZMA),
    "tar.gz": lambda one: gzip.compress(tarred({"a.jsonl": one, "b.jsonl": ZEROS})),
    "tar.zst": lambda one: zstandard.compress(tarred({"a.jsonl": one, "b.jsonl": ZEROS})),
    "tar.xz": lambda one: lzma.compress(tarred({"a.jsonl": one, "b.jsonl": ZEROS})),
    "sparse.tar": lambda one: tarred({"a.jsonl": one}) + sparse("b", 2**40, b"{}\n"),
    "nested.zip": lambda one: zipped(
        {"a.jsonl": one, "b.zip": zipped({f"{n}": gzip.compress(ZEROS) for n in range(40)})}
    ),
    "jsonl.gz": lambda one: gzip.compress(one + ZEROS),
    "jsonl.bz2": lambda one: bz2.compress(one + ZEROS),
    "jsonl.xz": lambda one: lzma.compress(one + ZEROS),
    "jsonl.zst": lambda one: zstandard.compress(one + ZEROS),
}


@pytest.mark.parametrize("kind", BOMBS)
def test_a_bomb_is_told_and_costs_neither_memory_nor_disk(
    bench: Any, entry: Entry, lines: Lines, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Enough of a log that its own size does not count as small.
    sound = lines(entry(n) for n in range(20))
    path = bench.write(f"bomb.{kind}", BOMBS[kind](sound))
    spent: list[int] = []
    spend = Allowance.spend
    monkeypatch.setattr(Allowance, "spend", lambda s, n: (spent.append(n), spend(s, n))[1])
    bench.ingest(bench.write("warm.jsonl", sound))
    tracemalloc.start()
    try:
        report = bench.ingest(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 64 * MIB
    assert sum(spent) < max(20 * MIB, 3 * 200 * path.stat().st_size)
    assert any("expands beyond 200:1; raise --max-ratio" in (row.note or "")
               for row in report.incomplete)  # fmt: skip
    # What was read until then is kept.
    assert sum(row.read - row.rejected for row in report.files) >= 20
    assert bench.verify().faults == ()


def test_what_follows_a_refused_member_is_read(bench: Any, entry: Entry, lines: Lines) -> None:
    after = {f"{n}.jsonl": lines([entry(n)]) for n in range(3)}
    report = bench.ingest(bench.write("a.zip", zipped({"-bomb.jsonl": ZEROS, **after})))
    assert statuses(report) == {
        "a.zip": "archive", "-bomb.jsonl": "unreadable", **dict.fromkeys(after, "stored")
    }  # fmt: skip
    assert notes(report)["a.zip"] == "4 members, 1 not read"
    assert bench.verify().faults == ()


def test_members_beyond_the_limit_of_the_whole_are_each_named(
    bench: Any, entry: Entry, lines: Lines
) -> None:
    # Each may expand to a mebibyte whatever its ratio; all of them together may not.
    blank = {f"{n}.jsonl": lines([entry(n)]) + b"\n" * 900_000 for n in range(9)}
    report = bench.ingest(bench.write("a.zip", zipped(blank)))
    found = statuses(report)
    assert {*found} == {"a.zip", *blank}
    left = [one for one in blank if found[one] == "unreadable"]
    assert 0 < len(left) < 9
    assert all("raise --max-ratio" in notes(report)[one] for one in left)
    assert notes(report)["a.zip"].startswith(f"9 members, {len(left)} not read, damaged")


def test_a_raised_limit_reads_on_in_the_same_case(bench: Any, entry: Entry, lines: Lines) -> None:
    """Sound logs may compress beyond any ratio; whoever raises it gets the rest, told once."""
    text = lines(entry(n % 3000) for n in range(30_000))
    plain = bench.write("a.jsonl.zst", zstandard.compress(text, 19))
    assert len(text) > 40 * plain.stat().st_size
    archive = bench.write("b.tar.zst", zstandard.compress(tarred({"b.jsonl": text}), 19))
    first = again(bench, plain, archive, ratio=20)
    assert {row.status for row in first.files} == {"damaged", "unreadable"}
    digest = bench.digest()
    assert {row.status for row in again(bench, plain, archive, ratio=20).files} == {
        "damaged", "unreadable"
    }  # fmt: skip
    assert bench.digest() == digest
    report = again(bench, plain, archive, ratio=5000)
    assert statuses(report) == {"a.jsonl.zst": "stored", "b.tar.zst": "archive",
                                "b.jsonl": "stored"}  # fmt: skip
    assert [row.read for row in report.files] == [30_000, 0, 30_000]
    assert bench.column("SELECT count(*) FROM events") == [3000]
    assert {status for _, status in standing(bench)} == {"stored", "archive"}
    assert bench.verify().faults == ()
    digest = bench.digest()
    for ratio in (5000, 20):
        third = again(bench, plain, archive, ratio=ratio)
        assert {row.status for row in third.files} == {"repeated"}
        assert bench.digest() == digest
    assert bench.verify().faults == ()


def test_bytes_are_bounded_whatever_the_ratio(
    bench: Any, entry: Entry, lines: Lines, members: dict[str, bytes]
) -> None:
    text = lines(entry(n, x=os.urandom(30).hex()) for n in range(20_000))
    packed = zipped({"0.jsonl": lines([entry(1)]), "b.jsonl": text})
    paths = bench.write("a.jsonl.gz", gzip.compress(text)), bench.write("b.zip", packed)
    report = again(bench, *paths, size=MIB)
    assert statuses(report) == {"a.jsonl.gz": "damaged", "b.zip": "damaged", "0.jsonl": "stored",
                                "b.jsonl": "unreadable"}  # fmt: skip
    assert all("raise --max-bytes" in row.note for row in report.incomplete)
    assert 0 < report.files[0].stored < 20_000
    assert bench.verify().faults == ()


def test_a_small_member_may_expand_as_it_likes(bench: Any, entry: Entry, lines: Lines) -> None:
    blank = lines([entry(1)]) + b"\n" * 900_000
    report = bench.ingest(bench.write("a.zip", zipped({"a.jsonl": blank})),
                          bench.write("a.jsonl.gz", gzip.compress(blank)))  # fmt: skip
    assert report.incomplete == []


def test_an_allowance_counts_in_all_that_holds_it() -> None:
    outer = Allowance(Limits(ratio=2), MIB)
    first, second = (Allowance(Limits(ratio=2), MIB, outer) for _ in range(2))
    first.spend(MIB)
    second.spend(MIB)
    with pytest.raises(expansion.ExpansionError, match="2:1"):
        second.spend(1)
    assert outer.exceeded
    assert first.exceeded


def unpacked(path: Path, folder: Path) -> tuple[list[tuple[str, int]], Archive]:
    """The members an archive gives, and how long each copy is."""
    with Opened(path) as opened:
        archive = Archive(Input(path, "x", asked_for=True), path, opened, folder)
        found = []
        for one in archive.members():
            assert len([*folder.iterdir()]) == (one.path is not None)
            found.append((one.label, one.path.stat().st_size if one.path else -1))
    assert [*folder.iterdir()] == []
    return found, archive


def test_one_copy_lies_on_disk_at_a_time(tmp_path: Path) -> None:
    path, folder = tmp_path / "a.zip", tmp_path / "staging"
    folder.mkdir()
    path.write_bytes(zipped({f"{n}.csv": b"x" * n for n in range(20)}))
    found, archive = unpacked(path, folder)
    assert found[:3] == [("x!/0.csv", 0), ("x!/1.csv", 1), ("x!/10.csv", 10)]
    assert (archive.count, archive.status) == (20, "archive")


def test_copies_are_of_the_day_their_members_were_written(tmp_path: Path) -> None:
    for name, data in (("a.zip", zipped({"a": b"1"})), ("b.tar", tarred({"a": b"1"}))):
        path = tmp_path / name
        path.write_bytes(data)
        with Opened(path) as opened:
            archive = Archive(Input(path, "x", asked_for=True), path, opened, tmp_path)
            (written,) = [one.path.stat().st_mtime for one in archive.members() if one.path]
        assert written == 1_767_603_600


# --- what is broken -------------------------------------------------------------------------


def test_encrypted_members_are_named_and_the_others_read(
    bench: Any, entry: Entry, lines: Lines
) -> None:
    data = bytearray(zipped({"a.jsonl": lines([entry(1)]), "b.jsonl": lines([entry(2)])}))
    second = data.index(b"PK\x03\x04", 4)
    directory = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 4)
    data[second + 6] |= 1
    data[directory + 8] |= 1
    report = bench.ingest(bench.write("a.zip", bytes(data)))
    assert statuses(report) == {"a.zip": "archive", "a.jsonl": "stored", "b.jsonl": "unreadable"}
    assert "encrypted" in notes(report)["b.jsonl"]
    assert [row.path for row in report.incomplete] == [f"{bench.logs}/a.zip!/b.jsonl"]


@pytest.mark.parametrize(("method", "told"), [(9, "Deflate64"), (98, "PPMd"), (77, "method 77")])
def test_unknown_compressions_are_named(
    bench: Any, entry: Entry, lines: Lines, method: int, told: str
) -> None:
    data = bytearray(zipped({"a.jsonl": lines([entry(1)])}))
    struct.pack_into("<H", data, 8, method)
    struct.pack_into("<H", data, data.index(b"PK\x01\x02") + 10, method)
    report = bench.ingest(bench.write("a.zip", bytes(data)))
    assert f"compressed by {told}" in notes(report)["a.jsonl"]


@pytest.mark.parametrize(
    ("name", "told"),
    [("[Content_Types].xml", "Office"), ("META-INF/MANIFEST.MF", "Java")],
)
def test_documents_laid_out_as_zips_are_no_archives(bench: Any, name: str, told: str) -> None:
    report = bench.ingest(bench.write("a.xlsx", zipped({name: b"<x/>", "b.xml": b"<y/>"})))
    (row,) = report.files
    assert row.status == "unrecognised"
    assert told in row.note
    assert row.sha256 == hashlib.sha256((bench.logs / "a.xlsx").read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("sign", "told"), [(b"7z\xbc\xaf\x27\x1c\0\4", "7-Zip"), (b"Rar!\x1a\x07\1\0", "RAR")]
)
def test_archives_that_are_not_read_are_named(bench: Any, sign: bytes, told: str) -> None:
    report = bench.ingest(bench.write("a.bin", sign + bytes(range(256))))
    (row,) = report.files
    assert row.status == "unrecognised"
    assert told in row.note


def test_an_archive_without_members_is_empty(bench: Any) -> None:
    folders = tarred({}, links=[link("only", tarfile.DIRTYPE)])
    for name, data in (("a.zip", zipped({})), ("b.tar", folders)):
        report = bench.ingest(bench.write(name, data))
        assert [(row.status, row.note) for row in report.files] == [
            ("empty", "it holds no members")
        ]


def streamed(members: dict[str, bytes]) -> bytes:
    """A zip written to a pipe: lengths follow the data of each member."""

    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.data = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data: Any) -> int:
            self.data += data
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in members.items():
            out.writestr(name, data)
    return bytes(pipe.data)


def wide(members: dict[str, bytes]) -> bytes:
    """A zip whose lengths are told in 64 bits."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in members.items():
            with out.open(name, "w", force_zip64=True) as there:
                there.write(data)
    return made.getvalue()


@pytest.mark.parametrize("pack", [zipped, streamed, wide])
def test_members_are_found_without_a_directory(
    bench: Any, members: dict[str, bytes], pack: Callable[[dict[str, bytes]], bytes]
) -> None:
    whole = pack(members)
    assert statuses(bench.ingest(bench.write("a.zip", whole)))["c d/é.jsonl"] == "stored"
    cut = whole[: whole.index(b"PK\x01\x02")]
    report = bench.ingest(bench.write("b.zip", cut))
    assert [row.status for row in report.files] == ["damaged", *["repeated"] * 3]
    assert "its directory cannot be read" in report.files[0].note
    assert [row.path.partition("!/")[2] for row in report.files[1:]] == [*members]
    assert bench.verify().faults == ()


@pytest.mark.parametrize("kind", ["deflated.zip", "stored.zip", "pax.tar", "tar.gz", "tar.zst"])
def test_of_an_archive_cut_short_what_is_there_is_read(
    make_bench: Callable[[Path], Any], entry: Entry, lines: Lines, tmp_path: Path, kind: str
) -> None:
    text = {f"{n}.jsonl": lines(entry(400 * n + m, x=os.urandom(99).hex()) for m in range(400))
            for n in range(4)}  # fmt: skip
    whole = PACKS[kind](text)
    found = []
    for part in (0.3, 0.5, 0.7):
        folder = tmp_path / str(part)
        folder.mkdir()
        bench = make_bench(folder)
        report = bench.ingest(bench.write("a.bin", whole[: int(len(whole) * part)]))
        assert report.files[0].status == "damaged"
        assert all(row.read == row.stored + row.duplicate + row.rejected for row in report.files)
        assert bench.verify().faults == ()
        found.append(bench.column("SELECT count(*) FROM events")[0])
    assert 0 < found[0] <= found[1] <= found[2] <= 1600
    assert found[2] > max(found[0], 400)


def test_a_broken_header_in_a_tar_does_not_hide_what_follows(
    bench: Any, entry: Entry, lines: Lines
) -> None:
    data = bytearray(tarred({f"{n}.jsonl": lines([entry(n)]) for n in range(4)}))
    data[1024 : 1024 + 8] = b"\xff" * 8
    report = bench.ingest(bench.write("a.tar", bytes(data)))
    assert statuses(report) == {
        "a.tar": "damaged", "0.jsonl": "stored", "2.jsonl": "stored", "3.jsonl": "stored"
    }  # fmt: skip
    assert "header is broken" in report.files[0].note


def test_a_wrong_checksum_is_told_and_the_bytes_are_kept(
    bench: Any, entry: Entry, lines: Lines
) -> None:
    data = bytearray(zipped({"a.jsonl": lines([entry(1)])}, method=zipfile.ZIP_STORED))
    place = data.index(b"north")
    data[place : place + 5] = b"south"
    report = bench.ingest(bench.write("a.zip", bytes(data)))
    assert (report.files[1].status, report.files[1].stored) == ("damaged", 1)
    assert "checksum" in report.files[1].note


def test_joined_tars_are_read_to_the_end(bench: Any, entry: Entry, lines: Lines) -> None:
    parts = [tarred({f"{n}.jsonl": lines([entry(n)])}) for n in range(3)]
    bench.write("a.tar", b"".join(parts))
    bench.write("b.tar.gz", b"".join(map(gzip.compress, parts)))
    report = bench.ingest()
    assert [row.status for row in report.files] == [
        "archive", *["stored"] * 3, "archive", *["repeated"] * 3
    ]  # fmt: skip


def test_volumes_of_a_split_zip_are_told(bench: Any, entry: Entry, lines: Lines) -> None:
    whole = zipped({"a.jsonl": lines([entry(1)]), "b.jsonl": lines([entry(2)])})
    first = b"PK\x07\x08" + whole[: whole.index(b"PK\x03\x04", 4) + 40]
    report = bench.ingest(bench.write("a.z01", first))
    assert statuses(report) == {"a.z01": "damaged", "a.jsonl": "stored", "b.jsonl": "damaged"}
    last = bytearray(whole)
    struct.pack_into("<H", last, last.index(b"PK\x01\x02") + 34, 1)
    report = bench.ingest(bench.write("b.zip", bytes(last)))
    assert "another volume" in notes(report)["a.jsonl"]


def test_files_with_holes_are_whole(bench: Any, entry: Entry, lines: Lines) -> None:
    text = lines([entry(1, x="y" * 600)])
    report = bench.ingest(bench.write("a.tar", sparse("a.jsonl", len(text) + 3000, text)))
    assert report.files[1].path.endswith("!/a.jsonl")
    assert report.files[1].size == len(text) + 3000
    assert report.files[1].stored == 1


def test_a_header_without_end_is_no_way_to_fill_memory(tmp_path: Path) -> None:
    info = tarfile.TarInfo("././@PaxHeader")
    info.type, info.size = tarfile.XHDTYPE, 2**32
    path, folder = tmp_path / "a.tar", tmp_path / "staging"
    folder.mkdir()
    path.write_bytes(info.tobuf(tarfile.USTAR_FORMAT) + tarred({"a.jsonl": b"{}"}))
    found, archive = unpacked(path, folder)
    assert found == [("x!/a.jsonl", 2)]
    assert archive.status == "damaged"
    assert f"longer than {tars._HEADERS}" in archive.note(0)


def test_a_directory_too_long_to_hold_is_not_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zips, "_DIRECTORY", 1000)
    path, folder = tmp_path / "a.zip", tmp_path / "staging"
    folder.mkdir()
    path.write_bytes(zipped({f"{n}.csv": b"x" for n in range(100)}))
    found, archive = unpacked(path, folder)
    assert len(found) == 100
    assert "longer than 1000 bytes" in archive.note(0)


def test_a_member_said_to_lie_beyond_all_files_is_damaged(tmp_path: Path) -> None:
    path, folder = tmp_path / "a.zip", tmp_path / "staging"
    folder.mkdir()
    data = bytearray(zipped({"a.jsonl": b"{}"}))
    entry_at = data.index(b"PK\x01\x02")
    struct.pack_into("<H", data, entry_at + 30, 12)
    struct.pack_into("<L", data, entry_at + 42, 0xFFFFFFFF)
    name_end = entry_at + 46 + len("a.jsonl")
    data[name_end:name_end] = struct.pack("<HHQ", 1, 8, 2**64 - 1)
    end = data.index(b"PK\x05\x06")
    struct.pack_into("<L", data, end + 12, end - entry_at)
    path.write_bytes(data)
    found, archive = unpacked(path, folder)
    assert found == [("x!/a.jsonl", 0)]
    assert archive.status == "archive"


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    kind=st.sampled_from(["deflated.zip", "bz2.zip", "lzma.zip", "pax.tar", "gnu.tar", "tar.gz"]),
    changes=st.lists(st.tuples(st.integers(0, 10_000), st.binary(min_size=1, max_size=8)),
                     min_size=1, max_size=4),
)  # fmt: skip
def test_no_mutation_breaks_the_readers(kind: str, changes: list[tuple[int, bytes]]) -> None:
    data = bytearray(PACKS[kind]({"a.jsonl": door(1) * 3, "b/c.jsonl": door(2)}))
    for place, value in changes:
        at = 4 + place % (len(data) - 4)
        data[at : at + len(value)] = value
    with tempfile.TemporaryDirectory() as folder:
        path, staging = Path(folder, "a"), Path(folder, "staging")
        staging.mkdir()
        path.write_bytes(data)
        found, archive = unpacked(path, staging)
        assert archive.count == len(found)
        assert archive.note(0)
        assert all(size < 2 * MIB for _, size in found)


@pytest.mark.skipif(not REAL.is_dir(), reason="the shared records are not here")
def test_real_archives_are_read_or_refused_with_a_reason(bench: Any) -> None:
    found = sorted(one for one in REAL.rglob("*") if one.suffix.lower() == ".zip")
    report = bench.ingest(*found)
    assert sum(row.status == "archive" for row in report.files) == len(found) == 8
    assert sum(row.read for row in report.files) > 0
    assert all(row.note for row in report.incomplete)
    assert bench.verify().faults == ()
