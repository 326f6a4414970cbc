"""E4: a warning or second confirmation, shown and passed."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("operation", "told"),
    [
        ("vip_banner_acknowledged", {"H1": "weak I", "H2": "C", "H3": "C", "H5": "I"}),
        ("vip_banner_shown", {"H5": "weak I"}),
    ],
)
def test_a_recorded_banner(small: Any, ask: Any, marks: Any, operation: str, told: Any) -> None:
    small.did(-1, operation, on="@protected")
    small.did(0, "account_deactivated", on="@protected")
    item = ask("E4")
    assert operation in item.value
    assert marks(item) == told


def test_a_banner_on_another_target_or_of_another_account_is_none(small: Any, ask: Any) -> None:
    small.did(-1, "vip_banner_acknowledged", on="@else")
    small.did(-1, "vip_banner_acknowledged", on="@protected", login="lead")
    small.did(0, "account_deactivated", on="@protected")
    assert not ask("E4").known
