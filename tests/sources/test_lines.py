"""Lines come out whole wherever chunks end."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.sources import lines as module


@given(st.lists(st.binary(max_size=20), max_size=12), st.integers(1, 30))
def test_lines_that_are_not_blank_come_out_whole(parts: list[bytes], chunk: int) -> None:
    data = b"\n".join(parts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_CHUNK", chunk)
        found = [line for block in module.blocks(io.BytesIO(data)) for line in block]
    assert found == [one.rstrip(b"\r") for one in data.split(b"\n") if one.strip()]


def test_the_first_lines_of_an_endless_head_are_few() -> None:
    assert module.first(b"a\n\n" * 1000, 3) == [b"a", b"a", b"a"]
