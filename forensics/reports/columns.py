"""Column values as text, the same in every text format."""

from __future__ import annotations

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

LIST_SEPARATOR = " ¦ "


def times_as_text(table: pa.Table) -> pa.Table:
    """The table with every time as ISO 8601 in UTC with microseconds and `Z`."""
    for index, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            utc = table.column(index).cast(pa.timestamp("us", tz="UTC"))
            text = pc.strftime(utc, format="%Y-%m-%dT%H:%M:%SZ")
            table = table.set_column(index, pa.field(field.name, pa.string()), text)
    return table


def nested_as_text(table: pa.Table) -> pa.Table:
    """The table with lists joined by ` ¦ ` (unknown elements left out), other nesting as JSON."""
    for index, field in enumerate(table.schema):
        if pa.types.is_nested(field.type):
            flat = pa.types.is_list(field.type) and not pa.types.is_nested(field.type.value_type)
            text = (_joined if flat else _as_json)(table.column(index).combine_chunks())
            table = table.set_column(index, pa.field(field.name, pa.string()), text)
    return table


def rest_as_text(table: pa.Table) -> pa.Table:
    """The table with what CSV has no form for (durations, intervals, bytes) as Python writes it."""
    for index, field in enumerate(table.schema):
        kind = field.type
        if any(test(kind) for test in (pa.types.is_duration, pa.types.is_interval, _is_bytes)):
            values = table.column(index).to_pylist()
            text = pa.array([None if v is None else _plain(v) for v in values], pa.string())
            table = table.set_column(index, pa.field(field.name, pa.string()), text)
    return table


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _plain(value: object) -> str:
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)


def _joined(lists: pa.ListArray) -> pa.Array:
    values = pc.list_flatten(lists).cast(pa.string())
    parents = pc.list_parent_indices(lists)
    known = pc.is_valid(values)
    kept = pa.table({"parent": parents.filter(known), "value": values.filter(known)})
    grouped = kept.group_by("parent", use_threads=False).aggregate([("value", "list")])
    texts = pc.binary_join(grouped["value_list"].combine_chunks(), LIST_SEPARATOR)
    place = pc.index_in(pa.array(range(len(lists)), pa.int64()), grouped["parent"])
    empty = pc.if_else(pc.is_valid(lists), "", pa.scalar(None, pa.string()))
    return pc.coalesce(texts.take(place), empty)


def _as_json(values: pa.Array) -> pa.Array:
    texts = [
        None if value is None else msgspec.json.encode(value).decode()
        for value in values.to_pylist()
    ]
    return pa.array(texts, pa.string())
