from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from forensics.timeline import clocks
from forensics.timeline.told import Told

T0 = datetime(2017, 11, 2, 22, 0, tzinfo=UTC)


def requests(offsets: list[float]) -> list[dict[str, Any]]:
    """One request a minute, recorded by `a` so many seconds after `b`."""
    rows: list[dict[str, Any]] = []
    for number, offset in enumerate(offsets):
        time = T0 + timedelta(minutes=number)
        request = {"request_id": f"request-{number}", "target": None}
        rows.append({"time": time + timedelta(seconds=offset), "source": "a", **request})
        rows.append({"time": time, "source": "b", **request})
    return rows


def test_a_constant_difference_is_measured(load: Any) -> None:
    engine = load(requests([6.5, 7.0, 8.5]))
    (reading,) = clocks.register(engine, {}).pairs
    assert (reading.first, reading.second, reading.anchors) == ("a", "b", 3)
    assert reading.verdict == "consistent"
    assert (reading.low_s, reading.high_s) == (8.5 - 2 - 0.001, 6.5 + 2 + 0.001)
    assert set(reading.evidence) == {"u4", "u5", "u0", "u1"}


def test_a_jump_refutes_one_constant_difference(load: Any) -> None:
    engine = load(requests([0, 0, 90, 90]))
    (reading,) = clocks.register(engine, {}).pairs
    assert reading.verdict == "refuted"
    assert (reading.low_s, reading.high_s) == (-2.001, 92.001)


def test_without_a_common_request_nothing_is_measured(load: Any) -> None:
    rows = requests([7])
    rows[1]["request_id"] = "other"
    engine = load(rows)
    (reading,) = clocks.register(engine, {}).pairs
    assert (reading.verdict, reading.anchors, reading.low_s) == ("no anchors", 0, None)


def test_clocks_that_certainly_differ_are_trusted_less(load: Any) -> None:
    engine = load(requests([7, 7]))
    clocks.register(engine, {"a": 1, "b": 1})
    rows = {row["source"]: row for row in engine.rows("SELECT * FROM clocks")}
    assert {row["basis"] for row in rows.values()} == {"contradicted"}
    assert (rows["a"]["kept_low_s"], rows["a"]["kept_high_s"]) == (-1, 1)
    assert rows["a"]["offset_low_s"] == -1
    assert rows["a"]["offset_high_s"] == 7 + 2 + 0.001 + 1
    assert rows["b"]["offset_low_s"] == -(7 + 2 + 0.001 + 1)
    assert rows["b"]["offset_high_s"] == 1


def test_a_lone_anchor_does_not_outvote_two_clocks(load: Any) -> None:
    found = clocks.register(load(requests([7800])), {"a": 5, "b": 5})
    assert [(one.offset_low_s, one.offset_high_s) for one in found.sources[0].segments] == [(-5, 5)]
    assert {one.verdict for one in (*found.sources, *found.pairs)} == {"contradicted"}
    assert found.pairs[0].sentence.startswith("1 request both recorded would have the clock of a")
    assert set(found.pairs[0].evidence) == {"u0", "u1"}
    # Nor amid others that agree; two that agree with each other do.
    (pair,) = clocks.register(load(requests([0, 0, 7800, 0])), {"a": 5, "b": 5}).pairs
    assert (pair.verdict, pair.low_s, pair.high_s) == ("contradicted", -2.001, 2.001)
    (pair,) = clocks.register(load(requests([7800, 7801])), {"a": 5, "b": 5}).pairs
    assert (pair.verdict, pair.low_s) == ("consistent", 7801 - 2.001)


def test_short_ids_of_requests_tie_nothing(load: Any) -> None:
    rows = [{**row, "request_id": "7"} for row in requests([7800])]
    assert clocks.register(load(rows), {}).pairs[0].verdict == "no anchors"


def test_clocks_that_may_agree_keep_their_tolerances(load: Any) -> None:
    engine = load(requests([1, 1.5]))
    clocks.register(engine, {"a": 1, "b": 1})
    assert {row["basis"] for row in engine.rows("SELECT * FROM clocks")} == {"declared"}


def rows_of(*told: tuple[float, str, dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"time": T0 + timedelta(seconds=at), "source": source, "target": None, **more}
        for at, source, more in told
    ]


