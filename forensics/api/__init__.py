"""The public Python API: a case, and the questions that can be asked of it."""

from __future__ import annotations

from forensics.api.case import TOOL, Case
from forensics.api.opening import create_case, open_case, open_logs

__all__ = ["TOOL", "Case", "create_case", "open_case", "open_logs"]
