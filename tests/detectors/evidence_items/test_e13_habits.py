"""E13: device, network and second factor against the account's habit."""

from __future__ import annotations

from typing import Any


def _habit(small: Any, records: int = 25) -> None:
    for number in range(records):
        small.did(-4000 + number, "profile_viewed", on="@else")


def test_the_account_own_device(small: Any, ask: Any, marks: Any) -> None:
    _habit(small)
    small.did(0, "account_deactivated", on="@protected")
    item = ask("E13")
    assert item.value == "The device is that of 25 of 25 earlier records of the account."
    assert marks(item) == {"H3": "I"}


def test_a_new_device_from_a_new_address(small: Any, ask: Any, marks: Any) -> None:
    _habit(small)
    small.did(0, "account_deactivated", on="@protected", device="dev-new", ip="198.51.100.9")
    item = ask("E13")
    assert "dev-new, first seen for the account 2017-11-02 12:00:00Z" in item.value
    assert "198.51.100.9 was new too" in item.value
    assert marks(item) == {"H1": "I", "H2": "I", "H3": "C", "H4": "weak I", "H6": "weak C"}


def test_a_new_device_at_the_usual_desk_says_nothing(small: Any, ask: Any, marks: Any) -> None:
    _habit(small)
    small.did(0, "account_deactivated", on="@protected", device="dev-new")
    assert marks(ask("E13")) == {}


def test_a_reset_password_on_the_usual_device_says_nothing(
    small: Any, ask: Any, marks: Any
) -> None:
    _habit(small)
    small.did(-90, "password_reset", login="lead", on="worker")
    small.did(0, "account_deactivated", on="@protected")
    item = ask("E13")
    assert "the password of the account was reset at 2017-11-02 10:30:00Z" in item.value
    assert len(item.evidence) == 1
    assert marks(item) == {}


def test_a_reset_password_and_a_new_device(small: Any, ask: Any, marks: Any) -> None:
    _habit(small)
    small.did(-90, "password_reset", login="lead", on="worker")
    small.did(0, "account_deactivated", on="@protected", device="dev-new")
    assert marks(ask("E13"))["H3"] == "C"


def test_an_account_without_habits(small: Any, ask: Any) -> None:
    small.did(0, "account_deactivated", on="@protected")
    assert not ask("E13").known


def test_neither_device_nor_address(small: Any, ask: Any) -> None:
    _habit(small)
    small.did(0, "account_deactivated", on="@protected", device=None, ip=None)
    assert "a device or an address" in ask("E13").value