def test_a_case_is_opened_before_anybody_acts_under_it(load: Any) -> None:
    case, next_case = {"case_id": "C-000041"}, {"case_id": "C-000042"}
    engine = load(
        rows_of(
            (0, "desk", {"action": "case.open", **case}),
            (-80, "console", {"action": "account.suspend", **case}),
            (-90, "console", {"action": "case.note", **case}),
            (600, "desk", {"action": "case.open", **next_case}),
            (560, "console", {"action": "account.suspend", **next_case}),
        )
    )
    found = clocks.register(engine, {"desk": 2, "console": 5})
    (pair,) = found.pairs
    assert (pair.kinds, pair.low_s, pair.high_s) == ({"case": 2}, None, -80 + 0.001)
    limits = {one.source: one.segments[0] for one in found.sources}
    # One side alone is bounded, and more than both tolerances explain: a day is allowed for.
    assert limits["console"].offset_low_s == -86_400
    assert limits["console"].offset_high_s == 5
    assert limits["desk"].offset_high_s == 86_400
    assert "--assume console=" in found.sources[0].sentences[0]


def test_a_case_opened_twice_ties_nothing(load: Any) -> None:
    case = {"case_id": "C-000041"}
    opened = [(at, "desk", {"action": "case.open", **case}) for at in (0, 50)]
    engine = load(rows_of(*opened, (-80, "console", {"action": "account.suspend", **case})))
    assert [one.verdict for one in clocks.register(engine, {}).pairs] == ["no anchors"]


def test_an_act_comes_before_a_check_sees_it(load: Any) -> None:
    told = {"target": "@headofstate"}
    engine = load(
        rows_of(
            (-600, "probe", {"asserted_state": "active", **told}),
            (100, "console", {"action": "account.deactivate", **told}),
            (10, "probe", {"asserted_state": "unavailable", **told}),
            (760, "console", {"action": "account.restore", **told}),
            (700, "probe", {"asserted_state": "active", **told}),
        )
    )
    (pair,) = clocks.register(engine, {"console": 5, "probe": 1}).pairs
    assert pair.kinds == {"effect": 2}
    assert pair.low_s == 90 - 0.001


def test_what_anchors_tighten_is_measured_and_one_side_never_loosens_agreeing_clocks(
    load: Any,
) -> None:
    engine = load(requests([0, 0]))
    found = clocks.register(engine, {"a": 60, "b": 1})
    limits = {one.source: one.segments[0] for one in found.sources}
    assert limits["a"].basis == "measured"
    assert (limits["a"].offset_low_s, limits["a"].offset_high_s) == (-3.001, 3.001)
    assert limits["b"].basis == "declared"


def test_what_is_told_takes_the_place_of_what_is_declared_and_measured(load: Any) -> None:
    engine = load(requests([60, 60]))
    found = clocks.register(engine, {"a": 1, "b": 1}, [Told("b", -1, 1)])
    limits = {one.source: one.segments[0] for one in found.sources}
    assert (limits["b"].offset_low_s, limits["b"].offset_high_s) == (-1, 1)
    assert limits["b"].basis == "told"
    assert (limits["a"].offset_low_s, limits["a"].offset_high_s) == (56.999, 63.001)
    # Then the clock of a is not as declared, which is to be said before anything else.
    assert found.disputed == found.sources[0].disputed == found.sources[1].disputed
    assert "if the clock of a is within ±1 s, as declared" in found.disputed[0]
    assert "as told with --assume" in found.sources[1].sentences[1]
    assert {row["basis"] for row in engine.rows("SELECT basis FROM clocks")} == {"disputed"}


def test_what_is_told_of_two_clocks_against_their_anchors_is_contradicted(load: Any) -> None:
    engine = load(requests([60, 60]))
    found = clocks.register(engine, {}, [Told("a", -1, 1), Told("b", -1, 1)])
    assert {one.verdict for one in found.sources} == {"contradicted"}
    assert "contradicts the records" in found.sources[0].sentences[0]


def test_numbers_against_time_show_a_clock_set_back(load: Any) -> None:
    times = [0, 10, 20, 30, -30, -20, -10, 0, 40]
    engine = load(rows_of(*((at, "a", {"sequence": n}) for n, at in enumerate(times, start=1))))
    (clock,) = clocks.register(engine, {"a": 1}).sources
    assert clock.verdict == "refuted"
    assert [one.number for one in clock.segments] == [0, None, 1]
    assert "set back by at least 60.000 s: record 5" in clock.sentences[0]
    assert clock.segments[0].offset_high_s == 61
    assert len(clock.evidence) == 2


def test_numbers_drawn_in_another_order_than_time_show_nothing(load: Any) -> None:
    told = [(at, "a", {"sequence": n}) for n, at in enumerate([0, 90, 10, 80, 20, 70, 30, 60, 40])]
    (clock,) = clocks.register(load(rows_of(*told)), {"a": 1}).sources
    assert len(clock.segments) == 1


