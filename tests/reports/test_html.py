"""The HTML report is one safe, self-contained, fair file."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from typing import cast

import pytest
from msgspec.structs import replace

from forensics.errors import UsageError
from forensics.findings.course import Step
from forensics.findings.document import Duration, Reconstruction, ScanReport, encode
from forensics.reports import html
from forensics.reports.escaping import json_text

SECTIONS = (
    "Scope and questions",
    "Facts and assessments",
    "Timeline",
    "Bounds of the outage",
    "Policies",
    "Employment, then and now",
    "Counts",
    "Competing explanations",
    "Control gaps",
    "States",
    "Limits and coverage",
    "Actions, decided by people",
    "Evidence index",
    "Method and glossary",
)
VOID = {"meta", "br", "rect", "line", "path"}


class Outline(HTMLParser):
    """Headings, ids, links and attributes; fails on tags that do not nest."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.headings: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.feed(page)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "h2":
            self.headings.append(data)

    def values(self, name: str) -> list[str | None]:
        return [value for _, attribute, value in self.attributes if attribute == name]


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_sections_in_order(eleven_minutes: Reconstruction) -> None:
    assert tuple(Outline(html.outage(eleven_minutes)).headings) == SECTIONS


def test_same_document_same_bytes(
    eleven_minutes: Reconstruction, eleven_minutes_scan: ScanReport
) -> None:
    assert html.outage(eleven_minutes) == html.outage(eleven_minutes)
    assert html.scan(eleven_minutes_scan) == html.scan(eleven_minutes_scan)
    saved = json_text(encode(eleven_minutes).decode())
    digest = hashlib.sha256(saved.encode()).hexdigest()
    assert digest in html.outage(eleven_minutes)


def test_no_script_no_network(
    eleven_minutes: Reconstruction, eleven_minutes_scan: ScanReport
) -> None:
    for page in (html.outage(eleven_minutes), html.scan(eleven_minutes_scan)):
        outline = Outline(page)
        assert not {"script", "link", "img", "iframe", "object", "form"} & set(outline.tags)
        assert not [name for _, name, _ in outline.attributes if name.startswith("on")]
        assert not [name for _, name, _ in outline.attributes if name in ("style", "src")]
        assert all((link or "").startswith("#") for link in outline.values("href"))
        assert not re.search(r"url\(|@import", page)
        style = page.split("<style>")[1].split("</style>")[0]
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'"
        assert policy in page


def test_every_inner_link_has_its_place(
    eleven_minutes: Reconstruction, eleven_minutes_scan: ScanReport
) -> None:
    for page in (html.outage(eleven_minutes), html.scan(eleven_minutes_scan)):
        outline = Outline(page)
        places = outline.values("id")
        assert len(places) == len(set(places))
        assert {(link or "")[1:] for link in outline.values("href")} <= set(places)


def test_the_derivation_is_folded_and_open_on_paper(eleven_minutes: Reconstruction) -> None:
    (outage,) = eleven_minutes.outages
    assert outage.started_by is not None
    other = replace(outage.started_by, event_uid="b" * 32, record_no=7)
    step = Step(
        rule="begins",
        state="deactivated",
        earliest=other.earliest,
        latest=other.latest,
        evidence=(other.event_uid, outage.started_by.event_uid),
        sentence="account.deactivate succeeded",
    )
    page = html.outage(replace(eleven_minutes, derivation=(step,), cited=(other,)))
    (folded,) = re.findall(r"<details.*?</details>", page, re.DOTALL)
    assert "account.deactivate succeeded" in folded
    links = re.findall(r'href="#(E\d+)"', folded)
    assert len(links) == len(set(links)) == 2
    assert all(f'<tr id="{link}">' in page for link in links)
    assert "details::details-content { content-visibility: visible" in page.split("@media print")[1]


def test_hostile_text_is_dead(
    eleven_minutes: Reconstruction, eleven_minutes_scan: ScanReport
) -> None:
    evil = '"><script>x</script>{{ 7 * 7 }}\x1b[2J\u202e\x00'
    finding = replace(eleven_minutes_scan.findings[0], id=evil, title=evil, sentences=(evil,))
    pages = (
        html.outage(replace(eleven_minutes, target=evil, aliases=(evil,), limits=(evil,))),
        html.scan(replace(eleven_minutes_scan, findings=(finding,))),
    )
    for page in pages:
        assert "script" not in Outline(page).tags
        assert "&#34;&gt;&lt;script&gt;x&lt;/script&gt;{{ 7 * 7 }}␛[2J\\u{202e}␀" in page
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", page)


def test_the_answer_is_there(eleven_minutes: Reconstruction) -> None:
    text = text_of(html.outage(eleven_minutes))
    for answer in (
        "11 min 0 s , within 10 min 59.999 s – 11 min 0.001 s",
        "2017-11-02 22:49:56.41 ±0.11 s",
        "stamped 22:50:03.412",
        "15:49:56 −07:00",
        "? unknown",
        "queue membership of contractor-7 as of 2017-11-02",
        "last working day",
        "0 812 own earlier acts on protected accounts",
        "rests on 5 inputs",
        "forensics report outage @headofstate --case CASE -o report.html",
    ):
        assert answer in text, answer
    outage = eleven_minutes.outages[0]
    for item in (*outage.around, *outage.witnesses):
        assert item.event_uid in text
        assert item.file_sha256 in text


def test_it_says_how_to_make_it_again(eleven_minutes: Reconstruction) -> None:
    page = text_of(html.outage(eleven_minutes, options=["--statements", "said.yml", "--tz", "PT"]))
    again = "forensics report outage @headofstate --statements said.yml --tz PT --case CASE"
    assert again in page


