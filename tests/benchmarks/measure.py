"""What the project costs, each figure beside that of something known, in the same minute.

Everything runs in processes of its own, turn by turn, because on a shared machine only ratios
compare. CPU seconds are those of a process and all its children, start-up included; peaks are the
largest resident size among them.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
MEBIBYTE = 1024 * 1024
# Published rules that lie beside the project.
RULES = ROOT.parent / "shared" / "sigma_rules" / "rules" / "cloud" / "aws"

# One actor and one hour, straight from the segments: the least that `timeline` has to do.
BARE_TIMELINE = """
import duckdb, sys
folder, actor, since, until = sys.argv[1:]
rows = duckdb.execute(
    "SELECT * EXCLUDE (raw) REPLACE (time::VARCHAR AS time, logged_time::VARCHAR AS logged_time)"
    " FROM read_parquet($files) WHERE actor = $actor"
    " AND time >= $since::TIMESTAMPTZ AND time < $until::TIMESTAMPTZ ORDER BY time",
    {"files": folder + "/events-*.parquet", "actor": actor, "since": since, "until": until},
).fetchall()
print(*rows, sep="\\n")
"""

# The least that a second ingest has to do: to hash, in a process that could query the case.
HASHED = """
import hashlib, pathlib, sys
import duckdb, msgspec, pyarrow
for path in sorted(pathlib.Path(sys.argv[1]).rglob("*.gz")):
    with path.open("rb") as stream:
        hashlib.file_digest(stream, "sha256")
