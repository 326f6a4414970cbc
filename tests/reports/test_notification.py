"""Messages that leave the machine: bounded, and inert wherever they are shown."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import markdown
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.findings.document import LEVELS, Finding
from forensics.findings.standing import Standing, StandingFinding, State
from forensics.reports import notification
from forensics.reports.escaping import LIVE_CHARACTERS

DAY = datetime(2017, 11, 2, tzinfo=UTC)


def told(state: State = "new", **fields: Any) -> StandingFinding:
    whole: dict[str, Any] = {
        "id": "0123456789abcdef", "detector": "policies", "rule": "r", "rule_version": "1",
        "title": "Title", "level": "high", "verdict": "violation", "actor": "lead-sf-1",
        "person": None, "target": None, "first_time": DAY, "last_time": DAY,
        "sentences": ("Said.", "More."), "missing": (), "evidence": (), "counts": (),
        "innocent": (), "refutes": (), "refs": (), **fields,
    }  # fmt: skip
    standing = Standing(
        id=whole["id"], state=state, first_scan=1, last_scan=1, scans=1, changed=False,
        reworded=False, sentence="", said=(),
    )  # fmt: skip
    return StandingFinding(standing=standing, finding=Finding(**whole))


def test_what_a_message_says() -> None:
    made = notification.message(
        [told(), told("re-opened", level="low", actor=None, target="@user-1")], 7, "/srv/a case"
    )
    assert made.title == "forensics: 1 new, 1 opened again, high"
    assert made.body == (
        "Scan 7: 1 high, 1 low.\n\n"
        "- **high** `Title`, `lead-sf-1`: `Said.` `0123456789ab`\n"
        "- **low** `Title` (opened again), `@user-1`: `Said.` `0123456789ab`\n\n"
        "To see them: `forensics findings list --since-last-scan --case '/srv/a case'`"
    )


def test_what_does_not_fit_is_counted() -> None:
    many = [told(sentences=("x" * 5_000,))] * 1_000
    made = notification.message(many, 1, "/case")
    entries = made.body.count("- **high**")
    assert entries > 2
    assert f"- and {1_000 - entries:,} more" in made.body
    tiny = notification.message(many, 1, "/case", 10)
    assert "**high**" not in tiny.body
    assert "- and 1,000 more" in tiny.body


class Seen(HTMLParser):
    """The elements of a page, each with its attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: list[object] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes += attrs


HOSTILE = st.text(
    st.one_of(st.sampled_from("<>&`*_[]()!\\\n\r\t#|~:/@\x1b\u202e\u2028\ud800"), st.characters()),
    max_size=400,
) | st.sampled_from(
    (
        "<script>x</script>",
        "``` \n<img src=x>",
        "\\`<b>",
        "&lt;i&gt;",
        "[x](javascript:a)",
        "\n\n# h",
    )
)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(HOSTILE, HOSTILE, HOSTILE, st.sampled_from(LEVELS)), min_size=1, max_size=9),
    HOSTILE,
)
def test_hostile_text_is_inert_and_bounded(
    texts: list[tuple[str, str, str, Any]], case: str
) -> None:
    made = notification.message(
        [told(actor=a, title=b, sentences=(c,), level=level) for a, b, c, level in texts], 1, case
    )
    assert len(made.title) + len(made.body) <= notification.LONGEST
    assert not re.search(LIVE_CHARACTERS, (made.title + made.body).replace("\n", ""))
    assert not {"<", ">"} & set(made.body)
    made.body.encode("utf-8")
    page = Seen()
    page.feed(markdown.markdown(made.body))
    assert page.elements <= {"p", "ul", "li", "strong", "code"}
    assert not page.attributes
