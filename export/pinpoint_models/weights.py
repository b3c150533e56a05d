"""Weights on disk: safetensors in and out of a module, and the recogniser's class list."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor, nn

from pinpoint_edge.errors import BundleError, OptionError

DETECTOR_FILE = "detector.safetensors"
RECOGNISER_FILE = "recogniser.safetensors"
CHARACTERS_FILE = "characters.json"

M = TypeVar("M", bound=nn.Module)


def resolve(path: str | Path, name: str) -> Path:
    """The file `path`, or the file `name` in it where `path` is a folder of weights.

    Raises OptionError when there is no such file.
    """
    found = Path(path) / name if Path(path).is_dir() else Path(path)
    if not found.is_file():
        raise OptionError(f"No weights at {found}: give a folder that holds {name}, or the file.")
    return found


def read_tensors(path: str | Path, name: str) -> dict[str, Tensor]:
    """Named tensors of a safetensors file; `path` and `name` as in `resolve`.

    Raises OptionError for a missing file and BundleError for a broken one.
    """
    file = resolve(path, name)
    try:
        return load_file(file)
    except (SafetensorError, OSError) as error:
        raise BundleError(
            f"{file} is no readable safetensors file ({error}): copy it again."
        ) from (error)


def load_tensors(module: nn.Module, tensors: dict[str, Tensor], origin: str) -> None:
    """Copy `tensors` into the module's parameters: the names and shapes must be the same.

    Raises BundleError naming the first tensor that is missing, unknown or of another shape.
    """
    expected = module.state_dict()
    for key, value in expected.items():
        if key not in tensors:
            raise BundleError(f"{origin} lacks the tensor {key}: convert the weights again.")
        if tensors[key].shape != value.shape:
            raise BundleError(
                f"{origin} holds {key} as {tuple(tensors[key].shape)}, the model needs "
                f"{tuple(value.shape)}: it belongs to another model."
            )
    unknown = sorted(tensors.keys() - expected.keys())
    if unknown:
        raise BundleError(f"{origin} holds {unknown[0]}, which the model does not have.")
    module.load_state_dict(tensors)


def load_safetensors(module: nn.Module, path: str | Path, name: str) -> None:
    """Load the file that `resolve(path, name)` finds into `module`; errors as in its two steps."""
    load_tensors(module, read_tensors(path, name), str(resolve(path, name)))


def load_configured(
    folder: Path, name: str, build: Callable[[dict[str, Any]], M], title: str
) -> tuple[M, dict[str, Any]]:
    """Load the module that `name`.json describes and `name`.safetensors fills, and its facts.

    build: makes the module of the "config" of the facts. Raises BundleError, which names the module
    by its title, for missing or broken files.
    """
    try:
        facts = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        module = build(facts["config"])
        module.load_state_dict(load_file(folder / f"{name}.safetensors"))
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        reason = str(error).splitlines()[0]
        raise BundleError(f"No {title} in {folder}: {reason}. Train or fetch it.") from error
    return module, facts


def save_safetensors(
    module: nn.Module,
    path: str | Path,
    metadata: dict[str, str] | None = None,
    *,
    half: bool = False,
) -> None:
    """Write the module's parameters as f32 or f16; the same weights give the same bytes."""
    dtype = torch.float16 if half else torch.float32
    tensors = {
        key: value.detach().to(device="cpu", dtype=dtype).contiguous()
        for key, value in sorted(module.state_dict().items())
    }
    Path(path).write_bytes(sort_header(save(tensors, metadata)))


def sort_header(data: bytes) -> bytes:
    """The same safetensors file with the keys of its JSON header sorted.

    The library writes metadata in the order of a randomized hash map, so two runs would differ.
    """
    size = int.from_bytes(data[:8], "little")
    header = json.dumps(json.loads(data[8 : 8 + size]), sort_keys=True, separators=(",", ":"))
    padded = header.encode() + b" " * (-len(header.encode()) % 8)
    return len(padded).to_bytes(8, "little") + padded + data[8 + size :]


def load_characters(path: str | Path) -> list[str]:
    """Texts of the recogniser's classes: "" for the CTC blank at 0, one character each after it.

    `path` as in `resolve`. Raises OptionError for a missing file and BundleError for a broken one.
    """
    file = resolve(path, CHARACTERS_FILE)
    try:
        characters = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BundleError(f"{file} is not JSON ({error}): convert the weights again.") from error
    if (
        not isinstance(characters, list)
        or not all(isinstance(character, str) for character in characters)
        or characters[:1] != [""]
    ):
        raise BundleError(f'{file} is no list of characters that begins with "" for the blank.')
    return characters
