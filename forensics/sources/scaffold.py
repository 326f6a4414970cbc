"""A draft declaration for an unknown log, from what its first records look like."""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from forensics.errors import InputError
from forensics.sources.formats import detect
from forensics.sources.recognise import decode

_SAMPLE = 200
_ISO = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?)?\s?(Z|[+-]\d\d:?\d\d)?\Z")
_ADDRESS = re.compile(r"\d{1,3}(\.\d{1,3}){3}\Z|[0-9a-fA-F:]*:[0-9a-fA-F:]+:[0-9a-fA-F.:]+\Z")
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
# Words in a path that speak for a column, strongest first; the last part of a path counts double.
_WORDS: dict[str, tuple[str, ...]] = {
    "native_id": ("uuid", "eventid", "event_id", "record_id", "id", "uid"),
    "operation": (
        "action", "event", "operation", "eventtype", "event_type", "verb", "activity", "type",
    ),
    "actor": (
        "actor", "user", "login", "username", "principal", "admin", "performed_by", "by", "email",
    ),
    "target": ("target", "object", "resource", "subject", "entity", "affected"),
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
            step = key if _PLAIN.match(key) else f'"{key}"'
            yield from _leaves(value, f"{path}.{step}" if path else step)
    elif isinstance(document, list):
        if document:
            yield from _leaves(document[0], f"{path}[0]")
    elif document is not None:
        yield path, document


def _time_format(values: Sequence[Any]) -> str | None:
    """The stamp format that every value fits, or None."""
    texts = [str(value) for value in values]
    if all(_ISO.match(text) for text in texts):
        return "iso"
    if all(re.fullmatch(r"1\d{9}(\.\d+)?", text) for text in texts):
        return "epoch_s"
    if all(re.fullmatch(r"1\d{12}", text) for text in texts):
        return "epoch_ms"
    return None


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

    def always(self) -> list[str]:
        return [path for path, values in self.values.items() if len(values) == self.size]

    def time(self) -> tuple[str, str] | None:
        found = [(path, _time_format(values)) for path, values in self.values.items()]
        usable = [(path, kind) for path, kind in found if kind is not None]
        usable.sort(key=lambda one: (-len(self.values[one[0]]), one[0].count("."), one[0]))
        return usable[0] if usable else None

    def best(self, column: str, taken: set[str]) -> str | None:
        words = _WORDS[column]
        scored = [(_score(path, words), path) for path in self.values if path not in taken]
        scored = [one for one in scored if one[0] > 0 and self._fits(column, one[1])]
        scored.sort(key=lambda one: (-one[0], -len(self.values[one[1]]), one[1]))
        return scored[0][1] if scored else None

    def _fits(self, column: str, path: str) -> bool:
        values = [str(value) for value in self.values[path]]
        if column == "native_id":
            return len(set(values)) == len(values) == self.size
        if column == "src_ip":
            return all(_ADDRESS.match(value) for value in values)
        return True


def _text(value: str) -> str:
    """A TOML basic string."""
    return json.dumps(value, ensure_ascii=False)


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
    if not documents:
        raise InputError(
            "There are no JSON objects or table rows to learn from.",
            remedy="Give a file with some records of the log.",
        )
    return _render(re.sub(r"[^a-z0-9_]+", "_", name.lower()).strip("_") or "my_source", documents)


def _render(name: str, documents: Sequence[dict[str, Any]]) -> str:
    sample = _Sample(documents)
    time = sample.time()
    taken = {time[0]} if time else set()
    columns: dict[str, str] = {}
    for column in _WORDS:
        path = sample.best(column, taken)
        if path is not None:
            columns[column] = path
            taken.add(path)
    required = [path for path in sample.always() if "[" not in path][:6]
    operation = columns.get("operation")
    counted = Counter(str(value) for value in sample.values.get(operation or "", []))
    expected = f" operation = {_text(counted.most_common(1)[0][0])} " if counted else ""
    lines = [
        f"name = {_text(name)}",
        f"title = {_text(name.replace('_', ' ').title())}",
        "refs = []  # where the format is documented",
        "",
        "[recognise]",
        f"required = [{', '.join(_text(path) for path in required)}]",
        "",
        "[record]",
        'zone = "UTC"  # of stamps written without a zone',
        "",
        "[event]",
        _time_line(time),
        *(f"{column} = {_text(path)}" for column, path in columns.items() if column != "outcome"),
        *([] if operation else ['operation = { const = "unknown" }  # the path of what was done']),
        *_outcome(sample, columns.get("outcome")),
        "",
        "[actions]  # operation = normalised verb; see the reference of actions",
        *(f'{_text(value)} = "other"  # seen {n} times' for value, n in counted.most_common(20)),
        "",
        "[[example]]",
        f"raw = {_text(json.dumps(documents[0], ensure_ascii=False))}",
        f"expect = {{{expected}}}",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _time_line(time: tuple[str, str] | None) -> str:
    if time is None:
        return 'time = ""  # no time was found: the path, and its format as strptime pattern'
    return f"time = {{ path = {_text(time[0])}, format = {_text(time[1])} }}"


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
    seen = sorted({str(value) for value in sample.values[path]})[:8]
    pairs = ", ".join(f"{_text(value)} = {_text(_outcome_word(value))}" for value in seen)
    return [f'outcome = {{ path = {_text(path)}, map = {{ {pairs} }}, default = "unknown" }}']
