"""What the stamps of one source alone tell of its clock: its numbers, and when it wrote them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from forensics.engine import Engine, Row
from forensics.timeline.order import ASSUMED_TOLERANCE_S, STAMPED
from forensics.timeline.when import utc_text

STEP_S = 2.0
"""A record numbered after another and stamped so many seconds before it shows a clock set back."""

MEANING = {
    "sequence": "a record numbered after another was made after it",
    "logged": "an act comes before the record of it is written",
    "read": "an act comes before the file that tells of it is read",
}
"""What each kind of anchor within one source rests on."""

# A source that numbers its records in another order than they happened shows steps all over.
_FEW = 3
_STEP = {"step_us": round(STEP_S * 1e6)}

_STAMPED = " ".join(("WITH stamped AS (", STAMPED, "WHERE e.time IS NOT NULL)"))
_LOGGED = " ".join(
    (
        _STAMPED,
        """
SELECT source, count(*) AS n, max(epoch_us(time_low) - epoch_us(logged_time)) / 1e6 AS early_s,
       count(*) FILTER (WHERE time_low > logged_time) AS early,
       max_by(event_uid, (epoch_us(time_low) - epoch_us(logged_time), event_uid)) AS uid
FROM stamped WHERE logged_time IS NOT NULL AND source IS NOT NULL GROUP BY source
""",
    )
)
# The clock of the machine that read a file may be off as well.
_READ = " ".join(
    (
        _STAMPED,
        """
SELECT source, count(*) AS n, max(epoch_us(time_low) - epoch_us(read_at)) / 1e6 AS early_s,
       max_by(s.event_uid, (epoch_us(time_low) - epoch_us(read_at), s.event_uid)) AS uid
FROM stamped AS s JOIN readings AS r ON r.file_id = s.file_id
WHERE time_low > read_at + to_seconds($slack) AND source IS NOT NULL GROUP BY source
""",
    )
)
_STEPPED = """
WITH stepped AS (
    SELECT source, tenant, sequence, time, lag(time) OVER numbers AS previous,
           lag(sequence) OVER numbers AS previous_sequence
    FROM events WHERE sequence IS NOT NULL AND time IS NOT NULL AND source IS NOT NULL
    WINDOW numbers AS (PARTITION BY source, tenant ORDER BY sequence, time)
)
"""
# Numbers that mostly have holes are no sequence; see `gaps`.
_DENSE = """
    SELECT source, tenant, count(*) AS n,
           count(*) FILTER (WHERE epoch_us(previous) - epoch_us(time) > $step_us) AS steps,
           (1 + count(*) FILTER (WHERE sequence > previous_sequence)) * 2
               > max(sequence) - min(sequence) + 1 AS dense
    FROM stepped GROUP BY source, tenant
"""
_NUMBERED = " ".join(
    (
        _STEPPED,
        "SELECT source, sum(n)::BIGINT AS n, sum(steps)::BIGINT AS steps FROM (",
        _DENSE,
        ") AS numbered WHERE dense GROUP BY source",
    )
)
# A numbering that was begun anew puts what came later before what came earlier.
_UNORDERED = " ".join(
    (
        _STEPPED,
        "SELECT source, tenant FROM (",
        _DENSE,
        ") AS numbered WHERE steps > CASE WHEN dense THEN $few ELSE 0 END",
        "UNION SELECT source, tenant FROM restarts",
    )
)
# Where most numbers are missing a sequence was begun anew if, in their file, few fall though time
# does not.
_RESTARTED = " ".join(
    (
        _STEPPED,
        ", numbered AS (",
        _DENSE,
        """),
filed AS (
    SELECT e.source, e.event_uid, sequence, time, lag(sequence) OVER filing AS previous_sequence,
           lag(time) OVER filing AS previous
    FROM events AS e JOIN (SELECT DISTINCT source FROM numbered WHERE NOT dense) AS n
      ON n.source = e.source
    WHERE sequence IS NOT NULL AND time IS NOT NULL
    WINDOW filing AS (PARTITION BY e.source, tenant, file_id ORDER BY record_no, event_no)
)
SELECT source, count(*) AS n, any_value(sequence) AS sequence, any_value(time) AS time,
       any_value(previous_sequence) AS previous_sequence, any_value(previous) AS previous
