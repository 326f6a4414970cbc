"""Make the two pictures of the README from the sample story; needs Chromium for the second."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console

import forensics
from forensics.findings.document import Reconstruction
from forensics.reports import html, terminal

DOCS = Path(__file__).resolve().parent
PROJECT = DOCS.parent
IMAGES = DOCS / "images"
LOGS = "sample_logs/eleven-minutes"
TARGET = "@headofstate"
COLUMNS = 100
PAGE = (900, 1180)
# The template would load a font from the network; the viewer's own monospace does as well.
LOCAL_SVG = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)


def reconstruction() -> Reconstruction:
    """The outage of the sample story."""
    os.chdir(PROJECT)
    with tempfile.TemporaryDirectory() as cache:
        os.environ["XDG_CACHE_HOME"] = cache
        with forensics.open_logs(LOGS) as case:
            return case.outage(TARGET)


def terminal_picture(document: Reconstruction) -> str:
    """The first screen of `forensics outage`, as SVG."""
    console = Console(
        record=True,
        file=io.StringIO(),
        width=COLUMNS,
        force_terminal=True,
        color_system="truecolor",
        highlight=False,
        markup=False,
    )
    terminal.overview(document, console)
    svg = console.export_svg(
        title=f"forensics outage {TARGET} --logs {LOGS}",
        code_format=LOCAL_SVG,
        unique_id="outage",
    )
    return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"


def report_picture(document: Reconstruction, browser: str, picture: Path) -> None:
    """The top of the HTML report, as a browser shows it."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "outage.html"
        page.write_text(html.outage(document), encoding="utf-8")
        command = [
            browser,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            f"--user-data-dir={folder}/profile",
            f"--window-size={PAGE[0]},{PAGE[1]}",
            f"--screenshot={picture}",
            page.as_uri(),
        ]
        subprocess.run(command, check=True, capture_output=True, timeout=120)


def main() -> int:
    """Write both pictures; return 1 when there is no Chromium for the second."""
    IMAGES.mkdir(exist_ok=True)
    document = reconstruction()
    (IMAGES / "outage-terminal.svg").write_text(terminal_picture(document), encoding="utf-8")
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser is None:
        print("outage-report.png was not made: no chromium on the PATH", file=sys.stderr)
        return 1
    report_picture(document, browser, IMAGES / "outage-report.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
