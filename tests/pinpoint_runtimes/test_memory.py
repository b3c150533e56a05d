import mmap
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from pinpoint_runtimes.memory import give_back_freed, give_back_pages

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks Linux's /proc")
MEGABYTE = 1 << 20


def resident(kind: str) -> int:
    found = re.search(rf"^{kind}:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1]) * 1024


@linux
def test_freed_memory_goes_back_to_the_system():
    # Many small arrays: the C library keeps their memory below one that lives on.
    arrays = [np.ones(4096) for _ in range(2000)]
    alive = np.ones(4096)
    before = resident("RssAnon")
    del arrays
    give_back_freed()
    assert resident("RssAnon") < before - 30 * MEGABYTE
    assert alive.all()


@linux
def test_pages_that_were_read_go_and_come_back(tmp_path):
    path = tmp_path / "weights.data"
    path.write_bytes(b"w" * 16 * MEGABYTE)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        assert set(mapped[:: mmap.PAGESIZE]) == {ord("w")}
        before = resident("RssFile")
        assert give_back_pages(path) == 16 * MEGABYTE
        assert resident("RssFile") < before - 12 * MEGABYTE
        assert mapped[5 * MEGABYTE] == ord("w")


@linux
def test_a_mapping_that_was_written_to_keeps_what_was_written(tmp_path):
    path = tmp_path / "weights.data"
    path.write_bytes(b"w" * MEGABYTE)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY) as mapped:
        mapped[10] = ord("x")
        assert give_back_pages(path) == 0
        assert mapped[10] == ord("x")


def test_a_file_that_is_not_mapped_gives_nothing_back(tmp_path):
    assert give_back_pages(tmp_path / "absent.data") == 0
