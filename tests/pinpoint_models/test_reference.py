"""The trained adapter and projector find their way into the reference, or are refused."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from pinpoint_edge.errors import BundleError
from pinpoint_models.decoder.config import DecoderConfig
from pinpoint_models.decoder.lora import apply_lora, lora_state, merge_lora
from pinpoint_models.decoder.model import Decoder
from pinpoint_models.reference import load_trained
from pinpoint_models.refiner import VisualProjector

CONFIG = DecoderConfig(50, 32, 2, 2, 1, 16, 48, 10_000.0, 1e-5, 64)
IDS, POSITIONS = torch.arange(1, 7)[None], torch.arange(6)[None]
CAUSAL = torch.tril(torch.ones(6, 6, dtype=torch.bool))[None, None]


def decoder_of(seed: int = 0) -> Decoder:
    torch.manual_seed(seed)
    return Decoder(CONFIG)


def trained(folder: Path) -> tuple[Path, Decoder, VisualProjector]:
    """Weights as a training publishes them, with the modules that they were taken from."""
    decoder = decoder_of()
    with torch.no_grad():
        for parameter in apply_lora(decoder, 4, 8.0):
            parameter.normal_(std=0.1)
    projector = VisualProjector(32)
    state = {f"lora.{name}": tensor for name, tensor in lora_state(decoder).items()}
    state |= {f"projector.{k}": v.half() for k, v in projector.state_dict().items()}
    save_file(state, folder / "llm.safetensors")
    return folder / "llm.safetensors", decoder, projector


@torch.no_grad()
def test_the_adapter_and_the_projector_come_back(tmp_path: Path) -> None:
    path, taught, projector = trained(tmp_path)
    plain, fresh = decoder_of(), VisualProjector(32)
    before = plain.forward_train(IDS, CAUSAL, POSITIONS)
    load_trained(plain, fresh, path)
    wanted = taught.forward_train(IDS, CAUSAL, POSITIONS)
    assert (before - wanted).abs().max() > 0.1
    merge_lora(plain)
    torch.testing.assert_close(
        plain.forward_train(IDS, CAUSAL, POSITIONS), wanted, atol=0.02, rtol=0.02
    )
    pooled, geometry = torch.randn(3, 160), torch.rand(3, 4)
    torch.testing.assert_close(
        fresh(pooled, geometry), projector(pooled, geometry), atol=5e-3, rtol=5e-3
    )
    assert all(parameter.dtype == torch.float32 for parameter in fresh.parameters())


def test_weights_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    path, _, _ = trained(tmp_path)
    with pytest.raises(BundleError, match="is no trained adapter"):
        load_trained(decoder_of(), VisualProjector(48), path)
    wider = Decoder(DecoderConfig(50, 64, 2, 4, 2, 16, 48, 10_000.0, 1e-5, 64))
    with pytest.raises(BundleError, match="expected shape"):
        load_trained(wider, VisualProjector(32), path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BundleError, match=r"llm\.safetensors is no trained adapter"):
        load_trained(decoder_of(), VisualProjector(32), path)
    save_file({"projector.gain": torch.ones(())}, path)
    with pytest.raises(BundleError, match="no LoRA"):
        load_trained(decoder_of(), VisualProjector(32), path)
    with pytest.raises(BundleError, match="Train or fetch it"):
        load_trained(decoder_of(), VisualProjector(32), tmp_path / "missing.safetensors")
