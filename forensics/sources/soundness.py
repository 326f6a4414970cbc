"""Records that are not sound JSON: what is wrong with them, and what mends the nearly sound."""

from __future__ import annotations

import json


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
    """In words, why a record has no time: it may be JSON without being an object."""
    if not raw.startswith("{"):
        reason = why_not_json(raw.encode())
        if reason.startswith("not a JSON object"):
            return reason
    return "no time that can be read"


def mended_json(record: bytes) -> bytes | None:
    """JSON to map in place of a record that is an object but for lone surrogates, control
    characters or a byte-order mark; None where it is none. The record itself stays as it is.
    """
    try:
        document = json.loads(record, strict=False, object_pairs_hook=_first_wins)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict):
        return None
    text = json.dumps(document, ensure_ascii=False)
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()


def _first_wins(pairs: list[tuple[str, object]]) -> dict[str, object]:
    return dict(reversed(pairs))
