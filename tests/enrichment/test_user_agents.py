"""Families of clients, by what they call themselves."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.enrichment.user_agents import family, table_bytes

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
MAC = "Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) "
FAMILIES = tomllib.loads(table_bytes().decode())["family"]


@pytest.mark.parametrize(
    ("user_agent", "name", "kind"),
    [
        (WINDOWS + "Chrome/120.0.0.0 Safari/537.36", "Chrome", "browser"),
        (WINDOWS + "Chrome/120.0.0.0 Safari/537.36 Edg/120.0.0.0", "Edge", "browser"),
        (WINDOWS + "HeadlessChrome/120.0.0.0 Safari/537.36", "Headless Chrome", "automation"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0", "Firefox",
         "browser"),
        (MAC + "Version/17.0 Safari/605.1.15", "Safari", "browser"),
        ("aws-cli/2.13.0 Python/3.11.4 Linux/6.1 botocore/2.4.5", "AWS CLI", "cli"),
        ("[aws-cli/1.18 Python/3.8]", "AWS CLI", "cli"),
        ("Boto3/1.26.0 Python/3.10 Linux/5.15 Botocore/1.29.0", "AWS SDK for Python", "sdk"),
        ("APN/1.0 HashiCorp/1.0 Terraform/1.5.0 terraform-provider-aws/5.0 aws-sdk-go/1.44",
         "HashiCorp Terraform", "automation"),
        ("cloudformation.amazonaws.com", "AWS CloudFormation", "automation"),
        ("AWS Internal", "AWS service", "service"),
        ("[S3Console/0.4, aws-internal/3 aws-sdk-java/1.11]", "AWS console", "service"),
        ("PYTHON-REQUESTS/2.31", "Python Requests", "sdk"),
        ("curl/8.4.0", "curl", "cli"),
        ("kubectl/v1.28.0 (linux/amd64) kubernetes/abc", "kubectl", "cli"),
        ("Go-http-client/1.1", "Go HTTP client", "sdk"),
    ],
)  # fmt: skip
def test_families(user_agent: str, name: str, kind: str) -> None:
    found = family(user_agent)
    assert found
    assert (found.name, found.kind) == (name, kind)


@pytest.mark.parametrize("user_agent", ["", "-", "Mozilla/5.0", "libcurl/8", "Kyoto/1"])
def test_what_is_not_known_is_of_no_family(user_agent: str) -> None:
    assert family(user_agent) is None


def test_the_table_is_sound() -> None:
    names = [one["name"] for one in FAMILIES]
    assert len(set(names)) == len(names)
    marks = [mark for one in FAMILIES for mark in one["marks"]]
    assert len(set(marks)) == len(marks)
    assert all(mark == mark.lower().lstrip() and mark for mark in marks)
    kinds = {one["kind"] for one in FAMILIES}
    assert kinds == {"automation", "cli", "app", "service", "sdk", "browser"}


@pytest.mark.parametrize("one", FAMILIES, ids=lambda one: one["name"])
def test_every_mark_can_be_found(one: dict[str, Any]) -> None:
    for mark in one["marks"]:
        found = family(f"x {mark}")
        assert found, mark
        assert found.name == one["name"], mark


@given(st.text())
def test_no_text_breaks_it(text: str) -> None:
    family(text)
