"""Handing over an answer: on stdout, or in a file that appears whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from forensics.cli import console
from forensics.errors import UsageError

if TYPE_CHECKING:
    import pyarrow as pa
    from rich.console import Console

    from forensics.findings.document import Document

_FILE_WIDTH = 120


def check(output_format: str, output: Path | None) -> None:
    """Refuse, before any work is done, what could not be handed over."""
    if output_format == "parquet" and output is None:
        raise UsageError("Parquet is not for a terminal.", remedy="Name a file: -o FILE")
    if output is not None and not output.parent.is_dir():
        raise UsageError(
            "There is no such folder to write to.",
            place=str(output.parent),
            remedy="Name a file in a folder that exists.",
        )
    if output is not None:
        from forensics.evidence.case import is_case

        inside = next((one for one in output.absolute().parents if is_case(one)), None)
        if inside is not None:
            raise UsageError(
                "An answer is not written into a case.",
                place=str(output),
                remedy=f"Name a file outside {inside}.",
            )


def data(payload: bytes, output: Path | None) -> None:
    """Hand over bytes."""
    if output is None:
        console.data(payload)
        return
    from forensics.reports import replacing

    with replacing(output) as stream:
        stream.write(payload)
    console.say(f"Written to {output}.")


def document(found: Document, output: Path | None) -> None:
    """Hand over a document as JSON, with no live character in it."""
    from forensics.findings.document import encode

    data(_inert(encode(found)), output)


def value(found: object) -> None:
    """Hand over plain values as one JSON document on stdout, with no live character in it."""
    import msgspec

    console.data(_inert(msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n"))


def _inert(payload: bytes) -> bytes:
    from forensics.reports.escaping import json_text

    return json_text(payload.decode("utf-8")).encode("utf-8")


def lines(texts: list[str]) -> None:
    """Hand over lines for a person; log text in them cannot act on the terminal."""
    from forensics.reports.escaping import terminal

    console.data("".join(terminal(text) + "\n" for text in texts))


def table(
    found: pa.Table, output_format: str, output: Path | None, remarks: Sequence[str] = ()
) -> None:
    """Hand over a table in a format for machines; what is remarked on it is said beside it.

    A format that has a place for remarks (Parquet) holds them too.
    """
    from forensics.reports import replacing, table_format

    for one in remarks:
        console.say(one)
    found = found.replace_schema_metadata({"remarks": "\n".join(remarks)} if remarks else None)
    writer = table_format(output_format)
    if output is None:
        writer.write(found, console.stdout_bytes())
        return
    with replacing(output) as stream:
        writer.write(found, stream)
    console.say(f"{found.num_rows:,} row{'' if found.num_rows == 1 else 's'} written to {output}.")


def view(draw: Callable[[Console], None], output: Path | None, *, pager: bool = False) -> None:
    """Hand over what is drawn for a person; in a file it is plain text.

    With `pager` it is read in $PAGER, on a terminal.
    """
    if output is None:
        (console.paged if pager else console.direct)(draw)
        return
    from rich.console import Console

    page = StringIO()
    draw(Console(file=page, width=_FILE_WIDTH, no_color=True, highlight=False, markup=False))
    data(page.getvalue().encode("utf-8"), output)
