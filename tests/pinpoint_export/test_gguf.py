"""The language model as a GGUF file: exact where it can be, and read by llama.cpp as by torch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from pinpoint_edge.errors import OptionError, OutputError
from pinpoint_edge.generation.tokenizer import Tokenizer
from pinpoint_export.baselines.decode_speed import text_prompt
from pinpoint_export.baselines.llama_cpp import LlamaCpp
from pinpoint_export.gguf import command, write_gguf
from pinpoint_models.decoder.gguf import load_gguf
from pinpoint_models.decoder.gguf_file import Gguf, installed_smollm2
from pinpoint_models.reference import Reference
from pinpoint_runtimes.torch import TorchKVCache

LAYERS = 2


@pytest.fixture(scope="module")
def file(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped weights in float32, cut to two layers."""
    out = tmp_path_factory.mktemp("gguf") / "model.gguf"
    assert write_gguf(out, weights, kind="f32", layers=LAYERS).exact == 1
    return out


def test_it_holds_the_adapted_weights_and_says_its_prompt(
    file: Path, sliced_reference: Reference
) -> None:
    state, config, tokenizer_json = load_gguf(file)
    expected = sliced_reference.decoder.state_dict()
    assert state.keys() == expected.keys()
    for name, tensor in state.items():
        assert torch.equal(tensor, expected[name]), name
    assert config.layers == LAYERS
    assert tokenizer_json == sliced_reference.tokenizer_json
    assert Gguf.read(file).takes_our_prompt
    assert not Gguf.read(installed_smollm2()).takes_our_prompt


def test_llama_cpp_writes_what_the_reference_does(file: Path, sliced_reference: Reference) -> None:
    tokenizer = Tokenizer(sliced_reference.tokenizer_json.encode())
    none = np.zeros((0, sliced_reference.decoder.config.width), np.float32)
    with LlamaCpp(file, threads=1, context=512) as model:
        for count in (40, 90, 150):
            ids = text_prompt(tokenizer, count)
            cache = TorchKVCache(sliced_reference.decoder, 512)
            row, written = np.array(ids, np.int32), []
            for _ in range(6):
                best = int(cache.run(row, none).argmax())
                written.append(best)
                row = np.array([best], np.int32)
            assert model.complete(ids, 6, to_the_end=True).text == tokenizer.decode(written)


def test_weights_on_the_grid_are_kept_exactly(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pinpoint_models import reference
    from pinpoint_models.decoder.grid import snap_decoder

    load = reference.load_decoder

    def on_grid(*arguments: object) -> object:
        decoder, tokenizer = load(*arguments)  # type: ignore[arg-type]
        snap_decoder(decoder)
        return decoder, tokenizer

    monkeypatch.setattr(reference, "load_decoder", on_grid)
    for kind in ("q4_0", "q4_1"):
        assert write_gguf(tmp_path / f"{kind}.gguf", weights, kind=kind, layers=1).exact == 1


def test_bad_input_is_refused_before_work(tmp_path: Path, weights: Path) -> None:
    with pytest.raises(OptionError, match=r"model is no GGUF file"):
        write_gguf(tmp_path / "out.gguf", weights, llm="model")
    with pytest.raises(OutputError, match="does not exist"):
        command.main(["--output", str(tmp_path / "none" / "x.gguf")], standalone_mode=False)
    assert list(tmp_path.iterdir()) == []
