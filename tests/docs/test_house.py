"""House law that no linter knows: sizes, names, docstrings, words, and what is imported when."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "forensics"
MODULES = sorted(PACKAGE.rglob("*.py"))
# Folders of files that are found by their presence.
PLUG_INS = (
    "cli/commands",
    "detectors",
    "policy/predicates",
    "reports/tables",
    "sources/formats",
)
TEXT = {".py", ".md", ".toml", ".yml", ".yaml", ".sql", ".j2", ".csv", ".jsonl", ".cfg", ".svg"}
# No judgement of a person may stand in a sentence of ours.
JUDGING = re.compile(
    r"\b(rogue|malicious\w*|guilt\w*|suspect(?:s|ed)?|culprit\w*|perpetrator\w*|offender\w*)\b",
    re.IGNORECASE,
)
# Roots of this or that machine; /var, /srv and /etc are anybody's.
MACHINE = re.compile(r"(?<![\w.:/*-])/(?:work|root|home|tmp|Users|mnt)/\w+")


def named(path: Path) -> str:
    """How a file is called in a test's name."""
    return path.relative_to(ROOT).as_posix()


def is_plug_in(path: Path) -> bool:
    folder = path.parent.relative_to(PACKAGE).as_posix()
    return folder in PLUG_INS and path.name != "__init__.py"


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def imported(path: Path) -> Iterator[str]:
    """Top names of all packages that a module imports, at its top or later."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (one.name.split(".")[0] for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


def project_files() -> list[Path]:
    """Files that go with the project, but for tests: these may look for what lies beside it."""
    places = [PACKAGE, ROOT / "docs", ROOT / "sample_logs", ROOT / ".ci"]
    files = [one for place in places for one in place.rglob("*") if one.is_file()]
    files += [ROOT / "README.md", ROOT / "pyproject.toml"]
    return sorted(one for one in files if one.suffix in TEXT or one.parent.name == ".ci")


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function; a command's signature is as long as its options are and not counted."""
    command = any("command" in ast.unparse(one) for one in function.decorator_list)
    start = function.body[0].lineno if command else function.lineno
    return (function.end_lineno or start) - start + 1


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_sizes(path: Path) -> None:
    most = 200 if is_plug_in(path) else 400
    assert len(path.read_text("utf-8").splitlines()) <= most
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    functions = [node for node in ast.walk(tree(path)) if isinstance(node, kinds)]
    assert not [f"{one.name}: {lines_of(one)}" for one in functions if lines_of(one) > 50]


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_opens_with_a_sentence(path: Path) -> None:
    text = ast.get_docstring(tree(path))
    assert text, "no docstring"
    first = " ".join(text.split("\n\n")[0].split())
    assert first.endswith((".", "?")), first


def test_no_room_for_leftovers() -> None:
    odd = {"utils", "util", "helpers", "helper", "common", "misc"}
    names = [one for place in ("forensics", "tests", "docs") for one in (ROOT / place).rglob("*")]
    assert not [named(one) for one in names if one.stem in odd]


def test_top_level() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    tops = {line.split("/")[0] for line in listed.stdout.splitlines()}
    if not tops:
        pytest.skip("not a git checkout")
    allowed = {"pyproject.toml", "README.md", "LICENSE", "requirements.lock"}
    allowed |= {"forensics", "sample_logs", "tests", "docs"}
    assert {one for one in tops if not one.startswith(".")} <= allowed


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_only_the_command_line_exits(path: Path) -> None:
    if path.relative_to(PACKAGE).parts[0] in {"cli", "__main__.py"}:
        return
    text = path.read_text("utf-8")
    assert not re.search(r"\bsys\.(exit|stdout|stderr)\b|\bos\._exit\b|(?<![\w.])print\(", text)


def test_who_opens_engines() -> None:
    """Evidence opens them on cases; the other two only try SQL on values, without a case."""
    opened = {
        path.relative_to(PACKAGE).parts[0]
        for path in MODULES
        if "DuckDBEngine(" in path.read_text("utf-8")
    }
    assert opened - {"engine"} <= {"evidence", "sources", "conditions"}
    connecting = [one for one in MODULES if "duckdb.connect(" in one.read_text("utf-8")]
    assert [named(one) for one in connecting] == ["forensics/engine/duckdb.py"]


def test_who_imports_click_and_rich() -> None:
    rooms: dict[str, set[str]] = {"click": set(), "rich": set()}
    for path in MODULES:
        for package in rooms.keys() & set(imported(path)):
            rooms[package].add(path.relative_to(PACKAGE).parts[0])
    assert rooms == {"click": {"cli"}, "rich": {"cli", "reports"}}


HEAVY = {"duckdb", "pandas", "pyarrow", "rich", "sqlglot", "numpy", "sigma", "jinja2", "yaml"}


@pytest.mark.parametrize(
    "code",
    [
        "import forensics",
        "from forensics import cli; assert cli.run(['--help']) == 0",
        "from forensics import cli; assert cli.run(['--version']) == 0",
        "from forensics import cli; assert cli.run(['outage', '--help']) == 0",
        "from forensics import cli; assert cli.run(['report', 'scan', '--help']) == 0",
    ],
)
def test_help_imports_nothing_heavy(code: str) -> None:
    text = f"import sys; {code}; print('loaded', *sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", text], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    loaded = done.stdout.splitlines()[-1].split()
    assert loaded[0] == "loaded"
    assert not HEAVY & set(loaded)


WORDED = sorted(
    path
    for path in PACKAGE.rglob("*")
    if path.suffix in {".py", ".yml", ".sql", ".j2", ".toml"} and "catalog" not in path.parts
)


@pytest.mark.parametrize("path", WORDED, ids=named)
def test_no_word_judges_a_person(path: Path) -> None:
    assert not JUDGING.findall(path.read_text("utf-8"))


@pytest.mark.parametrize("path", project_files(), ids=named)
def test_no_path_of_a_machine(path: Path) -> None:
    assert not MACHINE.findall(path.read_text("utf-8"))


def test_the_patterns_can_fail() -> None:
    assert JUDGING.search("A suspect did it")
    assert not JUDGING.search("the account was suspended")
    assert MACHINE.search("see /home/someone/case")
    assert not MACHINE.search("https://example.com/home/page and /var/log/admin")
    assert len(MODULES) > 50
    assert len(WORDED) > len(MODULES)
    assert any(is_plug_in(path) for path in MODULES)


def test_the_lock_covers_every_dependency() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    assert "://" not in lock
    pinned = set(re.findall(r"^([a-z0-9._-]+)==", lock, re.MULTILINE))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {re.split(r"[^A-Za-z0-9._-]", one)[0].lower() for one in asked}
    assert names <= pinned
    blocks = re.split(r"^(?=[a-z0-9._-]+==)", lock, flags=re.MULTILINE)[1:]
    assert all("--hash=sha256:" in block for block in blocks)