def test_a_record_written_before_its_act_is_told(load: Any) -> None:
    written = {"logged_time": T0}
    (clock,) = clocks.register(load(rows_of((90, "a", written))), {"a": 1}).sources
    assert clock.verdict == "contradicted"
    assert clock.anchors == {"logged": 1}
    assert clock.segments[0].offset_high_s == 91


def test_a_jump_splits_the_clock_where_its_anchors_change(load: Any) -> None:
    found = clocks.register(load(requests([0] * 10 + [90] * 10)), {"a": 1, "b": 1})
    (pair,) = found.pairs
    assert (pair.verdict, pair.pieces) == ("refuted", 2)
    segments = found.sources[0].segments
    assert [one.number for one in segments] == [0, None, 1]
    last, first = T0 + timedelta(minutes=9), T0 + timedelta(minutes=10, seconds=90)
    assert segments[1].since == last + timedelta(microseconds=1)
    assert segments[1].until == first
    assert "It changed from between" in pair.sentence


def test_a_drift_is_told_where_one_fits(load: Any) -> None:
    found = clocks.register(load(requests([n * 0.02 for n in range(2000)])), {"a": 1, "b": 1})
    (pair,) = found.pairs
    assert pair.verdict == "refuted"
    assert pair.drift_ppm is not None
    low, high = pair.drift_ppm
    assert low <= 0.02 / 60 * 1e6 <= high
    assert "A linear drift" in pair.sentence


def test_numbers_begun_anew_are_no_clock_set_back(load: Any) -> None:
    def numbered(first: int, at: float, no: int) -> list[tuple[float, str, dict[str, Any]]]:
        told = ({"sequence": first + n, "record_no": no + n} for n in range(30))
        return [(at + 20 * n, "a", one) for n, one in enumerate(told)]

    engine = load(rows_of(*numbered(50, 0, 0), *numbered(1, 1200, 30)))
    (clock,) = clocks.register(engine, {"a": 1}).sources
    assert (clock.verdict, len(clock.segments)) == ("consistent", 1)
    assert "began its numbers anew" in clock.sentences[0]
    told = engine.rows("SELECT count(ordinal) AS n FROM timed_events")
    assert told == [{"n": 0}]


def test_sessions_begun_in_either_source_measure_their_clocks(load: Any) -> None:
    rows = []
    for n, (begins, uses) in enumerate([("a", "b"), ("b", "a")] * 3):
        session = {"session_id": f"session-{n}"}
        late = 100 if n == 3 else -30
        rows.append((600 * n, begins, {"action": "session.start", **session}))
        rows.append((600 * n + late, uses, session))
    found = clocks.register(load(rows_of(*rows)), {"a": 1, "b": 1})
    assert found.pairs[0].verdict == "refuted"
    assert found.pairs[0].kinds == {"session": 6}


def test_differences_are_worded_without_signs(load: Any) -> None:
    (pair,) = clocks.register(load(requests([-40, -40])), {}).pairs
    assert pair.sentence.startswith(
        "The clock of a is between 37.999 s and 42.001 s behind that of b, by"
    )


def test_tolerances_that_are_not_relied_on_are_named(load: Any) -> None:
    found = clocks.register(load(requests([7, 7])), {"a": 5, "b": 8})
    (said,) = found.sources[0].sentences
    assert said.startswith("The records show the clock of a to differ from that of b.")
    assert "so that it is within ±5 s, as declared, is not relied on: every bound" in said
    assert said.endswith("shown holds as long as one of them keeps its own.")
    assert found.sources[0].segments[0].offset_high_s > 7
    # What may agree with another is only narrowed by it, and nothing is said.
    found = clocks.register(load(requests([1, 1])), {"a": 60, "b": 1})
    assert found.sources[0].sentences == ()


def test_a_record_stamped_after_its_file_was_read_shows_a_clock_ahead(load: Any) -> None:
    engine = load(rows_of((0, "a", {}), (3600, "a", {})))
    columns = [("file_id", "BIGINT"), ("read_at", "TIMESTAMPTZ")]
    engine.register_rows("readings", columns, [{"file_id": 1, "read_at": T0 + timedelta(hours=2)}])
    assert clocks.register(engine, {"a": 1}).sources[0].verdict == "no anchors"
    engine.register_rows("readings", columns, [{"file_id": 1, "read_at": T0}])
    (clock,) = clocks.register(engine, {"a": 1}).sources
    assert (clock.verdict, clock.anchors) == ("contradicted", {"read": 1})
    assert "1 record up to 3600.000 s after the file was read" in clock.sentences[0]
    assert clock.segments[0].offset_high_s == 3606
