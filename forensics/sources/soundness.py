"""Records that are not sound JSON: what is wrong with them, and what mends the nearly sound."""

from __future__ import annotations

import json
import math
import re

from forensics.sources.carriers import garbled

# Strings, and commas after which nothing follows.
_TRAILING = re.compile(rb'("(?:[^"\\]++|\\.)*+")|,(?=\s*[}\]])', re.DOTALL)
# What a record looks like that a program printed instead of writing it as JSON.
_PRINTED = ("'", "None", "True", "False")
_SHOWN = 24


def why_not_json(record: bytes) -> str:
    """In words, what keeps a record from being a JSON object."""
    try:
        document = json.loads(record)
    except json.JSONDecodeError as error:
        return f"not JSON: {error.msg} at character {error.pos}"
    except (ValueError, RecursionError) as error:
        return f"not JSON: {error}"
    return f"not a JSON object but {type(document).__name__}"


def why_timeless(raw: str) -> str:
    """In words, why a record has no time: it may be JSON without being an object, or carry what
    is no text.
    """
    if not raw.startswith("{"):
        reason = why_not_json(raw.encode())
        if reason.startswith("not a JSON object"):
            return reason
    elif (document := _mended(raw.encode())) and (told := why_garbled(document)):
        return told
    return "no time that can be read"


def why_garbled(document: dict[str, object]) -> str | None:
    """In words, that what a document carries is no text; None when it is not so."""
    path = garbled(document)
    return f"the base64 under {path} is not UTF-8; convert what it holds first" if path else None


def mended_json(record: bytes) -> bytes | None:
    """JSON to map in place of a record that is an object but for lone surrogates, control
    characters, a byte-order mark, commas with nothing after them or numbers that JSON has not,
    which become null; None where it is none. The record itself stays as it is.
    """
    document = _mended(record) or _mended(_TRAILING.sub(rb"\1", record))
    if document is None:
        return None
    text = json.dumps(document, ensure_ascii=False)
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()


def _mended(record: bytes) -> dict[str, object] | None:
    try:
        document = json.loads(
            record,
            strict=False,
            object_pairs_hook=_first_wins,
            parse_constant=lambda _: None,
            parse_float=_finite,
        )
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _finite(number: str) -> float | None:
    found = float(number)
    return found if math.isfinite(found) else None


def _first_wins(pairs: list[tuple[str, object]]) -> dict[str, object]:
    return dict(reversed(pairs))


def fault_at(text: bytes, record: bytes) -> str:
    """In words, where in a text a record that cannot be read breaks off, why, and what mends it.

    The text is read on from where the record starts: what was taken for its end need not be it.
    Lines and bytes count from 1, in the text as it is once unpacked.
    """
    start = max(0, text.find(record))
    try:
        own = record.decode("utf-8")
        document, _ = json.JSONDecoder().raw_decode(text[start:].decode("utf-8", "replace"))
        json.loads(own)
    except UnicodeDecodeError as error:
        return f"{_place(text, start + error.start)}: byte 0x{record[error.start]:02X} is not UTF-8"
    except json.JSONDecodeError as error:
        at = start + len(error.doc[: error.pos].encode())
        return f"{_place(text, at)}: {_cause(error)}"
    except (ValueError, RecursionError) as error:
        return f"{_place(text, start)}: {error}"
    return f"{_place(text, start)}: not a JSON object but {type(document).__name__}"


def place_of(text: bytes, record: bytes) -> str:
    """In words, where a record stands in a text."""
    return _place(text, max(0, text.find(record)))


def _place(text: bytes, at: int) -> str:
    line = text.count(b"\n", 0, at) + 1
    return f"line {line}, byte {at + 1}"


def _cause(error: json.JSONDecodeError) -> str:
    """What is wrong at a fault, and what to do about it."""
    if error.pos >= len(error.doc.rstrip()) or error.msg.startswith("Unterminated"):
        return "it is cut off within a record; export it again"
    near = error.doc[error.pos : error.pos + _SHOWN].split("\n")[0]
    if near.startswith(_PRINTED):
        return f"{near!r} was printed by a program; write it as JSON (json.dumps, jq)"
    found = f", found {near!r}" if near.strip() else ""
    return f"{error.msg.removesuffix(' at')}{found}; mend it there or export it again"
