"""Every example in the README and in docs runs, and its answer holds the lines that are shown."""

from __future__ import annotations

import ast
import contextlib
import io
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from forensics import cli

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    path
    for path in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md"))
    if re.search(r"^```(console|python)$", path.read_text("utf-8"), re.MULTILINE)
)
_BLOCK = re.compile(r"^```(console|python|text|yaml)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SAVED = re.compile(r"# ([\w-]+\.yml)\n")
GAP = "..."


@dataclass(frozen=True)
class Step:
    """One command, Python block or named file, and the answer the page shows for it."""

    kind: str
    text: str
    shown: tuple[str, ...]


def steps(page: str) -> Iterator[Step]:
    """What a page runs, in order."""
    blocks = _BLOCK.findall(page)
    for number, (kind, body) in enumerate(blocks):
        if kind == "console":
            for part in re.split(r"^\$ ", body.replace("\\\n", " "), flags=re.MULTILINE)[1:]:
                command, *shown = part.splitlines()
                yield Step("console", command, tuple(shown))
        elif kind == "python":
            after = blocks[number + 1] if number + 1 < len(blocks) else ("", "")
            yield Step("python", body, tuple(after[1].splitlines()) if after[0] == "text" else ())
        elif kind == "yaml" and _SAVED.match(body):
            yield Step("file", body, ())


def flat(line: str) -> str:
    """A line without the widths that paths, locales and versions change."""
    return " ".join(line.split())


def absent(shown: tuple[str, ...], *streams: str) -> str | None:
    """The first shown line that no stream holds after those found in it before."""
    rests = [[flat(line) for line in stream.splitlines()] for stream in streams]
    for one in (flat(line) for line in shown):
        if not one or one == GAP:
            continue
        for rest in rests:
            found = next((number for number, line in enumerate(rest) if one in line), None)
            if found is not None:
                del rest[: found + 1]
                break
        else:
            return one
    return None


def run_python(text: str, names: dict[str, object]) -> str:
    """Run a block as a notebook does: what it prints, then its last expression."""
    tree = ast.parse(text)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, "<page>", "exec"), names)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), "<page>", "eval"), names)
            print(value if value is not None else "")
    return printed.getvalue()


@pytest.fixture
def folder(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A working folder with what a checkout has, and an environment that says nothing."""
    for name in ("sample_logs", "forensics"):
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))
    for name in ("COLUMNS", "FORENSICS_CASE", "FORENSICS_CATALOG"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
@pytest.mark.usefixtures("folder")
def test_examples(page: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code = 0
    names: dict[str, object] = {}
    streams: tuple[str, ...]
    for step in steps(page.read_text("utf-8")):
        if step.kind == "file":
            named = _SAVED.match(step.text)
            assert named
            Path(named[1]).write_text(step.text, "utf-8")
            continue
        if step.kind == "python":
            streams = (run_python(step.text, names),)
        elif step.text == "echo $?":
            streams, code = (f"{code}",), 0
        else:
            assert code == 0, f"exit code {code} is not shown by `echo $?`"
            program, *arguments = shlex.split(step.text)
            assert program == "forensics", step.text
            code = cli.run(arguments)
            streams = tuple(capfd.readouterr())
        missing = absent(step.shown, *streams)
        told = "\n".join(streams)
        assert missing is None, f"{step.text}\nshown but not answered: {missing}\n\n{told}"
    assert code == 0, f"exit code {code} is not shown by `echo $?`"


def test_pages_are_found() -> None:
    assert {"README.md", "python_api.md", "contributing.md"} <= {path.name for path in PAGES}


def test_a_wrong_example_is_seen() -> None:
    assert absent(("a  b", "...", "d"), "a b c\nx\nd e") is None
    assert absent(("d", "a"), "a\nd") == "a"
    assert absent(("d", "a"), "a", "d") is None
    assert [one.text for one in steps("```console\n$ forensics a\nx\n$ echo $?\n4\n```\n")] == [
        "forensics a",
        "echo $?",
    ]
