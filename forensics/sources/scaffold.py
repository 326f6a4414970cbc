"""A draft declaration for an unknown log, from what its first records look like."""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from forensics import actions
from forensics.errors import InputError
from forensics.sources.formats import detect
from forensics.sources.paths import lookup
from forensics.sources.recognise import decode

_SAMPLE = 200
_ISO = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?)?\s?(Z|[+-]\d\d:?\d\d)?\Z")
_ADDRESS = re.compile(r"\d{1,3}(\.\d{1,3}){3}\Z|[0-9a-fA-F:]*:[0-9a-fA-F:]+:[0-9a-fA-F.:]+\Z")
# 31.12.2024 or 12/31/2024, and perhaps a time of day after it.
_DAY_FIRST = re.compile(
    r"(\d{1,2})([./-])(\d{1,2})\2\d{4}"
    r"(?:(?P<gap>,? |T)(?P<hour>\d{1,2}):\d\d(?P<seconds>:\d\d)?(?P<fraction>[.]\d{1,6})?"
    r"(?:(?P<space> ?)(?P<half>[AaPp][Mm]))?)?\Z"
)
# What may stand between the quotes of a path.
_QUOTABLE = re.compile(r'[^"\\\x00-\x1f\x7f]+\Z')
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
# Words in a path that speak for a column, strongest first; the last part of a path counts double.
_WORDS: dict[str, tuple[str, ...]] = {
    "time": (
        "time", "timestamp", "ts", "at", "when", "event_time", "datetime", "date", "created_at",
        "created",
    ),
    "native_id": ("uuid", "eventid", "event_id", "record_id", "id", "uid"),
    "operation": (
        "action", "event", "operation", "eventtype", "event_type", "verb", "activity", "what",
        "did", "type",
    ),
    "actor": (
        "actor", "user", "login", "username", "principal", "admin", "performed_by", "actor_name",
        "who", "by", "email",
    ),
    "target": ("target", "object", "resource", "subject", "entity", "affected", "whom"),
    "outcome": ("outcome", "result", "status", "success"),
    "src_ip": ("ip", "ip_address", "ipaddress", "remote_addr", "source_ip", "client_ip"),
    "user_agent": ("user_agent", "useragent", "agent"),
    "session_id": ("session", "session_id", "sessionid"),
    "reason": ("reason", "comment", "justification"),
    "case_id": ("case", "ticket", "case_id", "ticket_id", "change"),
}  # fmt: skip


