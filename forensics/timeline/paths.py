"""Where a path into raw records leaves what any record holds: a key mistyped, or in other case."""

from __future__ import annotations

from forensics.conditions import vocabulary
from forensics.conditions.fields import RAW, json_path
from forensics.engine import Engine

# One array on the way is looked into, as a condition does.
_KEYS = """
SELECT DISTINCT unnest(list_concat(
    coalesce(TRY(json_keys(raw, $path)), []), coalesce(TRY(json_keys(raw, $inside)), []))) AS key
FROM events
"""


def astray(engine: Engine, name: str) -> str | None:
    """Which part of a field `raw.a.path` no record has, with the nearest that one has.

    None where some record holds each part of it.
    """
    keys = name.removeprefix(RAW).split(".")
    for depth, key in enumerate(keys):
        path = json_path(keys[:depth])
        rows = engine.rows(_KEYS, {"path": path, "inside": f"{path}[0]"})
        held = {row["key"] for row in rows}
        if key not in held:
            before = RAW + "".join(f"{one}." for one in keys[:depth])
            near = ", ".join(f"{before}{one}" for one in vocabulary.nearest(key, held))
            return f"No record has {before}{key}" + (f"; there is {near}." if near else ".")
    return None
