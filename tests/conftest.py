"""What tests of several rooms need: a worker's share of the machine, and databases of addresses.

The databases are written here byte by byte.
"""

from __future__ import annotations

import gc
import os
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from forensics.api import Case
from forensics.engine.duckdb import DuckDBEngine

_SEPARATOR = bytes(16)
_MARKER = b"\xab\xcd\xefMaxMind.com"
_TEXT, _UINT16, _UINT32, _MAP, _UINT64, _ARRAY, _BOOLEAN = 2, 5, 6, 7, 9, 11, 14
Tree = list[Any]

_DEFAULTS = DuckDBEngine.__init__.__kwdefaults__


def pytest_configure() -> None:
    """Engines take the cores that other workers leave; cycles are looked for less often."""
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    _DEFAULTS["threads"] = max(1, (os.cpu_count() or 1) // workers)
    gc.set_threshold(50_000, 20, 20)


def pytest_collection_finish() -> None:
    """What is collected stays to the end, and is no garbage to be looked for."""
    gc.freeze()


def pytest_unconfigure() -> None:
    """At the end everything is let go, as the bindings of the engine expect."""
    gc.unfreeze()


@pytest.fixture(scope="module")
def every_core() -> Iterator[None]:
    """Engines take all cores, as those of users do, where the order of rows could show it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(_DEFAULTS, "threads", None)
        yield


def _head(kind: int, size: int) -> bytes:
    """The control bytes of a value: its kind, and its size in one of three lengths."""
    more = b""
    if size >= 285:
        size, more = 30, struct.pack(">H", size - 285)
    elif size >= 29:
        size, more = 29, bytes([size - 29])
    if kind < 8:
        return bytes([kind << 5 | size]) + more
    return bytes([size, kind - 7]) + more


def _encoded(value: Any) -> bytes:
    match value:
        case bool():
            return _head(_BOOLEAN, int(value))
        case str():
            data = value.encode()
            return _head(_TEXT, len(data)) + data
        case int():
            return _encoded((_UINT64 if value >> 32 else _UINT32, value))
        case tuple():
            kind, number = value
            bare = int(number).to_bytes(8, "big").lstrip(b"\0")
            return _head(kind, len(bare)) + bare
        case dict():
            pairs = (_encoded(name) + _encoded(one) for name, one in value.items())
            return _head(_MAP, len(value)) + b"".join(pairs)
        case list():
            return _head(_ARRAY, len(value)) + b"".join(map(_encoded, value))
    raise TypeError(type(value))


def _plant(tree: Tree, network: str, offset: int, version: int) -> None:
    """Put the place of a network's record into the tree; IPv4 lies below 96 zeros."""
    found = ip_network(network)
    bits = f"{int(found.network_address):0{found.max_prefixlen}b}"[: found.prefixlen]
    if version == 6 and found.version == 4:
        bits = "0" * 96 + bits
    node = tree
    for bit in bits[:-1]:
        held = node[int(bit)]
        if not isinstance(held, list):
            held = node[int(bit)] = [held, held]
        node = held
    node[int(bits[-1])] = offset


def _nodes(tree: Tree) -> list[Tree]:
    found = [tree]
    for node in found:
        found += [child for child in node if isinstance(child, list)]
    return found


def _search_tree(tree: Tree, size: int) -> tuple[bytes, int]:
    nodes = _nodes(tree)
    places = {id(node): place for place, node in enumerate(nodes)}

    def written(child: Any) -> int:
        if child is None:
            return len(nodes)
        return places[id(child)] if isinstance(child, list) else len(nodes) + 16 + int(child)

    data = bytearray()
    for left, right in ((written(node[0]), written(node[1])) for node in nodes):
        if size == 28:
            data += (left & 0xFFFFFF).to_bytes(3, "big")
            data.append((left >> 24) << 4 | right >> 24)
            data += (right & 0xFFFFFF).to_bytes(3, "big")
        else:
            data += left.to_bytes(size // 8, "big") + right.to_bytes(size // 8, "big")
    return bytes(data), len(nodes)


def database(
    networks: Mapping[str, Any],
    *,
    name: str = "Test-City",
    built: int = 1_760_000_000,
    version: int = 6,
    size: int = 28,
) -> bytes:
    """A database in MaxMind's format, version 2.0: search tree, records, metadata.

    Networks are planted the shortest first, so that longer ones lie within them.
    """
    records, places, tree = bytearray(), {}, [None, None]
    for network in sorted(networks, key=lambda one: ip_network(one).prefixlen):
        data = _encoded(networks[network])
        if data not in places:
            places[data] = len(records)
            records += data
        _plant(tree, network, places[data], version)
    search, count = _search_tree(tree, size)
    metadata = {
        "binary_format_major_version": (_UINT16, 2),
        "binary_format_minor_version": (_UINT16, 0),
        "build_epoch": (_UINT64, built),
        "database_type": name,
        "description": {"en": "for tests"},
        "ip_version": (_UINT16, version),
        "languages": ["en"],
        "node_count": count,
        "record_size": (_UINT16, size),
    }
    return search + _SEPARATOR + bytes(records) + _MARKER + _encoded(metadata)


@pytest.fixture(scope="session")
def unjudged() -> Callable[[Case], Case]:
    """A case about which no policy is asked: for answers of what happened, not of what is allowed.

    Judging a few acts takes longer than rebuilding what they did.
    """

    def without(case: Case) -> Case:
        case.facts.policies = replace(case.facts.policies, policies=())
        return case

    return without


@pytest.fixture(scope="session")
def mmdb() -> Callable[..., bytes]:
    """Makes the bytes of a database: `mmdb({"192.0.2.0/24": {...}}, name=..., built=...)`."""
    return database


@pytest.fixture
def geoip(tmp_path: Path) -> Path:
    """A folder with a database of cities and, in a folder below, one of autonomous systems."""
    folder = tmp_path / "geoip"
    (folder / "asn").mkdir(parents=True)
    cities = {
        "192.0.2.0/24": {"country": {"iso_code": "NL"}, "city": {"names": {"en": "Delft"}}},
        "192.0.2.128/25": {"country": {"iso_code": "BE"}},
        "2001:db8::/32": {"country": {"iso_code": "IE"}, "city": {"names": {"en": "Cork"}}},
    }
    systems = {
        "192.0.2.0/24": {
            "autonomous_system_number": 64500,
            "autonomous_system_organization": "Example Net",
        }
    }
    (folder / "City.mmdb").write_bytes(database(cities))
    (folder / "asn" / "ASN.mmdb").write_bytes(
        database(systems, name="Test-ASN", version=4, size=24)
    )
    return folder
