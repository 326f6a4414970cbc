"""The generator of the sample stories: the same bytes every time, and the ones that are kept."""

from __future__ import annotations

import ast
import gzip
import os
import subprocess
import sys
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parents[2] / "sample_logs"
STORIES = ("eleven-minutes", "approved-enforcement", "stolen-session")


def generate(folder: Path, hash_seed: str) -> dict[str, bytes]:
    command = [sys.executable, "-B", str(SAMPLES / "generate.py"), "--out", str(folder)]
    subprocess.run(command, check=True, env={**os.environ, "PYTHONHASHSEED": hash_seed})
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return generate(tmp_path_factory.mktemp("stories"), "1")


def test_the_same_code_writes_the_same_bytes(written: dict[str, bytes], tmp_path: Path) -> None:
    assert generate(tmp_path, "2") == written


@pytest.mark.parametrize("name", STORIES)
def test_the_kept_files_are_what_the_generator_writes(written: dict[str, bytes], name: str) -> None:
    kept = {
        path.relative_to(SAMPLES).as_posix(): path.read_bytes()
        for path in (SAMPLES / name).rglob("*")
        if path.is_file() and path.name != "README.md"
    }
    fresh = {path: data for path, data in written.items() if path.startswith(f"{name}/")}
    assert kept.keys() == fresh.keys()
    for path, data in kept.items():
        # Builds of zlib may pack differently; what is packed, and the header, may not differ.
        if path.endswith(".gz"):
            assert gzip.decompress(data) == gzip.decompress(fresh[path]), path
            assert data[:10] == fresh[path][:10], path
        else:
            assert data == fresh[path], path


def test_gzip_headers_hold_no_name_and_no_time() -> None:
    for path in SAMPLES.rglob("*.gz"):
        header = path.read_bytes()[:8]
        assert header[3] == 0, "a flag announces a file name"
        assert header[4:8] == bytes(4), "a time of modification"


def test_the_stories_stay_small_enough_to_ship() -> None:
    sizes = [path.stat().st_size for name in STORIES for path in (SAMPLES / name).rglob("*")]
    assert sum(sizes) < 6_000_000


def test_the_generator_needs_the_standard_library_alone() -> None:
    for path in (*SAMPLES.glob("*.py"), *SAMPLES.glob("story/*.py"), *SAMPLES.glob("org*/*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                roots = {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                roots = {(node.module or "").partition(".")[0]}
            else:
                continue
            assert roots <= {*sys.stdlib_module_names, "story", "organisation"}, path
