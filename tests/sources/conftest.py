"""A small source to try mappings on."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from forensics.engine import Row
from forensics.sources.declaration import Declaration, parse
from forensics.sources.normalise import normalise

HEAD = """
name = "door"
title = "Door log"
"""


@pytest.fixture
def declare() -> Callable[..., Declaration]:
    """Makes a declaration from the lines of `[event]`, of `[record]`, and what follows."""

    def made(event: str = "", record: str = "", more: str = "") -> Declaration:
        text = f'{HEAD}\n[recognise]\nrequired = ["at"]\n[record]\n{record}\n[event]\n'
        text += event if "time =" in event else 'time = "at"\n' + event
        if "operation =" not in event:
            text += '\noperation = "op"'
        return parse(f"{text}\n{more}", "door.toml")

    return made


@pytest.fixture
def run(declare: Callable[..., Declaration]) -> Callable[..., list[Row]]:
    """Events that records (dicts) become under the lines of a declaration."""

    def ran(*records: Any, event: str = "", record: str = "", more: str = "") -> list[Row]:
        lines = [json.dumps({"at": "2026-01-05T09:00:00Z", **one}) for one in records]
        declaration = declare(event, record, more)
        return normalise(declaration, ("\n".join(lines) + "\n").encode())

    return ran
