"""Convert the published PP-OCRv6 ONNX files into the weights of `pinpoint_models`.

    python -m pinpoint_train.convert_ppocr --source DIR --out DIR [--size small]

The tiny files come with a dictionary. The small recogniser holds its own, of 18,708 characters: of
these it keeps the classes of the tiny one, so that both sizes share one class list.

The convolutions and matrix products of the published graph have the order in which our modules
register theirs, so they are matched one by one and every shape is checked. Two things change: batch
norms are folded into the layer before them, and the first layer takes RGB instead of BGR.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import nn

from pinpoint_edge.errors import DataError, OptionError
from pinpoint_models.detector import Detector
from pinpoint_models.layers import Stem
from pinpoint_models.paths import weights_folder
from pinpoint_models.recogniser import Recogniser
from pinpoint_models.weights import (
    CHARACTERS_FILE,
    DETECTOR_FILE,
    RECOGNISER_FILE,
    load_characters,
    save_safetensors,
)

DETECTOR_SOURCE = "PP-OCRv6_det_{size}.onnx"
RECOGNISER_SOURCE = "PP-OCRv6_rec_{size}.onnx"
DICTIONARY_SOURCE = "dict.txt"

Array = NDArray[np.float32]


def source_file(folder: Path, name: str) -> Path:
    """The file `name` of `folder`. Raises OptionError when it is not there."""
    path = folder / name
    if not path.is_file():
        raise OptionError(
            f"No {name} in {folder}: --source is the folder with the published files."
        )
    return path


def constants(graph: Any) -> dict[str, Any]:
    """Arrays of an ONNX graph by name: initializers, Constant nodes and Identities of either."""
    found = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type == "Constant":
            found[node.output[0]] = numpy_helper.to_array(node.attribute[0].t)
        elif node.op_type == "Identity" and node.input[0] in found:
            found[node.output[0]] = found[node.input[0]]
    return found


def fold_batch_norm(weight: Array, bias: Array, node: Any, values: dict[str, Any]) -> list[Array]:
    """Weight and bias of a convolution with the batch norm that follows it folded in."""
    gamma, beta, mean, variance = (values[name].astype(np.float64) for name in node.input[1:])
    epsilon = next(a.f for a in node.attribute if a.name == "epsilon")
    factor = gamma / np.sqrt(variance + epsilon)
    folded = weight * factor.reshape(-1, *[1] * (weight.ndim - 1))
    return [folded.astype(np.float32), ((bias - mean) * factor + beta).astype(np.float32)]


def layers(path: Path) -> list[tuple[Array, Array]]:
    """Weight and bias of every convolution and matrix product, in graph order.

    A layer without a bias has zeros. Matrix weights are transposed to torch's (out, in).
    """
    graph = onnx.load(str(path)).graph
    values = constants(graph)
    readers: dict[str, list[Any]] = {}
    for node in graph.node:
        for name in node.input:
            readers.setdefault(name, []).append(node)

    found = []
    for node in graph.node:
        if node.op_type not in ("Conv", "ConvTranspose", "MatMul") or node.input[1] not in values:
            continue
        weight = values[node.input[1]]
        if node.op_type == "MatMul":
            weight = weight.T
        outputs = weight.shape[1] if node.op_type == "ConvTranspose" else weight.shape[0]
        bias = np.zeros(outputs, np.float32)
        for reader in followers(node, readers):
            if reader.op_type == "BatchNormalization":
                weight, bias = fold_batch_norm(weight, bias, reader, values)
            elif reader.op_type == "Add":
                addends = [values[name] for name in reader.input if name in values]
                if addends:
                    bias = addends[0].reshape(-1)
        found.append((weight, bias))
    return found


def norms(path: Path) -> list[tuple[Array, Array]]:
    """Factor and addend of every layer normalization, in graph order."""
    graph = onnx.load(str(path)).graph
    values = constants(graph)
    readers = {name: node for node in graph.node for name in node.input}
    found = []
    for node in graph.node:
        factor = values.get(node.input[1]) if node.op_type == "Mul" else None
        after = readers.get(node.output[0])
        if factor is not None and factor.ndim == 1 and after is not None:
            addend = values.get(after.input[1]) if after.op_type == "Add" else None
            if addend is not None and addend.shape == factor.shape != (1,):
                found.append((factor, addend))
    return found


def followers(node: Any, readers: dict[str, list[Any]]) -> list[Any]:
    """Nodes that read a layer's output, seen through reshapes of a line and plain copies."""
    found = []
    for reader in readers.get(node.output[0], []):
        if reader.op_type in ("Identity", "Squeeze"):
            found += followers(reader, readers)
        else:
            found.append(reader)
    return found


