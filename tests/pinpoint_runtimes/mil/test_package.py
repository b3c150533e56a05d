from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pinpoint_runtimes import SessionError
from pinpoint_runtimes.mil.binding import Weights, bind
from pinpoint_runtimes.mil.package import MilPackage
from pinpoint_runtimes.mil.proto import messages

WEIGHT = np.random.default_rng(0).random((8, 32)).astype(np.float32)
MODEL = "Data/com.apple.CoreML/model.mlmodel"
BLOB = "Data/com.apple.CoreML/weights/weight.bin"


@pytest.fixture(scope="module")
def linear(save: Any) -> Path:
    x = np.zeros((1, 32), np.float32)
    path: Path = save(lambda mb, x: mb.linear(x=x, weight=WEIGHT), {"x": x})
    return path


@pytest.fixture
def copy(linear: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(linear, tmp_path / "copy.mlpackage"))


def load(path: Path) -> None:
    package = MilPackage(path)
    bind(package, "main", Weights(package))


def edit_model(path: Path, change: Callable[[Any], None]) -> None:
    model = messages("Model").Model()
    model.ParseFromString((path / MODEL).read_bytes())
    change(model)
    (path / MODEL).write_bytes(model.SerializeToString())


def weight_value(model: Any) -> Any:
    (block,) = model.mlProgram.functions["main"].block_specializations.values()
    values = (operation.attributes["val"] for operation in block.operations)
    return next(value for value in values if value.WhichOneof("value") == "blobFileValue")


def test_a_saved_package_loads(linear: Path) -> None:
    load(linear)


def test_what_is_no_package_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SessionError, match=r"no such \.mlpackage folder"):
        MilPackage(tmp_path / "absent.mlpackage")
    with pytest.raises(SessionError, match=r"lacks Manifest\.json"):
        MilPackage(tmp_path)


@pytest.mark.parametrize(
    ("manifest", "reason"),
    [
        ("{", "does not name the package's model"),
        ("[]", "does not name the package's model"),
        ('{"itemInfoEntries": {}, "rootModelIdentifier": "a"}', "does not name"),
        ("[" * 100_000, "does not name"),
    ],
)
def test_a_damaged_manifest_is_refused(manifest: str, reason: str, copy: Path) -> None:
    (copy / "Manifest.json").write_text(manifest)
    with pytest.raises(SessionError, match=reason):
        MilPackage(copy)


@pytest.mark.parametrize(
    "item", ["../../outside", "/etc/passwd", "com.apple.CoreML/../../../outside", "", "a\0b", 7]
)
def test_a_model_outside_the_package_is_refused(item: Any, copy: Path) -> None:
    (copy.parent / "outside").write_bytes((copy / MODEL).read_bytes())
    manifest = json.loads((copy / "Manifest.json").read_text())
    manifest["itemInfoEntries"][manifest["rootModelIdentifier"]]["path"] = item
    (copy / "Manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(SessionError, match=r"leads out of the package|is not a string"):
        MilPackage(copy)


def test_a_link_out_of_the_package_is_refused(copy: Path) -> None:
    outside = copy.parent / "weight.bin"
    (copy / BLOB).rename(outside)
    (copy / BLOB).symlink_to(outside)
    with pytest.raises(SessionError, match="leads out of the package"):
        load(copy)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("/etc/passwd", "is not of this package"),
        ("@model_path/../../../outside", "leads out of the package"),
        ("@model_path//etc/passwd", "leads out of the package"),
        ("@model_path/weights/other.bin", r"lacks weights/other\.bin"),
    ],
)
def test_a_weight_file_elsewhere_is_refused(name: str, reason: str, copy: Path) -> None:
    def change(model: Any) -> None:
        weight_value(model).blobFileValue.fileName = name

    edit_model(copy, change)
    with pytest.raises(SessionError, match=reason):
        load(copy)


def test_a_truncated_weight_file_is_refused(copy: Path) -> None:
    blob = copy / BLOB
    blob.write_bytes(blob.read_bytes()[:-64])
    with pytest.raises(SessionError, match="lies outside the file"):
        load(copy)


def test_a_cut_model_file_is_refused_or_lacks_what_it_names(copy: Path) -> None:
    whole = (copy / MODEL).read_bytes()
    for length in range(0, len(whole), 97):
        (copy / MODEL).write_bytes(whole[:length])
        with pytest.raises(SessionError):
            load(copy)


def test_a_damaged_model_file_never_fails_otherwise(copy: Path) -> None:
    """Any byte may be wrong: what comes of it is a program, or one SessionError."""
    whole = (copy / MODEL).read_bytes()
    rng = np.random.default_rng(4)
    refused = 0
    for _ in range(300):
        data = bytearray(whole)
        for place in rng.integers(0, len(whole), 3):
            data[place] = rng.integers(0, 256)
        (copy / MODEL).write_bytes(data)
        try:
            load(copy)
        except SessionError:
            refused += 1
    assert refused > 50


def test_another_kind_of_model_is_refused(copy: Path) -> None:
    edit_model(copy, lambda model: model.neuralNetwork.layers.add())
    with pytest.raises(SessionError, match="it holds neuralNetwork, only ML programs"):
        MilPackage(copy)


def test_a_shape_that_asks_for_all_memory_is_refused(copy: Path) -> None:
    def change(model: Any) -> None:
        dims = weight_value(model).type.tensorType.dimensions
        dims[0].constant.size = dims[1].constant.size = 1 << 40

    edit_model(copy, change)
    with pytest.raises(SessionError, match="is larger than"):
        load(copy)
