"""`forensics.toml`: defaults of the commands, found, checked and overruled as is said."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.cli import configuration, root
from forensics.cli.configuration import Configuration

ROOT = Path(__file__).parents[2]
COUNT = ("sql", "select count(*) as n from events")


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Write `forensics.toml` into a folder, by default the one that commands are run in."""
    monkeypatch.chdir(tmp_path)

    def write(text: str, folder: Path = tmp_path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "forensics.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


# What a file says is a default: flag before environment before file before the tool's own.


def test_a_table_gives_the_defaults_of_its_command_alone(
    run: Any, write: Any, story_case: Path
) -> None:
    write(f'case = "{story_case}"\n[sql]\nformat = "json"\n')
    assert run(*COUNT).document[0]["n"] > 1000
    assert not run("timeline", "--limit", "1").out.startswith(("[", "{"))


def test_a_table_of_a_group_gives_the_defaults_of_its_commands(
    run: Any, write: Any, story_case: Path
) -> None:
    write(f'case = "{story_case}"\n[people.unresolved]\nformat = "json"\n')
    assert isinstance(run("people", "unresolved").document, (dict, list))


def test_the_nearer_word_wins(
    run: Any, write: Any, story_case: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write('case = "of-the-file"\n[sql]\nformat = "json"\n')
    assert "of-the-file" in run(*COUNT).err
    monkeypatch.setenv("FORENSICS_CASE", "of-the-environment")
    assert "of-the-environment" in run(*COUNT).err
    said = run(*COUNT, "--case", story_case)
    assert said.document[0]["n"] > 1000
    assert run(*COUNT, "--case", story_case, "-t", "csv").out.startswith('"n"')


def test_own_settings_of_a_command_come_before_the_shared(run: Any, write: Any) -> None:
    write('case = "shared"\n[sql]\ncase = "own"\n')
    assert "own" in run(*COUNT).err
    assert "shared" in run("timeline").err


def test_catalogs_of_the_environment_come_before_those_of_the_file(
    run: Any, write: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write('catalog = ["none-there"]\n')
    assert "none-there" in run("sources", "list").err
    monkeypatch.setenv("FORENSICS_CATALOG", "own")
    said = run("sources", "list").err
    assert "own" in said
    assert "none-there" not in said


def test_logs_asked_directly_win_over_the_case_of_the_file(
    run: Any, write: Any, tmp_path: Path, write_log: Any
) -> None:
    write('case = "none"\n')
    log = write_log(tmp_path / "one.jsonl", {})
    assert run(*COUNT, "-t", "json", "--logs", log).document == [{"n": 1}]


def test_what_is_ingested_and_where_to_stand_in_the_file_and_count_from_its_folder(
    run: Any, write: Any, tmp_path: Path, write_log: Any
) -> None:
    (tmp_path / "logs").mkdir()
    write_log(tmp_path / "logs" / "one.jsonl", {}, {})
    path = write('case = "kept"\n[ingest]\npaths = ["../logs"]\n', tmp_path / "settings")
    assert run("--config", path, "ingest").code == 0
    assert run("--config", path, *COUNT, "-t", "json").document == [{"n": 2}]
    assert (tmp_path / "settings" / "kept").is_dir()


# Which file is read.


def test_the_file_that_is_named_comes_before_those_that_are_found(
    run: Any, write: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home))
    write('case = "users"\n', home / "forensics")
    assert "users" in run("scans", "list").err
    write('case = "here"\n')
    assert str(tmp_path / "here") in run("scans", "list").err
    named = write('case = "variable"\n', tmp_path / "a")
    monkeypatch.setenv("FORENSICS_CONFIG", str(named))
    assert str(tmp_path / "a" / "variable") in run("scans", "list").err
    other = write('case = "flag"\n', tmp_path / "b")
    assert str(tmp_path / "b" / "flag") in run("--config", other, "scans", "list").err
    assert "--case DIR" in run("--config", os.devnull, "scans", "list").err


def test_that_one_was_found_here_is_told_and_that_one_was_named_is_not(
    run: Any, write: Any, story_case: Path
) -> None:
    path = write(f'case = "{story_case}"\n')
    assert run("scans", "list").err.startswith("Settings: forensics.toml\n")
    assert "Settings" not in run("-q", "scans", "list").err
    assert "Settings" not in run("--config", path, "scans", "list").err


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="files have no owner")
def test_one_of_another_user_is_not_taken_unasked(
    run: Any, write: Any, story_case: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(f'case = "{story_case}"\n')
    if os.geteuid() == 0:
        os.chown(path, 1234, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)
    said = run("scans", "list")
    assert said.code == 2
    assert "another user's" in said.err
    assert run("--config", path, "scans", "list").code == 0


def test_a_named_file_that_is_not_there_is_an_error(run: Any) -> None:
    said = run("--config", "no-such.toml", "scans", "list")
    assert said.code == 2
    assert "no-such.toml" in said.err


# What is wrong with it.


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[scan]\n\nfail-onn = 1\n", "line 3: unknown setting of scan: 'fail-onn'. Did you mean"),
        ("[scna]\n", "line 1: unknown table or setting: 'scna'. Did you mean 'scan'?"),
        ("[scan]\nbudget = '5'\n", "line 2: budget: must be a whole number."),
        ("[scan]\nbudget = true\n", "line 2: budget: must be a whole number."),
        ("[scan]\nbudget = -1\n", "line 2: budget: -1 is not in the range x>=0."),
        ("[scan]\nrecord = 1\n", "line 2: record: must be true or false."),
        ("[scan]\nfail-on = 'hihg'\n", "line 2: fail-on: 'hihg' is not one of"),
        ("[scan]\nvalues = ['a']\n", "line 2: values: must be a text in quotes."),
        ("[scan]\nrules = 'a'\n", "line 2: rules: must be a list"),
        ("[scan]\nrules = [\n 'a',\n]\n", "line 2: rules: Path "),
        ("[scan]\nmax-bytes = 'much'\n", "line 2: max-bytes: 'much' is no size"),
        ("[scan]\noutput = 'x'\n", "line 2: output is said each time"),
        ("[scan]\ngeoip = 'x'\n", "line 2: geoip is said each time"),
        ("case = 3\n", "line 1: case: must be a text in quotes."),
        ("scan = 3\n", "line 1: scan is a command; write [scan] over its settings."),
    ],
)
def test_a_fault_is_told_with_its_line(run: Any, write: Any, text: str, said: str) -> None:
    write(text)
    answer = run("scan")
    assert answer.code == 2
    assert answer.out == ""
    assert said in answer.err
    assert "forensics.toml" in answer.err


