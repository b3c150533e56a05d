"""Stages equal the host's own path; in ONNX Runtime the whole pipeline gives its tokens."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from pinpoint_hosts.export import onnx
from pinpoint_hosts.export.stages import align_stage
from pinpoint_hosts.head import Head, HeadShape, head_inputs
from pinpoint_hosts.stage import HostStage
from pinpoint_hosts.windows import make_windows
from tests.pinpoint_hosts import tiny
from tests.pinpoint_hosts.test_families import QUESTION, page

FAMILIES = ("smolvlm", "qwen2_vl", "qwen2_5_vl", "llava_next", "llava_onevision")


@pytest.mark.parametrize("family", FAMILIES)
def test_look_is_that_of_the_host(family: str) -> None:
    host = tiny.host(family)
    image = page(90, 60)
    stage = host.stages(image)["look"]
    made = stage.module(*stage.inputs.values())
    tokens = (made[0] if isinstance(made, tuple) else made).flatten(0, -2)
    wanted = host.again([image])[0].tokens[: len(tokens)]
    assert onnx.sqnr(wanted.detach().numpy(), tokens.detach().numpy()) > 100


@pytest.mark.parametrize("family", ["smolvlm", "qwen2_vl", "qwen2_5_vl", "llava_onevision"])
def test_decode_gives_the_hosts_tokens(family: str) -> None:
    host = tiny.host(family)
    prompt = host.prompt(QUESTION, host.again([page(90, 60), page(60, 60)]))
    stage = host.stages(page(60, 60))["decode"]
    assert decoded(host, prompt, lambda feeds: torch_run(stage, feeds)) == host.generate(prompt, 6)


def test_planted_faults_change_the_scores() -> None:
    host = tiny.host("qwen2_vl")
    crops = [page(90, 60, 1), page(150, 90, 2)]
    looks = host.again(crops)
    prompt = host.prompt(QUESTION, looks)
    stage = host.stages(crops[0])["decode"]
    past = [torch.zeros_like(each)[:, :, :0] for each in list(stage.inputs.values())[2:]]

    def scores(embeds: Any, positions: Any) -> Any:
        with torch.no_grad():
            return stage.module(embeds, positions, past)[0].numpy()

    right = scores(prompt.embeds, prompt.positions)
    flat = torch.arange(prompt.ids.shape[1]).expand(3, 1, -1)
    assert onnx.sqnr(right, scores(prompt.embeds, flat)) < 60
    stale = prompt.positions + 7 * (torch.arange(prompt.ids.shape[1]) > 5)
    assert onnx.sqnr(right, scores(prompt.embeds, stale)) < 60
    stretched = host.prompt(QUESTION, [host.again([crops[0].resize((90, 90))])[0], looks[1]])
    assert onnx.sqnr(right, scores(stretched.embeds, stretched.positions)) < 60


def test_a_dropped_newline_changes_the_scores() -> None:
    host = tiny.host("llava_next")
    (look,) = host.again([page(90, 60)])
    assert torch.equal(look.tokens[-1], host.model.model.image_newline)
    bare = replace(look, tokens=look.tokens[:-1], marks=look.marks.removesuffix("<image>"))
    stage = host.stages(page(60, 60))["decode"]
    past = [torch.zeros_like(each)[:, :, :0] for each in list(stage.inputs.values())[2:]]
    with torch.no_grad():
        right, wrong = (
            stage.module(prompt.embeds, prompt.positions, past)[0].numpy()
            for prompt in (host.prompt(QUESTION, [each]) for each in (look, bare))
        )
    assert onnx.sqnr(right, wrong) < 60


def torch_run(stage: HostStage, feeds: dict[str, Any]) -> dict[str, Any]:
    values = [torch.from_numpy(each) for each in feeds.values()]
    with torch.no_grad():
        made = stage.module(values[0], values[1], values[2:])
    return {name: each.numpy() for name, each in zip(stage.outputs, made, strict=True)}


def decoded(host: Any, prompt: Any, run: Any, limit: int = 6) -> list[int]:
    """Decode as an app does: rows, explicit positions, a cache of plain arrays."""
    stage = host.stages(page(60, 60))["decode"]
    names = list(stage.inputs)[2:]
    cache = {name: stage.inputs[name].numpy()[:, :, :0] for name in names}
    embeds, positions = prompt.embeds.numpy(), prompt.positions.numpy()
    following, ids = int(positions.max()) + 1, []
    table = host.language.embed_tokens.weight.detach().numpy()
    for step in range(limit):
        out = run({"embeds": embeds, "positions": positions, **cache})
        ids.append(int(out["logits"].argmax()))
        cache = {name: out[f"next_{name}"] for name in names}
        embeds = table[ids[-1]][None, None]
        positions = np.full_like(positions[..., :1], following + step)
    return ids


@pytest.mark.slow
@pytest.mark.parametrize("family", [f for f in FAMILIES if f != "llava_onevision"])
def test_the_pipeline_in_onnx_runtime_gives_the_hosts_tokens(family: str, tmp_path: Path) -> None:
    host = tiny.host(family)
    crops = [page(90, 60, 1), page(60, 60, 2)]
    head = Head(HeadShape(*head_inputs(host), width=16, queries=4)).eval()
    stages = dict(host.stages(crops[0]), align=align_stage(head, make_windows(8, 8)))
    made = onnx.export(stages, tmp_path, {"family": family})
    assert min(each.sqnr for each in made) >= 110
    looks = host.again(crops)
    prompt = host.prompt(QUESTION, looks)
    seen = []
    for crop in crops:
        inputs = host.stages(crop)["look"].inputs
        out = onnx.run(tmp_path / "look.onnx", {n: v.numpy() for n, v in inputs.items()})
        tokens = next(iter(out.values()))
        seen.append(tokens.reshape(-1, tokens.shape[-1]))
        if family.startswith("llava"):
            seen.append(host.model.model.image_newline.detach().numpy()[None])
    prompt.embeds[0, prompt.visual] = torch.from_numpy(np.concatenate(seen))
    run = lambda feeds: onnx.run(tmp_path / "decode.onnx", feeds)  # noqa: E731
    assert decoded(host, prompt, run) == host.generate(host.prompt(QUESTION, looks), 6)
