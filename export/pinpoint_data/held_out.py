"""Pages that are kept for measuring, known again wherever they lie and whatever they are called.

`listed` is the check that calibration asks (entry point `pinpoint_edge.held_out`): by the sha256 of
the file, which `splits/pages.json` holds, and by set and name as trainings do.

`python -m pinpoint_data.held_out DATA` prints a new pages.json: DATA holds a folder a set.
"""

from __future__ import annotations

import json
import re
import sys
from functools import cache
from pathlib import Path

from pinpoint_data.splits import FOLDER, MEASURED_ONLY, dev_images
from pinpoint_edge.bundle.folder import file_digest
from pinpoint_edge.errors import DataError

PAGES = "pages.json"
PDF_PAGE = re.compile(r"_p\d+\.\w+$")  # "form_p3.jpg" was drawn from "form.pdf"
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff")


def listed(file: Path) -> str | None:
    """Return the list that names a page's file, "sroie dev", None when it is free to use.

    Raises DataError when a list was changed or is missing.
    """
    for name, images in dev_images().items():
        inside = any(part.startswith(name) for part in file.parts[:-1])
        drawn = file.suffix.lower() == ".pdf" and file.name in _documents(images)
        if inside and (file.name in images or drawn):
            return f"{name} dev"
    if any(part.startswith(MEASURED_ONLY) for part in file.parts[:-1]):
        return f"{MEASURED_ONLY[0]}, measured only"
    if not file.is_file():
        return None  # whoever opens it says what is wrong
    return _digests().get(file_digest(file))


@cache
def _digests(folder: Path = FOLDER) -> dict[str, str]:
    """Return the list of each page's digest."""
    try:
        lists = json.loads((folder / PAGES).read_text(encoding="utf-8"))
        return {digest: name for name, digests in lists.items() for digest in digests}
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise DataError(
            f"{folder / PAGES} cannot be read ({error}): restore it, or pages that are kept for "
            "measuring are not known again."
        ) from error


@cache
def _documents(images: frozenset[str]) -> frozenset[str]:
    """Return the PDF files that listed pages were drawn from."""
    return frozenset(PDF_PAGE.sub(".pdf", image) for image in images)


def digests_of(data: Path) -> dict[str, list[str]]:
    """Return the sha256 of all listed pages below a folder of sets, by list; slow, for pages.json.

    Raises DataError when a listed page is not there.
    """
    found: dict[str, list[str]] = {}
    for name, images in dev_images().items():
        files = {path.name: path for path in (data / name).rglob("*") if path.name in images}
        if missing := sorted(images - files.keys()):
            raise DataError(f"{data / name} lacks {missing[0]}, which is kept for measuring.")
        found[f"{name} dev"] = sorted(map(file_digest, files.values()))
    for folder in data.iterdir():
        if folder.name.startswith(MEASURED_ONLY):
            pages = [p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES]
            found[f"{MEASURED_ONLY[0]}, measured only"] = sorted(map(file_digest, pages))
    return found


if __name__ == "__main__":
    print(json.dumps(digests_of(Path(sys.argv[1])), indent=1))
