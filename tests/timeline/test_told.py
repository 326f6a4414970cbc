from __future__ import annotations

import pytest

from forensics.errors import UsageError
from forensics.timeline import told
from forensics.timeline.told import Told


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("okta_system=±5s", -5, 5),
        ("okta_system=+-5s", -5, 5),
        ("okta_system = +/- 1.5 m", -90, 90),
        ("OKTA_system=-90s..+10s", -90, 10),
        ("okta_system=−90s..10s", -90, 10),
        ("okta_system=250ms..0.5s", 0.25, 0.5),
        ("okta_system=1h..1h", 3600, 3600),
    ],
)
def test_what_is_told_of_a_clock_is_read(text: str, low: float, high: float) -> None:
    assert told.parse(text) == Told("okta_system", low, high)


@pytest.mark.parametrize(
    "text",
    ["okta_system", "=±5s", "okta_system=", "a=5s", "a=±5", "a=±5d", "a=10s..-90s", "a=±-5s"],
)
def test_what_cannot_be_read_is_refused_with_how_to_write_it(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        told.parse(text)
    assert "SOURCE=±5s" in (caught.value.remedy or "")


def test_one_clock_is_told_of_once() -> None:
    assert told.parsed(["b=±1s", "a=±2s", "b=±1s"]) == (Told("a", -2, 2), Told("b", -1, 1))
    with pytest.raises(UsageError, match="in two ways"):
        told.parsed(["a=±1s", "a=±2s"])
