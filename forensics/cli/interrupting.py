"""Ctrl-C while an engine is at work: Python alone would notice when the engine is done."""

from __future__ import annotations

import os
import signal
from threading import Thread
from typing import TYPE_CHECKING
from weakref import WeakSet

if TYPE_CHECKING:
    from forensics.api import Case

_watched: WeakSet[Case] = WeakSet()
_seen: list[bytes] = []


def watch(case: Case) -> None:
    """Let a signal stop what is asked of this case."""
    _watched.add(case)


def seen() -> bool:
    """Whether a signal came, so that an engine's complaint is only its consequence."""
    return bool(_seen)


def start() -> None:
    """From now on a signal that Python handles stops the questions of watched cases at once."""
    # Written to by the C handler, which runs even while the engine holds the main thread.
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    Thread(target=_stop_at_signals, args=(reading,), daemon=True).start()


def _stop_at_signals(reading: int) -> None:
    while number := os.read(reading, 1):
        _seen.append(number)
        for case in tuple(_watched):
            case.interrupt()
