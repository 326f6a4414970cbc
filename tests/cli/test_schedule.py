"""Units of the night scan: whatever a folder is called, each scheduler runs the same command."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

NAMES = ["plain", 'it\'s  a "case"', "100% %n %%", "back\\%a\\\\%", "$HOME $(id) `id`", "-x;y#"]
INGEST, SCAN = "ingest", "scan"


def systemd(text: str) -> str:
    """The argument of sh -c as systemd reads it."""
    (word,) = re.findall(r'^ExecStart=/bin/sh -c "(.*)"$', text, re.MULTILINE)
    assert not re.search(r"(?<!\$)(\$\$)*\$(?!\$)", word), "a variable that systemd would expand"
    word = re.sub(r"\\(.)", r"\1", word).replace("$$", "$")
    assert "%" not in word.replace("%%", ""), "a specifier"
    return word.replace("%%", "%")


def cron(text: str) -> str:
    """The command as Vixie cron hands it to sh: it ends at a % that no backslash escapes."""
    (line,) = text.splitlines()
    command, escaped = "", False
    for one in line.split(" ", 5)[5]:
        if escaped:
            command = command[:-1] + one if one == "%" else command + one
            escaped = False
            continue
        if one == "%":
            break
        escaped = one == "\\"
        command += one
    return command


def kubernetes(text: str) -> str:
    pod = yaml.safe_load(text)["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    shell, flag, command = pod["containers"][0]["command"]
    assert (shell, flag) == ("/bin/sh", "-c")
    return str(command).replace("$$", "$")


def github(text: str) -> str:
    (step,) = yaml.safe_load(text)["jobs"]["night"]["steps"]
    return str(step["run"])


KINDS = {
    "systemd": (systemd, ()),
    "cron": (cron, ()),
    "kubernetes": (kubernetes, ("--image", "i", "--claim", "c", "--logs-claim", "l")),
    "github": (github, ()),
}


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A stand-in that notes its arguments and ends with the codes that files name."""
    script = tmp_path / "forensics"
    script.write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$@" >"{tmp_path}/$1.said"\nprintf "%s\\n" "$1 spoke \\c"\n'
        f'exit "$(cat "{tmp_path}/$1.code" 2>/dev/null || echo 0)"\n'
    )
    script.chmod(0o755)
    return script


def night(command: str, program: Path, *codes: int) -> subprocess.CompletedProcess[str]:
    for name, code in zip((INGEST, SCAN), codes, strict=True):
        (program.parent / f"{name}.code").write_text(str(code))
    path = {"PATH": f"{program.parent}:/usr/bin:/bin"}
    return subprocess.run(
        ["/bin/sh", "-c", command], env=path, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_names_reach_the_command_whole(kind: str, name: str, run: Any, program: Path) -> None:
    read, more = KINDS[kind]
    given = () if more or kind == "github" else ("--program", program)
    logs, case = f"/srv/{name}/logs", f"/srv/{name}/case"
    said = run("schedule", kind, *given, *more, "--case", case, logs)
    assert said.code == 0, said.err
    assert night(read(said.out), program, 0, 0).returncode == 0
    asked = (program.parent / "ingest.said").read_text().splitlines()
    assert asked == ["ingest", "--case", case, "--", logs]
    asked = (program.parent / "scan.said").read_text().splitlines()
    assert asked == ["scan", "--case", case, "--record", "--new", "--fail-on", "high"]


@pytest.mark.parametrize(("codes", "told"), [((0, 0), 0), ((0, 1), 1), ((2, 0), 2), ((4, 1), 4)])
def test_the_graver_code_is_that_of_the_night(
    codes: tuple[int, int], told: int, run: Any, program: Path
) -> None:
    said = run("schedule", "cron", "--program", program, "--case", "/srv/case", "/srv/logs")
    ended = night(cron(said.out), program, *codes)
    assert ended.returncode == told
    # A night that is clean sends no mail; any other sends all that was said.
    assert ended.stdout == ("" if told == 0 else "ingest spoke \\c\nscan spoke \\c\n")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd")
@pytest.mark.parametrize("name", [NAMES[0], NAMES[1] + NAMES[2] + NAMES[4]])
def test_systemd_takes_the_units(name: str, run: Any, tmp_path: Path) -> None:
    units = []
    for kind in ("service", "timer"):
        asked = ("--unit", kind, "--program", "/bin/true", "--case", f"/srv/{name}", "/var/log/x")
        unit = tmp_path / f"forensics-night.{kind}"
        unit.write_text(run("schedule", "systemd", *asked).out)
        units.append(str(unit))
    said = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert [one for one in said.stderr.splitlines() if "forensics-night" in one] == []
    wrong = tmp_path / "forensics-wrong.service"
    wrong.write_text(Path(units[0]).read_text().replace("Type=oneshot", "Type=nothing"))
    heard = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(wrong)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "forensics-wrong" in heard.stderr


@pytest.mark.parametrize(
    ("kind", "asked", "why"),
    [
        ("cron", ("--case", "/srv/a\nb", "/srv/logs"), "line break"),
        ("cron", ("--case", "/srv/a", "--at", "25:00", "/srv/logs"), "time of day"),
        ("systemd", ("--case", "/tmp/case", "/srv/logs"), "/tmp of its own"),
        ("github", ("--case", "/srv/${{ secrets.x }}", "/srv/logs"), "expression"),
        (
            "kubernetes",
            (*KINDS["kubernetes"][1], "--case", "/srv/a", "/srv/logs", "/srv/others"),
            "One volume",
        ),
    ],
)
def test_what_no_unit_can_hold(kind: str, asked: tuple[str, ...], why: str, run: Any) -> None:
    said = run("schedule", kind, *asked)
    assert (said.code, said.out) == (2, "")
    assert why in said.err
