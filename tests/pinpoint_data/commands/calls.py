"""What the commands' tests share: how a command is called, and rows of annotations."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Data = Callable[..., tuple[int, str, str]]


def asked(**changes: Any) -> dict[str, Any]:
    return {"image": "a.png", "question": "What is the total?", "answers": ["48.75"], **changes}


def write(path: Path, *lines: Any) -> Path:
    path.write_text("".join((x if isinstance(x, str) else json.dumps(x)) + "\n" for x in lines))
    return path
