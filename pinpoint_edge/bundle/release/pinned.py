"""Digests of released bundles that this version knows.

`pinpoint-export release --pin` writes this file.
"""

from __future__ import annotations

PINNED: dict[str, str] = {}
"""Bundle digest, sha256 of its manifest.json, by "NAME/TARGET"."""
