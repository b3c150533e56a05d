"""A hook of MkDocs: a link out of docs/ becomes the path that it names."""

from __future__ import annotations

import posixpath
import re
from typing import Any

_LINK = re.compile(r"\[([^\]]+)\]\((\.\.?/[^)#\s]+)[^)]*\)")


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """Replace `[text](../path)` that leaves docs/ by the text and the path."""
    folder = posixpath.dirname(page.file.src_uri)

    def path_instead(match: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join(folder, match[2]))
        return f"{match[1]} (`{path[3:]}`)" if path.startswith("../") else match[0]

    return _LINK.sub(path_instead, markdown)
