"""What versions of one policy must not have in common: the time in which they judge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby, pairwise

from forensics.policy.model import Policy, order

REMEDY = "Give one of them another id, or effective times that do not overlap."


def clashes(policies: Iterable[Policy]) -> Iterator[tuple[Policy, str]]:
    """Each policy that is in force while another of its id is, and that in words.

    One without an end gives way to the next; only an end that is written can overlap.
    """
    for name, group in groupby(sorted(policies, key=order), key=lambda one: one.id):
        for earlier, later in pairwise(group):
            start, end = later.effective_from, earlier.effective_to
            also = f"the policy {name} also stands in {earlier.file}"
            if start == earlier.effective_from:
                since = f"from the same time on, {start:%Y-%m-%d}" if start else "at all times"
                yield later, f"{also}, in force {since}."
            elif start and end and end > start:
                yield later, f"{also}, in force until {end:%Y-%m-%d}, after this one begins."
