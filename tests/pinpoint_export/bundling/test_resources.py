"""Memory and disk: what is free, and refusals that name both figures."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pinpoint_edge.errors import ExportError, OutputError
from pinpoint_export.bundling import resources
from pinpoint_export.bundling.resources import available_memory, check_disk, check_memory, existing


def test_the_available_memory_is_less_than_all_of_it():
    free = available_memory()
    assert 50_000_000 < free <= os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def test_a_container_s_limit_counts(tmp_path, monkeypatch):
    monkeypatch.setattr(resources, "_CGROUP", tmp_path)
    (tmp_path / "memory.max").write_text("1000000\n")
    (tmp_path / "memory.current").write_text("600000\n")
    (tmp_path / "memory.stat").write_text("anon 400000\ninactive_file 150000\nactive_file 1\n")
    assert available_memory() == 1_000_000 - 600_000 + 150_000
    (tmp_path / "memory.max").write_text("max\n")
    assert available_memory() > 50_000_000


def test_too_little_memory_is_said_with_both_figures():
    check_memory(1, "Lowering onnx detect")
    with pytest.raises(
        ExportError, match=r"Lowering onnx decode needs about 1000000\.0 GB of memory, \d+\.\d GB"
    ):
        check_memory(10**15, "Lowering onnx decode")


def test_places_on_one_disk_share_what_is_free(tmp_path):
    statistics = os.statvfs(tmp_path)
    free = statistics.f_bavail * statistics.f_frsize
    most = free * 3 // 4
    check_disk({tmp_path / "one": most})
    with pytest.raises(OutputError, match=r"writes about \d+\.\d\d GB to .*one and .*two, \d"):
        check_disk({tmp_path / "one": most, tmp_path / "two": most})


def test_a_place_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"forms cannot be written: .*file is no folder"):
        check_disk({tmp_path / "file" / "forms": 1})


def test_the_nearest_folder_that_exists(tmp_path, monkeypatch):
    assert existing(tmp_path / "a" / "b") == tmp_path
    monkeypatch.chdir(tmp_path)
    assert existing(Path("a/b")) == tmp_path
