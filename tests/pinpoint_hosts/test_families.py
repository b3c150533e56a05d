"""All families: prompt ids and generated tokens equal those of the model's own classes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from tests.pinpoint_hosts import tiny

QUESTION = "What is the total amount?"


def page(width: int = 150, height: int = 210, seed: int = 0) -> Image.Image:
    """A page of coloured noise blocks."""
    blocks = np.random.default_rng(seed).integers(0, 255, (height // 10 + 1, width // 10 + 1, 3))
    return Image.fromarray(blocks.astype(np.uint8)).resize((width, height), 0)


def image_only(processor: type[Any]) -> type[Any]:
    """A family's processor without its half for video, which needs torchvision."""

    class Processor(processor):  # type: ignore[misc]
        @classmethod
        def get_attributes(cls) -> list[str]:
            return ["image_processor", "tokenizer"]

    Processor.__name__ = processor.__name__
    return Processor


def processor(host: Any) -> Any:
    """The family's own processor around the host's parts."""
    from transformers.models.florence2.processing_florence2 import Florence2Processor
    from transformers.models.llava_next.processing_llava_next import LlavaNextProcessor
    from transformers.models.llava_onevision.processing_llava_onevision import (
        LlavaOnevisionProcessor,
    )
    from transformers.models.qwen2_5_vl.processing_qwen2_5_vl import Qwen2_5_VLProcessor
    from transformers.models.qwen2_vl.processing_qwen2_vl import Qwen2VLProcessor
    from transformers.models.smolvlm import processing_smolvlm

    parts = (host.images, host.tokenizer)
    match host.family:
        case "smolvlm":
            processing_smolvlm.num2words = processing_smolvlm.num2words or str
            made = image_only(processing_smolvlm.SmolVLMProcessor)
            return made(*parts, None, image_seq_len=16)
        case "qwen2_vl":
            return image_only(Qwen2VLProcessor)(*parts, None)
        case "qwen2_5_vl":
            return image_only(Qwen2_5_VLProcessor)(*parts, None)
        case "llava_next":
            options = {"patch_size": 14, "vision_feature_select_strategy": "default"}
            return LlavaNextProcessor(*parts, **options, num_additional_image_tokens=1)
        case "llava_onevision":
            options = {"num_image_tokens": 16, "vision_feature_select_strategy": "full"}
            return image_only(LlavaOnevisionProcessor)(*parts, None, **options)
    host.images.image_seq_length = 10
    return Florence2Processor(*parts)


@pytest.fixture(scope="module", params=tiny.FAMILIES)
def host(request: pytest.FixtureRequest) -> Any:
    return tiny.host(request.param)


def rendered(host: Any, images: int) -> str:
    return QUESTION if host.family == "florence2" else host.chat(QUESTION, images)


def reference(host: Any, inputs: Any, limit: int = 12) -> list[int]:
    with torch.no_grad():
        ids = host.model.generate(**inputs, max_new_tokens=limit, do_sample=False, num_beams=1)[0]
    skipped = 1 if host.family == "florence2" else inputs["input_ids"].shape[1]
    return [token for token in ids[skipped:].tolist() if token != 2]


@pytest.mark.parametrize("size", [(150, 210), (210, 120)])
def test_a_page_is_read_as_by_the_family_itself(host: Any, size: tuple[int, int]) -> None:
    image = page(*size)
    inputs = processor(host)(text=rendered(host, 1), images=[image], return_tensors="pt")
    prompt = host.prompt(QUESTION, [host.look(image)])
    assert prompt.ids.tolist() == inputs["input_ids"].tolist()
    assert host.generate(prompt, 12) == reference(host, inputs)


def test_another_image_gives_another_answer(host: Any) -> None:
    prompts = [host.prompt(QUESTION, [host.look(page(seed=seed))]) for seed in range(4)]
    assert len({tuple(host.generate(prompt, 12)) for prompt in prompts}) > 1


def test_crops_are_read_as_several_images_of_the_family(host: Any) -> None:
    crops = [page(90, 60, 1), page(60, 60, 2)]
    prompt = host.prompt(QUESTION, host.again(crops))
    if host.family in ("llava_next", "florence2"):
        # Their processors tile each crop, or take one image; the tokens are those of one tile.
        assert int(prompt.visual.sum()) == 2 * (17 if host.family == "llava_next" else 10)
        return
    options = {"do_image_splitting": False} if host.family == "smolvlm" else {}
    images = [crops] if host.family in ("smolvlm", "llava_onevision") else crops
    inputs = processor(host)(text=rendered(host, 2), images=images, return_tensors="pt", **options)
    assert prompt.ids.tolist() == inputs["input_ids"].tolist()
    assert host.generate(prompt, 12) == reference(host, inputs)


def test_a_crop_is_encoded_alone_to_the_bit(host: Any) -> None:
    first, second = page(90, 60, 1), page(60, 60, 2)
    alone = host.again([first])[0]
    assert torch.equal(alone.tokens, host.again([second, first])[1].tokens)


def test_the_small_page_costs_less_than_the_page(host: Any) -> None:
    image = page(300, 420)
    full, small = host.look(image), host.look(image, small=True)
    if host.family.startswith("qwen"):  # the tiny page's limit is below that of the small page
        assert small.flops <= full.flops
    elif host.family != "florence2":
        assert small.flops * 2 <= full.flops
    assert small.grid.ndim == full.grid.ndim == 3
