"""Place and network of addresses, from databases in MaxMind's format that the user has."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from hashlib import file_digest
from importlib import resources
from itertools import islice
from pathlib import Path
from typing import Any

import maxminddb

from forensics.enrichment.addresses import Address
from forensics.errors import InputError

SUFFIX = ".mmdb"
_COUNTRY = re.compile(r"[A-Z]{2}")
_SYSTEM = re.compile(r"(?:AS)?([0-9]{1,10})")
# A database that holds what is asked of it does so in one of its first networks.
_LOOKED_AT = 1_000
_REMEDY = "Nothing was enriched. Take it out of the folder, or replace it by a whole one."


@dataclass(frozen=True)
class Found:
    """What one database, or several, know of an address; None where they do not know."""

    country: str | None = None
    city: str | None = None
    asn: str | None = None
    as_name: str | None = None
    labels: frozenset[str] = frozenset()
    databases: tuple[str, ...] = field(default=(), compare=False)

    @property
    def anything(self) -> bool:
        """Whether any of it is known."""
        return self != _NOTHING


_NOTHING = Found()


@cache
def _declared() -> dict[str, Any]:
    text = resources.files("forensics.enrichment").joinpath("geoip.toml").read_text("utf-8")
    return tomllib.loads(text)


@cache
def _steps(path: str) -> tuple[str, ...]:
    return tuple(path.split("."))


def _values(record: object, paths: Sequence[str]) -> Iterator[object]:
    for path in paths:
        value: object = record
        for step in _steps(path):
            value = value.get(step) if isinstance(value, dict) else None
        yield value


def _text(record: object, group: str, name: str) -> str | None:
    declared = _declared()
    for value in _values(record, declared[group][name]):
        if isinstance(value, str | int) and not isinstance(value, bool):
            text = str(value).strip()
            if text not in declared["unknown"]:
                return text
    return None


def extract(record: object) -> Found:
    """What a record of a database says, by the paths of `geoip.toml`."""
    country, asn = _text(record, "place", "country"), _text(record, "system", "asn")
    code = _COUNTRY.fullmatch((country or "").upper())
    number = _SYSTEM.fullmatch((asn or "").upper())
    return Found(
        country=code[0] if code else None,
        city=_text(record, "place", "city"),
        asn=number[1] if number and int(number[1]) else None,
        as_name=_text(record, "system", "as_name"),
        labels=frozenset(
            label
            for label, paths in _declared()["labels"].items()
            if any(value is True for value in _values(record, paths))
        ),
    )


class Database:
    """One open database. Looks up fastest when it is asked in the order of addresses."""

    def __init__(self, path: Path, name: str) -> None:
        self.name = name
        self._place = str(path)
        self._networks: dict[int, tuple[int, int, Found]] = {}
        try:
            with path.open("rb") as file:
                self.sha256 = file_digest(file, "sha256").hexdigest()
            # In pure Python a broken database can do no worse than raise.
            self._reader = maxminddb.open_database(path, maxminddb.MODE_MMAP)
        except OSError as error:
            raise self._broken(error.strerror or str(error)) from error
        except Exception as error:
            raise self._broken(str(error)) from error
        try:
            self.type, self.built = self._about()
        except InputError:
            self.close()
            raise

    def _about(self) -> tuple[str, datetime]:
        """Its type and when it was built; raises when nothing of what it holds is of use."""
        try:
            metadata = self._reader.metadata()
            built = datetime.fromtimestamp(metadata.build_epoch, UTC)
            records = [record for _, record in islice(self._reader, _LOOKED_AT)]
        except Exception as error:
            raise self._broken(f"{type(error).__name__}: {error}") from error
        if not any(extract(record).anything for record in records):
            raise InputError(
                f"This database ({metadata.database_type}) holds no country, city, AS number or"
                " anonymity of addresses.",
                place=self._place,
                remedy="Nothing was enriched. Take it out of the folder; "
                "databases of countries, cities, AS numbers or anonymous addresses are read.",
            )
        return str(metadata.database_type), built

    def _broken(self, why: str) -> InputError:
        return InputError(
            f"This is no database of addresses that can be read, or it is damaged: {why}",
            place=self._place,
            remedy=_REMEDY,
        )

    def find(self, address: Address) -> Found:
        """What it knows of an address."""
        number, version = int(address), address.version
        first, last, found = self._networks.get(version, (1, 0, _NOTHING))
        if first <= number <= last:
            return found
        try:
            if version == 6 and self._reader.metadata().ip_version == 4:
                return _NOTHING
            record, length = self._reader.get_with_prefix_len(address)
        except Exception as error:
            raise self._broken(f"{type(error).__name__}: {error}") from error
        host = address.max_prefixlen - length
        first = number >> host << host
        found = extract(record)
        self._networks[version] = (first, first + (1 << host) - 1, found)
        return found

    def close(self) -> None:
        """Release the file."""
        self._reader.close()


class GeoIP:
    """All databases of a folder, the newest first; with no folder it knows nothing."""

    def __init__(self, folder: Path | None) -> None:
        self.databases: list[Database] = []
        try:
            for path in _files(folder) if folder else ():
                name = path.relative_to(folder).as_posix() if folder else path.name
                self.databases.append(Database(path, name))
        except BaseException:
            self.close()
            raise
        self.databases.sort(key=lambda one: (-one.built.timestamp(), one.name, one.sha256))

    def find(self, address: Address) -> Found:
        """What the databases know of an address together.

        Country and city come from one database, number and name of the AS from one: of those that
        know the most, from the newest.
        """
        found = [(one.find(address), one.sha256) for one in self.databases]
        known = [(one, sha256) for one, sha256 in found if one.anything]
        if not known:
            return _NOTHING
        told = [one for one, _ in known]
        place = max(told, key=lambda one: (one.country is not None) * 2 + (one.city is not None))
        system = max(told, key=lambda one: (one.asn is not None) * 2 + (one.as_name is not None))
        return Found(
            place.country,
            place.city,
            system.asn,
            system.as_name,
            frozenset().union(*(one.labels for one in told)),
            tuple(sorted({sha256 for _, sha256 in known})),
        )

    def close(self) -> None:
        """Release the files."""
        for one in self.databases:
            one.close()


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise InputError(
            "There is no such folder of databases.",
            place=str(folder),
            remedy=f"Name the folder that holds your {SUFFIX} files.",
        )
    found = sorted(path for path in folder.rglob(f"*{SUFFIX}") if path.is_file())
    if not found:
        raise InputError(
            f"This folder holds no {SUFFIX} file.",
            place=str(folder),
            remedy="Put databases of MaxMind or IP2Location there, in MaxMind's format.",
        )
    return found
