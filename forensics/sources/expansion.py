"""How far compressed input may expand: by a ratio to its own size, and in bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

MAX_RATIO = 200
MAX_BYTES = 256 * 1024**3
# What expands to less than this harms nobody, whatever its ratio.
_EXEMPT = 1024 * 1024


class ExpansionError(ValueError):
    """Compressed input expands further than it may; the text names the limit that lifts it."""


@dataclass(frozen=True)
class Limits:
    """Bytes out of a compressed input for each byte in, and bytes out of an input in all.

    The ratio holds for each compressed input by itself, and with all that is nested in it.
    """

    ratio: int = MAX_RATIO
    size: int = MAX_BYTES

    @property
    def by_ratio(self) -> str:
        """What is told of an input that exceeds the ratio."""
        return f"it expands beyond {self.ratio}:1; raise --max-ratio if it is sound"

    @property
    def by_size(self) -> str:
        """What is told of an input that exceeds the bytes."""
        return f"it expands beyond {self.size} bytes; raise --max-bytes if it is sound"

    def lift(self, note: str | None) -> bool:
        """Whether a note tells of some other limit, so that more may be read under these."""
        told = note is not None and "it expands beyond " in note
        return told and not any(one in (note or "") for one in (self.by_ratio, self.by_size))


class Allowance:
    """What one compressed input may still expand to, and the input that it lies within."""

    def __init__(self, limits: Limits, size: int, within: Allowance | None = None) -> None:
        self.limits = limits
        self._within = within
        self._most = max(_EXEMPT, limits.ratio * size)
        self._spent = 0

    @property
    def exceeded(self) -> str | None:
        """Which limit was passed, here or in what holds this; None while more may come out."""
        if self._spent > self._most:
            return self.limits.by_ratio
        if self._spent > self.limits.size:
            return self.limits.by_size
        return self._within.exceeded if self._within is not None else None

    def spend(self, size: int) -> None:
        """So many bytes came out; raises `ExpansionError` when that is more than may.

        What holds this is charged with no more than this may expand to: what is refused here
        leaves to its neighbours what is theirs.
        """
        holder, charged = cast("Allowance | None", self), size
        while holder is not None:
            room = max(0, min(holder._most, holder.limits.size) - holder._spent)
            holder._spent += charged
            holder, charged = holder._within, min(charged, room)
        if told := self.exceeded:
            raise ExpansionError(told)
