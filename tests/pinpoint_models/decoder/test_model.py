import dataclasses

import pytest
import torch

from pinpoint_models.decoder.config import DecoderConfig
from pinpoint_models.decoder.model import Decoder, RMSNorm

SMALL = DecoderConfig(
    vocabulary=50,
    width=24,
    layers=2,
    heads=6,
    kv_heads=2,
    head_size=4,
    mlp_width=32,
    rope_theta=10000.0,
    norm_epsilon=1e-5,
    context=64,
)


@pytest.fixture
def decoder():
    torch.manual_seed(0)
    return Decoder(SMALL).eval()


def i32(*values):
    return torch.tensor(values, dtype=torch.int32)


def causal(rows):
    return torch.ones(1, 1, rows, rows, dtype=torch.bool).tril()


def whole_logits(decoder, ids):
    positions = torch.arange(ids.shape[1])[None]
    return decoder.logits(decoder.forward_train(ids, causal(ids.shape[1]), positions))


@torch.no_grad()
def run_stage(decoder, ids, chunks, capacity, visual=None):
    visual = torch.zeros(1, SMALL.width) if visual is None else visual
    kv, done, logits = decoder.empty_cache(capacity), 0, None
    for size in chunks:
        logits, *kv = decoder(ids[:, done : done + size].int(), visual, i32(done), *kv)
        done += size
    return logits, kv


@pytest.mark.parametrize("chunks", [(9,), (1,) * 9, (4, 5), (8, 1)])
def test_stage_equals_whole_sequence(decoder, chunks):
    ids = torch.randint(0, 50, (1, 9))
    logits, _ = run_stage(decoder, ids, chunks, capacity=16)
    torch.testing.assert_close(logits, whole_logits(decoder, ids)[:, -1], atol=1e-5, rtol=1e-5)


def test_rows_behind_the_position_are_not_seen(decoder):
    ids = torch.randint(0, 50, (1, 5))
    clean, _ = run_stage(decoder, ids, (5,), capacity=5)
    with torch.no_grad():
        dirty = [torch.full_like(t, 1e3) for t in decoder.empty_cache(12)]
        logits, *_ = decoder(ids.int(), torch.zeros(1, 24), i32(0), *dirty)
    torch.testing.assert_close(logits, clean, atol=1e-5, rtol=1e-5)


def test_cache_keeps_other_rows(decoder):
    ids = torch.randint(0, 50, (1, 6))
    _, first = run_stage(decoder, ids, (4,), capacity=8)
    _, second = run_stage(decoder, ids, (4, 2), capacity=8)
    for before, after in zip(first, second, strict=True):
        assert torch.equal(before[:, :, :4], after[:, :, :4])
        assert not torch.equal(before[:, :, 4:6], after[:, :, 4:6])
        assert torch.equal(after[:, :, 6:], torch.zeros_like(after[:, :, 6:]))


def test_visual_ids_pick_rows(decoder):
    visual = torch.randn(3, 24)
    ids = torch.tensor([[4, 50, 52, 49]])
    rows = decoder.embed(ids, visual)[0]
    assert torch.equal(rows[1], visual[0])
    assert torch.equal(rows[2], visual[2])
    assert torch.equal(rows[3], decoder.embedding.weight[49])
    text, _ = run_stage(decoder, torch.tensor([[4, 7]]), (2,), 4, decoder.embedding.weight[7:8])
    seen, _ = run_stage(decoder, torch.tensor([[4, 50]]), (2,), 4, decoder.embedding.weight[7:8])
    assert torch.equal(text, seen)


def test_block_mask_separates_packed_sequences(decoder):
    """Two questions over one shared context, packed, equal the two sequences run alone."""
    context, a, b = torch.randint(0, 50, (3, 4))
    ids = torch.cat((context, a, b))[None]
    mask = causal(12).clone()
    mask[..., 8:, 4:8] = False
    positions = torch.tensor([[*range(8), *range(4, 8)]])
    packed = decoder.logits(decoder.forward_train(ids, mask, positions))
    alone = whole_logits(decoder, torch.cat((context, b))[None])
    torch.testing.assert_close(packed[:, 8:], alone[:, 4:], atol=1e-5, rtol=1e-5)


