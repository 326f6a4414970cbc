"""Lists of networks and what they are called: the IANA registries, and a list of the user's own."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from ipaddress import IPv4Network, ip_network

from forensics.enrichment.addresses import Address, Network
from forensics.errors import DeclarationError

REGISTRY = "networks.csv"
_HEADER = "cidr"
_SHOWN = 20
# What follows the first cell that is no remark.
_DELIMITED = re.compile(r"(?m)^(?!\s*#)[^,;\t\n]*([,;\t])")


@dataclass(frozen=True)
class Named:
    """A network, all labels that a list gives to it, sorted, and the notes beside them."""

    cidr: str
    labels: tuple[str, ...]
    note: str | None


class Networks:
    """Networks with labels, of both families; of those that hold an address the longest counts."""

    def __init__(self, entries: Iterable[tuple[Network, str, str]]) -> None:
        grouped: dict[Network, list[tuple[str, str]]] = {}
        for network, label, note in entries:
            grouped.setdefault(network, []).append((label, note))
        # By version and number of host bits, then by the bits before them.
        self._held: dict[tuple[int, int], dict[int, Named]] = {}
        for network, told in grouped.items():
            host = network.max_prefixlen - network.prefixlen
            notes = sorted({note for _, note in told if note})
            named = Named(
                str(network), tuple(sorted({label for label, _ in told})), "; ".join(notes) or None
            )
            level = self._held.setdefault((network.version, host), {})
            level[int(network.network_address) >> host] = named
        self._levels = {
            version: sorted(host for kind, host in self._held if kind == version)
            for version in (4, 6)
        }

    def find(self, address: Address) -> Named | None:
        """The smallest network that holds an address."""
        number = int(address)
        for host in self._levels[address.version]:
            named = self._held[address.version, host].get(number >> host)
            if named is not None:
                return named
        return None


def parse(data: bytes, place: str) -> Networks:
    """Read a list: a line a network, `cidr,label[,note]`; `#` opens a line of no meaning.

    Semicolons or tabs may stand for the commas, as spreadsheets write them in some countries.

    Raises `DeclarationError` with all faults of the list, by line.
    """
    faults: list[str] = []
    try:
        entries = list(_entries(data.decode("utf-8-sig"), faults))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DeclarationError(
            f"This list of ranges is not UTF-8 text: line {line}.", place=place, remedy=_SAVE
        ) from error
    except csv.Error as error:
        raise DeclarationError(
            f"This list of ranges cannot be read: {error}.", place=place, remedy=_REMEDY
        ) from error
    if not entries and not faults:
        faults.append("it names no network")
    if faults:
        more = len(faults) - _SHOWN
        told = [*faults[:_SHOWN], *([f"and {more} more"] if more > 0 else [])]
        raise DeclarationError(
            "This is no list of ranges: " + "; ".join(told) + ".", place=place, remedy=_REMEDY
        )
    return Networks(entries)


_SAVE = "Save it as UTF-8; a spreadsheet has this as CSV UTF-8"
_REMEDY = "Write a line a network: cidr,label[,note], as in 192.0.2.0/24,cloud,region north"


def _entries(text: str, faults: list[str]) -> Iterator[tuple[Network, str, str]]:
    found = _DELIMITED.search(text)
    lines = csv.reader(text.splitlines(), delimiter=found[1] if found else ",")
    for row in lines:
        cells = [cell.strip() for cell in row]
        if not any(cells) or cells[0].startswith("#"):
            continue
        if cells[0].lower() == _HEADER:
            continue
        if len(cells) < 2 or not cells[1]:
            faults.append(f"line {lines.line_num} gives no label")
            continue
        try:
            network = _plain(ip_network(cells[0]))
        except ValueError as error:
            faults.append(f"line {lines.line_num}: {error}")
            continue
        yield network, cells[1], cells[2] if len(cells) > 2 else ""


def _plain(network: Network) -> Network:
    """A network of IPv4 addresses written as IPv6 is one of IPv4, as its addresses are."""
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped is None or network.prefixlen < 96:
        return network
    return IPv4Network((mapped, network.prefixlen - 96))


def registry_bytes() -> bytes:
    """The list of special-purpose networks that comes with the tool, as it stands."""
    return resources.files("forensics.enrichment").joinpath(REGISTRY).read_bytes()


@cache
def registry() -> Networks:
    """The special-purpose networks of the IANA registries; every address lies in one."""
    return parse(registry_bytes(), REGISTRY)
