"""GGUF files: 4 bits keep a grid of 15 levels, variants are made once, bad files are named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pinpoint_edge.errors import DataError, OptionError
from pinpoint_models.decoder.gguf_file import EMBEDDING, Gguf, installed_smollm2, quantized, variant


def test_a_written_file_says_what_was_read_but_for_the_changes(one_layer_gguf: Path) -> None:
    whole, cut = Gguf.read(installed_smollm2()), Gguf.read(one_layer_gguf)
    assert cut.fields["llama.block_count"].value == 1
    assert cut.fields["pinpoint.note"].value == "cut"
    same = whole.fields.keys() - {"llama.block_count"}
    assert all(cut.fields[name] == whole.fields[name] for name in same)
    for name, tensor in cut.tensors.items():
        assert tensor.kind == whole.tensors[name].kind
        np.testing.assert_array_equal(tensor.data, whole.tensors[name].data)
    assert cut.name == whole.name
    assert not cut.takes_our_prompt


@pytest.mark.parametrize("kind", ["q4_0", "q4_1"])
def test_four_bits_keep_blocks_on_the_grid_and_round_the_others(kind: str) -> None:
    random = np.random.default_rng(0)
    scales = random.uniform(0.001, 0.1, (16, 4, 1)).astype(np.float16).astype(np.float32)
    integers = random.integers(-7, 8, (16, 4, 32))
    integers[..., 5] = np.where(integers[..., 6] < 0, -7, 7)
    grid = (integers * scales).astype(np.float32).reshape(16, 128)
    grid[0, :32] = 0
    np.testing.assert_array_equal(quantized(grid, kind).values(), grid)
    other = random.normal(size=(16, 128)).astype(np.float32)
    half = np.concatenate([grid, other], 1)
    values = quantized(half, kind).values()
    np.testing.assert_array_equal(values[:, :128], grid)
    error = np.abs(values[:, 128:] - other)
    largest = np.abs(other.reshape(-1, 32)).max(1)
    assert (error.reshape(-1, 32).max(1) <= largest / 7).all()
    assert error.max() > 0


def test_variants_are_made_once_and_differ_in_the_matrices_alone(
    one_layer_gguf: Path, tmp_path: Path
) -> None:
    assert variant(one_layer_gguf, "q4_1", tmp_path) == one_layer_gguf
    made = variant(one_layer_gguf, "q4_0", tmp_path)
    changed = made.stat().st_mtime_ns
    assert variant(one_layer_gguf, "q4_0", tmp_path) == made
    assert made.stat().st_mtime_ns == changed
    assert list(tmp_path.iterdir()) == [made]
    before, after = Gguf.read(one_layer_gguf), Gguf.read(made)
    for name, tensor in after.tensors.items():
        old = before.tensors[name]
        if name == EMBEDDING or tensor.kind == "F32":
            np.testing.assert_array_equal(tensor.data, old.data)
        else:
            assert (old.kind, tensor.kind) == ("Q4_1", "Q4_0")
            far = np.abs(tensor.values() - old.values()).max() / np.abs(old.values()).max()
            assert 0 < far < 1 / 7


def test_bad_input_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "text.gguf").write_bytes(b"no model" * 10)
    with pytest.raises(DataError, match=r"text\.gguf is no readable GGUF file"):
        Gguf.read(tmp_path / "text.gguf")
    with pytest.raises(DataError, match=r"absent\.gguf cannot be read"):
        Gguf.read(tmp_path / "absent.gguf")
    with pytest.raises(OptionError, match="no GGUF type 'q3_k' here; choose one of f32"):
        quantized(np.zeros((1, 32), np.float32), "q3_k")
