"""Reports speak of acts of accounts; words that judge people occur nowhere in them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from forensics import reports

BANNED = re.compile(
    r"\b(rogue|malicious\w*|guilt\w*|suspect\w*|suspicious\w*|culprit\w*|perpetrator\w*|offender\w*"
    r"|attacker\w*|blame\w*)\b",
    re.IGNORECASE,
)
ROOM = Path(reports.__file__).parent
WORDED = sorted(path for path in ROOM.rglob("*") if path.suffix in (".py", ".j2"))


@pytest.mark.parametrize("path", WORDED, ids=lambda path: path.name)
def test_no_word_judges_a_person(path: Path) -> None:
    assert not BANNED.findall(path.read_text(encoding="utf-8"))


def test_the_ban_can_fail() -> None:
    assert len(WORDED) > 15
    assert BANNED.search("a suspected insider")
    assert not BANNED.search("suspended")
