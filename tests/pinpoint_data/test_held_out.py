"""Pages that are kept for measuring are known by their bytes, and by their set and name."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from pinpoint_data import held_out
from pinpoint_data.held_out import PAGES, digests_of, listed
from pinpoint_data.splits import FOLDER, dev_images
from pinpoint_edge.errors import DataError

DEMO = Path(__file__).parents[2] / "demo" / "documents"


def test_every_listed_page_has_a_digest() -> None:
    lists = json.loads((FOLDER / PAGES).read_text())
    for name, images in dev_images().items():
        assert len(lists[f"{name} dev"]) == len(set(lists[f"{name} dev"])) == len(images)
    assert len(lists["funsd, measured only"]) > 100
    assert all(len(digest) == 64 for digests in lists.values() for digest in digests)


def test_a_page_is_known_under_any_name(tmp_path: Path) -> None:
    page = sorted(DEMO.glob("fcc_adbuy-*"))[0]
    shutil.copy(page, tmp_path / "scan.jpg")
    assert listed(tmp_path / "scan.jpg") == "fcc_adbuy dev"
    (tmp_path / "scan.jpg").write_bytes(page.read_bytes() + b" ")
    assert listed(tmp_path / "scan.jpg") is None
    assert listed(tmp_path / "none.jpg") is None, "whoever opens it says that it is missing"


def test_a_document_is_known_by_the_pages_drawn_from_it(tmp_path: Path) -> None:
    image = sorted(dev_images()["fcc_adbuy"])[0]
    document = held_out.PDF_PAGE.sub(".pdf", image)
    assert listed(tmp_path / "fcc_adbuy" / "pdf" / document) == "fcc_adbuy dev"
    assert listed(tmp_path / "others" / document) is None


def test_the_list_can_be_made_again(tmp_path: Path) -> None:
    images = dev_images()
    for name, names in images.items():
        (tmp_path / name).mkdir()
        for image in names:
            (tmp_path / name / image).write_bytes(image.encode())
    (tmp_path / "funsd_dev").mkdir()
    (tmp_path / "funsd_dev" / "a.png").write_bytes(b"a")
    made = digests_of(tmp_path)
    assert {name: len(digests) for name, digests in made.items()} == {
        **{f"{name} dev": len(names) for name, names in images.items()},
        "funsd, measured only": 1,
    }
    (tmp_path / "sroie" / "007.jpg").unlink()
    with pytest.raises(DataError, match=r"lacks 007\.jpg"):
        digests_of(tmp_path)


def test_a_broken_list_is_no_free_pass(tmp_path: Path) -> None:
    (tmp_path / PAGES).write_text('["no lists"]')
    with pytest.raises(DataError, match="restore it"):
        held_out._digests(tmp_path)