def test_all_faults_are_told_at_once_but_those_of_other_commands(run: Any, write: Any) -> None:
    write("[scan]\nbudget = 'x'\nrecord = 'x'\n[timeline]\nlimit = 'x'\n")
    assert "has 2 faults" in run("scan").err
    assert "line 5: limit" in run("timeline").err


def test_faults_in_tables_of_groups(run: Any, write: Any) -> None:
    write("[people]\nleaver = {}\n[people.leavers]\nwindo = '1d'\n")
    said = run("people", "leavers").err
    assert "line 2: unknown table of people: 'leaver'. Did you mean 'leavers'?" in said
    assert "line 4: unknown setting of people leavers: 'windo'. Did you mean 'window'?" in said


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"case =\n", "not TOML"),
        (b"a = 1\na = 2\n", "line 2"),
        (b"#\n\xff\n", "line 2: The text is not UTF-8."),
        (b"#" * 32_769, "larger than 32768 bytes"),
    ],
)
def test_what_is_no_configuration_is_refused(run: Any, write: Any, data: bytes, said: str) -> None:
    write("").write_bytes(data)
    answer = run("scan")
    assert answer.code == 2
    assert said in answer.err


@given(st.lists(st.sampled_from(["# x\n", "\n", "m = '''\n[t]\nk = 1\n'''\n", "l = [\n 1,\n]\n"]),
                unique=True), st.booleans())  # fmt: skip
def test_the_line_of_an_entry_is_the_one_it_begins_on(before: list[str], dotted: bool) -> None:
    head = "".join(before)
    text = head + ("t.k = [\n1,\n]\n" if dotted else "[t]\n# k = 1\nk = [\n1,\n]\n")
    line = head.count("\n") + (1 if dotted else 3)
    assert Configuration(Path("x"), text).line("t", "k") == line


# What can be set.


def test_every_shared_setting_is_an_option_of_several_commands() -> None:
    context = click.Context(root)
    commands = {name: root.get_command(context, name) for name in root.list_commands(context)}
    options = [
        configuration.configurable(command, (name,)) for name, command in commands.items()
        if command is not None
    ]  # fmt: skip
    options += [
        configuration.configurable(one, (name, sub))
        for name, command in commands.items()
        if isinstance(command, click.Group)
        for sub, one in command.commands.items()
    ]
    for key in configuration.SHARED:
        assert sum(key in one for one in options) > 1, key
    assert not set(configuration.SHARED) & set(commands)


