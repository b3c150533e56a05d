"""llama.cpp's own server as the endpoint: real requests, real tokens of pictures.

The language model is the installed one; the picture's encoder is a small random one, since none
with trained weights can be had, so the words mean nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pinpoint_edge import PinPoint
from pinpoint_edge.document.endpoint import Endpoint, ask_endpoint, prepare
from pinpoint_edge.errors import EndpointError

WIDTH, BLOCKS, LLM = 64, 3, 576


def write_projector(path: Path) -> None:
    """A random encoder of 16 tokens a picture, in the form that llama.cpp reads."""
    gguf = pytest.importorskip("gguf")
    writer = gguf.GGUFWriter(path, "clip")
    writer.add_string("general.type", "mmproj")
    writer.add_bool("clip.has_vision_encoder", True)
    writer.add_string("clip.projector_type", "mlp")
    writer.add_bool("clip.use_gelu", False)
    sizes = {"image_size": 56, "patch_size": 14, "embedding_length": WIDTH, "projection_dim": LLM}
    sizes |= {"feed_forward_length": 2 * WIDTH, "block_count": BLOCKS, "attention.head_count": 4}
    for name, size in sizes.items():
        writer.add_uint32(f"clip.vision.{name}", size)
    writer.add_float32("clip.vision.attention.layer_norm_epsilon", 1e-5)
    writer.add_array("clip.vision.image_mean", [0.5] * 3)
    writer.add_array("clip.vision.image_std", [0.5] * 3)
    shapes: dict[str, tuple[int, ...]] = {
        "v.class_embd": (WIDTH,),
        "v.patch_embd.weight": (WIDTH, 3, 14, 14),
        "v.position_embd.weight": (17, WIDTH),
        "mm.0.weight": (LLM, WIDTH),
        "mm.2.weight": (LLM, LLM),
        "mm.0.bias": (LLM,),
        "mm.2.bias": (LLM,),
    }
    square = {f"attn_{part}": (WIDTH, WIDTH) for part in ("q", "k", "v", "out")}
    square |= {"ffn_up": (2 * WIDTH, WIDTH), "ffn_down": (WIDTH, 2 * WIDTH)}
    for block in range(BLOCKS):
        for name, shape in square.items():
            shapes[f"v.blk.{block}.{name}.weight"] = shape
            shapes[f"v.blk.{block}.{name}.bias"] = shape[:1]
    norms = ["v.pre_ln", "v.post_ln", *(f"v.blk.{b}.ln{n}" for b in range(BLOCKS) for n in (1, 2))]
    for name in norms:
        shapes |= {f"{name}.weight": (WIDTH,), f"{name}.bias": (WIDTH,)}
    random = np.random.default_rng(0)
    for name, shape in shapes.items():
        writer.add_tensor(name, (0.02 * random.standard_normal(shape)).astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def start(projector: Path | None) -> tuple[Any, str]:
    xllamacpp = pytest.importorskip("xllamacpp")
    from pinpoint_models.decoder.gguf_file import installed_smollm2

    settings = xllamacpp.CommonParams()
    settings.model.path = str(installed_smollm2())
    if projector:
        settings.mmproj.path = str(projector)
    settings.n_ctx, settings.n_parallel, settings.warmup = 2048, 1, False
    settings.port, settings.hostnames, settings.cpuparams.n_threads = 0, ["127.0.0.1"], 1
    server = xllamacpp.Server(settings)
    return server, server.listening_address


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path = tmp_path_factory.mktemp("llama") / "mmproj.gguf"
    write_projector(path)
    server, address = start(path)
    yield f"{address}/v1"
    del server


@pytest.mark.slow
def test_crops_cost_fewer_tokens_than_the_page_by_the_servers_own_count(
    forms_bundle: Path, demo_questions: list[dict[str, Any]], address: str
) -> None:
    page = PinPoint.load(forms_bundle).open(demo_questions[0]["image"])
    prepared = prepare(page, demo_questions[0]["question"])
    endpoint = Endpoint(address, "smollm2", key=None, tries=1)
    answer = ask_endpoint(prepared, endpoint, compare_pages=True)
    assert answer.text
    # Each picture has 16 tokens here, whatever its size.
    captions = endpoint.send(endpoint.body(prepared.question, prepared.pictures[:1])).usage.prompt
    assert answer.usage.prompt >= captions > 16
    assert answer.page_usage.prompt > 16


@pytest.mark.slow
def test_a_model_without_eyes(demo_questions: list[dict[str, Any]], forms_bundle: Path) -> None:
    server, address = start(None)
    prepared = prepare(PinPoint.load(forms_bundle).open(demo_questions[0]["image"]), "What total?")
    with pytest.raises(EndpointError, match=r"says 500: .*image input is not supported"):
        ask_endpoint(prepared, Endpoint(f"{address}/v1", "smollm2", key=None, tries=1))
    del server