"""


@dataclass(frozen=True)
class Run:
    """What one command cost (CPU and wall seconds, peak resident bytes) and how much it printed."""

    cpu: float
    wall: float
    peak: int
    lines: int


def run(*command: str | Path) -> Run:
    """Run a Python command to its end; raises `RuntimeError` when it fails."""
    start = time.perf_counter()
    with tempfile.TemporaryFile() as printed, tempfile.TemporaryFile() as complaints:
        # Only wait4 tells the resources of this one child and of its own children.
        child = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, stdout=printed, stderr=complaints, env=_plain()
        )
        _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        complaints.seek(0)
        if child.returncode:
            said = complaints.read().decode(errors="replace")
            raise RuntimeError(f"{' '.join(map(str, command))} failed: {said}")
        printed.seek(0)
        lines = sum(1 for _ in printed)
    return Run(used.ru_utime + used.ru_stime, wall, used.ru_maxrss * 1024, lines)


def _plain() -> dict[str, str]:
    """This environment, without what would make the project use another case or catalog."""
    return {name: value for name, value in os.environ.items() if not name.startswith("FORENSICS_")}


def generate(folder: Path, events: int, per_file: int) -> Path:
    """A folder with that many records and their manifest; made once, then kept."""
    found = folder / f"{events}-by-{per_file}"
    if not (found / "manifest.json").exists():
        size = ("--events", str(events), "--per-file", str(per_file))
        run(HERE / "cloudtrail.py", "--out", found, *size)
    return found


def generate_lines(folder: Path, events: int) -> Path:
    """The same CloudTrail records as one file of JSON Lines."""
    found, given = folder / f"{events}-lines", generate(folder, events, 5_000)
    out = found / "bucket" / "events.jsonl"
    if not out.exists():
        out.parent.mkdir(parents=True)
        with out.with_suffix(".part").open("wb") as stream:
            for path in sorted(given.rglob("*.json.gz")):
                records = json.loads(gzip.decompress(path.read_bytes()))["Records"]
                for one in records:
                    stream.write(json.dumps(one, separators=(",", ":")).encode() + b"\n")
        out.with_suffix(".part").rename(out)
    return found


def generate_array(folder: Path, events: int) -> Path:
    """The same records as one JSON array."""
    found, given = folder / f"{events}-array", generate_lines(folder, events)
    out = found / "bucket" / "events.json"
    if not out.exists():
        out.parent.mkdir(parents=True)
        with (
            (given / "bucket" / "events.jsonl").open("rb") as lines,
            out.with_suffix(".part").open("wb") as stream,
        ):
            stream.write(b"[" + next(lines).rstrip(b"\n"))
            stream.writelines(b"," + line.rstrip(b"\n") for line in lines)
            stream.write(b"]")
        out.with_suffix(".part").rename(out)
    return found


def generate_okta(folder: Path, events: int) -> Path:
    """Okta-shaped events as JSON Lines."""
    found = folder / f"{events}-okta"
    if not (found / "manifest.json").exists():
        run(HERE / "okta.py", "--out", found, "--events", str(events))
    return found


def reference(shape: str, given: Path, scratch: Path) -> Run:
    """The cost of a reference pipeline; what it wrote is deleted."""
    out = scratch / "reference.parquet"
    try:
        return run(HERE / "reference.py", given / "bucket", out, "--shape", shape)
    finally:
        out.unlink(missing_ok=True)


def ingest(given: Path, scratch: Path, *, keep: bool = False) -> Run:
    """The cost of `forensics ingest` into a new case, which is deleted unless it is to be kept."""
    case = scratch / "case"
    shutil.rmtree(case, ignore_errors=True)
    try:
        return ingest_again(given, scratch)
    finally:
        if not keep:
            shutil.rmtree(case, ignore_errors=True)


def ingest_again(given: Path, scratch: Path) -> Run:
    """The cost of `forensics ingest` into the case as it is."""
    return run("-m", "forensics", "-q", "ingest", given / "bucket", "--case", scratch / "case")


def compared(
    ours: Callable[[], Run], known: Callable[[], Run], rounds: int
) -> tuple[dict[str, Any], Run]:
    """Both in turn; the medians, and our last run."""
    pairs = []
    for _ in range(rounds):
        against = known()
        pairs.append((ours(), against))
    figures = {
        "cpu": median(one.cpu for one, _ in pairs),
        "known_cpu": median(one.cpu for _, one in pairs),
        "ratios": [one.cpu / against.cpu for one, against in pairs],
        "wall_ratio": median(one.wall / against.wall for one, against in pairs),
        "ratio": median(one.cpu / against.cpu for one, against in pairs),
        "peak": max(one.peak for one, _ in pairs),
        "known_peak": max(one.peak for _, one in pairs),
    }
    return figures, pairs[-1][0]


def measure_ingest(scratch: Path, events: int, rounds: int) -> dict[str, Any]:
    """Ingest against the reference: a bucket of .json.gz, JSON Lines, and Okta-shaped lines."""
    shapes = {
        "cloudtrail": generate(scratch, events, 5_000),
        "lines": generate_lines(scratch, events),
        "okta": generate_okta(scratch, events),
    }
    return {
        shape: compared(
            partial(ingest, given, scratch), partial(reference, shape, given, scratch), rounds
        )[0]
        for shape, given in shapes.items()
    }


def measure_files(scratch: Path, events: int, rounds: int) -> dict[str, Any]:
    """Ingest of the same events in many files against few: twenty and fifty times as many."""
    few = partial(ingest, generate(scratch, events, 5_000), scratch)
    many = {per_file: generate(scratch, events, per_file) for per_file in (250, 100)}
    return {
        f"by_{per_file}": compared(partial(ingest, given, scratch), few, rounds)[0]
        for per_file, given in many.items()
    }


def measure_again(scratch: Path, events: int, rounds: int) -> dict[str, Any]:
    """A second ingest of the same files against hashing them."""
    given = generate(scratch, events, 5_000)
    ingest(given, scratch, keep=True)
    hashed = partial(run, "-c", HASHED, given / "bucket")
    figures, _ = compared(partial(ingest_again, given, scratch), hashed, rounds)
    shutil.rmtree(scratch / "case")
    return {"again": figures}


def measure_document(scratch: Path, events: int, rounds: int) -> dict[str, Any]:
    """Ingest of one large JSON array against that of the same records as lines."""
    lines, array = generate_lines(scratch, events), generate_array(scratch, events)
    figures, _ = compared(partial(ingest, array, scratch), partial(ingest, lines, scratch), rounds)
    return {"document": figures}


def measure_growth(scratch: Path, events: int, rounds: int) -> dict[str, Any]:
    """Ingest of ten times as many events: the peak is what to look at."""
    less, more = generate(scratch, events, 5_000), generate(scratch, 10 * events, 5_000)
    figures, _ = compared(partial(ingest, more, scratch), partial(ingest, less, scratch), rounds)
    return {"tenfold": figures}


def measure_start(scratch: Path, events: int, rounds: int) -> dict[str, Any]:
    """Help against importing click; a timeline against reading the segments in a bare process."""
    help_, _ = compared(
        partial(run, "-m", "forensics", "--help"), partial(run, "-c", "import click"), rounds
    )
    given = generate(scratch, events, 5_000)
    ingest(given, scratch, keep=True)
    planted = json.loads((given / "manifest.json").read_text(encoding="utf-8"))
    case, actor = scratch / "case", planted["planted_actor"]
    since, until = planted["planted_from"], planted["planted_to"]
    asked = ("--case", case, "--actor", actor, "--since", since, "--until", until)
    timeline, answer = compared(
        partial(run, "-m", "forensics", "timeline", *asked, "-t", "jsonl"),
        partial(run, "-c", BARE_TIMELINE, case / "segments", actor, since, until),
        rounds,
    )
    shutil.rmtree(case)
    timeline |= {"found": answer.lines, "planted": planted["planted_hour_events"]}
    return {"help": help_, "timeline": timeline}


def measure_findings(scratch: Path, events: int, rounds: int) -> dict[str, Any]:
    """From files to the matches of published rules, against flat rows in SQLite."""
    asked = (HERE / "findings.py", generate_lines(scratch, events) / "bucket", RULES)
    case = scratch / "case"

    def ours() -> Run:
        try:
            return run(*asked, "--case", case)
        finally:
            shutil.rmtree(case, ignore_errors=True)

    last: list[Run] = []

    def known() -> Run:
        last[:] = [run(*asked)]
        return last[0]

    figures, answer = compared(ours, known, rounds)
    return {"findings": figures | {"found": answer.lines, "known_found": last[0].lines}}


WHAT = {
    "ingest": measure_ingest,
    "files": measure_files,
    "again": measure_again,
    "document": measure_document,
    "growth": measure_growth,
    "start": measure_start,
    "findings": measure_findings,
}


def table(figures: dict[str, dict[str, Any]]) -> str:
    """Figures for people."""
    lines = [f"{'':12}{'CPU s':>9}{'known':>9}{'ratio':>8}{'from':>8}{'to':>8}{'peak MiB':>10}"]
    for name, one in figures.items():
        lines.append(
            f"{name:12}{one['cpu']:9.2f}{one['known_cpu']:9.2f}{one['ratio']:8.2f}"
            f"{min(one['ratios']):8.2f}{max(one['ratios']):8.2f}{one['peak'] / MEBIBYTE:10.0f}"
        )
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what is named and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=sorted(WHAT))
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scratch", type=Path, required=True, help="a folder with 2 GiB to spare")
    parser.add_argument("--json", action="store_true", help="print a document, not a table")
    given = parser.parse_args(arguments)
    given.scratch.mkdir(parents=True, exist_ok=True)
    figures = WHAT[given.what](given.scratch, given.events, given.rounds)
    print(json.dumps(figures, indent=1) if given.json else table(figures))


if __name__ == "__main__":
    main()
