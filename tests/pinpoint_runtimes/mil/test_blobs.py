from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pinpoint_runtimes import SessionError
from pinpoint_runtimes.mil.blobs import BlobFile
from pinpoint_runtimes.mil.types import ELEMENT_TYPES, TensorType

BY_NAME = {element.name: element for element in ELEMENT_TYPES.values()}
FLOATS = np.array([[1.5, -2.0, 3.25]], np.float32)


def kind(name: str, *shape: int) -> TensorType:
    return TensorType(BY_NAME[name], shape)


@pytest.fixture(scope="module")
def written(coremltools: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[int]]:
    """A weight file that coremltools' own writer made, and the offsets that it returned."""
    from coremltools.libmilstoragepython import _BlobStorageWriter

    path = tmp_path_factory.mktemp("weights") / "weight.bin"
    writer = _BlobStorageWriter(str(path))
    offsets = [
        writer.write_float_data(FLOATS.reshape(-1)),
        writer.write_fp16_data(np.array([1.5, 65504], np.float16).view(np.uint16)),
        writer.write_int8_data(np.array([-128, 5, 127], np.int8)),
        writer.write_uint16_data(np.array([1, 65535], np.uint16)),
        writer.write_int32_data(np.array([-(2**31), 7], np.int32)),
        writer.write_int4_data(np.array([-8, 7, -1], np.int8)),
        writer.write_uint1_data(np.array([1, 0, 0, 1, 1, 0, 1, 1, 1], np.uint8)),
        writer.write_uint3_data(np.array([7, 0, 5, 2], np.uint8)),
        writer.write_uint6_data(np.array([63, 1, 32], np.uint8)),
    ]
    del writer
    return path, offsets


def test_it_reads_what_coremltools_writes(written: tuple[Path, list[int]]) -> None:
    path, offsets = written
    blobs = BlobFile(path)
    expected: list[tuple[TensorType, Any]] = [
        (kind("fp32", 1, 3), FLOATS),
        (kind("fp16", 2), np.array([1.5, 65504], np.float16)),
        (kind("int8", 3), [-128, 5, 127]),
        (kind("uint16", 2), [1, 65535]),
        (kind("int32", 2), [-(2**31), 7]),
        (kind("int4", 3), [-8, 7, -1]),
        (kind("uint1", 3, 3), [[1, 0, 0], [1, 1, 0], [1, 1, 1]]),
        (kind("uint3", 4), [7, 0, 5, 2]),
        (kind("uint6", 3), [63, 1, 32]),
    ]
    for offset, (wanted, values) in zip(offsets, expected, strict=True):
        found = blobs.read(offset, wanted)
        assert found.dtype == wanted.element.stored
        np.testing.assert_array_equal(found, values)


def test_whole_bytes_stay_pages_of_the_file(written: tuple[Path, list[int]]) -> None:
    array = BlobFile(written[0]).read(written[1][0], kind("fp32", 3))
    base: Any = array
    while base.base is not None and not isinstance(base, np.memmap):
        base = base.base
    assert isinstance(base, np.memmap)


@pytest.mark.parametrize(
    ("offset", "wanted", "reason"),
    [
        (0, kind("fp32", 3), "no entry can start at 0"),
        (65, kind("fp32", 3), "no entry can start at 65"),
        (1 << 40, kind("fp32", 3), "no entry can start at"),
        (128, kind("fp32", 3), "no entry starts at 128"),
        (64, kind("fp16", 3), "the entry at 64 is fp32, the program says fp16"),
        (64, kind("fp32", 4), "has 12 bytes, its shape .* needs 16"),
    ],
)
def test_a_reference_that_misses_is_refused(
    written: tuple[Path, list[int]], offset: int, wanted: TensorType, reason: str
) -> None:
    with pytest.raises(SessionError, match=reason):
        BlobFile(written[0]).read(offset, wanted)


def entry(start: int, size: int = 4) -> bytes:
    head = struct.pack("<II56x", 1, 2)
    return head + struct.pack("<IIQQQ32x", 0xDEADBEEF, 2, size, start, 0) + bytes(64)


@pytest.mark.parametrize("start", [0, 100, 192, 1 << 63, (1 << 64) - 64])
def test_data_outside_the_file_is_refused(start: int, tmp_path: Path) -> None:
    path = tmp_path / "weight.bin"
    path.write_bytes(entry(128))
    assert BlobFile(path).read(64, kind("fp32", 1)).tolist() == [0.0]
    path.write_bytes(entry(start))
    with pytest.raises(SessionError, match="lies outside the file"):
        BlobFile(path).read(64, kind("fp32", 1))


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "cannot map"), (b"short", "cut off"), (struct.pack("<II56x", 0, 3), "version 3")],
)
def test_a_foreign_file_is_refused(content: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "weight.bin"
    path.write_bytes(content)
    with pytest.raises(SessionError, match=reason):
        BlobFile(path)
