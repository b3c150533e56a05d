"""A language model of two small layers, as a module and as a folder to train from."""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file

from pinpoint_models.decoder.config import DecoderConfig
from pinpoint_models.decoder.gguf import LAYER_NAMES
from pinpoint_models.decoder.model import Decoder

TOKENIZER = Path(__file__).parents[1] / "golden" / "tokenizer" / "tokenizer.json"
CONFIG = DecoderConfig(
    vocabulary=859,  # of the tokenizer above
    width=64,
    layers=2,
    heads=4,
    kv_heads=2,
    head_size=16,
    mlp_width=128,
    rope_theta=10_000.0,
    norm_epsilon=1e-5,
    context=2048,
)


def tiny_decoder(seed: int = 0) -> Decoder:
    """A decoder with random weights; the same seed gives the same."""
    torch.manual_seed(seed)
    decoder = Decoder(CONFIG)
    # Tied to the output, it sets the size of the logits: here they begin at hardly any preference.
    torch.nn.init.normal_(decoder.embedding.weight, std=0.1)
    return decoder


def write_folder(folder: Path) -> Path:
    """Write the decoder as a Hugging Face folder with its tokenizer."""
    folder.mkdir(parents=True, exist_ok=True)
    state = tiny_decoder().state_dict()
    tensors = {
        "model.embed_tokens.weight": state["embedding.weight"],
        "model.norm.weight": state["norm.weight"],
    }
    for number in range(CONFIG.layers):
        for ours, (_, theirs) in LAYER_NAMES.items():
            tensors[f"model.layers.{number}.{theirs}.weight"] = state[
                f"layers.{number}.{ours}.weight"
            ]
    save_file(tensors, folder / "model.safetensors")
    raw = {
        "model_type": "llama",
        "tie_word_embeddings": True,
        "vocab_size": CONFIG.vocabulary,
        "hidden_size": CONFIG.width,
        "num_hidden_layers": CONFIG.layers,
        "num_attention_heads": CONFIG.heads,
        "num_key_value_heads": CONFIG.kv_heads,
        "intermediate_size": CONFIG.mlp_width,
        "rms_norm_eps": CONFIG.norm_epsilon,
        "rope_theta": CONFIG.rope_theta,
        "max_position_embeddings": CONFIG.context,
    }
    (folder / "config.json").write_text(json.dumps(raw))
    (folder / "tokenizer.json").write_bytes(TOKENIZER.read_bytes())
    return folder
