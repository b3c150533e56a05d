"""Tiny random hosts of the real classes, written as local Hugging Face folders.

Equalities hold on them, not accuracies. Matrices are scaled up: at the usual initialization an
image hardly changes the scores, and tests would pass by accident.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import transformers as hf
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from pinpoint_hosts.families.florence2 import Florence2
from pinpoint_hosts.families.llava_next import LlavaNext
from pinpoint_hosts.families.llava_onevision import LlavaOneVision
from pinpoint_hosts.families.qwen2_5_vl import Qwen25VL
from pinpoint_hosts.families.qwen2_vl import Qwen2VL
from pinpoint_hosts.families.smolvlm import SmolVLM

FAMILIES: dict[str, type[Any]] = {
    family.family: family
    for family in (SmolVLM, Qwen2VL, Qwen25VL, LlavaNext, LlavaOneVision, Florence2)
}
SPECIAL = [
    *("<pad>", "<s>", "</s>", "<image>", "<video>", "<fake_token_around_image>", "<global-img>"),
    *("<end_of_utterance>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>"),
    *("<|image_pad|>", "<|video_pad|>"),
    *(f"<row_{row}_col_{column}>" for row in range(1, 7) for column in range(1, 7)),
]
IDS = {name: number for number, name in enumerate(SPECIAL)}
TEXT = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 8192,
    "vocab_size": 512,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
}
TOWER = {
    "hidden_size": 48,
    "intermediate_size": 96,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
}
QWEN = {
    "text_config": dict(
        TEXT,
        rope_parameters={"rope_type": "default", "rope_theta": 1e6, "mrope_section": [2, 3, 3]},
    ),
    "image_token_id": IDS["<|image_pad|>"],
    "video_token_id": IDS["<|video_pad|>"],
    "vision_start_token_id": IDS["<|vision_start|>"],
    "vision_end_token_id": IDS["<|vision_end|>"],
}


def smolvlm() -> Any:
    return hf.SmolVLMConfig(
        vision_config=dict(TOWER, image_size=64, patch_size=8),
        text_config=dict(model_type="llama", **TEXT),
        scale_factor=2,
        image_token_id=IDS["<image>"],
        pad_token_id=0,
    )


def qwen2_vl() -> Any:
    vision = {"depth": 2, "embed_dim": 48, "hidden_size": 64, "mlp_ratio": 2, "num_heads": 4}
    return hf.Qwen2VLConfig(vision_config=vision, **QWEN)


def qwen2_5_vl() -> Any:
    vision = {
        "depth": 2,
        "hidden_size": 48,
        "intermediate_size": 96,
        "num_heads": 4,
        "out_hidden_size": 64,
        "window_size": 56,
        "fullatt_block_indexes": [1],
    }
    return hf.Qwen2_5_VLConfig(vision_config=vision, **QWEN)


def llava_next() -> Any:
    tower = dict(
        TOWER, model_type="clip_vision_model", image_size=56, patch_size=14, projection_dim=32
    )
    return hf.LlavaNextConfig(
        vision_config=tower,
        text_config=dict(model_type="llama", **TEXT),
        image_token_index=IDS["<image>"],
        image_grid_pinpoints=[[56, 112], [112, 56], [112, 112]],
        image_seq_length=16,
    )


def llava_onevision() -> Any:
    tower = dict(
        TOWER, model_type="siglip_vision_model", image_size=56, patch_size=14, vision_use_head=False
    )
    return hf.LlavaOnevisionConfig(
        vision_config=tower,
        text_config=dict(model_type="qwen2", **TEXT),
        image_token_index=IDS["<image>"],
        video_token_index=IDS["<video>"],
        image_grid_pinpoints=[
            [56 * rows, 56 * columns] for rows in (1, 2, 3) for columns in (1, 2, 3)
        ],
    )


def florence2() -> Any:
    vision = {
        "depths": [1] * 4,
        "embed_dim": [16, 32, 48, 64],
        "num_heads": [2, 2, 4, 4],
        "num_groups": [2, 2, 4, 4],
        "window_size": 4,
        "projection_dim": 64,
    }
    text = {
        "model_type": "bart",
        "vocab_size": 512,
        "d_model": 64,
        "encoder_layers": 2,
        "decoder_layers": 2,
        "encoder_ffn_dim": 96,
        "decoder_ffn_dim": 96,
        "encoder_attention_heads": 4,
        "decoder_attention_heads": 4,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "pad_token_id": 0,
        "decoder_start_token_id": 2,
    }
    return hf.Florence2Config(vision_config=vision, text_config=text, image_token_id=IDS["<image>"])


CONFIGS: dict[str, Callable[[], Any]] = {
    maker.__name__: maker
    for maker in (smolvlm, qwen2_vl, qwen2_5_vl, llava_next, llava_onevision, florence2)
}


def images(family: str) -> Any:
    """The family's image processor, at tiny sizes."""
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
    from transformers.models.llava_next.image_processing_pil_llava_next import (
        LlavaNextImageProcessorPil,
    )
    from transformers.models.llava_onevision.image_processing_pil_llava_onevision import (
        LlavaOnevisionImageProcessorPil,
    )
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil
    from transformers.models.smolvlm.image_processing_pil_smolvlm import SmolVLMImageProcessorPil

    config = CONFIGS[family]()
    side = {"shortest_edge": 56}
    square = {"height": 56, "width": 56}
    if family == "smolvlm":
        return SmolVLMImageProcessorPil(
            size={"longest_edge": 256}, max_image_size={"longest_edge": 64}
        )
    if family.startswith("qwen"):
        return Qwen2VLImageProcessorPil(min_pixels=56 * 56, max_pixels=28 * 28 * 64)
    if family == "llava_next":
        points = config.image_grid_pinpoints
        return LlavaNextImageProcessorPil(size=side, crop_size=square, image_grid_pinpoints=points)
    if family == "llava_onevision":
        points = config.image_grid_pinpoints
        return LlavaOnevisionImageProcessorPil(size=square, image_grid_pinpoints=points)
    return CLIPImageProcessorPil(size={"height": 96, "width": 96}, do_center_crop=False, resample=3)


def tokenizer(image_token: str) -> Any:
    """A real byte-level BPE, trained on a sentence, with the markers of every family."""
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    bpe.train_from_iterator(
        ["What is the total amount? 12/03/2024."] * 4,
        trainers.BpeTrainer(
            vocab_size=512,
            special_tokens=SPECIAL,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    return hf.PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        bos_token="<s>",
        eos_token="</s>",
        pad_token="<pad>",
        extra_special_tokens={"image_token": image_token, "video_token": "<video>"},
    )


def model(family: str, seed: int = 0) -> Any:
    """A random model of the family, in evaluation mode."""
    torch.manual_seed(seed)
    config = CONFIGS[family]()
    made = hf.AutoModelForImageTextToText.from_config(config)
    for weight in made.parameters():
        if weight.dim() > 1:
            weight.data.mul_(6 if family == "florence2" else 3)
    return made.eval()


def host(family: str) -> Any:
    """A tiny host in memory."""
    kind = FAMILIES[family]
    return kind(model(family), tokenizer(kind.image_token), images(family))


def write(family: str, folder: Path) -> Path:
    """Write a tiny host as a local Hugging Face folder."""
    made = host(family)
    for part in (made.model, made.tokenizer, made.images):
        part.save_pretrained(folder)
    return folder
