"""The pages kept from training are known by lists that hold."""

import shutil
from pathlib import Path

import pytest

from pinpoint_data.splits import FOLDER, dev_images, is_dev
from pinpoint_edge.errors import DataError


def test_the_lists_of_the_package_match_their_digests() -> None:
    listed = dev_images()
    assert set(listed) == {"sroie", "fcc_adbuy", "fara_forms"}
    assert all(len(images) > 20 for images in listed.values())
    documents = {image.rsplit("_p", 1)[0] for image in listed["fcc_adbuy"]}
    assert len(documents) > 10


def test_a_changed_or_missing_list_is_refused(tmp_path: Path) -> None:
    changed = shutil.copytree(FOLDER, tmp_path / "changed")
    path = changed / "sroie_dev.txt"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\nimages/000.jpg\n", 1))
    with pytest.raises(DataError, match=r"sroie_dev\.txt does not match its digest"):
        dev_images(changed)
    missing = shutil.copytree(FOLDER, tmp_path / "missing")
    (missing / "fcc_adbuy_dev.txt").unlink()
    with pytest.raises(DataError, match="cannot be read"):
        dev_images(missing)


def test_pages_are_kept_by_list_by_name_or_by_chance() -> None:
    listed = sorted(dev_images()["sroie"])
    assert is_dev(f"sroie/{listed[0]}")
    assert not is_dev(f"sroie/x{listed[0]}")
    assert is_dev(f"sroie-turned/{listed[0]}")  # it is the same page
    assert is_dev(f"sroie/{listed[0]}#3")  # a page of a listed document
    assert is_dev("funsd_dev/x")
    assert is_dev("funsd/any.png")
    assert len({is_dev(f"bills/{n}.pdf") == is_dev(f"bills/{n}.pdf#2") for n in range(99)}) == 1
    kept = [number for number in range(3000) if is_dev(f"synthetic9/0-{number}")]
    assert 80 < len(kept) < 160
    assert kept == [number for number in range(3000) if is_dev(f"synthetic9/0-{number}")]
    assert kept == [number for number in range(3000) if is_dev(f"synthetic9-turned/0-{number}")]
