"""The terminal: a console for tables, and numbers that may be unknown."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def console(width: int = 160) -> Console:
    """Return a console for tables, of this width where the output goes to no terminal."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else width, highlight=False)


def megabytes(size: int | None) -> str:
    """Return "120 MB", or "unknown" where the system does not say."""
    return "unknown" if size is None else f"{size / 1e6:.0f} MB"
