"""The modules of this folder import each other by name, as they do when one is run as a script."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from forensics.policy import relations_around

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def looking_at(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], None]]:
    """Of keys that more records share, only the nearest of each kind are looked at."""
    import histories

    def crowd(most: int) -> None:
        monkeypatch.setattr(relations_around, "CROWD", most)
        histories.forget()

    yield crowd
    histories.forget()
