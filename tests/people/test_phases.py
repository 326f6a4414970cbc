"""The phase of an act: as believed at the act, as now, and with everything the facts leave open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics import people
from forensics.engine import Row

ACT = "2017-11-02T22:50:03.412+00:00"
SAN_FRANCISCO = "America/Los_Angeles"


def contractor(
    end: str, zone: str = SAN_FRANCISCO, recorded: str = "2017-10-20T17:00:00Z", access: str = ""
) -> str:
    """A row of contractors.csv about contractor-7."""
    return (
        f"contractor-7,contractor-7@v.example,north,,{zone},moderator,,{end},{access},{recorded}\n"
    )


def employee(
    notice: str = "", last: str = "", recorded: str = "", status: str = "", start: str = ""
) -> str:
    """A row of employees.csv about worker-1, in UTC."""
    return (
        f"worker-1@x.example,{notice},{last},worker-1,employee,,UTC,,{start},,{recorded},{status}\n"
    )


# --- the checked outputs of the incident ----------------------------------------------------------


def test_san_francisco_worker_is_on_the_last_day(world: Any) -> None:
    world.load(contractors=contractor("2017-11-02"))
    at_act, now = world.judge("contractor-7", ACT)
    assert at_act["phases"] == now["phases"] == ["last_day"]
    assert at_act["access_end_latest"] == datetime(2017, 11, 3, 7, tzinfo=UTC)
    assert at_act["hours_to_access_end"] == pytest.approx(8.1657, abs=1e-4)
    assert not now["learned_later"]


def test_the_same_day_in_paris_has_ended(world: Any) -> None:
    world.load(contractors=contractor("2017-11-02", zone="Europe/Paris"))
    assert world.phases("contractor-7", "2017-11-02T23:10:00Z") == ({"ended"}, {"ended"})
    assert world.phases("contractor-7", "2017-11-02T22:50:00Z") == ({"last_day"}, {"last_day"})


def test_without_a_zone_it_stays_undetermined(world: Any) -> None:
    world.load(contractors=contractor("2017-11-02", zone=""))
    at_act, _ = world.judge("contractor-7", ACT)
    assert at_act["phases"] == ["ended", "last_day"]
    assert at_act["access_end_earliest"] == datetime(2017, 11, 2, 10, tzinfo=UTC)
    assert at_act["access_end_latest"] == datetime(2017, 11, 3, 12, tzinfo=UTC)


def test_a_back_dated_end_is_unknown_at_the_act_and_last_day_now(world: Any) -> None:
    world.load(contractors=contractor("2017-11-02", recorded="2017-11-05T09:00:00Z"))
    at_act, now = world.judge("contractor-7", ACT)
    assert (at_act["phases"], now["phases"]) == (["unknown"], ["last_day"])
    assert at_act["learned_later"]
    assert now["learned_later"]


def test_access_that_ended_at_three_has_ended_at_ten_to_four(world: Any) -> None:
    world.load(contractors=contractor("2017-11-02", access="2017-11-02T15:00:00-07:00"))
    assert world.phases("contractor-7", ACT) == ({"ended"}, {"ended"})
    assert world.phases("contractor-7", "2017-11-02T21:59:59Z") == ({"last_day"}, {"last_day"})


# --- edges of a life at work ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("time", "phase"),
    [
        ("2017-10-02T11:59:59Z", "employed"),
        ("2017-10-02T12:00:00Z", "notice"),
        ("2017-11-01T23:59:59.999999Z", "notice"),
        ("2017-11-02T00:00:00Z", "last_day"),
        ("2017-11-02T23:59:59.999999Z", "last_day"),
        ("2017-11-03T00:00:00Z", "ended"),
    ],
)
def test_every_phase_begins_where_the_one_before_ends(world: Any, time: str, phase: str) -> None:
    world.load(employees=employee("2017-10-02T12:00:00Z", "2017-11-02"))
    assert world.phases("worker-1", time)[1] == {phase}


def test_an_act_across_an_edge_has_both_phases(world: Any) -> None:
    world.load(employees=employee("2017-10-02T12:00:00Z", "2017-11-02"))
    found = world.phases("worker-1", "2017-11-02T23:59:59Z", "2017-11-03T00:00:00Z")[1]
    assert found == {"last_day", "ended"}
    found = world.phases("worker-1", "2017-10-02T11:00:00Z", "2017-10-02T12:30:00Z")[1]
    assert found == {"employed", "notice"}


@pytest.mark.parametrize(
    ("end", "zone", "cutoff"),
    [
        ("2017-11-05", SAN_FRANCISCO, "2017-11-06T08:00:00+00:00"),
        ("2017-11-04", SAN_FRANCISCO, "2017-11-05T07:00:00+00:00"),
        ("2017-10-29", "Europe/Dublin", "2017-10-30T00:00:00+00:00"),
        ("2017-10-14", "America/Sao_Paulo", "2017-10-15T03:00:00+00:00"),
    ],
)
def test_the_cutoff_is_local_midnight_on_nights_when_clocks_change(
    world: Any, end: str, zone: str, cutoff: str
) -> None:
    world.load(contractors=contractor(end, zone=zone, recorded="2017-01-01T00:00:00Z"))
    edge = datetime.fromisoformat(cutoff)
    before = (edge - timedelta(microseconds=1)).isoformat()
    assert world.phases("contractor-7", before) == ({"last_day"}, {"last_day"})
    assert world.phases("contractor-7", cutoff) == ({"ended"}, {"ended"})


def test_a_contractor_is_in_notice_from_the_later_of_record_and_thirty_days(world: Any) -> None:
    world.load(contractors=contractor("2017-11-02", recorded="2017-01-01T00:00:00Z"))
    assert world.phases("contractor-7", "2017-10-04T06:59:59Z")[0] == {"employed"}
    assert world.phases("contractor-7", "2017-10-04T07:00:00Z")[0] == {"notice"}


def test_a_contract_cut_short_is_no_notice_before_anybody_knew(world: Any) -> None:
    world.load(
        contractors=contractor("2017-12-29", recorded="2017-06-30T16:00:00Z")
        + contractor("2017-11-02", recorded="2017-10-20T17:00:00Z")
    )
    assert world.phases("contractor-7", "2017-10-20T16:59:59Z") == ({"employed"}, {"employed"})
    assert world.phases("contractor-7", "2017-10-20T17:00:00Z") == ({"notice"}, {"notice"})


def test_a_corrected_end_does_not_undo_notice_that_was_known(world: Any) -> None:
    world.load(
        contractors=contractor("2017-11-02", recorded="2017-06-30T16:00:00Z")
        + contractor("2017-11-03", recorded="2017-11-05T17:00:00Z")
    )
    assert world.phases("contractor-7", "2017-11-01T12:00:00Z") == ({"notice"}, {"notice"})
    assert world.phases("contractor-7", "2017-11-03T12:00:00Z") == ({"ended"}, {"last_day"})


def test_an_extended_contract_is_no_notice_in_hindsight(world: Any) -> None:
    world.load(
        contractors=contractor("2017-10-31", recorded="2017-06-30T16:00:00Z")
        + contractor("2018-03-30", recorded="2017-10-15T17:00:00Z")
    )
    assert world.phases("contractor-7", "2017-10-10T12:00:00Z") == ({"notice"}, {"employed"})
    assert world.phases("contractor-7", "2017-10-20T12:00:00Z") == ({"employed"}, {"employed"})


def test_an_end_of_unknown_recording_time_is_believed_only_now(world: Any) -> None:
    world.load(contractors=contractor("2017-11-02", recorded=""))
    at_act, now = world.judge("contractor-7", "2017-10-20T12:00:00Z")
    assert at_act["phases"] == ["unknown"]
    # Nobody says since when the end was known, so nobody can say that this was notice.
    assert now["phases"] == ["employed", "notice"]
    assert not now["learned_later"]


def test_a_contractor_of_unknown_end_is_unknown_and_an_employee_is_employed(world: Any) -> None:
    world.load(contractors=contractor(""), employees=employee(recorded="2017-01-01T00:00:00Z"))
    assert world.phases("contractor-7", ACT) == ({"unknown"}, {"unknown"})
    assert world.phases("worker-1", ACT) == ({"employed"}, {"employed"})


def test_nobody_is_known_before_the_start(world: Any) -> None:
    world.load(employees=employee(start="2017-11-03", recorded="2017-10-01T00:00:00Z"))
    assert world.phases("worker-1", ACT) == ({"unknown"}, {"unknown"})
    assert world.phases("worker-1", "2017-11-03T00:00:00Z") == ({"employed"}, {"employed"})


def test_notice_that_is_rescinded_was_notice_until_then(world: Any) -> None:
    notice = employee("2017-10-01T00:00:00Z", "2017-11-02", "2017-10-01T09:00:00Z")
    for dates in (("2017-10-01T00:00:00Z", "2017-11-02"), ("", "")):
        world.load(employees=notice + employee(*dates, "2017-10-20T09:00:00Z", "rescinded"))
        assert world.phases("worker-1", "2017-10-10T00:00:00Z") == ({"notice"}, {"notice"})
        assert world.phases("worker-1", "2017-10-20T09:00:00Z") == ({"employed"}, {"employed"})
        at_act, now = world.judge("worker-1", ACT)
        assert at_act["phases"] == now["phases"] == ["employed"]
        assert now["last_working_day"] is None
        assert now["hours_to_access_end"] is None


def test_a_rescission_of_unknown_date_leaves_both_open(world: Any) -> None:
    world.load(employees=employee("2017-10-01T00:00:00Z", "2017-11-02", "", "rescinded"))
    assert world.phases("worker-1", "2017-10-10T00:00:00Z")[1] == {"employed", "notice"}


def test_leave_begins_when_it_is_recorded(world: Any) -> None:
    world.load(
        employees=employee(recorded="2017-01-01T00:00:00Z")
        + employee(recorded="2017-10-01T00:00:00Z", status="leave")
    )
    assert world.phases("worker-1", "2017-09-30T23:00:00Z") == ({"employed"}, {"employed"})
    assert world.phases("worker-1", ACT) == ({"leave"}, {"leave"})


def test_a_contract_that_ends_into_employment_is_no_departure(world: Any) -> None:
    world.load(
        contractors="worker-1,,north,,UTC,moderator,2017-01-01,2017-10-31,,2017-01-01T00:00:00Z\n",
        employees=employee(start="2017-11-01", recorded="2017-10-15T00:00:00Z"),
        accounts="worker-1,,worker-1,personal,,\n",
    )
    at_act, now = world.judge("worker-1", "2017-10-10T00:00:00Z")
    assert (at_act["phases"], now["phases"]) == (["notice"], ["employed"])
    at_act, now = world.judge("worker-1", "2017-10-31T12:00:00Z")
    assert at_act["phases"] == now["phases"] == ["employed"]
    assert now["kind"] == "contractor"
    assert world.judge("worker-1", ACT)[1]["kind"] == "employee"


def test_a_renewed_contract_is_no_departure_and_a_rehire_after_a_break_is_a_return(
    world: Any,
) -> None:
    spell = "c-1,c-1@v.example,north,,UTC,moderator,{},{},,{}\n".format
    world.load(
        contractors=spell("2017-01-01", "2017-03-31", "2017-01-01T00:00:00Z")
        + spell("2017-04-01", "2017-06-30", "2017-03-20T00:00:00Z")
        + spell("2017-09-01", "2017-12-31", "2017-08-20T00:00:00Z")
    )
    assert world.phases("c-1", "2017-03-31T12:00:00Z") == ({"employed"}, {"employed"})
    assert world.phases("c-1", "2017-06-30T12:00:00Z") == ({"last_day"}, {"last_day"})
    assert world.phases("c-1", "2017-07-15T12:00:00Z") == ({"ended"}, {"ended"})
    assert world.phases("c-1", "2017-08-25T12:00:00Z") == ({"ended"}, {"ended"})
    assert world.phases("c-1", "2017-09-01T00:00:00Z") == ({"employed"}, {"employed"})


def test_a_weekend_between_two_contracts_is_no_departure(world: Any) -> None:
    spell = "c-1,c-1@v.example,north,,UTC,moderator,{},{},,2017-01-01T00:00:00Z\n".format
    world.load(contractors=spell("2017-01-02", "2017-06-30") + spell("2017-07-03", "2017-12-29"))
    assert world.phases("c-1", "2017-06-30T12:00:00Z")[0] == {"employed"}


def test_a_return_of_unknown_zone_may_not_have_begun(world: Any) -> None:
    spell = "c-1,c-1@v.example,north,,,moderator,{},{},,2017-01-01T00:00:00Z\n".format
    world.load(contractors=spell("2017-01-02", "2017-06-30") + spell("2017-09-01", "2017-12-29"))
    assert world.phases("c-1", "2017-09-01T00:00:00Z")[0] == {"ended", "employed"}
    assert world.phases("c-1", "2017-01-02T00:00:00Z")[0] == {"unknown", "employed"}


def test_a_last_working_day_outweighs_a_contract_s_end_and_access_end_both(world: Any) -> None:
    hr = (
        "contractor-7@v.example,,2017-11-01,contractor-7,contractor,,UTC,,,{},"
        "2017-10-02T00:00:00Z,\n"
    ).format
    world.load(contractors=contractor("2017-11-30", zone="UTC"), employees=hr(""))
    assert world.judge("contractor-7", ACT)[1]["end_basis"] == "last_working_day"
    assert world.phases("contractor-7", ACT) == ({"ended"}, {"ended"})
    explicit = contractor("2017-11-30", zone="UTC", access="2017-11-03T00:00:00Z")
    world.load(contractors=explicit, employees=hr(""))
    _, now = world.judge("contractor-7", ACT)
    assert now["end_basis"] == "access_end"
    assert "ended" not in now["phases"]


def test_a_roster_that_was_never_given_leaves_everybody_unknown(world: Any) -> None:
    at_act, now = world.judge("contractor-7", ACT)
    assert at_act["phases"] == now["phases"] == ["unknown"]
    assert at_act["person"] is None
    assert "employment" not in world.engine.relations()


def test_hostile_names_are_only_values(world: Any) -> None:
    name = "x'; DROP TABLE employment; --"
    world.load(contractors=f'"{name}",,north,,UTC,moderator,,2017-11-02,,2017-10-20T00:00:00Z\n')
    world.load(accounts=f'"{name}",,"{name}",personal,,\n')
    assert world.judge(name, ACT)[1]["phases"] == ["last_day"]


# --- properties -----------------------------------------------------------------------------------

BEGIN = datetime(2017, 8, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 180 * 86_400).map(lambda seconds: BEGIN + timedelta(seconds=seconds))
DAYS = st.dates(date(2017, 9, 1), date(2018, 1, 1))
FACTS = st.lists(
    st.tuples(
        st.sampled_from(["", "rescinded", "leave"]),
        st.none() | MOMENTS,
        st.none() | DAYS,
        st.none() | MOMENTS,
        st.none() | DAYS,
    ),
    max_size=4,
)


# Many histories make one world, since a world costs more than what is asked of it.
MANY = {"min_size": 12, "max_size": 12}
BATCHES = settings(max_examples=3, deadline=None)


def roster(histories: Sequence[Sequence[Any]]) -> str:
    """The rows of a worker for each history."""
    return "".join(
        employee(
            notice.isoformat() if notice else "",
            last.isoformat() if last else "",
            recorded.isoformat() if recorded else "",
            status,
            start.isoformat() if start else "",
        ).replace("worker-1", f"worker-{number}")
        for number, facts in enumerate(histories)
        for status, notice, last, recorded, start in facts
    )


def judged(
    world: Any,
    rows: str,
    belief: str,
    times: Sequence[Sequence[datetime]],
    widths: Sequence[timedelta],
) -> list[Row]:
    """The acts of each worker at that worker's times, which last as long as the width says."""
    accounts = "".join(f"worker-{n},,worker-{n},personal,,\n" for n in range(len(times)))
    world.load(employees=rows, accounts=accounts)
    world.acts(
        [
            (f"worker-{n}", "console", time.isoformat(), (time + widths[n]).isoformat())
            for n, moments in enumerate(times)
            for time in moments
        ]
    )
    people.judge(world.engine)
    found: list[Row] = world.engine.rows(
        "SELECT phases, last_working_day, access_end_latest FROM act_people"
        " WHERE belief = $belief ORDER BY event_uid::INTEGER",
        {"belief": belief},
    )
    return found


