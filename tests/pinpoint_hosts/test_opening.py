"""Local folders are opened as hosts; each fault of a folder is one clear error."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from pinpoint_edge.errors import DataError
from pinpoint_hosts.opening import family_of, open_host
from tests.pinpoint_hosts import tiny
from tests.pinpoint_hosts.test_families import QUESTION, page


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write("smolvlm", tmp_path_factory.mktemp("smolvlm"))


@pytest.mark.parametrize("family", tiny.FAMILIES)
def test_a_folder_is_the_host_that_was_written(family: str, tmp_path: Path) -> None:
    tiny.write(family, tmp_path)
    kind = tiny.FAMILIES[family]
    assert family_of(tmp_path) == family
    opened, made = open_host(tmp_path, family=kind), tiny.host(family)
    image = page(90, 60)
    assert torch.equal(opened.look(image).tokens, made.look(image).tokens)
    prompt = opened.prompt(QUESTION, [opened.look(image)])
    assert opened.generate(prompt, 4) == made.generate(prompt, 4)


def copied(folder: Path, to: Path) -> Path:
    shutil.copytree(folder, to, dirs_exist_ok=True)
    return to


def test_the_chat_is_that_of_the_folder(folder: Path, tmp_path: Path) -> None:
    other = copied(folder, tmp_path)
    template = "{% for c in messages[0]['content'] %}{{ c['text'] or '<image>' }}!{% endfor %}"
    (other / "chat_template.json").write_text(json.dumps({"chat_template": template}))
    opened = open_host(other, family=tiny.FAMILIES["smolvlm"])
    assert opened.chat("Why?", 1) == "<image>!Why?!"


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no Hugging Face model"):
        open_host(tmp_path)
    (tmp_path / "config.json").write_text("[]")
    with pytest.raises(DataError, match="no Hugging Face model"):
        open_host(tmp_path)


def test_an_unknown_family_names_the_known_ones(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "blip-9"}))
    with pytest.raises(DataError, match=r"family 'blip-9'.*docs/hosts\.md"):
        open_host(tmp_path)


def test_weights_that_are_missing(folder: Path, tmp_path: Path) -> None:
    broken = copied(folder, tmp_path)
    weights = load_file(broken / "model.safetensors")
    weights.pop("model.connector.modality_projection.proj.weight")
    save_file(weights, broken / "model.safetensors", {"format": "pt"})
    with pytest.raises(DataError, match=r"1 weights are missing.*modality_projection"):
        open_host(broken, family=tiny.FAMILIES["smolvlm"])
    (broken / "model.safetensors").unlink()
    with pytest.raises(DataError, match="cannot be loaded"):
        open_host(broken, family=tiny.FAMILIES["smolvlm"])


def test_weights_of_another_shape(folder: Path, tmp_path: Path) -> None:
    broken = copied(folder, tmp_path)
    weights = load_file(broken / "model.safetensors")
    weights["lm_head.weight"] = torch.zeros(7, 64)
    save_file(weights, broken / "model.safetensors", {"format": "pt"})
    with pytest.raises(DataError, match="another shape"):
        open_host(broken, family=tiny.FAMILIES["smolvlm"])


def test_a_tokenizer_without_the_image_token(folder: Path) -> None:
    opened = open_host(folder, family=tiny.FAMILIES["smolvlm"])
    with pytest.raises(DataError, match=r"no token '<\|image_pad\|>'"):
        tiny.FAMILIES["qwen2_vl"](opened.model, _without(), opened.tokenizer)


def _without() -> object:
    class Bare:
        unk_token_id = None

        def convert_tokens_to_ids(self, token: str) -> None:
            return None

    return Bare()
