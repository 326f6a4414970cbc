"""Time stamps as logs write them: SQL for the instant, its granularity and its zone basis."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from forensics.errors import DeclarationError

# Microseconds a unit of an epoch stamp, and the granularity it is written in.
_EPOCHS = {"epoch_s": (1_000_000, "s"), "epoch_ms": (1_000, "ms"), "epoch_us": (1, "us")}

_TIME = "[T ][0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.][0-9]*)?)?"
# DuckDB reads past a zone that it does not take into account, so what may follow is said here.
_WALL_CLOCK = f"'^[0-9]{{4}}-[0-9]{{1,2}}-[0-9]{{1,2}}({_TIME})?$'"
_OFFSET = f"'{_TIME} *(UTC|GMT|Z|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?)$'"
# How far clocks are set back somewhere: Lord Howe, nearly everywhere, Troll.
_SHIFTS = ("30 MINUTE", "1 HOUR", "2 HOUR")

_FIRST = "TIMESTAMPTZ '0001-01-01 00:00:00+00'"
_LAST = "TIMESTAMPTZ '9999-12-31 23:59:59.999999+00'"


@dataclass(frozen=True)
class Stamp:
    """Three SQL expressions over one text: `time`, `precision`, `basis`; NULL where unreadable."""

    time: str
    precision: str
    basis: str


def _literal(text: str) -> str:
    return exp.Literal.string(text).sql(dialect="duckdb")


def _epoch(text: str, name: str) -> Stamp:
    factor, precision = _EPOCHS[name]
    # Decimal, because exporters also write 1583364251067.0 or 1583364251.067.
    micros = f"TRY(CAST(round(CAST({text} AS DECIMAL(38, 9)) * {factor}) AS BIGINT))"
    time = f"TRY(make_timestamp({micros}) AT TIME ZONE 'UTC')"
    fine = f"CASE WHEN contains({text}, '.') THEN 'us' ELSE {_literal(precision)} END"
    return Stamp(time, f"CASE WHEN {text} IS NOT NULL THEN {fine} END", "'utc'")


def _local_basis(local: str, zone: str) -> str:
    """Whether a wall-clock reading is ambiguous or impossible in its zone, else `assumed`."""
    if zone == "UTC":
        return "'assumed'"
    named = _literal(zone)
    there = f"(({local}) AT TIME ZONE {named})"
    repeated = " OR ".join(
        f"(({there} {sign} INTERVAL {shift}) AT TIME ZONE {named}) = {local}"
        for shift in _SHIFTS
        for sign in "+-"
    )
    return f"""CASE WHEN ({there} AT TIME ZONE {named}) <> {local} THEN 'nonexistent'
      WHEN {repeated} THEN 'ambiguous' ELSE 'assumed' END"""


def _local(local: str, zone: str) -> str:
    return f"(({local}) AT TIME ZONE {_literal(zone)})"


def _iso(text: str, zone: str) -> Stamp:
    # Nearly every stamp ends in Z: that test comes first and the others only where it fails.
    zulu = f"right({text}, 1) = 'Z'"
    plain = f"upper(replace(trim({text}), ',', '.'))"
    offset = f"regexp_matches({plain}, {_OFFSET})"
    local = f"TRY_CAST({plain} AS TIMESTAMP)"
    bare = f"""regexp_replace(regexp_replace({plain}, ' *(UTC|GMT)$', 'Z'),
      ' +([Z+-][0-9:]*)$', '\\1')"""
    time = f"""CASE
      WHEN {zulu} THEN coalesce(TRY_CAST({text} AS TIMESTAMPTZ), TRY_CAST({bare} AS TIMESTAMPTZ))
      WHEN {offset}
      THEN TRY_CAST({bare} AS TIMESTAMPTZ)
      WHEN regexp_matches({plain}, {_WALL_CLOCK}) THEN {_local(local, zone)} END"""
    fraction = f"regexp_extract(substr({text}, 11), '[.,]([0-9]+)', 1)"
    precision = f"""CASE WHEN {text} IS NULL THEN NULL
      WHEN strlen({text}) = 20 AND {zulu} AND {text}[11] = 'T' AND NOT contains({text}, '.')
      THEN 's'
      WHEN length({text}) <= 10 THEN 'day'
      WHEN contains({text}, '.') OR contains({text}, ',')
      THEN CASE WHEN length({fraction}) <= 3 THEN 'ms' ELSE 'us' END
      WHEN length({text}) - length(replace({text}, ':', '')) < 2 AND length({text}) < 19 THEN 'min'
      ELSE 's' END"""
    basis = f"""CASE WHEN {zulu} THEN 'utc'
      WHEN {offset} THEN CASE WHEN regexp_matches({plain}, '(UTC|GMT|Z)$') THEN 'utc'
      ELSE 'offset' END ELSE {_local_basis(local, zone)} END"""
    return Stamp(time, precision, basis)


def _patterned(text: str, patterns: tuple[str, ...], zone: str) -> Stamp:
    """strptime patterns, tried in order; `%z` in a pattern means the stamp carries an offset."""
    listed = ", ".join(_literal(one) for one in patterns)
    parsed = f"try_strptime({text}, [{listed}])"
    finest = "us" if any("%f" in p or "%n" in p for p in patterns) else "s"
    if not any("%S" in p or "%T" in p or "%c" in p for p in patterns):
        finest = "min" if any("%M" in p for p in patterns) else "day"
    if any("%z" in one or "%Z" in one for one in patterns):
        return Stamp(parsed, _literal(finest), "'offset'")
    return Stamp(_local(parsed, zone), _literal(finest), _local_basis(parsed, zone))


def stamp(text: str, formats: tuple[str, ...], zone: str) -> Stamp:
    """SQL that reads `text` (an SQL expression) in the given formats.

    `formats`: `iso`, `epoch_s`, `epoch_ms`, `epoch_us` alone, or strptime patterns. `zone` is
    used for stamps written without one. Raises `DeclarationError` on an unknown format.
    """
    if formats == ("iso",):
        found = _iso(text, zone)
    elif len(formats) == 1 and formats[0] in _EPOCHS:
        found = _epoch(text, formats[0])
    elif all("%" in one for one in formats):
        found = _patterned(text, formats, zone)
    else:
        raise DeclarationError(
            f"time format {formats!r}: want iso, {', '.join(_EPOCHS)}, or strptime patterns"
        )
    # Neither 'infinity' nor a year before or after those of any log is an instant.
    sane = f"CASE WHEN {found.time} BETWEEN {_FIRST} AND {_LAST} THEN {found.time} END"
    return Stamp(sane, found.precision, found.basis)