ODD = {
    "no outage": ("No outage of @headofstate was found", "No record tells of the state of"),
    "open": ("end no end seen", "No end of the outage was seen in the data."),
    "inferred ends": ("grade E, inferred", "so nothing is known around it", "no recorded act"),
    "hardly known": (
        "Nothing is known of the employment",
        "None was worked out.",
        "no end seen",
    ),
    "several": ("Outage 3. @headofstate was deactivated", "2017-11-08 22:49:56.41 ±0.11 s"),
    "no verdicts": ("No policy was judged for this act.",),
    "hostile": ("␛[2J\\u{202e}␀⏎", "{{ 7 * 7 }}"),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_answers_are_whole(odd: dict[str, Reconstruction], name: str) -> None:
    page = html.outage(odd[name])
    outline = Outline(page)
    places = outline.values("id")
    assert len(places) == len(set(places))
    assert {(link or "")[1:] for link in outline.values("href")} <= set(places)
    assert "script" not in outline.tags
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", page)
    assert "None" not in text_of(page).replace("None was worked out", "")
    for answer in ODD[name]:
        assert answer in text_of(page), answer


def test_a_report_without_an_outage_has_no_empty_sections(
    odd: dict[str, Reconstruction],
) -> None:
    headings = Outline(html.outage(odd["no outage"])).headings
    assert headings == [SECTIONS[0], *SECTIONS[SECTIONS.index("States") :]]


def test_several_outages_are_numbered_in_every_section(odd: dict[str, Reconstruction]) -> None:
    page = html.outage(odd["several"])
    sections = page.split("<h2")[2:10]
    assert len(sections) == 8
    for section in sections:
        assert section.count("<h3>Outage ") == 3, section[:60]
    assert "<h3>Outage " not in html.outage(odd["open"])


def test_hostile_findings_are_dead(hostile_scan: ScanReport) -> None:
    page = html.scan(hostile_scan)
    assert "script" not in Outline(page).tags
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", page)


def test_verdicts_are_told_once_where_beliefs_agree(eleven_minutes: Reconstruction) -> None:
    text = text_of(html.outage(eleven_minutes))
    assert text.count("✗ violation as known at the act and now critical") == 2
    assert "✓ compliant as known at the act and now —" in text
    assert "not judged as known at the act ? unknown as known now" in text
    assert "as known at the act, and the same as known now" in text


def test_a_rule_match_is_no_verdict_on_anybody(eleven_minutes_scan: ScanReport) -> None:
    page = html.scan(eleven_minutes_scan)
    assert page.count('<span class="value match">• rule matched</span>') == 4
    assert re.search(r"\.match[^{]*\{ color: var\(--quiet\)", page)


def test_summary_is_at_most_200_words(eleven_minutes: Reconstruction) -> None:
    page = html.outage(eleven_minutes)
    assert len(text_of(page.split('id="summary">')[1].split("</div>")[0]).split()) <= 200


def test_sharing_label_stands_at_both_ends(eleven_minutes: Reconstruction) -> None:
    assert html.outage(eleven_minutes).count(">TLP:AMBER+STRICT</b>") == 2
    assert html.outage(eleven_minutes, tlp="TLP:RED").count(">TLP:RED</b>") == 2
    with pytest.raises(UsageError, match="no TLP"):
        html.outage(eleven_minutes, tlp=cast("html.Sharing", "TLP:PINK"))


def test_what_is_not_known_is_said(eleven_minutes: Reconstruction) -> None:
    bare = replace(
        eleven_minutes.outages[0],
        started_by=None,
        ended_by=None,
        actor=None,
        restorer=None,
        end_earliest=None,
        end_latest=None,
        duration=Duration(shortest=0.0, longest=None),
        probe=(),
        verdicts=(),
        around=(),
        counts=(),
        explanations=(),
    )
    document = replace(
        eleven_minutes, outages=(bare,), tier=None, window_start=None, window_end=None
    )
    text = text_of(html.outage(document))
    for sentence in (
        "No record shows which act it was.",
        "No end of the outage was seen",
        "no end seen",
        "No policy was judged",
        "Nothing is known of the employment",
        "None was worked out.",
    ):
        assert sentence in text, sentence
    assert "No outage of @headofstate was found" in html.outage(replace(document, outages=()))


def test_scan_prints_innocence_with_every_finding(eleven_minutes_scan: ScanReport) -> None:
    text = text_of(html.scan(eleven_minutes_scan)).replace("&#39;", "'")
    for finding in eleven_minutes_scan.findings:
        assert all(sentence in text for sentence in (*finding.innocent, *finding.refutes))
    assert "no proof of absence" in html.scan(replace(eleven_minutes_scan, findings=()))


def test_a_doubt_stands_before_the_holder(doubted: Reconstruction) -> None:
    page = html.outage(doubted)
    summary = page.split('id="summary"')[1].split("</div>")[0]
    assert summary.index("who used it is not established") < summary.index("executed")
    assert "Employment of the holder of the account" in summary
    assert "Holder of the account contractor-7:" in page
    assert "who used the account is not established" in page.split('<h2 id="employment">')[1]


def test_a_long_finding_may_run_over_the_page(eleven_minutes_scan: ScanReport) -> None:
    page = html.scan(eleven_minutes_scan)
    (printed,) = re.findall(r"@media print \{.*?</style>", page, re.DOTALL)
    assert ".finding { break-inside: auto; }" in printed
    assert page.count('class="card finding"') == len(eleven_minutes_scan.findings)
