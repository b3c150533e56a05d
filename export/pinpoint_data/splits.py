"""Pages that are kept from training, by lists that every training reads.

Documents of one company (receipts) or one station (broadcast filings) stay on one side, so that a
dev figure is one of layouts never seen. The lists are part of the package, with their digests; a
training refuses to start when a list does not match.
"""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache
from pathlib import Path

from pinpoint_edge.errors import DataError

FOLDER = Path(__file__).parent / "splits"
MEASURED_ONLY = ("funsd",)  # non-commercial: never trained on
TURNED = "-turned"  # ends the name of a set whose pages were read turned: what is kept stays so
PAGE_NUMBER = re.compile(r"#\d+$")  # of a page inside a PDF or TIFF, which stays on one side

DOCUMENT_PAGE = re.compile(r"_p\d+$")  # of a page that was stored as a picture


@cache
def dev_images(folder: Path = FOLDER) -> dict[str, frozenset[str]]:
    """Image names kept from training, by set; DataError when a list was changed or is missing."""
    result = {}
    try:
        for name, digest in json.loads((folder / "digests.json").read_text()).items():
            data = (folder / f"{name}_dev.txt").read_bytes()
            if hashlib.sha256(data).hexdigest() != digest:
                raise DataError(
                    f"{folder / name}_dev.txt does not match its digest: "
                    "restore it, or dev figures are void."
                )
            listed = data.decode().split("\n")
            result[name] = frozenset(Path(line).name for line in listed if line)
    except (OSError, ValueError, AttributeError) as error:
        raise DataError(f"The dev lists in {folder} cannot be read ({error}): restore them.") from (
            error
        )
    return result


def is_dev(page_id: str) -> bool:
    """Whether a page ("set/name", or "set/name#3" in a document) is kept from training."""
    name, _, page = page_id.partition("/")
    name = name.removesuffix(TURNED)
    if name.startswith(MEASURED_ONLY):
        return True
    listed = dev_images().get(name)
    if listed is not None:
        return page in listed or PAGE_NUMBER.sub("", page) in listed
    document = PAGE_NUMBER.sub("", f"{name}/{page}")
    return int(hashlib.sha256(document.encode()).hexdigest(), 16) % 25 == 0


def is_kept(page_id: str) -> bool:
    """Whether a page, or another of its document that a list names in any set, is kept.

    A whole PDF is known by its stem there: page 3 of "scan.pdf" belongs to "scan_p1.jpg".
    """
    stem = PAGE_NUMBER.sub("", page_id).rpartition("/")[2].rpartition(".")[0]
    return is_dev(page_id) or DOCUMENT_PAGE.sub("", stem) in _kept_documents()


@cache
def _kept_documents() -> frozenset[str]:
    names = (name for listed in dev_images().values() for name in listed)
    return frozenset(
        DOCUMENT_PAGE.sub("", stem)
        for stem in (name.rpartition(".")[0] for name in names)
        if DOCUMENT_PAGE.search(stem)
    )
