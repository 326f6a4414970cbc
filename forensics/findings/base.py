"""The base of all documents."""

from __future__ import annotations

import msgspec


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of all documents: immutable, keyword-only, refuses fields it does not know."""
