"""Controls side by side: rows for machines, places on the plane, a terminal view and a page."""

from __future__ import annotations

from datetime import UTC, datetime
from html.parser import HTMLParser
from io import StringIO
from typing import Any

import pytest
from msgspec.structs import replace
from rich.console import Console

from forensics.findings.backtest import (
    ActTried,
    Answers,
    Backtest,
    IncidentTried,
    Lack,
    Share,
    Tried,
    Wait,
)
from forensics.findings.document import Coverage, CustodyHead, decode, encode
from forensics.reports import compared, html, terminal, tradeoff

HOSTILE = '"><script>x</script>{{ 7 * 7 }}[bold]=\x1b[2J\u202e\x00\n'
NOON = datetime(2017, 5, 4, 12, tzinfo=UTC)
VOID = {"meta", "br", "rect", "line", "path", "circle"}


def control(text: str = "P", **fields: Any) -> Tried:
    wait = Wait(basis="assumed", acts=30, observed=0, median=25.0, p95=90.0)
    told: dict[str, Any] = {
        "policy": text,
        "title": text,
        "version": "abcdef012345",
        "file": text,
        "level": "high",
        "demands": ("approval",),
        "acts": 1200,
        "legitimate": 1000,
        "benign": 4,
        "left_alone": 900,
        "delayed": 30,
        "stopped": 20,
        "noticed": 0,
        "unknown": 50,
        "benign_hindered": 1,
        "per_thousand": 50.0,
        "wait": wait,
        "waits": (wait,),
        "accounts": (Share(name=text, acts=9, delayed=2, stopped=1),),
        "roles": (Share(name=text, acts=9, delayed=2, stopped=1),),
        "teams": (Share(name=text, acts=9, delayed=2, stopped=1),),
        "hours": (*range(23), 50),
        "hours_in_utc": 3,
        "prevented": 1,
        "could": 2,
        "incidents": (
            IncidentTried(
                id=text, value="prevented", acts=2, covered=1, held=1, sentence=text,
                evidence=(text, "b" * 32),
            ),
        ),
        "lacking": (Lack(label=text, n=50, of=50),),
        "listed": tuple(
            ActTried(
                event_uid=text, time=NOON, actor=text, action=text, target=text, label=None,
                outcome="delayed", demands=("approval",),
            )
            for _ in range(10)
        ),
        "not_evaluated": None,
    }  # fmt: skip
    return Tried(**{**told, **fields})


def document(*controls: Tried) -> Backtest:
    return Backtest(
        schema=1,
        tool_version="0",
        window_start=NOON,
        window_end=NOON,
        acts=1300,
        labelled=2,
        controls=controls,
        answers=Answers(asked=5, granted=3, denied=1, by_same=0, unsettled=0, open=1),
        warnings=("Look at this first.",),
        assumptions=("It is assumed.",),
        limits=("People adapt.",),
        coverage=Coverage(files=(), context=(), evaluated=(), not_evaluated=(), gaps=()),
        custody=CustodyHead(entries=0, head="0" * 64),
    )


def drawn(found: Backtest, width: int = 80) -> str:
    page = StringIO()
    terminal.backtest(found, Console(file=page, width=width, no_color=True, highlight=False))
    return page.getvalue()


class Page(HTMLParser):
    """Tags that nest, and none that acts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.feed(page)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_a_row_a_control_in_the_order_asked_for() -> None:
    found = compared.compared(document(control("B"), control("A", wait=None, per_thousand=None)))
    rows = found.to_pylist()
    assert [row["policy"] for row in rows] == ["B", "A"]
    assert (rows[0]["median_minutes"], rows[0]["p95_minutes"], rows[0]["could"]) == (25, 90, 2)
    assert rows[1]["median_minutes"] is rows[1]["per_thousand"] is None


def test_two_versions_of_one_id_are_told_apart() -> None:
    assert tradeoff.names([control("P"), control("P", version="9"), control("Q")]) == [
        "P (abcdef012345)",
        "P (9)",
        "Q",
    ]
    assert tradeoff.letters(28)[-3:] == ["Z", "A2", "B2"]


def test_the_plane_holds_what_has_a_cost_and_incidents() -> None:
    where = tradeoff.plane(
        [control(), control(per_thousand=100.0, prevented=2), control(per_thousand=50.0)]
    )
    assert where is not None
    assert where.most == 100
    assert [(p.letter, p.cost, p.gain) for p in where.points] == [("AC", 0.5, 0.5), ("B", 1.0, 1.0)]
    assert tradeoff.plane([control(could=0), control(per_thousand=None)]) is None
    free = tradeoff.plane([control(per_thousand=0.0)])
    assert free is not None
    assert free.points[0].cost == 0


@pytest.mark.parametrize("width", [80, 120])
def test_a_terminal_shows_the_comparison_and_what_it_rests_on(width: int) -> None:
    text = drawn(document(control("A"), control("B", per_thousand=100.0)), width)
    assert max(map(len, text.splitlines())) <= width
    for words in (
        "BACKTEST 2 controls", "1 of 2", "TRADE-OFF", "100.0 of 1,000", "prevented",
        "1 of 4 acts labelled benign hindered", "at most 50, 3 by UTC", "ASSUMED",
        "WHAT A LOG CANNOT TELL", "People adapt.", "Look at this first.", "incidents of the list: ",
    ):  # fmt: skip
        assert words in " ".join(text.split()), words


def test_without_incidents_and_without_acts_nothing_is_drawn_of_them() -> None:
    bare = control(
        incidents=(), could=0, wait=None, waits=(), hours=(0,) * 24, listed=(), accounts=(),
        roles=(), teams=(), per_thousand=None, not_evaluated="this case has no roster",
    )  # fmt: skip
    text = drawn(replace(document(bare), labelled=None))
    assert "TRADE-OFF" not in text
    assert "cannot be tried: this case has no roster" in text
    page = html.backtest(replace(document(bare), labelled=None))
    assert "no list was given" in page
    assert "<svg" not in page
    Page(page)


def test_hostile_text_acts_neither_on_a_terminal_nor_in_a_page() -> None:
    found = document(control(HOSTILE), control("B"))
    assert not {"\x1b", "\u202e", "\x00"} & set(drawn(found))
    page = html.backtest(found)
    assert "script" not in Page(page).tags
    assert page.count("<svg") == 3
    assert not {"\x1b", "\u202e", "\x00"} & set(page)


def test_the_document_is_read_back_as_it_was() -> None:
    found = document(control("A"))
    assert decode(encode(found), Backtest) == found


def test_controls_that_lie_close_are_all_drawn() -> None:
    many = [control("P", per_thousand=100.0, prevented=2) for _ in range(3)]
    near = [control("Q", per_thousand=99.9, prevented=2), control("R", per_thousand=0.0)]
    text = drawn(document(*many, *near), 80)
    top = next(line for line in text.splitlines() if line.strip().startswith("all │"))
    assert top.rstrip().endswith("DABC")
    assert len(top.rstrip()) <= 80
