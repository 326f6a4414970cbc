"""Audit-log forensics: open a case, ask what happened to an account, who did it, was it allowed.

import forensics
case = forensics.open_case("case")
case.timeline(target="@headofstate")    # a pandas DataFrame
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forensics.api import Case, create_case, open_case, open_logs

__version__ = "0.1.0"
__all__ = ["Case", "__version__", "create_case", "open_case", "open_logs"]


def __getattr__(name: str) -> Any:
    """The public names, loaded when first used: importing the package costs next to nothing."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from forensics import api

    return getattr(api, name)