def test_the_example_of_the_documentation_holds(run: Any, write: Any, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "configuration.md").read_text("utf-8")
    write(page.split("```toml\n")[1].split("```")[0])
    (tmp_path / "rules").mkdir()
    (tmp_path / "rule-settings.yml").touch()
    said = run("config", "check")
    assert said.code == 0, said.err
    assert "every command: tz" in said.out
    assert "people leavers: window" in said.out


# What `config check` shows.


def settings(said: Any) -> dict[tuple[str, str], tuple[Any, str]]:
    return {(one["command"], one["setting"]): (one["value"], one["origin"]) for one in said}


def test_check_tells_of_each_setting_where_it_comes_from(
    run: Any, write: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write('case = "kept"\nmax-ratio = 7\n[scan]\nfail-on = "high"\nbudget = 4\n')
    monkeypatch.setenv("FORENSICS_CASE", "of-the-environment")
    monkeypatch.setenv("FORENSICS_CATALOG", "own")
    said = run("config", "check", "-t", "json", "scan", "--budget", "3", "--max-bytes", "1K")
    found = settings(said.document)
    assert found["scan", "budget"] == (3, "flag")
    assert found["scan", "max-bytes"] == (1024, "flag")
    assert found["scan", "case"] == ("of-the-environment", "environment")
    assert found["scan", "catalog"] == (["own"], "environment")
    assert found["scan", "fail-on"] == ("high", "file")
    assert found["scan", "max-ratio"] == (7, "file")
    assert found["scan", "min-level"] == ("informational", "default")
    assert found["scan", "record"] == (False, "default")
    assert ("scan", "output") not in found
    assert not (tmp_path / "kept").exists()


def test_check_of_all_tells_what_the_file_gives_and_a_shared_setting_once(
    run: Any, write: Any, tmp_path: Path
) -> None:
    write('case = "kept"\n[ingest]\npaths = ["logs"]\n[sql]\ncase = "own"\n')
    assert settings(run("config", "check", "-t", "json").document) == {
        ("every command", "case"): (str(tmp_path / "kept"), "file"),
        ("ingest", "paths"): ([str(tmp_path / "logs")], "file"),
        ("sql", "case"): (str(tmp_path / "own"), "file"),
    }
    assert f'ingest: paths = ["{tmp_path / "logs"}"] (file)' in run("config", "check").out


def test_check_finds_the_faults_of_every_command(run: Any, write: Any) -> None:
    write("case = 3\n[scan]\nbudget = 'x'\n[people.leavers]\nwindo = 'x'\n")
    said = run("config", "check")
    assert said.code == 2
    assert said.out == ""
    assert [line.split(":")[0] for line in said.err.splitlines() if "  line" in line] == [
        "  line 1", "  line 3", "  line 5",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("scn",), "Did you mean scan"),
        (("people",), "name one of its commands"),
        (("scan", "--budgt", "3"), "--budgt"),
        (("scan", "--budget", "x"), "--budget"),
    ],
)
def test_check_refuses_what_the_command_would(run: Any, asked: tuple[str, ...], said: str) -> None:
    answer = run("config", "check", *asked)
    assert answer.code == 2
    assert said in answer.err


@pytest.mark.parametrize("output_format", ["text", "json"])
def test_check_never_shows_a_secret(
    run: Any, write: Any, monkeypatch: pytest.MonkeyPatch, output_format: str
) -> None:
    write("[scan]\nnotify = ['json://someone:s3cret@localhost/s3cret']\n")
    asked = ("config", "check", "-t", output_format)
    given = [run(*asked), run(*asked, "scan"), run(*asked, "scan", "--notify", "json://s3cret")]
    monkeypatch.setenv("FORENSICS_NOTIFY", "json://s3cret")
    given += [run(*asked), run(*asked, "scan")]
    for said in given:
        assert said.code == 0
        assert said.out.count("(not shown)") == 1
        assert "s3cret" not in said.out + said.err


def test_a_fault_never_shows_a_secret(run: Any, write: Any) -> None:
    for text in (
        "notify = 'json://s3cret'",
        "notify = ['json://s3cret', 3]",
        "notify = 'json://s3cret",
    ):
        write(f"[scan]\n{text}\n")
        said = run("scan")
        assert said.code == 2
        assert "error: forensics.toml: " in said.err
        assert "s3cret" not in said.err
