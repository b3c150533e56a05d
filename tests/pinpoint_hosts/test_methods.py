"""Every method that keeps everything equals the full page; costs in closed form equal a counter."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
import transformers as hf
from torch.utils.flop_counter import FlopCounterMode, sdpa_flop_count

from pinpoint_hosts import flops
from pinpoint_hosts.attention_map import attention_map
from pinpoint_hosts.families.smolvlm import SmolVLM
from pinpoint_hosts.head import Head, HeadShape, head_inputs
from pinpoint_hosts.methods import vicrop, visionzip
from pinpoint_hosts.methods.comparison import Case, methods
from pinpoint_hosts.methods.pruning import FastV, PyramidDrop, SparseVLM
from pinpoint_hosts.refinement import PinPointHost
from tests.pinpoint_hosts import tiny
from tests.pinpoint_hosts.test_families import QUESTION, page

DECODERS = [name for name in tiny.FAMILIES if name != "florence2"]


@pytest.fixture(scope="module", params=tiny.FAMILIES)
def host(request: pytest.FixtureRequest) -> Any:
    return tiny.host(request.param)


def counted(run: Any) -> int:
    """FLOPs of a call; the counter alone misses the fused attention of a CPU."""
    kernel = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu

    def attention(q: Any, k: Any, v: Any, *_: Any, out_shape: Any = None, **__: Any) -> int:
        return int(sdpa_flop_count(q, k, v))

    counter = FlopCounterMode(display=False, custom_mapping={kernel: attention})
    with counter, torch.no_grad():
        run()
    return int(counter.get_total_flops())


def test_vision_costs_what_is_counted(host: Any) -> None:
    image = page()
    for small in (False, True):
        looks: list[Any] = []
        total = counted(
            lambda small=small, looks=looks: looks.append(host.look(image, small=small))
        )
        assert looks[0].flops == total
    crop = page(90, 60)
    assert counted(lambda: host.again([crop])) == host.again([crop])[0].flops


def test_the_prefill_costs_what_is_counted(host: Any) -> None:
    prompt = host.prompt(QUESTION, host.again([page(60, 60)]))
    if host.family == "florence2":
        start = torch.tensor([[2]])
        total = counted(
            lambda: host.model(
                inputs_embeds=prompt.embeds,
                attention_mask=torch.ones_like(prompt.ids),
                decoder_input_ids=start,
            )
        )
    else:
        total = counted(lambda: host.decoded(prompt, 1))
    rotary = _rotary_flops(host, prompt)
    assert total - rotary == host.cost([], prompt).prefill_flops


def _rotary_flops(host: Any, prompt: Any) -> int:
    """The angles of the positions, a product of width 1 that no closed form counts."""
    if host.family == "florence2":
        return 0
    return counted(lambda: host.language.rotary_emb(prompt.embeds, prompt.positions))


def test_pruned_layers_cost_what_is_counted() -> None:
    host = tiny.host("smolvlm")
    prompt = host.prompt(QUESTION, [host.look(page())])
    done = host.decoded(prompt, 1, FastV(0.5, 2))
    whole = len(prompt.visual)
    kept = whole - int(prompt.visual.sum()) // 2
    assert done.rows == [whole, whole, kept]
    assert flops.prefill(host.language.config, done.rows) < host.cost([], prompt).prefill_flops


@pytest.mark.parametrize("family", DECODERS)
def test_keeping_everything_is_the_full_page(family: str) -> None:
    host = tiny.host(family)
    look = host.look(page())
    prompt = host.prompt(QUESTION, [look])
    full = host.generate(prompt, 8)
    for plan in (FastV(1.0), PyramidDrop(1.0), SparseVLM((1.0, 1.0, 1.0))):
        assert host.decoded(prompt, 8, plan).ids == full
    for fewer in (FastV(0.25), PyramidDrop(0.25), SparseVLM((0.2, 0.1, 0.1))):
        rows = host.decoded(prompt, 8, fewer).rows
        assert rows == sorted(rows, reverse=True)
        assert rows[-1] < rows[0]
    if hasattr(host, "salience"):
        received, keys = host.salience(page())
        assert len(received) == len(keys) == len(look.tokens)
        kept = visionzip.merge(prompt, received, keys, 1.0, 0.0)
        assert torch.equal(kept.embeds, prompt.embeds)
        assert host.generate(kept, 8) == full
        few = visionzip.merge(prompt, received, keys)
        assert int(few.visual.sum()) <= int(prompt.visual.sum()) * 0.35
        assert torch.isfinite(few.embeds).all()


def test_all_methods_answer(host: Any) -> None:
    head = Head(HeadShape(*head_inputs(host), width=16, queries=4)).eval()
    reader = PinPointHost(host, head, coverage=0.3, crops=2)
    found = methods(reader, limit=4)
    assert next(iter(found)) == "full"
    assert ("fastv" in found) == (host.family in DECODERS)
    case = Case(page(), QUESTION, [(20.0, 30.0, 60.0, 50.0)])
    made = {name: method(case) for name, method in found.items()}
    assert len(made["oracle"].boxes) == 1
    assert len(made["pinpoint"].boxes) == len(made["random"].boxes) <= 2
    full = made["full"].cost
    for name in set(made) & {"fastv", "pyramiddrop", "sparsevlm", "visionzip"}:
        assert made[name].cost.vision_flops == full.vision_flops
        assert made[name].cost.prefill_flops < full.prefill_flops
        assert made[name].cost.visual_tokens < full.visual_tokens
    if "vicrop" in made:
        assert made["vicrop"].cost.vision_flops > full.vision_flops


def test_the_attention_map_is_that_of_the_small_page() -> None:
    host = tiny.host("qwen2_vl")
    look = host.look(page(), small=True)
    found = attention_map(host, look, QUESTION)
    assert found.shape == look.shape
    assert not torch.equal(found, attention_map(host, look, "12/03/2024"))


def test_vicrop_takes_the_box_that_stands_out() -> None:
    attention = torch.ones(10, 10)
    attention[6:8, 2:4] = 20
    assert vicrop.crop_box(attention, (1000, 1000), 200) == (200, 600, 400, 800)
    assert vicrop.crop_box(attention, (90, 80), 200) == (0, 0, 90, 80)


def test_a_page_and_three_crops_cost_a_third_of_the_page() -> None:
    """SmolVLM-256M's shape, without its weights: a scanned page of A4 takes 12 tiles and one."""
    vision = hf.SmolVLMVisionConfig(
        hidden_size=768, intermediate_size=3072, num_hidden_layers=12, image_size=512, patch_size=16
    )
    text = SimpleNamespace(
        hidden_size=576, intermediate_size=1536, num_hidden_layers=30, num_attention_heads=9,
        num_key_value_heads=3, vocab_size=49280,
    )  # fmt: skip
    config = SimpleNamespace(vision_config=vision, text_config=text, scale_factor=4)
    host = SmolVLM.__new__(SmolVLM)
    host.model = SimpleNamespace(config=config)
    tile, tokens, words = host._tile_flops(), 64, 30

    def total(tiles: int, read: int) -> int:
        rows = read * (tokens + 3) + words
        return tiles * tile + flops.prefill(text, [rows] * text.num_hidden_layers)

    assert tile == pytest.approx(2.2e11, rel=0.1)
    assert total(1 + 3, 3) <= 0.35 * total(13, 13)
    assert 3 * tokens <= 0.4 * 13 * tokens