def transfer(
    module: nn.Module,
    source: list[tuple[Array, Array]],
    origin: str,
    kinds: tuple[type[nn.Module], ...] = (nn.Conv2d, nn.ConvTranspose2d, nn.Linear),
) -> None:
    """Copy layers in order into the module's. Raises DataError when count or shapes differ."""
    targets: list[tuple[str, Any]] = [
        (name, m) for name, m in module.named_modules() if isinstance(m, kinds)
    ]
    if len(targets) != len(source):
        raise DataError(
            f"{origin} has {len(source)} layers, the model {len(targets)}: is it PP-OCRv6?"
        )
    for (name, target), (weight, bias) in zip(targets, source, strict=True):
        if tuple(target.weight.shape) != weight.shape:
            raise DataError(
                f"{origin} holds {weight.shape} where {name} needs {tuple(target.weight.shape)}: "
                "is it PP-OCRv6 of this size?"
            )
        if target.bias is None and bias.any():
            raise DataError(f"{origin} has a bias for {name}, which the model does not have.")
        with torch.no_grad():
            target.weight.copy_(torch.from_numpy(weight.copy()))
            if target.bias is not None:
                target.bias.copy_(torch.from_numpy(bias.copy()))


def to_rgb(conv: nn.Conv2d) -> None:
    """Turn a first convolution that reads BGR into the same one that reads RGB."""
    with torch.no_grad():
        conv.weight.copy_(conv.weight.flip(1))


def read_characters(path: Path) -> list[str]:
    """Class texts: "" for the blank, the dictionary's lines, then the space."""
    lines = path.read_text(encoding="utf-8").split("\n")
    if lines[-1] == "":
        lines.pop()
    return ["", *(line.removesuffix("\r") for line in lines), " "]


def own_characters(path: Path) -> list[str]:
    """Class texts that a recogniser's file names itself. Raises DataError when it names none."""
    properties = {entry.key: entry.value for entry in onnx.load(str(path)).metadata_props}
    if "character" not in properties:
        raise DataError(f"{path} names no characters: take it out of a wheel of rapidocr.")
    return ["", *properties["character"].split("\n"), " "]


def keep_classes(head: nn.Linear, characters: list[str], kept: list[str]) -> None:
    """Leave only the classes `kept` in a head. Raises DataError for one that it does not have."""
    places = {character: index for index, character in enumerate(characters)}
    if missing := [character for character in kept if character not in places]:
        raise DataError(f"The small recogniser lacks the class {missing[0]!r}.")
    rows = [places[character] for character in kept]
    with torch.no_grad():
        head.weight, head.bias = nn.Parameter(head.weight[rows]), nn.Parameter(head.bias[rows])
    head.out_features = len(rows)


def convert_detector(source: Path, size: str) -> Detector:
    """The published detector of a size. Errors as in `convert`."""
    name = DETECTOR_SOURCE.format(size=size)
    detector = Detector(size)
    transfer(detector, layers(source_file(source, name)), name)
    to_rgb(detector.backbone.stem.stem1)
    return detector


def convert_recogniser(source: Path, size: str, classes: int) -> Recogniser:
    """The published recogniser of a size with all its classes. Errors as in `convert`."""
    name = RECOGNISER_SOURCE.format(size=size)
    file = source_file(source, name)
    recogniser = Recogniser(classes, size)
    transfer(recogniser, layers(file), name)
    transfer(recogniser, norms(file), name, (nn.LayerNorm,))
    stem = recogniser.encoder.stem
    to_rgb(stem.stem1 if isinstance(stem, Stem) else stem)
    return recogniser


def convert(source: Path, out: Path, size: str = "tiny") -> None:
    """Write detector, recogniser and class list of the published files in `source` to `out`.

    Raises OptionError for a missing file and DataError for one that is not PP-OCRv6 of this size.
    """
    detector = convert_detector(source, size)
    if size == "small":
        published = own_characters(source_file(source, RECOGNISER_SOURCE.format(size=size)))
        characters = load_characters(weights_folder())
    else:
        published = characters = read_characters(source_file(source, DICTIONARY_SOURCE))
    recogniser = convert_recogniser(source, size, len(published))
    keep_classes(recogniser.head, published, characters)

    out.mkdir(parents=True, exist_ok=True)
    metadata = {"license": "Apache-2.0", "origin": f"PP-OCRv6 {size}, PaddlePaddle authors"}
    half = size == "small"
    save_safetensors(detector, out / DETECTOR_FILE, metadata, half=half)
    save_safetensors(recogniser, out / RECOGNISER_FILE, metadata, half=half)
    text = json.dumps(characters, ensure_ascii=False, separators=(",", ":"))
    (out / CHARACTERS_FILE).write_text(text + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description="Convert PP-OCRv6 to PinPoint's weights.")
    parser.add_argument("--source", type=Path, required=True, help="folder with the ONNX files")
    parser.add_argument("--size", choices=("tiny", "small"), default="tiny")
    parser.add_argument("--out", type=Path, required=True, help="folder to write the weights to")
    arguments = parser.parse_args()
    try:
        convert(arguments.source, arguments.out, arguments.size)
    except (OptionError, DataError) as error:
        parser.exit(error.exit_code, f"{error}\n")


if __name__ == "__main__":
    main()