def test_float_bias_and_embeddings_equal_bool_mask_and_ids(decoder):
    ids, positions = torch.randint(0, 50, (2, 7)), torch.arange(7).expand(2, 7)
    bias = torch.zeros(2, 1, 7, 7).masked_fill(~causal(7), float("-inf"))
    by_bias = decoder.forward_train(decoder.embedding(ids), bias, positions)
    by_mask = decoder.forward_train(ids, causal(7).expand(2, 1, 7, 7), positions)
    torch.testing.assert_close(by_bias, by_mask)


def test_gradients_reach_every_weight(decoder):
    loss = whole_logits(decoder, torch.randint(0, 50, (1, 6))).square().mean()
    loss.backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in decoder.parameters())


def test_norm_equals_torch_and_stands_large_fp16():
    norm = RMSNorm(64, 1e-5)
    x = torch.randn(3, 64) * torch.tensor([[1e-4], [1.0], [1e4]])
    expected = torch.nn.functional.rms_norm(x, (64,), eps=1e-5)
    torch.testing.assert_close(norm(x), expected, atol=1e-6, rtol=1e-5)
    assert torch.equal(norm(torch.zeros(1, 64)), torch.zeros(1, 64))
    half = norm.half()(x.half())
    assert torch.isfinite(half).all()
    torch.testing.assert_close(half[2].float(), expected[2], atol=2e-3, rtol=4e-3)


def test_layers_keeps_the_first(smollm2):
    state, config, _ = smollm2
    decoder = Decoder.from_state(config, state, layers=2)
    assert len(decoder.layers) == 2
    assert torch.equal(decoder.layers[1].mlp.up.weight, state["layers.1.mlp.up.weight"])
    assert dataclasses.asdict(config)["layers"] == 30


@pytest.fixture(scope="module")
def transformers_model(gguf_path):
    """The same GGUF read by transformers, layer by layer with its own code.

    `from_pretrained(gguf_file=...)` additionally demands the package accelerate, so its two halves
    are called one after the other.
    """
    transformers = pytest.importorskip("transformers")
    from transformers.modeling_gguf_pytorch_utils import load_gguf_checkpoint

    parsed = load_gguf_checkpoint(str(gguf_path), return_tensors=False)
    config = transformers.LlamaConfig(**parsed["config"])
    model = transformers.LlamaForCausalLM(config).eval()
    loaded = load_gguf_checkpoint(str(gguf_path), return_tensors=True, model_to_load=model)
    result = model.load_state_dict(loaded["tensors"], strict=False)
    assert set(result.missing_keys) <= {"lm_head.weight"}
    model.tie_weights()
    return model


PROMPT = "<|im_start|>user\nWhat is the capital of France?<|im_end|>\n<|im_start|>assistant\n"


def test_logits_and_greedy_text_equal_transformers(smollm2, transformers_model):
    from tokenizers import Tokenizer

    state, config, text = smollm2
    tokenizer = Tokenizer.from_str(text)
    decoder = Decoder.from_state(config, state)
    ids = torch.tensor([tokenizer.encode(PROMPT).ids])
    with torch.no_grad():
        expected = transformers_model(ids).logits
        assert (whole_logits(decoder, ids) - expected).abs().max() < 1e-3
        reference = transformers_model.generate(ids, max_new_tokens=16, do_sample=False)
        reference = reference[0, ids.shape[1] :].tolist()
        kv = decoder.empty_cache(64)
        visual = torch.zeros(1, config.width)
        step, position, greedy = ids.int(), 0, []
        while len(greedy) < len(reference):
            logits, *kv = decoder(step, visual, i32(position), *kv)
            position += step.shape[1]
            greedy.append(int(logits.argmax()))
            step = i32(greedy[-1])[None]
    assert greedy == reference
    assert "Paris" in tokenizer.decode(greedy)
