"""The generated pages are what the tool would write, and the documents name what exists."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from forensics import event
from forensics.cli import root

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")
PAGES = sorted((ROOT / "README.md", *DOCS.rglob("*.md")))


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GENERATE = generator()


@pytest.mark.parametrize("name", GENERATE.PAGES)
def test_page_is_up_to_date(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    changes = GENERATE.differences(name, GENERATE.PAGES[name]())
    assert not changes, "run: python docs/generate.py\n" + "\n".join(changes[:40])


def test_a_stale_page_is_seen() -> None:
    assert GENERATE.differences("index.md", "another text\n")


def test_every_command_has_help() -> None:
    paths = list(GENERATE.commands(root))
    assert ("outage",) in paths
    assert ("people", "leavers") in paths
    for path in paths:
        assert len(GENERATE.help_text(path).splitlines()) > 4, path


def test_every_column_and_source_is_documented() -> None:
    events = (DOCS / "reference" / "events.md").read_text("utf-8")
    assert all(f"| `{one.name}` |" in events for one in event.COLUMNS)
    sources = (DOCS / "reference" / "sources.md").read_text("utf-8")
    catalog = sorted((ROOT / "forensics" / "sources" / "catalog").glob("*.toml"))
    assert catalog
    assert all(f"(sources/{one.stem}.md)" in sources for one in catalog)
    pages = sorted((DOCS / "reference" / "sources").glob("*"))
    assert [one.stem for one in pages] == [one.stem for one in catalog]


def test_a_page_of_no_source_is_seen_and_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stray = tmp_path / "reference" / "sources" / "gone.md"
    stray.parent.mkdir(parents=True)
    stray.write_text("what it was\n", encoding="utf-8")
    monkeypatch.setattr(GENERATE, "DOCS", tmp_path)
    monkeypatch.setattr(GENERATE, "PAGES", {})
    assert GENERATE.main(["--check"]) == 1
    assert "of nothing: reference/sources/gone.md" in capsys.readouterr().out
    assert GENERATE.main([]) == 0
    assert not stray.exists()
    assert GENERATE.main(["--check"]) == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"`[^`\n]*`", "", text)
    dead = [
        link
        for link in LINK.findall(text)
        if not link.startswith("https://") and not (page.parent / link).exists()
    ]
    assert not dead


def test_decisions_are_numbered_without_gaps() -> None:
    pages = sorted((DOCS / "decisions").glob("*.md"))
    numbers = [int(page.name[:4]) for page in pages]
    assert numbers == list(range(1, len(pages) + 1))
    for page in pages:
        assert re.match(rf"# {int(page.name[:4])}\. \S", page.read_text("utf-8")), page.name


def test_pictures_load_nothing_from_the_network() -> None:
    picture = (DOCS / "images" / "outage-terminal.svg").read_text("utf-8")
    assert "<text" in picture
    assert not re.search(r"url\(\s*[\"']?https?:|href=[\"']https?:|@import", picture)
    assert (DOCS / "images" / "outage-report.png").read_bytes().startswith(b"\x89PNG")
