"""Networks: addresses, labels of ranges, countries and systems, and what is not recorded."""

from __future__ import annotations

from typing import Any

import judged
import pytest
from judged import Judged

from forensics.policy.predicates import network


def ask(story: Judged, **params: Any) -> dict[str, Any]:
    return judged.answers(judged.engine([story]), "network", params)[story.acts[0], "now"]


def story(src_ip: str | None, **fields: Any) -> Judged:
    made = Judged(0)
    made.event(0, "account.delete", act=True, actor="ann", src_ip=src_ip, **fields)
    return made


@pytest.mark.parametrize(
    ("src_ip", "value"),
    [
        ("10.1.2.3", True), ("11.0.0.0", False), ("::FFFF:10.1.1.1", True),
        ("2001:DB8::7", True), ("::1", False),
        (None, None), ("gateway.example", None), ("192.0.2.1:443", None),
    ],
)  # fmt: skip
def test_networks(src_ip: str | None, value: bool | None) -> None:
    found = ask(story(src_ip), src_ip=["10.0.0.0/8", "2001:db8::/32"])
    assert found["value"] is value


def test_sentences_and_missing_facts() -> None:
    found = ask(story("11.0.0.0", src_country="US", src_asn="AS64496"), src_ip="10.0.0.0/8")
    assert found["sentence"] == (
        "ann acted from 11.0.0.0 (US, AS64496), outside 10.0.0.0/8, at 2017-11-02 12:00:00Z"
    )
    bare = ask(story("10.1.1.1"), src_ip="10.0.0.0/8")["sentence"]
    assert bare == "ann acted from 10.1.1.1, within 10.0.0.0/8, at 2017-11-02 12:00:00Z"
    assert ask(story(None), src_ip="10.0.0.0/8")["missing"] == ["source address of the act"]
    assert ask(story("vpn"), src_ip="10.0.0.0/8")["missing"] == ["address behind vpn"]
    found = ask(story("10.0.0.1"), src_ip="10.0.0.0/8", country="US", asn=64496)
    assert found["missing"] == [
        "country of the source address",
        "autonomous system of the source address",
    ]
    # One that is not met decides, whatever the others may be.
    assert ask(story("11.0.0.1"), src_ip="10.0.0.0/8", country="US")["value"] is False


def test_ranges_need_a_list_that_was_looked_up() -> None:
    made = story("192.0.2.7")
    lacking = ["a list of ranges (forensics enrich --ranges)"]
    assert ask(made, ranges="Corporate")["missing"] == lacking
    made.row("addresses", src_ip="192.0.2.7", ip="192.0.2.7", labels=["cloud"])
    assert ask(made, ranges="corporate")["missing"] == lacking
    made.row("enrichment", input="ranges")
    assert ask(made, ranges="corporate")["value"] is False
    made.rows["addresses"][0]["labels"] = ["corporate"]
    assert ask(made, ranges=["office", "Corporate"])["value"] is True


def test_faults_are_named_by_parameter() -> None:
    assert network.validate({"src_ip": "10.0.0.0/8", "country": "US", "asn": ["AS64496", 1]}) == {}
    assert list(network.validate({})) == [""]
    faults = network.validate(
        {"src_ip": ["10.0.0.1/8"], "ranges": [], "country": ["USA"], "asn": "x", "ip": 1}
    )
    assert sorted(faults) == ["asn", "country", "ip", "ranges", "src_ip"]
    assert "has host bits set" in faults["src_ip"]
    assert "src_ip" in network.validate({"src_ip": 10})