@BATCHES
@given(st.lists(st.tuples(FACTS, MOMENTS), **MANY))
def test_belief_at_the_act_never_rests_on_what_was_recorded_later(
    new_world: Callable[[], Any], histories: list[tuple[list[Any], datetime]]
) -> None:
    by_then = [
        [fact for fact in facts if fact[3] is not None and fact[3] <= time]
        for facts, time in histories
    ]
    times, exact = [[time] for _, time in histories], [timedelta(0)] * len(histories)
    everything, earlier = (
        judged(new_world(), roster(believed), "at_act", times, exact)
        for believed in ([facts for facts, _ in histories], by_then)
    )
    assert everything == earlier


LEAVERS = st.tuples(
    st.sampled_from([SAN_FRANCISCO, "Asia/Manila", "Pacific/Kiritimati", "Europe/Dublin", "UTC"]),
    st.none() | DAYS,
    DAYS,
    st.none() | DAYS,
    st.lists(st.integers(-40 * 24, 72), min_size=1, max_size=30),
)


@BATCHES
@given(st.lists(LEAVERS, **MANY))
def test_not_knowing_the_zone_only_adds_phases(
    new_world: Callable[[], Any], leavers: list[tuple[str, date | None, date, date | None, Any]]
) -> None:
    times = []
    for _, _, last, _, hours in leavers:
        midnight = datetime(last.year, last.month, last.day, tzinfo=UTC)
        times.append([midnight + timedelta(hours=n) for n in (*range(-26, 52, 3), *hours)])
    row = "w{}@x.example,{},{},worker-{},employee,,{},,,,{},\n".format
    known, unknown = (
        judged(
            new_world(),
            "".join(
                row(n, notice or "", last, n, zone if told else "", recorded or "")
                for n, (zone, notice, last, recorded, _) in enumerate(leavers)
            ),
            "now",
            times,
            [timedelta(0)] * len(leavers),
        )
        for told in (True, False)
    )
    for exact, open_ in zip(known, unknown, strict=True):
        assert set(exact["phases"]) <= set(open_["phases"])


SPANS = st.integers(0, 172_800).map(lambda seconds: timedelta(seconds=seconds))


@BATCHES
@given(st.lists(st.tuples(FACTS, st.lists(MOMENTS, min_size=1, max_size=10), SPANS), **MANY))
def test_a_less_precise_time_only_adds_phases(
    new_world: Callable[[], Any], histories: list[tuple[list[Any], list[datetime], timedelta]]
) -> None:
    rows = roster([facts for facts, _, _ in histories])
    times = [moments for _, moments, _ in histories]
    exact, wide = (
        judged(new_world(), rows, "now", times, widths)
        for widths in ([timedelta(0)] * len(histories), [width for _, _, width in histories])
    )
    assert all(narrow["phases"] for narrow in exact)
    for narrow, broad in zip(exact, wide, strict=True):
        assert set(narrow["phases"]) <= set(broad["phases"])