FROM filed WHERE sequence < previous_sequence AND time >= previous
GROUP BY source HAVING count(*) <= $few ORDER BY source
""",
    )
)
# Numbers begun anew leave a hole to the older ones, all of which come earlier, in their file too.
_STEPS = """
WITH numbered AS (
    SELECT tenant, sequence, time, lag(time) OVER numbers AS previous, file_id, record_no,
           lag(sequence) OVER numbers AS previous_sequence,
           lag(file_id) OVER numbers AS previous_file, lag(record_no) OVER numbers AS previous_no,
           min(time) OVER (PARTITION BY tenant ORDER BY sequence, time
                           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS first_below,
           max(time) OVER (PARTITION BY tenant ORDER BY sequence, time
                           ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS last_above
    FROM events WHERE source = $source AND sequence IS NOT NULL AND time IS NOT NULL
    WINDOW numbers AS (PARTITION BY tenant ORDER BY sequence, time)
)
SELECT tenant, time, previous, epoch_us(previous) / 1e6 - epoch_us(time) / 1e6 AS back_s, sequence,
       previous_sequence,
       sequence - previous_sequence > 1 AND last_above <= first_below
           AND file_id = previous_file AND record_no < previous_no AS anew
FROM numbered WHERE epoch_us(previous) - epoch_us(time) > $step_us
ORDER BY sequence, time
"""
_CITED = """
SELECT event_uid FROM events
WHERE source = $source AND list_contains($sequences, sequence) ORDER BY sequence, event_uid
"""
_HELD = """
SELECT count(sequence) > 0 AS numbered, count(logged_time) > 0 AS logged FROM events
"""


@dataclass(frozen=True)
class Step:
    """A clock set back by at least so many seconds: stamps in [since, until) may be of either."""

    since: datetime
    until: datetime
    back_s: float


@dataclass(frozen=True)
class Own:
    """What a source's own records say of its clock; `early_s`: so long before an act it was logged.

    `anchors` counts records by what they tie a stamp to: `sequence`, `logged`, `read`. `sentences`
    say what its stamps contradict, `remarks` what else its records show.
    """

    source: str
    anchors: Mapping[str, int]
    steps: tuple[Step, ...] = ()
    early_s: float = 0.0
    sentences: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def read(engine: Engine) -> dict[str, Own]:
    """By source; only those that number their records, or say when they wrote them.

    Keeps `unordered_numbers`: the sources and tenants whose numbers do not tell what came first.
    """
    held = engine.rows(_HELD)[0]
    logged = {row["source"]: row for row in engine.rows(_LOGGED)} if held["logged"] else {}
    numbered: dict[str, Row] = {}
    restarted: dict[str, Row] = {}
    read: dict[str, Row] = {}
    if "readings" in engine.relations():
        asked = {"slack": STEP_S + ASSUMED_TOLERANCE_S}
        read = {row["source"]: row for row in engine.rows(_READ, asked)}
    if held["numbered"]:
        numbered = {row["source"]: row for row in engine.rows(_NUMBERED, _STEP)}
    steps = {
        source: engine.rows(_STEPS, {**_STEP, "source": source})
        for source, row in numbered.items()
        if 0 < row["steps"] <= _FEW
    }
    anew = [
        {"source": source, "tenant": row["tenant"]}
        for source, rows in sorted(steps.items())
        for row in rows
        if row["anew"]
    ]
    if held["numbered"]:
        restarted = {row["source"]: row for row in engine.rows(_RESTARTED, {**_STEP, "few": _FEW})}
    engine.register_rows("restarts", [("source", "VARCHAR"), ("tenant", "VARCHAR")], anew)
    engine.keep("unordered_numbers", _UNORDERED, {**_STEP, "few": _FEW})
    return {
        source: _own(
            engine,
            source,
            logged=logged.get(source),
            numbered=numbered.get(source),
            stepped=steps.get(source, []),
            read=read.get(source),
            restarted=restarted.get(source),
        )
        for source in sorted({*logged, *numbered, *read, *restarted})
    }


def _own(
    engine: Engine,
    source: str,
    *,
    logged: Row | None,
    numbered: Row | None,
    stepped: Sequence[Row],
    read: Row | None,
    restarted: Row | None,
) -> Own:
    counts, said, cited = {}, [], []
    steps: tuple[Step, ...] = ()
    early = 0.0
    rows = [row for row in stepped if not row["anew"]]
    if numbered:
        counts["sequence"] = numbered["n"]
    if logged:
        counts["logged"] = logged["n"]
        early = max(0.0, logged["early_s"])
    if stepped:
        steps = tuple(Step(row["time"], row["previous"], row["back_s"]) for row in rows)
        said += [_set_back(source, row) for row in rows]
        sequences = [row[name] for row in stepped for name in ("previous_sequence", "sequence")]
        found = engine.rows(_CITED, {"source": source, "sequences": sequences})
        cited += [row["event_uid"] for row in found]
    if logged and early > STEP_S:
        counted = "1 record" if logged["early"] == 1 else f"{logged['early']} records"
        said.append(
            f"{source} says that it wrote {counted} before the act, by up to {early:.3f} s: "
            "the clock of the acts runs ahead of that of the writing."
        )
        cited.append(logged["uid"])
    if read:
        counts["read"] = read["n"]
        counted = "1 record" if read["n"] == 1 else f"{read['n']} records"
        said.append(
            f"{source} stamps {counted} up to {read['early_s']:.3f} s after the file was read: "
            "its clock runs ahead, or its zone is another."
        )
        cited.append(read["uid"])
        early = max(early, read["early_s"] + ASSUMED_TOLERANCE_S)
    begun = [*(row for row in stepped if row["anew"]), *([restarted] if restarted else [])]
    anew = tuple(_begun_anew(source, row) for row in begun)
    return Own(source, counts, steps, early, tuple(said), tuple(dict.fromkeys(cited)), anew)


def _set_back(source: str, row: Row) -> str:
    return (
        f"The clock of {source} was set back by at least {row['back_s']:.3f} s: record "
        f"{row['sequence']} is stamped {utc_text(row['time'])}, record {row['previous_sequence']} "
        f"before it {utc_text(row['previous'])}."
    )


def _begun_anew(source: str, row: Row) -> str:
    return (
        f"{source} began its numbers anew, by their order in the file: record "
        f"{row['previous_sequence']} is stamped {utc_text(row['previous'])}, record "
        f"{row['sequence']} {utc_text(row['time'])}. They tell no order."
    )
