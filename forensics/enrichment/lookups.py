"""All that is looked up of addresses and clients, from what the user has and the tool's tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from forensics.enrichment import addresses, networks, user_agents
from forensics.enrichment.addresses import Address
from forensics.enrichment.geoip import GeoIP
from forensics.errors import InputError

Row = dict[str, Any]


class Lookups:
    """Databases, a list of ranges and the tool's tables, open. Close it, or use it with `with`.

    `asked` says whether there is anything beside the tool's tables, `located` whether there are
    databases. Raises `InputError` and `DeclarationError` when the folder or the list cannot be
    used.
    """

    def __init__(self, geoip: str | Path | None = None, ranges: str | Path | None = None) -> None:
        self.asked = geoip is not None or ranges is not None
        self.located = geoip is not None
        self.ranges = Path(ranges) if ranges is not None else None
        self.ranges_data = _bytes(self.ranges) if self.ranges else None
        self._own = networks.parse(self.ranges_data or b"", str(ranges)) if ranges else None
        self._kept: Row | None = None
        self._geoip = GeoIP(Path(geoip) if geoip is not None else None)

    @property
    def inputs(self) -> list[Row]:
        """What is looked up in: kind, name, type, build time and SHA-256 of each."""
        rows = [
            _input("database", one.name, one.sha256, type=one.type, built_at=one.built)
            for one in self._geoip.databases
        ]
        if self.ranges is not None and self.ranges_data is not None:
            digest = sha256(self.ranges_data).hexdigest()
            rows.append(_input("ranges", self.ranges.name, digest))
        if self._kept is not None:
            rows.append(self._kept)
        for name, data in (
            (networks.REGISTRY, networks.registry_bytes()),
            (user_agents.TABLE, user_agents.table_bytes()),
        ):
            rows.append(_input("tool", name, sha256(data).hexdigest()))
        return rows

    def keep_ranges(self, told: Row, data: bytes) -> None:
        """Look up in a list of before, of which `inputs` told so, since no other was given."""
        self._own, self._kept = networks.parse(data, told["name"]), told

    def addresses(self, texts: Iterable[str]) -> Iterator[Row]:
        """A row a source address as logs write it, in the order of the addresses."""
        read = ((text, addresses.read(text)) for text in texts)
        # Neighbours lie in one network of a database, which is then looked up once.
        for text, address in sorted(read, key=_order):
            yield {"src_ip": text, **(self._address(address) if address else {})}

    def _address(self, address: Address) -> Row:
        kind = networks.registry().find(address)
        own = self._own.find(address) if self._own else None
        found = self._geoip.find(address)
        return {
            "ip": str(address),
            "network": kind.labels[0] if kind else None,
            "country": found.country,
            "city": found.city,
            "asn": found.asn,
            "as_name": found.as_name,
            "labels": sorted({*found.labels, *(own.labels if own else ())}),
            "cidr": own.cidr if own else None,
            "note": own.note if own else None,
            "databases": list(found.databases),
            "database_labels": sorted(found.labels),
        }

    def user_agents(self, texts: Iterable[str]) -> Iterator[Row]:
        """A row a user agent as logs write it, sorted."""
        for text in sorted(texts):
            family = user_agents.family(text)
            yield {
                "user_agent": text,
                "family": family.name if family else None,
                "kind": family.kind if family else None,
            }

    def close(self) -> None:
        """Release the databases."""
        self._geoip.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _order(one: tuple[str, Address | None]) -> tuple[int, int, str]:
    text, address = one
    return (address.version, int(address), text) if address else (0, 0, text)


def _input(kind: str, name: str, digest: str, **more: Any) -> Row:
    return {"input": kind, "name": name, "type": None, "built_at": None, "sha256": digest} | more


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            f"This list of ranges cannot be read: {error.strerror}.",
            place=str(path),
            remedy="Nothing was enriched. Name a CSV file of lines cidr,label[,note].",
        ) from error