def _leaves(document: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Paths of scalar members, as declarations write them; lists are entered at their first."""
    if isinstance(document, dict):
        for key, value in document.items():
            if key == "*" or not _QUOTABLE.match(key):
                continue
            step = key if _PLAIN.match(key) else f'"{key}"'
            yield from _leaves(value, f"{path}.{step}" if path else step)
    elif isinstance(document, list):
        if document:
            yield from _leaves(document[0], f"{path}[0]")
    elif document is not None:
        yield path, document


def _time_format(values: Sequence[Any]) -> str | None:
    """The stamp format that every value fits, or None."""
    texts = [_said(value) for value in values]
    if all(_ISO.match(text) for text in texts):
        return "iso"
    if all(re.fullmatch(r"1\d{9}(\.\d+)?", text) for text in texts):
        return "epoch_s"
    if all(re.fullmatch(r"1\d{12}", text) for text in texts):
        return "epoch_ms"
    if all(re.fullmatch(r"1\d{15}", text) for text in texts):
        return "epoch_us"
    return _pattern(texts)


def _pattern(texts: Sequence[str]) -> str | None:
    """The strptime pattern of stamps that name day and month before the year, or None.

    The day stands first unless a number says otherwise; see `_is_unsure`.
    """
    found = [match for text in texts if (match := _DAY_FIRST.match(text))]
    if len(found) != len(texts) or len({_shape(one) for one in found}) != 1:
        return None
    one = found[0]
    first, second = (max(int(match[n]) for match in found) for n in (1, 3))
    if max(first, second) > 31 or min(first, second) > 12:
        return None
    day, month = ("%m", "%d") if second > 12 else ("%d", "%m")
    clock = ""
    if one["hour"]:
        hours = "%I" if one["half"] else "%H"
        seconds = ":%S" if one["seconds"] else ""
        clock = f"{one['gap']}{hours}:%M{seconds}{'.%f' if one['fraction'] else ''}"
        clock += f"{one['space']}%p" if one["half"] else ""
    return f"{day}{one[2]}{month}{one[2]}%Y{clock}"


def _shape(found: re.Match[str]) -> tuple[str | bool, ...]:
    """What stamps of one pattern have in common."""
    present = (bool(found[name]) for name in ("hour", "seconds", "fraction", "half"))
    return (found[2], found["gap"] or "", found["space"] or "", *present)


def _is_unsure(values: Sequence[Any], pattern: str) -> bool:
    """Whether day and month could be the other way round: no stamp has a number above 12."""
    if not pattern.startswith(("%d/", "%d-")):
        return False
    return all(int(part) <= 12 for one in values for part in re.findall(r"\d+", _said(one))[:2])


def _said(value: Any) -> str:
    """A scalar as mappings read it."""
    return value if isinstance(value, str) else json.dumps(value)


def _score(path: str, words: Sequence[str]) -> int:
    parts = [part.strip('"').lower() for part in re.split(r"[.\[]", path) if part]
    best = 0
    for rank, word in enumerate(words):
        weight = len(words) - rank
        if parts[-1] == word:
            best = max(best, 2 * weight + 1)
        elif word in parts:
            best = max(best, weight)
    return best


class _Sample:
    """What the sampled records hold at each path."""

    def __init__(self, documents: Sequence[dict[str, Any]]) -> None:
        self.size = len(documents)
        self.values: dict[str, list[Any]] = {}
        for document in documents:
            for path, value in _leaves(document):
                self.values.setdefault(path, []).append(value)

    def required(self) -> list[str]:
        """Paths to know a record by: those of every record, else that of most."""
        by_count = sorted(self.values, key=lambda path: ("[" in path, -len(self.values[path])))
        always = [path for path in self.values if len(self.values[path]) == self.size]
        return [path for path in always if "[" not in path][:6] or by_count[:1]

    def time(self) -> tuple[str, str] | None:
        found = [(path, _time_format(values)) for path, values in self.values.items()]
        usable = [(path, kind) for path, kind in found if kind is not None]
        words = _WORDS["time"]
        usable.sort(
            key=lambda one: (
                -len(self.values[one[0]]), -_score(one[0], words), one[0].count("."), one[0]
            )
        )  # fmt: skip
        return usable[0] if usable else None

    def best(self, column: str, taken: set[str]) -> str | None:
        words = _WORDS[column]
        scored = [(_score(path, words), path) for path in self.values if path not in taken]
        scored = [one for one in scored if one[0] > 0 and self._fits(column, one[1])]
        scored.sort(key=lambda one: (-one[0], -len(self.values[one[1]]), one[1]))
        return scored[0][1] if scored else None

    def _fits(self, column: str, path: str) -> bool:
        values = [_said(value) for value in self.values[path]]
        if column == "native_id":
            return len(set(values)) == len(values) == self.size
        if column == "src_ip":
            return all(_ADDRESS.match(value) for value in values)
        return True


def _text(value: str) -> str:
    """A TOML basic string."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def draft(name: str, head: bytes) -> str:
    """TOML text of a declaration to correct by hand; `head` is the opening bytes of the log.

    Raises `InputError` when there are no records to learn from.
    """
    container = detect(head)
    records: list[bytes] = []
    if container is not None:
        for batch in container.split(io.BytesIO(head)):
            records += batch.documents if batch.documents is not None else batch.records
            if len(records) >= _SAMPLE:
                break
    documents = decode(records[:_SAMPLE])
    if not any(True for one in documents for _ in _leaves(one)):
        raise InputError(
            "There are no JSON objects or table rows to learn from.",
            remedy="Give a file with some records of the log.",
        )
    plain = re.sub(r"[^a-z0-9_]+", "_", name.lower()).strip("_")
    if not plain[:1].isalpha():
        plain = f"log_{plain}" if plain else "my_source"
    return _render(plain, documents)


def _example(document: dict[str, Any], operation: str | None) -> list[str]:
    """A record and the operation it shows; in a list where alone it would be taken apart."""
    raw = json.dumps(document, ensure_ascii=False)
    container = detect(raw.encode())
    alone = container is not None and next(iter(container.split(io.BytesIO(raw.encode()))), None)
    if not alone or [bytes(one) for one in alone.records] != [raw.encode()]:
        raw = f"[{raw}]"
    done = lookup(document, operation) if operation else None
    expected = f" operation = {_text(done)} " if isinstance(done, str) and done else ""
    return ["[[example]]", f"raw = {_text(raw)}", f"expect = {{{expected}}}"]


def _verb(operation: str) -> str:
    """The normalised verb that an operation spells, or other."""
    spelt = re.sub(r"[^a-z0-9]+", ".", operation.lower(), count=1)
    return next((one for one in (operation, spelt) if one in actions.load()), actions.OTHER)


def _render(name: str, documents: Sequence[dict[str, Any]]) -> str:
    sample = _Sample(documents)
    time = sample.time()
    taken = {time[0]} if time else set()
    columns: dict[str, str] = {}
    for column in [one for one in _WORDS if one != "time"]:
        path = sample.best(column, taken)
        if path is not None:
            columns[column] = path
            taken.add(path)
    operation = columns.get("operation")
    counted = Counter(_said(value) for value in sample.values.get(operation or "", []))
    lines = [
        f"name = {_text(name)}",
        f"title = {_text(name.replace('_', ' ').title())}",
        "refs = []  # where the format is documented",
        "",
        "[recognise]",
        f"required = [{', '.join(_text(path) for path in sample.required())}]",
        "",
        "[record]",
        'zone = "UTC"  # of stamps written without a zone',
        "",
        "[event]",
        *_time_lines(sample, time),
        *(f"{column} = {_text(path)}" for column, path in columns.items() if column != "outcome"),
        *(['actor_type = { const = "user" }'] if "actor" in columns else []),
        *([] if operation else ['operation = { const = "unknown" }  # the path of what was done']),
        *_outcome(sample, columns.get("outcome")),
        "",
        "[actions]  # operation = normalised verb; see the reference of actions",
        *(f"{_text(o)} = {_text(_verb(o))}  # seen {n} times" for o, n in counted.most_common(20)),
        "",
        *_example(documents[0], operation),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _time_lines(sample: _Sample, time: tuple[str, str] | None) -> list[str]:
    if time is None:
        return ['time = ""  # no time was found: { path = "when", format = "%d.%m.%Y %H:%M" }']
    line = f"time = {{ path = {_text(time[0])}, format = {_text(time[1])} }}"
    if _is_unsure(sample.values[time[0]], time[1]):
        return ["# No stamp says whether its day or its month comes first; swap %d and %m?", line]
    return [line]


def _outcome_word(value: str) -> str:
    """The normalised outcome that a value most likely means."""
    text = value.lower()
    if re.search(r"den(y|ied)|forbid|unauthori", text):
        return "denied"
    if re.search(r"fail|error|false|reject", text):
        return "failure"
    return "success" if re.search(r"success|ok|true|allow|complete|grant", text) else "unknown"


def _outcome(sample: _Sample, path: str | None) -> list[str]:
    if path is None:
        return []
    seen = sorted({_said(value) for value in sample.values[path]})[:8]
    pairs = ", ".join(f"{_text(value)} = {_text(_outcome_word(value))}" for value in seen)
    return [f'outcome = {{ path = {_text(path)}, map = {{ {pairs} }}, default = "unknown" }}']
